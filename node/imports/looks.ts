import type { ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Picture, PictureLimits } from '../dicom/rendering/picture.js'
import type { Renderer, RenderOptions } from '../dicom/rendering/renderer.js'
import { Failure, type FailureCode, fail, reasonOf } from '../errors.js'
import type { Log } from '../log.js'
import { startReading } from './reading.js'
import type { FromReading, ToReading } from './reading-wire.js'

const CLOSED = { fr: 'On ne regarde plus ce disque.', en: 'The disc is not looked at any more.' }

/** Pictures of discs that nobody has decided on: brought out of the medium and drawn in processes that may be killed. */
export interface Looks {
  /**
   * Draws one file of a disc. Throws `too-many` where too many wait, `timeout`, `too-large`, `unsupported` for what
   * cannot be drawn, `conflict` for a file that changed since the inventory.
   */
  draw(disc: LookedDisc, asked: AskedLook, options: RenderOptions): Promise<Buffer>
  /** The bytes of one file, of so many at most. The same failures. */
  bring(disc: LookedDisc, asked: AskedLook, bytesMax: number): Promise<Buffer>
  /** Somebody is about to look at it: what draws begins while the first bytes are on their way. */
  warm(disc: LookedDisc): void
  close(): Promise<void>
}

export interface LookedDisc {
  id: string
  path: string
  /** More of it is on its way. */
  growing: boolean
}

export interface AskedLook {
  number: number
  sha256: string
  frame?: number
}

export interface LooksLimits {
  picture: PictureLimits
  /** Of the file that is brought out of the medium. */
  fileBytesMax: number
  /** To bring one file out. */
  timeoutMs: number
}

/** Discs looked at at the same time; the one that rests longest makes room for the next. */
const DISCS_MAX = 4
/** Pictures of one disc that may wait for their turn: one at a time is brought out and drawn. */
const WAITING_MAX = 64
/** A disc that nobody looks at any more gives back its process and its file after this. */
const IDLE_MS = 30_000

interface Parts {
  renderer: Renderer
  log: Log
  scratch: string
  limits: LooksLimits
}

export function openLooks(options: Parts): Looks {
  const open = new Map<string, DiscLook>()
  const gone = (look: DiscLook) => {
    if (open.get(look.id) === look) open.delete(look.id)
  }
  const lookAt = (disc: LookedDisc): DiscLook => {
    let look = open.get(disc.id)
    if (look === undefined) {
      if (open.size >= DISCS_MAX) {
        const [rests] = [...open.values()].filter(each => each.waiting === 0)
        if (rests === undefined)
          fail('too-many', {
            fr: `On regarde déjà ${DISCS_MAX} disques.`,
            en: `${DISCS_MAX} discs are being looked at already.`,
          })
        rests.rest()
      }
      look = new DiscLook(options, gone, disc)
    }
    look.disc = disc
    // The one looked at last stands last.
    open.delete(disc.id)
    open.set(disc.id, look)
    return look
  }
  return {
    draw: (disc, asked, rendering) => lookAt(disc).draw(asked, rendering),
    bring: (disc, asked, bytesMax) => lookAt(disc).bring(asked, bytesMax),
    warm: disc => {
      if (open.size < DISCS_MAX) lookAt(disc).warm()
      options.renderer.warm()
    },
    close: async () => {
      await Promise.all([...open.values()].map(look => look.close()))
    },
  }
}

interface Answering {
  id: number
  settle(outcome: Picture | undefined | Failure): void
}

/** One disc: a child that has its medium open, one file of it brought out, one picture after the other. */
class DiscLook {
  readonly id: string
  waiting = 0
  /** As it is now: more of it may have come since its child began. */
  disc: LookedDisc
  readonly #options: Parts
  readonly #onGone: (self: DiscLook) => void
  #line: Promise<unknown> = Promise.resolve()
  #child: ChildProcess | undefined
  /** The child knows which disc it is to look at. */
  #isTold = false
  #answering: Answering | undefined
  #brought: { number: number; file: string } | undefined
  #idle: NodeJS.Timeout | undefined
  #lastId = 0
  #closed = false

  constructor(options: Parts, onGone: (self: DiscLook) => void, disc: LookedDisc) {
    this.id = disc.id
    this.disc = disc
    this.#options = options
    this.#onGone = onGone
  }

  warm(): void {
    this.#start()
    this.#idleFrom()
  }

