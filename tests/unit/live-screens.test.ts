import { mock } from 'node:test'
import { QueryClient, QueryObserver } from '@tanstack/react-query'
import test from 'ava'
import { openPace, paceAfter } from '../../node/http/pace.js'
import { call } from '../../web/api/call.js'
import { isWorthAnother, waitMs } from '../../web/api/patience.js'
import { ApiProblem } from '../../web/api/problem.js'
import { readAgain } from '../../web/api/read-again.js'
import { gatherMs, openGathering } from '../../web/live/gathering.js'

/** A screen whose time is ours, and what it read again. */
function screen() {
  mock.timers.enable({ apis: ['setTimeout'] })
  const is = { hidden: false, ringing: false, toldOf: '' }
  const reads: string[] = []
  const gathering = openGathering({
    read: domains => reads.push(domains.join(' ')),
    isHidden: () => is.hidden,
    isRinging: () => is.ringing,
    isTold: request => request === is.toldOf,
  })
  const after = (ms: number) => {
    mock.timers.tick(ms)
    return reads.splice(0)
  }
  return { is, gathering, after }
}

test.afterEach.always(() => mock.timers.reset())

test.serial('facts are gathered and read once, in the turn the node gives this screen', t => {
  const { gathering, after } = screen()
  gathering.heard({ kind: 'request-submitted', id: 'req_1', turn: 300 })
  gathering.heard({ kind: 'request-accepted', id: 'req_1', turn: 300 })
  gathering.heard({ kind: 'import-created', id: 'imp_1', turn: 300 })
  t.deepEqual(after(gatherMs + 299), [])
  t.deepEqual(after(1), ['board requests imports studies'])
  t.deepEqual(after(10_000), [])
  gathering.heard({ kind: 'request-submitted', id: 'req_2' })
  t.deepEqual(after(gatherMs), ['board requests'], 'without a turn there is nobody to wait for')
})

test.serial('what an act sets off beside it is read by who shows that request, and by no list', t => {
  const { gathering, after } = screen()
  gathering.heard({ kind: 'priors-searched', id: 'req_1' })
  gathering.heard({ kind: 'alert-ended', id: 'req_1' })
  gathering.heard({ kind: 'call-asked', id: 'req_2' })
  t.deepEqual(after(gatherMs + 1)[1]?.split(' '), [
    ...['priors', 'requests/req_1', 'board', 'alerts', 'calls', 'notices'],
    'requests/req_2',
  ])
})

test.serial(
  'a screen nobody looks at reads nothing, and once when it is seen again; what rings it asks for at once',
  t => {
    const { is, gathering, after } = screen()
    gathering.heard({ kind: 'request-submitted', id: 'req_1' })
    is.hidden = true
    t.deepEqual(after(10_000), [], 'it was hidden before its turn came')
    for (let number = 0; number < 50; number += 1)
      gathering.heard({ kind: 'study-received', id: `std_${number}` })
    t.deepEqual(after(60_000), [])
    gathering.heard({ kind: 'alert-opened', id: 'req_1', turn: 5 })
    t.deepEqual(after(5), ['alarms'])
    t.deepEqual(after(60_000), [])
    gathering.heard({ kind: 'notice-sent', id: 'ntc_1', turn: 5 })
    t.deepEqual(after(10_000), ['alarms', 'notices'], 'the desktop says what is said to this person alone')
    gathering.heard({ kind: 'alert-escalated', id: 'req_1', turn: 5 })
    t.deepEqual(after(10_000), ['alarms'])
    is.toldOf = 'req_2'
    gathering.heard({ kind: 'alert-ended', id: 'req_1', turn: 5 })
    t.deepEqual(after(10_000), ['alarms'], 'of that nobody was told here')
    gathering.heard({ kind: 'alert-ended', id: 'req_2', turn: 5 })
    t.deepEqual(
      after(10_000),
      ['alarms', 'notices'],
      'the bell, the title and the desktop take back what is over',
    )
    gathering.heard({ kind: 'alert-escalated', id: 'req_2', turn: 5 })
    t.deepEqual(after(10_000), ['alarms'])
    is.hidden = false
    gathering.seen()
    const [domains = '', ...more] = after(0)
    t.deepEqual(more, [])
    t.deepEqual(domains.split(' ').sort(), [
      'alerts',
      'board',
      'calls',
      'flows',
      'notices',
      'requests',
      'requests/req_1',
      'requests/req_2',
      'studies',
    ])
    gathering.seen()
    t.deepEqual(after(60_000), [], 'looking again is no news')
  },
)

test.serial(
  'what rings here is still at once when it may be over; where nothing rings a claim asks nobody',
  t => {
    const { is, gathering, after } = screen()
    gathering.heard({ kind: 'request-claimed', id: 'req_1', turn: 400 })
    t.deepEqual(after(0), [])
    t.deepEqual(after(gatherMs + 400), ['board requests'])
    is.ringing = true
    gathering.heard({ kind: 'request-claimed', id: 'req_2', turn: 400 })
    t.deepEqual(after(0), ['alarms'])
    gathering.close()
    t.deepEqual(after(10_000), [], 'a page that was left reads nothing')
  },
)

