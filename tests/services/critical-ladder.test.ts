import anyTest, { type TestFn } from 'ava'
import { isoAt } from '../../node/clock.js'
import { FORM, PASSWORD, PEOPLE } from '../support/act.js'
import {
  begin,
  closeNotices,
  MINUTE_MS,
  type NoticesHouse,
  openNotices,
  pass,
  until,
} from '../support/notices-house.js'

const { referrer, first, coordinator } = PEOPLE
const test = anyTest as TestFn<NoticesHouse>
test.beforeEach(async t => {
  t.context = await openNotices()
})
test.afterEach.always(t => closeNotices(t.context))

const PROOF = { reauthentication: { password: PASSWORD } }
const alertsOf = async (node: NoticesHouse, request: string, kind: string) =>
  (await node.notifications.alerts.ofRequest(request)).filter(alert => alert.kind === kind)
const firedIn = async (node: NoticesHouse, request: string, kind: string) =>
  (await alertsOf(node, request, kind))[0]?.rungs.filter(({ firedAt }) => firedAt).length ?? 0

async function claimed(node: NoticesHouse): Promise<string> {
  const { id } = await node.act.requests.create(referrer, FORM)
  await node.act.requests.send(first, id, 'claim', {})
  return id
}

test('a critical finding of class 1 rings at once, at 5 and 10 minutes, and at 15 a person telephones; only a read-back ends it', async t => {
  const node = t.context
  await begin(node, { captured: true })
  const id = await claimed(node)
  const at = isoAt(node.act.clock.now())
  const { id: critical } = await node.act.criticals.raise(first, id, { class: 1, finding: 'X', foundAt: at })
  await until(node, async () => (await firedIn(node, id, 'critical')) === 1)
  const opened = node.act.clock.now()
  t.like((await node.notifications.list(referrer.who, { limit: 50 })).items[0], {
    kind: 'critical-finding',
    urgency: 'emergency',
  })
  for (const rungs of [2, 3, 4]) {
    await pass(node, 5 * MINUTE_MS)
    await until(node, async () => (await firedIn(node, id, 'critical')) >= rungs)
  }
  const [alert] = await alertsOf(node, id, 'critical')
  t.deepEqual(
    alert?.rungs.map(({ dueAt }) => (Date.parse(dueAt) - opened) / MINUTE_MS),
    [0, 5, 10, 15],
  )
  t.true(alert?.rungs[3]?.call)
  // Neither the coordinator's word nor a call that reached somebody is a read-back.
  t.like(
    await t.throwsAsync(
      node.notifications.alerts.acknowledge(coordinator.who, alert?.id ?? '', 'vu', coordinator.origin),
    ),
    { code: 'conflict' },
  )
  const [call] = (await node.notifications.calls.open(coordinator.who)).items.filter(
    one => one.kind === 'critical',
  )
  t.is(call?.numbers[0]?.telephone, '+33 1 00 00 00 00')
  t.like(
    await t.throwsAsync(
      node.notifications.calls.record(
        coordinator.who,
        call?.id ?? '',
        { outcome: 'reached', reached: 'Dr Garde' },
        coordinator.origin,
      ),
    ),
    { code: 'conflict' },
  )
  const called = {
    ...{ receiver: 'Dr Garde', role: 'urgentiste', method: 'téléphone', readBack: true },
    at: isoAt(node.act.clock.now()),
  }
  await node.act.criticals.acknowledge(coordinator, critical, called)
  await until(node, async () => (await alertsOf(node, id, 'critical'))[0]?.state === 'ended')
  t.false((await node.notifications.calls.open(coordinator.who)).items.some(one => one.kind === 'critical'))
})

test('two critical findings of one act climb apart; who was told by telephone is not rung', async t => {
  const node = t.context
  await begin(node, { captured: true })
  const id = await claimed(node)
  const at = isoAt(node.act.clock.now())
  const called = { receiver: 'Dr Garde', role: 'interne', at, method: 'téléphone', readBack: true }
  const one = await node.act.criticals.raise(first, id, { class: 1, finding: 'A', foundAt: at })
  await node.act.criticals.raise(first, id, { class: 2, finding: 'B', foundAt: at })
  await node.act.criticals.raise(first, id, { class: 1, finding: 'C', foundAt: at, called })
  await until(node, async () => (await alertsOf(node, id, 'critical')).length === 2)
  await node.act.criticals.acknowledge(first, one.id, called)
  await until(node, async () => (await alertsOf(node, id, 'critical')).some(({ state }) => state === 'ended'))
  t.deepEqual(
    (await alertsOf(node, id, 'critical')).map(({ state, urgency }) => `${urgency} ${state}`).sort(),
    ['emergency ended', 'urgent open'],
  )
})

test('a significant difference rings whoever got the version before, until a person has seen the new one', async t => {
  const node = t.context
  await begin(node, { captured: true })
  const { reports } = node.act
  const id = await claimed(node)
  const { report } = await reports.draft(first, id)
  const sections = { indication: 'i', technique: 't', results: 'r', conclusion: 'Normal.' }
  await reports.save(first, report.id, 1, sections)
  await reports.sign(first, report.id, { ...PROOF, as: 'preliminary' })
  await reports.save(first, report.id, 2, { ...sections, conclusion: 'Hémorragie.' })
  await reports.sign(first, report.id, { ...PROOF, as: 'final', difference: 'significant' })
  await until(node, async () => (await firedIn(node, id, 'difference')) === 1)
  t.true(
    (await node.notifications.list(referrer.who, { limit: 50 })).items.some(
      ({ kind }) => kind === 'report-differs',
    ),
  )
  await reports.acknowledge(referrer, report.id, {})
  await until(node, async () => (await alertsOf(node, id, 'difference'))[0]?.state === 'ended')
  t.pass()
})
