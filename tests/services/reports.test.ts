import { readFileSync, writeFileSync } from 'node:fs'
import anyTest, { type TestFn } from 'ava'
import Sqlite from 'better-sqlite3'
import { stateChecks } from '../../node/program/state-checks.js'
import { digestOf } from '../../node/reports/report.js'
import type { ReportTables } from '../../node/reports/schema.js'
import type { ReportView, Sections } from '../../node/reports/view.js'
import { type Act, FORM, openAct, PASSWORD, PEOPLE, study } from '../support/act.js'

const test = anyTest as TestFn<Act>
test.beforeEach(async t => {
  t.context = await openAct()
})
test.afterEach.always(t => t.context.close())

const { referrer, technician, stranger, first, second, coordinator } = PEOPLE
const PROOF = { reauthentication: { password: PASSWORD } }
const SECTIONS: Sections = {
  indication: 'Hémorragie ?',
  technique: 'Sans injection',
  results: 'Pas d’hémorragie.',
  conclusion: 'Examen normal.',
}

const signedReportFaults = (file: string) =>
  stateChecks.filter(check => /signed report/.test(check.name)).flatMap(check => check.run(file))

/** A request claimed by the first radiologist, with their draft written. */
async function written(act: Act, form = FORM): Promise<{ request: string; report: ReportView }> {
  const { id } = await act.requests.create(referrer, form)
  await act.requests.send(first, id, 'claim', {})
  const { report } = await act.reports.draft(first, id)
  return { request: id, report: await act.reports.save(first, report.id, report.revision, SECTIONS) }
}

async function signed(act: Act, form = FORM) {
  const { request, report } = await written(act, form)
  await act.reports.sign(first, report.id, { ...PROOF, as: 'final' })
  return { request, report: report.id }
}

test('beginning the report is accepting and starting: the draft carries what is known already', async t => {
  const { requests, reports, journal } = t.context
  const { studies: _none, ...before } = FORM
  const { id } = await requests.create(referrer, before)
  t.like(await requests.send(first, id, 'claim', {}), { state: 'claimed' })
  const { report, created } = await reports.draft(first, id)
  t.true(created)
  t.like(report, {
    state: 'draft',
    revision: 1,
    reference: 'N-0001',
    sections: { indication: 'Hémorragie ?', conclusion: '' },
    author: { id: 'acc_rad1', name: 'Dr Un' },
    may: ['edit', 'sign'],
  })
  t.is(report.gaps.length, 1)
  t.like(await requests.view(first, id), { state: 'reading', report: { id: report.id, state: 'draft' } })
  t.like(await reports.draft(first, id), { created: false, report: { id: report.id } })
  t.deepEqual((await journal.read({ subject: id })).map(fact => fact.type).slice(-3), [
    'request-accepted',
    'request-started',
    'report-drafted',
  ])
})

test('only the holder writes; a colleague reads along; the site sees nothing of a draft', async t => {
  const { requests, reports } = t.context
  const { request, report } = await written(t.context)
  t.like(await t.throwsAsync(reports.draft(second, request)), {
    code: 'conflict',
    message: 'Dr Un holds this request.',
  })
  t.like(await reports.view(second, report.id), { sections: SECTIONS, may: [] })
  t.like(await t.throwsAsync(reports.save(second, report.id, 2, SECTIONS)), { code: 'conflict' })
  for (const other of [referrer, technician, stranger, coordinator])
    t.like(await t.throwsAsync(reports.view(other, report.id)), { code: 'missing' })
  t.like(await t.throwsAsync(reports.draft(referrer, request)), { code: 'forbidden' })
  t.like(await t.throwsAsync(reports.draft(stranger, request)), { code: 'missing' })
  await requests.send(first, request, 'release', { reason: 'Fin de vacation' })
  t.like(await t.throwsAsync(reports.save(first, report.id, 2, SECTIONS)), { code: 'conflict' })
  t.like(await reports.view(first, report.id), { sections: SECTIONS, may: [] })
  await requests.send(second, request, 'claim', {})
  t.not((await reports.draft(second, request)).report.id, report.id)
})

