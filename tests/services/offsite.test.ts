import test, { type ExecutionContext } from 'ava'
import type { AccountTables } from '../../node/accounts/schema.js'
import type { AccountView } from '../../node/accounts/view.js'
import { manualClock } from '../../node/clock.js'
import type { ReachView } from '../../node/notifications/view.js'
import type { CoverageView, OnDutyView, OwnRosterView, RosterView } from '../../node/offsite/view.js'
import type { RequestView } from '../../node/requests/view.js'
import type { ContractView } from '../../node/sites/view.js'
import { FORM } from '../support/act.js'
import { eventually } from '../support/children.js'
import { CONTRACTS, network, openNode, SITES } from '../support/node.js'
import { OPERATOR, type Person, person } from '../support/people.js'

/** A Thursday, eleven in the morning in Paris. */
const START_MS = Date.UTC(2026, 10, 26, 10, 0)
const MINUTE_MS = 60_000
const COMMAND = { by: 'command', user: 'test' } as const

async function scene(t: ExecutionContext, contracts: readonly object[] = [CONTRACTS[0] as object]) {
  const clock = manualClock(START_MS)
  const node = await openNode(t, {
    clock,
    env: { ...OPERATOR, RELAIS_NODE_TIME_ZONE: 'Europe/Paris' },
    network: { sites: SITES, contracts },
  })
  const ids = async () =>
    new Map(
      (await node.services.accounts.members(['lecture'], 'radiologist')).map(({ name, account }) => [
        name,
        account,
      ]),
    )
  return { node, clock, ids }
}

const shift = (account: string, more: object = {}) => ({
  site: 'lecture',
  account,
  kind: 'on-site',
  date: '2026-11-26',
  from: '08:00',
  to: '18:00',
  ...more,
})

async function people(t: ExecutionContext, node: Awaited<ReturnType<typeof scene>>['node']) {
  const cast = {} as Record<'dispatcher' | 'first' | 'second' | 'referrer', Person>
  for (const who of ['dispatcher', 'first', 'second', 'referrer'] as const)
    cast[who] = await person(t, node, who)
  return cast
}

test('an emergency is told first to who is on site, then to who is on call, each with the reason in the record', async t => {
  const { node, ids } = await scene(t)
  const { dispatcher, referrer } = await people(t, node)
  const [first = '', second = ''] = [
    (await ids()).get('Dr Essai Lectrice'),
    (await ids()).get('Dr Essai Second'),
  ]
  t.is((await dispatcher.post('/api/rosters/shifts', shift(second))).status, 201)
  t.is((await dispatcher.post('/api/rosters/shifts', shift(first, { kind: 'on-call' }))).status, 201)

  const form = { ...FORM, urgency: 'emergency', studies: [] }
  const found = await node.services.requests.create(await asking(node), form as typeof FORM)
  t.is(found.state, 'offered')
  const [offered] = await node.facts('request-offered')
  t.deepEqual(
    ((offered?.body?.['readers'] ?? []) as { account: string }[]).map(({ account }) => account),
    [second],
    'who is on call is asked with the next wave',
  )
  const view = (await referrer.get<RequestView>(`/api/requests/${found.id}`)).body
  t.regex(JSON.stringify(view.timeline), /la convention couvre/)

  const { groups } = (await referrer.get<OnDutyView>('/api/rosters/duty?site=nord&modality=CT')).body
  t.like(groups[0], { site: 'lecture', everybody: false, readers: { length: 2 } })
  t.like(groups[0]?.readers[0], { name: 'Dr Essai Second', kind: 'on-site', telephone: '+33 1 00 00 00 01' })
  t.is((await referrer.get('/api/rosters/duty?site=sud&modality=CT')).status, 404)
})

