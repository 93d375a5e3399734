import type { Follower } from '../journal/followers.js'
import type { Outbox } from '../outbox/outbox.js'
import type { Peers } from '../peers/peers.js'
import { mayLeave } from '../studies/leaving.js'
import type { Studies } from '../studies/studies.js'
import { countingJob } from './counting.js'
import type { RoutesBook } from './routes-book.js'
import { destinations } from './rules.js'
import type { Transfers } from './transfers.js'

/** A settled study follows the routes; its sender is asked how much there should be. */
export function routingFollower(options: {
  studies: Studies
  routes: RoutesBook
  transfers: Transfers
  peers: Peers
  outbox: Outbox
}): Follower {
  const { studies, routes, transfers, peers, outbox } = options
  return {
    name: 'exchange-routing',
    types: ['study-received'],
    replay: true,
    handle: async (fact, tx) => {
      const study = await studies.byId(fact.ids['study'] as string)
      const source = String(fact.body?.['source'] ?? '')
      const peer = peers.find(source)
      // What we made ourselves has its own way out and never fires a general route.
      if (study === undefined || peer === undefined) return
      const arrivals = await studies.arrivals(study.id)
      const images = (await studies.instances(study.id)).filter(
        instance => !instance.madeHere && mayLeave(instance),
      )
      const heldBy = arrivals.map(arrival => arrival.source)
      const traits = { site: study.site, source, modalities: study.modalities.split(' '), heldBy }
      for (const { peer: to, route } of destinations(traits, routes.list()))
        await transfers.owe(
          tx,
          {
            study: study.id,
            site: study.site,
            peer: to,
            cause: route,
            urgency: study.urgency,
            instances: images.map(instance => instance.id),
          },
          { by: 'system', part: 'exchange' },
        )
      await outbox.add(tx, countingJob({ study: study.id, site: study.site, peer: source, fact: fact.seq }))
    },
  }
}
