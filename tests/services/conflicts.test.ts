import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { manualClock, systemClock } from '../../node/clock.js'
import { openDatabase } from '../../node/database.js'
import { studyAttributes } from '../../node/dicom/format/attributes.js'
import { readHeaderSync } from '../../node/dicom/format/header.js'
import { fileHeader } from '../../node/dicom/format/part10.js'
import { type PhantomInstance, type PhantomOptions, phantomStudy } from '../../node/dicom/format/phantom.js'
import { openIds } from '../../node/ids.js'
import { openJournal } from '../../node/journal/journal.js'
import { dicomObjectName } from '../../node/objects/name.js'
import { openObjects } from '../../node/objects/objects.js'
import { migrations } from '../../node/program/migrations.js'
import { stateChecks } from '../../node/program/state-checks.js'
import { verifyFile } from '../../node/program/verification.js'
import { openSites } from '../../node/sites/sites.js'
import { type Comparer, openComparer } from '../../node/studies/comparer.js'
import { openComparisons } from '../../node/studies/comparisons.js'
import { openConflicts } from '../../node/studies/conflicts.js'
import { openReceive } from '../../node/studies/receive.js'
import type { Summary } from '../../node/studies/rules.js'
import { openStudies } from '../../node/studies/studies.js'
import { SITES, temporary } from '../support/node.js'
import { digestOf, studyUid, ZOE } from '../support/phantoms.js'

const BY = { by: 'command', user: 'test' } as const
const IMPLICIT = '1.2.840.10008.1.2'

/** The door of images with real files, and the comparison in its own process. */
async function house(t: ExecutionContext, options: { comparer?: Comparer } = {}) {
  const folder = temporary(t)
  const clock = systemClock()
  const db = openDatabase({ file: join(folder, 'db'), migrations, clock })
  t.teardown(() => db.close())
  const journal = openJournal({ db, clock })
  await db.write(tx => openSites({ db, clock, journal }).apply(tx, { sites: SITES }, BY))
  const objects = await openObjects({
    db,
    clock,
    folder: join(folder, 'objects'),
    run: 'test',
    bucketFiles: 5000,
    freeBytesMin: 0,
  })
  const ids = openIds(clock)
  const troubles: string[] = []
  const comparisons = openComparisons({
    db,
    clock,
    ids,
    journal,
    objects,
    comparer: options.comparer ?? openComparer(),
    onTrouble: reason => troubles.push(reason),
  })
  t.teardown(() => comparisons.close())
  const receive = openReceive({ db, clock, ids, journal, objects, onBeside: comparisons.wake })
  const studies = openStudies({ db, clock, journal })
  const conflicts = openConflicts({
    db,
    clock,
    ids,
    journal,
    issuerOf: site => site.toUpperCase(),
    onPending: comparisons.wake,
  })
  comparisons.start()

  /** What a sender brings: durable first, then its row. */
  const arrive = async (image: PhantomInstance, association = 'one') => {
    const head = fileHeader(image)
    const name = dicomObjectName(digestOf(image.dataset), image.transferSyntaxUID)
    const written = await objects.write(image.dataset, head, () => name)
    const header = readHeaderSync(image.dataset, {
      datasetOffset: 0,
      transferSyntaxUID: image.transferSyntaxUID,
    })
    const { result } = await receive.receive({
      object: {
        name,
        bucket: written.bucket,
        bytes: written.bytes,
        datasetOffset: head.length,
        sha256: written.sha256,
        transferSyntaxUID: image.transferSyntaxUID,
        mediaType: 'application/dicom',
      },
      sopClassUID: image.sopClassUID,
      attributes: studyAttributes(header),
      source: {
        id: 'nord-pacs',
        site: 'nord',
        issuer: 'NORD',
        madeHere: false,
        association,
        callingAETitle: 'NORDPACS',
        calledAETitle: 'RELAIS',
        address: '192.0.2.1',
      },
    })
    return result
  }
  const study = async (uid: string) => (await studies.byUid(uid))[0] ?? t.fail('no study')
  const open = async () => (await conflicts.list({ open: true, limit: 50 })).items
  const images = async (uid: string) => studies.instances((await study(uid)).id)
  const decide = (id: string, decision: 'accept' | 'keep') =>
    db.write(tx => conflicts.decide(tx, id, { decision, reason: 'checked with the site', by: 'Régis' }, BY))
  return {
    db,
    journal,
    receive,
    studies,
    comparisons,
    conflicts,
    arrive,
    study,
    open,
    images,
    decide,
    troubles,
  }
}

