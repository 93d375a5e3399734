import anyTest, { type TestFn } from 'ava'
import { plainSituation } from '../../node/offsite/situation.js'
import { stateChecks } from '../../node/program/state-checks.js'
import { offersAfter } from '../../node/requests/offer.js'
import type { RequestTables } from '../../node/requests/schema.js'
import { readOffers } from '../../node/requests/worklist.js'
import { type Act, FORM, openAct, PEOPLE, person, START_MS } from '../support/act.js'
import { eventually } from '../support/children.js'

const test = anyTest as TestFn<Act>
const { referrer, first, second, coordinator } = PEOPLE
const MINUTE_MS = 60_000
const EMERGENCY = { ...FORM, urgency: 'emergency' as const }
const URGENT = { ...FORM, urgency: 'urgent' as const }

/** Four readers: one on site, two on call, one in second line. */
const READERS = [
  { reader: first, kind: 'on-site' },
  { reader: second, kind: 'on-call' },
  { reader: person('acc_rad4', 'Dr Quatre', 'radiologist', 'lecture'), kind: 'on-call' },
  { reader: person('acc_rad5', 'Dr Cinq', 'radiologist', 'lecture'), kind: 'second-line' },
] as const
const [, , fourth, fifth] = READERS.map(({ reader }) => reader) as [
  typeof first,
  typeof first,
  typeof first,
  typeof first,
]

test.beforeEach(async t => {
  const act = await openAct()
  const others = act.people.members
  Object.assign(act.people, {
    members: async (sites: string[], role: 'radiologist') =>
      role === 'radiologist' && sites.includes('lecture')
        ? READERS.map(({ reader: { who } }) => ({
            account: who.account.id,
            name: who.account.name,
            site: 'lecture',
          }))
        : others(sites, role),
  })
  act.situation = {
    ...plainSituation(START_MS, 'UTC'),
    rostered: new Set(['lecture']),
    duties: READERS.map(({ reader, kind }) => ({
      account: reader.who.account.id,
      site: 'lecture',
      kind,
      from: START_MS,
      to: START_MS + 86_400_000,
    })),
  }
  await act.outbox.start()
  t.context = act
})
test.afterEach.always(t => t.context.close())

/** Moves the clock on and lets what is due be done. */
async function pass(act: Act, ms: number): Promise<void> {
  act.clock.advance(ms)
  await act.db.write(tx =>
    act.outbox.add(tx, { lane: 'tick', kind: 'tick', key: act.ids.next('job'), body: {} }),
  )
}

const outcomes = async (act: Act, id: string) =>
  (await readOffers(act.db.sql<RequestTables>(), id)).map(({ name, wave, outcome }) => [name, wave, outcome])

const openTo = async (act: Act, id: string, count: number) =>
  eventually('the next wave is asked', async () =>
    (await act.requests.offeredTo(id)).length === count ? true : undefined,
  )

test('an emergency asks wave after wave, and only whoever was asked may claim', async t => {
  const act = t.context
  const { requests } = act
  const { id } = await requests.create(referrer, EMERGENCY)
  t.deepEqual(await outcomes(act, id), [['Dr Un', 0, 'offered']])
  t.deepEqual((await requests.view(second, id)).may, [])
  t.like(await t.throwsAsync(requests.send(second, id, 'claim', {})), {
    code: 'forbidden',
    message: 'This request is not offered to you.',
  })
  t.is((await requests.counts(second)).toClaim, 0)
  await pass(act, 3 * MINUTE_MS)
  await openTo(act, id, 3)
  await pass(act, 3 * MINUTE_MS)
  await openTo(act, id, 4)
  const view = await requests.view(coordinator, id)
  t.deepEqual(view.waves, { wave: 3, of: 3, ended: false })
  t.deepEqual(
    view.offers.map(({ name, wave, outcome, why }) => [name, wave, outcome, why]),
    [
      ['Dr Un', 1, 'offered', 'On shift until 06:00.'],
      ['Dr Deux', 2, 'offered', 'On call until 06:00. Nobody answered up to wave 1.'],
      ['Dr Quatre', 2, 'offered', 'On call until 06:00. Nobody answered up to wave 1.'],
      ['Dr Cinq', 3, 'offered', 'Second line until 06:00. Nobody answered up to wave 2.'],
    ],
  )
  // Who was asked first may still claim.
  t.like(await requests.send(first, id, 'claim', {}), { state: 'accepted', holder: { name: 'Dr Un' } })
  t.deepEqual(
    (await outcomes(act, id)).map(([, , outcome]) => outcome),
    ['won', 'lapsed', 'lapsed', 'lapsed'],
  )
  t.like(await t.throwsAsync(requests.send(fifth, id, 'claim', {})), {
    code: 'conflict',
    message: 'Dr Un holds this request.',
  })
})

test('after the last wave nobody is asked any more: the end is on record, and who was asked may still claim', async t => {
  const act = t.context
  const { id } = await act.requests.create(referrer, URGENT)
  await pass(act, 15 * MINUTE_MS)
  await openTo(act, id, 4)
  await pass(act, 15 * MINUTE_MS)
  await eventually('the waves end', async () =>
    (await act.requests.view(coordinator, id)).waves?.ended === true ? true : undefined,
  )
  const [ended] = await act.journal.read({ subject: id, types: ['request-waves-ended'] })
  t.like(ended?.body, { cause: 'unanswered', offered: 4, declined: 0, round: 1, waves: 2 })
  t.like(await act.requests.send(fifth, id, 'claim', {}), { holder: { name: 'Dr Cinq' } })
})

