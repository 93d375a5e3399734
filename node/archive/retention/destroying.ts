import { closeSync, existsSync, fsyncSync, openSync } from 'node:fs'
import { join } from 'node:path'
import { sql } from 'kysely'
import { type Clock, isoAt } from '../../clock.js'
import type { Database, Tx } from '../../database.js'
import { fail } from '../../errors.js'
import type { Json } from '../../journal/canonical.js'
import type { Journal } from '../../journal/journal.js'
import type { Proof } from '../../journal/proof.js'
import type { Objects } from '../../objects/objects.js'
import type { ArchiveTables } from '../schema.js'
import { type Succession, type Successors, standingDigest } from '../seal/successors.js'
import type { Volumes } from '../seal/volume.js'
import {
  type Asking,
  closedYears,
  entriesOfAct,
  entriesOfStudy,
  sealsOf,
  studiesOfAct,
} from './belongings.js'
import { type Certificate, certificateText, putCertificate } from './certificate.js'
import { filesOfAct, filesOfStudy, releaseFiles, removeAct, removeMarks, removeStudy } from './gone.js'
import type { Retention } from './retention.js'
import { stopsOf } from './rules.js'
import type { RetentionTables } from './schema.js'

export type Destruction = RetentionTables['destructions']

const SYSTEM = { by: 'system', part: 'archive' } as const
export const LAW_TEXT = 'CSP R.1112-7'

/** What goes with one destruction, as it is found now. */
type Plan = Awaited<ReturnType<typeof planOf>>

async function planOf(on: Asking, { request, what }: Pick<Destruction, 'request' | 'what'>) {
  const studies = await studiesOfAct(on, request)
  const going = studies.filter(({ others, promised, sending }) => others + promised + sending === 0)
  const staying = studies.filter(each => !going.includes(each))
  const gone = new Set(what === 'act' ? [request] : [])
  const erased = new Set(what === 'act' ? await entriesOfAct(on, request) : [])
  const files = new Set(what === 'act' ? await filesOfAct(on, request) : [])
  for (const study of going) {
    for (const seq of await entriesOfStudy(on, study, gone)) erased.add(seq)
    for (const file of await filesOfStudy(on, study)) files.add(file)
  }
  const seqs = [...erased].sort((a, b) => a - b)
  const seals = what === 'act' ? await sealsOf(on, request) : []
  return {
    going,
    stay: staying.map(({ id, others, promised }) => ({
      study: id,
      why: promised > 0 ? 'promised' : others > 0 ? 'other-act' : 'sending',
    })),
    seqs,
    files: [...files],
    seals,
    years: await closedYears(on, seqs, seals),
  }
}

/**
 * Executes a confirmed destruction, once, wherever an earlier run was cut off. First each closed volume it touches gets a
 * successor beside it; then one transaction writes the certificate into the journal and takes the rows out; then the
 * successors take their places, the files go, and the certificate is laid where a restore finds it.
 */
