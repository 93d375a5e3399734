import test from 'ava'
import { manualClock } from '../../node/clock.js'
import type { ReachView } from '../../node/notifications/view.js'
import { openBoard } from '../../node/program/board.js'
import { openHandOver } from '../../node/program/hand-over.js'
import type { BoardView, HandOverView } from '../../node/program/view.js'
import type { RequestView } from '../../node/requests/view.js'
import { FORM } from '../support/act.js'
import { eventually } from '../support/children.js'
import { openNode } from '../support/node.js'
import { CAST, PASSWORD, person } from '../support/people.js'

const COMMAND = { by: 'command', user: 'test' } as const

test('all open acts stand with their clocks under who has them; one is given to a reader by name, with a reason', async t => {
  t.timeout(60_000)
  const { services } = await openNode(t)
  const { accounts, requests } = services
  const enter = async (who: (typeof CAST)[keyof typeof CAST]) => {
    await accounts.create(null, { ...who, language: 'fr', password: PASSWORD }, COMMAND)
    const signIn = { email: who.email, password: PASSWORD, address: '127.0.0.1', replaces: null }
    const { who: acting } = await accounts.signIn(signIn)
    const { membership, account } = acting
    const { id, site, role } = membership
    const origin = {
      by: 'account',
      account: account.id,
      name: account.name,
      role,
      site,
      membership: id,
      address: '127.0.0.1',
    } as const
    return { who: acting, origin }
  }
  const referrer = await enter(CAST.referrer)
  const first = await enter(CAST.first)
  const second = await enter(CAST.second)
  const coordinator = await enter(CAST.dispatcher)
  const { studies: _none, ...form } = { ...FORM, site: 'nord', to: 'lecture' }
  const offered = await requests.create(referrer, { ...form, urgency: 'emergency' })
  const held = await requests.create(referrer, form)
  await requests.send(first, held.id, 'claim', {})

  const board = openBoard(services)
  const view = await board(coordinator.who, 'reader')
  t.like(view, { by: 'reader', total: 2, counted: 2, late: 0, near: 1 })
  t.deepEqual(
    view.columns.map(({ key, total }) => [key, total]),
    [
      ['', 1],
      [first.who.account.id, 1],
    ],
  )
  const [nobody, mine] = view.columns
  t.like(nobody?.cards[0], { id: offered.id, state: 'offered', by: 'reroute', wave: { wave: 1 } })
  t.like(mine?.cards[0], { id: held.id, by: 'reroute', holder: { name: CAST.first.name } })
  t.deepEqual(
    view.groups.map(({ id, readers }) => [id, readers.length]),
    [['lecture', 2]],
  )
  t.notRegex(JSON.stringify(view), /ESSAI|Hémorragie/)
  t.like(await board(coordinator.who, 'site'), { columns: [{ key: 'nord', total: 2 }] })
  t.like(await board(second.who, 'reader'), { total: 2 })

  await t.throwsAsync(requests.send(coordinator, held.id, 'reroute', { reader: second.who.account.id }), {
    message: /./,
  })
  const input = { reason: 'Vacation finie', reader: second.who.account.id, to: 'lecture' }
  const given = await requests.send(coordinator, held.id, 'reroute', input)
  t.like(given, { state: 'offered' })
  t.deepEqual(
    given.offers.filter(({ outcome }) => outcome === 'offered').map(({ name }) => name),
    [CAST.second.name],
  )
  const again = await requests.send(coordinator, offered.id, 'reroute', input)
  t.is(again.offers.filter(({ outcome, round }) => outcome === 'offered' && round === 2).length, 1)
  t.is((await requests.send(second, offered.id, 'claim', {})).state, 'claimed')

  // The end of a shift: what is open goes to a named colleague, and stays with the giver until it is taken.
  const handOver = openHandOver(services)
  const before = await handOver(second)
  t.deepEqual(
    before.items.map(({ id, what, to }) => ({ id, what, to })),
    [{ id: offered.id, what: ['claimed'], to: undefined }],
  )
  t.deepEqual(
    before.colleagues.map(({ account, onDuty }) => [account, onDuty]),
    [[first.who.account.id, false]],
  )
  const word = { reader: first.who.account.id, reason: 'Fin de vacation' }
  await requests.send(second, offered.id, 'hand-over', word)
  const waiting = { name: CAST.first.name, reason: word.reason }
  t.like((await handOver(second)).items[0], { id: offered.id, to: waiting })
  t.like((await handOver(first)).forMe[0], { id: offered.id, by: CAST.second.name })
  await requests.send(first, offered.id, 'take-over', {})
  t.deepEqual((await handOver(second)).items, [])
  const taken = await handOver(first)
  t.deepEqual([taken.forMe.length, taken.items.map(({ id }) => id)], [0, [offered.id]])
  const steps = (await services.journal.read({ subject: offered.id })).map(({ type }) => type)
  t.deepEqual(steps.filter(type => type.startsWith('request-')).slice(-2), [
    'request-handed-over',
    'request-taken-over',
  ])
})

