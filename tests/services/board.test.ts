import test from 'ava'
import { openBoard } from '../../node/program/board.js'
import { openHandOver } from '../../node/program/hand-over.js'
import { FORM } from '../support/act.js'
import { openNode } from '../support/node.js'
import { CAST, PASSWORD } from '../support/people.js'

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
