import test from 'ava'
import { replay, stepOf } from '../../node/requests/lifecycle.js'
import type { Asker } from '../../node/requests/ports.js'
import { type Act, FORM, openAct, PASSWORD, PEOPLE, person } from '../support/act.js'

const { referrer, technician, first, coordinator, stranger } = PEOPLE
const nord = person('acc_coo_nord', 'Mme Nord', 'coordinator', 'nord')
const MINUTE_MS = 60_000
const ASK = { reason: 'Mauvais patient choisi' }

async function signed(act: Act, by = first): Promise<string> {
  const { id } = await act.requests.create(referrer, FORM)
  await act.requests.send(by, id, 'claim', {})
  const { report } = await act.reports.draft(by, id)
  const sections = { indication: 'i', technique: 't', results: 'r', conclusion: 'Normal.' }
  await act.reports.save(by, report.id, report.revision, sections)
  await act.reports.sign(by, report.id, { reauthentication: { password: PASSWORD }, as: 'final' })
  return id
}

test('a request is one entered in error when one person says so and a second one confirms, of whom one coordinates and one is of the site', async t => {
  const act = await openAct()
  t.teardown(() => act.close())
  const code = (
    who: Asker,
    id: string,
    event: 'ask-error' | 'decline-error' | 'enter-in-error',
    input = {},
  ) =>
    act.requests.send(who, id, event, input).then(
      () => 'done',
      (thrown: { code: string }) => thrown.code,
    )
  const { id } = await act.requests.create(referrer, FORM)
  t.is(await code(nord, id, 'enter-in-error'), 'conflict', 'nobody has asked')
  t.is(await code(referrer, id, 'ask-error'), 'invalid', 'without a reason')
  t.is(await code(first, id, 'ask-error', ASK), 'forbidden', 'a reader tells somebody who may')
  t.is(await code(stranger, id, 'ask-error', ASK), 'missing')
  t.is(
    await code(referrer, id, 'ask-error', { ...ASK, images: 'withdraw' }),
    'invalid',
    'not hers to withdraw',
  )

  t.is(await code(referrer, id, 'ask-error', ASK), 'done')
  const asked = await act.requests.view(nord, id)
  t.is(asked.state, 'offered', 'until then it goes on')
  t.like(asked.errorAsk, { by: 'Dr Exemple', reason: ASK.reason, images: 'keep' })
  t.is(await code(technician, id, 'ask-error', ASK), 'conflict', 'it is asked already')
  t.is(await code(referrer, id, 'enter-in-error'), 'conflict', 'not by the same person')
  t.is(await code(technician, id, 'enter-in-error'), 'conflict', 'one of both coordinates')
  t.false((await act.requests.view(technician, id)).may.includes('enter-in-error'))
  t.true((await act.requests.view(nord, id)).may.includes('enter-in-error'))

  t.is(await code(coordinator, id, 'decline-error'), 'invalid', 'whoever declines says why')
  t.is(await code(coordinator, id, 'decline-error', { reason: 'C’est bien elle' }), 'done')
  t.is((await act.requests.view(nord, id)).errorAsk, undefined)
  t.is(await code(coordinator, id, 'enter-in-error'), 'conflict', 'what was declined is asked anew')

  // Of the reading group and of the site: the two together.
  t.is(await code(coordinator, id, 'ask-error', { reason: 'Doublon' }), 'done')
  t.is(await code(technician, id, 'enter-in-error'), 'done')
  const { state, errorAsk, may, timeline, due } = await act.requests.view(nord, id)
  t.is(state, 'entered-in-error')
  t.like(errorAsk, { by: 'Mme Régule', reason: 'Doublon' })
  t.deepEqual([may, due], [[], undefined])
  t.like(timeline.at(-1), { fact: 'request-entered-in-error', details: { reason: 'Doublon' } })
  t.regex(timeline.at(-1)?.by ?? '', /M\. Manip/)
  const facts = await act.journal.read({ subject: id, limit: 100 })
  t.is(replay(facts.map(stepOf)).state, 'entered-in-error')
  t.like(
    facts.find(({ type }) => type === 'request-entered-in-error'),
    {
      body: { askedBy: 'Mme Régule', account: 'acc_coo', reason: 'Doublon', images: 'keep' },
      origin: { by: 'account', account: 'acc_tec' },
    },
  )
})

