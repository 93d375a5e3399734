import { createHash } from 'node:crypto'
import {
  chmodSync,
  cpSync,
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import anyTest, { type TestFn } from 'ava'
import { sql } from 'kysely'
import { checked } from '../../node/archive/retention/certificate.js'
import { openDatabase } from '../../node/database.js'
import { migrations } from '../../node/program/migrations.js'
import { stateChecks } from '../../node/program/state-checks.js'
import { verifyFile } from '../../node/program/verification.js'
import { FORM, PEOPLE } from '../support/act.js'
import { confirmed, keeper, later, openDestruction, seal, second } from '../support/destruction-house.js'
import { openReadAct, STUDY, type Story } from '../support/read-act.js'

/** Names that stand nowhere once the act is destroyed. */
const CANARY = /Céphalée brutale|Hémorragie|Examen normal|ESSAI/

/** Tables that name an act by its id after it is gone: the proof of its seals, and of its end. */
const KEPT = ['act_seals', 'destructions']

type Scene = Story & Awaited<ReturnType<typeof openDestruction>>
const test = anyTest as TestFn<Scene>
test.beforeEach(async t => {
  const story = await openReadAct()
  t.context = { ...story, ...(await openDestruction(story)) }
})
test.afterEach.always(t => t.context.act.close())

const count = async ({ act }: Scene, table: string): Promise<number> => {
  const { rows } = await sql<{ n: number }>`SELECT count(*) AS n FROM ${sql.table(table)}`.execute(
    act.db.sql<object>(),
  )
  return rows[0]?.n ?? -1
}

const verified = ({ act }: Scene, folder = act.folder) => verifyFile(join(folder, 'relais.db'), stateChecks)

test('a record is destroyed by two named persons: one proposes, another confirms, and neither before its time', async t => {
  const { destructions, destroying, request } = t.context
  const act = { id: request, reference: 'N-0001', site: 'nord' }
  const ask = { what: 'act' as const, reason: 'délai écoulé' }
  t.like(await t.throwsAsync(destructions.propose(keeper.who, act, ask, keeper.origin)), {
    code: 'conflict',
    more: { stops: ['not-due'] },
  })
  await later(t.context)
  const proposal = await destructions.propose(keeper.who, act, ask, keeper.origin)
  t.like(proposal, { state: 'proposed', proposedBy: 'Mme Archive', own: true })
  t.like(await t.throwsAsync(destructions.propose(second.who, act, ask, second.origin)), { code: 'conflict' })
  t.like(await t.throwsAsync(destructions.confirm(keeper.who, proposal.id, keeper.origin)), {
    code: 'conflict',
    message: 'A second person confirms what one has proposed.',
  })
  await destroying.run(proposal.id)
  t.not(await t.context.archive.known(request), undefined, 'a proposal destroys nothing')
  await destructions.withdraw(second.who, proposal.id, 'à revoir', second.origin)
  t.like(await t.throwsAsync(destructions.confirm(second.who, proposal.id, second.origin)), {
    code: 'conflict',
  })
  const id = await confirmed(t.context, request)
  await destroying.run(id)
  t.like((await destructions.list(keeper.who, 'nord'))[0], { state: 'done', confirmedBy: 'M. Second' })
  t.is((await destructions.list(keeper.who, 'sud')).length, 0)
})

test('whatever is under a claim or a hold is not destroyed, also where it comes after the confirmation', async t => {
  const { destructions, destroying, marks, request } = t.context
  await later(t.context)
  const act = { id: request, reference: 'N-0001', site: 'nord' }
  const claim = { kind: 'claim' as const, of: 'patient' as const, reason: 'plainte' }
  const mark = await marks.record(keeper.who, act, claim, keeper.origin)
  const ask = { what: 'act' as const, reason: 'délai écoulé' }
  t.like(await t.throwsAsync(destructions.propose(keeper.who, act, ask, keeper.origin)), {
    more: { stops: ['claim'] },
  })
  await marks.release(keeper.who, mark.id, 'jugée', keeper.origin)
  const id = await confirmed(t.context, request)
  await marks.record(keeper.who, act, { ...claim, kind: 'hold' }, keeper.origin)
  await destroying.run(id)
  t.like(await destroying.one(id), { state: 'withdrawn', note: 'hold' })
  t.not(await t.context.archive.known(request), undefined)
  t.is((await t.context.act.journal.read({ types: ['destruction-stopped'] })).length, 1)
})

test('what is destroyed is gone from every table, file and volume; the proof stays, and says by which certificate', async t => {
  const scene = t.context
  const { act, archive, destroying, destructions, request, report } = scene
  await act.requests.create(PEOPLE.referrer, {
    ...FORM,
    studies: [],
    patient: { ...FORM.patient, id: 'P7', family: 'AUTRE' },
    context: 'autre',
    question: 'autre ?',
  })
  await seal(scene)
  await later(scene)
  await scene.sealing.closeYears()
  const head = await act.journal.head()
  const before = verified(scene)
  t.true(before.ok, JSON.stringify(before.list))
  const volume = join(act.folder, 'archive', '2026.sqlite')
  const digest = (path: string) => createHash('sha256').update(readFileSync(path)).digest('hex')
  const closed = digest(volume)
  const files = objectsIn(act.folder).length
  // Both acts of the patient: only then the study belongs to nobody.
  for (const one of await acts(scene)) await destroying.run(await confirmed(scene, one))

  const after = verified(scene)
  t.deepEqual(after.list, [])
  t.true(after.ok && after.entries > head)
  t.is(after.destroyed.length, 2)
  t.true(after.destroyed.every(({ done }) => done))
  t.is((await archive.known(request)) ?? null, null)
  await t.throwsAsync(archive.bundle(request, keeper.origin), { message: /destroyed by certificate dst_/ })
  for (const table of ['reports', 'report_versions', 'studies', 'instances', 'patients', 'transfers'])
    t.is(await count(scene, table), 0, table)
  t.is(await count(scene, 'requests'), 1)
  t.deepEqual(await naming(scene, request), KEPT)
  t.is(objectsIn(act.folder).length, files - 4, 'two images and the pages of both versions')
  t.is(await count(scene, 'destroyed_files'), 0)
  t.is(await count(scene, 'objects'), objectsIn(act.folder).length)
  const [row] = after.destroyed
  const { signed } = await destructions.certificate(row?.certificate ?? '')
  const certificate = checked(signed)
  t.like(certificate, {
    law: 'CSP R.1112-7',
    request,
    proposedBy: { name: 'Mme Archive' },
    confirmedBy: { name: 'M. Second' },
  })
  t.is(certificate?.volumes[0]?.before, closed)
  t.true((certificate?.erased.length ?? 0) > 5)
  t.is(checked({ ...signed, text: signed.text.replace('Mme Archive', 'M. Autre') }), undefined)
  t.is(digest(volume), (await scene.successors.digest(2026)) ?? '')
  t.is(statSync(volume).mode & 0o222, 0, 'nobody writes into a successor')
  const facts = await act.journal.read({ subject: request, limit: 1000 })
  t.true(facts.length > 5)
  t.true(
    facts.every(({ body, type }) => body === null || /^(destruction-|bodies-erased|act-sealed)/.test(type)),
  )
  t.is((await act.journal.read({ subject: report })).filter(({ body }) => body !== null).length, 0)
  const state = await sql<{
    n: number
  }>`SELECT sum(n) AS n FROM request_tallies WHERE relation = 'own'`.execute(act.db.sql<object>())
  t.is(state.rows[0]?.n, 1, 'the numbers on the lists are right')

  // Not a byte: in the database, its log, the volumes and the objects.
  await act.db.write(async () => undefined)
  await act.db.backup(join(act.folder, 'copy.db'))
  rmSync(join(act.folder, 'archive', 'certificates'), { recursive: true })
  for (const path of [join(act.folder, 'copy.db'), volume, ...objectsIn(act.folder)])
    t.false(CANARY.test(readFileSync(path, 'utf8')), path)
})

test('images another act still names stay with it, images that were promised stay for ever, and the certificate says so', async t => {
  const scene = t.context
  const { act, destroying, request } = scene
  await later(scene)
  const [, other = ''] = await acts(scene)
  const first = await confirmed(scene, request)
  await destroying.run(first)
  t.is(await count(scene, 'instances'), 2)
  const said = JSON.parse((await destroying.one(first))?.certificate ?? '') as { stay: { why: string }[] }
  t.deepEqual(
    said.stay.map(({ why }) => why),
    ['other-act'],
  )
  await act.db.write(async tx => {
    const run = (text: string) => sql.raw(text).execute(tx.sql())
    await run(
      "INSERT INTO commitment_requests VALUES ('cmr_1', 'nord-pacs', '2.25.9', 'keeper', 'reported', 'a', 1, 1, 1, NULL)",
    )
    await run("INSERT INTO holds SELECT id, 'cmr_1', 1 FROM instances LIMIT 1")
  })
  const last = await confirmed(scene, other)
  await destroying.run(last)
  t.is(await count(scene, 'instances'), 2)
  t.is(await count(scene, 'requests'), 0)
  t.true((await destroying.one(last))?.certificate?.includes('"why":"promised"'))
  t.deepEqual(verified(scene).list, [])
})

test('the images of an act have a clock of their own: they go alone, and the record stays', async t => {
  const scene = t.context
  const { act, destroying, marks, archive, request, retention } = scene
  await marks.setPolicy(
    keeper.who,
    'nord',
    { recordYears: 30, imageYears: 5, reason: 'copies du PACS' },
    keeper.origin,
  )
  await later(scene)
  const [, other = ''] = await acts(scene)
  t.like(await retention.ofAct(request), { images: 2, imageHolds: [] })
  // The other act names the same study: it goes first.
  await marks.setPolicy(
    keeper.who,
    'nord',
    { recordYears: 20, imageYears: 5, reason: 'essai' },
    keeper.origin,
  )
  await destroying.run(await confirmed(scene, other))
  await destroying.run(await confirmed(scene, request, 'images'))
  t.is(await count(scene, 'instances'), 0)
  const index = await archive.read(request, keeper.origin)
  t.is(index.reports.length, 2)
  t.true(index.reports.every(({ intact, files }) => intact && files.pdf !== null))
  t.is(index.studies[0]?.StudyInstanceUID, STUDY)
  t.deepEqual(index.studies[0]?.instances, [])
  t.deepEqual(verified(scene).list, [])
  await destroying.run(await confirmed(scene, request))
  t.is(await count(scene, 'requests'), 0)
  t.deepEqual(verified(scene).list, [])
  t.is(act.clock.now() > 0, true)
})

test('a volume that was changed is not succeeded: nothing is destroyed, and a person is told', async t => {
  const scene = t.context
  const { act, destructions, request, archive } = scene
  await seal(scene)
  await later(scene)
  await scene.sealing.closeYears()
  const id = await confirmed(scene, request)
  const volume = join(act.folder, 'archive', '2026.sqlite')
  const bytes = readFileSync(volume)
  rmSync(volume)
  const run = () => destructions.handler.run({ body: { destruction: id } } as never)
  t.like(await run(), { result: 'permanent' })
  writeFileSync(volume, Buffer.concat([bytes, Buffer.alloc(1)]))
  t.like(await run(), { result: 'permanent' })
  t.not(await archive.known(request), undefined)
  writeFileSync(volume, bytes)
  t.like(await run(), { result: 'done' })
  t.is(await archive.known(request), undefined)
  t.deepEqual(verified(scene).list, [])
})

test('data from before the destruction obey its certificate: what was destroyed stays destroyed', async t => {
  const scene = t.context
  const { act, destroying, request } = scene
  await seal(scene)
  await later(scene)
  await scene.sealing.closeYears()
  // Proposed already when the copy was made: the certificate bears the same name.
  const proposal = { id: request, reference: 'N-0001', site: 'nord' }
  const asked = { what: 'act' as const, reason: 'délai écoulé' }
  const { id } = await scene.destructions.propose(keeper.who, proposal, asked, keeper.origin)
  const old = join(act.folder, '..', `${act.folder.split('/').at(-1)}-old`)
  t.teardown(() => rmSync(old, { recursive: true, force: true }))
  await act.db.backup(join(act.folder, 'relais.copy'))
  cpSync(act.folder, old, { recursive: true })
  // Newer Nodes give a copied folder the usual mode, and keys lie only where nobody else may look.
  chmodSync(join(old, 'keys'), 0o700)
  rmSync(join(old, 'relais.db'))
  for (const tail of ['-wal', '-shm']) rmSync(join(old, `relais.db${tail}`), { force: true })
  cpSync(join(act.folder, 'relais.copy'), join(old, 'relais.db'))
  await scene.destructions.confirm(second.who, id, second.origin)
  await destroying.run(id)
  cpSync(join(act.folder, 'archive', 'certificates'), join(old, 'archive', 'certificates'), {
    recursive: true,
  })
  const db = openDatabase({ file: join(old, 'relais.db'), migrations, clock: act.clock })
  const { openJournal } = await import('../../node/journal/journal.js')
  const { openObjects } = await import('../../node/objects/objects.js')
  const objects = await openObjects({
    ...{ db, clock: act.clock, folder: join(old, 'objects'), run: 'again' },
    ...{ bucketFiles: 100, freeBytesMin: 0 },
  })
  const restored = await openDestruction({
    act: { ...act, db, objects, folder: old, journal: openJournal({ db, clock: act.clock }) },
  })
  t.is(await restored.destructions.replayNow(), 1)
  t.is(await restored.destructions.replayNow(), 0, 'once')
  const [again] = await restored.destructions.list(keeper.who)
  t.like(again, { state: 'done', proposedBy: 'Mme Archive', confirmedBy: 'M. Second' })
  t.truthy(again?.replays)
  t.like(verified(scene, old), { ok: true, list: [] })
  t.is(await restored.retention.ofAct(request), undefined)
  // A certificate nobody signed, or of another journal, destroys nothing.
  const folder = join(old, 'archive', 'certificates')
  const [name = ''] = readdirSync(folder)
  const forged = JSON.parse(readFileSync(join(folder, name), 'utf8')) as { text: string }
  const [, other = ''] = await acts(scene, false)
  writeFileSync(
    join(folder, 'relais-destruction-dst_9.json'),
    JSON.stringify({ ...forged, text: forged.text.replaceAll(request, other) }),
  )
  t.is(await restored.destructions.replayNow(), 0)
  await db.close()
})

/** The tables in which something names the act; of all that have a column for it. */
async function naming({ act }: Scene, request: string): Promise<string[]> {
  const { rows: tables } = await sql<{ name: string }>`SELECT m.name FROM sqlite_schema m
    JOIN pragma_table_info(m.name) c ON c.name = 'request' WHERE m.type = 'table' ORDER BY m.name`.execute(
    act.db.sql<object>(),
  )
  const found: string[] = []
  for (const { name } of tables) {
    const { rows } = await sql`SELECT 1 FROM ${sql.table(name)} WHERE request = ${request} LIMIT 1`.execute(
      act.db.sql<object>(),
    )
    if (rows.length > 0) found.push(name)
  }
  return found
}

/** Both acts of the story, the one that was read first. */
async function acts(scene: Scene, both = true): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`SELECT id FROM requests
    WHERE json_extract(form, '$.patient.id') = 'P1' ORDER BY id`.execute(scene.act.db.sql<object>())
  const ids = rows.map(({ id }) => id)
  return both ? ids : [scene.request, ...ids]
}

const objectsIn = (folder: string): string[] =>
  existsSync(join(folder, 'objects'))
    ? readdirSync(join(folder, 'objects')).flatMap(bucket =>
        readdirSync(join(folder, 'objects', bucket))
          .filter(name => !name.startsWith('.'))
          .map(name => join(folder, 'objects', bucket, name)),
      )
    : []
