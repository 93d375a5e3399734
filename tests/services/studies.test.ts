import test from 'ava'
import { allows, roles } from '../../node/accounts/permissions.js'
import type { Acting } from '../../node/http/acting.js'
import { stateChecks } from '../../node/program/state-checks.js'
import { verifyFile } from '../../node/program/verification.js'
import { manifestDigest, type Reception } from '../../node/studies/receive.js'
import { completenessOfStudy, identityDoubtOf } from '../../node/studies/views.js'
import { studyUid } from '../support/phantoms.js'
import { house, image, STUDY } from '../support/study-house.js'

const results = (receptions: Reception[]) => receptions.map(({ result }) => result)

const who = (site: string, role: Acting['membership']['role'] = 'radiologist'): Acting => ({
  account: { id: 'acc', email: 'a@example.test', name: 'A', language: 'fr' },
  membership: { id: 'mem', site, role },
  session: { id: 'ses', endsAt: 0 },
})

test('images that come together share a transaction, are counted once, and make one entry when they are settled', async t => {
  const { receive, studies, journal } = await house(t)
  const images = Array.from({ length: 250 }, (_, n) =>
    image({ attributes: { SeriesInstanceUID: `${STUDY}.${(n % 2) + 1}`, InstanceNumber: n } }),
  )
  t.true(results(await Promise.all(images.map(receive.receive))).every(result => result === 'stored'))
  const [study] = await studies.byUid(STUDY)
  t.like(study, {
    instances: 250,
    bytes: 250_000,
    site: 'nord',
    modalities: 'CT',
    arriving: 1,
    issuer: 'NORD',
  })
  t.deepEqual(
    (await studies.series(study?.id ?? '')).map(series => series.instances),
    [125, 125],
  )
  await receive.ended('one')
  await receive.ended('one')
  const facts = (await journal.read({})).filter(({ type }) => type.startsWith('study-'))
  t.deepEqual(
    facts.map(({ type }) => type),
    ['study-arriving', 'study-received'],
  )
  const instances = images
    .map(each => ({ uid: each.attributes.SOPInstanceUID, object: each.object.name }))
    .sort((a, b) => (a.uid < b.uid ? -1 : 1))
  t.like(facts[1]?.body, { instances: 250, duplicates: 0, conflicts: 0, digest: manifestDigest(instances) })
  t.is((await studies.byUid(STUDY))[0]?.arriving, 0)
})

test('a bad image among good ones fails alone, and says why', async t => {
  const { receive, studies } = await house(t)
  const bad = image()
  // Nothing a data set can say: a value the database itself refuses.
  bad.attributes.InstanceNumber = 0.5
  const receptions = await Promise.all([image(), bad, image()].map(receive.receive))
  t.deepEqual(results(receptions), ['stored', 'failed', 'stored'])
  t.is((await studies.byUid(STUDY))[0]?.instances, 2)
  t.is(
    (await receive.receive({ ...bad, attributes: { ...bad.attributes, InstanceNumber: 1 } })).result,
    'stored',
  )
})

test('the same image again is a duplicate; the same UID with other bytes is kept beside the first', async t => {
  const { receive, studies } = await house(t)
  const first = image({ content: 'first' })
  const uid = first.attributes.SOPInstanceUID
  const other = image({ uid, content: 'other', association: 'two' })
  t.deepEqual(results(await Promise.all([first, first, other, other, first].map(receive.receive))), [
    'stored',
    'duplicate',
    'beside',
    'duplicate',
    'duplicate',
  ])
  const [study] = await studies.byUid(STUDY)
  const [master, ...more] = await studies.instances(study?.id ?? '')
  t.is(master?.object, first.object.name)
  t.deepEqual(more, [])
  t.true(master?.withheld, 'until they are compared')
  await receive.ended('one')
  await receive.ended('two')
  t.deepEqual(
    (await studies.arrivals(study?.id ?? '')).map(({ instances, duplicates, conflicts }) => [
      instances,
      duplicates,
      conflicts,
    ]),
    [
      [1, 2, 0],
      [0, 1, 1],
    ],
  )
})