test('of two windows the second is told; nothing is overwritten', async t => {
  const { reports } = t.context
  const { report } = await written(t.context)
  t.is(report.revision, 2)
  const failure = await t.throwsAsync(reports.save(first, report.id, 1, { ...SECTIONS, results: 'x' }))
  t.like(failure, { code: 'conflict' })
  t.regex(failure?.message ?? '', /06:00 UTC/)
  t.like(await reports.view(first, report.id), { sections: SECTIONS, revision: 2 })
})

test('signing needs the password again and a conclusion, and then gives version, digest and time', async t => {
  const { reports, requests, journal } = t.context
  const { request, report } = await written(t.context)
  t.like(
    await t.throwsAsync(
      reports.sign(first, report.id, { reauthentication: { password: 'non' }, as: 'final' }),
    ),
    {
      code: 'invalid',
    },
  )
  await reports.save(first, report.id, 2, { ...SECTIONS, conclusion: ' ' })
  t.like(await t.throwsAsync(reports.sign(first, report.id, { ...PROOF, as: 'final' })), {
    code: 'invalid',
    fields: [{ path: 'sections.conclusion' }],
  })
  await reports.save(first, report.id, 3, SECTIONS)
  const answer = await reports.sign(first, report.id, { ...PROOF, as: 'final' })
  t.like(answer, { state: 'final', version: 1, signedAt: '2026-11-24T06:00:00.000Z' })
  t.like(await requests.view(referrer, request), {
    state: 'reported',
    report: { id: report.id, state: 'final' },
    reports: [{ id: report.id, state: 'final', version: 1, signer: 'Dr Un' }],
    due: { for: 'acknowledge' },
    clock: { running: false },
  })
  const [fact] = await journal.read({ subject: report.id, types: ['report-signed'] })
  t.like(fact?.body, {
    digest: answer.digest,
    version: 1,
    kind: 'final',
    from: 'reading',
    state: 'reported',
    recipients: ['acc_ref'],
  })
  t.like(await t.throwsAsync(reports.save(first, report.id, 4, SECTIONS)), { code: 'conflict' })
  t.like(await t.throwsAsync(reports.sign(first, report.id, { ...PROOF, as: 'final' })), { code: 'conflict' })
})

test('the referrer reads exactly what was signed, and the PDF is made of it', async t => {
  const { reports } = t.context
  const { report } = await signed(t.context)
  const seen = await reports.view(referrer, report)
  t.like(seen, {
    state: 'final',
    sections: SECTIONS,
    gaps: [],
    may: ['acknowledge'],
    versions: [{ version: 1, kind: 'final', signer: { id: 'acc_rad1', name: 'Dr Un', role: 'radiologist' } }],
    exam: { date: '2026-11-24' },
  })
  t.deepEqual(
    seen.deliveries.map(one => `${one.channel} ${one.recipient} ${one.state}`),
    ['email Dr Exemple queued', 'screen Dr Exemple sent', 'pacs nord-pacs queued'],
  )
  const { pdf, filename } = await reports.pdf(referrer, report)
  t.is(filename, 'N-0001-v1.pdf')
  t.true(pdf.subarray(0, 5).equals(Buffer.from('%PDF-')))
  t.like(await t.throwsAsync(reports.pdf(stranger, report)), { code: 'missing' })
  t.like(await t.throwsAsync(reports.pdf(referrer, report, 2)), { code: 'missing' })
})

test('signed on incomplete images, the report says so for good', async t => {
  const { reports, here } = t.context
  here.set(
    'nord/1.2.826.0.1',
    study('1.2.826.0.1', { completeness: { received: 298, expected: 312, state: 'incomplete' } }),
  )
  const { report } = await signed(t.context)
  here.set('nord/1.2.826.0.1', study('1.2.826.0.1'))
  t.deepEqual((await reports.view(referrer, report)).gaps, [
    'TDM cérébrale of 24 Nov 2026: 298 of 312 announced images were received.',
  ])
})

