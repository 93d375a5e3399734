import test, { type ExecutionContext } from 'ava'
import type { AccountView } from '../../node/accounts/view.js'
import { manualClock } from '../../node/clock.js'
import { networkApply } from '../../node/commands/network.js'
import { applyNetwork, networkFile } from '../../node/commands/network-file.js'
import type { ListView, RequestView } from '../../node/requests/view.js'
import type { ContractTermsView, GroupView, SiteView } from '../../node/sites/view.js'
import { browser } from '../support/accounts-house.js'
import { FORM, NORD_PACS } from '../support/act.js'
import { eventually } from '../support/children.js'
import { CONTRACTS, network, openNode, SITES } from '../support/node.js'
import { CAST, OPERATOR, PASSWORD, person } from '../support/people.js'

/** A Thursday, eleven in the morning in Paris. */
const START_MS = Date.UTC(2026, 10, 26, 10, 0)
const COMMAND = { by: 'command', user: 'test' } as const
type Revised<T> = T & { revision: string }

async function scene(t: ExecutionContext) {
  const clock = manualClock(START_MS)
  const node = await openNode(t, {
    clock,
    env: { ...OPERATOR, RELAIS_NODE_TIME_ZONE: 'Europe/Paris' },
    network: { sites: SITES, contracts: [CONTRACTS[0]] },
  })
  return { node, clock, operator: await person(t, node, 'operator'), keeper: await person(t, node, 'keeper') }
}

test('a site is made and closed by who runs the node, kept by its administrator, and nobody is left to wait there', async t => {
  const { node, operator, keeper } = await scene(t)
  const referrer = await person(t, node, 'referrer')
  const made = { id: 'est', name: 'Hôpital Est', kind: 'requesting', timeZone: 'Indian/Reunion' }
  t.is((await keeper.post('/api/sites', made)).status, 403)
  const { status, body: east } = await operator.post<Revised<SiteView>>('/api/sites', made)
  t.is(status, 201)
  t.like(east, made)
  t.like(await operator.post('/api/sites', made), { status: 409, body: { fields: [{ path: 'id' }] } })
  t.is((await operator.post('/api/sites', { ...made, id: 'x', timeZone: 'Ici' })).status, 422)

  const sites = async () => (await operator.get<ListView<Revised<SiteView>>>('/api/sites')).body.items
  const nord = async () => (await sites()).find(({ id }) => id === 'nord') as Revised<SiteView>
  const { revision } = await nord()
  const telephones = [{ label: 'Radiologie de nuit', number: '+33 1 23 45 67 89' }]
  const change = { name: 'Hôpital du Nord', issuer: 'NORD', telephones, timeZone: 'Europe/Paris' }
  const saved = await keeper.put<Revised<SiteView>>('/api/sites/nord', { ...change, revision })
  t.like(saved, { status: 200, body: { ...change, kind: 'requesting' } })
  t.is((await keeper.put('/api/sites/nord', { ...change, name: 'Autre', revision })).status, 409)
  t.like(await keeper.put('/api/sites/nord', { ...change, issuer: 'AUTRE' }), {
    status: 403,
    body: { detail: 'L’émetteur des numéros de patients ne change que par l’exploitant.' },
  })
  t.is((await keeper.put('/api/sites/sud', change)).status, 404, 'another’s is missing')
  t.is((await referrer.put('/api/sites/nord', change)).status, 403)
  t.like((await node.facts('site-changed')).at(-1), {
    site: 'nord',
    body: { now: change, before: { name: 'Hôpital Nord (fictif)' } },
  })

  // While a contract runs somebody there may wait for an answer.
  const close = { closed: true, reason: 'Fusion' }
  t.is((await keeper.post('/api/sites/nord/closing', close)).status, 403)
  t.like(await operator.post('/api/sites/nord/closing', close), {
    status: 409,
    body: {
      detail:
        'Des conventions courent encore avec ce site : nord-lecture. Donnez-leur d’abord un dernier jour.',
    },
  })
  const { id: _, requesting: _asks, reading: _reads, ...terms } = CONTRACTS[0] as (typeof CONTRACTS)[number]
  t.is((await keeper.put('/api/contracts/nord-lecture', { ...terms, until: '2026-11-25' })).status, 200)
  const before = await nord()
  const closed = await operator.post('/api/sites/nord/closing', { ...close, revision: before.revision })
  t.like(closed, { status: 200, body: { closed: true } })
  t.like((await node.facts('site-changed')).at(-1), { body: { reason: 'Fusion' } })
  t.like(await referrer.post('/api/requests', FORM), { status: 409, body: { detail: 'Ce site est fermé.' } })
  t.is((await keeper.put('/api/contracts/nord-lecture', terms)).status, 422, 'nor does a contract begin')
  const late = { ...CAST.referrer, email: 'tard@nord.example', language: 'fr' }
  t.is((await operator.post('/api/accounts', late)).status, 422, 'nor a role')
  t.is((await referrer.get('/api/requests')).status, 200, 'what was there can be read')

  t.is((await operator.post('/api/sites/nord/closing', { closed: false, reason: 'Retour' })).status, 200)
  t.is((await referrer.post<RequestView>('/api/requests', FORM)).status, 201)
  t.is((await operator.post('/api/sites/node/closing', close)).status, 409, 'nor the node’s own')
})