function study(name: string, more: Partial<PhantomOptions> = {}): PhantomInstance[] {
  return [
    ...phantomStudy({
      kind: 'ct-head',
      patient: ZOE,
      StudyInstanceUID: studyUid(name),
      StudyDate: '20261124',
      StudyTime: '024000',
      rows: 16,
      images: 3,
      ...more,
    }),
  ]
}

const CORRECTED = { ...ZOE, PatientName: 'ESSAI-CORRIGE^Zoé' }

/** Another pixel somewhere. */
function repainted(image: PhantomInstance): PhantomInstance {
  const dataset = Buffer.from(image.dataset)
  dataset.writeUInt16LE(dataset.readUInt16LE(dataset.length - 2) ^ 0xff, dataset.length - 2)
  return { ...image, dataset }
}

const summary = (conflict: { differences: string }) => JSON.parse(conflict.differences) as Summary

test('the same values in another writing are noted, ask nobody anything, and the first stays master', async t => {
  const { arrive, open, images, comparisons, journal, receive } = await house(t)
  const first = study('writings')
  const uid = studyUid('writings')
  for (const image of first) t.is(await arrive(image), 'stored')
  const again = study('writings', { transferSyntaxUID: IMPLICIT, preferLatin1: true })
  for (const image of again) t.is(await arrive(image, 'two'), 'beside')
  await comparisons.settled()
  t.deepEqual(await open(), [])
  t.true((await images(uid)).every(image => !image.withheld && image.transferSyntaxUID !== IMPLICIT))
  const [compared] = await journal.read({ types: ['study-compared'] })
  t.true(Number(compared?.body?.['alternatives']) >= 1)
  for (const image of again) t.is(await arrive(image, 'three'), 'duplicate', 'known by now')
  await receive.settleQuiet(0)
  t.deepEqual((await journal.read({ types: ['instance-conflict'] })).length, 0)
})

test('until it is compared, neither the newcomer nor what it disagrees with leaves', async t => {
  const held: ((answer: { failed: string }) => void)[] = []
  const comparer: Comparer = { compare: () => new Promise(resolve => held.push(resolve)), close: () => {} }
  const { arrive, images, comparisons, open, troubles } = await house(t, { comparer })
  const [image] = study('waiting') as [PhantomInstance]
  await arrive(image)
  await arrive(repainted(image), 'two')
  t.deepEqual(
    (await images(studyUid('waiting'))).map(({ withheld }) => withheld),
    [true],
  )
  while (held.length === 0) await new Promise(setImmediate)
  // What cannot be compared is never called the same.
  held[0]?.({ failed: 'killed' })
  await comparisons.settled()
  t.like(await open(), [{ kind: 'pixels', instances: 1 }])
  t.deepEqual(troubles, ['a pair was not compared: killed'])
})

