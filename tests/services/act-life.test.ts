import anyTest, { type TestFn } from 'ava'
import { requestFollower } from '../../node/requests/follow.js'
import { type Act, FORM, openAct, PEOPLE, person } from '../support/act.js'
import { eventually } from '../support/children.js'

const test = anyTest as TestFn<Act>
const { referrer, technician, first, second, outsider, coordinator } = PEOPLE
const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const EMERGENCY = { ...FORM, urgency: 'emergency' as const }
const URGENT = { ...FORM, urgency: 'urgent' as const }
const nord = person('acc_coo_nord', 'Mme Nord', 'coordinator', 'nord')

test.beforeEach(async t => {
  t.context = await openAct()
  t.context.followers.add(requestFollower(t.context.requests))
  await t.context.followers.start()
  await t.context.outbox.start()
})
test.afterEach.always(t => t.context.close())

/** Moves the clock on and lets what is due be done. */
async function pass(act: Act, ms: number): Promise<void> {
  act.clock.advance(ms)
  await act.db.write(tx =>
    act.outbox.add(tx, { lane: 'tick', kind: 'tick', key: act.ids.next('job'), body: {} }),
  )
}
const becomes = (act: Act, id: string, state: string) =>
  eventually(`it is ${state}`, async () =>
    (await act.requests.view(nord, id)).state === state ? true : undefined,
  )
const factOf = async (act: Act, id: string, type: string) =>
  (await act.journal.read({ subject: id, types: [type] })).at(-1)

test('what can wait expires once every wave failed and no coordinator found anybody, with the ladder’s log', async t => {
  const act = t.context
  const { id } = await act.requests.create(referrer, URGENT)
  await act.requests.offerSeen(first, id)
  await pass(act, 15 * MINUTE_MS)
  await eventually('the second wave', async () => (await factOf(act, id, 'request-wave-opened')) && true)
  await pass(act, 15 * MINUTE_MS)
  await eventually('the waves end', async () => (await factOf(act, id, 'request-waves-ended')) && true)
  await pass(act, 119 * MINUTE_MS)
  t.is((await act.requests.view(coordinator, id)).state, 'offered')
  await pass(act, MINUTE_MS)
  await becomes(act, id, 'expired')
  t.like((await factOf(act, id, 'request-expired'))?.body, {
    offered: 2,
    seen: 1,
    declined: 0,
    waves: 2,
    rounds: 1,
  })
  t.deepEqual(await act.requests.offeredTo(id), [])
})

test('a request nobody could be asked for expires too; one that was offered meanwhile does not', async t => {
  const act = t.context
  const none = await act.requests.create(referrer, { ...URGENT, modality: 'US' })
  const other = await act.requests.create(referrer, URGENT)
  await act.requests.send(second, other.id, 'claim', {})
  await pass(act, 150 * MINUTE_MS)
  await becomes(act, none.id, 'expired')
  t.like((await act.requests.view(referrer, none.id)).clock, {
    running: false,
    ended: { fact: 'request-expired' },
  })
  t.not((await act.requests.view(coordinator, other.id)).state, 'expired')
})

test('an emergency counts up until a person says what became of the patient', async t => {
  const act = t.context
  const { requests } = act
  const { id } = await requests.create(referrer, EMERGENCY)
  for (let wave = 0; wave < 3; wave++) {
    await pass(act, 3 * MINUTE_MS)
    await eventually('the wave is over', async () =>
      (await requests.view(coordinator, id)).waves?.wave === Math.min(wave + 2, 3) ? true : undefined,
    )
  }
  await pass(act, 90 * 24 * HOUR_MS)
  const view = await requests.view(referrer, id)
  t.like(view, { state: 'offered', clock: { running: true } })
  t.true(view.may.includes('record-outcome'))
  t.like(await t.throwsAsync(requests.send(referrer, id, 'record-outcome', { reason: 'CHU' })), {
    code: 'invalid',
    fields: [{ path: 'code' }],
  })
  t.like(await t.throwsAsync(requests.send(referrer, id, 'record-outcome', { code: 'overload' })), {
    code: 'invalid',
  })
  t.like(await t.throwsAsync(requests.send(first, id, 'record-outcome', { code: 'died' })), {
    code: 'forbidden',
  })
  const ended = await requests.send(referrer, id, 'record-outcome', {
    code: 'read-elsewhere',
    reason: 'Lu au CHU',
  })
  t.like(ended, {
    state: 'cancelled',
    clock: {
      running: false,
      totalMs: 9 * MINUTE_MS + 90 * 24 * HOUR_MS,
      ended: { fact: 'request-outcome-recorded' },
    },
  })
  t.like((await factOf(act, id, 'request-outcome-recorded'))?.body, {
    code: 'read-elsewhere',
    reason: 'Lu au CHU',
  })
  const routine = await requests.create(referrer, FORM)
  t.like(await t.throwsAsync(requests.send(referrer, routine.id, 'record-outcome', { code: 'died' })), {
    code: 'conflict',
  })
})