test('images that came later and show somebody else stop the signature until its person says why, and are named in the report', async t => {
  const { reports, here } = t.context
  here.clear()
  const { report } = await written(t.context)
  t.regex(report.gaps[0] ?? '', /no image had arrived/)
  const identity = { PatientID: 'P2', IssuerOfPatientID: 'NORD', birthDate: '' }
  here.set('nord/1.2.826.0.1', study('1.2.826.0.1', { identity }))
  t.like(await t.throwsAsync(reports.sign(first, report.id, { ...PROOF, as: 'final' })), { code: 'mismatch' })
  await reports.sign(first, report.id, { ...PROOF, as: 'final', confirm: 'Numéro provisoire' })
  t.regex((await reports.view(referrer, report.id)).gaps[0] ?? '', /the identity in the images differs/)
})

test('preliminary, final, addendum: each version stays, links to the one before, and starts the answer anew', async t => {
  const { reports, requests, clock } = t.context
  const { request, report } = await written(t.context, { ...FORM, urgency: 'emergency' })
  const one = await reports.sign(first, report.id, { ...PROOF, as: 'preliminary' })
  t.like(one, { state: 'preliminary', version: 1 })
  t.like(await reports.acknowledge(referrer, report.id, {}), {
    acknowledgedBy: 'Dr Exemple, médecin demandeur',
  })
  t.like(await requests.view(referrer, request), { state: 'delivered', due: { for: 'report' } })
  clock.advance(3_600_000)
  await reports.save(first, report.id, 2, { ...SECTIONS, conclusion: 'Examen normal, relu.' })
  const two = await reports.sign(first, report.id, { ...PROOF, as: 'final' })
  t.like(await requests.view(referrer, request), { state: 'reported' })
  await reports.acknowledge(referrer, report.id, { name: 'IDE Durand', role: 'infirmière' })
  t.like(await requests.view(referrer, request), { state: 'closed' })
  const added = await reports.addendum(first, report.id, { text: 'Antérieur de 2024 comparé.', ...PROOF })
  t.deepEqual(
    added.versions.map(version => [version.version, version.kind, version.sections.conclusion]),
    [
      [1, 'preliminary', 'Examen normal.'],
      [2, 'final', 'Examen normal, relu.'],
      [3, 'addendum', 'Examen normal, relu.'],
    ],
  )
  t.is(added.versions[2]?.addendum, 'Antérieur de 2024 comparé.')
  t.is(added.acknowledgedAt, undefined)
  t.like(await requests.view(referrer, request), { state: 'reported' })
  const rows = await t.context.db
    .sql<ReportTables>()
    .selectFrom('report_versions')
    .selectAll()
    .orderBy('version')
    .execute()
  t.deepEqual(
    rows.map(row => JSON.parse(row.signed).previous),
    [null, one.digest, two.digest],
  )
  for (const row of rows) t.is(digestOf(row.signed), row.digest)
  t.like(await t.throwsAsync(reports.addendum(first, report.id, { text: '', ...PROOF })), { code: 'invalid' })
})

test('an acknowledgement is a named person’s: it delivers, closes what is final, and counts once', async t => {
  const { reports, requests, journal } = t.context
  const { request, report } = await signed(t.context)
  t.like(await t.throwsAsync(reports.acknowledge(first, report, {})), { code: 'forbidden' })
  const seen = await reports.acknowledge(referrer, report, { name: 'IDE Durand', role: 'infirmière' })
  t.like(seen, { acknowledgedBy: 'IDE Durand, infirmière', may: [] })
  t.like(
    seen.deliveries.find(one => one.channel === 'screen'),
    { state: 'acknowledged', by: 'IDE Durand, infirmière' },
  )
  await reports.acknowledge(referrer, report, {})
  t.is((await journal.read({ subject: report, types: ['report-acknowledged'] })).length, 1)
  const types = (await journal.read({ subject: request })).map(fact => fact.type)
  t.deepEqual(types.slice(-3), ['report-acknowledged', 'request-delivered', 'request-closed'])
  const view = await requests.view(referrer, request)
  t.is(view.state, 'closed')
  t.is(view.due, undefined)
})