test('the same study and the same patient number at two sites stay apart', async t => {
  const { receive, studies, db } = await house(t)
  const nord = image()
  const sud = image({
    uid: nord.attributes.SOPInstanceUID,
    content: nord.attributes.SOPInstanceUID,
    site: 'sud',
  })
  // The same content under another site: one file, two instances.
  t.deepEqual(results(await Promise.all([nord, sud].map(receive.receive))), ['stored', 'duplicate'])
  const found = await studies.byUid(STUDY)
  t.deepEqual(found.map(({ site, issuer }) => [site, issuer]).sort(), [
    ['nord', 'NORD'],
    ['sud', 'SUD'],
  ])
  t.not(found[0]?.patient, found[1]?.patient)
  for (const site of ['nord', 'sud']) {
    const seen = await studies.seen(STUDY, who(site), 'study.see')
    t.is(seen.site, site)
    t.deepEqual(
      (await studies.list({ limit: 10 }, who(site), 'study.see')).items.map(study => study.site),
      [site],
    )
  }
  await t.throwsAsync(studies.seen(STUDY, who('lecture'), 'study.see'), { message: /no such/ })
  const id = found.find(({ site }) => site === 'nord')?.id ?? ''
  await db.write(tx => studies.link(tx, id, { request: 'req_1', sites: ['lecture'], urgency: 'urgent' }))
  t.like(await studies.seen(STUDY, who('lecture'), 'study.see'), { site: 'nord', urgency: 'urgent' })
})

test('two patients without a number are never one', async t => {
  const { receive, studies } = await house(t)
  const unknown = { PatientID: '', StudyInstanceUID: studyUid('unknown 1') }
  const another = { PatientID: '', StudyInstanceUID: studyUid('unknown 2') }
  await Promise.all([unknown, another].map(attributes => receive.receive(image({ attributes }))))
  const [first] = await studies.byUid(unknown.StudyInstanceUID)
  const [second] = await studies.byUid(another.StudyInstanceUID)
  t.truthy(first?.patient)
  t.not(first?.patient, second?.patient)
})

test('a data set’s own issuer goes before the site’s', async t => {
  const { receive, studies } = await house(t)
  await receive.receive(image({ attributes: { IssuerOfPatientID: 'REGION' } }))
  t.is((await studies.byUid(STUDY))[0]?.issuer, 'REGION')
})

test('what has been quiet is settled by itself; what comes later is another arrival', async t => {
  const { receive, clock, journal } = await house(t)
  await receive.receive(image())
  clock.advance(1000)
  await receive.settleQuiet()
  t.is((await journal.read({ types: ['study-received'] })).length, 0)
  clock.advance(2000)
  await receive.settleQuiet()
  t.is((await journal.read({ types: ['study-received'] })).length, 1)
  await receive.receive(image())
  // As at a start after a crash: everything that is open ended with it.
  await receive.settleQuiet(0)
  const received = await journal.read({ types: ['study-received'] })
  t.deepEqual(
    received.map(({ body }) => body?.['instances']),
    [1, 1],
  )
})

test('a search finds a study by what people type: parts of names, without accents, numbers', async t => {
  const { receive, studies } = await house(t)
  await receive.receive(image({ attributes: { AccessionNumber: 'A-77', StudyDescription: 'TDM cérébrale' } }))
  const finds = async (q: string) =>
    (await studies.list({ q, limit: 10 }, who('nord'), 'study.see')).items.length
  for (const q of ['essai', 'ZOE', 'zoé ess', '10001', 'a-77', 'cerebrale', '']) t.is(await finds(q), 1, q)
  for (const q of ['fictif', '%', '_', 'essai fictif'])
    t.is(await finds(q), q === '%' || q === '_' ? 1 : 0, q)
  t.is((await studies.list({ modality: 'CT', limit: 10 }, who('nord'), 'study.see')).items.length, 1)
  t.is((await studies.list({ modality: 'C', limit: 10 }, who('nord'), 'study.see')).items.length, 0)
})