export function openDestroying(parts: {
  db: Database
  clock: Clock
  journal: Journal
  proof: Pick<Proof, 'checkpoints'>
  objects: Pick<Objects, 'discard' | 'folder'>
  retention: Retention
  volumes: Volumes
  successors: Successors
  /** Where certificates lie: with the volumes, and where witnesses keep what is said outside. */
  certificateFolders: readonly string[]
}) {
  const { db, clock, journal, proof, objects, retention, volumes, successors } = parts

  const one = (id: string) =>
    db.sql<RetentionTables>().selectFrom('destructions').selectAll().where('id', '=', id).executeTakeFirst()

  async function stop(row: Destruction, note: string): Promise<void> {
    await db.write(async tx => {
      await change(tx, row.id, { state: 'withdrawn', note })
      await journal.append(tx, factOf('destruction-stopped', row, { note }), SYSTEM)
    })
  }

  /** Whether something forbids it now. On restored data it was lawful once: it is only done again. */
  async function forbidden(row: Destruction): Promise<string | undefined> {
    const act = await retention.ofAct(row.request)
    if (act === undefined) return 'the act is gone'
    if (row.replays !== null) return undefined
    const stops = stopsOf(act, row.what, retention.today())
    return stops.length === 0 ? undefined : stops.join(' ')
  }

  async function succeeded(row: Destruction, plan: Plan): Promise<Succession[]> {
    const done: Succession[] = []
    for (const year of plan.years) {
      const expected = (await standingDigest(db, year)) ?? ''
      // Restored beside a volume that was copied later: it is the successor already.
      const said = replayed(row)?.volumes.find(each => each.year === year)
      const now = await successors.digest(year)
      if (said !== undefined && now === said.after && now !== expected)
        done.push({ year, before: expected, after: now })
      else
        done.push(
          await successors.build(
            year,
            { bodies: plan.seqs, acts: row.what === 'act' ? [row.request] : [] },
            expected,
          ),
        )
    }
    return done
  }

  async function commit(row: Destruction, before: Plan, volumesOf: Succession[]): Promise<boolean> {
    const act = (await retention.ofAct(row.request)) ?? fail('missing', 'The act is gone.')
    await proof.checkpoints.sign()
    const log = (await proof.checkpoints.log()) ?? ''
    return db.write(async tx => {
      const plan = await planOf(tx, row)
      const isSame =
        plan.years.join() === before.years.join() &&
        plan.seqs.length === before.seqs.length &&
        plan.going.length === before.going.length
      // Something was written about it meanwhile: the next run begins anew.
      if (!isSame) fail('conflict', 'Something was written about the act while it was prepared.')
      if (row.replays === null && (await heldNow(tx, row))) return false
      // What the law said when it was decided is what is said again.
      const { because, lastContact, from } = replayed(row) ?? {
        ...act,
        from: (row.what === 'act' ? act.from : act.imagesFrom) ?? '',
      }
      const certificate: Certificate = {
        format: 'relais-destruction/1',
        ...{ id: row.id, log, what: row.what, site: row.site, request: row.request },
        ...{ reference: row.reference, law: LAW_TEXT, because, lastContact, from, reason: row.reason },
        proposedBy: { name: row.proposed_name, role: row.proposed_role, at: isoAt(row.proposed_at) },
        confirmedBy: {
          name: row.confirmed_name ?? '',
          role: row.confirmed_role ?? '',
          at: isoAt(row.confirmed_at ?? row.proposed_at),
        },
        at: isoAt(clock.now()),
        erased: plan.seqs,
        volumes: volumesOf,
        seals: plan.seals,
        files: [],
        studies: plan.going.map(({ id }) => id),
        stay: plan.stay,
        ...(row.replays === null ? {} : { replays: row.replays }),
      }
      await execute(tx, row, plan, certificate)
      return true
    })
  }

  /** One transaction: what is destroyed, and the entry that says so. */
  async function execute(tx: Tx, row: Destruction, plan: Plan, certificate: Certificate): Promise<void> {
    const patient = await patientOf(tx, row.request)
    // The guards of what never goes look for this state; which files go is known when the rows are gone.
    await sql`UPDATE destructions SET state = 'executing', fact = 1, certificate = '' WHERE id = ${row.id}`.execute(
      tx.sql<object>(),
    )
    if (row.what === 'act') await removeAct(tx, row.request)
    for (const study of plan.going) await removeStudy(tx, study)
    await removeMarks(tx, patient)
    certificate.files = await releaseFiles(tx, plan.files, row.id)
    const { erased, ...body } = certificate
    const fact = await journal.erase(
      tx,
      erased,
      {
        type: 'bodies-erased',
        site: row.site,
        ids: { request: row.request, destruction: row.id },
        body: body as unknown as { [key: string]: Json },
      },
      SYSTEM,
      certificate.volumes.map(({ year }) => year),
    )
    await sql`UPDATE destructions SET fact = ${fact}, certificate = ${certificateText(certificate)} WHERE id = ${row.id}`.execute(
      tx.sql<object>(),
    )
    for (const { year, before, after } of certificate.volumes)
      await tx
        .sql<ArchiveTables>()
        .insertInto('archive_successors')
        .values({ year, fact, before, sha256: after })
        .execute()
  }

  /** What the transaction said is gone goes: each step may be done twice. */
  async function finish(row: Destruction): Promise<void> {
    const certificate = JSON.parse(row.certificate ?? '') as Certificate
    for (const succession of certificate.volumes) await successors.take(succession)
    const closed = new Set(
      (await db.sql<ArchiveTables>().selectFrom('archive_volumes').select('year').execute()).map(
        ({ year }) => year,
      ),
    )
    for (const year of volumes.years().filter(each => !closed.has(each))) {
      volumes.forgetBodies(year, certificate.erased)
      if (row.what === 'act') volumes.forgetAct(year, row.request)
    }
    await removeFiles(row.id)
    await lay(row.id, row.certificate ?? '')
    await db.write(async tx => {
      await change(tx, row.id, { state: 'done', done_at: clock.now() })
      await journal.append(tx, factOf('destruction-done', row, { erased: certificate.erased.length }), SYSTEM)
    })
  }

  async function removeFiles(destruction: string): Promise<void> {
    const files = await db
      .sql<RetentionTables>()
      .selectFrom('destroyed_files')
      .selectAll()
      .where('destruction', '=', destruction)
      .execute()
    for (const { name, bucket } of files) await objects.discard({ name, bucket })
    for (const bucket of new Set(files.map(each => each.bucket))) syncFolder(join(objects.folder, bucket))
    await db.write(tx =>
      tx
        .sql<RetentionTables>()
        .deleteFrom('destroyed_files')
        .where('destruction', '=', destruction)
        .execute(),
    )
  }

  async function signed(text: string) {
    const { checkpoints } = proof
    const signature = (await checkpoints.attest(text)).toString('hex')
    const keys = await checkpoints.keyChain()
    return { text, publicKey: keys.at(-1)?.publicKey ?? '', signature, keys }
  }

  async function lay(id: string, text: string): Promise<void> {
    const certificate = await signed(text)
    for (const folder of parts.certificateFolders) putCertificate(folder, id, certificate)
  }

  return {
    one,
    signed,
    /** Name of this journal. */
    log: () => proof.checkpoints.log(),
    /** Runs it as far as it is not done; throws what a later run may overcome. */
    run: async (id: string): Promise<void> => {
      let row = (await one(id)) ?? fail('missing', 'There is no such destruction.')
      if (row.state === 'confirmed') {
        const why = await forbidden(row)
        if (why !== undefined) return stop(row, why)
        const plan = await planOf(db, row)
        const volumesOf = await succeeded(row, plan)
        if (!(await commit(row, plan, volumesOf))) return stop(row, 'claim hold')
        row = (await one(id)) as Destruction
      }
      if (row.state === 'executing') await finish(row)
    },
  }

  function replayed(row: Destruction): Certificate | undefined {
    return row.replays === null || row.certificate === null
      ? undefined
      : (JSON.parse(row.certificate) as Certificate)
  }
}
export type Destroying = ReturnType<typeof openDestroying>