test('confirmed by the PACS, a routine request is delivered and still waits to be seen; an emergency waits for a person', async t => {
  const { reports, requests, db } = t.context
  for (const [urgency, state] of [
    ['routine', 'delivered'],
    ['emergency', 'reported'],
  ] as const) {
    const { request, report } = await signed(t.context, { ...FORM, urgency })
    const settle = (outcome: 'sent' | 'confirmed') =>
      db.write(tx => reports.pacsSettled(tx, { report, version: 1, peer: 'nord-pacs', state: outcome }))
    await settle('sent')
    t.is((await requests.view(referrer, request)).state, 'reported')
    await settle('confirmed')
    await settle('confirmed')
    t.is((await requests.view(referrer, request)).state, state)
    t.is(
      (await reports.view(referrer, report)).deliveries.find(one => one.channel === 'pacs')?.state,
      'confirmed',
    )
    await reports.acknowledge(referrer, report, {})
    t.is((await requests.view(referrer, request)).state, 'closed')
  }
})

test('signed is signed: the database refuses to change, replace or delete a version', async t => {
  const { db, report } = { ...t.context, ...(await signed(t.context)) }
  const attempts = [
    'UPDATE report_versions SET signed = signed',
    'DELETE FROM report_versions',
    "INSERT OR REPLACE INTO report_versions SELECT report, version, kind, signed, digest, 'x', signed_at, fact, pdf, sop_uid FROM report_versions",
  ]
  for (const sql of attempts) {
    const other = new Sqlite(db.file)
    t.throws(() => other.exec(sql), { any: true, message: /reports: a (signed )?version/ })
    other.close()
  }
  t.truthy(await t.context.reports.view(referrer, report))
})

test('edited with another tool, a signed report is refused on screen and named by the check', async t => {
  const { reports, db } = t.context
  const one = await signed(t.context)
  const two = await signed(t.context)
  t.deepEqual(signedReportFaults(db.file), [])
  const tamper = new Sqlite(db.file)
  tamper.exec('DROP TRIGGER report_versions_are_not_changed')
  const row = tamper
    .prepare('SELECT signed, digest FROM report_versions WHERE report = ?')
    .get(one.report) as { signed: string; digest: string }
  const write = tamper.prepare('UPDATE report_versions SET signed = ?, digest = ? WHERE report = ?')

  // One word changed.
  const changed = row.signed.replace('Examen normal.', 'Examen anormal.')
  write.run(changed, row.digest, one.report)
  t.like(await t.throwsAsync(reports.view(referrer, one.report)), { code: 'unavailable' })
  t.is(signedReportFaults(db.file).length, 1)
  // With a digest made to fit: the journal knows better.
  write.run(changed, digestOf(changed), one.report)
  t.like(await t.throwsAsync(reports.view(referrer, one.report)), { code: 'unavailable' })
  t.is(signedReportFaults(db.file).length, 1)
  // Two reports swapped.
  const other = tamper
    .prepare('SELECT signed, digest FROM report_versions WHERE report = ?')
    .get(two.report) as typeof row
  write.run(other.signed, other.digest, one.report)
  write.run(row.signed, row.digest, two.report)
  for (const { report } of [one, two])
    t.like(await t.throwsAsync(reports.view(referrer, report)), { code: 'unavailable' })
  t.is(signedReportFaults(db.file).length, 2)
  tamper.close()
})

test('a PDF that was touched on disk is not handed out', async t => {
  const { reports, objects, db } = t.context
  const { report } = await signed(t.context)
  const { pdf } = await db
    .sql<ReportTables>()
    .selectFrom('report_versions')
    .selectAll()
    .executeTakeFirstOrThrow()
  const stored = await objects.find(pdf)
  if (stored === undefined) return t.fail()
  const path = objects.path(stored)
  const bytes = readFileSync(path)
  bytes[100] = (bytes[100] as number) ^ 1
  writeFileSync(path, bytes)
  t.like(await t.throwsAsync(reports.pdf(referrer, report)), { code: 'unavailable' })
})