test('few screens wait for nobody, a thousand come one after the other within four tenths of a second', t => {
  const { turnMs, close } = openPace()
  t.teardown(close)
  t.is(turnMs(0), 0)
  t.true(turnMs(10) <= 10)
  t.true(turnMs(999) > 300 && turnMs(999) <= 400, `${turnMs(999)}`)
  t.is(new Set(Array.from({ length: 100 }, (_, place) => turnMs(place * 10))).size, 100)
  t.true(turnMs(1_000_000) <= 5000)
})

test('where those who work meanwhile were kept waiting the next thousand come slower, and faster again where nobody was', t => {
  t.is(paceAfter(350, 10), 350, 'well as it is')
  t.is(paceAfter(400, 200), 600)
  t.true(paceAfter(350, 1) < 350)
  const after = (lateMs: number) =>
    Array.from({ length: 30 }).reduce((us: number) => paceAfter(us, lateMs), 350)
  t.is(after(1000), 2000, 'a thousand are through within two seconds, however loaded the machine')
  t.is(after(0), 250)
  t.is(paceAfter(2000, 0), 1700)
})

test('a screen that was refused comes back by itself, never before the node said, and not together with the others', t => {
  const refused = new ApiProblem('unavailable', 503, 'Too much at once.', [], {}, 1000)
  t.true(isWorthAnother(15, refused))
  t.false(isWorthAnother(20, refused))
  const waits = [0, 0.25, 0.5, 0.75, 0.999].map(random => waitMs(7, refused, random))
  t.true(waits.every(ms => ms >= 1000 && ms < 2000))
  t.is(new Set(waits).size, waits.length)

  const silent = new ApiProblem('network', 0, '')
  t.deepEqual(
    [0, 1, 2, 3].map(times => isWorthAnother(times, silent)),
    [true, true, true, false],
  )
  t.deepEqual(
    [0, 1, 2, 9].map(times => waitMs(times, silent, 0.5)),
    [500, 1000, 2000, 5000],
  )
  for (const code of ['forbidden', 'missing', 'conflict', 'locked'] as const)
    t.false(isWorthAnother(0, new ApiProblem(code, 400, '')), code)
  t.false(isWorthAnother(0, new TypeError('a bug')))
})

test.serial(
  'what changed while a list was read for the first time is shown: one more reading follows',
  async t => {
    const client = new QueryClient()
    const answers: ((value: string) => void)[] = []
    const shown = new QueryObserver(client, {
      queryKey: ['conflicts', '/api/conflicts'],
      queryFn: () => new Promise<string>(answer => answers.push(answer)),
    })
    const stop = shown.subscribe(() => undefined)
    const answer = async (value: string) => {
      answers.shift()?.(value)
      for (let turns = 0; turns < 20; turns += 1) await new Promise(resolve => setImmediate(resolve))
    }
    readAgain(client, { queryKey: ['conflicts'] })
    readAgain(client, { queryKey: ['conflicts'] })
    t.is(answers.length, 1, 'the first reading is not interrupted')
    await answer('none, as it was before')
    t.is(answers.length, 1, 'read once more')
    await answer('one question')
    t.is(shown.getCurrentResult().data, 'one question')
    t.is(answers.length, 0, 'and not again')
    stop()
    client.clear()
  },
)

test.serial(
  'what left with the former secret of a session is read again; who is signed out learns it, and nothing is sent twice',
  async t => {
    const { fetch } = globalThis
    Object.assign(globalThis, { document: { documentElement: { lang: 'fr' } } })
    t.teardown(() => {
      globalThis.fetch = fetch
      Reflect.deleteProperty(globalThis, 'document')
    })
    const asked: string[] = []
    let secret = 'first'
    let over = false
    globalThis.fetch = async (path, { method, headers } = {}) => {
      asked.push(`${method} ${path}`)
      t.like(headers, { 'accept-language': 'fr' }, 'who is signed out is answered in what the page speaks')
      const sentWith = secret
      if (method === 'PUT') secret = 'second'
      await new Promise(resolve => setTimeout(resolve, 5))
      if (over || (method === 'GET' && sentWith !== secret) || path === '/api/wrong')
        return new Response('{"code":"unauthenticated"}', {
          status: 401,
          headers: { 'content-type': 'application/problem+json' },
        })
      return new Response('{"fine":true}')
    }
    const read = () => call({ method: 'GET', path: '/api/requests' })
    await t.notThrowsAsync(call({ method: 'POST', path: '/api/session', body: {} }))
    const [reading] = await Promise.all([read(), call({ method: 'PUT', path: '/api/session/authenticator' })])
    t.deepEqual(reading, { fine: true })
    await t.throwsAsync(call({ method: 'POST', path: '/api/wrong' }), { message: /.*/ })
    t.is(asked.filter(line => line === 'POST /api/wrong').length, 1)
    over = true
    t.like(await t.throwsAsync(read()), { code: 'unauthenticated' })
    t.is(asked.filter(line => line === 'GET /api/requests').length, 4)
  },
)
