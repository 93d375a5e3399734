import { sql } from 'kysely'
import { isoAt } from '../clock.js'
import { BYTE_ORDER_MARK, csvLine } from '../csv.js'
import type { Database } from '../database.js'
import type { Acting } from '../http/acting.js'
import type { Origin, StoredFact } from '../journal/facts.js'
import { asFact, type Journal } from '../journal/journal.js'
import type { JournalTables } from '../journal/schema.js'
import { withBodies } from '../journal/volume-bodies.js'
import type { ReportTables } from '../reports/schema.js'
import type { RequestTables } from '../requests/schema.js'
import type { StudyTables } from '../studies/schema.js'
import { seen } from './openings.js'
import type { AccessRow, AccessView } from './view.js'

/** Facts that say somebody was shown, or given, something of a patient. */
const SHOWN = [
  'record-opened',
  'images-opened',
  'study-lent',
  'archive-read',
  'archive-exported',
  'instances-given',
  'study-sent',
  'report-delivered',
  'access-read',
] as const
const PAGE = 100
const EXPORT_MAX = 10_000
const THINGS_MAX = 5000

export interface AccessQuestion {
  /** A patient's number, the reference of a request, or a study's UID. */
  q: string
  /** Of the number, where several give such numbers. */
  issuer?: string
  after?: number
}

export interface Access {
  /** Who looked at what of the patient, newest first. That it was asked is a fact in the journal, first. */
  read(who: Acting, question: AccessQuestion, origin: Origin): Promise<AccessView>
  /** All of it as CSV (RFC 4180), separated as spreadsheets of their language take it. */
  export(who: Acting, question: AccessQuestion, origin: Origin): Promise<string>
}