async function asking(node: Awaited<ReturnType<typeof scene>>['node']) {
  const member = (await node.services.accounts.members(['nord'], 'referrer'))[0]
  const account = { id: member?.account ?? '', email: '', name: member?.name ?? '', language: 'fr' as const }
  return {
    who: {
      account,
      membership: { id: 'mem_1', site: 'nord', role: 'referrer' as const },
      session: { id: 'ses_1', endsAt: START_MS * 2 },
    },
    origin: COMMAND,
  }
}

test('a shift of every week is written once and changed alone; nobody is in two places, nor reads while absent', async t => {
  const { node, ids } = await scene(t)
  const { dispatcher, first } = await people(t, node)
  const one = (await ids()).get('Dr Essai Lectrice') ?? ''
  const repeat = { days: ['mon', 'thu'], until: '2026-12-10' }
  const made = await dispatcher.post<{ ids: string[] }>('/api/rosters/shifts', shift(one, { repeat }))
  t.is(made.body.ids.length, 5)
  t.like(await dispatcher.post('/api/rosters/shifts', shift(one, { from: '17:00', to: '20:00' })), {
    status: 409,
    body: { code: 'conflict' },
  })
  t.is((await dispatcher.post('/api/rosters/shifts', shift('acc_0'))).status, 422)

  const roster = (await dispatcher.get<RosterView>('/api/rosters?site=lecture')).body
  t.is(roster.timeZone, 'Europe/Paris')
  t.deepEqual(
    roster.shifts.map(({ from, to }) => [from, to]),
    [['2026-11-26T07:00:00.000Z', '2026-11-26T17:00:00.000Z']],
  )
  // The contract covers every hour: the rest of the week is a hole.
  t.is(roster.holes.length, 2)
  t.is(roster.endsAt, '2026-12-10T17:00:00.000Z')

  const [, monday = ''] = made.body.ids
  const change = { account: one, kind: 'on-call', date: '2026-11-30', from: '20:00', to: '08:00' }
  t.is((await dispatcher.put(`/api/rosters/shifts/${monday}`, { ...change, revision: 'old' })).status, 409)
  const changed = await dispatcher.put<{ from: string }>(`/api/rosters/shifts/${monday}`, change)
  t.is(changed.body.from, '2026-11-30T19:00:00.000Z')
  const rest = await dispatcher.remove<{ removed: number }>(
    `/api/rosters/shifts/${made.body.ids[2]}?later=true`,
  )
  t.is(rest.body.removed, 3)

  const absent = await first.post<{ id: string }>('/api/rosters/absences', {
    site: 'lecture',
    from: '2026-12-01',
    to: '2026-12-02',
  })
  t.is(absent.status, 201)
  t.is((await dispatcher.post('/api/rosters/shifts', shift(one, { date: '2026-12-02' }))).status, 409)
  t.is((await first.remove(`/api/rosters/absences/${absent.body.id}`)).status, 204)
  t.is((await dispatcher.post('/api/rosters/shifts', shift(one, { date: '2026-12-02' }))).status, 201)
  t.is((await node.facts('roster-shift-added')).length, 2)
  t.is((await first.post('/api/rosters/shifts', shift(one))).status, 403)
})

