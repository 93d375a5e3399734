import type { Clock } from '../clock.js'
import type { Transfers } from '../exchange/transfers.js'
import type { Follower } from '../journal/followers.js'
import type { Journal } from '../journal/journal.js'
import { causeOf } from './cause.js'
import type { DecisionRecord, DecisionRows } from './decision-rows.js'
import type { Decisions } from './decisions.js'
import type { ImportRecord, ImportRows } from './rows.js'
import type { ImportDestination, PersonState } from './view.js'

/** A destination, and when it came to its state: UTC milliseconds. */
export type SettledDestination = ImportDestination & { at?: number }

/** Where what a decision brought stands at each of its destinations. */
export async function destinationsOf(
  record: Pick<ImportRecord, 'id' | 'site'>,
  decision: DecisionRecord,
  { decisions, transfers }: { decisions: Decisions; transfers: Transfers },
): Promise<SettledDestination[]> {
  const destinations: SettledDestination[] = []
  for (const study of await decisions.studiesOf(record, decision))
    for (const { id, peer, state, confirmed, total, cause, settled_at } of await transfers.ofStudy(
      study.id,
      'all',
    ))
      if (cause === causeOf(record.id))
        destinations.push({
          peer,
          transfer: id,
          state,
          confirmed,
          of: total,
          ...(settled_at === null ? {} : { at: settled_at }),
        })
  return destinations
}

/** A decision is done when each of its destinations has what it was to get, or says that it will not. */
export function importFollower(options: {
  clock: Clock
  journal: Journal
  rows: ImportRows
  decisionRows: DecisionRows
  decisions: Decisions
  transfers: Transfers
}): Follower {
  const { clock, journal, rows, decisionRows, decisions } = options
  return {
    name: 'imports-sent',
    types: ['study-sent', 'transfer-failed', 'transfer-cancelled'],
    replay: true,
    handle: async (fact, tx) => {
      const [kind, id] = String(fact.body?.['cause'] ?? '').split(':')
      if (kind !== 'import' || id === undefined) return
      const record = await rows.find(id)
      if (record === undefined) return
      const done = new Map<string, PersonState>()
      for (const decision of await decisionRows.of(id)) {
        if (decision.state !== 'sending') continue
        const destinations = await destinationsOf(record, decision, options)
        if (!destinations.every(({ state }) => ['confirmed', 'sent', 'cancelled'].includes(state))) continue
        await decisionRows.update(tx, decision.id, { state: 'done', finished_at: clock.now() })
        done.set(decision.person, 'done')
        await journal.append(
          tx,
          {
            type: 'import-finished',
            site: record.site,
            ids: { import: id, decision: decision.id },
            body: {
              destinations: destinations.map(({ peer, state, confirmed, of }) => ({
                peer,
                state,
                confirmed,
                of,
              })),
            },
          },
          { by: 'system', part: 'imports' },
        )
      }
      if (done.size > 0) await decisions.restate(tx, id, done)
    },
  }
}
