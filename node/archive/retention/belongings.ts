import { sql } from 'kysely'
import type { Tx } from '../../database.js'
import type { JournalTables } from '../../journal/schema.js'
import { seen } from '../openings.js'
import type { GoneStudy } from './gone.js'

/** A transaction, or the database as it is read. */
export type Asking = Pick<Tx, 'sql'>

/** What proves that something was, and how it went, stays: none of it says anything of a patient. */
const KEPT =
  /^(bodies-erased|act-sealed|volume-closed|checkpoint-key-recorded|retention-policy-set|destruction-)/

const ask = async <Row>(tx: Asking, question: ReturnType<typeof sql>): Promise<Row[]> =>
  (await question.execute(tx.sql<object>())).rows as Row[]

/** Everything of an act that has an id of its own in the journal. */
const NAMED = [
  'SELECT id FROM reports WHERE request = ',
  'SELECT id FROM criticals WHERE request = ',
  'SELECT id FROM messages WHERE request = ',
  'SELECT id FROM alerts WHERE request = ',
  'SELECT c.id FROM call_tasks c JOIN alerts a ON a.id = c.alert WHERE a.request = ',
  'SELECT id FROM recalls WHERE request = ',
  'SELECT s.id FROM report_shares s JOIN reports r ON r.id = s.report WHERE r.request = ',
]

/** Entries whose bodies say something of the act: all that name it, or what is part of it and of nothing else. */
export async function entriesOfAct(tx: Asking, act: string): Promise<number[]> {
  const things = [act]
  for (const question of NAMED)
    things.push(...(await ask<{ id: string }>(tx, sql`${sql.raw(question)}${act}`)).map(({ id }) => id))
  return entriesNaming(tx, [...things, ...things.map(seen)], new Set([act]))
}

/** Those of a study and its images, but for what another act says of it. */
export async function entriesOfStudy(
  tx: Asking,
  { id }: GoneStudy,
  gone: ReadonlySet<string>,
): Promise<number[]> {
  const things = await ask<{ id: string }>(
    tx,
    sql`SELECT ${id} AS id UNION SELECT id FROM arrivals WHERE study = ${id} UNION SELECT id FROM transfers WHERE study = ${id}
      UNION SELECT id FROM conflicts WHERE study = ${id} UNION SELECT id FROM rejections WHERE study = ${id}`,
  )
  const ids = things.map(thing => thing.id)
  return entriesNaming(tx, [...ids, ...ids.map(seen)], gone)
}

async function entriesNaming(
  tx: Asking,
  things: readonly string[],
  gone: ReadonlySet<string>,
): Promise<number[]> {
  const rows = await tx
    .sql<JournalTables>()
    .selectFrom('journal')
    .select(['seq', 'type', 'ids'])
    .where('seq', 'in', eb =>
      eb
        .selectFrom('journal_subjects')
        .select('journal_subjects.seq')
        .where(sql<boolean>`id IN (SELECT value FROM json_each(${JSON.stringify(things)}))`),
    )
    .where('seq', 'not in', eb => eb.selectFrom('journal_erasures').select('journal_erasures.seq'))
    .orderBy('seq')
    .execute()
  return rows
    .filter(({ type, ids }) => {
      const { request } = JSON.parse(ids) as Record<string, string>
      return !KEPT.test(type) && (request === undefined || gone.has(request))
    })
    .map(({ seq }) => seq)
}

/** The act's studies that are here, at its site, with what would keep their images. */
export async function studiesOfAct(
  tx: Asking,
  act: string,
): Promise<(GoneStudy & { others: number; promised: number; sending: number })[]> {
  return ask(
    tx,
    sql`SELECT s.id, s.uid, s.site, s.patient,
      (SELECT count(*) FROM request_studies o WHERE o.StudyInstanceUID = s.uid AND o.request <> r.id) AS others,
      (SELECT count(*) FROM instances i JOIN holds h ON h.instance = i.id WHERE i.study = s.id) AS promised,
      (SELECT count(*) FROM transfers t WHERE t.study = s.id AND t.state IN ('queued', 'moving'))
        + (SELECT count(*) FROM instances i JOIN commitment_request_instances c ON c.instance = i.id
            WHERE i.study = s.id AND c.verdict = 'pending') AS sending
      FROM requests r JOIN request_studies q ON q.request = r.id
      JOIN studies s ON s.uid = q.StudyInstanceUID AND s.site = r.site WHERE r.id = ${act}`,
  )
}

/** The sealed parts of an act. */
export async function sealsOf(
  tx: Asking,
  act: string,
): Promise<{ part: number; year: number; sha256: string }[]> {
  return ask(tx, sql`SELECT part, year, sha256 FROM act_seals WHERE request = ${act} ORDER BY part`)
}

/** In which closed years those bodies lie. */
export async function closedYears(
  tx: Asking,
  seqs: readonly number[],
  seals: readonly { year: number }[],
): Promise<number[]> {
  const moves = await tx.sql<JournalTables>().selectFrom('journal_moves').selectAll().execute()
  const closed = new Set(
    (await ask<{ year: number }>(tx, sql`SELECT year FROM archive_volumes`)).map(({ year }) => year),
  )
  const years = new Set([
    ...moves
      .filter(({ first, last }) => seqs.some(seq => first <= seq && seq <= last))
      .map(({ year }) => year),
    ...seals.map(({ year }) => year),
  ])
  return [...years].filter(year => closed.has(year)).sort((a, b) => a - b)
}