test('a holder who does not decide is rung by their ladder, then it is offered to the others; the total clock goes on', async t => {
  const act = t.context
  const { requests } = act
  const { id } = await requests.create(referrer, { ...EMERGENCY, studies: [] })
  t.like(await requests.send(first, id, 'claim', {}), { state: 'claimed' })
  await pass(act, 9 * MINUTE_MS)
  t.is((await requests.view(coordinator, id)).state, 'claimed')
  await pass(act, MINUTE_MS)
  await becomes(act, id, 'offered')
  t.like((await factOf(act, id, 'request-rerouted'))?.body, {
    cause: 'silent-holder',
    had: 'acc_rad1',
    round: 2,
  })
  t.deepEqual(
    (await requests.offeredTo(id)).map(({ account }) => account),
    ['acc_rad2'],
    'who fell silent comes last',
  )
  t.like((await requests.view(coordinator, id)).clock, { totalMs: 10 * MINUTE_MS, running: true })
  t.like(await requests.send(second, id, 'claim', {}), { holder: { name: 'Dr Deux' } })
})

test('an accepted emergency that is not opened is rung for, then offered to the others; one that is being read is not', async t => {
  const act = t.context
  const { requests } = act
  const silent = await requests.create(referrer, EMERGENCY)
  const read = await requests.create(referrer, EMERGENCY)
  const calm = await requests.create(referrer, FORM)
  for (const { id } of [silent, read, calm]) await requests.send(first, id, 'claim', {})
  await requests.send(first, read.id, 'start', {})
  await pass(act, 5 * MINUTE_MS)
  await eventually(
    'the holder is silent',
    async () => (await factOf(act, silent.id, 'request-holder-silent')) && true,
  )
  await pass(act, 5 * MINUTE_MS)
  await becomes(act, silent.id, 'offered')
  await pass(act, HOUR_MS)
  t.is((await requests.view(coordinator, read.id)).state, 'reading')
  t.is((await requests.view(coordinator, calm.id)).state, 'accepted')
})

test('a refusal is coded and proposes something; of an emergency a person of the site says that they know', async t => {
  const act = t.context
  const { requests } = act
  const { id } = await requests.create(referrer, EMERGENCY)
  t.like(await t.throwsAsync(requests.send(first, id, 'refuse', { reason: 'x', alternative: 'y' })), {
    code: 'conflict',
  })
  await requests.send(first, id, 'claim', {})
  const refusal = { code: 'other-modality' as const, reason: 'Sans injection inutile', alternative: 'IRM' }
  t.like(await t.throwsAsync(requests.send(first, id, 'refuse', { ...refusal, code: 'overload' })), {
    code: 'invalid',
  })
  t.like(await requests.send(first, id, 'refuse', refusal), { state: 'refused' })
  t.like((await factOf(act, id, 'request-refused'))?.body, refusal)
  t.deepEqual((await requests.view(technician, id)).may, ['acknowledge-refusal', 'ask-error'])
  t.like((await requests.view(technician, id)).clock, { running: false, ended: { fact: 'request-refused' } })
  t.like(await t.throwsAsync(requests.send(first, id, 'acknowledge-refusal', {})), { code: 'forbidden' })
  await requests.send(referrer, id, 'acknowledge-refusal', { text: 'IRM demandée' })
  t.like(await factOf(act, id, 'request-refusal-acknowledged'), { origin: { account: 'acc_ref' } })
  t.deepEqual((await requests.view(technician, id)).may, ['ask-error'])
  t.like(await t.throwsAsync(requests.send(technician, id, 'acknowledge-refusal', {})), { code: 'conflict' })
})

