import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { sql } from 'kysely'
import { manualClock } from '../../node/clock.js'
import { openDatabase } from '../../node/database.js'
import { readHeader } from '../../node/dicom/format/header.js'
import { fileHeader, readFileHeader } from '../../node/dicom/format/part10.js'
import { rejectionNote } from '../../node/dicom/format/rejection-note.js'
import { SOPClass } from '../../node/dicom/uids.js'
import { openDecisionRows } from '../../node/imports/decision-rows.js'
import { importMigrations } from '../../node/imports/schema.js'
import type { ImportFileView, ImportView } from '../../node/imports/view.js'
import { eventually } from '../support/children.js'
import { technician } from '../support/desk.js'
import { makeDisc, makeZip } from '../support/discs.js'
import { openNode, peerOf, SITES, type TestNode, temporary } from '../support/node.js'
import { openLyingPacs } from '../support/pacs-engine.js'
import { person } from '../support/people.js'
import { studyUid, writePhantom, ZOE } from '../support/phantoms.js'

const CONTRACTS = [
  {
    id: 'nord-lecture',
    requesting: 'nord',
    reading: 'lecture',
    modalities: ['CT'],
    kinds: ['reading', 'opinion'],
    urgencies: ['emergency', 'urgent', 'routine'],
  },
]
const PRESET = { id: 'cd-nord', site: 'nord', to: ['nord-pacs'] }
const RIGHT = {
  PatientID: 'N-42',
  IssuerOfPatientID: 'NORD',
  PatientName: 'ESSAI^Zoé',
  PatientBirthDate: '19700514',
  PatientSex: 'F',
}
const WRONG = { ...RIGHT, PatientID: 'N-77', PatientName: 'ESSAI^Zoa', PatientBirthDate: '19700515' }

async function house(t: ExecutionContext, more: Partial<Parameters<typeof openLyingPacs>[1]> = {}) {
  const pacs = await openLyingPacs(t, { aeTitle: 'NORDPACS', lie: () => undefined, finds: true, ...more })
  const node = await openNode(t, {
    network: {
      sites: SITES,
      contracts: CONTRACTS,
      peers: [peerOf('nord-pacs', 'nord', 'NORDPACS', pacs.port)],
      presets: [PRESET],
    },
  })
  return { pacs, node, desk: await technician(node) }
}

type Desk = Awaited<ReturnType<typeof technician>>

/** A disc of these files is uploaded and read. */
async function brought(t: ExecutionContext, desk: Desk, files: readonly { file: string }[]) {
  const folder = temporary(t)
  await makeDisc(join(folder, 'disc'), files, { dicomdir: false })
  await makeZip(join(folder, 'disc'), join(folder, 'disc.zip'))
  const upload = await desk.upload(readFileSync(join(folder, 'disc.zip')), 'disc.zip')
  const begun = await desk.call<ImportView>('POST', '/api/imports', {
    upload,
    preset: 'cd-nord',
    site: 'nord',
  })
  t.is(begun.status, 201, JSON.stringify(begun.body))
  return desk.settled(begun.body.id, 'inventoried')
}

const seriesOf = (disc: ImportView, studies?: readonly string[]) =>
  disc.studies
    .filter(({ StudyInstanceUID }) => studies?.includes(StudyInstanceUID) ?? true)
    .flatMap(({ series }) => series.map(each => each.SeriesInstanceUID))

const decide = (desk: Desk, disc: ImportView, more: object, person = disc.people[0]) =>
  desk.call<ImportView>('POST', `/api/imports/${disc.id}/decision`, {
    candidate: 'new',
    identity: RIGHT,
    series: seriesOf(disc, person?.studies),
    reason: 'dit par le test',
    ...more,
  })

const withdraw = (desk: Desk, disc: ImportView, reason = 'mauvaise personne choisie') =>
  desk.call<ImportView>('POST', `/api/imports/${disc.id}/people/${disc.people[0]?.id}/withdrawal`, { reason })

/** Images the node shows of a study. */
async function shown(node: TestNode, uid: string): Promise<number> {
  const [study] = await node.services.studies.byUid(uid)
  const images = study === undefined ? [] : await node.services.studies.instances(study.id)
  return images.filter(each => !each.withdrawn && !each.madeHere).length
}

/** What one side waits for until the other opens it. */
function latch() {
  let open: () => void = () => undefined
  const opened = new Promise<void>(resolve => {
    open = resolve
  })
  return { opened, open: () => open() }
}

