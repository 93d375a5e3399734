import { existsSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import anyTest, { type ExecutionContext, type TestFn } from 'ava'
import { manualClock } from '../../node/clock.js'
import type { DowntimeView } from '../../node/downtime/view.js'
import { priorities } from '../../node/outbox/job.js'
import { reserveNumbers } from '../../node/requests/numbers.js'
import type { NewRequest, RequestView } from '../../node/requests/view.js'
import { type Act, FORM, openAct, PASSWORD, PEOPLE } from '../support/act.js'
import { eventually } from '../support/children.js'
import { openNode, SITES } from '../support/node.js'
import { textOf } from '../support/pdf.js'
import { OPERATOR, person } from '../support/people.js'

const test = anyTest as TestFn
const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS
const { referrer, stranger, first } = PEOPLE

/** A house of an act where `nord` has three blank forms of today. */
async function house(
  t: ExecutionContext,
): Promise<Act & { numbers: string[]; ago(minutes: number): string }> {
  const act = await openAct()
  t.teardown(act.close)
  const numbers = await act.db.write(tx =>
    reserveNumbers(tx, { site: 'nord', day: '2026-11-24', count: 3, at: act.clock.now() }),
  )
  return {
    ...act,
    numbers,
    ago: minutes => manualClock(act.clock.now() - minutes * MINUTE_MS).isoNow(),
  }
}

const refused = async (t: ExecutionContext, asked: Promise<unknown>, code: string, path?: string) => {
  const thrown = await t.throwsAsync(asked)
  t.like(thrown, { code, ...(path === undefined ? {} : { fields: [{ path }] }) })
}

test('the numbers of a day are reserved once, in a series of their own', async t => {
  const { db, numbers, clock, requests } = await house(t)
  t.deepEqual(numbers, ['N-P0001', 'N-P0002', 'N-P0003'])
  const again = (day: string, count: number, site = 'nord') =>
    db.write(tx => reserveNumbers(tx, { site, day, count, at: clock.now() }))
  t.deepEqual(await again('2026-11-24', 3), numbers)
  t.deepEqual(await again('2026-11-25', 2), ['N-P0004', 'N-P0005'])
  t.deepEqual(await again('2026-11-25', 2, 'sud'), ['S-P0001', 'S-P0002'])
  t.is((await requests.create(referrer, FORM)).reference, 'N-0001')
})

test('a request on paper keeps its number, when it was asked for, and when it was entered', async t => {
  const { requests, journal, numbers, ago, clock } = await house(t)
  const happenedAt = ago(180)
  const paper = { number: ` ${numbers[1]?.toLowerCase()} `, happenedAt }
  const made = await requests.create(referrer, { ...FORM, paper })
  t.like(made, {
    reference: 'N-P0002',
    state: 'offered',
    happenedAt,
    createdAt: clock.isoNow(),
    submittedAt: happenedAt,
  })
  const [created] = await journal.read({ subject: made.id, types: ['request-created'], limit: 1 })
  t.like(created?.body, { happenedAt, paper: 'N-P0002', reference: 'N-P0002' })
  t.is(created?.at, clock.now())
  t.false('paper' in ((created?.body?.['form'] as object | undefined) ?? {}))
  const submitted = made.timeline.find(({ fact }) => fact === 'request-submitted')
  t.like(submitted, { at: happenedAt, recordedAt: clock.isoNow() })
  t.regex(submitted?.by ?? '', /Dr Exemple/)
})

test('a number is of one site and entered once; what is refused leaves nothing', async t => {
  const { requests, numbers, ago, journal } = await house(t)
  const paper = (number: string | undefined, happenedAt = ago(60)) => ({
    ...FORM,
    paper: { happenedAt, ...(number === undefined ? {} : { number }) },
  })
  await requests.create(referrer, paper(numbers[0]))
  const before = await journal.head()
  await refused(t, requests.create(referrer, paper(numbers[0])), 'conflict', 'paper.number')
  await refused(t, requests.create(referrer, paper('N-P0099')), 'invalid', 'paper.number')
  await refused(
    t,
    requests.create(stranger, { ...paper(numbers[1]), site: 'sud', studies: [] }),
    'invalid',
    'paper.number',
  )
  await refused(t, requests.create(referrer, paper(numbers[1], ago(-1))), 'invalid', 'paper.happenedAt')
  await refused(
    t,
    requests.create(referrer, paper(numbers[1], ago((15 * DAY_MS) / MINUTE_MS))),
    'invalid',
    'paper.happenedAt',
  )
  t.deepEqual(await journal.head(), before)
  t.is((await requests.create(referrer, paper(numbers[1]))).reference, 'N-P0002')
  t.is((await requests.create(referrer, paper(undefined))).reference, 'N-0001')
})

test('claim, question, answer and report entered later stand where they happened, and the clocks count them so', async t => {
  const { requests, reports, numbers, ago, clock, journal } = await house(t)
  const asked = ago(300)
  const { id } = await requests.create(referrer, {
    ...FORM,
    paper: { number: numbers[0] ?? '', happenedAt: asked },
  } as NewRequest)
  clock.advance(5 * MINUTE_MS)
  const claimedAt = ago(295)
  await refused(t, requests.send(first, id, 'claim', { happenedAt: ago(400) }), 'invalid', 'happenedAt')
  await refused(t, requests.send(first, id, 'claim', { happenedAt: ago(-5) }), 'invalid', 'happenedAt')
  await refused(
    t,
    requests.send(referrer, id, 'cancel', { reason: 'x', happenedAt: ago(1) }),
    'invalid',
    'happenedAt',
  )
  await requests.send(first, id, 'claim', { happenedAt: claimedAt })
  await requests.send(first, id, 'ask', { text: 'Créatinine ?', happenedAt: ago(285) })
  await refused(t, requests.send(referrer, id, 'answer', { text: '80', happenedAt: ago(290) }), 'invalid')
  await requests.send(referrer, id, 'answer', { text: '80', happenedAt: ago(275) })
  const { report } = await reports.draft(first, id)
  const sections = { indication: 'x', technique: 'x', results: 'x', conclusion: 'x' }
  await reports.save(first, report.id, report.revision, sections)
  const told = ago(265)
  await reports.sign(first, report.id, {
    reauthentication: { password: PASSWORD },
    as: 'final',
    happenedAt: told,
  })
  const view = (await requests.view(referrer, id)) as RequestView
  const times = view.timeline.map(({ at }) => at)
  t.deepEqual(times, times.toSorted(), 'nothing runs backwards')
  t.like(
    view.timeline.find(({ fact }) => fact === 'report-signed'),
    { at: told, recordedAt: clock.isoNow() },
  )
  t.is(view.reports[0]?.signedAt, clock.isoNow(), 'what was signed says when it was signed')
  // Five minutes older by now: asked at 305, claimed at 295, asked back at 285, answered at 275, told at 265.
  t.like(view.clock, {
    totalMs: 40 * MINUTE_MS,
    siteMs: 10 * MINUTE_MS,
    readerMs: 20 * MINUTE_MS,
    pausedMs: 10 * MINUTE_MS,
    running: false,
  })
  const bodies = (await journal.read({ subject: id, limit: 100 })).filter(({ body }) => body?.['happenedAt'])
  t.deepEqual(
    bodies.map(({ type }) => type),
    [
      'request-created',
      'request-submitted',
      'request-claimed',
      'request-accepted',
      'request-info-requested',
      'request-answered',
      'report-signed',
    ],
  )
})

test('each night lays down the papers of every site that asks, keeps so many days, and never the same number twice', async t => {
  const clock = manualClock(Date.UTC(2026, 10, 26, 1, 30))
  const node = await openNode(t, {
    clock,
    env: {
      ...OPERATOR,
      RELAIS_NODE_TIME_ZONE: 'Europe/Paris',
      RELAIS_DOWNTIME_FORMS_COUNT: '2',
      RELAIS_DOWNTIME_KEPT_DAYS: '2',
    },
    network: {
      sites: SITES,
      contracts: [
        {
          id: 'nord-lecture',
          requesting: 'nord',
          reading: 'lecture',
          modalities: ['CT'],
          kinds: ['reading'],
          urgencies: ['routine'],
          lastRung: { telephone: '+33 1 00 00 00 99' },
        },
      ],
    },
  })
  await person(t, node, 'first')
  const list = () => node.services.downtime.list('nord')
  t.deepEqual(await list(), { items: [], nextAt: '2026-11-26T02:00:00.000Z', keptDays: 2 })

  /** The next night comes: the outbox looks at the clock when something moves. */
  const night = async (day: string) => {
    clock.advance(Date.parse((await list()).nextAt ?? '') - clock.now() + MINUTE_MS)
    const { outbox, db } = node.services
    const [job] = await outbox.open({ kind: 'downtime-papers' })
    await db.write(tx => outbox.hasten(tx, job?.id ?? '', priorities.background))
    return eventually(
      `the papers of ${day}`,
      async () => {
        const now = await list()
        return now.items.some(item => item.day === day) && (now.nextAt ?? '') > clock.isoNow()
          ? now
          : undefined
      },
      60_000,
    )
  }
  const made = await night('2026-11-26')
  t.deepEqual(
    made.items.map(({ kind, numbers, pages }) => [
      kind,
      numbers?.first,
      numbers?.last,
      numbers?.entered,
      pages,
    ]),
    [
      ['duty', undefined, undefined, undefined, 1],
      ['forms', 'N-P0001', 'N-P0002', 0, 4],
    ],
  )
  const [duty, forms] = made.items
  // Signed in by the clock as it is now.
  const technician = await person(t, node, 'technician')
  t.deepEqual((await technician.get<DowntimeView>('/api/downtime')).body, made)
  const folder = join(node.folder, 'downtime')
  t.true(existsSync(join(folder, '2026-11-26-nord-forms.pdf')))
  const got = await technician.bytes(`/api/downtime/${forms?.id}/pdf`)
  t.like(got, { status: 200, type: 'application/pdf' })
  t.true((textOf(got.bytes) ?? 'N-P0002').includes('N-P0002'))
  const text = textOf((await technician.bytes(`/api/downtime/${duty?.id}/pdf`)).bytes)
  if (text !== undefined) {
    t.true(text.includes('+33 1 00 00 00 99'), 'whom to call when nobody answers')
    t.true(text.includes('+33 1 00 00 00 01'), 'a group without a roster: all its readers')
  }
  const stranger = await person(t, node, 'stranger')
  t.is((await stranger.get(`/api/downtime/${forms?.id}/pdf`)).status, 404)
  const facts = await node.facts('downtime-papers-made')
  t.true(facts.some(({ site, body }) => site === 'nord' && body?.['day'] === '2026-11-26'))

  await technician.post('/api/downtime')
  t.is((await list()).items.length, 2, 'what the night made is not made again')
  const referrer = await person(t, node, 'referrer')
  const paper = { number: 'N-P0001', happenedAt: '2026-11-26T01:00:00.000Z' }
  const entered = await referrer.post<RequestView>('/api/requests', { ...FORM, studies: [], paper })
  t.like(entered, { status: 201, body: { reference: 'N-P0001', happenedAt: paper.happenedAt } })
  t.is((await list()).items.find(({ kind }) => kind === 'forms')?.numbers?.entered, 1)

  await night('2026-11-27')
  const third = await night('2026-11-28')
  t.deepEqual([...new Set(third.items.map(({ day }) => day))], ['2026-11-28', '2026-11-27'])
  t.is(third.items.find(({ kind }) => kind === 'forms')?.numbers?.first, 'N-P0005')
  t.false(readdirSync(folder).some(name => name.startsWith('2026-11-26-nord')))

  const { outbox, db, downtime } = node.services
  await downtime.start()
  const owed = await outbox.open({ kind: 'downtime-papers' })
  t.is(owed.length, 1, 'a second start owes nothing twice')
  const operator = { by: 'command', user: 'test' } as const
  await db.write(tx => outbox.giveUp(tx, owed[0]?.id ?? '', 'essai', operator))
  t.is((await list()).nextAt, '2026-11-30T02:00:00.000Z', 'a night that is given up is one night')

  rmSync(join(folder, '2026-11-28-nord-duty.pdf'))
  const northern = await person(t, node, 'northern')
  t.is((await northern.get(`/api/downtime/${third.items[0]?.id}/pdf`)).status, 404)
  t.is((await northern.bytes(`/api/downtime/${third.items[1]?.id}/pdf`)).status, 200)
  t.is((await northern.post('/api/downtime')).status, 200)
  const again = await list()
  t.is(again.items.find(({ kind }) => kind === 'forms')?.numbers?.first, 'N-P0005', 'the same numbers')
  t.is((await northern.bytes(`/api/downtime/${again.items[0]?.id}/pdf`)).status, 200)
})

test('a new site has its papers without waiting for the night; a duty list is made anew when others stand on it, with its time', async t => {
  const clock = manualClock(Date.UTC(2026, 10, 26, 10, 0))
  const contract = {
    id: 'nord-lecture',
    requesting: 'nord',
    reading: 'lecture',
    modalities: ['CT'],
    kinds: ['reading'],
    urgencies: ['routine'],
  }
  const node = await openNode(t, {
    clock,
    env: { ...OPERATOR, RELAIS_NODE_TIME_ZONE: 'Europe/Paris', RELAIS_DOWNTIME_FORMS_COUNT: '1' },
    network: { sites: SITES, contracts: [contract] },
  })
  const { outbox, db, downtime } = node.services
  /** Minutes pass: the outbox looks at the clock when something moves. */
  const rested = (what: string, until: (view: DowntimeView) => boolean) =>
    eventually(
      what,
      async () => {
        const owed = await outbox.open({ kind: 'downtime-changes' })
        if (owed.some(({ dueAt }) => dueAt > clock.now())) clock.advance(2 * MINUTE_MS)
        await db.write(async tx => {
          for (const { id } of owed) await outbox.hasten(tx, id, priorities.background)
        })
        const view = await downtime.list('nord')
        return until(view) ? view : undefined
      },
      60_000,
    )
  const first = await rested('the papers of a first start', ({ items }) => items.length === 2)
  t.deepEqual(
    first.items.map(({ day, kind }) => [day, kind]),
    [
      ['2026-11-26', 'duty'],
      ['2026-11-26', 'forms'],
    ],
  )
  await person(t, node, 'first')
  const dispatcher = await person(t, node, 'dispatcher')
  const [{ account = '' } = {}] = await node.services.accounts.members(['lecture'], 'radiologist')
  const shift = { site: 'lecture', account, kind: 'on-call', from: '20:00', to: '08:00' }
  t.is((await dispatcher.post('/api/rosters/shifts', { ...shift, date: '2026-11-26' })).status, 201)
  const written = clock.isoNow()
  const second = await rested(
    'the list of who was put on duty',
    ({ items }) => (items[0]?.madeAt ?? '') > written,
  )
  t.deepEqual(second.items[1], first.items[1], 'the forms stay, with their numbers')
  const technician = await person(t, node, 'technician')
  t.is(second.items[0]?.id, first.items[0]?.id, 'the same paper')
  const list = await technician.bytes(`/api/downtime/${second.items[0]?.id}/pdf`)
  t.is(list.status, 200)
  const text = textOf(list.bytes)
  if (text !== undefined) t.regex(text, /Établie le 26\/11\/2026 11:[0-5]\d.*Dr Essai Lectrice/s)

  // What is far away is of another night's list.
  t.is((await dispatcher.post('/api/rosters/shifts', { ...shift, date: '2026-12-24' })).status, 201)
  const seen = clock.now() + MINUTE_MS
  t.deepEqual((await rested('a night in a month', () => clock.now() >= seen)).items, second.items)
})
