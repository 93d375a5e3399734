import type { Clock } from '../clock.js'
import type { Database } from '../database.js'
import type { Journal } from '../journal/journal.js'
import type { Peers } from '../peers/peers.js'
import type { Query } from '../peers/wire.js'
import { openLatest } from '../studies/latest.js'

/** A list that a PACS asks for every few seconds is one entry of the journal in this time. */
const SAME_QUERY_MS = 3_600_000
const QUERIES_KEPT = 10_000

/** Writes down what a peer asks of us by C-FIND (DICOM PS3.15 §A.5.3.10, Query), before it is answered; the same once an hour. */
export function openQueryRecord(options: {
  db: Database
  clock: Clock
  journal: Journal
  peers: Pick<Peers, 'find'>
}): (query: Query) => Promise<void> {
  const { db, clock, journal, peers } = options
  const known = openLatest<Promise<void>>(QUERIES_KEPT)
  return async ({ peer, callingAETitle, address, keys }) => {
    const caller = peers.find(peer)
    // Removed from the network while it spoke: it gets no answer either.
    if (caller === undefined) return
    const period = Math.floor(clock.now() / SAME_QUERY_MS)
    await known.get(JSON.stringify([peer, callingAETitle, address, period, keys]), async () => {
      await db.write(tx =>
        journal.append(
          tx,
          { type: 'peer-queried', site: caller.site, ids: { peer }, body: { keys } },
          { by: 'peer', peer, site: caller.site, callingAETitle, address },
        ),
      )
    })
  }
}