const notesIn = (pacs: { held: ReadonlyMap<string, { record: Record<string, string> }> }) =>
  [...pacs.held.values()].filter(
    ({ record }) => record['SOPClassUID'] === SOPClass.KeyObjectSelectionDocumentStorage,
  )

test('a wrong reconciliation is taken back: withdrawn here, recalled at the PACS, and the same disc is right a minute later', async t => {
  const { pacs, node, desk } = await house(t)
  const scratch = temporary(t)
  const { uid, files } = writePhantom(scratch, 'undone', {
    images: 3,
    patient: { ...ZOE, PatientName: 'ESSAI^ZOE', PatientID: 'X-9' },
  })
  const disc = await brought(t, desk, files)
  t.is((await decide(desk, disc, { identity: WRONG })).status, 200)
  const wrong = await desk.settled(disc.id, 'done')
  t.deepEqual(wrong.people[0]?.may, ['withdraw'])
  t.is(pacs.held.size, 3)

  const stranger = await technician(node, 'sud')
  t.is((await withdraw(stranger, disc)).status, 404, 'another site’s disc is missing')
  const reader = await person(t, node, 'first')
  t.not(
    (
      await reader.post(`/api/imports/${disc.id}/people/${disc.people[0]?.id}/withdrawal`, {
        reason: 'essai encore',
      })
    ).status,
    200,
  )
  t.is((await withdraw(desk, disc, 'hm')).status, 422, 'a reason says something')

  const both = await Promise.all([withdraw(desk, disc), withdraw(desk, disc)])
  t.deepEqual(both.map(({ status }) => status).sort(), [200, 409], 'of two desks one takes it back')
  t.is(await shown(node, uid), 0)
  const undone = await eventually(
    'the recall is confirmed',
    async () => {
      const { body } = await desk.call<ImportView>('GET', `/api/imports/${disc.id}`)
      const [holder] = body.people[0]?.withdrawals[0]?.recalls[0]?.holders ?? []
      return holder?.state === 'confirmed' ? body : undefined
    },
    60_000,
  )
  t.is(undone.state, 'entered-in-error')
  t.deepEqual(undone.people[0]?.may, ['decide'])
  t.like(undone.people[0]?.withdrawals[0], {
    images: 3,
    by: 'Zoé Technicienne',
    reason: 'mauvaise personne choisie',
    decision: { identity: WRONG },
  })
  const [note] = notesIn(pacs)
  t.like(note?.record, { PatientID: 'N-77', StudyInstanceUID: uid })
  t.deepEqual(
    (await node.facts('instances-withdrawn')).map(({ body }) => [body?.['code'], body?.['instances']]),
    [['113037', 3]],
  )
  t.like((await node.facts('import-withdrawn'))[0]?.body, {
    instances: 3,
    reason: 'mauvaise personne choisie',
  })

  // The same disc, the right person: other UIDs, which the note does not strike.
  t.is((await decide(desk, undone, { identity: RIGHT })).status, 200)
  const right = await desk.settled(disc.id, 'done')
  const again = right.studies[0]?.hereAs ?? ''
  t.not(again, uid)
  t.is(await shown(node, again), 3)
  t.is(await shown(node, uid), 0)
  t.is(right.destinations[0]?.confirmed, 3)
  const images = [...pacs.held].filter(([, { record }]) => record['StudyInstanceUID'] === again)
  t.is(images.length, 3)
  for (const [instance, { record }] of images) {
    t.is(record['PatientID'], 'N-42')
    t.false(files.some(({ sopInstanceUID }) => sopInstanceUID === instance))
  }
  const [study] = await node.services.studies.byUid(again)
  for (const image of await node.services.studies.instances(study?.id ?? '')) {
    const path = node.services.objects.path({ bucket: image.bucket, name: image.object })
    const file = readFileHeader(readFileSync(path))
    const header = await readHeader(path, file)
    t.is(file.sopInstanceUID, header.text('SOPInstanceUID'))
    const [modified] =
      header.sequence('OriginalAttributesSequence')[0]?.sequence('ModifiedAttributesSequence') ?? []
    t.is(modified?.text('StudyInstanceUID'), uid)
    t.is(modified?.text('PatientName'), 'ESSAI^ZOE')
  }

  // Brought once more it is the same right study, not a third one.
  const twice = await brought(t, desk, files)
  t.is((await decide(desk, twice, { identity: RIGHT })).status, 200)
  const same = await desk.settled(twice.id, 'done', 'sending')
  t.is(same.studies[0]?.hereAs, again)
})