test('a list is read page by page without losing or repeating any', async t => {
  const { receive, studies, clock } = await house(t)
  for (let n = 0; n < 25; n++) {
    if (n % 3 === 0) clock.advance(10) // several of the same moment
    await receive.receive(image({ attributes: { StudyInstanceUID: studyUid(`page ${n}`) } }))
  }
  const seen: string[] = []
  for (let after: string | undefined; ; ) {
    const page = await studies.list(
      { limit: 4, ...(after === undefined ? {} : { after }) },
      who('nord'),
      'study.see',
    )
    seen.push(...page.items.map(study => study.uid))
    after = page.next
    if (after === undefined) break
  }
  t.is(seen.length, 25)
  t.is(new Set(seen).size, 25)
})

test('the images of a received study are proved: one exchanged or lost is named by verify at the entry of its arrival', async t => {
  const { receive, db, journal } = await house(t)
  const images = [image(), image()]
  await Promise.all(images.map(receive.receive))
  await receive.ended('one')
  t.true(verifyFile(db.file, stateChecks).ok)
  const others = image({ content: 'exchanged' })
  await db.write(async tx => {
    const sql = tx.sql<{ objects: object; instances: { uid: string; object: string } }>()
    await sql
      .insertInto('objects')
      .values({
        name: others.object.name,
        bucket: 'x',
        bytes: 1,
        dataset_offset: 0,
        sha256: 'x',
        media_type: 'x',
        created_at: 0,
      })
      .execute()
    await sql
      .updateTable('instances')
      .set({ object: others.object.name })
      .where('uid', '=', images[0]?.attributes.SOPInstanceUID ?? '')
      .execute()
  })
  const check = verifyFile(db.file, stateChecks)
  t.false(check.ok)
  t.is(check.firstFault?.seq, (await journal.read({ types: ['study-received'] }))[0]?.seq)
})

test('each role’s list holds what the table lets it see: own studies, and those it is a party to where it may', async t => {
  const { receive, studies, db } = await house(t)
  await receive.receive(image())
  const [study] = await studies.byUid(STUDY)
  const link = { request: 'req_1', sites: ['lecture'], urgency: 'urgent' }
  await db.write(tx => studies.link(tx, study?.id ?? '', link))
  for (const role of roles)
    for (const site of ['nord', 'lecture', 'sud'])
      for (const action of ['study.see', 'viewer.open'] as const) {
        const sees = allows(who(site, role), action, { site: 'nord', parties: ['lecture'] })
        const { items } = await studies.list({ limit: 10 }, who(site, role), action)
        t.is(items.length, sees ? 1 : 0, `${role} ${site} ${action}`)
      }
})