test('the PACS is owed an Encapsulated PDF once: the same version gives the same object', async t => {
  const { reports, outbox } = t.context
  const { report } = await signed(t.context)
  t.like(await outbox.open({ kind: 'deliver-report-pacs' }), [
    { lane: 'peer:nord-pacs', kind: 'deliver-report-pacs' },
  ])
  const [made, again] = [await reports.encapsulated(report, 1), await reports.encapsulated(report, 1)]
  t.is(made.StudyInstanceUID, '1.2.826.0.1')
  t.is(made.site, 'nord')
  t.true(made.made.dataset.equals(again.made.dataset))
  t.true(made.made.dataset.includes('%PDF-1.7'))
  t.true(made.made.dataset.includes('ESSAI^Zoé'))
  t.like(await t.throwsAsync(reports.encapsulated(report, 2)), { code: 'missing' })
})

test('lists show the site what is signed, the readers their drafts too, and find without accents', async t => {
  const { reports } = t.context
  const one = await signed(t.context)
  t.context.clock.advance(1000)
  const { report: draft } = await written(t.context)
  const listed = async (who: typeof first, query = {}) =>
    (await reports.list(who, { limit: 50, ...query })).items.map(row => row.id)
  t.deepEqual(await listed(referrer), [one.report])
  t.deepEqual(await listed(first), [draft.id, one.report])
  t.deepEqual(await listed(stranger), [])
  t.deepEqual(await listed(first, { state: 'draft' }), [draft.id])
  t.deepEqual(await listed(first, { q: 'ZOE crane' }), [draft.id, one.report])
  const page = await reports.list(first, { limit: 1 })
  t.deepEqual(
    (await reports.list(first, { limit: 1, after: page.next ?? '' })).items.map(row => row.id),
    [one.report],
  )
  t.like((await reports.list(referrer, { limit: 1 })).items[0], {
    conclusion: 'Examen normal.',
    signer: 'Dr Un',
    siteName: 'Hôpital Nord',
  })
})

const CHANGED: Sections = { ...SECTIONS, conclusion: 'Hémorragie sous-durale.' }

test('final after preliminary: how far it differs is said, and what is significant is not delivered by a PACS', async t => {
  const { reports, requests, journal, db } = t.context
  const { request, report } = await written(t.context)
  await reports.sign(first, report.id, { ...PROOF, as: 'preliminary' })
  await reports.acknowledge(referrer, report.id, { name: 'IDE Durand', role: 'infirmière' })
  await reports.save(first, report.id, 2, CHANGED)
  await reports.sign(first, report.id, { ...PROOF, as: 'final', difference: 'significant' })
  const [, fact] = await journal.read({ subject: report.id, types: ['report-signed'] })
  t.like(fact?.body, { difference: 'significant', kind: 'final' })
  const settled = { report: report.id, version: 2, peer: 'nord-pacs', state: 'confirmed' as const }
  await db.write(tx => reports.pacsSettled(tx, settled))
  t.is((await requests.view(referrer, request)).state, 'reported', 'a person says that they know')
  const seen = await reports.view(referrer, report.id)
  t.is(seen.versions[1]?.difference, 'significant')
  t.like(seen.unaware, [{ name: 'IDE Durand, infirmière', version: 1 }])
  t.true(seen.may.includes('acknowledge'))
  t.deepEqual((await reports.acknowledge(referrer, report.id, {})).unaware, [])
  t.is((await requests.view(referrer, request)).state, 'closed')
})

test('nobody need say that nothing differs; a text that does and says nothing is not called the same', async t => {
  const { reports } = t.context
  for (const [sections, expected] of [
    [SECTIONS, 'same'],
    [CHANGED, undefined],
  ] as const) {
    const { report } = await written(t.context)
    await reports.sign(first, report.id, { ...PROOF, as: 'preliminary' })
    await reports.save(first, report.id, 2, sections)
    await reports.sign(first, report.id, { ...PROOF, as: 'final' })
    t.is((await reports.view(first, report.id)).versions[1]?.difference, expected)
  }
})