test('undone while it is on its way: what waits is not sent, and the PACS that holds some of it hears of it; one that takes no note is a named task', async t => {
  const reached = latch()
  const gate = latch()
  const { pacs, node, desk } = await house(t, {
    before: async number => {
      if (number !== 2) return
      reached.open()
      await gate.opened
    },
    lie: number => (number > 2 ? 'never' : undefined),
  })
  const { uid, files } = writePhantom(temporary(t), 'moving', { images: 4 })
  const disc = await brought(t, desk, files)
  t.is((await decide(desk, disc, { identity: WRONG })).status, 200)
  await reached.opened
  t.is((await desk.call<ImportView>('GET', `/api/imports/${disc.id}`)).body.state, 'sending')
  t.is((await withdraw(desk, disc)).status, 200)
  gate.open()
  const view = await eventually(
    'a task for a person',
    async () => {
      const { body } = await desk.call<ImportView>('GET', `/api/imports/${disc.id}`)
      const [holder] = body.people[0]?.withdrawals[0]?.recalls[0]?.holders ?? []
      return holder?.task === undefined ? undefined : body
    },
    60_000,
  )
  const recall = view.people[0]?.withdrawals[0]?.recalls[0]
  t.is(recall?.holders[0]?.peer, 'nord-pacs')
  t.deepEqual(recall?.may, ['done'])
  t.is(notesIn(pacs).length, 0)
  t.is(await shown(node, uid), 0)
  const done = await desk.call('POST', `/api/rejections/${recall?.id}/done`, { peer: 'nord-pacs' })
  t.is(done.status, 200)
  const { body: after } = await desk.call<ImportView>('GET', `/api/imports/${disc.id}`)
  t.is(after.people[0]?.withdrawals[0]?.recalls[0]?.holders[0]?.task?.doneBy, 'Zoé Technicienne')
  t.is(after.state, 'entered-in-error')
})