test('a swap is proposed by one, accepted by the other, and changes both shifts at once', async t => {
  const { node, ids } = await scene(t)
  const { dispatcher, first, second } = await people(t, node)
  const [one = '', two = ''] = [(await ids()).get('Dr Essai Lectrice'), (await ids()).get('Dr Essai Second')]
  const add = async (account: string, date: string) =>
    (await dispatcher.post<{ ids: string[] }>('/api/rosters/shifts', shift(account, { date }))).body.ids[0] ??
    ''
  const [mine, theirs] = [await add(one, '2026-11-28'), await add(two, '2026-11-29')]
  t.is((await second.post('/api/rosters/swaps', { shift: mine, to: two })).status, 404)
  const asked = await first.post<{ id: string }>('/api/rosters/swaps', {
    shift: mine,
    to: two,
    exchange: theirs,
    text: 'Un mariage',
  })
  t.is(asked.status, 201)
  t.like(await first.post('/api/rosters/swaps', { shift: mine, to: two }), {
    status: 409,
    body: { detail: 'Cette vacation est déjà proposée à quelqu’un.' },
  })
  t.like((await dispatcher.get<RosterView>('/api/rosters')).body.swaps, [
    { state: 'proposed', text: 'Un mariage' },
  ])
  t.like((await second.get<OwnRosterView>('/api/rosters/mine')).body.swaps, [
    { by: { name: 'Dr Essai Lectrice' } },
  ])
  t.is((await first.post(`/api/rosters/swaps/${asked.body.id}/accept`)).status, 404)
  t.is((await second.post(`/api/rosters/swaps/${asked.body.id}/accept`)).status, 204)
  const after = (await dispatcher.get<RosterView>('/api/rosters')).body
  t.deepEqual(
    after.shifts.map(({ id, account }) => [id, account]),
    [
      [mine, two],
      [theirs, one],
    ],
  )
  t.deepEqual(after.swaps, [])
  const late = () => second.post(`/api/rosters/swaps/${asked.body.id}/decline`)
  t.like(await late(), {
    status: 409,
    body: { detail: 'Cet échange a déjà reçu une réponse, ou a été retiré.' },
  })
  t.is((await second.put('/api/session/language', { language: 'en' })).status, 200)
  t.like(await late(), { status: 409, body: { detail: 'This swap was answered or withdrawn already.' } })
  const back = await second.post<{ id: string }>('/api/rosters/swaps', { shift: mine, to: one })
  t.is(back.status, 201)
  await add(one, '2026-11-28')
  t.like(await first.post(`/api/rosters/swaps/${back.body.id}/accept`), {
    status: 409,
    body: { detail: 'La personne qui la reprendrait a déjà une vacation à ces heures.' },
  })
  await dispatcher.hears('roster-swap-accepted')
  for (const told of [first, second, dispatcher])
    await eventually('whom the swap concerns are told', async () =>
      JSON.stringify((await told.get('/api/notices')).body).includes('shift-swap') ? true : undefined,
    )
})

test('taking duty rings the reader’s own alarm, and a duty nobody heard is told apart until it is heard', async t => {
  const { node, clock, ids } = await scene(t)
  const { dispatcher, first } = await people(t, node)
  const one = (await ids()).get('Dr Essai Lectrice') ?? ''
  const made = await dispatcher.post<{ ids: string[] }>('/api/rosters/shifts', shift(one, { from: '13:10' }))
  const [id = ''] = made.body.ids
  const path = `/api/rosters/shifts/${id}/duty`
  t.is((await first.post(path)).status, 409)
  clock.advance(11 * MINUTE_MS)
  t.is((await first.post(path)).status, 204)
  const duty = async () =>
    (await dispatcher.get<RosterView>('/api/rosters')).body.shifts.find(each => each.id === id)?.duty
  t.truthy((await duty())?.takenAt)
  t.is((await duty())?.heardAt, undefined)
  const rung = (await first.get<ReachView>('/api/reach')).body.tests.find(
    ({ channel }) => channel === 'screen',
  )
  t.is((await first.post(`/api/reach/tests/${rung?.notice}/heard`)).status, 200)
  await eventually('the trial is with the duty', async () => ((await duty())?.heardAt ? true : undefined))
  t.is((await duty())?.heardBy, 'screen')
  await dispatcher.hears('roster-duty-heard')
  t.is((await first.remove(path)).status, 204)
  t.is(await duty(), undefined)
})

