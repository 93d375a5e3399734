import { sql } from 'kysely'
import type { Tx } from '../../database.js'

/**
 * What goes with an act, and what with its images: table by table, children first. This is the one place that takes rows out of
 * other domains' tables, since a destruction is one transaction over all of them; their guards let it, and nothing else, through
 * (see the migration). A table that is forgotten here keeps the act's row by its reference, and the whole destruction fails.
 */
const run = (tx: Tx, statement: ReturnType<typeof sql>) => statement.execute(tx.sql<object>())

/** Rows of an act and of its report. Counts of the activity stay: they name nobody. */
export async function removeAct(tx: Tx, act: string): Promise<void> {
  const reports = sql`(SELECT id FROM reports WHERE request = ${act})`
  const alerts = sql`(SELECT id FROM alerts WHERE request = ${act})`
  const notices = sql`(SELECT id FROM notices WHERE request = ${act})`
  const links = sql`(SELECT id FROM links WHERE subject = ${act} OR subject IN ${reports}
    OR subject IN (SELECT id FROM report_shares WHERE report IN ${reports}))`
  for (const statement of [
    sql`DELETE FROM mailbox WHERE notice IN ${notices}`,
    sql`DELETE FROM notice_channels WHERE notice IN ${notices}`,
    sql`DELETE FROM notices WHERE request = ${act}`,
    sql`DELETE FROM call_attempts WHERE call IN (SELECT id FROM call_tasks WHERE alert IN ${alerts})`,
    sql`DELETE FROM call_tasks WHERE alert IN ${alerts}`,
    sql`DELETE FROM alert_rungs WHERE alert IN ${alerts}`,
    sql`DELETE FROM alerts WHERE request = ${act}`,
    sql`DELETE FROM link_letters WHERE subject = ${act} OR subject IN ${reports}`,
    sql`DELETE FROM link_openings WHERE link IN ${links}`,
    sql`DELETE FROM links WHERE id IN ${links}`,
    sql`DELETE FROM recall_rejections WHERE request = ${act}`,
    sql`DELETE FROM recalls WHERE request = ${act}`,
    sql`DELETE FROM critical_calls WHERE critical IN (SELECT id FROM criticals WHERE request = ${act})`,
    sql`DELETE FROM criticals WHERE request = ${act}`,
    sql`DELETE FROM message_attachments WHERE message IN (SELECT id FROM messages WHERE request = ${act})`,
    sql`DELETE FROM message_reads WHERE request = ${act}`,
    sql`DELETE FROM messages WHERE request = ${act}`,
    ...['report_shares', 'report_key_images', 'report_deliveries', 'report_versions'].map(
      table => sql`DELETE FROM ${sql.table(table)} WHERE report IN ${reports}`,
    ),
    sql`DELETE FROM reports WHERE request = ${act}`,
    ...[
      'request_ask_items',
      'request_asks',
      'request_claims',
      'request_confirmations',
      'request_documents',
      'request_exams',
      'request_handovers',
      'request_holds',
      'request_offers',
      'request_former',
      'request_parties',
      'request_studies',
      'request_versions',
      'priors',
      'prior_searches',
    ].map(table => sql`DELETE FROM ${sql.table(table)} WHERE request = ${act}`),
    sql`UPDATE request_paper_numbers SET request = NULL WHERE request = ${act}`,
    sql`DELETE FROM study_parties WHERE request = ${act}`,
    sql`DELETE FROM outbox WHERE json_extract(body, '$.request') = ${act} AND state NOT IN ('waiting', 'running')`,
    sql`DELETE FROM retention_marks WHERE request = ${act}`,
    sql`DELETE FROM requests WHERE id = ${act}`,
  ])
    await run(tx, statement)
}

