import type Sqlite from 'better-sqlite3'
import { replayCritical } from '../criticals/lifecycle.js'
import type { Fault } from '../journal/verify.js'
import { alertChanges } from '../notifications/alerts/rules.js'
import type { AlertKind } from '../notifications/view.js'
import { faultAmong, faultIn, replayReport, type SigningKind, type StoredVersion } from '../reports/report.js'
import { replay, stepOf } from '../requests/lifecycle.js'
import { manifestDigest } from '../studies/receive.js'
import { sealedRecords } from './archive-checks.js'
import { reading } from './check-reading.js'
import { destructions } from './destruction-checks.js'
import { offerFaults } from './offer-check.js'
import { recallFaults } from './recall-check.js'
import type { StateCheck } from './verification.js'

interface FactRow {
  seq: number
  type: string
  ids: string
  body: string | null
}

const FACTS_OF = `
  SELECT j.seq, j.type, j.ids, coalesce(b.body, moved_body(j.seq)) AS body FROM journal_subjects s
  JOIN journal j ON j.seq = s.seq LEFT JOIN journal_bodies b ON b.seq = j.seq
  WHERE s.id = ? ORDER BY j.seq`

/** Of every fact of a type that was not lawfully erased. */
const bodiesOf = (type: string) => `
  SELECT * FROM (SELECT j.seq, j.type, j.ids, coalesce(b.body, moved_body(j.seq)) AS body FROM journal j
    LEFT JOIN journal_bodies b ON b.seq = j.seq WHERE j.type = '${type}')
  WHERE body IS NOT NULL ORDER BY seq`

/** A request stands where its recorded steps lead. */
const requestStates: StateCheck = {
  name: 'the state of every request against its recorded steps',
  run: file =>
    reading(file, db => {
      const faults: Fault[] = []
      const factsOf = db.prepare(FACTS_OF)
      for (const row of db.prepare('SELECT id, reference, state FROM requests').iterate() as Iterable<{
        id: string
        reference: string
        state: string
      }>) {
        const facts = factsOf.all(row.id) as FactRow[]
        const last = facts.at(-1)?.seq ?? null
        try {
          const { state } = replay(
            facts.map(fact =>
              stepOf({ type: fact.type, body: fact.body === null ? null : JSON.parse(fact.body) }),
            ),
          )
          if (state !== row.state)
            faults.push({
              seq: last,
              what: `request ${row.reference} says "${row.state}", its steps lead to "${state}"`,
            })
        } catch (thrown) {
          faults.push({
            seq: last,
            what: `the steps of request ${row.reference} cannot have happened: ${(thrown as Error).message}`,
          })
        }
      }
      return faults
    }),
}

/** Whom it was offered to is who was asked, and nobody has won what is not recorded. */
const offerStates: StateCheck = {
  name: 'the offers of every request against its recorded steps',
  run: file =>
    reading(file, db => {
      const factsOf = db.prepare(FACTS_OF)
      return offerFaults(db, id => factsOf.all(id) as FactRow[])
    }),
}

/** What a settled arrival held is what the journal wrote down. */
const receivedImages: StateCheck = {
  name: 'the images of every received study against the digest written when they came',
  run: file =>
    reading(file, db => {
      const faults: Fault[] = []
      // As it came: what a correction put in its place is proved by the entry of the decision.
      const rows = db.prepare(
        `SELECT uid, coalesce((SELECT was FROM corrections c WHERE c.instance = i.id ORDER BY c.id LIMIT 1), object) AS object
         FROM instances i WHERE arrival = ? ORDER BY uid`,
      )
      const facts = db.prepare(bodiesOf('study-received'))
      for (const fact of facts.iterate() as Iterable<FactRow>) {
        const { arrival } = JSON.parse(fact.ids) as { arrival: string }
        const { digest } = JSON.parse(fact.body ?? '{}') as { digest: string }
        if (manifestDigest(rows.all(arrival) as { uid: string; object: string }[]) !== digest)
          faults.push({ seq: fact.seq, what: 'the images it names are not those that are stored now' })
      }
      return faults
    }),
}