/** A claim or a hold, or a new step of the act, that came between the look and the deed. */
async function heldNow(tx: Tx, { request }: Destruction): Promise<boolean> {
  const { rows } = await sql`SELECT 1 FROM requests r WHERE r.id = ${request} AND (
      r.state NOT IN ('closed', 'refused', 'cancelled', 'expired', 'entered-in-error')
      OR EXISTS (SELECT 1 FROM criticals WHERE request = r.id AND state <> 'closed')
      OR EXISTS (SELECT 1 FROM retention_marks m WHERE m.released_at IS NULL AND m.kind IN ('claim', 'hold')
        AND m.site = r.site AND (m.request = r.id OR (m.patient = json_extract(r.form, '$.patient.id')
          AND m.issuer = json_extract(r.form, '$.patient.issuer')))))`.execute(tx.sql<object>())
  return rows.length > 0
}

async function patientOf(tx: Tx, act: string): Promise<{ site: string; issuer: string; patient: string }> {
  const { rows } = await sql<{ site: string; issuer: string; patient: string }>`
    SELECT site, json_extract(form, '$.patient.issuer') AS issuer, json_extract(form, '$.patient.id') AS patient
    FROM requests WHERE id = ${act}`.execute(tx.sql<object>())
  return rows[0] ?? fail('missing', 'The act is gone.')
}

export async function change(tx: Tx, id: string, set: Partial<Destruction>): Promise<void> {
  await tx.sql<RetentionTables>().updateTable('destructions').set(set).where('id', '=', id).execute()
}

/** A step of a destruction, as the journal names it. */
export const factOf = (
  type:
    | 'destruction-proposed'
    | 'destruction-withdrawn'
    | 'destruction-confirmed'
    | 'destruction-stopped'
    | 'destruction-done',
  { id, request, reference, site, what }: Pick<Destruction, 'id' | 'request' | 'reference' | 'site' | 'what'>,
  body: { [key: string]: Json | undefined } = {},
) => ({
  type,
  site,
  ids: { destruction: id, request },
  body: { reference, what, law: LAW_TEXT, ...body },
})

function syncFolder(path: string): void {
  if (!existsSync(path)) return
  const descriptor = openSync(path, 'r')
  try {
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}