test('what a roster, a duty or a contract refuses is said in the language of who asks, at its field, in the times of its wall', async t => {
  const { node, ids } = await scene(t, [{ ...CONTRACTS[0], prepared: true }])
  const dispatcher = await person(t, node, 'dispatcher')
  const english = await person(t, node, 'keeper', 'en')
  const [first, second] = [await person(t, node, 'first'), await person(t, node, 'second', 'en')]
  const one = (await ids()).get('Dr Essai Lectrice') ?? ''
  const two = (await ids()).get('Dr Essai Second') ?? ''
  const made = await dispatcher.post<{ ids: string[] }>('/api/rosters/shifts', shift(one, { from: '14:00' }))
  const refused = async (
    asked: Promise<{ status: number; body: { detail?: string; fields?: object[] } }>,
  ) => {
    const { status, body } = await asked
    return [status, body.detail, ...(body.fields ?? [])]
  }
  const both = 'Cette personne a déjà une vacation à ce moment-là (2026-11-26 17:00 – 2026-11-26 18:00).'
  t.deepEqual(
    await refused(dispatcher.post('/api/rosters/shifts', shift(one, { from: '17:00', to: '20:00' }))),
    [409, both, { path: 'from', message: both }],
  )
  const nobody = 'Seul un radiologue du groupe lit pour lui.'
  t.deepEqual(await refused(dispatcher.post('/api/rosters/shifts', shift('acc_0'))), [
    422,
    nobody,
    { path: 'account', message: nobody },
  ])
  const repeat = { days: ['sun'], until: '2026-11-27' }
  t.is(
    (await refused(dispatcher.post('/api/rosters/shifts', shift(two, { repeat }))))[1],
    'Aucun de ces jours ne tombe entre les deux dates.',
  )
  t.deepEqual(await refused(dispatcher.post('/api/rosters/shifts', shift(two, { telephone: 'là' }))), [
    422,
    'Ceci ne convient pas : telephone.',
    { path: 'telephone', message: 'Un numéro de téléphone : chiffres, espaces, points.' },
  ])
  const year = 'Vérifiez l’année : un planning va d’un an en arrière à trois ans d’avance.'
  for (const date of ['0026-11-26', '1999-12-05', '2062-11-26'])
    t.deepEqual(await refused(dispatcher.post('/api/rosters/shifts', shift(two, { date }))), [
      422,
      year,
      { path: 'date', message: year },
    ])
  t.deepEqual(
    await refused(
      second.post('/api/rosters/absences', { site: 'lecture', from: '2026-12-02', to: '9999-12-31' }),
    ),
    [
      422,
      'Look at the year: a roster goes from a year back to three years ahead.',
      { path: 'to', message: 'Look at the year: a roster goes from a year back to three years ahead.' },
    ],
  )
  const days = { site: 'lecture', from: '2026-12-02', to: '2026-12-01' }
  t.is((await refused(first.post('/api/rosters/absences', days)))[1], 'La fin est avant le début.')
  t.is((await refused(second.post('/api/rosters/absences', days)))[1], 'It ends before it begins.')
  const duty = `/api/rosters/shifts/${made.body.ids[0]}/duty`
  t.is((await refused(first.post(duty)))[1], 'Une garde se prend au plus tôt 2 heures avant son début.')
  t.is((await refused(second.post(duty)))[1], 'There is no such shift.')
  t.is((await refused(first.post('/api/rosters/shifts/shf_0/duty')))[1], 'Cette vacation n’existe pas.')
  t.is(
    (await refused(first.put('/api/rosters/presence', { awayUntil: '2030-01-01T00:00:00Z' })))[1],
    'Absent pour un jour au plus ; au-delà, inscrivez une absence.',
  )
  t.is(
    (await refused(dispatcher.get('/api/rosters?from=2026-12-02T00:00:00Z&to=2026-12-01T00:00:00Z')))[0],
    422,
  )
  const seen = await dispatcher.put(`/api/rosters/shifts/${made.body.ids[0]}`, {
    ...shift(one),
    revision: 'old',
  })
  t.regex(seen.body.detail ?? '', /^Quelqu’un l’a modifié depuis/)
  t.is((await refused(first.post('/api/rosters/shifts', shift(one))))[1], 'Votre fonction ne le permet pas.')
  const { id, ...contract } = { ...CONTRACTS[0], id: 'nord-lecture' }
  t.is(
    (await refused(english.post('/api/contracts', { ...contract, id })))[1],
    'A contract named "nord-lecture" exists already.',
  )
  const backwards = { ...contract, id: 'neuf', from: '2026-12-02', until: '2026-12-01' }
  t.deepEqual(await refused(english.post('/api/contracts', backwards)), [
    422,
    'It ends before it begins.',
    { path: 'until', message: 'It ends before it begins.' },
  ])
  t.is(
    (await refused(english.post('/api/contracts', { ...contract, id: 'neuf', reading: 'sud' })))[1],
    'Choose a reading group.',
  )
})