test('from every state: the claim is over, nothing more is signed, the clocks stand still', async t => {
  const act = await openAct()
  t.teardown(() => act.close())
  const enter = async (id: string) => {
    await act.requests.send(nord, id, 'ask-error', ASK)
    await act.requests.send(referrer, id, 'enter-in-error', {})
    return act.requests.view(nord, id)
  }
  const { id: reading } = await act.requests.create(referrer, FORM)
  await act.requests.send(first, reading, 'claim', {})
  const { report } = await act.reports.draft(first, reading)
  act.clock.advance(7 * MINUTE_MS)
  const before = await enter(reading)
  t.deepEqual([before.state, before.holder, before.clock.running], ['entered-in-error', undefined, false])
  act.clock.advance(60 * MINUTE_MS)
  t.is((await act.requests.view(nord, reading)).clock.totalMs, before.clock.totalMs)
  const sections = { indication: 'i', technique: 't', results: 'r', conclusion: 'c' }
  await t.throwsAsync(act.reports.save(first, report.id, report.revision, sections), { any: true })
  const sign = { reauthentication: { password: PASSWORD }, as: 'final' as const }
  await t.throwsAsync(act.reports.sign(first, report.id, sign), { any: true })
  // The group sees that it is over and why, and nothing after it.
  t.like(await act.requests.view(first, reading), { state: 'entered-in-error', may: [] })

  const reported = await signed(act)
  const after = await enter(reported)
  t.is(after.state, 'entered-in-error')
  t.is(after.reports.length, 1, 'what was signed stays to be seen as what it is')
  const { id: draft } = await act.requests.create(referrer, { ...FORM, submit: false })
  t.is((await enter(draft)).state, 'entered-in-error')
  const { id: cancelled } = await act.requests.create(referrer, { ...FORM, studies: [], modality: 'US' })
  await act.requests.send(referrer, cancelled, 'cancel', { reason: 'Doublon' })
  t.is((await enter(cancelled)).state, 'entered-in-error')
})

test('a hint of triage moves a request in the lists and hides none; it is said once, a later one replaces it, and nobody waits past their due time for it', async t => {
  const act = await openAct()
  t.teardown(() => act.close())
  const make = async () => (await act.requests.create(referrer, { ...FORM, urgency: 'urgent' })).id
  const old = await make()
  act.clock.advance(MINUTE_MS)
  const middle = await make()
  act.clock.advance(MINUTE_MS)
  const young = await make()
  const list = async () =>
    (await act.requests.list(first, { toClaim: true, limit: 50 })).items.map(({ id }) => id)
  t.deepEqual(await list(), [old, middle, young])
  const at = (ms: number) => new Date(act.clock.now() + ms).toISOString()
  const hint = { number: 80, label: 'Hémorragie probable', by: 'Tri-CT', version: '2.1', at: at(0) }
  const seen = await act.requests.triage(technician, young, hint)
  t.deepEqual(seen.triage, hint)
  t.deepEqual(await list(), [young, old, middle])
  await act.requests.triage(technician, young, hint)
  const said = async () =>
    (await act.journal.read({ subject: young, types: ['request-triaged'], limit: 9 })).length
  t.is(await said(), 1, 'said again, it is the same')
  await act.requests.triage(technician, middle, { ...hint, number: 95, at: at(0) })
  t.deepEqual(await list(), [middle, young, old])
  await t.throwsAsync(act.requests.triage(technician, young, { ...hint, number: 1, at: at(-MINUTE_MS) }), {
    code: 'conflict',
  })
  await t.throwsAsync(act.requests.triage(technician, young, { ...hint, at: at(60 * MINUTE_MS) }), {
    code: 'invalid',
  })
  await t.throwsAsync(act.requests.triage(first, young, hint), { code: 'forbidden' })
  await act.requests.triage(technician, middle, { ...hint, number: 0, at: at(0) })
  t.deepEqual(await list(), [young, old, middle], 'a later one replaces it')

  // The oldest comes near its due time: from now on no number goes before it.
  act.clock.advance(20 * MINUTE_MS)
  await act.outbox.runLane('requests')
  t.deepEqual(await list(), [old, middle, young])
  await act.requests.triage(technician, young, { ...hint, number: 100, at: at(0) })
  t.is((await list())[0], old)
  t.is((await list()).length, 3)
})
