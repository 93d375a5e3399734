import anyTest, { type TestFn } from 'ava'
import { requestFollower } from '../../node/requests/follow.js'
import type { NewRequest } from '../../node/requests/view.js'
import { type Act, FORM, openAct, PASSWORD, PEOPLE, study } from '../support/act.js'

const test = anyTest as TestFn<Act>
test.beforeEach(async t => {
  t.context = await openAct()
})
test.afterEach.always(t => t.context.close())

const { referrer, technician, first, coordinator } = PEOPLE
const UID = '1.2.826.0.7'
const { studies: _studies, ...AHEAD } = FORM
const NUMBERED: NewRequest = { ...AHEAD, accession: 'A-77' }

/** The study comes to nord, and the follower hears of it. */
async function comes(act: Act, over: Parameters<typeof study>[1] = {}) {
  act.here.set(`nord/${UID}`, study(UID, { accession: 'A-77', ...over }))
  const follower = requestFollower(act.requests)
  const fact = {
    type: 'study-received',
    site: 'nord',
    at: act.clock.now(),
    ids: { study: `std_${UID.replaceAll('.', '')}`, arrival: 'arr_1' },
    body: { StudyInstanceUID: UID, source: 'nord-pacs' },
  }
  await act.db.write(tx => follower.handle(fact as never, tx))
}

test('a study links itself on its very number and matching traits, and starts the reader’s clock', async t => {
  const { requests, journal } = t.context
  const { id } = await requests.create(referrer, NUMBERED)
  await requests.send(first, id, 'claim', {})
  await requests.send(first, id, 'accept', { text: 'sans injection' })
  await comes(t.context)
  t.like(await requests.view(first, id), {
    studies: [{ StudyInstanceUID: UID }],
    due: { for: 'report' },
  })
  const [linked] = await journal.read({ subject: id, types: ['request-linked'] })
  t.like(linked, { origin: { by: 'system', part: 'linking' }, body: { by: 'number' } })
})

test('one thing that is not the same, or two requests that fit, and nothing links itself', async t => {
  const { requests } = t.context
  const differing: [string, Partial<NewRequest>, Parameters<typeof study>[1]][] = [
    ['number', { accession: 'A-78' }, {}],
    ['no number', { accession: '' }, { accession: '' }],
    ['patient', { patient: { ...FORM.patient, id: 'P2' } }, {}],
    ['issuer', { patient: { ...FORM.patient, issuer: 'SUD' } }, {}],
    ['birth date', { patient: { ...FORM.patient, birthDate: '1970-03-13' } }, {}],
    ['region', { region: 'Thorax' }, {}],
    ['side', { region: 'Genou', laterality: 'left' }, { description: 'Genou droit' }],
  ]
  for (const [name, form, over] of differing) {
    const made = await requests.create(referrer, { ...NUMBERED, ...form })
    await comes(t.context, over)
    t.deepEqual((await requests.view(referrer, made.id)).studies, [], name)
    await requests.send(referrer, made.id, 'cancel', { reason: 'essai' })
  }
  const two = [await requests.create(referrer, NUMBERED), await requests.create(referrer, NUMBERED)]
  await comes(t.context)
  for (const { id } of two) t.deepEqual((await requests.view(referrer, id)).studies, [])
})

test('a person chooses from a short list with the differences shown, from either side; what differs asks why', async t => {
  const { requests, here } = t.context
  const { id } = await requests.create(referrer, { ...AHEAD, region: 'Genou', laterality: 'left' })
  here.set(`nord/${UID}`, study(UID, { description: 'Genou droit' }))
  const [candidate] = await requests.studiesFor(technician, id)
  t.like(await requests.studiesFor(technician, id), [
    { StudyInstanceUID: UID, differences: [{ what: 'laterality', asked: 'left', found: 'right' }] },
  ])
  t.is(candidate?.differences.length, 1)
  t.like(await requests.requestsFor(technician, 'nord', UID), [{ id, differences: [{ what: 'laterality' }] }])
  t.like(await t.throwsAsync(requests.link(technician, id, UID)), {
    code: 'invalid',
    fields: [{ path: 'studies.0', message: 'Side: the request says left, the images say right.' }],
  })
  const linked = await requests.link(technician, id, UID, 'Côté mal écrit par la modalité')
  t.like(linked, { studies: [{ StudyInstanceUID: UID }] })
  t.like(await t.throwsAsync(requests.link(technician, id, UID)), { code: 'conflict' })
  t.like(await t.throwsAsync(requests.studiesFor(first, id)), { code: 'forbidden' })
  t.deepEqual(await requests.requestsFor(technician, 'nord', UID), [])
})

test('what was linked by mistake is taken off with a reason, and does not come back by itself', async t => {
  const { requests, journal, shared } = t.context
  const { id } = await requests.create(referrer, NUMBERED)
  await comes(t.context)
  const off = await requests.unlink(coordinatorOf('nord'), id, UID, 'Autre examen du même jour')
  t.deepEqual(off.studies, [])
  t.is(shared.at(-1)?.study, '')
  await comes(t.context)
  t.deepEqual((await requests.view(referrer, id)).studies, [])
  const [fact] = await journal.read({ subject: id, types: ['request-unlinked'] })
  t.like(fact?.body, { reason: 'Autre examen du même jour', StudyInstanceUID: UID })
  t.like(await t.throwsAsync(requests.unlink(technician, id, UID, 'encore')), { code: 'missing' })
  t.like(await t.throwsAsync(requests.unlink(coordinator, id, UID, 'x')), { code: 'forbidden' })
})

const coordinatorOf = (site: string) => ({
  ...coordinator,
  who: { ...coordinator.who, membership: { ...coordinator.who.membership, site } },
})

test('images of the other side stop the reader at opening, who confirms with a reason or not; at signing only what changed asks again', async t => {
  const { requests, reports, here, journal } = t.context
  here.set(`nord/${UID}`, study(UID, { description: 'Genou droit' }))
  const { id } = await requests.create(referrer, {
    ...FORM,
    region: 'Genou',
    laterality: 'left',
    studies: [UID],
    identityDifference: 'Vu avec le manipulateur',
  })
  await requests.send(first, id, 'claim', {})
  t.like(await t.throwsAsync(reports.draft(first, id)), {
    code: 'mismatch',
    fields: [
      { path: `studies.${UID}.laterality`, message: 'Side: the request says left, the images say right.' },
    ],
  })
  t.is((await requests.view(first, id)).state, 'accepted')
  t.like(await t.throwsAsync(requests.send(first, id, 'start', {})), { code: 'mismatch' })
  const { report } = await reports.draft(first, id, 'Téléphoné : c’est le droit')
  t.is((await reports.draft(first, id)).created, false)
  const [confirmed] = await journal.read({ subject: id, types: ['request-mismatch-confirmed'] })
  t.like(confirmed?.body, { moment: 'opening', reason: 'Téléphoné : c’est le droit' })

  const sections = { ...report.sections, conclusion: 'Entorse.' }
  await reports.save(first, report.id, report.revision, sections)
  const signing = { reauthentication: { password: PASSWORD }, as: 'final' as const }
  here.set(`nord/${UID}`, study(UID, { description: 'Épaule droite' }))
  t.like(await t.throwsAsync(reports.sign(first, report.id, signing)), { code: 'mismatch' })
  t.is((await reports.view(first, report.id)).state, 'draft')
  const signed = await reports.sign(first, report.id, { ...signing, confirm: 'Images relues' })
  t.is(signed.state, 'final')
  t.is((await journal.read({ subject: id, types: ['request-mismatch-confirmed'] })).length, 2)
})