test('other pixels under a known UID are a conflict: both are kept, neither leaves, a person keeps the first', async t => {
  const { arrive, open, images, comparisons, conflicts, decide, journal } = await house(t)
  const [image, other] = study('pixels') as [PhantomInstance, PhantomInstance]
  const uid = studyUid('pixels')
  await arrive(image)
  await arrive(other)
  t.is(await arrive(repainted(image), 'two'), 'beside')
  await comparisons.settled()
  const [conflict, ...more] = await open()
  t.deepEqual(more, [])
  t.like(conflict, { kind: 'pixels', instances: 1, uid, name: ZOE.PatientName, source: 'nord-pacs' })
  t.like(await conflicts.members(conflict?.id ?? '', 10), [
    { uid: image.sopInstanceUID, pixels: 'different' },
  ])
  t.deepEqual(
    (await images(uid)).map(({ uid: each, withheld }) => [each, withheld]),
    [
      [image.sopInstanceUID, true],
      [other.sopInstanceUID, false],
    ],
  )
  const [fact] = await journal.read({ types: ['instance-conflict'] })
  t.like(fact?.body, { SOPInstanceUID: image.sopInstanceUID, kind: 'pixels', instances: 1 })

  await decide(conflict?.id ?? '', 'keep')
  t.deepEqual(await open(), [])
  const [master] = await images(uid)
  t.is(master?.object, dicomObjectName(digestOf(image.dataset), image.transferSyntaxUID))
  t.false(master?.withheld)
  t.is(await arrive(repainted(image), 'three'), 'duplicate', 'the refused one is known')
  t.deepEqual(await open(), [])
  await t.throwsAsync(decide(conflict?.id ?? '', 'accept'), { code: 'conflict' })
  t.like((await journal.read({ types: ['conflict-decided'] }))[0]?.body, {
    decision: 'keep',
    reason: 'checked with the site',
    instances: 1,
  })
})

test('the same pixels under corrected headers are one question, however many images and associations they came in', async t => {
  const { arrive, open, comparisons } = await house(t)
  for (const image of study('many', { images: 6 })) await arrive(image)
  const corrected = study('many', { images: 6, patient: CORRECTED })
  for (const image of corrected.slice(0, 3)) await arrive(image, 'two')
  await comparisons.settled()
  // One association an image: ordinary archives do it.
  for (const [n, image] of corrected.slice(3).entries()) await arrive(image, `late ${n}`)
  await comparisons.settled()
  const [conflict, ...more] = await open()
  t.deepEqual(more, [])
  t.like(conflict, { kind: 'correction', instances: 6 })
  t.deepEqual(summary(conflict ?? t.fail()), {
    common: [
      { attribute: 'PatientName', weight: 'identity', kept: 'ESSAI^Zoé', beside: 'ESSAI-CORRIGE^Zoé' },
    ],
    varying: [],
  })
})

test('two corrections of the same images are two questions; accepting one asks the other anew', async t => {
  const { arrive, open, comparisons, decide, study: row } = await house(t)
  for (const image of study('twice')) await arrive(image)
  for (const image of study('twice', { patient: CORRECTED })) await arrive(image, 'two')
  for (const image of study('twice', { patient: { ...ZOE, PatientSex: 'M' } })) await arrive(image, 'three')
  await comparisons.settled()
  const both = await open()
  t.deepEqual(
    both.map(({ kind, instances }) => [kind, instances]),
    [
      ['correction', 3],
      ['correction', 3],
    ],
  )
  const named = both.find(each => summary(each).common[0]?.attribute === 'PatientName')
  await decide(named?.id ?? '', 'accept')
  await comparisons.settled()
  const [left, ...none] = await open()
  t.deepEqual(none, [])
  t.is(left?.instances, 3)
  // Against the master of now it differs in both.
  t.deepEqual(
    summary(left ?? t.fail()).common.map(({ attribute, kept }) => [attribute, kept]),
    [
      ['PatientName', 'ESSAI-CORRIGE^Zoé'],
      ['PatientSex', 'F'],
    ],
  )
  t.is((await row(studyUid('twice'))).name, CORRECTED.PatientName)
})

