import type { Kysely } from 'kysely'
import { sql } from 'kysely'
import { regionsIn } from '../body-regions.js'
import { isoAt } from '../clock.js'
import type { KnownExam } from './ports.js'
import type { RequestsDeps } from './requests.js'
import type { RequestRecord, RequestTables } from './schema.js'
import { searchable } from './search.js'
import type { SimilarView } from './view.js'
import { formOf } from './views.js'

/** What a request that is being written says of its exam, as far as it is known yet. */
export interface Asked {
  site: string
  patient: { id: string; issuer: string }
  region: string
  modality: string
  /** Its own studies are no former ones. */
  studies?: readonly string[]
}

const DAY_MS = 86_400_000
const REQUESTS_WITHIN_DAYS = 7
const EXAMS_WITHIN_DAYS = 30
const SHOWN_MAX = 10
/** Nothing was asked by these, or no longer is. */
const PASSED_OVER: readonly RequestRecord['state'][] = ['draft', 'cancelled', 'entered-in-error']

/** What the node knows already of this patient's same region by the same modality: asked lately, or done lately. */
export function openSimilar({
  db,
  clock,
  studies,
}: Pick<RequestsDeps, 'db' | 'clock' | 'studies'>): (asked: Asked, except?: string) => Promise<SimilarView> {
  return async (asked, except) => {
    if (asked.patient.id === '' || asked.region === '') return { requests: [], studies: [] }
    const now = clock.now()
    const rows = await ofPatient(db.sql<RequestTables>(), asked, now - REQUESTS_WITHIN_DAYS * DAY_MS)
    const exams = await studies.ofPatient(asked.site, asked.patient)
    return {
      requests: rows
        .filter(row => row.id !== except && isAlike(asked, { ...formOf(row), words: [formOf(row).region] }))
        .slice(0, SHOWN_MAX)
        .map(row => ({
          id: row.id,
          reference: row.reference,
          state: row.state,
          submittedAt: isoAt(row.submitted_at ?? row.created_at),
          modality: row.modality,
          region: formOf(row).region,
          question: formOf(row).question,
        })),
      studies: exams
        .flatMap(exam => {
          const days = daysBetween(exam.date, isoAt(now).slice(0, 10))
          return days === undefined ||
            days < 0 ||
            days > EXAMS_WITHIN_DAYS ||
            asked.studies?.includes(exam.StudyInstanceUID) === true ||
            !exam.modality
              .split(' + ')
              .some(modality => isAlike(asked, { modality, words: [exam.description, exam.bodyPart] }))
            ? []
            : [{ ...shown(exam), days }]
        })
        .sort((a, b) => a.days - b.days)
        .slice(0, SHOWN_MAX),
    }
  }
}

const shown = ({ StudyInstanceUID, modality, description, date, here }: KnownExam) => ({
  StudyInstanceUID,
  modality,
  description,
  date,
  here,
})

/** Requests of the site for this number of this issuer, the newest first. */
async function ofPatient(
  db: Kysely<RequestTables>,
  { site, patient }: Asked,
  since: number,
): Promise<RequestRecord[]> {
  const rows = await db
    .selectFrom('requests')
    .selectAll()
    .where(sql`json_extract(form, '$.patient.id')`, '=', patient.id)
    .where('site', '=', site)
    .where('created_at', '>=', since)
    .where('state', 'not in', PASSED_OVER)
    .orderBy('created_at', 'desc')
    .execute()
  return rows.filter(row => formOf(row).patient.issuer === patient.issuer)
}

const RADIOGRAPHS = new Set(['CR', 'DX', 'RG'])

/** The same modality of the same region; a region nobody knows is compared by its words. */
function isAlike(
  asked: Pick<Asked, 'region' | 'modality'>,
  known: { modality: string; words: readonly string[] },
): boolean {
  const isSame =
    asked.modality === known.modality || (RADIOGRAPHS.has(asked.modality) && RADIOGRAPHS.has(known.modality))
  if (!isSame) return false
  const [wanted, shows] = [regionsIn(asked.region), regionsIn(...known.words)]
  if (wanted.length > 0 && shows.length > 0)
    return wanted.some(({ id }) => shows.some(region => region.id === id))
  const words = searchable([asked.region]).trim().split(' ')
  const said = searchable(known.words)
  return words.some(word => word.length > 2 && said.includes(` ${word} `))
}

/** Whole days from one YYYY-MM-DD to another; undefined where one is no date. */
function daysBetween(from: string, to: string): number | undefined {
  const [a, b] = [from, to].map(text => Date.parse(`${text}T00:00:00Z`))
  return a === undefined || b === undefined || Number.isNaN(a) || Number.isNaN(b)
    ? undefined
    : Math.round((b - a) / DAY_MS)
}