test('who is at their screen, who reads and who is away is seen by the group, live', async t => {
  const { node, clock, ids } = await scene(t)
  const { dispatcher, first, second, referrer } = await people(t, node)
  const one = (await ids()).get('Dr Essai Lectrice') ?? ''
  const stateOf = async () =>
    (await dispatcher.get<RosterView>('/api/rosters')).body.readers.find(({ account }) => account === one)
  t.is((await stateOf())?.presence, 'online')
  const until = new Date(clock.now() + 10 * MINUTE_MS).toISOString()
  t.is((await first.put('/api/rosters/presence', { awayUntil: until })).status, 204)
  t.like(await stateOf(), { presence: 'away', awayUntil: until })
  await eventually('the others are told', () =>
    dispatcher.heard.some(({ kind, id }) => kind === 'presence' && id === one) ? true : undefined,
  )
  t.false(second.heard.some(({ seq, kind }) => kind === 'presence' && seq !== undefined))
  clock.advance(11 * MINUTE_MS)
  t.is((await stateOf())?.presence, 'online')
  const tooLong = new Date(clock.now() + 30 * 60 * MINUTE_MS).toISOString()
  t.is((await first.put('/api/rosters/presence', { awayUntil: tooLong })).status, 422)
  t.is((await first.put('/api/rosters/presence', { awayUntil: null })).status, 204)

  // Who reads is told apart from who is only there; being away outlasts both, and signing out is seen too.
  const made = await referrer.post<RequestView>('/api/requests', { ...FORM, studies: [], submit: true })
  for (const [event, said] of [
    ['claim', {}],
    ['accept', { text: 'Protocole' }],
    ['start', {}],
  ] as const)
    t.is((await first.post(`/api/requests/${made.body.id}/${event}`, said)).status, 200, event)
  t.is((await stateOf())?.presence, 'reading')
  const told = () => dispatcher.heard.filter(({ kind, id }) => kind === 'presence' && id === one).length
  const before = told()
  t.is((await first.remove('/api/session')).status, 204)
  await eventually('their screen is gone', async () =>
    (await stateOf())?.presence === 'offline' ? true : undefined,
  )
  await eventually('the others are told', () => (told() > before ? true : undefined))
})