test('closing a site says what stops, waits for what is owed, and stops it; opening it brings all of it back', async t => {
  const node = await openNode(t, {
    clock: manualClock(START_MS),
    env: OPERATOR,
    network: {
      sites: SITES,
      contracts: [CONTRACTS[0]],
      peers: [
        { ...NORD_PACS, may: ['echo', 'store', 'find', 'commit'] },
        { ...NORD_PACS, id: 'lecture-pacs', site: 'lecture', aeTitles: ['LECTURE'] },
      ],
      routes: [
        { id: 'nord-to-lecture', when: { site: 'nord' }, to: ['lecture-pacs'], transferSyntax: 'keep' },
        { id: 'back', when: { site: 'lecture' }, to: ['nord-pacs'], transferSyntax: 'keep' },
        { id: 'other', when: { site: 'sud' }, to: ['lecture-pacs'], transferSyntax: 'keep' },
      ],
    },
  })
  const [operator, keeper] = [await person(t, node, 'operator'), await person(t, node, 'keeper')]
  const referrer = await person(t, node, 'referrer')
  const asked = await referrer.post<RequestView>('/api/requests', { ...FORM, studies: [], submit: true })
  t.is(asked.body.state, 'submitted')
  t.is((await keeper.get('/api/sites/nord/closing')).status, 403)
  t.is((await operator.get('/api/sites/none/closing')).status, 404)
  const stops = { peers: ['nord-pacs'], routes: ['nord-to-lecture', 'back'] }
  t.deepEqual((await operator.get('/api/sites/nord/closing')).body, {
    ...stops,
    ...{ contracts: ['nord-lecture'], acts: 1, transfers: 0 },
  })

  const { id: _, requesting: _asks, reading: _reads, ...terms } = CONTRACTS[0] as (typeof CONTRACTS)[number]
  t.is((await keeper.put('/api/contracts/nord-lecture', { ...terms, until: '2026-11-25' })).status, 200)
  const close = () => operator.post('/api/sites/nord/closing', { closed: true, reason: 'Fusion' })
  t.like(await close(), {
    status: 409,
    body: { detail: 'Ce qui est dû n’est pas fini : 1 demande ouverte.' },
  })
  // Nor by the network file, and nothing else of the file is done then.
  const file = { sites: SITES.map(site => (site.id === 'nord' ? { ...site, closed: true } : site)) }
  const renamed = file.sites.map(site => (site.id === 'sud' ? { ...site, name: 'Autre' } : site))
  const refused = await t.throwsAsync(network(node.services, { sites: renamed }))
  t.like(refused, {
    code: 'invalid',
    fields: [{ path: 'sites.0.closed', message: 'What is owed has not ended: 1 open request.' }],
  })
  t.is((await node.services.sites.get('sud')).name, 'Hôpital Sud (fictif)')
  t.is((await referrer.post(`/api/requests/${asked.body.id}/cancel`, { reason: 'Fusion' })).status, 200)
  const applied = await network(node.services, file)
  t.deepEqual(applied.closed, [{ site: 'nord', ...stops }])
  t.regex(networkApply.print(applied as never), /sites nord: closed, and with it rest nord-pacs, nord-to/)
  t.deepEqual((await network(node.services, file)).closed, [], 'what is closed is not closed again')
  t.is((await operator.post('/api/sites/nord/closing', { closed: false, reason: 'Retour' })).status, 200)
  t.is((await close()).status, 200)

  const mayOf = (id: string) => node.services.peers.snapshot().peers.find(peer => peer.id === id)?.may
  await eventually('its PACS is at rest', () => (mayOf('nord-pacs')?.length === 2 ? true : undefined))
  t.deepEqual(mayOf('nord-pacs'), ['echo', 'commit'])
  t.deepEqual(mayOf('lecture-pacs'), NORD_PACS.may)
  t.deepEqual(node.services.peers.open('nord'), [])
  const fact = async (type: string) =>
    eventually(type, async () => (await node.facts(type)).find(({ site }) => site === 'nord'))
  t.like(await fact('site-exchange-stopped'), { body: stops, origin: { by: 'system' } })
  type Stopped = ListView<{ id: string; stopped?: true }>
  const stopped = async (path: string) =>
    (await operator.get<Stopped>(path)).body.items.filter(each => each.stopped).map(({ id }) => id)
  t.deepEqual(await stopped('/api/peers'), ['nord-pacs'])
  t.deepEqual(await stopped('/api/routes'), ['nord-to-lecture', 'back'])

  t.is((await operator.post('/api/sites/nord/closing', { closed: false, reason: 'Retour' })).status, 200)
  await eventually('its PACS is back', () => (mayOf('nord-pacs')?.length === 4 ? true : undefined))
  t.like(await fact('site-exchange-resumed'), { body: stops })
  t.deepEqual(await stopped('/api/routes'), [])
})