test('it is handed over to a named colleague who takes it: one claim at a time, and it goes on where it stands', async t => {
  const act = t.context
  const { requests } = act
  const { id } = await requests.create(referrer, FORM)
  await requests.send(first, id, 'claim', {})
  await requests.send(first, id, 'start', {})
  for (const reader of [undefined, 'acc_rad1', 'acc_rad3', 'acc_ref'])
    t.like(
      await t.throwsAsync(requests.send(first, id, 'hand-over', reader === undefined ? {} : { reader })),
      {
        code: 'invalid',
        fields: [{ path: 'reader' }],
      },
    )
  t.like(await t.throwsAsync(requests.send(second, id, 'take-over', {})), { code: 'conflict' })
  await requests.send(first, id, 'hand-over', { reader: 'acc_rad2', reason: 'Fin de vacation' })
  t.like(await requests.view(first, id), { state: 'reading', holder: { id: 'acc_rad1' } })
  t.deepEqual((await requests.view(second, id)).may, ['take-over'])
  const taken = await requests.send(second, id, 'take-over', {})
  t.like(taken, { state: 'reading', holder: { id: 'acc_rad2', name: 'Dr Deux' } })
  t.deepEqual((await requests.view(first, id)).may, [])
  t.like((await factOf(act, id, 'request-taken-over'))?.body, {
    had: 'acc_rad1',
    from: 'reading',
    state: 'reading',
  })
  // Told by telephone, and they said yes.
  const back = await requests.send(second, id, 'hand-over', { reader: 'acc_rad1', told: true })
  t.like(back, { holder: { id: 'acc_rad1' } })
  t.like((await factOf(act, id, 'request-taken-over'))?.body, { had: 'acc_rad2' })
})

test('a coordinator reroutes from wherever it stands, to a group or to a reader by name', async t => {
  const act = t.context
  const { requests } = act
  const { id } = await requests.create(referrer, EMERGENCY)
  const moved = await requests.send(coordinator, id, 'reroute', { reader: 'acc_rad2', reason: 'Neuro' })
  t.like(moved, { state: 'offered' })
  t.deepEqual(
    (await requests.offeredTo(id)).map(({ account }) => account),
    ['acc_rad2'],
  )
  t.regex(moved.offers[0]?.why ?? '', /Named by the coordinator/)
  t.like(await t.throwsAsync(requests.send(first, id, 'claim', {})), { code: 'forbidden' })
  await requests.send(second, id, 'claim', {})
  await requests.send(second, id, 'start', {})
  await requests.send(second, id, 'ask', { text: 'Créatinine ?' })
  act.clock.advance(MINUTE_MS)
  const again = await requests.send(coordinator, id, 'reroute', { reason: 'Malade' })
  t.like(again, { state: 'offered', clock: { totalMs: MINUTE_MS } })
  t.is(again.holder, undefined)
  t.like(await t.throwsAsync(requests.send(second, id, 'start', {})), { code: 'conflict' })
  t.like(await t.throwsAsync(requests.send(coordinator, id, 'reroute', {})), { code: 'invalid' })
  t.like(await t.throwsAsync(requests.send(nord, id, 'reroute', { reason: 'x', reader: 'acc_nobody' })), {
    code: 'conflict',
  })
  t.like(await t.throwsAsync(requests.send(outsider, id, 'reroute', { reason: 'x' })), { code: 'missing' })
})

test('an opinion is no exam: one action claims and accepts it', async t => {
  const { requests } = t.context
  const { id } = await requests.create(referrer, { ...FORM, kind: 'opinion', studies: [] })
  t.like(await requests.send(first, id, 'claim', {}), { state: 'accepted' })
})