/** What an accepted correction put in place is what the decision named, and what stands there now came by a decision. */
const correctedImages: StateCheck = {
  name: 'every corrected image against the decision that accepted it',
  run: file =>
    reading(file, db => {
      const faults: Fault[] = []
      const rows = db.prepare(
        'SELECT i.uid, c.became AS object FROM corrections c JOIN instances i ON i.id = c.instance WHERE c.conflict = ? ORDER BY i.uid',
      )
      const facts = db.prepare(bodiesOf('conflict-decided'))
      const accepted = new Set<string>()
      for (const fact of facts.iterate() as Iterable<FactRow>) {
        const { conflict } = JSON.parse(fact.ids) as { conflict: string }
        const { digest, decision } = JSON.parse(fact.body ?? '{}') as { digest: string; decision: string }
        if (decision !== 'accept') continue
        accepted.add(conflict)
        if (manifestDigest(rows.all(conflict) as { uid: string; object: string }[]) !== digest)
          faults.push({ seq: fact.seq, what: 'the images it accepted are not those that are kept now' })
      }
      const last = db.prepare(
        `SELECT c.conflict, c.became, i.object FROM corrections c JOIN instances i ON i.id = c.instance
         WHERE c.id = (SELECT max(id) FROM corrections WHERE instance = c.instance)`,
      )
      for (const row of last.iterate() as Iterable<{ conflict: string; became: string; object: string }>)
        if (row.became !== row.object || !accepted.has(row.conflict))
          faults.push({ seq: null, what: 'a corrected image is not the one that was accepted last' })
      return faults
    }),
}

/** A signed report is the bytes that were signed, and none that was signed is gone. */
const signedReports: StateCheck = {
  name: 'every signed report against the entry written when it was signed',
  run: file =>
    reading(file, db => {
      const faults: Fault[] = []
      const recorded = db.prepare(
        "SELECT j.seq, coalesce(b.body, moved_body(j.seq)) AS body FROM journal j LEFT JOIN journal_bodies b ON b.seq = j.seq WHERE j.type = 'report-signed' AND j.seq = ?",
      )
      const versions = db.prepare(
        'SELECT v.report, v.version, v.signed, v.digest, v.pdf, v.fact, r.reference FROM report_versions v JOIN reports r ON r.id = v.report',
      )
      const keys = new Map(
        (
          db.prepare('SELECT fingerprint, public_key AS raw FROM checkpoint_keys').all() as {
            fingerprint: string
            raw: Buffer
          }[]
        ).map(({ fingerprint, raw }) => [fingerprint, raw]),
      )
      for (const row of versions.iterate() as Iterable<StoredVersion & { reference: string }>) {
        const fact = recorded.get(row.fact) as { seq: number; body: string | null } | undefined
        const fault = faultIn(
          row,
          fact && { seq: fact.seq, body: fact.body === null ? null : JSON.parse(fact.body) },
          keys,
        )
        if (fault !== undefined)
          faults.push({
            seq: row.fact,
            what: `version ${row.version} of the report of ${row.reference}: ${fault}`,
          })
      }
      const orphans = db.prepare(
        "SELECT seq FROM journal WHERE type = 'report-signed' AND seq NOT IN (SELECT fact FROM report_versions) AND seq NOT IN (SELECT seq FROM journal_erasures)",
      )
      for (const { seq } of orphans.all() as { seq: number }[])
        faults.push({ seq, what: 'the report it says was signed is gone' })
      return faults
    }),
}

/** A report stands where its signed versions lead, and they follow one another. */
const reportStates: StateCheck = {
  name: 'the state of every report against its signed versions',
  run: file =>
    reading(file, db => {
      const faults: Fault[] = []
      const factsOf = db.prepare(FACTS_OF)
      const versionsOf = db.prepare(
        'SELECT version, kind, signed, digest FROM report_versions WHERE report = ? ORDER BY version',
      )
      for (const { id, reference, state } of db.prepare('SELECT id, reference, state FROM reports').all() as {
        id: string
        reference: string
        state: string
      }[]) {
        const versions = versionsOf.all(id) as (StoredVersion & { kind: SigningKind })[]
        const signed = (factsOf.all(id) as FactRow[]).filter(({ type }) => type === 'report-signed')
        const fault = faultAmong(versions, signed.length) ?? stateFault(versions, state)
        if (fault !== undefined)
          faults.push({ seq: signed.at(-1)?.seq ?? null, what: `the report of ${reference}: ${fault}` })
      }
      return faults
    }),
}

function stateFault(versions: readonly { kind: SigningKind }[], state: string): string | undefined {
  try {
    const leads = replayReport(versions.map(({ kind }) => kind))
    return leads === state ? undefined : `it says "${state}", its versions lead to "${leads}"`
  } catch (thrown) {
    return `its versions cannot have happened: ${(thrown as Error).message}`
  }
}