test('when all of a wave declined the next one is asked at once; when all declined a coordinator has to choose', async t => {
  const act = t.context
  const { requests, clock } = act
  const { id } = await requests.create(referrer, EMERGENCY)
  const began = clock.now()
  await requests.send(first, id, 'decline', { code: 'overload', reason: 'Trois urgences' })
  t.deepEqual(
    (await requests.offeredTo(id)).map(({ account }) => account),
    ['acc_rad2', 'acc_rad4'],
  )
  t.is(clock.now(), began)
  await requests.send(second, id, 'decline', { code: 'competence', reason: 'Pédiatrie' })
  t.is((await requests.offeredTo(id)).length, 1, 'it stays with the others')
  await requests.send(fourth, id, 'decline', { code: 'conflict-of-interest', reason: 'Un proche' })
  await requests.send(fifth, id, 'decline', { reason: 'Autre' })
  const [ended] = await act.journal.read({ subject: id, types: ['request-waves-ended'] })
  t.like(ended?.body, { cause: 'all-declined', offered: 4, declined: 4 })
  const seen = await requests.view(coordinator, id)
  t.deepEqual(
    seen.offers.map(({ decline }) => decline),
    [
      { code: 'overload', reason: 'Trois urgences' },
      { code: 'competence', reason: 'Pédiatrie' },
      { code: 'conflict-of-interest', reason: 'Un proche' },
      { code: 'other', reason: 'Autre' },
    ],
  )
  t.like(seen, { state: 'offered', waves: { ended: true } })
})

test('that somebody declined, and why, is told to the coordinator and to nobody else', async t => {
  const { requests } = t.context
  const { id } = await requests.create(referrer, FORM)
  await requests.send(second, id, 'decline', { code: 'conflict-of-interest', reason: 'Un proche' })
  for (const asker of [first, referrer]) {
    const view = await requests.view(asker, id)
    t.false(JSON.stringify(view).includes('proche'))
    t.false(view.timeline.some(({ fact }) => fact === 'request-declined'))
    t.is(view.offers.find(({ account }) => account === 'acc_rad2')?.outcome, 'offered')
  }
  t.like(
    (await requests.view(second, id)).offers.find(({ account }) => account === 'acc_rad2'),
    {
      outcome: 'declined',
      decline: { code: 'conflict-of-interest' },
    },
  )
})

test('an offer is seen by a person’s own action, once', async t => {
  const { requests, journal } = t.context
  const { id } = await requests.create(referrer, FORM)
  await requests.view(first, id)
  t.is((await requests.view(coordinator, id)).offers[0]?.outcome, 'offered', 'reading it counts for nothing')
  for (let times = 0; times < 2; times++) await requests.offerSeen(first, id)
  await t.throwsAsync(requests.offerSeen(coordinator, id), { message: /not for you/ })
  t.like((await requests.view(coordinator, id)).offers[0], { outcome: 'seen', name: 'Dr Un' })
  t.is((await journal.read({ subject: id, types: ['request-offer-seen'] })).length, 1)
})

test('what is given back is a new round: whoever had it is asked after the others, and earlier offers are over', async t => {
  const act = t.context
  const { requests } = act
  const { id } = await requests.create(referrer, EMERGENCY)
  await requests.send(first, id, 'claim', {})
  const released = await requests.send(first, id, 'release', { reason: 'Fin de vacation' })
  t.like(released, { state: 'offered', waves: { wave: 1, of: 3 } })
  t.deepEqual(
    (await requests.offeredTo(id)).map(({ account }) => account),
    ['acc_rad2', 'acc_rad4'],
  )
  await pass(act, 3 * MINUTE_MS)
  await openTo(act, id, 3)
  await pass(act, 3 * MINUTE_MS)
  await openTo(act, id, 4)
  t.like(
    (await requests.view(first, id)).offers.find(
      ({ account, round }) => account === 'acc_rad1' && round === 2,
    ),
    {
      wave: 3,
      why: 'On shift until 06:00. Had it: asked after the others. Nobody answered up to wave 2.',
    },
  )
})

test('cancelled, every offer lapses; the journal leads to the same offers as the rows', async t => {
  const act = t.context
  const { requests } = act
  const { id } = await requests.create(referrer, EMERGENCY)
  await requests.offerSeen(first, id)
  await requests.send(first, id, 'decline', { code: 'overload', reason: 'x' })
  await requests.send(second, id, 'claim', {})
  await requests.send(second, id, 'release', { reason: 'x' })
  await requests.send(coordinator, id, 'cancel', { reason: 'Doublon' })
  t.deepEqual(await requests.offeredTo(id), [])
  const rows = await readOffers(act.db.sql<RequestTables>(), id)
  const told = offersAfter(await act.journal.read({ subject: id })) ?? []
  const key = ({ round, account, wave, outcome }: (typeof told)[number]) =>
    `${round} ${account} ${wave} ${outcome}`
  t.deepEqual(told.map(key).sort(), rows.map(key).sort())
  t.true(rows.every(({ outcome }) => !['offered', 'seen'].includes(outcome)))

  const faults = () =>
    stateChecks.filter(({ name }) => /the offers/.test(name)).flatMap(({ run }) => run(act.db.file))
  t.deepEqual(faults(), [])
  await act.db.write(tx =>
    tx
      .sql<RequestTables>()
      .updateTable('request_offers')
      .set({ outcome: 'won' })
      .where('request', '=', id)
      .where('account', '=', 'acc_rad4')
      .execute(),
  )
  t.deepEqual(
    faults().map(({ what }) => what),
    ['the offers of request N-0001 are not those its steps lead to'],
  )
})
