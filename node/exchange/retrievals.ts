import type { Selectable } from 'kysely'
import type { Clock } from '../clock.js'
import type { Database, Tx } from '../database.js'
import { fail } from '../errors.js'
import type { Ids } from '../ids.js'
import { canonical } from '../journal/canonical.js'
import type { Origin } from '../journal/facts.js'
import type { Journal } from '../journal/journal.js'
import type { Outbox } from '../outbox/outbox.js'
import type { StudyTables } from '../studies/schema.js'
import type { ExchangeTables, RetrievalState } from './schema.js'
import type { WantedStudy } from './view.js'

export type Retrieval = Selectable<ExchangeTables['retrievals']>
export type Forward = Selectable<ExchangeTables['retrieval_forwards']>

export interface ToRetrieve {
  site: string
  peer: string
  study: string
  /** Empty = the whole study. */
  series: string
  cause: string
  priority: number
  wanted: WantedStudy
  /** Where it goes on to when it is here. */
  to?: string
}

export interface RetrievalQuery {
  site?: string
  ids?: readonly string[]
  study?: string
  peer?: string
  states?: readonly string[]
  limit: number
  after?: string
}

export interface Retrievals {
  /**
   * Wants something from a PACS, in the caller's transaction. What is wanted already, or is here, is not fetched
   * twice: the same row is given, and looked at once more where a person asks again.
   */
  want(tx: Tx, wanted: ToRetrieve, origin: Origin): Promise<string>
  get(id: string): Promise<Retrieval | undefined>
  list(query: RetrievalQuery): Promise<Retrieval[]>
  forwards(id: string): Promise<Forward[]>
  began(id: string): Promise<void>
  /** What the PACS counted in a run, and what of it is here now. */
  counted(
    id: string,
    counts: { completed: number; failed: number; warning: number; total: number | null; here: number },
  ): Promise<void>
  settle(
    tx: Tx,
    id: string,
    outcome: { state: RetrievalState; trouble?: string; reason?: string; retryAt?: number },
  ): Promise<void>
  retry(tx: Tx, id: string, origin: Origin): Promise<void>
  cancel(tx: Tx, id: string, reason: string, origin: Origin): Promise<void>
  /** Its job was given up: the row says so. */
  abandon(tx: Tx, id: string, reason: string, origin: Origin): Promise<void>
  forwarded(
    tx: Tx,
    id: string,
    peer: string,
    became: { transfer: string } | { refusal: string },
  ): Promise<void>
  /** SOP Instance UIDs of the study that are here, of that site. */
  held(site: string, study: string): Promise<Set<string>>
  /**
   * The retrieval that brings this instance, laid down before its row is: by the C-GET it came with, by the message ID
   * of our C-MOVE, or, where the PACS names neither, by study and peer. Undefined: it was sent by itself.
   */
  bringing(arrival: {
    association: string
    site: string
    peer: string
    study: string
    retrieval?: string
    /** Of a C-MOVE of ours. */
    messageId?: number
  }): Promise<string | undefined>
  /** Whether anything of this study is being waited for: asked for every image that comes. */
  awaits(study: string): boolean
  /** The retrieval that brought what came on this association. */
  brought(association: string, study: string): Promise<string | undefined>
}

const OPEN: readonly RetrievalState[] = ['queued', 'moving']
/** Numbers of C-MOVEs are two bytes wide (0000,0110). */
const MESSAGE_IDS = 65_535

export function messageIdOf({ number }: Pick<Retrieval, 'number'>): number {
  return ((number - 1) % MESSAGE_IDS) + 1
}

export const retrievalLane = (peer: string) => `retrieve:${peer}`