test('a correction replaces the text, needs a reason, and goes to everybody who got what it replaces', async t => {
  const { reports } = t.context
  const { report } = await signed(t.context)
  const correction = { ...PROOF, sections: CHANGED, reason: 'Relecture', difference: 'significant' as const }
  t.like(await t.throwsAsync(reports.correct(first, report, { ...correction, reason: ' ' })), {
    code: 'invalid',
    fields: [{ path: 'reason' }],
  })
  t.like(await t.throwsAsync(reports.correct(second, report, correction)), { code: 'conflict' })
  const after = await reports.correct(first, report, correction)
  t.like(after.versions.at(-1), {
    version: 2,
    kind: 'correction',
    reason: 'Relecture',
    difference: 'significant',
  })
  t.is(after.sections.conclusion, CHANGED.conclusion)
  t.deepEqual(
    after.deliveries.filter(one => one.version === 2).map(one => `${one.channel} ${one.recipient}`),
    ['email Dr Exemple', 'screen Dr Exemple', 'pacs nord-pacs'],
  )
  const made = await reports.encapsulated(report, 2)
  t.is(made.replaced.length, 2, 'the PDF and the text of version 1')
})

test('a withdrawn report is taken back with a reason, tells everybody, and only a correction comes after it', async t => {
  const { reports, requests } = t.context
  const { request, report } = await signed(t.context)
  await reports.acknowledge(referrer, report, {})
  t.is((await requests.view(referrer, request)).state, 'closed')
  t.like(await t.throwsAsync(reports.withdraw(first, report, { ...PROOF, reason: '' })), { code: 'invalid' })
  const after = await reports.withdraw(first, report, { ...PROOF, reason: 'Autre patient' })
  t.like(after, { state: 'withdrawn', may: ['correct'] })
  t.like(after.versions.at(-1), { kind: 'withdrawal', reason: 'Autre patient' })
  t.like(await requests.view(referrer, request), { state: 'reported', report: { state: 'withdrawn' } })
  t.like(await t.throwsAsync(reports.addendum(first, report, { ...PROOF, text: 'x' })), { code: 'conflict' })
  await reports.acknowledge(referrer, report, {})
  t.is((await requests.view(referrer, request)).state, 'delivered', 'the act still owes its report')
  await reports.correct(first, report, { ...PROOF, sections: CHANGED, reason: 'Le bon patient' })
  await reports.acknowledge(referrer, report, {})
  t.is((await requests.view(referrer, request)).state, 'closed')
})

test('an older version put back, or one taken out, is shown to nobody and named by the check', async t => {
  const { reports, db } = t.context
  const { report } = await signed(t.context)
  await reports.correct(first, report, { ...PROOF, sections: CHANGED, reason: 'Relecture' })
  const faults = () =>
    stateChecks
      .filter(check => /signed report|state of every report/.test(check.name))
      .flatMap(check => check.run(db.file))
  t.deepEqual(faults(), [])
  const tamper = new Sqlite(db.file)
  tamper.exec('DROP TRIGGER report_versions_are_not_deleted; DROP TRIGGER report_versions_are_not_changed')
  const keep = tamper.prepare('SELECT * FROM report_versions WHERE version = 2').get() as Record<
    string,
    unknown
  >
  const refused = async (what: string) => {
    t.like(await t.throwsAsync(reports.view(referrer, report)), { code: 'unavailable' }, what)
    t.like(await t.throwsAsync(reports.pdf(referrer, report)), { code: 'unavailable' }, what)
    const [row] = (await reports.list(referrer, { limit: 5 })).items
    t.like(row, { broken: true, conclusion: '' }, what)
    t.true(faults().length > 0, what)
  }
  tamper.exec('DELETE FROM report_versions WHERE version = 2')
  await refused('the newest is gone')
  // Version 1 played again as version 2.
  tamper.exec(
    `INSERT INTO report_versions SELECT report, 2, kind, signed, digest, signer, signed_at, fact, pdf, sop_uid FROM report_versions`,
  )
  await refused('an old one in its place')
  tamper.exec('DELETE FROM report_versions WHERE version = 2')
  const columns = Object.keys(keep)
  tamper
    .prepare(`INSERT INTO report_versions (${columns.join()}) VALUES (${columns.map(() => '?').join()})`)
    .run(...Object.values(keep))
  t.is((await reports.view(referrer, report)).versions.length, 2)
  // The report says that it is a draft again.
  tamper.exec("UPDATE reports SET state = 'preliminary'")
  await refused('an older state')
  tamper.close()
})

