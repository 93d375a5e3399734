import anyTest, { type TestFn } from 'ava'
import Sqlite from 'better-sqlite3'
import { codeOf } from '../../node/reports/verification-code.js'
import { type Act, CONTRACTS, FORM, openAct, PASSWORD, PEOPLE } from '../support/act.js'

const test = anyTest as TestFn<Act>
test.beforeEach(async t => {
  t.context = await openAct()
})
test.afterEach.always(t => t.context.close())

const { referrer, stranger, first } = PEOPLE
const PROOF = { reauthentication: { password: PASSWORD } }
const SECTIONS = { indication: 'i', technique: 't', results: 'r', conclusion: 'Examen normal.' }
const CHANGED = { ...SECTIONS, conclusion: 'Hémorragie.' }
const BY = { address: '192.0.2.9', userAgent: 'Essai', origin: { by: 'system' as const, part: 'links' } }

async function signed({ requests, reports }: Act, as: 'preliminary' | 'final' = 'final') {
  const { id } = await requests.create(referrer, FORM)
  await requests.send(first, id, 'claim', {})
  const { report } = await reports.draft(first, id)
  await reports.save(first, report.id, 1, SECTIONS)
  const answer = await reports.sign(first, report.id, { ...PROOF, as })
  return { request: id, report: report.id, digest: answer.digest }
}

test('whoever holds a printed version is told whether it is in force, and nothing of whom it is about', async t => {
  const { reports, db } = t.context
  const one = await signed(t.context, 'preliminary')
  const code = codeOf(one.digest)
  t.like(await reports.verify(code), { state: 'preliminary', version: 1, newest: 1, digest: one.digest })
  await reports.save(first, one.report, 2, CHANGED)
  const two = await reports.sign(first, one.report, { ...PROOF, as: 'final' })
  t.like(await reports.verify(code), { state: 'superseded', version: 1, newest: 2 })
  const found = await reports.verify(codeOf(two.digest))
  t.like(found, { state: 'valid', version: 2 })
  t.notRegex(JSON.stringify(found), /ESSAI|Zoé|P1|Hémorragie|Crâne|N-0001|Dr Un/)
  await reports.withdraw(first, one.report, { ...PROOF, reason: 'Autre patient' })
  t.like(await reports.verify(codeOf(two.digest)), { state: 'withdrawn' })
  t.is(await reports.verify(codeOf('ab'.repeat(32))), undefined)
  t.is(await reports.verify('rien'), undefined)
  const tamper = new Sqlite(db.file)
  tamper.exec('DROP TRIGGER report_versions_are_not_changed')
  tamper.exec("UPDATE report_versions SET signed = replace(signed, 'normal', 'anormal') WHERE version = 1")
  tamper.close()
  t.like(await reports.verify(code), { state: 'altered' })
})

test('programs find a signed report by its identifiers and its request; what is foreign is not there', async t => {
  const { reports, requests } = t.context
  const { report, request } = await signed(t.context)
  const [found] = await reports.signedLike(referrer, { identifier: 'N-0001' })
  t.like(found?.content, { report, version: 1 })
  for (const sought of [
    { identifier: report },
    { identifier: found?.documentUID ?? '' },
    { basedOn: request },
    { basedOn: 'N-0001' },
  ])
    t.is((await reports.signedLike(referrer, sought)).length, 1, JSON.stringify(sought))
  t.deepEqual(await reports.signedLike(stranger, { identifier: 'N-0001' }), [])
  t.deepEqual(await reports.signedLike(referrer, { identifier: 'N-0001', basedOn: 'N-0002' }), [])
  t.true((await reports.signedOne(referrer, report)).pdf?.subarray(0, 5).equals(Buffer.from('%PDF-')))
  t.like(await t.throwsAsync(reports.signedOne(stranger, report)), { code: 'missing' })
  // What is only written is signed by nobody.
  const draft = await requests.create(referrer, FORM)
  await requests.send(first, draft.id, 'claim', {})
  await reports.draft(first, draft.id)
  t.deepEqual(await reports.signedLike(first, { basedOn: draft.id }), [])
})

test('without an account: link and code open the newest version, opening acknowledges nothing, and it can be ended', async t => {
  const { reports, requests, clock } = t.context
  const { report, request } = await signed(t.context)
  const { shares } = reports
  const made = await shares.make(referrer, report, { name: 'SSR Les Pins', role: 'service', hours: 24 })
  const secret = made.link.split('#token=')[1] ?? ''
  const asked = { secret, code: made.code, by: BY }
  t.like(await t.throwsAsync(shares.open({ secret, by: BY })), {
    code: 'invalid',
    fields: [{ path: 'code' }],
  })
  t.like(await t.throwsAsync(shares.open({ ...asked, code: '00000000' })), { code: 'invalid' })
  t.like(await t.throwsAsync(shares.open({ ...asked, secret: 'x' })), { code: 'unauthenticated' })
  const answer = await shares.open(asked)
  t.like(answer, { state: 'final', reference: 'N-0001', to: { name: 'SSR Les Pins' } })
  t.is(answer.acknowledgedBy, undefined)
  t.is((await requests.view(referrer, request)).state, 'reported')
  t.true((await shares.pdf(asked)).pdf.subarray(0, 5).equals(Buffer.from('%PDF-')))
  const [known] = (await shares.list(referrer, report)).items
  t.like(known, { name: 'SSR Les Pins', standing: 'open', openings: [{ address: '192.0.2.9' }] })
  t.like(await t.throwsAsync(shares.list(stranger, report)), { code: 'missing' })
  t.like(await shares.acknowledge(asked, { name: 'Dr Pin', role: 'médecin SSR' }), {
    acknowledgedBy: 'Dr Pin, médecin SSR',
  })
  t.is((await requests.view(referrer, request)).state, 'closed')
  // A new version reaches whoever got an earlier one.
  await reports.correct(first, report, {
    ...PROOF,
    sections: CHANGED,
    reason: 'Relecture',
    difference: 'significant',
  })
  t.like(
    (await reports.view(referrer, report)).unaware.map(({ name, version }) => ({ name, version })),
    [{ name: 'Dr Pin, médecin SSR', version: 1 }],
  )
  const newer = await shares.open(asked)
  t.is(newer.versions.at(-1)?.sections.conclusion, 'Hémorragie.')
  t.is(newer.acknowledgedBy, undefined)
  t.is((await shares.revoke(referrer, report, made.id)).items[0]?.standing, 'revoked')
  t.like(await t.throwsAsync(shares.open(asked)), { code: 'unauthenticated' })
  const other = await shares.make(first, report, { name: 'X', role: 'y', hours: 1 })
  clock.advance(3_600_001)
  const late = { secret: other.link.split('#token=')[1] ?? '', code: other.code, by: BY }
  t.like(await t.throwsAsync(shares.open(late)), { code: 'unauthenticated' })
})

test.serial('a preliminary report goes where the contract says, or is not given at all', async t => {
  const [contract] = CONTRACTS as unknown as [{ preliminary?: string }]
  t.teardown(() => {
    delete contract.preliminary
  })
  const owed = async () => {
    const { report } = await signed(t.context, 'preliminary')
    return (await t.context.reports.view(referrer, report)).deliveries.map(({ channel }) => channel).sort()
  }
  t.deepEqual(await owed(), ['email', 'screen'])
  contract.preliminary = 'to-pacs'
  t.deepEqual(await owed(), ['email', 'pacs', 'screen'])
  contract.preliminary = 'never'
  t.like(await t.throwsAsync(owed()), { code: 'conflict' })
})