/** What was said of a patient nothing is left of at that site. */
export async function removeMarks(
  tx: Tx,
  { site, issuer, patient }: { site: string; issuer: string; patient: string },
): Promise<void> {
  await run(
    tx,
    sql`DELETE FROM retention_marks WHERE site = ${site} AND issuer = ${issuer} AND patient = ${patient}
      AND NOT EXISTS (SELECT 1 FROM requests WHERE site = ${site} AND json_extract(form, '$.patient.id') = ${patient}
        AND json_extract(form, '$.patient.issuer') = ${issuer})`,
  )
}

/** A study as it goes: at its site. */
export interface GoneStudy {
  id: string
  uid: string
  site: string
  patient: string
}

/** The discs of the site that brought this study and nothing else that is still here. */
const broughtBy = ({ id, uid, site }: GoneStudy) => sql`(SELECT s.import FROM import_studies s
  JOIN imports m ON m.id = s.import WHERE s.uid = ${uid} AND m.site = ${site}
  AND NOT EXISTS (SELECT 1 FROM import_studies o JOIN studies t ON t.uid = o.uid AND t.site = m.site
    WHERE o.import = s.import AND t.id <> ${id}))`

/** Files of a study, and of the discs that go with it. */
export async function filesOfStudy(tx: Pick<Tx, 'sql'>, study: GoneStudy): Promise<string[]> {
  const instances = sql`(SELECT id FROM instances WHERE study = ${study.id})`
  const imports = broughtBy(study)
  const { rows } = await sql<{ name: string | null }>`
    SELECT object AS name FROM instances WHERE study = ${study.id}
    UNION SELECT object FROM instance_variants WHERE instance IN ${instances}
    UNION SELECT was FROM corrections WHERE instance IN ${instances}
    UNION SELECT became FROM corrections WHERE instance IN ${instances}
    UNION SELECT object FROM import_files WHERE import IN ${imports}
    UNION SELECT original FROM import_files WHERE import IN ${imports}
    UNION SELECT pdf_fr FROM import_certificates WHERE import IN ${imports}
    UNION SELECT pdf_en FROM import_certificates WHERE import IN ${imports}`.execute(tx.sql<object>())
  return rows.flatMap(({ name }) => name ?? [])
}

/** Rows of a study with all its images, of the discs that brought nothing else, and of a patient nothing is left of. */
export async function removeStudy(tx: Tx, study: GoneStudy): Promise<void> {
  const { id, uid, patient } = study
  const instances = sql`(SELECT id FROM instances WHERE study = ${id})`
  const transfers = sql`(SELECT id FROM transfers WHERE study = ${id})`
  const rejections = sql`(SELECT id FROM rejections WHERE study = ${id})`
  const imports = broughtBy(study)
  const decisions = sql`(SELECT id FROM import_decisions WHERE import IN ${imports})`
  for (const statement of [
    sql`DELETE FROM commitment_instances WHERE transaction_uid IN
      (SELECT transaction_uid FROM commitments WHERE transfer IN ${transfers})`,
    sql`DELETE FROM commitments WHERE transfer IN ${transfers}`,
    sql`DELETE FROM transfer_instances WHERE transfer IN ${transfers}`,
    sql`DELETE FROM transfers WHERE study = ${id}`,
    sql`UPDATE commitment_request_instances SET instance = NULL WHERE instance IN ${instances}`,
    sql`DELETE FROM import_rejections WHERE study = ${id} OR decision IN ${decisions}`,
    sql`DELETE FROM import_withdrawn_files WHERE decision IN ${decisions}`,
    sql`DELETE FROM import_certificates WHERE import IN ${imports}`,
    sql`DELETE FROM import_files WHERE import IN ${imports}`,
    sql`DELETE FROM import_decisions WHERE import IN ${imports}`,
    sql`UPDATE imports SET name = '', label = '', sender = NULL WHERE id IN ${imports}`,
    sql`UPDATE inboxes SET form = NULL WHERE import IN ${imports}`,
    sql`DELETE FROM import_studies WHERE import IN ${imports}`,
    sql`DELETE FROM corrections WHERE instance IN ${instances}`,
    sql`DELETE FROM instance_copies WHERE instance IN ${instances}`,
    sql`DELETE FROM instance_variants WHERE instance IN ${instances}`,
    sql`DELETE FROM conflicts WHERE study = ${id}`,
    sql`DELETE FROM instances WHERE study = ${id}`,
    sql`DELETE FROM rejected_instances WHERE rejection IN ${rejections}`,
    sql`DELETE FROM rejection_tasks WHERE rejection IN ${rejections}`,
    sql`DELETE FROM rejections WHERE study = ${id}`,
    ...['series', 'study_identities', 'expected_series', 'study_parties', 'visible_studies'].map(
      table => sql`DELETE FROM ${sql.table(table)} WHERE study = ${id}`,
    ),
    sql`DELETE FROM arrivals WHERE study = ${id}`,
    sql`DELETE FROM retrieval_arrivals WHERE study_uid = ${uid} AND NOT EXISTS (SELECT 1 FROM studies WHERE uid = ${uid} AND id <> ${id})`,
    sql`DELETE FROM studies WHERE id = ${id}`,
    sql`DELETE FROM patients WHERE id = ${patient} AND NOT EXISTS (SELECT 1 FROM studies WHERE patient = ${patient})`,
  ])
    await run(tx, statement)
}