test('what contradicts the request is asked about, and signed with a reason that is recorded', async t => {
  const { reports, journal } = t.context
  const { report } = await written(t.context, { ...FORM, laterality: 'left' })
  await reports.save(first, report.id, 2, { ...SECTIONS, results: 'Hématome droit.' })
  t.deepEqual(
    (await reports.checks(first, report.id)).items.map(({ code, blocks }) => ({ code, blocks })),
    [{ code: 'laterality', blocks: false }],
  )
  t.like(await t.throwsAsync(reports.sign(first, report.id, { ...PROOF, as: 'final' })), {
    code: 'invalid',
    fields: [{ path: 'confirmed.laterality' }],
  })
  const confirmed = [{ code: 'laterality' as const, reason: 'Découverte du côté droit' }]
  await reports.sign(first, report.id, { ...PROOF, as: 'final', confirmed })
  const [fact] = await journal.read({ subject: report.id, types: ['report-signed'] })
  t.like(fact?.body, { confirmed })
  const other = await written(t.context)
  await reports.save(first, other.report.id, 2, { ...SECTIONS, technique: 'Dose : [dose]' })
  t.like(await t.throwsAsync(reports.sign(first, other.report.id, { ...PROOF, as: 'final' })), {
    code: 'invalid',
    fields: [{ path: 'sections.technique' }],
  })
})

test('a group keeps its own templates, in versions, in the place of what was delivered', async t => {
  const { reports, db } = t.context
  const { report } = await written(t.context)
  const fitting = await reports.fitting(first, report.id)
  t.like(fitting.reports[0], { id: 'template-ct-head', fits: true })
  t.is(fitting.reports[0]?.sections.indication, 'Hémorragie ?')
  const content = {
    language: 'en' as const,
    title: 'Our head CT',
    modalities: ['CT'],
    regions: ['crane'],
    sections: { ...SECTIONS, indication: '{{question}}' },
  }
  const ours = { kind: 'report', replaces: 'template-ct-head', content } as const
  const [mine, theirs] = await Promise.allSettled([
    reports.templates.create(first, ours),
    reports.templates.create(second, ours),
  ])
  t.like(theirs, { status: 'rejected', reason: { code: 'conflict' } }, 'the group keeps one in its place')
  if (mine.status === 'rejected') throw mine.reason
  const made = mine.value
  t.like(made, { revision: 1, changedBy: 'Dr Un' })
  const after = await reports.fitting(first, report.id)
  t.is(after.reports[0]?.title, 'Our head CT')
  t.false(after.reports.some(({ id }) => id === 'template-ct-head'))
  t.like(await reports.templates.change(second, made.id, 1, { ...content, title: 'Head CT' }), {
    revision: 2,
  })
  t.like(await t.throwsAsync(reports.templates.change(first, made.id, 1, content)), { code: 'conflict' })
  t.like(await t.throwsAsync(reports.templates.change(PEOPLE.outsider, made.id, 2, content)), {
    code: 'missing',
  })
  t.like(
    (await reports.templates.versions(first.who, made.id)).items.map(({ revision, title, by }) => ({
      revision,
      title,
      by,
    })),
    [
      { revision: 2, title: 'Head CT', by: 'Dr Deux' },
      { revision: 1, title: 'Our head CT', by: 'Dr Un' },
    ],
  )
  t.like(await t.throwsAsync(reports.templates.versions(PEOPLE.outsider.who, made.id)), { code: 'missing' })
  t.throws(() => new Sqlite(db.file).exec("UPDATE report_template_versions SET content = '{}'"), {
    any: true,
  })
  t.like(
    await t.throwsAsync(reports.templates.archive(first, made.id, 1)),
    { code: 'conflict' },
    'a later one',
  )
  const away = [first, second].map(person => reports.templates.archive(person, made.id, 2))
  t.deepEqual(
    (await Promise.allSettled(away)).map(({ status }) => status),
    ['fulfilled', 'rejected'],
    'taken away once',
  )
  t.is((await t.context.journal.read({ types: ['template-archived'], limit: 10 })).length, 1)
  t.true((await reports.fitting(first, report.id)).reports.some(({ id }) => id === 'template-ct-head'))
  t.like(await t.throwsAsync(reports.fitting(second, report.id)), { code: 'conflict' })
})

