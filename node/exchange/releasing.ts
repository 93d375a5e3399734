import type { Follower } from '../journal/followers.js'
import type { Handler } from '../outbox/job.js'
import type { Outbox } from '../outbox/outbox.js'
import type { Conflicts } from '../studies/conflicts.js'
import { laneOf, type Transfers } from './transfers.js'

/**
 * What was withheld goes on its way when it was compared, or decided: transfers that wait for it are taken up again,
 * and what an accepted correction replaced is sent anew to wherever it had gone.
 */
export function releasingFollower(options: { transfers: Transfers; outbox: Outbox }): Follower {
  const { transfers, outbox } = options
  return {
    name: 'exchange-releasing',
    types: ['study-compared', 'conflict-decided'],
    replay: true,
    handle: async (fact, tx) => {
      const accepted = fact.type === 'conflict-decided' && fact.body?.['decision'] === 'accept'
      for (const transfer of await transfers.ofStudy(fact.ids['study'] as string))
        await outbox.add(tx, {
          // In the lane of its sending: never while an older object of the same instance is on its way.
          lane: laneOf(transfer.peer),
          kind: 'release-withheld',
          key: `release:${transfer.id}:${fact.seq}`,
          body: { transfer: transfer.id, ...(accepted ? { conflict: fact.ids['conflict'] as string } : {}) },
          priority: transfer.priority,
          ...(fact.site === null ? {} : { site: fact.site }),
        })
    },
  }
}

export function releasingHandler(options: { transfers: Transfers; conflicts: Conflicts }): Handler {
  const { transfers, conflicts } = options
  return {
    run: async job => {
      const conflict = job.body['conflict']
      const again = conflict === undefined ? [] : await conflicts.corrected(String(conflict))
      return {
        result: 'done',
        settle: tx => transfers.resume(tx, String(job.body['transfer']), again),
      }
    },
  }
}
