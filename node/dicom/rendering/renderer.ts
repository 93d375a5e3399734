import { type ChildProcess, fork } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { extname } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { Failure } from '../../errors.js'
import type { Picture } from './picture.js'
import type { Region } from './scaling.js'

export interface RenderOptions {
  type: 'image/jpeg' | 'image/png'
  /** 1–100, of JPEG. */
  quality: number
  /** Instead of the window the image names (PS3.3 C.11.2.1.2). */
  window?: { center: number; width: number; shape: 'LINEAR' | 'LINEAR_EXACT' | 'SIGMOID' }
  /** The picture, or a region of it, is fitted inside. */
  viewport?: { width: number; height: number; region?: Region }
}

/** What the child is told, and says back. */
export interface RenderCall {
  id: number
  picture: Picture
  options: RenderOptions
}
export type RenderAnswer = { id: number; bytes: Uint8Array } | { id: number; failed: string }

export interface Renderer {
  /**
   * Draws a frame. Throws `too-many` when the queue is full, `timeout` and `too-large` (memory) for a picture whose
   * process had to be killed, `unsupported` for one that cannot be decoded.
   */
  render(picture: Picture, options: RenderOptions): Promise<Buffer>
  /** Starts a process, where there is none, for a picture that is soon asked for. */
  warm(): void
  close(): void
}

export interface RendererLimits {
  processes: number
  queueMax: number
  timeoutMs: number
  memoryBytesMax: number
}

/** A process stays for the next picture this long. */
const IDLE_MS = 30_000
/** How often the memory of a process at work is looked at. */
const WATCH_MS = 100

interface Work {
  call: RenderCall
  settle(outcome: Buffer | Failure): void
}

/** A few processes that draw, started when they are needed, killed when one takes too long or too much. */
export function openRenderer(limits: RendererLimits): Renderer {
  const waiting: Work[] = []
  const painters = new Set<Painter>()
  let lastId = 0
  let closed = false

  const begin = (): Painter => {
    const painter = new Painter(limits, gone => painters.delete(gone), pump)
    painters.add(painter)
    return painter
  }
  const pump = (): void => {
    if (waiting.length === 0) return
    let free = [...painters].find(painter => !painter.busy)
    if (free === undefined && painters.size < limits.processes) free = begin()
    const next = free === undefined ? undefined : waiting.shift()
    if (free === undefined || next === undefined) return
    free.take(next)
    pump()
  }

  return {
    render: (picture, options) =>
      new Promise((resolve, reject) => {
        if (closed) return reject(new Failure('unavailable', 'The program is ending.'))
        if (waiting.length >= limits.queueMax)
          return reject(
            new Failure('too-many', `${waiting.length} pictures are waiting to be drawn already.`),
          )
        const settle = (outcome: Buffer | Failure) =>
          outcome instanceof Failure ? reject(outcome) : resolve(outcome)
        waiting.push({ call: { id: ++lastId, picture, options }, settle })
        pump()
      }),
    warm: () => {
      if (!closed && painters.size === 0) begin().rest()
    },
    close: () => {
      closed = true
      const ending = new Failure('unavailable', 'The program is ending.')
      for (const work of waiting.splice(0)) work.settle(ending)
      for (const painter of painters) painter.end(ending)
    },
  }
}

/** One child process, one picture at a time. */
class Painter {
  #work: Work | undefined
  #deadline: NodeJS.Timeout | undefined
  #watch: NodeJS.Timeout | undefined
  #idle: NodeJS.Timeout | undefined
  readonly #child: ChildProcess
  readonly #limits: RendererLimits
  readonly #onGone: (self: Painter) => void
  readonly #onFree: () => void

  constructor(limits: RendererLimits, onGone: (self: Painter) => void, onFree: () => void) {
    this.#limits = limits
    this.#onGone = onGone
    this.#onFree = onFree
    this.#child = startChild()
    this.#child.on('message', message => this.#hear(message as RenderAnswer))
    this.#child.on('error', () => this.end(new Failure('unavailable', 'Pictures cannot be drawn now.')))
    this.#child.on('close', () => this.end(new Failure('unsupported', 'This image cannot be decoded.')))
  }

  get busy(): boolean {
    return this.#work !== undefined
  }

  take(work: Work): void {
    clearTimeout(this.#idle)
    this.#work = work
    const { timeoutMs } = this.#limits
    this.#deadline = setTimeout(
      () => this.end(new Failure('timeout', `This image was not drawn within ${timeoutMs} ms.`)),
      timeoutMs,
    )
    this.#watch = setInterval(() => void this.#weigh(), WATCH_MS)
    this.#child.ref()
    this.#child.channel?.ref()
    this.#child.send(work.call, error => {
      if (error !== null) this.end(new Failure('unavailable', 'Pictures cannot be drawn now.'))
    })
  }

  /** Until the next picture: an idle process ends by itself, and keeps no program alive. */
  rest(): void {
    this.#idle = setTimeout(() => this.end(new Failure('unavailable', 'It was idle.')), IDLE_MS)
    this.#idle.unref()
    this.#child.unref()
    this.#child.channel?.unref()
  }

  /** Kills the process; the picture it was at, if any, fails for this reason. */
  end(reason: Failure): void {
    clearTimeout(this.#idle)
    this.#onGone(this)
    this.#child.kill('SIGKILL')
    this.#settle(reason)
  }

  #hear(answer: RenderAnswer): void {
    if (answer.id !== this.#work?.call.id) return
    this.rest()
    this.#settle(
      'bytes' in answer
        ? Buffer.from(answer.bytes)
        : new Failure('unsupported', `This image cannot be drawn: ${answer.failed.slice(0, 200)}.`),
    )
  }

  #settle(outcome: Buffer | Failure): void {
    clearTimeout(this.#deadline)
    clearInterval(this.#watch)
    const work = this.#work
    this.#work = undefined
    work?.settle(outcome)
    this.#onFree()
  }

  /** Resident memory, decoder's included: a limit of the engine would not count that. Linux only; elsewhere time alone limits. */
  async #weigh(): Promise<void> {
    const of = this.#work
    const residentKb = await readFile(`/proc/${this.#child.pid}/status`, 'latin1').then(
      text => Number(/^VmRSS:\s+(\d+) kB/m.exec(text)?.[1] ?? 0),
      () => 0, // no such file system, or the process has just ended
    )
    if (this.#work === of && of !== undefined && residentKb * 1024 > this.#limits.memoryBytesMax)
      this.end(new Failure('too-large', 'This image needs more memory than it may have.'))
  }
}

/** The sibling of this file: `.ts` under tsx, `.js` once compiled. */
function startChild(): ChildProcess {
  const extension = extname(fileURLToPath(import.meta.url))
  const file = fileURLToPath(new URL(`./render-process${extension}`, import.meta.url))
  const loader = () => pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href
  return fork(file, [], {
    serialization: 'advanced',
    execArgv: extension === '.ts' ? ['--import', loader()] : [],
    // Nothing of our environment is its business.
    env: {},
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  })
}
