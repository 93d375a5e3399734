import type { Clock } from '../clock.js'
import type { Database, Tx } from '../database.js'
import { fail } from '../errors.js'
import type { Ids } from '../ids.js'
import type { Origin } from '../journal/facts.js'
import type { Journal } from '../journal/journal.js'
import type { Outbox } from '../outbox/outbox.js'
import type { StudyTables } from '../studies/schema.js'
import { isOfOurOwn } from './own-cause.js'
import type { ExchangeTables } from './schema.js'
import {
  forgetAsked,
  openTransferInstances,
  owedStill,
  recount,
  type TransferInstances,
} from './transfer-instances.js'
import { type Arm, type Owed, oweInstances, type ToOwe } from './transfer-owing.js'

export type Transfer = ExchangeTables['transfers']

export interface StudyProgress {
  /** `sent`: acknowledged by the peer, which does not say what it lists. */
  state: 'waiting' | 'moving' | 'sent' | 'confirmed' | 'failed'
  sent: number
  of: number
  /** Listed there. */
  confirmed: number
  peer: string
}

export interface TransferQuery {
  /** Of this site's studies (own), or to its peers and of studies it is a party to (party); all when absent. */
  seenFrom?: { site: string; own: boolean; party: boolean }
  study?: string
  peer?: string
  states?: readonly string[]
  limit: number
  after?: string
}

export interface Transfers extends TransferInstances {
  owe(tx: Tx, owed: ToOwe, origin: Origin): Promise<Owed>
  /** The urgency of a study changed: its transfers that are not over take their new places in their lanes. */
  hasten(tx: Tx, study: string, priorityOf: (cause: string) => number): Promise<void>
  /** What of a study its destinations have confirmed. */
  confirmedThere(study: string): Promise<{ instance: number; peer: string }[]>
  get(id: string): Promise<Transfer | undefined>
  list(query: TransferQuery): Promise<Transfer[]>
  /** What is on its way now. */
  moving(): Promise<Pick<Transfer, 'id' | 'peer' | 'sent' | 'total'>[]>
  /** Where a study stands at the destinations of its routes: the least advanced of them; undefined when it goes nowhere. */
  progressOf(study: string): Promise<StudyProgress | undefined>
  /** The same for a page of studies. */
  progressOfAll(studies: readonly string[]): Promise<ReadonlyMap<string, StudyProgress>>
  /** Those of a study that nobody gave up; `all`: those too. */
  ofStudy(study: string, which?: 'all'): Promise<Transfer[]>
  /**
   * Takes up a transfer of which something waits: what was withheld and may leave now, and `again`, instances whose
   * object is another one since they were sent. Nothing where nothing waits.
   */
  resume(tx: Tx, id: string, again: readonly number[]): Promise<void>
  began(id: string): Promise<void>
  settle(
    tx: Tx,
    id: string,
    outcome: { state: Transfer['state']; reason?: string; retryAt?: number },
  ): Promise<void>
  /** All was acknowledged, and the peer was asked to commit itself: `job` goes on when it has not answered in time. */
  awaits(tx: Tx, id: string, asked?: { reason: string; until: number; job: string }): Promise<void>
  /** Goes on by itself from `dueAt` on: something is owed again, or must be confirmed in another way. */
  goOn(tx: Tx, id: string, dueAt: number): Promise<void>
  retry(tx: Tx, id: string, origin: Origin): Promise<void>
  cancel(tx: Tx, id: string, reason: string, origin: Origin): Promise<void>
  /** A person gave up the job that was to send it. */
  abandon(tx: Tx, id: string, reason: string, origin: Origin): Promise<void>
}

export const laneOf = (peer: string) => `peer:${peer}`