/** What was said is what the journal heard. */
const saidMessages: StateCheck = {
  name: 'every message of the conversations against the entry written when it was sent',
  run: file =>
    reading(file, db => {
      const faults: Fault[] = []
      const rows = db.prepare(
        `SELECT m.fact, m.text, m.error_at, r.reference, coalesce(b.body, moved_body(m.fact)) AS body, j.type,
           (SELECT group_concat(sha256) FROM (SELECT sha256 FROM message_attachments a WHERE a.message = m.id ORDER BY number)) AS files,
           EXISTS (SELECT 1 FROM journal_subjects s JOIN journal e ON e.seq = s.seq
             WHERE s.id = m.id AND e.type = 'message-entered-in-error') AS error
         FROM messages m JOIN requests r ON r.id = m.request
         LEFT JOIN journal j ON j.seq = m.fact LEFT JOIN journal_bodies b ON b.seq = m.fact`,
      )
      for (const row of rows.iterate() as Iterable<SaidRow>) {
        const fault = messageFault(row)
        if (fault !== undefined)
          faults.push({ seq: row.fact, what: `a message about ${row.reference} ${fault}` })
      }
      const orphans = db.prepare(
        "SELECT seq FROM journal WHERE type = 'message-sent' AND seq NOT IN (SELECT fact FROM messages) AND seq NOT IN (SELECT seq FROM journal_erasures)",
      )
      for (const { seq } of orphans.all() as { seq: number }[])
        faults.push({ seq, what: 'the message it says was sent is gone' })
      return faults
    }),
}

/** A paper of a request is the one the journal saw coming. */
const requestPapers: StateCheck = {
  name: 'every attachment of the requests against the entry written when it came',
  run: file =>
    reading(file, db => {
      const faults: Fault[] = []
      const rows = db.prepare(
        `SELECT d.fact, d.sha256, r.reference, j.type, coalesce(b.body, moved_body(d.fact)) AS body FROM request_documents d
         JOIN requests r ON r.id = d.request
         LEFT JOIN journal j ON j.seq = d.fact LEFT JOIN journal_bodies b ON b.seq = d.fact`,
      )
      for (const row of rows.iterate() as Iterable<Omit<SaidRow, 'text'> & { sha256: string }>) {
        const said = row.body === null ? undefined : (JSON.parse(row.body) as { sha256: string })
        if (row.type !== 'request-document-attached' || (said !== undefined && said.sha256 !== row.sha256))
          faults.push({ seq: row.fact, what: `an attachment of ${row.reference} is not what was sent` })
      }
      const orphans = db.prepare(
        "SELECT seq FROM journal WHERE type = 'request-document-attached' AND seq NOT IN (SELECT fact FROM request_documents) AND seq NOT IN (SELECT seq FROM journal_erasures)",
      )
      for (const { seq } of orphans.all() as { seq: number }[])
        faults.push({ seq, what: 'the attachment it says was sent is gone' })
      return faults
    }),
}

interface SaidRow {
  fact: number
  text: string
  error_at: number | null
  error: 0 | 1
  reference: string
  type: string | null
  body: string | null
  /** Digests of its attachments, in their order. */
  files: string | null
}

function messageFault({ type, body, text, files, error, error_at }: SaidRow): string | undefined {
  if (type !== 'message-sent') return 'stands in no entry'
  if ((error === 1) !== (error_at !== null)) return 'is not marked as the journal says'
  if (body === null) return undefined // erased: nothing is left to compare with
  const said = JSON.parse(body) as { text: string; attachments: { sha256: string }[] }
  if (said.text !== text) return 'has another text than was sent'
  return said.attachments.map(({ sha256 }) => sha256).join() === (files ?? '')
    ? undefined
    : 'has other attachments than were sent'
}

const STATE_AFTER: Readonly<Record<string, string>> = {
  'alert-opened': 'open',
  'alert-ended': 'ended',
  'alert-acknowledged': 'acknowledged',
}

/**
 * The entry that ended an open alert's question, as far as those who follow the journal have come: what is still to be
 * followed, or waits for a person to settle, is no fault.
 */
function answeredBy(db: Sqlite.Database, { request, kind, about }: AlertState, opened: number) {
  const followed = db.prepare("SELECT cursor FROM followers WHERE name = 'notifications'").pluck().get() as
    | number
    | undefined
  const isParked = db
    .prepare(
      "SELECT 1 FROM followers_parked WHERE follower = 'notifications' AND seq = ? AND settled_at IS NULL",
    )
    .pluck()
  const changes = (db.prepare(FACTS_OF).all(request) as FactRow[]).map(fact => ({
    ...fact,
    ...alertChanges(fact.type, fact.body === null ? null : JSON.parse(fact.body)),
  }))
  const cause = changes.findLast(({ seq, opens }) => opens === kind && seq < opened)?.seq ?? opened
  return changes.find(
    ({ seq, ends, ids }) =>
      seq > cause &&
      seq <= (followed ?? 0) &&
      ends.includes(kind) &&
      (about === null || (JSON.parse(ids) as Record<string, string>)['critical'] === about) &&
      isParked.get(seq) === undefined,
  )
}