test('an accepted correction takes the place of what it corrects; the old ones stay as evidence, and all of it is proved', async t => {
  const { arrive, open, images, comparisons, decide, study: row, receive, db, studies } = await house(t)
  const uid = studyUid('accepted')
  const first = study('accepted')
  for (const image of first) await arrive(image)
  await receive.ended('one')
  const corrected = study('accepted', { patient: CORRECTED, StudyDescription: 'TDM corrigée' })
  for (const image of corrected) await arrive(image, 'two')
  await receive.ended('two')
  await comparisons.settled()
  const [conflict] = await open()
  await decide(conflict?.id ?? '', 'accept')
  const now = await images(uid)
  t.deepEqual(
    now.map(({ object, withheld }) => [object, withheld]),
    corrected.map(image => [dicomObjectName(digestOf(image.dataset), image.transferSyntaxUID), false]),
  )
  const study1 = await row(uid)
  t.like(study1, { name: CORRECTED.PatientName, description: 'TDM corrigée', others: 0, conflicts: 0 })
  t.is(study1.known_name, CORRECTED.PatientName, 'a person said what is right under this number')
  t.true(study1.search.includes('corrige'))
  t.is((await studies.series(study1.id))[0]?.instances, 3)
  for (const image of [...first, ...corrected]) t.is(await arrive(image, 'three'), 'duplicate')
  await comparisons.settled()
  t.deepEqual(await open(), [])
  const check = verifyFile(db.file, stateChecks)
  t.deepEqual(check.list, [])

  // An object that no decision put there is found.
  await db.write(async tx => {
    await tx
      .sql<{ instances: { uid: string; object: string } }>()
      .updateTable('instances')
      .set({
        object: dicomObjectName(
          digestOf((first[0] as PhantomInstance).dataset),
          first[0]?.transferSyntaxUID ?? '',
        ),
      })
      .where('uid', '=', first[0]?.sopInstanceUID ?? '')
      .execute()
  })
  t.false(verifyFile(db.file, stateChecks).ok)
})

test('a study corrected in part keeps its own word, and says that its images name two people', async t => {
  const { arrive, open, comparisons, decide, study: row } = await house(t)
  const uid = studyUid('part')
  for (const image of study('part')) await arrive(image)
  const [only] = study('part', { patient: CORRECTED }) as [PhantomInstance]
  await arrive(only, 'two')
  await comparisons.settled()
  const [conflict] = await open()
  await decide(conflict?.id ?? '', 'accept')
  t.like(await row(uid), { name: ZOE.PatientName, others: 1 })
})

test('what a crash left uncompared is compared at the next start', async t => {
  let end = (_: { failed: string }) => {}
  const killed: Comparer = {
    compare: () =>
      new Promise(resolve => {
        end = resolve
      }),
    close: () => end({ failed: 'killed with the program' }),
  }
  const first = await house(t, { comparer: killed })
  const [image] = study('crash') as [PhantomInstance]
  await first.arrive(image)
  await first.arrive(repainted(image), 'two')
  t.deepEqual(await first.open(), [])
  const clock = manualClock(Date.UTC(2026, 10, 24))
  const db = openDatabase({ file: first.db.file, migrations, clock })
  t.teardown(() => db.close())
  const journal = openJournal({ db, clock })
  const objects = await openObjects({
    db,
    clock,
    folder: join(first.db.file, '../objects'),
    run: 'next',
    bucketFiles: 10,
    freeBytesMin: 0,
  })
  const next = openComparisons({
    db,
    clock,
    ids: openIds(clock),
    journal,
    objects,
    comparer: openComparer(),
    onTrouble: reason => t.fail(reason),
  })
  t.teardown(() => next.close())
  next.start()
  await next.settled()
  t.like(await first.open(), [{ kind: 'pixels', instances: 1 }])
})

test('a pair that hangs is killed after its time, and the next one is compared all the same', async t => {
  const hung = openComparer({ timeoutMs: 1 })
  t.teardown(() => hung.close())
  const nothing = { file: '/dev/null', datasetOffset: 0, transferSyntaxUID: IMPLICIT }
  t.like(await hung.compare(nothing, nothing), { failed: 'No result within 1 ms.' })
  t.like(await hung.compare(nothing, nothing), { failed: 'No result within 1 ms.' })
  hung.close()
  t.like(await hung.compare(nothing, nothing), { failed: 'The program is ending.' })
})