test('a draft that was left is taken over by name by whoever holds the request now, and stays as it is for whoever begins their own', async t => {
  const act = t.context
  const { request, report } = await written(act)
  await act.requests.send(first, request, 'hand-over', { reader: 'acc_rad2', reason: 'Fin de garde' })
  await t.throwsAsync(
    act.reports.takeOver(second, report.id),
    { code: 'conflict' },
    'not before it is theirs',
  )
  t.deepEqual((await act.requests.view(second, request)).left, [])
  await act.requests.send(second, request, 'take-over', {})
  const { left } = await act.requests.view(second, request)
  t.like(left[0], { id: report.id, by: 'Dr Un', state: 'draft' })
  t.deepEqual((await act.requests.view(first, request)).left, [], 'who left it is offered nothing')
  const taken = await act.reports.takeOver(second, report.id)
  t.like(taken, { author: { id: 'acc_rad2' }, takenFrom: 'Dr Un', sections: SECTIONS, state: 'draft' })
  t.true(taken.may.includes('sign'))
  await t.throwsAsync(act.reports.save(first, report.id, taken.revision, SECTIONS), { code: 'conflict' })
  const [fact] = await act.journal.read({ subject: request, types: ['report-taken-over'], limit: 5 })
  t.like(fact, { body: { had: 'acc_rad1', colleague: 'Dr Un' }, origin: { account: 'acc_rad2' } })
  t.deepEqual((await act.requests.view(second, request)).left, [])
  await act.reports.sign(second, report.id, { ...PROOF, as: 'final' })
  t.is((await act.reports.view(referrer, report.id)).versions[0]?.signer.name, 'Dr Deux')

  // Offered anew, the next one may also begin their own: the draft that was left stays to be read.
  const other = await written(act)
  await act.requests.send(first, other.request, 'release', { reason: 'Fin' })
  await act.requests.send(second, other.request, 'claim', {})
  const { report: own, created } = await act.reports.draft(second, other.request)
  t.true(created)
  t.not(own.id, other.report.id)
  await t.throwsAsync(
    act.reports.takeOver(second, other.report.id),
    { code: 'conflict' },
    'theirs is not put away',
  )
  t.deepEqual((await act.reports.view(second, other.report.id)).sections, SECTIONS)
})

test('what a colleague signed as preliminary is gone on with in the same report: it stays theirs, and the final one follows it', async t => {
  const act = t.context
  const { request, report } = await written(act)
  await act.reports.sign(first, report.id, { ...PROOF, as: 'preliminary' })
  await act.requests.send(first, request, 'hand-over', { reader: 'acc_rad2', told: true })
  t.like((await act.requests.view(second, request)).left, [
    { id: report.id, by: 'Dr Un', state: 'preliminary' },
  ])
  const { report: taken, created } = await act.reports.draft(second, request)
  t.false(created, 'there is one report to a request, not two')
  t.is(taken.id, report.id)
  t.is(taken.author.id, 'acc_rad2')
  await act.reports.sign(second, report.id, { ...PROOF, as: 'final' })
  const after = await act.reports.view(referrer, report.id)
  t.deepEqual(
    after.versions.map(({ kind, signer }) => [kind, signer.name]),
    [
      ['preliminary', 'Dr Un'],
      ['final', 'Dr Deux'],
    ],
  )
  t.is(after.state, 'final')
  t.deepEqual(signedReportFaults(act.db.file), [])
  t.is((await act.requests.view(second, request)).report?.state, 'final')
})
