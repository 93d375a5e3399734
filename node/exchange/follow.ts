import type { Clock } from '../clock.js'
import type { Tx } from '../database.js'
import type { Follower } from '../journal/followers.js'
import type { Outbox } from '../outbox/outbox.js'
import type { Peers } from '../peers/peers.js'
import type { Sites } from '../sites/sites.js'
import type { Studies, StudyRecord } from '../studies/studies.js'
import { isAwaited } from './awaiting.js'
import { countingJob } from './counting.js'
import type { Retrievals } from './retrievals.js'
import type { RoutesBook } from './routes-book.js'
import { destinations, priorityOf, type Route, type Stopped, standingRoutes } from './rules.js'
import { traitsOf } from './traits.js'
import type { Transfers } from './transfers.js'

/** A short study is settled by then and asked about anyway. */
const ASK_AFTER_MS = 4000

/**
 * A settled study follows the routes, and again when a request lays its urgency or its reading site onto it; its
 * sender is asked how much there should be.
 */
export function routingFollower(options: {
  clock: Clock
  studies: Studies
  sites: Pick<Sites, 'contracts'>
  routes: RoutesBook
  stopped: Stopped
  transfers: Transfers
  peers: Peers
  outbox: Outbox
  retrievals: Pick<Retrievals, 'brought' | 'get'>
}): Follower {
  const { clock, studies, sites, routes, stopped, transfers, peers, outbox, retrievals } = options

  const follow = async (tx: Tx, study: StudyRecord, sources?: readonly string[]) => {
    const { traits, images } = await traitsOf(study, {
      studies,
      sites,
      transfers,
      ...(sources === undefined ? {} : { sources }),
    })
    // A request changes nothing for the routes that do not ask for one: an old study is not sent anew by a new route.
    const book = standingRoutes(routes.list(), stopped)
    const read = sources === undefined ? book.filter(asksForRequest) : book
    for (const { peer: to, route } of destinations(traits, read))
      await transfers.owe(
        tx,
        {
          study: study.id,
          site: study.site,
          peer: to,
          cause: route,
          priority: priorityOf(study.urgency, routes.find(route)),
          instances: images.map(instance => instance.id),
        },
        { by: 'system', part: 'exchange' },
      )
  }

  /** Whether this arrival, or all that came from there, was brought by retrievals of ours. */
  const wasFetched = async (study: StudyRecord, source: string, arrival: string | undefined) => {
    const arrivals = (await studies.arrivals(study.id)).filter(each =>
      arrival === undefined ? each.source === source : each.id === arrival,
    )
    for (const { association } of arrivals) {
      const by = await retrievals.brought(association, study.uid)
      // The study a request waits for is on its way as if its PACS had sent it.
      if (by === undefined || isAwaited((await retrievals.get(by))?.cause ?? '')) return false
    }
    return arrivals.length > 0
  }

  return {
    name: 'exchange-routing',
    // What was withheld when its study settled is owed once it may leave.
    types: ['study-arriving', 'study-received', 'study-linked', 'study-compared', 'conflict-decided'],
    replay: true,
    handle: async (fact, tx) => {
      const study = await studies.byId(fact.ids['study'] as string)
      if (study === undefined) return
      if (fact.type === 'study-linked') {
        // A prior is there to be compared with, and goes nowhere by itself.
        if (fact.body?.['as'] === 'prior') return
        await transfers.hasten(tx, study.id, cause => priorityOf(study.urgency, routes.find(cause)))
        // While it comes in, its routes are read when it is settled.
        if (study.arriving === 0) await follow(tx, study)
        return
      }
      const source = String(fact.body?.['source'] ?? '')
      // What we made ourselves has its own way out and never fires a general route.
      if (peers.find(source) === undefined) return
      const ask = { study: study.id, site: study.site, peer: source, fact: fact.seq }
      if (fact.type === 'study-arriving') {
        // While it comes, so that a reader sees how much of it is still to come.
        await outbox.add(tx, countingJob({ ...ask, early: { dueAt: clock.now() + ASK_AFTER_MS } }))
        return
      }
      // What a person, or a request's priors, had us fetch fires no route: only where they said it goes on to.
      if (!(await wasFetched(study, source, fact.ids['arrival']))) await follow(tx, study, [source])
      if (fact.type === 'study-received') await outbox.add(tx, countingJob(ask))
    },
  }
}

function asksForRequest({ when }: Route): boolean {
  return when.request !== undefined || when.urgency !== undefined
}
