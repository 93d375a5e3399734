import { createHash } from 'node:crypto'
import type { Clock } from '../clock.js'
import { type Database, isStorageFailure, type Tx } from '../database.js'
import type { StudyAttributes } from '../dicom/format/attributes.js'
import { Failure } from '../errors.js'
import type { Ids } from '../ids.js'
import type { Origin } from '../journal/facts.js'
import type { Journal } from '../journal/journal.js'
import type { NewObject, Objects } from '../objects/objects.js'
import { identitiesDiffer, identityOf } from './identity.js'
import { noteIdentity, ownIdentity, patientOf, searchOf, seriesOf, studyColumns } from './index-rows.js'
import * as queries from './receive-queries.js'
import type { StudyTables } from './schema.js'
import { restateInLists, showTo } from './visible.js'

/** An object that is durable on disk, and who brought it. */
export interface Arrived {
  object: NewObject
  sopClassUID: string
  attributes: StudyAttributes
  source: {
    /** A peer's id, or what of ours made it: `report`, `import`. */
    id: string
    site: string
    issuer: string
    /** True for what this node made itself: it never counts in completeness and fires no route. */
    madeHere: boolean
    /** Groups what came together. */
    association: string
    callingAETitle: string
    calledAETitle: string
    address: string
  }
}

export type Reception =
  | { result: 'stored' }
  /** The same bytes are already here: the new file is superfluous. */
  | { result: 'duplicate' }
  /** The same UID with other bytes: kept beside the first and compared with it at once; until then neither leaves. */
  | { result: 'beside' }
  | { result: 'failed'; failure: Failure }

export interface Receive {
  /** Commits the row of one durable object; many callers share one transaction, a bad one fails alone. */
  receive(arrived: Arrived): Promise<Reception>
  /** The association (or import) is over: its studies are settled. */
  ended(association: string): Promise<void>
  /** Settles what has been quiet for {@link QUIET_MS}; at start, with 0, what a crash left open. */
  settleQuiet(quietMs?: number): Promise<void>
}

/** DICOM has no end of study: this long without an image settles what came, later ones open a new arrival. */
export const QUIET_MS = 3000
/** Receipts of one transaction. */
const BATCH_MAX = 200

