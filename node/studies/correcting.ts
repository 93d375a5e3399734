import type { Clock } from '../clock.js'
import type { Tx } from '../database.js'
import type { StudyAttributes } from '../dicom/format/attributes.js'
import { fail } from '../errors.js'
import type { Ids } from '../ids.js'
import type { ObjectTables } from '../objects/schema.js'
import { recount } from './comparisons.js'
import { identitiesDiffer, identityOf } from './identity.js'
import { noteIdentity, ownIdentity, patientOf, searchOf, seriesOf, studyColumns } from './index-rows.js'
import { reweigh } from './leaving.js'
import type { StudyTables } from './schema.js'
import { restateInLists } from './visible.js'

export interface Corrected {
  instance: number
  uid: string
  was: string
  became: string
}

/**
 * Makes the newcomers of a question the masters; the former masters stay beside them as evidence, and `corrections`
 * keeps what replaced what. Where every image of the study is a corrected one, the study says what they say.
 *
 * @throws Failure `conflict` where a newcomer could not be read.
 */
export async function acceptNewcomers(
  tx: Tx,
  conflict: { id: string; study: string; arrival: string },
  options: { ids: Ids; clock: Clock; issuer: string },
): Promise<Corrected[]> {
  const sql = tx.sql<StudyTables>()
  const members = await sql
    .selectFrom('instance_variants')
    .innerJoin('instances', 'instances.id', 'instance_variants.instance')
    .select([
      'instance_variants.id as variant',
      'instance_variants.object as became',
      'instance_variants.attributes',
      'instances.id as instance',
      'instances.uid',
      'instances.object as was',
      'instances.series',
    ])
    .where('instance_variants.conflict', '=', conflict.id)
    .where('instance_variants.state', '=', 'conflict')
    .orderBy('instances.uid')
    .execute()
  const disturbed = new Set<string>()
  let header: StudyAttributes | undefined
  for (const { attributes: text, ...member } of members) {
    if (text === null)
      fail('conflict', {
        fr: 'L’une des nouvelles images ne se lit pas : elle ne peut pas en remplacer une autre.',
        en: 'One of the newcomers cannot be read: it cannot take the place of another.',
      })
    const attributes = JSON.parse(text) as StudyAttributes
    header ??= attributes
    const series = await seriesOf(tx, conflict.study, attributes)
    await sql
      .updateTable('instances')
      .set({
        object: member.became,
        series: series.id,
        sop_class: attributes.SOPClassUID,
        number: attributes.InstanceNumber ?? null,
        frames: attributes.NumberOfFrames ?? 1,
      })
      .where('id', '=', member.instance)
      .execute()
    if (series.id !== member.series) await moveCount(tx, member.series, series.id)
    await sql
      .insertInto('corrections')
      .values({ conflict: conflict.id, instance: member.instance, was: member.was, became: member.became })
      .execute()
    await sql
      .updateTable('instance_variants')
      .set({ object: member.was, state: 'superseded', differences: null, attributes: null, pixels: null })
      .where('id', '=', member.variant)
      .execute()
    for (const id of await compareAgain(tx, member.instance)) disturbed.add(id)
  }
  for (const id of disturbed) await recount(tx, id)
  await reweigh(
    tx,
    members.map(({ instance }) => instance),
  )
  if (header !== undefined) await restate(tx, conflict, header, options)
  return members.map(({ instance, uid, was, became }) => ({ instance, uid, was, became }))
}

async function moveCount(tx: Tx, from: number, to: number): Promise<void> {
  const sql = tx.sql<StudyTables>()
  for (const [id, by] of [
    [from, -1],
    [to, 1],
  ] as const)
    await sql
      .updateTable('series')
      .set(eb => ({ instances: eb('instances', '+', by) }))
      .where('id', '=', id)
      .execute()
  await sql.deleteFrom('series').where('id', '=', from).where('instances', '=', 0).execute()
}

/** Beside another master, what else lies there says something else: it is compared anew. Gives the questions it left. */
async function compareAgain(tx: Tx, instance: number): Promise<string[]> {
  const sql = tx.sql<StudyTables>()
  const others = await sql
    .selectFrom('instance_variants')
    .select('conflict')
    .distinct()
    .where('instance', '=', instance)
    .where('state', '=', 'conflict')
    .execute()
  await sql
    .updateTable('instance_variants')
    .set({ state: 'pending', conflict: null, differences: null, attributes: null, pixels: null })
    .where('instance', '=', instance)
    .where('state', '=', 'conflict')
    .execute()
  await sql
    .updateTable('instance_variants')
    .set({ state: 'superseded' })
    .where('instance', '=', instance)
    .where('state', '=', 'alternative')
    .execute()
  return others.flatMap(({ conflict }) => (conflict === null ? [] : [conflict]))
}

/** The study's own row after a correction. */
async function restate(
  tx: Tx,
  { study, arrival }: { study: string; arrival: string },
  header: StudyAttributes,
  { ids, clock, issuer }: { ids: Ids; clock: Clock; issuer: string },
): Promise<void> {
  const sql = tx.sql<StudyTables & ObjectTables>()
  const { bytes } = await sql
    .selectFrom('instances')
    .innerJoin('objects', 'objects.name', 'instances.object')
    .select(eb => eb.fn.sum<number>('objects.bytes').as('bytes'))
    .where('study', '=', study)
    .executeTakeFirstOrThrow()
  await sql.updateTable('studies').set({ bytes }).where('id', '=', study).execute()
  const row = await sql
    .selectFrom('studies')
    .innerJoin('patients', 'patients.id', 'studies.patient')
    .selectAll('studies')
    .select(['patients.issuer', 'patients.patient_id'])
    .where('studies.id', '=', study)
    .executeTakeFirstOrThrow()
  const identity = identityOf(header, issuer)
  const left = await sql
    .selectFrom('instances')
    .innerJoin('arrivals', 'arrivals.id', 'instances.arrival')
    .select('instances.id')
    .where('instances.study', '=', study)
    .where('arrivals.made_here', '=', 0)
    .where(eb =>
      eb.not(
        eb.exists(
          eb
            .selectFrom('corrections')
            .select('corrections.id')
            .whereRef('corrections.instance', '=', 'instances.id'),
        ),
      ),
    )
    .limit(1)
    .executeTakeFirst()
  if (left !== undefined) {
    if (identitiesDiffer(ownIdentity(row), identity))
      await noteIdentity(tx, study, identity, arrival, clock.now())
    return
  }
  const patient = await patientOf(tx, ids, identity, row.uid)
  // A person has just said what is right under this number.
  if (patient.id === row.patient)
    await sql
      .updateTable('patients')
      .set({ name: identity.name, birth_date: identity.birthDate, sex: identity.sex })
      .where('id', '=', patient.id)
      .execute()
  await sql
    .updateTable('studies')
    .set({
      ...studyColumns(header),
      patient: patient.id,
      patient_name: identity.name,
      patient_birth_date: identity.birthDate,
      patient_sex: identity.sex,
      search: searchOf(header, identity),
    })
    .where('id', '=', study)
    .execute()
  await sql.deleteFrom('study_identities').where('study', '=', study).execute()
  await restateInLists(tx, study)
}