export function openAccess({ db, journal }: { db: Database; journal: Journal }): Access {
  /** The things of the patient, by the ids they have in the journal: what each is called. */
  async function thingsOf(who: Acting, { q, issuer }: AccessQuestion) {
    const site = who.membership.everySite === true ? undefined : who.membership.site
    const numbers = await numbersOf(q, issuer, site)
    const things = new Map<string, string>()
    for (const { id, number, issuer: of } of numbers) {
      if (id !== null) things.set(id, q)
      let studies = db
        .sql<StudyTables>()
        .selectFrom('studies')
        .select(['studies.id', 'uid'])
        .where('patient', '=', id ?? '')
        .limit(THINGS_MAX)
      if (site !== undefined) studies = studies.where('site', '=', site)
      for (const study of await studies.execute()) things.set(study.id, study.uid)
      let requests = db
        .sql<RequestTables>()
        .selectFrom('requests')
        .select(['id', 'reference', 'report'])
        .where(sql<string>`json_extract(form, '$.patient.id')`, '=', number)
        .where(sql<string>`json_extract(form, '$.patient.issuer')`, '=', of)
        .limit(THINGS_MAX)
      if (site !== undefined) requests = requests.where('site', '=', site)
      for (const { id: request, reference } of await requests.execute()) {
        things.set(request, reference)
        const reports = await db
          .sql<ReportTables>()
          .selectFrom('reports')
          .select('id')
          .where('request', '=', request)
          .execute()
        for (const report of reports) things.set(report.id, reference)
      }
    }
    return { things, numbers }
  }

  /** Whose number, or whose request or study, it is; of one site, or of all. */
  async function numbersOf(q: string, issuer: string | undefined, site: string | undefined) {
    let patients = db
      .sql<StudyTables>()
      .selectFrom('patients')
      .innerJoin('studies', 'studies.patient', 'patients.id')
      .select(['patients.id', 'patient_id as number', 'issuer'])
      .distinct()
      .where(eb => eb.or([eb('patient_id', '=', q), eb('studies.uid', '=', q)]))
    if (site !== undefined) patients = patients.where('studies.site', '=', site)
    let requests = db
      .sql<RequestTables>()
      .selectFrom('requests')
      .select([
        sql<string>`json_extract(form, '$.patient.id')`.as('number'),
        sql<string>`json_extract(form, '$.patient.issuer')`.as('issuer'),
      ])
      .distinct()
      .where(eb =>
        eb.or([
          eb(sql<string>`json_extract(form, '$.patient.id')`, '=', q),
          eb('reference', '=', q),
          eb('id', '=', q),
        ]),
      )
    if (site !== undefined) requests = requests.where('site', '=', site)
    const found = new Map<string, { id: string | null; number: string; issuer: string }>()
    for (const { number, issuer: of } of await requests.execute())
      found.set(`${of} ${number}`, { id: await patientOf(number, of), number, issuer: of })
    for (const each of await patients.execute()) found.set(`${each.issuer} ${each.number}`, each)
    return [...found.values()].filter(each => issuer === undefined || each.issuer === issuer)
  }

  async function patientOf(number: string, issuer: string): Promise<string | null> {
    const row = await db
      .sql<StudyTables>()
      .selectFrom('patients')
      .select('id')
      .where('patient_id', '=', number)
      .where('issuer', '=', issuer)
      .executeTakeFirst()
    return row?.id ?? null
  }

  async function rows(things: ReadonlyMap<string, string>, limit: number, before?: number) {
    const named = new Map(
      [...things].flatMap(([id, name]) => [[id, name] as const, [seen(id), name] as const]),
    )
    if (named.size === 0) return []
    let select = db
      .sql<JournalTables>()
      .selectFrom('journal')
      .leftJoin('journal_bodies', 'journal_bodies.seq', 'journal.seq')
      .select(['journal.seq', 'at', 'site', 'type', 'version', 'ids', 'body'])
      .where('journal.seq', 'in', eb =>
        eb
          .selectFrom('journal_subjects')
          .select('journal_subjects.seq')
          .where(sql<boolean>`id IN (SELECT value FROM json_each(${JSON.stringify([...named.keys()])}))`),
      )
      .where('type', 'in', [...SHOWN])
      .orderBy('journal.seq', 'desc')
      .limit(limit)
    if (before !== undefined) select = select.where('journal.seq', '<', before)
    return (await withBodies(db, await select.execute())).map(row => rowOf(asFact(row), named))
  }

  /** First the record of who asks, then the answer. */
  async function asked(who: Acting, question: AccessQuestion, origin: Origin, how: 'shown' | 'exported') {
    const { things, numbers } = await thingsOf(who, question)
    const patient = numbers.find(({ id }) => id !== null)?.id
    const { q, issuer = null } = question
    await db.write(tx =>
      journal.append(
        tx,
        {
          type: 'access-read',
          site: who.membership.everySite === true ? null : who.membership.site,
          ids: patient === undefined || patient === null ? {} : { patient },
          body: { q, issuer, how, patients: numbers.length },
        },
        origin,
      ),
    )
    return { things, patients: numbers.length }
  }

  return {
    read: async (who, question, origin) => {
      const { things, patients } = await asked(who, question, origin, 'shown')
      const found = await rows(things, PAGE + 1, question.after)
      const items = found.slice(0, PAGE)
      const last = found.length > PAGE ? items.at(-1) : undefined
      return { patients, items, ...(last === undefined ? {} : { next: String(last.seq) }) }
    },
    export: async (who, question, origin) => {
      const { things } = await asked(who, question, origin, 'exported')
      return csvOf(await rows(things, EXPORT_MAX), who.account.language === 'fr' ? ';' : ',')
    },
  }
}

function rowOf(fact: StoredFact, names: ReadonlyMap<string, string>): AccessRow {
  const { seq, at, type, body, origin } = fact
  const of = Object.values(fact.ids)
    .map(id => names.get(id))
    .find(name => name !== undefined)
  const text = (key: string) => (typeof body?.[key] === 'string' ? { [key]: body[key] } : {})
  return {
    seq,
    at: isoAt(at),
    type,
    ...text('screen'),
    ...text('right'),
    ...text('as'),
    ...byOf(origin),
    of: of ?? '',
  }
}

function byOf(origin: Origin | null): Pick<AccessRow, 'by' | 'role' | 'bySite' | 'address'> {
  switch (origin?.by) {
    case 'account':
      return { by: origin.name, role: origin.role, bySite: origin.site, address: origin.address }
    case 'token':
      return { by: origin.name, role: 'program', bySite: origin.site, address: origin.address }
    case 'peer':
      return { by: origin.peer, role: 'peer', bySite: origin.site, address: origin.address }
    case 'command':
      return { by: `relais (${origin.user})` }
    case 'system':
      return { by: origin.part }
    default:
      return { by: '' }
  }
}

const COLUMNS = [
  'seq',
  'at',
  'type',
  'screen',
  'of',
  'by',
  'role',
  'bySite',
  'address',
  'right',
  'as',
] as const

export function csvOf(rows: readonly AccessRow[], separator: ',' | ';'): string {
  const lines = rows.map(row =>
    csvLine(
      COLUMNS.map(column => row[column]),
      separator,
    ),
  )
  return [BYTE_ORDER_MARK + csvLine(COLUMNS, separator), ...lines].join('')
}
