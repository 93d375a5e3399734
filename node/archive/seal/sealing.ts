import { type Clock, isoAt } from '../../clock.js'
import type { Database, Tx } from '../../database.js'
import { Failure, fail, reasonOf } from '../../errors.js'
import type { Follower } from '../../journal/followers.js'
import type { Journal } from '../../journal/journal.js'
import { openMoves, recordMove } from '../../journal/moves.js'
import type { Log } from '../../log.js'
import type { Handler } from '../../outbox/job.js'
import type { Outbox } from '../../outbox/outbox.js'
import type { Archive } from '../archive.js'
import type { ArchiveTables } from '../schema.js'
import type { SealView } from '../view.js'
import { openMoving } from './moving.js'
import type { SealedPart, Volumes } from './volume.js'

export interface Sealing {
  /** An act that closes is owed its seal; one entered in error too, and again when everything of it was taken back. */
  follower: Follower
  handler: Handler
  /** The sealed parts of an act, in order. */
  parts(request: string): Promise<SealView[]>
  /** One of them as it was sealed; `missing` where there is none. */
  part(request: string, part: number): Promise<SealedPart>
  /**
   * Closes the volumes of years that are over: the bodies of their entries move into the file, its whole-file digest goes
   * into the journal, and then they leave the database. `unavailable` where a closed volume is not what it was.
   */
  closeYears(): Promise<number[]>
  /** The same as a job. */
  closing: Handler
  /** From now on a year that ends owes its closing. */
  start(): Promise<void>
  close(): void
}

const SYSTEM = { by: 'system', part: 'archive' } as const
const LANE = 'archive'
const LOOK_MS = 3_600_000
/** Of the recalls of one act: one and its end for each recipient. */
const FACTS_MAX = 1000

