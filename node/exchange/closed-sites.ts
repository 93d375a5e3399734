import type { Database, Tx } from '../database.js'
import type { Follower } from '../journal/followers.js'
import type { Journal } from '../journal/journal.js'
import type { OutboxTables } from '../outbox/schema.js'
import type { Peers } from '../peers/peers.js'
import { retrievalLane } from './retrievals.js'
import type { RoutesBook } from './routes-book.js'
import { type Stopped, standingRoutes } from './rules.js'
import { laneOf } from './transfers.js'

/** What a site that is closed stops, by id. */
export interface Stops {
  peers: string[]
  routes: string[]
}

const SYSTEM = { by: 'system', part: 'exchange' } as const
/** Images that are on their way. */
const MOVING = ['send-study', 'retrieve-study', 'forward-study']

/** What is at rest because its site is closed: derived from the sites, so that opening one again brings all of it back. */
export const stoppedBy = (
  peers: Pick<Peers, 'find' | 'isStopped'>,
  isClosed: (site: string) => boolean,
): Stopped => ({
  site: isClosed,
  peer: id => {
    const peer = peers.find(id)
    return peer !== undefined && peers.isStopped(peer)
  },
})

export interface ClosedSites {
  /** What would stop, or has, with this site. */
  stops(site: string): Stops
  /** Transfers and retrievals under way to and from it: they are owed, and end before it closes. */
  owed(site: string): Promise<number>
  /** That the exchange with a site stopped, or began again, whoever closed it and however. */
  follower: Follower
}

export function openClosedSites({
  db,
  journal,
  peers,
  routes,
}: {
  db: Database
  journal: Journal
  peers: Peers
  routes: RoutesBook
}): ClosedSites {
  const stops = (site: string): Stops => {
    const own = peers.list().filter(peer => peer.site === site)
    const stopped: Stopped = { site: id => id === site, peer: id => own.some(peer => peer.id === id) }
    const book = routes.list().filter(({ enabled }) => enabled)
    const standing = standingRoutes(book, stopped)
    return {
      peers: own.map(({ id }) => id),
      routes: book
        .filter(({ to }, n) => standing[n]?.enabled !== true || standing[n].to.length < to.length)
        .map(({ id }) => id),
    }
  }

  return {
    stops,
    owed: async site => {
      const lanes = peers
        .list()
        .filter(peer => peer.site === site)
        .flatMap(({ id }) => [laneOf(id), retrievalLane(id)])
      const { n } = await db
        .sql<OutboxTables>()
        .selectFrom('outbox')
        .select(eb => eb.fn.countAll<number>().as('n'))
        .where('kind', 'in', MOVING)
        .where('state', 'in', ['waiting', 'running', 'parked'])
        .where(eb => eb.or([eb('site', '=', site), ...(lanes.length === 0 ? [] : [eb('lane', 'in', lanes)])]))
        .executeTakeFirstOrThrow()
      return n
    },
    follower: {
      name: 'closed-sites',
      types: ['site-changed'],
      handle: async (fact, tx: Tx) => {
        const { now, before } = (fact.body ?? {}) as Record<
          'now' | 'before',
          { closed?: boolean } | undefined
        >
        const { site } = fact.ids
        if (site === undefined || (now?.closed === true) === (before?.closed === true)) return
        const type = now?.closed === true ? 'site-exchange-stopped' : 'site-exchange-resumed'
        await journal.append(tx, { type, site, ids: { site }, body: { ...stops(site) } }, SYSTEM)
      },
    },
  }
}
