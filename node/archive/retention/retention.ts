import { setImmediate as nextTurn } from 'node:timers/promises'
import { sql } from 'kysely'
import { type Clock, isoAt } from '../../clock.js'
import type { CriticalTables } from '../../criticals/schema.js'
import { csvLine } from '../../csv.js'
import type { Database } from '../../database.js'
import type { ExchangeTables } from '../../exchange/schema.js'
import type { JournalTables } from '../../journal/schema.js'
import type { RequestTables } from '../../requests/schema.js'
import type { StudyTables } from '../../studies/schema.js'
import type { RetentionActView, RetentionView } from '../view.js'
import { type Mark, viewOf } from './marks.js'
import { CONTACT_YEARS, type Day, dayIn, dueOf, holdsOf, imageHoldsOf, imagesDueOf, LAW } from './rules.js'
import type { RetentionTables } from './schema.js'

/** Acts of one answer. */
const ITEMS_MAX = 5000
/** Acts that are looked at for it, the oldest first. */
const ACTS_MAX = 50_000
/** Patients between two turns of the loop: the screens do not wait. */
const STEP = 200

/** What was done for a patient; that somebody read or kept the record later is no contact with them. */
const CONTACT = sql<boolean>`(type GLOB 'request-*' OR type GLOB 'report-*' OR type GLOB 'critical-*' OR type GLOB 'message-*')`

interface ActRow {
  id: string
  reference: string
  site: string
  state: string
  patient: string
  issuer: string
  born: string | null
  created_at: number
}

