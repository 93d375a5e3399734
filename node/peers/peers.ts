import type { Clock } from '../clock.js'
import type { Database, Tx } from '../database.js'
import { Failure, fail } from '../errors.js'
import { demandSeen, type Seen } from '../http/revision.js'
import type { Origin } from '../journal/facts.js'
import type { Journal } from '../journal/journal.js'
import type { Peer, Snapshot } from './peer.js'
import { atRest, peerFaults } from './rules.js'
import type { PeerTables } from './schema.js'

export interface Peers {
  /** All peers, by id. Kept in memory: asked for at every image. */
  list(): readonly Peer[]
  find(id: string): Peer | undefined
  /** Throws `missing`. */
  get(id: string): Peer
  /** Of a site that is closed: it brings nothing, is asked for nothing, and no route leads there. */
  isStopped(peer: Pick<Peer, 'site'>): boolean
  /** Those that may be asked for something, of one site or of all. */
  open(site?: string): readonly Peer[]
  /** Sites were closed or opened: the receiver hears of it. */
  sitesChanged(): void
  lastSeenAt(id: string): number | undefined
  /** It called, or answered us. */
  seen(id: string): void
  /** `seen`: the state it is changed from; throws `conflict` where that is another by now. */
  put(tx: Tx, peer: Peer, origin: Origin, seen?: Seen): Promise<void>
  remove(tx: Tx, id: string, origin: Origin, seen?: Seen): Promise<void>
  snapshot(): Snapshot
  /** Called after each committed change. */
  onChange(listener: (snapshot: Snapshot) => void): void
  /** Writes what `seen` gathered. */
  flush(): Promise<void>
}

export async function openPeers(options: {
  db: Database
  clock: Clock
  journal: Journal
  allowLoopbackPeers: boolean
  isClosed?: (site: string) => boolean
}): Promise<Peers> {
  const { db, clock, journal, allowLoopbackPeers, isClosed = () => false } = options
  const isStopped = ({ site }: Pick<Peer, 'site'>) => isClosed(site)
  const listeners: ((snapshot: Snapshot) => void)[] = []
  const heardOf = new Map<string, number>()
  const unsaved = new Set<string>()
  let revision = 0
  let peers = new Map<string, Peer>()

  const rows = await db.sql<PeerTables>().selectFrom('peers').selectAll().orderBy('id').execute()
  for (const row of rows) {
    peers.set(row.id, JSON.parse(row.settings) as Peer)
    if (row.last_seen_at !== null) heardOf.set(row.id, row.last_seen_at)
  }

  const snapshot = (): Snapshot => ({
    revision,
    peers: [...peers.values()].map(peer => (isStopped(peer) ? atRest(peer) : peer)),
    allowLoopbackPeers,
  })
  const changed = (next: Map<string, Peer>) => {
    peers = next
    revision++
    for (const listener of listeners) listener(snapshot())
  }

  return {
    list: () => [...peers.values()],
    find: id => peers.get(id),
    get: id => peers.get(id) ?? fail('missing', `No peer is named "${id}".`),
    isStopped,
    open: site =>
      [...peers.values()].filter(peer => !isStopped(peer) && (site === undefined || peer.site === site)),
    sitesChanged: () => changed(peers),
    lastSeenAt: id => heardOf.get(id),
    seen: id => {
      heardOf.set(id, clock.now())
      unsaved.add(id)
    },
    put: async (tx, peer, origin, seen) => {
      const faults = peerFaults(peer, allowLoopbackPeers, [...peers.values()])
      if (faults.length > 0)
        throw new Failure(
          'invalid',
          { fr: 'Le correspondant ne convient pas.', en: 'The peer does not fit.' },
          faults,
        )
      const before = peers.get(peer.id)
      demandSeen(before, seen)
      if (before !== undefined && before.site !== peer.site)
        fail('conflict', {
          fr: 'Un correspondant ne change pas de site.',
          en: 'A peer does not change its site.',
        })
      const settings = JSON.stringify(peer)
      if (before !== undefined && JSON.stringify(before) === settings) return
      await tx
        .sql<PeerTables>()
        .insertInto('peers')
        .values({ id: peer.id, site: peer.site, settings, last_seen_at: null, changed_at: clock.now() })
        .onConflict(conflict => conflict.column('id').doUpdateSet({ settings, changed_at: clock.now() }))
        .execute()
      await journal.append(
        tx,
        {
          type: 'peer-changed',
          site: peer.site,
          ids: { peer: peer.id },
          body: { peer: { ...peer }, before: before === undefined ? null : { ...before } },
        },
        origin,
      )
      tx.afterCommit(() => changed(new Map(peers).set(peer.id, peer)))
    },
    remove: async (tx, id, origin, seen) => {
      const before = peers.get(id) ?? fail('missing', `No peer is named "${id}".`)
      demandSeen(before, seen)
      await tx.sql<PeerTables>().deleteFrom('peers').where('id', '=', id).execute()
      await journal.append(
        tx,
        { type: 'peer-removed', site: before.site, ids: { peer: id }, body: { before: { ...before } } },
        origin,
      )
      tx.afterCommit(() => {
        const next = new Map(peers)
        next.delete(id)
        changed(next)
      })
    },
    snapshot,
    onChange: listener => listeners.push(listener),
    flush: async () => {
      const ids = [...unsaved]
      unsaved.clear()
      if (ids.length === 0) return
      await db.write(async tx => {
        for (const id of ids)
          await tx
            .sql<PeerTables>()
            .updateTable('peers')
            .set({ last_seen_at: heardOf.get(id) ?? null })
            .where('id', '=', id)
            .execute()
      })
    },
  }
}