test('sites that work together are grouped on screen, one group at a time; a closed one counts no more', async t => {
  const { node, operator, keeper } = await scene(t)
  const group = { id: 'ght-nord', name: 'GHT Nord (fictif)', sites: ['nord', 'lecture'] }
  t.is((await keeper.post('/api/groups', group)).status, 403)
  t.is((await operator.post('/api/groups', { ...group, sites: ['nulle-part'] })).status, 422)
  const made = await operator.post<Revised<GroupView>>('/api/groups', group)
  t.is(made.status, 201)
  t.like(await operator.post('/api/groups', { ...group, id: 'autre', name: 'Autre' }), {
    status: 422,
    body: { fields: [{ path: 'sites', message: '« nord » est déjà dans le groupement GHT Nord (fictif).' }] },
  })
  t.deepEqual(
    (await keeper.get<ListView<GroupView>>('/api/groups')).body.items.map(({ id }) => id),
    ['ght-nord'],
  )
  t.is((await node.services.offsite.situation()).groups.length, 1)
  const { revision } = made.body
  const next = { name: 'GHT Nord', sites: ['nord'], closed: true }
  t.is((await operator.put('/api/groups/ght-nord', { ...next, revision: 'old' })).status, 409)
  t.like(await operator.put('/api/groups/ght-nord', { ...next, revision }), { status: 200, body: next })
  t.is((await operator.put('/api/groups/nulle-part', next)).status, 404)
  t.deepEqual((await node.services.offsite.situation()).groups, [])
  t.is((await operator.post('/api/groups', { ...group, id: 'autre', name: 'Autre' })).status, 201)
  t.is((await node.facts('group-changed')).length, 3)
})

test('an administrator of a hospital without a contract sees whom to make the first one with, and the usual times', async t => {
  const { node, operator } = await scene(t)
  await node.services.accounts.create(
    null,
    { ...CAST.keeper, email: 'admin@sud.example', site: 'sud', language: 'fr', password: PASSWORD },
    COMMAND,
  )
  const southern = browser(node.addresses.http)
  await southern.signIn('admin@sud.example', PASSWORD)
  const { body } = await southern.call('GET', '/api/contract-terms')
  const terms = body as ContractTermsView
  t.true(terms.readingGroups.some(({ id }) => id === 'lecture'))
  t.like(terms.usual, { emergency: { read: 45 }, timeCritical: { read: 20 } })
  const { requesting: _, ...contract } = {
    ...CONTRACTS[0],
    id: 'sud-lecture',
    timers: { timeCritical: { read: 15 } },
  }
  t.is((await southern.call('POST', '/api/contracts', { ...contract, requesting: 'sud' })).status, 201)
  const referrer = await person(t, node, 'referrer')
  t.deepEqual((await referrer.get<ContractTermsView>('/api/contract-terms')).body.readingGroups, [])
  t.is((await operator.post('/api/sites/lecture/closing', { closed: true, reason: 'Essai' })).status, 409)
})

