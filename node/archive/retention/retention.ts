import { isoAt, msOf } from '../../clock.js'
import type { Database } from '../../database.js'
import type { JournalTables } from '../../journal/schema.js'
import type { RequestTables } from '../../requests/schema.js'
import type { RetentionView } from '../view.js'
import { dueOf } from './rules.js'

/** Acts of one answer. */
const ACTS_MAX = 5000

/**
 * The acts whose lawful period has ended by the end of a year, those that end first first. The last contact with a patient at a
 * site is the last thing recorded about any of their acts there. A death and a claim are not known here: they only lengthen or
 * shorten a period by a person's word.
 */
export async function dueInYear(db: Database, year: number, site?: string): Promise<RetentionView> {
  let select = db
    .sql<RequestTables>()
    .selectFrom('requests')
    .select(['id', 'reference', 'site', 'form', 'created_at'])
    .where('created_at', '<', msOf(`${year + 1}-01-01T00:00:00Z`))
  if (site !== undefined) select = select.where('site', '=', site)
  const acts = (await select.execute()).map(({ form, ...act }) => {
    const { patient } = JSON.parse(form) as { patient: { id: string; issuer: string; birthDate?: string } }
    return { ...act, born: patient.birthDate ?? null, patient: `${act.site} ${patient.issuer} ${patient.id}` }
  })
  const lastContact = new Map<string, number>()
  for (const { id, patient, created_at } of acts) {
    const row = await db
      .sql<JournalTables>()
      .selectFrom('journal_subjects')
      .innerJoin('journal', 'journal.seq', 'journal_subjects.seq')
      .select(eb => eb.fn.max('at').as('at'))
      .where('id', '=', id)
      .executeTakeFirst()
    lastContact.set(patient, Math.max(lastContact.get(patient) ?? 0, row?.at ?? created_at))
  }
  const items = acts
    .map(({ id, reference, site: of, born, patient }) => {
      const contact = isoAt(lastContact.get(patient) ?? 0).slice(0, 10)
      const day = born !== null && /^\d{4}-\d{2}-\d{2}$/.test(born) ? born : null
      const { from, because } = dueOf({ lastContact: contact, born: day, died: null, held: false })
      return { request: id, reference, site: of, lastContact: contact, from: from ?? '', because }
    })
    .filter(({ from }) => from !== '' && from <= `${year}-12-31`)
    .sort((a, b) => (a.from < b.from ? -1 : 1))
  return { year, acts: items.length, items: items.slice(0, ACTS_MAX) }
}
