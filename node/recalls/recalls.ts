import { allows, demand, reachOf } from '../accounts/permissions.js'
import type { Clock } from '../clock.js'
import { isoAt } from '../clock.js'
import type { Database, Tx } from '../database.js'
import { fail } from '../errors.js'
import type { Rejecting } from '../exchange/rejecting.js'
import type { Acting } from '../http/acting.js'
import type { Ids } from '../ids.js'
import type { Origin } from '../journal/facts.js'
import type { Follower } from '../journal/followers.js'
import type { Journal } from '../journal/journal.js'
import type { Links } from '../links/links.js'
import type { Handler } from '../outbox/job.js'
import type { Outbox } from '../outbox/outbox.js'
import type { Peers } from '../peers/peers.js'
import type { Reports } from '../reports/reports.js'
import type { Asker } from '../requests/ports.js'
import type { Requests } from '../requests/requests.js'
import type { ListView } from '../requests/view.js'
import type { Studies } from '../studies/studies.js'
import { recallFollower } from './follow.js'
import { recallHandler } from './recalling.js'
import { needsNote, outcomesOf } from './rules.js'
import type { RecallRecord, RecallTables } from './schema.js'
import type { RecallOutcome, RecallView } from './view.js'

export interface RecallsDeps {
  db: Database
  clock: Clock
  ids: Ids
  journal: Journal
  outbox: Outbox
  requests: Pick<Requests, 'known' | 'nameOf'>
  reports: Pick<Reports, 'ofRequest'>
  studies: Pick<Studies, 'byUid' | 'instances'>
  rejecting: Pick<Rejecting, 'rejectIn' | 'doneIn'>
  links: Pick<Links, 'close'>
  peers: Pick<Peers, 'find'>
}

/** Everything that had gone out of an act before two persons said that it was entered in error. */
export interface Recalls {
  /** All of a request, oldest first. Throws `missing`. */
  ofRequest(who: Acting, request: string): Promise<ListView<RecallView>>
  /** Those of the site that wait for a person, oldest first. */
  open(who: Acting, page: { limit: number; after?: string | undefined }): Promise<ListView<RecallView>>
  /** What came of it, said by a person. Throws `missing`, `forbidden`, `conflict` or `invalid`. */
  settle(
    asker: Asker,
    id: string,
    said: { outcome: RecallOutcome; note?: string | undefined },
  ): Promise<RecallView>
  /** The outbox's `recall-act`. */
  handler: Handler
  follower: Follower
}

export function openRecalls(deps: RecallsDeps): Recalls {
  const { db, clock, journal, requests, rejecting } = deps
  const reading = () => db.sql<RecallTables>()

  async function settled(
    tx: Tx,
    recall: RecallRecord,
    { outcome, by, note }: { outcome: RecallOutcome; by?: string | undefined; note?: string | undefined },
    origin: Origin,
  ): Promise<void> {
    const moved = await tx
      .sql<RecallTables>()
      .updateTable('recalls')
      .set({ state: 'done', outcome, done_at: clock.now(), done_by: by ?? null, note: note ?? null })
      .where('id', '=', recall.id)
      .where('state', '<>', 'done')
      .executeTakeFirst()
    if (moved.numUpdatedRows === 0n) return
    await journal.append(
      tx,
      {
        type: 'recall-settled',
        site: recall.site,
        ids: { request: recall.request, recall: recall.id },
        body: {
          reference: recall.reference,
          what: recall.what,
          name: recall.name,
          outcome,
          ...(note === undefined ? {} : { note }),
        },
      },
      origin,
    )
  }

  async function viewsOf(who: Acting, records: readonly RecallRecord[]): Promise<RecallView[]> {
    const nameOf = await requests.nameOf()
    return records.map(record => {
      const may = record.state === 'open' && allows(who, 'recall.settle', { site: record.site })
      return {
        id: record.id,
        request: record.request,
        reference: record.reference,
        siteName: nameOf(record.site),
        what: record.what,
        channel: record.channel,
        name: record.name,
        state: record.state,
        ...(record.reason === null ? {} : { reason: record.reason }),
        openedAt: isoAt(record.opened_at),
        ...(record.done_at === null ? {} : { doneAt: isoAt(record.done_at) }),
        ...(record.outcome === null ? {} : { outcome: record.outcome }),
        ...(record.done_by === null ? {} : { by: record.done_by }),
        ...(record.note === null ? {} : { note: record.note }),
        mine: record.channel === 'person' && record.destination === who.account.id,
        may: may ? [...outcomesOf(record.channel)] : [],
      }
    })
  }

  return {
    ofRequest: async (who, request) => {
      const known = await requests.known(request)
      if (known === undefined) fail('missing', 'There is no such request.')
      demand(who, 'recall.see', known.standing, 'There is no such request.')
      const records = await reading()
        .selectFrom('recalls')
        .selectAll()
        .where('request', '=', request)
        .orderBy('id')
        .execute()
      return { items: await viewsOf(who, records) }
    },
    open: async (who, { limit, after }) => {
      const { site, everySite } = who.membership
      let select = reading()
        .selectFrom('recalls')
        .selectAll()
        .where('state', '=', 'open')
        .orderBy('id')
        .limit(limit + 1)
      if (everySite !== true) select = select.where('site', '=', site)
      if (!reachOf(who, 'recall.see').own) select = select.where('id', '=', '')
      if (after !== undefined) select = select.where('id', '>', after)
      const records = await select.execute()
      const items = await viewsOf(who, records.slice(0, limit))
      const last = records.length > limit ? records[limit - 1] : undefined
      return { items, ...(last === undefined ? {} : { next: last.id }) }
    },
    settle: async ({ who, origin }, id, { outcome, note }) => {
      const find = (sql: ReturnType<typeof reading>) =>
        sql.selectFrom('recalls').selectAll().where('id', '=', id).executeTakeFirst()
      const recall = (await find(reading())) ?? fail('missing', 'There is no such recall.')
      demand(who, 'recall.settle', { site: recall.site }, 'There is no such recall.')
      if (!outcomesOf(recall.channel).includes(outcome)) {
        const message = 'Not what can come of this one.'
        fail('invalid', message, [{ path: 'outcome', message }])
      }
      if (needsNote(outcome) && (note ?? '').trim() === '') {
        const message = 'Say what was tried.'
        fail('invalid', message, [{ path: 'note', message }])
      }
      await db.write(async tx => {
        const now = await find(tx.sql<RecallTables>())
        if (now?.state !== 'open')
          fail('conflict', { fr: 'Il n’y a plus rien à y faire.', en: 'There is nothing left to do there.' })
        // The task that the note left at the study is the same one.
        if (now.rejection !== null)
          await rejecting.doneIn(tx, now.rejection, now.destination, who.account.name, origin)
        await settled(tx, now, { outcome, by: who.account.name, note }, origin)
      })
      const after = await find(reading())
      const [view] = await viewsOf(who, after === undefined ? [] : [after])
      return view ?? fail('internal', 'The recall is not where it was.')
    },
    handler: recallHandler(deps),
    follower: recallFollower(deps, settled),
  }
}
