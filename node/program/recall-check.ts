import type Sqlite from 'better-sqlite3'
import type { Fault } from '../journal/verify.js'
import { stateAfter } from '../recalls/rules.js'

interface Recorded {
  seq: number
  type: string
  body: string | null
}

/** Where each recall stands against its recorded steps, and that none of what was opened is gone. */
export function recallFaults(db: Sqlite.Database, factsOf: (recall: string) => Recorded[]): Fault[] {
  const faults: Fault[] = []
  const rows = db.prepare('SELECT id, reference, state, outcome FROM recalls').iterate() as Iterable<{
    id: string
    reference: string
    state: string
    outcome: string | null
  }>
  for (const { id, reference, state, outcome } of rows) {
    const facts = factsOf(id)
    const said = facts.map(({ type, body }) => ({ type, body: body === null ? null : JSON.parse(body) }))
    // A body that was lawfully erased says nothing any more.
    if (said.some(({ body }) => body === null)) continue
    const leads = said.map(stateAfter).findLast(step => step !== undefined) ?? 'none'
    const came = said.findLast(({ type }) => type === 'recall-settled')?.body['outcome'] ?? null
    if (leads !== state || came !== outcome)
      faults.push({
        seq: facts.at(-1)?.seq ?? null,
        what: `a recall of ${reference} says "${state}", its entries lead to "${leads}"`,
      })
  }
  const orphans = db.prepare(
    `SELECT j.seq FROM journal j WHERE j.type = 'recall-opened' AND j.seq NOT IN (SELECT seq FROM journal_erasures)
       AND NOT EXISTS (SELECT 1 FROM journal_subjects s JOIN recalls r ON r.id = s.id WHERE s.seq = j.seq)`,
  )
  for (const { seq } of orphans.all() as { seq: number }[])
    faults.push({ seq, what: 'the recall it says was opened is gone' })
  return faults
}
