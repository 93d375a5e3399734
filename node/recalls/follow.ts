import type { Tx } from '../database.js'
import type { Origin } from '../journal/facts.js'
import type { Follower } from '../journal/followers.js'
import { priorities } from '../outbox/job.js'
import { openRecall, SYSTEM } from './recalling.js'
import type { RecallsDeps } from './recalls.js'
import type { RecallRecord, RecallTables } from './schema.js'
import type { RecallOutcome } from './view.js'

/** Withdraws what was entered in error, and keeps each recall by note where the note stands. */
export function recallFollower(
  deps: RecallsDeps,
  settle: (
    tx: Tx,
    recall: RecallRecord,
    said: { outcome: RecallOutcome; by?: string },
    origin: Origin,
  ) => Promise<void>,
): Follower {
  const { journal, outbox } = deps

  const ofNote = (tx: Tx, rejection: string, peer: string) =>
    tx
      .sql<RecallTables>()
      .selectFrom('recalls')
      .selectAll()
      .where('rejection', '=', rejection)
      .where('channel', '=', 'pacs')
      .where('destination', '=', peer)
      .where('state', '<>', 'done')
      .executeTakeFirst()

  /** The note is owed there: who holds it is known from here on. */
  async function noted(tx: Tx, rejection: string, peer: string) {
    const sql = tx.sql<RecallTables>()
    const by = await sql
      .selectFrom('recall_rejections')
      .selectAll()
      .where('rejection', '=', rejection)
      .executeTakeFirst()
    if (by === undefined) return
    const known = await deps.requests.known(by.request)
    if (known === undefined) return
    const { id: request, reference, site } = known.record
    await openRecall(
      deps,
      tx,
      { request, reference, site },
      { what: by.what, channel: 'pacs', destination: peer, name: peer, rejection },
    )
  }

  async function refused(tx: Tx, recall: RecallRecord, reason: string) {
    await tx
      .sql<RecallTables>()
      .updateTable('recalls')
      .set({ state: 'open', reason })
      .where('id', '=', recall.id)
      .execute()
    if (recall.state === 'open') return
    await journal.append(
      tx,
      {
        type: 'recall-needed',
        site: recall.site,
        ids: { request: recall.request, recall: recall.id, peer: recall.destination },
        body: { reference: recall.reference, what: recall.what, name: recall.name, reason },
      },
      SYSTEM,
    )
  }

  return {
    name: 'recalls',
    types: [
      'request-entered-in-error',
      'transfer-queued',
      'study-sent',
      'transfer-failed',
      'rejection-task-done',
    ],
    replay: true,
    handle: async (fact, tx) => {
      if (fact.type === 'request-entered-in-error') {
        const request = fact.ids['request'] as string
        await outbox.add(tx, {
          lane: 'recalls',
          kind: 'recall-act',
          key: `recall:${request}`,
          body: { request },
          priority: priorities.urgent,
          ...(fact.site === null ? {} : { site: fact.site }),
        })
        return
      }
      const [kind, of] = String(fact.body?.['cause'] ?? '').split(':')
      const rejection =
        fact.type === 'rejection-task-done' ? fact.ids['rejection'] : kind === 'rejection' ? of : undefined
      const peer = fact.ids['peer']
      if (rejection === undefined || peer === undefined) return
      if (fact.type === 'transfer-queued') return noted(tx, rejection, peer)
      const recall = await ofNote(tx, rejection, peer)
      if (recall === undefined) return
      if (fact.type === 'transfer-failed')
        return refused(tx, recall, String(fact.body?.['reason'] ?? '').slice(0, 500))
      if (fact.type === 'study-sent') return settle(tx, recall, { outcome: 'note-taken' }, SYSTEM)
      const by = fact.origin?.by === 'account' ? { by: fact.origin.name } : {}
      await settle(tx, recall, { outcome: 'removed', ...by }, fact.origin ?? SYSTEM)
    },
  }
}