export async function openRetrievals(options: {
  db: Database
  clock: Clock
  ids: Ids
  journal: Journal
  outbox: Outbox
}): Promise<Retrievals> {
  const { db, clock, ids, journal, outbox } = options
  const tied = new Map<string, string>()
  const open = new Map<string, string>()
  for (const row of await db
    .sql<ExchangeTables>()
    .selectFrom('retrievals')
    .select(['id', 'study_uid'])
    .where('state', 'in', OPEN)
    .execute())
    open.set(row.id, row.study_uid)

  const get = (id: string) =>
    db.sql<ExchangeTables>().selectFrom('retrievals').selectAll().where('id', '=', id).executeTakeFirst()

  const existing = async (tx: Tx, id: string) =>
    (await tx
      .sql<ExchangeTables>()
      .selectFrom('retrievals')
      .selectAll()
      .where('id', '=', id)
      .executeTakeFirst()) ?? fail('missing', 'There is no such retrieval.')

  const arm = async (
    tx: Tx,
    row: Pick<Retrieval, 'id' | 'peer' | 'priority' | 'generation' | 'site' | 'study_uid'>,
  ) => {
    tx.afterCommit(() => open.set(row.id, row.study_uid))
    const job = await outbox.add(tx, {
      lane: retrievalLane(row.peer),
      kind: 'retrieve-study',
      key: `retrieve:${row.id}:${row.generation}`,
      body: { retrieval: row.id },
      priority: row.priority,
      site: row.site,
    })
    await tx
      .sql<ExchangeTables>()
      .updateTable('retrievals')
      .set({
        job,
        generation: row.generation,
        priority: row.priority,
        state: 'queued',
        trouble: null,
        reason: null,
        attempts: 0,
        queued_at: clock.now(),
        settled_at: null,
        retry_at: null,
      })
      .where('id', '=', row.id)
      .execute()
  }

  const record = (
    tx: Tx,
    type: string,
    row: Retrieval,
    body: Record<string, string | number | null>,
    origin: Origin,
  ) =>
    journal.append(
      tx,
      {
        type,
        site: row.site,
        ids: { retrieval: row.id, peer: row.peer },
        body: { StudyInstanceUID: row.study_uid, SeriesInstanceUID: row.series_uid, ...body },
      },
      origin,
    )

  const abandon: Retrievals['abandon'] = async (tx, id, reason, origin) => {
    const row = await existing(tx, id)
    if (!OPEN.includes(row.state)) return
    await tx
      .sql<ExchangeTables>()
      .updateTable('retrievals')
      .set({ state: 'cancelled', reason: reason.slice(0, 1000), settled_at: clock.now(), retry_at: null })
      .where('id', '=', id)
      .execute()
    tx.afterCommit(() => open.delete(id))
    await record(tx, 'retrieval-cancelled', row, { reason, here: row.here, total: row.total }, origin)
  }

  return {
    want: async (tx, wanted, origin) => {
      const sql = tx.sql<ExchangeTables>()
      const { site, peer, study, series, cause, priority, to } = wanted
      const rows = await sql
        .selectFrom('retrievals')
        .selectAll()
        .where('peer', '=', peer)
        .where('study_uid', '=', study)
        .where('series_uid', 'in', ['', series])
        .execute()
      const byPerson = cause.startsWith('manual:')
      // The whole study is on its way or here: a series of it needs nothing of its own.
      const whole = rows.find(row => row.series_uid === '' && [...OPEN, 'complete'].includes(row.state))
      let row = whole ?? rows.find(each => each.series_uid === series)
      if (row === undefined) {
        const id = ids.next('ret')
        row = await sql
          .insertInto('retrievals')
          .values({
            id,
            site,
            peer,
            study_uid: study,
            series_uid: series,
            cause,
            wanted: canonical({ ...wanted.wanted }),
            state: 'queued',
            trouble: null,
            reason: null,
            priority,
            generation: 1,
            job: null,
            total: null,
            here: 0,
            completed: 0,
            failed: 0,
            warning: 0,
            attempts: 0,
            queued_at: clock.now(),
            started_at: null,
            settled_at: null,
            retry_at: null,
          })
          .returningAll()
          .executeTakeFirstOrThrow()
        await arm(tx, row)
        await record(tx, 'retrieval-queued', row, { cause, to: to ?? null }, origin)
      } else if (!OPEN.includes(row.state)) {
        // A person who asks again may know of new images; what a person gave up comes back only by a person.
        const again = byPerson || (row.state !== 'complete' && row.state !== 'cancelled')
        if (again) {
          await arm(tx, { ...row, priority, generation: row.generation + 1 })
          await record(tx, 'retrieval-queued', row, { cause, to: to ?? null, again: 1 }, origin)
        }
      }
      if (to !== undefined) {
        await sql
          .insertInto('retrieval_forwards')
          .values({ retrieval: row.id, peer: to, cause, transfer: null, refusal: null })
          .onConflict(conflict =>
            conflict.columns(['retrieval', 'peer']).doUpdateSet({ cause, transfer: null, refusal: null }),
          )
          .execute()
      }
      return row.id
    },
    get,
    list: async query => {
      const { site, ids: only, study, peer, states, limit, after } = query
      let select = db
        .sql<ExchangeTables>()
        .selectFrom('retrievals')
        .selectAll()
        .orderBy('queued_at', 'desc')
        .orderBy('id', 'desc')
        .limit(limit)
      if (site !== undefined) select = select.where('site', '=', site)
      if (only !== undefined) select = select.where('id', 'in', only)
      if (study !== undefined) select = select.where('study_uid', '=', study)
      if (peer !== undefined) select = select.where('peer', '=', peer)
      if (states !== undefined) select = select.where('state', 'in', states as RetrievalState[])
      if (after !== undefined) {
        const [at = '', id = ''] = after.split(':')
        select = select.where(eb =>
          eb.or([
            eb('queued_at', '<', Number(at)),
            eb.and([eb('queued_at', '=', Number(at)), eb('id', '<', id)]),
          ]),
        )
      }
      return select.execute()
    },
    forwards: id =>
      db
        .sql<ExchangeTables>()
        .selectFrom('retrieval_forwards')
        .selectAll()
        .where('retrieval', '=', id)
        .execute(),
    began: id =>
      db.write(async tx => {
        await tx
          .sql<ExchangeTables>()
          .updateTable('retrievals')
          .set(eb => ({
            state: 'moving',
            attempts: eb('attempts', '+', 1),
            retry_at: null,
            started_at: eb.fn.coalesce('started_at', eb.val(clock.now())),
          }))
          .where('id', '=', id)
          .where('state', 'in', OPEN)
          .execute()
      }),
    counted: (id, { total, here, ...counts }) =>
      db.write(async tx => {
        await tx
          .sql<ExchangeTables>()
          .updateTable('retrievals')
          .set(eb => ({
            total,
            here,
            completed: eb('completed', '+', counts.completed),
            failed: eb('failed', '+', counts.failed),
            warning: eb('warning', '+', counts.warning),
          }))
          .where('id', '=', id)
          .execute()
      }),
    settle: async (tx, id, { state, trouble, reason, retryAt }) => {
      const row = await existing(tx, id)
      if (row.state === 'cancelled') return
      const ended = !OPEN.includes(state)
      await tx
        .sql<ExchangeTables>()
        .updateTable('retrievals')
        .set({
          state,
          trouble: trouble ?? null,
          reason: reason?.slice(0, 1000) ?? null,
          retry_at: retryAt ?? null,
          settled_at: ended ? clock.now() : null,
        })
        .where('id', '=', id)
        .execute()
      if (!ended) return
      tx.afterCommit(() => open.delete(id))
      const { completed, failed, warning, here, total, cause } = row
      await record(
        tx,
        'retrieval-ended',
        row,
        { state, cause, completed, failed, warning, here, total, reason: reason ?? null },
        { by: 'system', part: 'exchange' },
      )
      if (state !== 'complete') return
      const forwards = await tx
        .sql<ExchangeTables>()
        .selectFrom('retrieval_forwards')
        .selectAll()
        .where('retrieval', '=', id)
        .where('transfer', 'is', null)
        .execute()
      for (const forward of forwards)
        await outbox.add(tx, {
          lane: `forward:${forward.peer}`,
          kind: 'forward-study',
          key: `forward:${id}:${forward.peer}:${row.generation}`,
          body: { retrieval: id, peer: forward.peer },
          priority: row.priority,
          site: row.site,
        })
    },
    retry: async (tx, id, origin) => {
      const row = await existing(tx, id)
      if (row.state === 'moving') fail('conflict', { fr: 'C’est en route.', en: 'It is on its way.' })
      if (row.state === 'queued' && row.job !== null) {
        await outbox.retry(tx, row.job, origin)
        return
      }
      await arm(tx, { ...row, generation: row.generation + 1 })
      await record(tx, 'retrieval-queued', row, { cause: row.cause, again: 1 }, origin)
    },
    cancel: async (tx, id, reason, origin) => {
      const row = await existing(tx, id)
      if (!OPEN.includes(row.state))
        fail('conflict', { fr: 'C’est déjà terminé.', en: 'It has ended already.' })
      // Giving up its job is giving up the retrieval: the handler of that job says so to `abandon`.
      if (row.job !== null) await outbox.giveUp(tx, row.job, reason, origin)
      else await abandon(tx, id, reason, origin)
    },
    abandon,
    forwarded: async (tx, id, peer, became) => {
      await tx
        .sql<ExchangeTables>()
        .updateTable('retrieval_forwards')
        .set(
          'transfer' in became ? { transfer: became.transfer, refusal: null } : { refusal: became.refusal },
        )
        .where('retrieval', '=', id)
        .where('peer', '=', peer)
        .execute()
    },
    held: async (site, study) => {
      const rows = await db
        .sql<StudyTables>()
        .selectFrom('instances')
        .innerJoin('studies', 'studies.id', 'instances.study')
        .select('instances.uid')
        .where('studies.uid', '=', study)
        .where('studies.site', '=', site)
        .execute()
      return new Set(rows.map(row => row.uid))
    },
    bringing: async ({ association, site, peer, study, retrieval, messageId }) => {
      const key = `${association} ${study}`
      const known = tied.get(key)
      if (known !== undefined) return known
      const rows = await db
        .sql<ExchangeTables>()
        .selectFrom('retrievals')
        .selectAll()
        .where('study_uid', '=', study)
        .where('site', '=', site)
        .execute()
      const found =
        rows.find(row => row.id === retrieval) ??
        rows.find(row => messageId !== undefined && messageIdOf(row) === messageId) ??
        // Late ones of a C-MOVE of ours that was given up; else only what is being waited for.
        rows.find(row => row.peer === peer && (messageId !== undefined || row.state === 'moving'))
      if (found === undefined) return undefined
      await db.write(async tx => {
        await tx
          .sql<ExchangeTables>()
          .insertInto('retrieval_arrivals')
          .values({ association, study_uid: study, retrieval: found.id })
          .onConflict(conflict => conflict.doNothing())
          .execute()
      })
      if (tied.size >= 1000) tied.clear()
      tied.set(key, found.id)
      return found.id
    },
    awaits: study => [...open.values()].includes(study),
    brought: async (association, study) =>
      (
        await db
          .sql<ExchangeTables>()
          .selectFrom('retrieval_arrivals')
          .select('retrieval')
          .where('association', '=', association)
          .where('study_uid', '=', study)
          .executeTakeFirst()
      )?.retrieval,
  }
}