export function openTransfers(options: {
  db: Database
  clock: Clock
  ids: Ids
  journal: Journal
  outbox: Outbox
}): Transfers {
  const { db, clock, ids, journal, outbox } = options

  const arm: Arm = async (tx, transfer, site, dueAt = clock.now()) => {
    const job = await outbox.add(tx, {
      dueAt,
      lane: laneOf(transfer.peer),
      kind: 'send-study',
      key: `send:${transfer.id}:${transfer.generation}`,
      body: { transfer: transfer.id },
      priority: transfer.priority,
      site,
    })
    await tx
      .sql<ExchangeTables>()
      .updateTable('transfers')
      .set({ job })
      .where('id', '=', transfer.id)
      .execute()
  }

  const get = (id: string) =>
    db.sql<ExchangeTables>().selectFrom('transfers').selectAll().where('id', '=', id).executeTakeFirst()

  const abandon: Transfers['abandon'] = async (tx, id, reason, origin) => {
    const row = await withSite(tx, id)
    await tx
      .sql<ExchangeTables>()
      .updateTable('transfers')
      .set({ state: 'cancelled', reason: reason.slice(0, 1000), settled_at: clock.now(), retry_at: null })
      .where('id', '=', id)
      .execute()
    await journal.append(
      tx,
      {
        type: 'transfer-cancelled',
        site: row.site,
        ids: { transfer: id, study: row.study, peer: row.peer },
        body: { cause: row.cause, reason, sent: row.sent, total: row.total },
      },
      origin,
    )
  }

  const progressOfAll: Transfers['progressOfAll'] = async studies => {
    const least = new Map<string, StudyProgress>()
    if (studies.length === 0) return least
    const rows = await db
      .sql<ExchangeTables>()
      .selectFrom('transfers')
      .select(['study', 'state', 'sent', 'total', 'confirmed', 'peer', 'cause'])
      .where('study', 'in', [...studies])
      .where('state', '<>', 'cancelled')
      .execute()
    const rank = { failed: 0, queued: 1, moving: 2, sent: 3, confirmed: 4, cancelled: 5 } as const
    rows.sort((a, b) => rank[a.state] - rank[b.state] || a.confirmed - b.confirmed)
    for (const { study, state, sent, total, confirmed, peer, cause } of rows)
      if (!isOfOurOwn(cause) && !least.has(study) && state !== 'cancelled')
        least.set(study, { state: state === 'queued' ? 'waiting' : state, sent, of: total, confirmed, peer })
    return least
  }

  return {
    ...openTransferInstances(db),
    owe: (tx, owed, origin) => oweInstances(tx, owed, origin, { clock, ids, journal, arm }),
    hasten: async (tx, study, priorityOf) => {
      const open = await tx
        .sql<ExchangeTables>()
        .selectFrom('transfers')
        .select(['id', 'cause', 'job', 'priority'])
        .where('study', '=', study)
        .where('state', 'in', ['queued', 'moving', 'failed'])
        .execute()
      for (const { id, cause, job, priority: before } of open) {
        const priority = priorityOf(cause)
        if (priority === before) continue
        await tx
          .sql<ExchangeTables>()
          .updateTable('transfers')
          .set({ priority })
          .where('id', '=', id)
          .execute()
        if (job !== null) await outbox.hasten(tx, job, priority)
      }
    },
    confirmedThere: study =>
      db
        .sql<ExchangeTables>()
        .selectFrom('transfer_instances')
        .innerJoin('transfers', 'transfers.id', 'transfer_instances.transfer')
        .select(['transfer_instances.instance', 'transfers.peer'])
        .where('transfers.study', '=', study)
        .where('transfer_instances.state', '=', 'confirmed')
        .execute(),
    get,
    list: async query => {
      let select = db
        .sql<ExchangeTables & StudyTables & { peers: { id: string; site: string } }>()
        .selectFrom('transfers')
        .innerJoin('studies', 'studies.id', 'transfers.study')
        .leftJoin('peers', 'peers.id', 'transfers.peer')
        .selectAll('transfers')
        .orderBy('queued_at', 'desc')
        .orderBy('transfers.id', 'desc')
        .limit(query.limit)
      const { seenFrom, study, peer, states, after } = query
      if (seenFrom !== undefined)
        select = select.where(eb =>
          eb.or([
            ...(seenFrom.own ? [eb('studies.site', '=', seenFrom.site)] : []),
            ...(seenFrom.party
              ? [
                  eb('peers.site', '=', seenFrom.site),
                  eb.exists(
                    eb
                      .selectFrom('study_parties')
                      .select('study_parties.study')
                      .whereRef('study_parties.study', '=', 'transfers.study')
                      .where('study_parties.site', '=', seenFrom.site)
                      .where('study_parties.until', 'is', null),
                  ),
                ]
              : []),
          ]),
        )
      if (study !== undefined) select = select.where('transfers.study', '=', study)
      if (peer !== undefined) select = select.where('transfers.peer', '=', peer)
      if (states !== undefined) select = select.where('state', 'in', states as Transfer['state'][])
      if (after !== undefined) {
        const [at = '', id = ''] = after.split(':')
        select = select.where(eb =>
          eb.or([
            eb('queued_at', '<', Number(at)),
            eb.and([eb('queued_at', '=', Number(at)), eb('transfers.id', '<', id)]),
          ]),
        )
      }
      return select.execute()
    },
    moving: () =>
      db
        .sql<ExchangeTables>()
        .selectFrom('transfers')
        .select(['id', 'peer', 'sent', 'total'])
        .where('state', '=', 'moving')
        .execute(),
    progressOf: async study => (await progressOfAll([study])).get(study),
    progressOfAll,
    ofStudy: (study, which) => {
      const ever = db.sql<ExchangeTables>().selectFrom('transfers').selectAll().where('study', '=', study)
      return (which === 'all' ? ever : ever.where('state', '<>', 'cancelled')).execute()
    },
    resume: async (tx, id, again) => {
      const row = await withSite(tx, id)
      if (row.state === 'cancelled') return
      await forgetAsked(tx, id, again)
      for (const instance of again)
        await tx
          .sql<ExchangeTables>()
          .updateTable('transfer_instances')
          .set({ state: 'waiting', status: null, reason: null })
          .where('transfer', '=', id)
          .where('instance', '=', instance)
          .execute()
      if (!(await owedStill(tx, id))) return
      const generation = row.generation + 1
      await tx
        .sql<ExchangeTables>()
        .updateTable('transfers')
        .set({ state: 'queued', generation, unlisted: 0, reason: null, settled_at: null, retry_at: null })
        .where('id', '=', id)
        .execute()
      await recount(tx, id)
      await arm(tx, { ...row, generation }, row.site)
    },
    began: id =>
      db.write(async tx => {
        await tx
          .sql<ExchangeTables>()
          .updateTable('transfers')
          .set(eb => ({
            state: 'moving',
            attempts: eb('attempts', '+', 1),
            retry_at: null,
            started_at: eb.fn.coalesce('started_at', eb.val(clock.now())),
          }))
          .where('id', '=', id)
          .execute()
      }),
    settle: async (tx, id, outcome) => {
      const settled = outcome.state === 'sent' || outcome.state === 'confirmed' || outcome.state === 'failed'
      const row = await withSite(tx, id)
      if (row.state === 'cancelled') return
      // More of it was owed while this run went on: another job sends that, and only then is it settled.
      const more = outcome.state !== 'failed' && settled && (await owedStill(tx, id))
      await tx
        .sql<ExchangeTables>()
        .updateTable('transfers')
        .set({
          state: more ? 'queued' : outcome.state,
          reason: outcome.reason?.slice(0, 1000) ?? null,
          retry_at: outcome.retryAt ?? null,
          settled_at: settled && !more ? clock.now() : null,
        })
        .where('id', '=', id)
        .execute()
      if (!settled || more) return
      await journal.append(
        tx,
        {
          type: outcome.state === 'failed' ? 'transfer-failed' : 'study-sent',
          site: row.site,
          ids: { transfer: id, study: row.study, peer: row.peer },
          body: {
            cause: row.cause,
            instances: row.total,
            confirmed: row.confirmed,
            failed: row.failed,
            ...(row.converted === 0 ? {} : { converted: row.converted }),
            reason: outcome.reason,
          },
        },
        { by: 'system', part: 'exchange' },
      )
    },
    awaits: async (tx, id, asked) => {
      const more = await owedStill(tx, id)
      await tx
        .sql<ExchangeTables>()
        .updateTable('transfers')
        .set(
          more
            ? { state: 'queued', reason: null, retry_at: null }
            : {
                state: 'sent',
                settled_at: null,
                ...(asked && { reason: asked.reason.slice(0, 1000), retry_at: asked.until, job: asked.job }),
              },
        )
        .where('id', '=', id)
        .where('state', '<>', 'cancelled')
        .execute()
    },
    goOn: async (tx, id, dueAt) => {
      const row = await withSite(tx, id)
      // Another run is owed or under way already, or a person gave it up.
      if (row.state === 'queued' || row.state === 'moving' || row.state === 'cancelled') return
      const generation = row.generation + 1
      await tx
        .sql<ExchangeTables>()
        .updateTable('transfers')
        .set({ state: 'queued', generation, settled_at: null, retry_at: dueAt > clock.now() ? dueAt : null })
        .where('id', '=', id)
        .execute()
      await arm(tx, { ...row, generation }, row.site, dueAt)
    },
    retry: async (tx, id, origin) => {
      const row = await tx
        .sql<ExchangeTables & StudyTables>()
        .selectFrom('transfers')
        .innerJoin('studies', 'studies.id', 'transfers.study')
        .selectAll('transfers')
        .select('studies.site')
        .where('transfers.id', '=', id)
        .executeTakeFirst()
      if (row === undefined) fail('missing', 'There is no such transfer.')
      if (row.state === 'confirmed' || row.state === 'sent')
        fail('conflict', { fr: 'Tout est déjà arrivé.', en: 'All of it has arrived already.' })
      if (row.state === 'queued' && row.job !== null) {
        await outbox.retry(tx, row.job, origin)
        return
      }
      if (row.state === 'moving') fail('conflict', { fr: 'C’est en route.', en: 'It is on its way.' })
      await tx
        .sql<ExchangeTables>()
        .updateTable('transfer_instances')
        .set({ state: 'waiting' })
        .where('transfer', '=', id)
        .where('state', '=', 'failed')
        .execute()
      const generation = row.generation + 1
      await tx
        .sql<ExchangeTables>()
        .updateTable('transfers')
        .set({ state: 'queued', generation, unlisted: 0, reason: null, settled_at: null, retry_at: null })
        .where('id', '=', id)
        .execute()
      await recount(tx, id)
      await arm(tx, { ...row, generation }, row.site)
      await journal.append(
        tx,
        {
          type: 'transfer-queued',
          site: row.site,
          ids: { transfer: id, study: row.study, peer: row.peer },
          body: { cause: row.cause, again: true },
        },
        origin,
      )
    },
    cancel: async (tx, id, reason, origin) => {
      const row = await get(id)
      if (row === undefined) fail('missing', 'There is no such transfer.')
      if (row.settled_at !== null && row.state !== 'failed')
        fail('conflict', { fr: 'C’est déjà terminé.', en: 'It has ended already.' })
      // Giving up its job is giving up the transfer: the handler of that job says so to `abandon`.
      if (row.job !== null && row.state !== 'failed') await outbox.giveUp(tx, row.job, reason, origin)
      else await abandon(tx, id, reason, origin)
    },
    abandon,
  }
}

/** A transfer with the site its study belongs to. */
function withSite(tx: Tx, id: string): Promise<Transfer & { site: string }> {
  return tx
    .sql<ExchangeTables & StudyTables>()
    .selectFrom('transfers')
    .innerJoin('studies', 'studies.id', 'transfers.study')
    .selectAll('transfers')
    .select('studies.site')
    .where('transfers.id', '=', id)
    .executeTakeFirstOrThrow()
}