test('two people on one disc are decided on one after the other, one not taken with a reason; what is no image of theirs is said', async t => {
  const { pacs, node, desk } = await house(t)
  const scratch = temporary(t)
  const zoe = writePhantom(scratch, 'zoe', { images: 3 })
  const other = writePhantom(scratch, 'other', {
    images: 2,
    patient: {
      PatientName: 'AUTRE^Personne',
      PatientID: 'P-2',
      PatientBirthDate: '19331224',
      PatientSex: 'M',
    },
  })
  // One image of Zoé's study names somebody else, one is withdrawn by a note on the disc.
  const stray = writePhantom(scratch, 'stray', {
    images: 4,
    StudyInstanceUID: zoe.uid,
    patient: { PatientName: 'INTRUS^Ian', PatientID: 'P-3', PatientBirthDate: '19500101', PatientSex: 'M' },
  }).files.slice(3)
  const [rejected] = zoe.files
  const made = rejectionNote({
    code: '113001',
    text: 'floue',
    references: [
      {
        StudyInstanceUID: zoe.uid,
        SeriesInstanceUID: '2.25.1',
        sopClassUID: rejected?.sopClassUID ?? '',
        sopInstanceUID: rejected?.sopInstanceUID ?? '',
      },
    ],
    patient: ZOE,
    study: {
      StudyInstanceUID: zoe.uid,
      StudyDate: '20261124',
      StudyTime: '',
      StudyID: '',
      AccessionNumber: '',
      ReferringPhysicianName: '',
      StudyDescription: '',
    },
    observer: 'EXEMPLE^Alex',
    institutionName: 'Clinique (fictive)',
    contentDate: '20261124',
    contentTime: '090000',
    uids: { SOPInstanceUID: studyUid('note on disc'), SeriesInstanceUID: studyUid('its series') },
  })
  const note = join(scratch, 'note.dcm')
  writeFileSync(note, Buffer.concat([fileHeader(made), made.dataset]))
  const disc = await brought(t, desk, [...zoe.files, ...other.files, ...stray, { file: note }])
  t.like(disc.verdicts, { readable: 4, 'other-patient': 1, rejected: 1, 'rejection-note': 1 })
  t.is(disc.people.length, 2)
  const [first, second] = [zoe.uid, other.uid].map(uid =>
    disc.people.find(({ studies }) => studies.includes(uid)),
  )
  t.is(first?.identity.PatientName, 'ESSAI^Zoé')
  t.is(
    (await decide(desk, disc, { series: seriesOf(disc) })).status,
    422,
    'two people are never one decision',
  )

  t.is((await decide(desk, disc, {}, first)).status, 200)
  const half = await eventually(
    'the first is done',
    async () => {
      const { body } = await desk.call<ImportView>('GET', `/api/imports/${disc.id}`)
      return body.people.some(({ state }) => state === 'done') ? body : undefined
    },
    60_000,
  )
  t.is(half.state, 'inventoried', 'somebody is left to decide on')
  t.is((await desk.call('POST', `/api/imports/${disc.id}/cancel`)).status, 409)
  const path = `/api/imports/${disc.id}/people/${second?.id}/left`
  t.is((await desk.call('POST', path, { reason: 'pas de nos patients' })).status, 200)
  t.is((await desk.call('POST', path, { reason: 'pas de nos patients' })).status, 409)
  const left = await desk.settled(disc.id, 'done')
  t.like(
    left.people.find(({ id }) => id === second?.id),
    { state: 'not-taken', reason: 'pas de nos patients', may: ['decide'] },
  )
  t.is(pacs.held.size, 2, 'two of Zoé: neither the stray nor the withdrawn one')

  // A change of mind, with an identity of its own.
  const identity = {
    ...RIGHT,
    PatientID: 'N-90',
    PatientName: 'AUTRE^Personne',
    PatientBirthDate: '19331224',
    PatientSex: 'M',
  }
  t.is((await decide(desk, left, { identity }, second)).status, 200)
  const all = await desk.settled(disc.id, 'done')
  t.deepEqual(
    all.people.map(({ state }) => state),
    ['done', 'done'],
  )
  t.deepEqual(all.people.map(({ taken }) => taken).sort(), [2, 2])
  t.deepEqual([...pacs.held.values()].map(({ record }) => record['PatientID']).sort(), [
    'N-42',
    'N-42',
    'N-90',
    'N-90',
  ])

  // Brought again: the same content is here already, under whatever identity; other content under its UID is a conflict.
  const twin = writePhantom(scratch, 'twin', {
    images: 2,
    StudyInstanceUID: other.uid,
    StudyTime: '110000',
    patient: {
      PatientName: 'AUTRE^Personne',
      PatientID: 'P-2',
      PatientBirthDate: '19331224',
      PatientSex: 'M',
    },
  })
  const again = await brought(t, desk, [...zoe.files.slice(1), ...twin.files.slice(1)])
  t.like(again.verdicts, { 'already-here': 2, conflict: 1 })
  const { body: faults } = await desk.call<{ items: ImportFileView[] }>(
    'GET',
    `/api/imports/${again.id}/files?only=faults`,
  )
  t.deepEqual(
    faults.items.map(({ verdict }) => verdict),
    ['conflict'],
  )
  t.is((await node.facts('import-person-left')).length, 1)
})

test('earlier studies of a disc are shown beside the request and keep their own numbers; today’s alone gets the order’s', async t => {
  const { pacs, node, desk } = await house(t)
  const scratch = temporary(t)
  const today = writePhantom(scratch, 'today', { images: 1, AccessionNumber: 'AILLEURS1' })
  const before = writePhantom(scratch, 'before', {
    images: 1,
    StudyDate: '20240312',
    AccessionNumber: 'AILLEURS2',
  })
  const referrer = await person(t, node, 'referrer')
  const asked = await referrer.post<{ id: string }>('/api/requests', {
    kind: 'reading',
    urgency: 'routine',
    site: 'nord',
    modality: 'CT',
    region: 'Crâne',
    question: 'Hémorragie ?',
    requester: { name: 'Dr Exemple', phone: '+33 1 00 00 00 00' },
    patient: { id: 'N-42', issuer: 'NORD', family: 'ESSAI', given: 'Zoé', birthDate: '1970-05-14', sex: 'F' },
    accession: 'NORD-7',
    studies: [],
    identityCheckedBy: 'M. Témoin',
    consent: { given: true },
    submit: true,
  })
  t.is(asked.status, 201, JSON.stringify(asked.body))
  const disc = await brought(t, desk, [...today.files, ...before.files])
  const said = { candidate: 'request', request: asked.body.id, accession: 'NORD-7' }
  t.is((await decide(desk, disc, said)).status, 422, 'which of the two is the order’s must be said')
  t.is((await decide(desk, disc, { ...said, today: today.uid })).status, 200)
  await desk.settled(disc.id, 'done')
  const numbers = Object.fromEntries(
    [...pacs.held.values()].map(({ record }) => [record['StudyInstanceUID'], record['AccessionNumber']]),
  )
  t.deepEqual(numbers, { [today.uid]: 'NORD-7', [before.uid]: 'AILLEURS2' })
  const priors = await referrer.get<{ items: { StudyInstanceUID: string; here: boolean }[] }>(
    `/api/requests/${asked.body.id}/priors`,
  )
  t.deepEqual(
    priors.body.items.map(({ StudyInstanceUID, here }) => [StudyInstanceUID, here]),
    [[before.uid, true]],
  )

  // Taken back: whoever asked hears that these images are not to be relied on, once for all of them.
  t.is((await withdraw(desk, disc)).status, 200)
  const noticed = await eventually('the requester is told', async () => {
    const { body } = await referrer.get<{ items: { kind: string; request?: string }[] }>('/api/notices')
    const found = body.items.filter(({ kind }) => kind === 'images-withdrawn')
    return found.length > 0 ? found : undefined
  })
  t.deepEqual(
    noticed.map(({ request }) => request),
    [asked.body.id],
  )
})

