import type { Clock } from '../clock.js'
import { fail } from '../errors.js'
import type { Ids } from '../ids.js'
import type { Peer } from '../peers/peer.js'
import type { Peers } from '../peers/peers.js'
import type { ReceiverLink } from '../peers/receiver-link.js'
import type { Studies } from '../studies/studies.js'
import { askPacs, itemOf, type SearchKeys } from './searching.js'
import type { SearchView } from './view.js'

/** Searches of one person that are kept; the oldest is given up. */
const PER_OWNER_MAX = 4
/** A search nobody has looked at for so long is forgotten. */
const KEPT_MS = 10 * 60_000

interface Search {
  id: string
  owner: string
  peers: Map<string, SearchView['peers'][number]>
  items: SearchView['items']
  abort: AbortController
  seenAt: number
}

export interface Searches {
  begin(search: {
    owner: string
    site: string
    issuer: string
    peers: readonly Peer[]
    keys: SearchKeys
  }): SearchView
  /** Throws `missing`, also for another person's. */
  view(id: string, owner: string): SearchView
  giveUp(id: string, owner: string): { id: string }
  close(): void
}

/** Searches under way: every PACS answers for itself, and what it says can be read at once. Kept in memory only. */
export function openSearches(options: {
  clock: Clock
  ids: Ids
  peers: Peers
  studies: Studies
  link: ReceiverLink
  timeoutMs: number
  maximum: number
}): Searches {
  const { clock, ids, peers, studies, link, timeoutMs, maximum } = options
  const open = new Map<string, Search>()

  const viewOf = (search: Search): SearchView => ({
    id: search.id,
    done: [...search.peers.values()].every(({ outcome }) => outcome !== 'asking'),
    peers: [...search.peers.values()],
    items: search.items,
  })
  const end = (search: Search) => {
    open.delete(search.id)
    search.abort.abort()
  }
  const sweep = (owner: string) => {
    for (const search of open.values()) if (clock.now() - search.seenAt > KEPT_MS) end(search)
    const own = [...open.values()].filter(search => search.owner === owner)
    for (const search of own.slice(0, Math.max(0, own.length - PER_OWNER_MAX + 1))) end(search)
  }
  const known = (id: string, owner: string): Search => {
    const search = open.get(id)
    if (search === undefined || search.owner !== owner) return fail('missing', 'There is no such search.')
    search.seenAt = clock.now()
    return search
  }

  return {
    begin: ({ owner, site, issuer, peers: asked, keys }) => {
      sweep(owner)
      const search: Search = {
        id: ids.next('sch'),
        owner,
        peers: new Map(asked.map(({ id }) => [id, { peer: id, outcome: 'asking', ms: 0 }])),
        items: [],
        abort: new AbortController(),
        seenAt: clock.now(),
      }
      open.set(search.id, search)
      for (const peer of asked)
        void askPacs(link, peer, keys, { signal: search.abort.signal, timeoutMs, maximum }).then(
          async ({ matches, view }) => {
            if (view.outcome === 'answered' || view.outcome === 'nothing') peers.seen(peer.id)
            const found = await Promise.all(
              matches.map(match => itemOf(peer, match, { studies, site, issuer })),
            )
            search.items = [...search.items, ...found].sort((a, b) =>
              a.StudyDate + a.StudyTime < b.StudyDate + b.StudyTime ? 1 : -1,
            )
            search.peers.set(peer.id, view)
          },
        )
      return viewOf(search)
    },
    view: (id, owner) => viewOf(known(id, owner)),
    giveUp: (id, owner) => {
      end(known(id, owner))
      return { id }
    },
    close: () => {
      for (const search of [...open.values()]) end(search)
    },
  }
}