test('what the sender lists and is not here is named, series by series; what we made ourselves never counts', async t => {
  const { receive, studies, db, clock } = await house(t)
  const uids = Array.from({ length: 6 }, (_, n) => studyUid(`listed ${n}`))
  for (const [n, uid] of uids.slice(0, 4).entries())
    await receive.receive(image({ uid, attributes: { InstanceNumber: n + 1 } }))
  await receive.receive(image({ made: true, association: 'report', attributes: { Modality: 'SR' } }))
  const [study] = await studies.byUid(STUDY)
  const id = study?.id ?? ''
  const series = [
    {
      uid: `${STUDY}.1`,
      number: 2,
      modality: 'CT',
      description: 'Thorax',
      instances: 6,
      list: uids.map((uid, n) => ({ uid, number: n + 1 })),
    },
  ]
  const by = { by: 'system', part: 'test' } as const
  clock.advance(1000)
  await db.write(tx => studies.told(tx, id, { expected: 6, source: 'nord-pacs', series }, by))
  t.deepEqual(await studies.gaps(id), [
    {
      uid: `${STUDY}.1`,
      number: 2,
      modality: 'CT',
      description: 'Thorax',
      expected: 6,
      missing: [
        { uid: uids[4] ?? '', number: 5 },
        { uid: uids[5] ?? '', number: 6 },
      ],
    },
  ])
  const row = async () => completenessOfStudy((await studies.byUid(STUDY))[0] ?? t.fail(), clock.now())
  t.like(await row(), { received: 4, expected: 6, missing: 2, state: 'arriving', proof: 'list' })
  // A workstation with one key image of it cannot lower what the sender said.
  await db.write(tx => studies.told(tx, id, { expected: 1, source: 'workstation' }, by))
  t.like(await row(), { expected: 6 })
  clock.advance(1000)
  for (const uid of uids.slice(4)) await receive.receive(image({ uid, association: 'late' }))
  await receive.settleQuiet(0)
  t.like(await row(), { received: 6, expected: 6, state: 'quiet' }, 'they came after it was asked')
  clock.advance(1000)
  await db.write(tx => studies.told(tx, id, { expected: 6, source: 'nord-pacs', series }, by))
  t.like(await row(), { received: 6, expected: 6, state: 'complete', proof: 'list' })
  t.deepEqual(await studies.gaps(id), [])
  // A report filed afterwards is no image that came late.
  clock.advance(1000)
  await receive.receive(image({ made: true, association: 'report 2', attributes: { Modality: 'SR' } }))
  t.like(await row(), { received: 6, state: 'complete' })
})

test('who did not say how many there are is named so', async t => {
  const { receive, studies, db, clock } = await house(t)
  await receive.receive(image())
  const [study] = await studies.byUid(STUDY)
  const row = async () => completenessOfStudy((await studies.byUid(STUDY))[0] ?? t.fail(), clock.now())
  t.like(await row(), { unknown: 'not-asked' })
  await db.write(tx => studies.unanswered(tx, study?.id ?? ''))
  t.like(await row(), { unknown: 'no-answer' })
})

test('the same number with other traits is a doubt, shown with both and never merged or overwritten', async t => {
  const { receive, studies } = await house(t)
  await receive.receive(image())
  const second = studyUid('second')
  await receive.receive(
    image({ attributes: { StudyInstanceUID: second, PatientName: 'AUTRE^Paul', PatientSex: 'M' } }),
  )
  const doubt = async (uid: string) => {
    const record = (await studies.byUid(uid))[0] ?? t.fail()
    return identityDoubtOf(record, (await studies.otherIdentities([record.id])).get(record.id) ?? [])
  }
  t.is(await doubt(STUDY), undefined)
  t.deepEqual(await doubt(second), {
    known: { PatientName: 'ESSAI^Zoé', PatientBirthDate: '19700514', PatientSex: 'F' },
    others: [],
  })
  t.like((await studies.byUid(second))[0], { name: 'AUTRE^Paul', sex: 'M' }, 'shown as its images say it')
  // Accents and spelling of a name are no other person.
  const third = studyUid('third')
  await receive.receive(image({ attributes: { StudyInstanceUID: third, PatientName: 'Essai^Zoe' } }))
  t.is(await doubt(third), undefined)
})

test('a study whose images name two people says so, once for each', async t => {
  const { receive, studies } = await house(t)
  await receive.receive(image())
  for (let n = 0; n < 3; n++)
    await receive.receive(image({ attributes: { PatientID: '20002', PatientName: 'AUTRE^Paul' } }))
  const [study] = await studies.byUid(STUDY)
  t.is(study?.others, 1)
  t.like((await studies.otherIdentities([study?.id ?? ''])).get(study?.id ?? ''), [
    { patient_id: '20002', name: 'AUTRE^Paul', issuer: 'NORD' },
  ])
})