/** Files of an act: pages of its reports, their key images, what was attached to it. */
export async function filesOfAct(tx: Pick<Tx, 'sql'>, act: string): Promise<string[]> {
  const { rows } = await sql<{ name: string | null }>`
    SELECT v.pdf AS name FROM report_versions v JOIN reports r ON r.id = v.report WHERE r.request = ${act}
    UNION SELECT json_extract(k.value, '$.picture') FROM report_versions v JOIN reports r ON r.id = v.report,
      json_each(iif(json_valid(v.signed), v.signed, '{}'), '$.keyImages') AS k WHERE r.request = ${act}
    UNION SELECT object FROM message_attachments WHERE message IN (SELECT id FROM messages WHERE request = ${act})
    UNION SELECT object FROM request_documents WHERE request = ${act}`.execute(tx.sql<object>())
  return rows.flatMap(({ name }) => name ?? [])
}

/**
 * Files that were named by what is removed, where nothing else names them: to be taken away after the commit. Gives their places
 * (`bucket/name`).
 */
export async function releaseFiles(tx: Tx, names: readonly string[], destruction: string): Promise<string[]> {
  const candidates = sql`(SELECT value FROM json_each(${JSON.stringify([...new Set(names)])}))`
  const { rows } = await sql<{ name: string; bucket: string }>`
    SELECT name, bucket FROM objects o WHERE name IN ${candidates}
      AND NOT EXISTS (SELECT 1 FROM instances WHERE object = o.name)
      AND NOT EXISTS (SELECT 1 FROM instance_variants WHERE object = o.name)
      AND NOT EXISTS (SELECT 1 FROM corrections WHERE was = o.name OR became = o.name)
      AND NOT EXISTS (SELECT 1 FROM message_attachments WHERE object = o.name)
      AND NOT EXISTS (SELECT 1 FROM request_documents WHERE object = o.name)
      AND NOT EXISTS (SELECT 1 FROM report_versions WHERE pdf = o.name)
      AND NOT EXISTS (SELECT 1 FROM import_files WHERE object = o.name OR original = o.name)
      AND NOT EXISTS (SELECT 1 FROM import_withdrawn_files WHERE object = o.name OR original = o.name)
      AND NOT EXISTS (SELECT 1 FROM import_certificates WHERE pdf_fr = o.name OR pdf_en = o.name)`.execute(
    tx.sql<object>(),
  )
  for (const { name, bucket } of rows) {
    await run(
      tx,
      sql`INSERT INTO destroyed_files VALUES (${name}, ${bucket}, ${destruction}) ON CONFLICT DO NOTHING`,
    )
    await run(tx, sql`DELETE FROM objects WHERE name = ${name}`)
  }
  return rows.map(({ name, bucket }) => `${bucket}/${name}`)
}