interface AlertState {
  id: string
  reference: string
  state: string
  request: string
  kind: AlertKind
  /** The critical finding it is about. */
  about: string | null
}

/** An alert stands where its entries left it, none is open whose question was answered, and a call is over by what a person recorded. */
const alertStates: StateCheck = {
  name: 'the state of every alert and call against its recorded steps',
  run: file =>
    reading(file, db => {
      const faults: Fault[] = []
      const factsOf = db.prepare(FACTS_OF)
      for (const row of db
        .prepare('SELECT id, reference, state, request, kind, about FROM alerts')
        .all() as AlertState[]) {
        const last = (factsOf.all(row.id) as FactRow[]).findLast(
          ({ type }) => STATE_AFTER[type] !== undefined,
        )
        const leads = last === undefined ? 'none' : STATE_AFTER[last.type]
        if (leads !== row.state)
          faults.push({
            seq: last?.seq ?? null,
            what: `an alert of ${row.reference} says "${row.state}", its entries lead to "${leads}"`,
          })
        else if (row.state === 'open') {
          const answer = answeredBy(db, row, last?.seq ?? 0)
          if (answer !== undefined)
            faults.push({
              seq: answer.seq,
              what: `an alert of ${row.reference} (${row.kind}) is open, and "${answer.type}" has ended it`,
            })
        }
      }
      const calls = db.prepare(
        `SELECT c.id, c.settled_at AS settledAt, a.reference,
           (SELECT count(*) FROM call_attempts WHERE call = c.id) AS attempts
         FROM call_tasks c JOIN alerts a ON a.id = c.alert`,
      )
      for (const call of calls.iterate() as Iterable<{
        id: string
        settledAt: number | null
        reference: string
        attempts: number
      }>) {
        const recorded = (factsOf.all(call.id) as FactRow[]).filter(({ type }) => type === 'call-recorded')
        // A body that was lawfully erased says nothing any more.
        const reached = recorded.some(
          ({ body }) => body === null || (JSON.parse(body) as { outcome?: string }).outcome === 'reached',
        )
        if (recorded.length !== call.attempts || (call.settledAt !== null && !reached))
          faults.push({
            seq: recorded.at(-1)?.seq ?? null,
            what: `a call about ${call.reference} is not what was recorded of it`,
          })
      }
      return faults
    }),
}

/** A critical finding says what was found, and stands where a person's words have brought it. */
const criticalFindings: StateCheck = {
  name: 'every critical finding against its recorded steps',
  run: file =>
    reading(file, db => {
      const faults: Fault[] = []
      const factsOf = db.prepare(FACTS_OF)
      const rows = db.prepare('SELECT id, reference, state, finding, class FROM criticals').all() as {
        id: string
        reference: string
        state: string
        finding: string
        class: number
      }[]
      for (const row of rows) {
        const facts = (factsOf.all(row.id) as FactRow[]).filter(({ type }) => type.startsWith('critical-'))
        const leads = replayCritical(facts.map(({ type }) => type))
        const raised = JSON.parse(facts[0]?.body ?? 'null') as { finding: string; class: number } | null
        const said = raised === null || (raised.finding === row.finding && raised.class === row.class)
        if (leads !== row.state || !said)
          faults.push({
            seq: facts.at(-1)?.seq ?? null,
            what: `a critical finding of ${row.reference} is not what was recorded of it`,
          })
      }
      return faults
    }),
}

/** What was entered in error is recalled as it is recorded. */
const recalls: StateCheck = {
  name: 'the state of every recall against its recorded steps',
  run: file =>
    reading(file, db => {
      const factsOf = db.prepare(FACTS_OF)
      return recallFaults(db, id => factsOf.all(id) as FactRow[])
    }),
}

export const stateChecks: readonly StateCheck[] = [
  requestStates,
  offerStates,
  receivedImages,
  correctedImages,
  signedReports,
  reportStates,
  saidMessages,
  requestPapers,
  alertStates,
  criticalFindings,
  recalls,
  sealedRecords,
  destructions,
]