/** The acts whose lawful period ends, and what holds each of them. */
export function openRetention({ db, clock }: { db: Database; clock: Pick<Clock, 'now'> }) {
  const retention = () => db.sql<RetentionTables>()

  const acts = () =>
    db
      .sql<RequestTables>()
      .selectFrom('requests')
      .select([
        'id',
        'reference',
        'site',
        'state',
        'created_at',
        sql<string>`coalesce(json_extract(form, '$.patient.id'), '')`.as('patient'),
        sql<string>`coalesce(json_extract(form, '$.patient.issuer'), '')`.as('issuer'),
        sql<string | null>`json_extract(form, '$.patient.birthDate')`.as('born'),
      ])

  const marksOf = (site: string | undefined): Promise<Mark[]> => {
    const select = retention()
      .selectFrom('retention_marks')
      .selectAll()
      .where('released_at', 'is', null)
      .orderBy('at')
    return (site === undefined ? select : select.where('site', '=', site)).execute()
  }

  /** The last contact with the patient at the site: the last thing done about any of their acts there. */
  async function contactOf({ site, issuer, patient, created_at }: ActRow): Promise<Day> {
    const row = await db
      .sql<RequestTables & JournalTables>()
      .selectFrom('requests')
      .innerJoin('journal_subjects', 'journal_subjects.id', 'requests.id')
      .innerJoin('journal', 'journal.seq', 'journal_subjects.seq')
      .select(eb => eb.fn.max('journal.at').as('at'))
      .where(sql<string>`json_extract(form, '$.patient.id')`, '=', patient)
      .where(sql<string>`json_extract(form, '$.patient.issuer')`, '=', issuer)
      .where('requests.site', '=', site)
      .where(CONTACT)
      .executeTakeFirst()
    return isoAt(row?.at ?? created_at).slice(0, 10)
  }

  /** How many of something each of these acts has. */
  async function counted(rows: Promise<{ request: string | null; n: number }[]>) {
    const counts = new Map((await rows).map(({ request, n }) => [request, n]))
    return (act: string) => counts.get(act) ?? 0
  }

  const inside = (acts: readonly ActRow[]) =>
    sql<string>`(SELECT value FROM json_each(${JSON.stringify(acts.map(({ id }) => id))}))`

  /** Each with its dates and all that holds it. */
  async function weighed(rows: readonly ActRow[]): Promise<RetentionActView[]> {
    const [marks, policies] = [
      await marksOf(undefined),
      await retention().selectFrom('retention_policies').selectAll().execute(),
    ]
    const openCriticals = await counted(
      db
        .sql<CriticalTables>()
        .selectFrom('criticals')
        .select(['request', eb => eb.fn.countAll<number>().as('n')])
        .where('state', '<>', 'closed')
        .where(sql<boolean>`request IN ${inside(rows)}`)
        .groupBy('request')
        .execute(),
    )
    const openRecalls = await counted(
      sql<{ request: string; n: number }>`SELECT request, count(*) AS n FROM recalls
        WHERE state <> 'done' AND request IN ${inside(rows)} GROUP BY request`
        .execute(db.sql<object>())
        .then(found => found.rows),
    )
    const images = new Map(
      (
        await db
          .sql<RequestTables & StudyTables & ExchangeTables>()
          .selectFrom('request_studies')
          .innerJoin('requests', 'requests.id', 'request_studies.request')
          .innerJoin('studies', join =>
            join
              .onRef('studies.uid', '=', 'request_studies.StudyInstanceUID')
              .onRef('studies.site', '=', 'requests.site'),
          )
          .select([
            'request_studies.request',
            eb => eb.fn.sum<number>('studies.instances').as('instances'),
            sql<number>`sum((SELECT count(*) FROM instances i JOIN holds h ON h.instance = i.id WHERE i.study = studies.id))`.as(
              'promised',
            ),
            sql<number>`sum((SELECT count(*) FROM transfers t WHERE t.study = studies.id AND t.state IN ('queued', 'moving')))
              + sum((SELECT count(*) FROM instances i JOIN commitment_request_instances c ON c.instance = i.id
                  WHERE i.study = studies.id AND c.verdict = 'pending'))`.as('sending'),
          ])
          .where(sql<boolean>`request_studies.request IN ${inside(rows)}`)
          .groupBy('request_studies.request')
          .execute()
      ).map(row => [row.request, row]),
    )
    const proposals = await retention()
      .selectFrom('destructions')
      .select(['id', 'request', 'what', 'state'])
      .where('state', '<>', 'withdrawn')
      .where(sql<boolean>`request IN ${inside(rows)}`)
      .execute()
    const contacts = new Map<string, Day>()
    const views: RetentionActView[] = []
    for (const row of rows) {
      const key = JSON.stringify([row.site, row.issuer, row.patient])
      const lastContact = contacts.get(key) ?? (await contactOf(row))
      if (!contacts.has(key) && contacts.set(key, lastContact).size % STEP === 0) await nextTurn()
      const own = marks.filter(
        mark =>
          mark.site === row.site &&
          (mark.request === row.id || (mark.patient === row.patient && mark.issuer === row.issuer)),
      )
      const policy = policies.find(({ site }) => site === row.site)
      const clocks =
        policy === undefined ? LAW : { recordYears: policy.record_years, imageYears: policy.image_years }
      const died = own.find(({ kind }) => kind === 'death')?.day ?? null
      const kept = { lastContact, born: dayIn(row.born), died, held: false }
      const [due, imagesDue] = [dueOf(kept, clocks.recordYears), imagesDueOf(kept, clocks)]
      const counts = images.get(row.id)
      const standing = {
        state: row.state,
        marks: own.map(({ kind }) => kind),
        openCriticals: openCriticals(row.id),
        openRecalls: openRecalls(row.id),
        sending: Number(counts?.sending ?? 0),
        promised: Number(counts?.promised ?? 0),
      }
      const instances = Number(counts?.instances ?? 0)
      views.push({
        request: row.id,
        reference: row.reference,
        site: row.site,
        lastContact,
        from: due.from ?? '',
        because: due.because,
        holds: holdsOf(standing),
        ...(died === null ? {} : { died }),
        images: instances,
        ...(instances === 0
          ? {}
          : {
              imagesFrom: imagesDue.from ?? '',
              imageHolds: imageHoldsOf(standing),
              promised: standing.promised,
            }),
        marks: own.map(viewOf),
        proposals: proposals
          .filter(({ request }) => request === row.id)
          .map(({ id, what, state }) => ({ id, what, state })),
      })
    }
    return views
  }

  /** Candidates alone: nothing younger than the shortest clock can be due. */
  async function candidates(year: number, site: string | undefined): Promise<ActRow[]> {
    const policies = await retention().selectFrom('retention_policies').select('image_years').execute()
    const shortest = Math.min(CONTACT_YEARS, ...policies.map(each => each.image_years))
    const deaths = (await marksOf(site)).filter(({ kind }) => kind === 'death')
    const dead = JSON.stringify(deaths.map(mark => `${mark.site} ${mark.issuer} ${mark.patient}`))
    let select = acts().where(eb =>
      eb.or([
        eb('created_at', '<', Date.UTC(year + 1 - shortest, 0, 1)),
        ...(deaths.length === 0
          ? []
          : [
              sql<boolean>`site || ' ' || json_extract(form, '$.patient.issuer') || ' ' || json_extract(form, '$.patient.id')
                IN (SELECT value FROM json_each(${dead}))`,
            ]),
      ]),
    )
    if (site !== undefined) select = select.where('site', '=', site)
    return select
      .orderBy('created_at')
      .limit(ACTS_MAX + 1)
      .execute()
  }

  return {
    /**
     * What would be destroyed by the end of a year: the records and the images whose period has ended by then, the oldest
     * first; counted by site and year, with what holds each.
     */
    dueInYear: async (year: number, site?: string): Promise<RetentionView> => {
      const rows = await candidates(year, site)
      const last = `${year}-12-31`
      const due = (await weighed(rows.slice(0, ACTS_MAX)))
        .filter(({ from, imagesFrom }) => from <= last || (imagesFrom ?? '9') <= last)
        .sort((a, b) => (earliest(a) < earliest(b) ? -1 : 1))
      const records = due.filter(({ from }) => from <= last)
      return {
        year,
        acts: records.length,
        held: records.filter(({ holds }) => holds.length > 0).length,
        images: due.filter(({ imagesFrom }) => (imagesFrom ?? '9') <= last).length,
        counts: countsOf(records),
        items: due.slice(0, ITEMS_MAX),
        more: rows.length > ACTS_MAX || due.length > ITEMS_MAX,
      }
    },
    /** One act, by its id; undefined when there is none. */
    ofAct: async (id: string): Promise<RetentionActView | undefined> =>
      (await weighed(await acts().where('id', '=', id).execute()))[0],
    today: (): Day => isoAt(clock.now()).slice(0, 10),
  }
}
export type Retention = ReturnType<typeof openRetention>

const earliest = ({ from, imagesFrom }: RetentionActView) =>
  imagesFrom !== undefined && imagesFrom < from ? imagesFrom : from

function countsOf(records: readonly RetentionActView[]): RetentionView['counts'] {
  const counts = new Map<string, RetentionView['counts'][number]>()
  for (const { site, from, holds } of records) {
    const year = Number(from.slice(0, 4))
    const known = counts.get(`${site} ${year}`) ?? { site, year, acts: 0, held: 0 }
    known.acts++
    if (holds.length > 0) known.held++
    counts.set(`${site} ${year}`, known)
  }
  return [...counts.values()].sort((a, b) => a.year - b.year || (a.site < b.site ? -1 : 1))
}

const COLUMNS = [
  'reference',
  'site',
  'lastContact',
  'from',
  'because',
  'died',
  'holds',
  'images',
  'imagesFrom',
  'promised',
] as const

/** The same list as CSV (RFC 4180). */
export function retentionCsv({ items }: RetentionView): string {
  return [
    csvLine(COLUMNS),
    ...items.map(item =>
      csvLine(COLUMNS.map(column => (column === 'holds' ? item.holds.join(' ') : item[column]))),
    ),
  ].join('')
}