test('somebody who stands in comes onto the roster before their first day; after the last nobody counts on them', async t => {
  const { node } = await scene(t, [
    { ...CONTRACTS[0], hours: [{ from: '08:00', to: '18:00' }], prepared: true },
  ])
  const { dispatcher } = await people(t, node)
  const keeper = await person(t, node, 'keeper')
  const operator = await person(t, node, 'operator')
  const role = { site: 'lecture', role: 'radiologist' }
  const account = await operator.post<AccountView>('/api/accounts', {
    ...{ name: 'Dr Essai Remplaçant', email: 'remplacant@lecture.example', language: 'fr' },
    ...role,
  })
  const locum = account.body.id
  await node.services.db.write(tx =>
    tx
      .sql<AccountTables>()
      .updateTable('accounts')
      .set({ state: 'active' })
      .where('id', '=', locum)
      .execute(),
  )
  const held = account.body.memberships[0]?.id
  const days = (given: object) => operator.put(`/api/accounts/${locum}/memberships/${held}`, given)
  t.is((await days({ from: '2026-12-01', until: '2026-12-03' })).status, 200)

  const on = (date: string, more = {}) =>
    dispatcher.post('/api/rosters/shifts', shift(locum, { date, ...more }))
  t.like(await on('2026-11-30'), {
    status: 422,
    body: {
      fields: [
        {
          path: 'account',
          message:
            'Cette personne n’a pas le rôle de radiologue dans ce groupe du 2026-11-30 08:00 au 2026-11-30 18:00.',
        },
      ],
    },
  })
  t.is((await on('2026-12-03', { from: '20:00', to: '08:00' })).status, 422, 'not into the night after it')
  const made = await on('2026-12-01', { repeat: { days: ['tue', 'wed', 'thu'], until: '2026-12-03' } })
  t.is(made.status, 201)
  const roster = async () => (await dispatcher.get<RosterView>('/api/rosters?from=2026-12-01T12:00:00Z')).body
  t.true((await roster()).readers.some(({ name }) => name === 'Dr Essai Remplaçant'))
  t.deepEqual((await roster()).conflicts, [])

  // The contract counts the hours of the roster as far as the role reaches.
  const holes = async () =>
    (
      await keeper.get<CoverageView>('/api/contracts/nord-lecture/coverage?from=2026-12-01T12:00:00Z')
    ).body.holes.map(({ from }) => from.slice(0, 10))
  const week = ['2026-11-30', '2026-12-04', '2026-12-05', '2026-12-06']
  t.deepEqual(await holes(), week)
  t.is((await days({ from: '2026-12-01', until: '2026-12-02' })).status, 200)
  t.deepEqual(await holes(), ['2026-11-30', '2026-12-03', '2026-12-04', '2026-12-05', '2026-12-06'])
  t.deepEqual(
    (await roster()).conflicts.map(({ kind, from }) => [kind, from]),
    [['no-role', '2026-12-03T07:00:00.000Z']],
  )
  t.is((await operator.remove(`/api/accounts/${locum}/memberships/${held}`)).status, 200)
  t.is((await roster()).conflicts.length, 3)
  t.like(
    (await roster()).readers.find(each => each.account === locum),
    { name: 'Dr Essai Remplaçant' },
  )
  t.like(await keeper.post('/api/contracts/nord-lecture/start', { from: '2026-12-01' }), {
    status: 422,
    body: { fields: [{ message: 'personne ne lit du 2026-12-01 08:00 au 2026-12-01 18:00' }] },
  })
})