test('a network file read again leaves what a person changed or took away, says so, and asks where both changed', async t => {
  const { node, operator } = await scene(t)
  const file = (name = 'Hôpital Nord', more: object = {}) => ({
    sites: SITES.map(site => (site.id === 'nord' ? { ...site, name } : site)),
    groups: [{ id: 'ght', name: 'GHT', sites: ['nord'] }],
    peers: [NORD_PACS],
    routes: [{ id: 'vers-nord', when: { site: 'nord' }, to: ['nord-pacs'] }],
    presets: [{ id: 'cd-nord', site: 'nord', to: ['nord-pacs'] }],
    contracts: [{ ...CONTRACTS[0], lastRung: { telephone: '+33 1 23 45 67 89' } }],
    ...more,
  })
  t.like(await network(node.services, file()), { kept: [], replaced: [] })
  const head = await node.services.journal.head()
  t.like(await network(node.services, file()), { kept: [], replaced: [] })
  t.is(await node.services.journal.head(), head, 'an unchanged file changes nothing')

  t.is((await operator.put('/api/sites/nord', { name: 'CHU Nord', issuer: 'NORD' })).status, 200)
  t.is((await operator.post('/api/contracts/nord-lecture/telephone', { answeredBy: 'Dr Garde' })).status, 200)
  t.is((await operator.remove('/api/presets/cd-nord')).status, 204)
  const again = await network(node.services, file())
  t.deepEqual(again.kept, ['sites nord', 'presets cd-nord', 'contracts nord-lecture'])
  t.is((await node.services.sites.get('nord')).name, 'CHU Nord')
  t.like((await node.services.offsite.contracts.get('nord-lecture')).lastRung, { answeredBy: 'Dr Garde' })
  t.deepEqual(await node.services.importing.presets.list(), [])
  t.deepEqual((await network(node.services, file())).kept, again.kept, 'also the next time')

  // What only the file changed is taken; what both changed is a person's to decide, and nothing is done by halves.
  const group = [{ id: 'ght', name: 'GHT du Nord', sites: ['nord'] }]
  t.like(await network(node.services, file('Hôpital Nord', { groups: group })), { replaced: [] })
  t.is((await node.services.sites.groups())[0]?.name, 'GHT du Nord')
  const both = await t.throwsAsync(
    network(node.services, file('Nord', { groups: [{ ...group[0], name: 'X' }] })),
  )
  t.like(both, { code: 'invalid', fields: [{ path: 'sites.0' }] })
  t.is((await node.services.sites.groups())[0]?.name, 'GHT du Nord')
  const parsed = networkFile.parse(file('Nord'))
  t.deepEqual((await applyNetwork(node.services, parsed, COMMAND, true)).kept, [])
  t.is((await node.services.sites.get('nord')).name, 'Nord')
  t.is((await node.services.importing.presets.list()).length, 1)
})

test('a role counts from its first day to its last on the wall of its site, to the minute, and ends by itself', async t => {
  const { node, clock, operator } = await scene(t)
  const { accounts } = node.services
  const made = await accounts.create(
    null,
    { ...CAST.referrer, email: 'remplacant@nord.example', language: 'fr', password: PASSWORD },
    COMMAND,
  )
  const role = { site: 'lecture', role: 'radiologist' }
  const give = (days: object) =>
    operator.post<AccountView>(`/api/accounts/${made.id}/memberships`, { ...role, ...days })
  t.like(await give({ from: '2026-12-02', until: '2026-12-01' }), {
    status: 422,
    body: { fields: [{ path: 'until', message: 'Le dernier jour précède le premier.' }] },
  })
  t.is((await give({ until: '2026-11-25' })).status, 422)
  const given = await give({ from: '2026-11-30', until: '2026-12-01' })
  const held = given.body.memberships.find(each => each.role === 'radiologist')
  t.like(held, { from: '2026-11-30', until: '2026-12-01', active: false })
  const one = `/api/accounts/${made.id}/memberships/${made.memberships[0]?.id}`
  const { body: changed } = await operator.put<AccountView>(one, { until: '2027-06-30' })
  t.like(changed.memberships[0], { until: '2027-06-30', active: true })
  t.is((await node.facts('membership-changed')).length, 1)
  const reads = async () =>
    (await accounts.members(['lecture'], 'radiologist')).some(({ account }) => account === made.id)
  const switched = async () => {
    const screen = browser(node.addresses.http)
    await screen.signIn('remplacant@nord.example', PASSWORD)
    return { screen, status: (await screen.call('PUT', '/api/session', { membership: held?.id })).status }
  }
  t.false(await reads())
  t.is((await switched()).status, 404)

  clock.advance(Date.UTC(2026, 10, 29, 23) - clock.now())
  t.true(await reads())
  t.is((await switched()).status, 200)
  const signedIn = await person(t, node, 'first')
  t.is((await signedIn.put(`/api/accounts/${made.id}/memberships/${held?.id}`, {})).status, 403)
  clock.advance(Date.UTC(2026, 11, 1, 22, 59) - clock.now())
  const { screen, status } = await switched()
  t.is(status, 200)
  clock.advance(60_000)
  t.is((await screen.call('GET', '/api/session')).status, 401, 'not a minute longer, whoever was at it')
  t.false(await reads())
  await accounts.endOver()
  await accounts.endOver()
  const ended = (await node.facts('membership-ended')).filter(({ ids }) => ids['membership'] === held?.id)
  t.is(ended.length, 1)
  t.is(ended[0]?.origin?.by, 'system')
})