  draw(asked: AskedLook, rendering: RenderOptions): Promise<Buffer> {
    const { limits, renderer } = this.#options
    return this.#inTurn(async () => {
      const { picture } = await this.#look(asked, limits.fileBytesMax, limits.picture)
      if (picture === undefined)
        return fail('unsupported', { fr: 'Ce fichier n’est pas une image.', en: 'This file is no picture.' })
      return renderer.render(picture, rendering)
    })
  }

  bring(asked: AskedLook, bytesMax: number): Promise<Buffer> {
    return this.#inTurn(async () => readFile((await this.#look(asked, bytesMax)).file))
  }

  async #inTurn(run: () => Promise<Buffer>): Promise<Buffer> {
    if (this.waiting >= WAITING_MAX)
      fail('too-many', {
        fr: `${WAITING_MAX} images de ce disque attendent déjà.`,
        en: `${WAITING_MAX} pictures of this disc wait already.`,
      })
    this.waiting += 1
    clearTimeout(this.#idle)
    const mine = this.#line.then(() => {
      if (this.#closed) fail('unavailable', CLOSED)
      return run()
    })
    this.#line = mine.catch(() => undefined) // told to the one who asked; the next one has its own turn
    try {
      return await mine
    } finally {
      this.waiting -= 1
      if (this.waiting === 0) this.#idleFrom()
    }
  }

  #idleFrom(): void {
    clearTimeout(this.#idle)
    this.#idle = setTimeout(() => this.rest(), IDLE_MS)
    this.#idle.unref()
  }

  /** As `close`, with nobody to wait for it. */
  rest(): void {
    this.close().catch(thrown => this.#options.log.warn('looked-at-file-stays', { reason: reasonOf(thrown) }))
  }

  async close(): Promise<void> {
    this.#closed = true
    clearTimeout(this.#idle)
    this.#onGone(this)
    this.#end(new Failure('unavailable', CLOSED))
    await this.#drop()
  }

  async #look(
    { number, sha256, frame }: AskedLook,
    bytesMax: number,
    limits?: PictureLimits,
  ): Promise<{ file: string; picture: Picture | undefined }> {
    if (this.#brought?.number !== number) await this.#drop()
    this.#brought ??= { number, file: join(this.#options.scratch, `${randomBytes(12).toString('hex')}.part`) }
    const { file } = this.#brought
    try {
      const picture = await this.#ask({
        type: 'look',
        id: ++this.#lastId,
        number,
        sha256,
        file,
        bytesMax,
        ...(limits === undefined ? {} : { picture: limits }),
        ...(frame === undefined ? {} : { frame }),
      })
      return { file, picture }
    } catch (thrown) {
      // Half of a file is no file, and another frame of a whole one is asked for anew.
      await this.#drop()
      throw thrown
    }
  }

  #ask(message: Extract<ToReading, { type: 'look' }>): Promise<Picture | undefined> {
    const child = this.#start()
    const { timeoutMs } = this.#options.limits
    return new Promise((resolve, reject) => {
      const deadline = setTimeout(
        () =>
          this.#end(
            new Failure('timeout', {
              fr: `Le fichier n’a pas été lu en ${timeoutMs} ms.`,
              en: `The file was not read within ${timeoutMs} ms.`,
            }),
          ),
        timeoutMs,
      )
      this.#answering = {
        id: message.id,
        settle: outcome => {
          clearTimeout(deadline)
          this.#answering = undefined
          if (outcome instanceof Failure) reject(outcome)
          else resolve(outcome)
        },
      }
      if (!this.#isTold) {
        const { path, growing } = this.disc
        child.send({ task: 'look', path, growing } satisfies ToReading)
        this.#isTold = true
      }
      child.send(message)
    })
  }

  #start(): ChildProcess {
    if (this.#child !== undefined) return this.#child
    const child = startReading()
    this.#child = child
    this.#isTold = false
    const died = () => {
      if (this.#child === child)
        this.#end(
          new Failure('unsupported', {
            fr: 'Ce fichier ne se lit pas.',
            en: 'This file cannot be read.',
          }),
        )
    }
    child.on('error', died)
    child.on('close', died)
    child.on('message', (message: FromReading) => {
      if (this.#child !== child) return
      if (message.type === 'looked' && message.id === this.#answering?.id)
        this.#answering.settle(message.picture)
      if (message.type === 'unseen' && message.id === this.#answering?.id)
        this.#answering.settle(new Failure(message.code as FailureCode, message.reason))
    })
    return child
  }

  /** Kills the child; the file it was at, if any, fails for this reason, and the next one gets a new child. */
  #end(reason: Failure): void {
    const child = this.#child
    this.#child = undefined
    child?.kill('SIGKILL')
    this.#answering?.settle(reason)
  }

  async #drop(): Promise<void> {
    const brought = this.#brought
    this.#brought = undefined
    if (brought !== undefined) await rm(brought.file, { force: true })
  }
}