test('a contract begins neither with an hour nobody reads in nor without a telephone that was answered', async t => {
  const nights = [{ from: '20:00', to: '08:00' }]
  const { node, ids } = await scene(t, [
    { ...CONTRACTS[0], prepared: true, hours: nights, lastRung: { telephone: '+33 1 23 45 67 89' } },
  ])
  const { dispatcher } = await people(t, node)
  const keeper = await person(t, node, 'keeper')
  const contract = async () =>
    (await keeper.get<ContractView & { revision: string }>('/api/contracts/nord-lecture')).body
  t.is((await dispatcher.put('/api/contracts/nord-lecture', {})).status, 403)
  const start = () => keeper.post<ContractView>('/api/contracts/nord-lecture/start', { from: '2026-12-01' })

  const refused = await start()
  t.is(refused.status, 422)
  t.deepEqual([...new Set(refused.body.fields?.map(({ path }) => path))], ['hours', 'lastRung.telephone'])
  t.is(refused.body.fields?.[0]?.message, 'personne ne lit du 2026-12-01 00:00 au 2026-12-01 08:00')
  t.regex(JSON.stringify(refused.body.fields), /et 17 plages de plus/)
  t.is((await contract()).prepared, true)
  // What is prepared covers nothing yet.
  const offered = await node.services.requests.create(await asking(node), {
    ...FORM,
    studies: [],
  } as typeof FORM)
  t.is(offered.state, 'submitted')

  const [one = '', two = ''] = [(await ids()).get('Dr Essai Lectrice'), (await ids()).get('Dr Essai Second')]
  const repeat = (days: string[]) => ({ repeat: { days, until: '2027-01-10' }, date: '2026-11-30' })
  const night = { from: '20:00', to: '08:00', kind: 'on-call' }
  const odd = ['mon', 'wed', 'fri', 'sun']
  t.is((await dispatcher.post('/api/rosters/shifts', shift(one, { ...night, ...repeat(odd) }))).status, 201)
  t.is(
    (await dispatcher.post('/api/rosters/shifts', shift(two, { ...night, ...repeat(['tue', 'thu', 'sat']) })))
      .status,
    201,
  )
  t.deepEqual((await start()).body.fields, [
    { path: 'lastRung.telephone', message: 'personne n’a encore essayé ce numéro' },
  ])
  t.is((await keeper.post('/api/contracts/nord-lecture/telephone', { answeredBy: 'Dr Garde' })).status, 200)
  t.like(await start(), { status: 200, body: { from: '2026-12-01' } })
  t.is((await contract()).prepared, undefined)
  t.is((await node.facts('contract-tested')).length, 1)

  // Whoever widens it answers for the new hours; an older state of it is not written over.
  const { id: _, requesting: _r, reading: _g, revision, ...terms } = await contract()
  t.is((await keeper.put('/api/contracts/nord-lecture', { ...terms, revision: 'old' })).status, 409)
  const wider = await keeper.put('/api/contracts/nord-lecture', { ...terms, hours: [], revision })
  t.is(wider.status, 422)
  const languages = await keeper.put<ContractView>('/api/contracts/nord-lecture', {
    ...terms,
    languages: ['fr'],
    revision,
  })
  t.like(languages.body, { languages: ['fr'], lastRung: { answeredBy: 'Dr Garde' } })
  const other = await keeper.put('/api/contracts/nord-lecture', {
    ...terms,
    lastRung: { telephone: '+33 1 99 99 99 99', testedAt: '2026-11-26T00:00:00Z' },
  })
  t.is(other.status, 422)
})

test('a network file with all that a contract may say is applied, exported and applied again without a change', async t => {
  const file = {
    sites: SITES.map(site => (site.id === 'lecture' ? { ...site, timeZone: 'Indian/Reunion' } : site)),
    groups: [{ id: 'ght-nord', name: 'GHT du Nord (fictif)', sites: ['nord', 'lecture'] }],
    contracts: [
      {
        ...CONTRACTS[0],
        until: '2030-12-31',
        timeZone: 'Europe/Paris',
        hours: [{ days: ['sat', 'sun'], from: '08:00', to: '08:00' }],
        holidays: ['2026-12-25'],
        regions: ['crâne'],
        languages: ['fr'],
        competences: [{ regions: ['crâne'], competence: 'neuro' }],
        preliminary: 'to-pacs',
        lastRung: { telephone: '+33 1 23 45 67 89' },
        ladder: { waves: 2 },
      },
    ],
  }
  const { node } = await scene(t, [])
  await network(node.services, file)
  const { sites, journal } = node.services
  t.like((await sites.contracts())[0], file.contracts[0] as object)
  t.deepEqual(await sites.groups(), file.groups)
  t.is((await sites.get('lecture')).timeZone, 'Indian/Reunion')
  const head = await journal.head()
  await network(node.services, file)
  t.is(await journal.head(), head)
  const fault = await t.throwsAsync(
    network(node.services, { groups: [{ id: 'autre', name: 'Autre', sites: ['nord', 'nulle-part'] }] }),
  )
  t.regex(JSON.stringify(fault), /groups\.0\.sites\.1/)
  t.regex(JSON.stringify(fault), /is in the group autre already/)
  await t.throwsAsync(network(node.services, { contracts: [{ ...CONTRACTS[0], from: '2026-12-01' }] }), {
    message: /cannot begin|does not fit/,
  })
})