/** The only door in for images, whoever brings them. */
export function openReceive(options: {
  db: Database
  clock: Clock
  ids: Ids
  journal: Journal
  objects: Objects
  /** Something was kept beside another object: it waits to be compared. */
  onBeside?: () => void
  /** Images of the study were committed: told once a transaction. */
  onArriving?: (study: string, site: string) => void
}): Receive {
  const { db, clock, ids, journal, objects } = options
  let waiting: {
    arrived: Arrived
    resolve: (reception: Reception) => void
    reject: (thrown: unknown) => void
  }[] = []
  let committing = false
  /** Studies the batch at hand brings images of, with their site. */
  const touched = new Map<string, string>()

  const commitAll = async () => {
    if (committing) return
    committing = true
    while (waiting.length > 0) {
      const batch = waiting.slice(0, BATCH_MAX)
      waiting = waiting.slice(BATCH_MAX)
      touched.clear()
      try {
        const receptions = await db.write(async tx => {
          const done: Reception[] = []
          for (const { arrived } of batch) done.push(await member(tx, arrived))
          return done
        })
        for (const [index, { resolve }] of batch.entries()) resolve(receptions[index] as Reception)
        for (const [study, site] of touched) options.onArriving?.(study, site)
      } catch (thrown) {
        for (const { reject } of batch) reject(thrown)
      }
    }
    committing = false
  }

  const member = async (tx: Tx, arrived: Arrived): Promise<Reception> => {
    try {
      return await tx.savepoint(() => store(tx, arrived))
    } catch (thrown) {
      if (isStorageFailure(thrown)) throw thrown // the disk failed all of them, not this one alone
      const failure =
        thrown instanceof Failure ? thrown : new Failure('internal', 'It could not be recorded.', [], thrown)
      return { result: 'failed', failure }
    }
  }

  async function store(tx: Tx, arrived: Arrived): Promise<Reception> {
    const sql = tx.sql<StudyTables>()
    const { attributes, source, object } = arrived
    const now = clock.now()
    const study = await studyOf(tx, arrived, now)
    const arrival = await arrivalOf(tx, arrived, study.id, now)
    const [known] = await queries.instanceByUid(sql, { study: study.id, uid: attributes.SOPInstanceUID })

    if (known !== undefined) {
      const variant =
        known.object === object.name ||
        (await sql
          .selectFrom('instance_variants')
          .select('id')
          .where('instance', '=', known.id)
          .where('object', '=', object.name)
          .executeTakeFirst()) !== undefined
      await sql
        .updateTable('arrivals')
        .set(eb => ({
          last_at: now,
          ...(variant ? { duplicates: eb('duplicates', '+', 1) } : { conflicts: eb('conflicts', '+', 1) }),
        }))
        .where('id', '=', arrival.id)
        .execute()
      await sql
        .insertInto('instance_copies')
        .values({ instance: known.id, source: source.id })
        .onConflict(conflict => conflict.doNothing())
        .execute()
      if (variant) return { result: 'duplicate' }
      await objects.record(tx, object)
      await sql
        .insertInto('instance_variants')
        .values({ instance: known.id, object: object.name, arrival: arrival.id, received_at: now })
        .execute()
      await sql.updateTable('instances').set({ withheld: 1 }).where('id', '=', known.id).execute()
      if (options.onBeside !== undefined) tx.afterCommit(options.onBeside)
      return { result: 'beside' }
    }

    const identity = identityOf(attributes, source.issuer)
    // An image that names another person than its study does is kept, and the study then says so.
    if (!source.madeHere && identitiesDiffer(ownIdentity(study), identity))
      await noteIdentity(tx, study.id, identity, arrival.id, now)
    const series = await seriesOf(tx, study.id, attributes)
    const fresh = await objects.record(tx, object)
    await queries.addInstance(sql, {
      study: study.id,
      series: series.id,
      uid: attributes.SOPInstanceUID,
      sop_class: arrived.sopClassUID,
      number: attributes.InstanceNumber ?? null,
      frames: attributes.NumberOfFrames ?? 1,
      object: object.name,
      arrival: arrival.id,
      received_at: now,
    })
    if (!source.madeHere) touched.set(study.id, source.site)
    await queries.countInSeries(sql, { id: series.id })
    const modalities = source.madeHere ? study.modalities : withWord(study.modalities, attributes.Modality)
    await queries.countInStudy(sql, {
      id: study.id,
      made: source.madeHere ? 1 : 0,
      bytes: object.bytes,
      image_at: source.madeHere ? 0 : now,
      modalities,
      body_parts: withWord(study.body_parts, attributes.BodyPartExamined),
    })
    if (modalities !== study.modalities) await restateInLists(tx, study.id)
    await queries.countInArrival(sql, { id: arrival.id, bytes: object.bytes, now })
    if (arrival.opened)
      await journal.append(
        tx,
        {
          type: 'study-arriving',
          site: source.site,
          ids: { study: study.id, arrival: arrival.id },
          body: {
            StudyInstanceUID: attributes.StudyInstanceUID,
            source: source.id,
            patient: { ...identityOf(attributes, source.issuer) },
          },
        },
        originFrom(arrived.source),
      )
    // The same content under another study keeps its one file; this new copy of it is superfluous.
    return { result: fresh ? 'stored' : 'duplicate' }
  }

  async function studyOf(tx: Tx, { attributes, source }: Arrived, now: number) {
    const sql = tx.sql<StudyTables>()
    const [known] = await queries.studyByUid(sql, { uid: attributes.StudyInstanceUID, site: source.site })
    if (known !== undefined) return known
    const identity = identityOf(attributes, source.issuer)
    const id = ids.next('std')
    const patient = await patientOf(tx, ids, identity, attributes.StudyInstanceUID)
    const study = {
      id,
      site: source.site,
      uid: attributes.StudyInstanceUID,
      patient: patient.id,
      ...studyColumns(attributes),
      modalities: '',
      body_parts: '',
      search: searchOf(attributes, identity),
      instances: 0,
      made: 0,
      bytes: 0,
      expected: null,
      expected_at: null,
      expected_by: null,
      urgency: null,
      first_at: now,
      last_at: now,
      patient_name: identity.name,
      patient_birth_date: identity.birthDate,
      patient_sex: identity.sex,
    }
    await sql.insertInto('studies').values(study).execute()
    await showTo(tx, id, source.site, { party: 0 })
    return { ...study, patient_id: patient.patient_id, issuer: identity.issuer }
  }

  async function arrivalOf(tx: Tx, { source }: Arrived, study: string, now: number) {
    const sql = tx.sql<StudyTables>()
    const [open] = await queries.openArrival(sql, { association: source.association, study })
    if (open !== undefined) return { id: open.id, opened: false }
    const id = ids.next('arr')
    await sql
      .insertInto('arrivals')
      .values({
        id,
        study,
        source: source.id,
        source_site: source.site,
        made_here: source.madeHere ? 1 : 0,
        association: source.association,
        calling: source.callingAETitle,
        called: source.calledAETitle,
        address: source.address,
        instances: 0,
        duplicates: 0,
        conflicts: 0,
        bytes: 0,
        first_at: now,
        last_at: now,
        settled_at: null,
      })
      .execute()
    return { id, opened: true }
  }

  async function settle(select: { association: string } | { quietSince: number }): Promise<void> {
    await db.write(async tx => {
      const sql = tx.sql<StudyTables>()
      let open = sql
        .selectFrom('arrivals')
        .innerJoin('studies', 'studies.id', 'arrivals.study')
        .selectAll('arrivals')
        .select(['studies.uid', 'studies.site'])
        .where('settled_at', 'is', null)
      open =
        'association' in select
          ? open.where('association', '=', select.association)
          : open.where('arrivals.last_at', '<=', select.quietSince)
      for (const arrival of await open.execute()) {
        await sql
          .updateTable('arrivals')
          .set({ settled_at: clock.now() })
          .where('id', '=', arrival.id)
          .execute()
        const instances = await sql
          .selectFrom('instances')
          .select(['uid', 'object'])
          .where('arrival', '=', arrival.id)
          .orderBy('uid')
          .execute()
        await journal.append(
          tx,
          {
            type: 'study-received',
            site: arrival.site,
            ids: { study: arrival.study, arrival: arrival.id },
            body: {
              StudyInstanceUID: arrival.uid,
              source: arrival.source,
              instances: arrival.instances,
              duplicates: arrival.duplicates,
              conflicts: arrival.conflicts,
              bytes: arrival.bytes,
              digest: manifestDigest(instances),
            },
          },
          originFrom({
            id: arrival.source,
            site: arrival.source_site,
            madeHere: arrival.made_here === 1,
            callingAETitle: arrival.calling,
            address: arrival.address,
          }),
        )
      }
    })
  }

  return {
    receive: arrived =>
      new Promise((resolve, reject) => {
        waiting.push({ arrived, resolve, reject })
        // What came in during this turn of the loop, and while the last transaction ran, shares the next one.
        setImmediate(() => void commitAll())
      }),
    ended: association => settle({ association }),
    settleQuiet: (quietMs = QUIET_MS) => settle({ quietSince: clock.now() - quietMs }),
  }
}

/** One digest over many instances: SHA-256 of the lines `SOPInstanceUID object-name`, sorted by UID. */
export function manifestDigest(instances: readonly { uid: string; object: string }[]): string {
  const hash = createHash('sha256')
  for (const { uid, object } of instances) hash.update(`${uid} ${object}\n`)
  return hash.digest('hex')
}

/** A PACS brought it, or a part of ours made it. */
function originFrom(
  source: Pick<Arrived['source'], 'id' | 'site' | 'madeHere' | 'callingAETitle' | 'address'>,
): Origin {
  if (source.madeHere) return { by: 'system', part: source.id }
  const { id, site, callingAETitle, address } = source
  return { by: 'peer', peer: id, site, callingAETitle, address }
}

function withWord(words: string, word: string | undefined): string {
  if (word === undefined || word === '') return words
  return [...new Set([...words.split(' ').filter(Boolean), word.replaceAll(' ', '-')])].sort().join(' ')
}