test('what was decided about discs before people were decided on one by one is a decision about the right person', async t => {
  const file = join(temporary(t), 'db')
  const at = importMigrations.findIndex(({ name }) => name === 'imports-3')
  const others = {
    name: 'others-1',
    sql: ['sites', 'studies', 'rejections']
      .map(table => `CREATE TABLE ${table} (id TEXT PRIMARY KEY) STRICT;`)
      .concat('CREATE TABLE objects (name TEXT PRIMARY KEY) STRICT;')
      .join('\n'),
  }
  const clock = manualClock(0)
  const before = openDatabase({ file, migrations: [others, ...importMigrations.slice(0, at)], clock })
  const study = (uid: string, PatientID: string, series: string) => ({
    uid,
    study: JSON.stringify({
      StudyInstanceUID: uid,
      identity: { PatientID },
      series: [{ SeriesInstanceUID: series }],
    }),
  })
  const decision = JSON.stringify({ candidate: 'keep', series: ['2.2'] })
  await before.write(async tx => {
    await sql`INSERT INTO sites VALUES ('nord')`.execute(tx.sql())
    for (const [id, state, said] of [
      ['imp_done', 'done', decision],
      ['imp_sending', 'sending', decision],
      ['imp_failed', 'failed', decision],
      ['imp_paper', 'done', JSON.stringify({ candidate: 'new', series: [] })],
      ['imp_open', 'inventoried', null],
    ] as const) {
      await sql`INSERT INTO imports (id, site, state, path, name, label, origin, by_name, created_at, decided_at, decided_by,
        decided_origin, bytes_total, bytes_there, files, decision, cleaned) VALUES (${id}, 'nord', ${state}, '', '', '', '{"by":"command"}',
        'Zoé', 1, ${said === null ? null : 7}, ${said === null ? null : 'Alex'}, ${said === null ? null : '{"by":"account"}'}, 0, 0, 0, ${said}, 0)`.execute(
        tx.sql(),
      )
      // The first two studies show one person; what was taken is of the other.
      for (const each of [study('1.1', 'A', '1.9'), study('1.2', 'B', '2.1'), study('1.3', 'B', '2.2')])
        await sql`INSERT INTO import_studies (import, uid, study) VALUES (${id}, ${each.uid}, ${each.study})`.execute(
          tx.sql(),
        )
    }
  })
  before.close()
  const after = openDatabase({ file, migrations: [others, ...importMigrations], clock })
  t.teardown(() => after.close())
  const rows = await openDecisionRows(after).of('imp_done')
  t.like(rows, [
    { id: 'dec_done', person: '1.2', state: 'done', decision, decided_at: 7, decided_by: 'Alex', why: null },
  ])
  const told = async (id: string) =>
    (await openDecisionRows(after).of(id)).map(({ person, state }) => [person, state])
  t.deepEqual(await told('imp_sending'), [['1.2', 'sending']])
  t.deepEqual(await told('imp_failed'), [['1.2', 'failed']])
  t.deepEqual(await told('imp_paper'), [['0', 'done']])
  t.deepEqual(await told('imp_open'), [])
})
