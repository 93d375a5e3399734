import type Sqlite from 'better-sqlite3'
import type { Fault } from '../journal/verify.js'
import { type Offer, offersAfter } from '../requests/offer.js'

interface Recorded {
  seq: number
  type: string
  body: string | null
}

/** Whom each request was offered to, and what became of it, against the steps that are recorded of it. */
export function offerFaults(db: Sqlite.Database, factsOf: (request: string) => Recorded[]): Fault[] {
  const faults: Fault[] = []
  const rows = db.prepare('SELECT round, account, wave, outcome FROM request_offers WHERE request = ?')
  const requests = db.prepare('SELECT id, reference FROM requests WHERE offer_round > 0').iterate()
  for (const { id, reference } of requests as Iterable<{ id: string; reference: string }>) {
    const facts = factsOf(id)
    const told = offersAfter(
      facts.map(({ type, body }) => ({ type, body: body === null ? null : JSON.parse(body) })),
    )
    // Begun before offers were kept one by one, or lawfully erased: nothing is left to compare with.
    if (told === undefined) continue
    const kept = rows.all(id) as Offer[]
    const recorded = new Set(told.map(inWords))
    const apart = [...kept.map(inWords).filter(offer => !recorded.has(offer))]
    if (apart.length > 0 || kept.length !== told.length)
      faults.push({
        seq: facts.at(-1)?.seq ?? null,
        what: `the offers of request ${reference} are not those its steps lead to`,
      })
  }
  return faults
}

const inWords = ({ round, account, wave, outcome }: Offer) => `${round} ${wave} ${account} ${outcome}`