test('who is on duty stands on the board with what their alarm did; what a shift left open stands there after its end, and asks for a taker', async t => {
  t.timeout(60_000)
  // Eleven in the morning in Paris, five minutes before a shift ends.
  const clock = manualClock(Date.UTC(2026, 10, 26, 10, 0))
  const node = await openNode(t, { clock, env: { RELAIS_NODE_TIME_ZONE: 'Europe/Paris' } })
  const [dispatcher, first] = [await person(t, node, 'dispatcher'), await person(t, node, 'first')]
  const referrer = await person(t, node, 'referrer')
  await person(t, node, 'second')
  const members = await node.services.accounts.members(['lecture'], 'radiologist')
  const idOf = (name: string) => members.find(member => member.name === name)?.account ?? ''
  const [one, two] = [idOf(CAST.first.name), idOf(CAST.second.name)]
  const shift = {
    site: 'lecture',
    account: one,
    kind: 'on-site',
    date: '2026-11-26',
    from: '08:00',
    to: '11:05',
  }
  const made = await dispatcher.post<{ ids: string[] }>('/api/rosters/shifts', shift)
  // The board is put together anew every half second of the machine's clock.
  const duty = async (account = one) => {
    clock.advance(1000)
    const { columns } = (await dispatcher.get<BoardView>('/api/board')).body
    return columns.find(({ key }) => key === account)?.duty
  }
  const until = '2026-11-26T10:05:00.000Z'
  t.deepEqual(await duty(), { kind: 'on-site', until, alarm: 'untaken' })
  t.is(await duty(two), undefined)
  t.is((await first.post(`/api/rosters/shifts/${made.body.ids[0]}/duty`)).status, 204)
  t.like(await duty(), { alarm: 'unheard' })
  const { tests } = (await first.get<ReachView>('/api/reach')).body
  const rung = tests.find(({ channel }) => channel === 'screen')
  t.is((await first.post(`/api/reach/tests/${rung?.notice}/heard`)).status, 200)
  await eventually('it is heard', async () => ((await duty())?.alarm === 'heard' ? true : undefined))

  const asked = await referrer.post<RequestView>('/api/requests', { ...FORM, studies: [], submit: true })
  t.is((await first.post(`/api/requests/${asked.body.id}/claim`, {})).status, 200)
  const handOver = async () => (await first.get<HandOverView>('/api/hand-over')).body
  t.like(await handOver(), { endsAt: until, items: [{ id: asked.body.id }] })
  clock.advance(10 * 60_000)
  t.like(await duty(), { until })
  t.like(await handOver(), { endsAt: until, items: [{ id: asked.body.id }] })
  t.is((await handOver()).items[0]?.to, undefined)
  const to = { reader: two, reason: 'Fin de vacation' }
  t.is((await first.post(`/api/requests/${asked.body.id}/hand-over`, to)).status, 200)
  t.like((await handOver()).items[0]?.to, { name: CAST.second.name })
  // Nothing is left behind: a shift that is over is no duty any more.
  t.is(
    (await first.post(`/api/requests/${asked.body.id}/release`, { reason: 'Fin de vacation' })).status,
    200,
  )
  t.is(await duty(), undefined)
})