export function openSealing(deps: {
  db: Database
  clock: Clock
  journal: Journal
  outbox: Pick<Outbox, 'add'>
  archive: Pick<Archive, 'sealed'>
  volumes: Volumes
  log: Pick<Log, 'error'>
}): Sealing {
  const { db, clock, journal, outbox, archive, volumes } = deps
  const moves = openMoves(db)
  const moving = openMoving({ db, moves, volumes })
  let timer: NodeJS.Timeout | undefined

  const rows = (request: string) =>
    db
      .sql<ArchiveTables>()
      .selectFrom('act_seals')
      .selectAll()
      .where('request', '=', request)
      .orderBy('part')
      .execute()
  const closed = async () =>
    (await db.sql<ArchiveTables>().selectFrom('archive_volumes').select('year').execute()).map(
      ({ year }) => year,
    )

  async function record(tx: Tx, year: number, sealed: SealedPart, previous: number | null, site: string) {
    const { request, part, reference, manifest, sha256, at } = sealed
    const fact = await journal.append(
      tx,
      {
        type: 'act-sealed',
        site,
        ids: { request },
        body: { reference, part, manifest, sha256, volume: year, ...(previous === null ? {} : { previous }) },
      },
      SYSTEM,
    )
    await tx
      .sql<ArchiveTables>()
      .insertInto('act_seals')
      .values({ request, part, fact, year, manifest, sha256, bytes: sealed.bundle.length, at })
      .execute()
  }

  /** Whether every recall of the act has come to something. */
  async function takenBack(request: string): Promise<boolean> {
    const types = ['recall-opened', 'recall-settled']
    const facts = await journal.read({ subject: request, types, limit: FACTS_MAX })
    const of = (type: string) =>
      new Set(facts.filter(each => each.type === type).map(each => each.ids['recall']))
    const settled = of('recall-settled')
    return [...of('recall-opened')].every(recall => settled.has(recall))
  }

  /** Years that are over and not closed, from the first whose entries or seals have not left the database. */
  async function due(): Promise<number[]> {
    const [now, done] = [yearOf(clock.now()), await closed()]
    const oldest = await moves.madeAt(await moves.next())
    const years = new Set(volumes.years())
    for (let year = yearOf(oldest ?? clock.now()); year < now; year++) years.add(year)
    return [...years].filter(year => year < now && !done.includes(year)).sort((a, b) => a - b)
  }

  async function close(year: number): Promise<boolean> {
    const bodies = await moves.before(Date.UTC(year + 1, 0, 1), await moves.next())
    if (bodies === undefined && !volumes.years().includes(year)) return false
    const erased = bodies === undefined ? 0 : await moving.fill(year, bodies)
    const { sha256, acts, bytes } = await volumes.close(year)
    await db.write(async tx => {
      const body = { year, sha256, acts, bytes, ...(bodies === undefined ? {} : { bodies: { ...bodies } }) }
      const fact = await journal.append(tx, { type: 'volume-closed', site: null, ids: {}, body }, SYSTEM)
      await tx.sql<ArchiveTables>().insertInto('archive_volumes').values({ year, fact, sha256 }).execute()
      if (bodies !== undefined) await recordMove(tx, { year, ...bodies, fact }, erased)
    })
    return true
  }

  async function closeYears(): Promise<number[]> {
    const done: number[] = []
    for (const year of await due()) if (await close(year)) done.push(year)
    await moving.release()
    return done
  }

  /** Owes the closing of what is over, once a year: it may take long, and a start does not wait for it. */
  async function oweClosing(): Promise<void> {
    if ((await due()).length === 0 && !(await moving.pending())) return
    const key = `close-volumes ${yearOf(clock.now())}`
    await db.write(tx => outbox.add(tx, { lane: LANE, kind: 'close-volumes', key, body: {} }))
  }

  return {
    follower: {
      name: 'sealing',
      types: ['request-closed', 'request-entered-in-error', 'recall-settled'],
      handle: async (fact, tx) => {
        const { request } = fact.ids
        if (request === undefined) return
        if (fact.type === 'recall-settled' && !(await takenBack(request))) return
        // What closes again after something came is sealed again.
        await outbox.add(tx, {
          lane: LANE,
          kind: 'seal-act',
          key: `seal ${request} ${fact.seq}`,
          body: { request, closed: fact.seq },
        })
      },
    },
    handler: {
      run: async ({ body }) => {
        const request = String(body['request'])
        const before = await rows(request)
        // A run that was cut off after its commit: the seal over this closing is there.
        if (before.some(({ fact }) => fact > Number(body['closed']))) return { result: 'done' }
        const last = before.at(-1)
        const { bundle, head, ...sealed } = await archive.sealed(
          request,
          last === undefined ? null : last.manifest,
        )
        // Nothing comes into a closed volume, however far back the clock was set.
        const year = Math.max(yearOf(clock.now()), ...(await closed()).map(each => each + 1))
        const part = volumes.put(
          year,
          { ...sealed, request, part: (last?.part ?? 0) + 1, at: clock.now(), bundle },
          head,
        )
        return { result: 'done', settle: tx => record(tx, year, part, last?.fact ?? null, sealed.site) }
      },
    },
    parts: async request =>
      (await rows(request)).map(({ part, fact, year, manifest, sha256, bytes, at }) => ({
        part,
        seq: fact,
        volume: year,
        manifest,
        sha256,
        bytes,
        at: isoAt(at),
      })),
    part: async (request, part) => {
      const row = (await rows(request)).find(each => each.part === part)
      if (row === undefined) fail('missing', 'There is no such sealed part.')
      const found = volumes.part(row.year, request, part)
      if (found === undefined || found.sha256 !== row.sha256)
        fail('unavailable', {
          fr: `Le volume de ${row.year} ne contient pas ce qui a été scellé.`,
          en: `The volume of ${row.year} does not hold what was sealed.`,
        })
      return found
    },
    closeYears,
    closing: {
      run: async () => {
        try {
          await closeYears()
          return { result: 'done' }
        } catch (thrown) {
          // A volume that is missing or was changed: a person brings it back. The database keeps what it has.
          if (thrown instanceof Failure && thrown.code === 'unavailable')
            return { result: 'permanent', reason: thrown.message }
          throw thrown
        }
      },
    },
    start: async () => {
      volumes.recover()
      await oweClosing()
      timer = setInterval(() => {
        oweClosing().catch(thrown =>
          deps.log.error('volumes-not-closed', { reason: reasonOf(thrown) }, thrown),
        )
      }, LOOK_MS)
      timer.unref()
    },
    close: () => clearInterval(timer),
  }
}

const yearOf = (at: number) => Number(isoAt(at).slice(0, 4))
