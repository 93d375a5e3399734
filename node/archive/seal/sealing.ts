import { type Clock, isoAt } from '../../clock.js'
import type { Database, Tx } from '../../database.js'
import { fail } from '../../errors.js'
import type { Follower } from '../../journal/followers.js'
import type { Journal } from '../../journal/journal.js'
import type { Handler } from '../../outbox/job.js'
import type { Outbox } from '../../outbox/outbox.js'
import type { Archive } from '../archive.js'
import type { ArchiveTables } from '../schema.js'
import type { SealView } from '../view.js'
import type { SealedPart, Volumes } from './volume.js'

export interface Sealing {
  /** An act that closes is owed its seal. */
  follower: Follower
  handler: Handler
  /** The sealed parts of an act, in order. */
  parts(request: string): Promise<SealView[]>
  /** One of them as it was sealed; `missing` where there is none. */
  part(request: string, part: number): Promise<SealedPart>
  /** Closes the volumes of years that are over; their whole-file digest goes into the journal. */
  closeYears(): Promise<number[]>
}

const SYSTEM = { by: 'system', part: 'archive' } as const
const LANE = 'archive'

export function openSealing(deps: {
  db: Database
  clock: Clock
  journal: Journal
  outbox: Pick<Outbox, 'add'>
  archive: Pick<Archive, 'sealed'>
  volumes: Volumes
}): Sealing {
  const { db, clock, journal, outbox, archive, volumes } = deps

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

  async function closeYears(): Promise<number[]> {
    const [now, done] = [Number(isoAt(clock.now()).slice(0, 4)), await closed()]
    const due = volumes.years().filter(year => year < now && !done.includes(year))
    for (const year of due) {
      const { sha256, acts, bytes } = await volumes.close(year)
      await db.write(async tx => {
        const body = { year, sha256, acts, bytes }
        const fact = await journal.append(tx, { type: 'volume-closed', site: null, ids: {}, body }, SYSTEM)
        await tx.sql<ArchiveTables>().insertInto('archive_volumes').values({ year, fact, sha256 }).execute()
      })
    }
    return due
  }

  return {
    follower: {
      name: 'sealing',
      types: ['request-closed'],
      handle: async (fact, tx) => {
        const { request } = fact.ids
        if (request === undefined) return
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
        await closeYears()
        const request = String(body['request'])
        const before = await rows(request)
        // A run that was cut off after its commit: the seal over this closing is there.
        if (before.some(({ fact }) => fact > Number(body['closed']))) return { result: 'done' }
        const last = before.at(-1)
        const { bundle, head, ...sealed } = await archive.sealed(
          request,
          last === undefined ? null : last.manifest,
        )
        const year = Number(isoAt(clock.now()).slice(0, 4))
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
        fail('unavailable', `The volume of ${row.year} does not hold what was sealed.`)
      return found
    },
    closeYears,
  }
}
