import type { Follower } from '../journal/followers.js'
import { priorities } from '../outbox/job.js'
import type { Peers } from '../peers/peers.js'
import type { Retrievals } from './retrievals.js'

/** Says of a retrieval that a request waits for this very study: what it brings follows the routes as if it were sent. */
const CAUSE = 'request:'

export const isAwaited = (cause: string) => cause.startsWith(CAUSE)

/**
 * A study that a request names and of which nothing is here is fetched from the asking site's PACS: nobody need go and
 * send it. A PACS that has nothing of it says so, and that is the end of it.
 */
export function awaitingFollower({ peers, retrievals }: { peers: Peers; retrievals: Retrievals }): Follower {
  return {
    name: 'exchange-awaited',
    types: ['request-linked'],
    handle: async (fact, tx) => {
      const { StudyInstanceUID: study, images, received } = fact.body ?? {}
      if (typeof study !== 'string' || images !== 'awaited' || received !== 0) return
      const holders = peers
        .open(fact.site ?? '')
        .filter(({ may }) => may.includes('find') && (may.includes('move') || may.includes('get')))
      for (const { id: peer, site } of holders)
        await retrievals.want(
          tx,
          {
            site,
            peer,
            study,
            series: '',
            cause: `${CAUSE}${fact.ids['request']}`,
            priority: priorities.urgent,
            wanted: {},
          },
          { by: 'system', part: 'exchange' },
        )
    },
  }
}
