import { readFileSync } from 'node:fs'
import test from 'ava'
import { WebSocket } from 'ws'
import { z } from 'zod'
import type { AccountView, Action, NewTokenView, SessionView, TokenView } from '../../node/accounts/view.js'
import type { Failure } from '../../node/errors.js'
import type { Acting } from '../../node/http/acting.js'
import { route } from '../../node/http/route.js'
import { browser, command, MINUTE_MS, open, PASSWORD, person, withPeople } from '../support/accounts-house.js'
import { eventually } from '../support/children.js'

test('a person signs in, is who they are, and signs out; the old cookie opens nothing afterwards', async t => {
  const { url, facts, file } = await withPeople(t)
  const zoe = browser(url)
  const begun = await zoe.signIn(' Zoe@Nord.example ')
  t.is(begun.status, 200)
  t.regex(begun.set ?? '', /^relais=[\w-]{43}; Path=\/; Max-Age=43200; HttpOnly; SameSite=Strict$/)
  const session = begun.body as SessionView
  t.like(session.account, { email: 'zoe@nord.example', role: 'referrer', site: 'nord', language: 'fr' })
  t.true(session.actions.includes('request.create') && !session.actions.includes('report.sign'))
  t.is(session.endsAt, '2026-11-23T20:00:00.000Z')
  t.is((await zoe.call('GET', '/api/session')).status, 200)

  const cookie = zoe.cookie
  const secret = cookie.slice('relais='.length)
  t.false(readFileSync(file).includes(secret), 'the database does not hold the secret')
  const out = await zoe.call('DELETE', '/api/session')
  t.is(out.status, 204)
  t.is(out.headers.get('clear-site-data'), '"cache"', 'nothing the browser kept outlives the session')
  t.is((await zoe.stolen(cookie)).status, 401)
  t.is((await facts('signed-in')).length, 1)
  t.is((await facts('signed-out')).length, 1)
})

test('whatever was wrong, the refusal is the same; the true cause goes to the journal', async t => {
  const { url, accounts, facts } = await withPeople(t)
  const invited = await accounts.create(
    null,
    { email: 'paul@nord.example', name: 'Paul Modèle', role: 'technician', site: 'nord', language: 'fr' },
    command,
  )
  const answers = []
  for (const [email, password] of [
    ['nobody@nord.example', PASSWORD],
    ['zoe@nord.example', 'wrong password'],
    [invited.email, PASSWORD],
    ['no address at all', ''],
  ] as const)
    answers.push(await browser(url).signIn(email, password))
  for (const { status, body, set } of answers) {
    t.is(status, 401)
    t.is(set, null)
    t.deepEqual(body, answers[0]?.body)
  }
  const refusals = await facts('sign-in-refused')
  t.deepEqual(
    refusals.map(fact => fact.body?.['reason']),
    ['unknown-account', 'wrong-password', 'wrong-password', 'unknown-account'],
  )
  t.notRegex(JSON.stringify(refusals), /nord\.example/)
})

test('ten wrong passwords a minute and no more, for one account from one address; others sign in meanwhile', async t => {
  const { url, facts } = await withPeople(t)
  const guesses = await Promise.all(
    Array.from({ length: 40 }, (_, guess) =>
      browser(url).signIn('zoe@nord.example', `guess number ${guess}`),
    ),
  )
  t.is(guesses.filter(({ status }) => status === 401).length, 10)
  t.is(guesses.filter(({ status }) => status === 429).length, 30)
  t.is((await facts('sign-in-refused')).length, 10)
  t.is((await browser(url).signIn('amadou@lecture.example')).status, 200)
})

test('a session locks after a quarter of an hour without use, and ends after twelve hours in any case', async t => {
  const { url, clock } = await withPeople(t)
  const [used, left] = [browser(url), browser(url)]
  await used.signIn('zoe@nord.example')
  await left.signIn('zoe@nord.example')
  clock.advance(10 * MINUTE_MS)
  t.is((await used.call('GET', '/api/session')).status, 200)
  clock.advance(10 * MINUTE_MS)
  t.is((await used.call('GET', '/api/session')).status, 200)
  t.is((await left.call('GET', '/api/session')).status, 401, 'nobody used it for 20 minutes')
  for (let minutes = 20; minutes < 12 * 60; minutes += 10) {
    t.is((await used.call('GET', '/api/session')).status, 200)
    clock.advance(10 * MINUTE_MS)
  }
  t.is((await used.call('GET', '/api/session')).status, 401)
})

test('a screen that only refreshes itself does not keep its session open', async t => {
  const { url, clock } = await withPeople(t)
  const zoe = browser(url)
  await zoe.signIn('zoe@nord.example')
  const refresh = () =>
    fetch(`${url}/api/session`, { headers: { cookie: zoe.cookie, 'relais-background': '1' } })
  clock.advance(10 * MINUTE_MS)
  t.is((await refresh()).status, 200)
  clock.advance(6 * MINUTE_MS)
  t.is((await refresh()).status, 401)
})

test('signing in again gives a new secret and ends the session the browser had', async t => {
  const { url } = await withPeople(t)
  const zoe = browser(url)
  await zoe.signIn('zoe@nord.example')
  const before = zoe.cookie
  await zoe.signIn('zoe@nord.example')
  t.not(zoe.cookie, before)
  t.is((await zoe.stolen(before)).status, 401)

  const planted = browser(url)
  const attempt = await fetch(`${url}/api/session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', cookie: 'relais=planted-by-somebody-else' },
    body: JSON.stringify({ email: 'zoe@nord.example', password: PASSWORD }),
  })
  t.notRegex(attempt.headers.get('set-cookie') ?? '', /planted/)
  t.is((await planted.stolen('relais=planted-by-somebody-else')).status, 401)
})

test('a person acts under one membership at a time and switches; the cookie and the live connection change', async t => {
  const { url, accounts, facts } = await withPeople(t)
  const { items } = await accounts.list(operatorOf('op'), { q: 'amadou' })
  const amadou = items[0] as AccountView
  await accounts.grant(null, amadou.id, { site: 'lecture', role: 'coordinator' }, command)
  const screen = browser(url)
  const { body } = await screen.signIn('amadou@lecture.example')
  const memberships = (body as SessionView).memberships
  t.deepEqual(
    memberships.map(({ role, siteName, active }) => [role, siteName, active]),
    [
      ['radiologist', 'Groupe de lecture', true],
      ['coordinator', 'Groupe de lecture', false],
    ],
  )
  const before = screen.cookie
  const socket = await connected(url, before)
  const switched = await screen.call('PUT', '/api/session', { membership: memberships[1]?.id })
  t.is((switched.body as SessionView).account.role, 'coordinator')
  t.is(await socket.closed, 4401)
  t.is((await screen.stolen(before)).status, 401)
  t.is((await facts('membership-switched')).length, 1)
  t.is((await screen.call('PUT', '/api/session', { membership: 'mem_of_another' })).status, 404)

  await screen.call('DELETE', '/api/session')
  const again = await screen.signIn('amadou@lecture.example')
  t.is((again.body as SessionView).account.role, 'coordinator', 'where they left off')
})

function operatorOf(id: string): Acting {
  return {
    account: { id, email: 'op@relais.example', name: 'Op', language: 'fr' },
    membership: { id: 'mem', site: 'node', role: 'operator', everySite: true },
    session: { id: 'ses', endsAt: 0 },
  }
}

function connected(url: string, cookie: string): Promise<{ closed: Promise<number> }> {
  const ws = new WebSocket(`${url.replace('http', 'ws')}/ws`, { headers: { cookie, origin: url } })
  const closed = new Promise<number>(resolve => ws.on('close', resolve))
  return new Promise((resolve, reject) => {
    ws.on('message', () => resolve({ closed }))
    ws.on('error', reject)
  })
}

test('signing out closes the live connection at once', async t => {
  const { url } = await withPeople(t)
  const zoe = browser(url)
  await zoe.signIn('zoe@nord.example')
  const socket = await connected(url, zoe.cookie)
  await zoe.call('DELETE', '/api/session')
  t.is(await socket.closed, 4401)
})

test('the first operator comes in by a one-time link, once; its secret is not kept', async t => {
  const { url, accounts, sites, clock, file, facts } = await open(t)
  const old = await accounts.firstOperatorLink()
  const link = await accounts.firstOperatorLink()
  const tokenOf = (path: string | undefined) => path?.split('#token=')[1] ?? ''
  const token = tokenOf(link?.path)
  t.regex(link?.path ?? '', /^\/first#token=[\w-]{43}$/)
  t.false(readFileSync(file).includes(token))

  const first = browser(url)
  const claim = (secret: string, email = 'op@relais.example') =>
    first.call('POST', '/api/session/first', { token: secret, name: 'Léa Démo', email, password: PASSWORD })
  t.is((await claim(tokenOf(old?.path))).status, 401, 'an earlier link')
  t.is((await claim('x'.repeat(43))).status, 401, 'a guessed link')
  const short = await first.call('POST', '/api/session/first', {
    token,
    name: 'L',
    email: 'a@b',
    password: 'short',
  })
  t.is(short.status, 422)
  const begun = await claim(token)
  t.is(begun.status, 200)
  t.like(begun.body.account, { role: 'operator', site: 'node', name: 'Léa Démo' })
  t.is((await sites.get('node')).kind, 'operator')
  t.is((await claim(token, 'second@relais.example')).status, 401, 'a used link')
  t.is(await accounts.firstOperatorLink(), null)
  t.false(await accounts.ensureOperator({ email: 'x@relais.example', password: PASSWORD }))
  t.is((await facts('account-created')).length, 1)
  clock.advance(1)
})

test('a one-time link expires', async t => {
  const { url, accounts, clock } = await open(t)
  const link = await accounts.firstOperatorLink()
  clock.advance(73 * 60 * MINUTE_MS)
  const token = link?.path.split('=')[1]
  const body = { token, name: 'Léa Démo', email: 'op@relais.example', password: PASSWORD }
  t.is((await browser(url).call('POST', '/api/session/first', body)).status, 401)
})

test('an administrator keeps the accounts of their own site and knows of no others', async t => {
  const { url, facts } = await withPeople(t)
  const admin = browser(url)
  await admin.signIn('admin@nord.example')
  const made = await admin.call('POST', '/api/accounts', {
    email: 'Paul@Nord.example',
    name: 'Paul Modèle',
    role: 'technician',
    site: 'nord',
    language: 'en',
    phone: '+33 1 99 00 00 00',
  })
  t.is(made.status, 201)
  t.like(made.body, { email: 'paul@nord.example', state: 'invited', phone: '+33 1 99 00 00 00' })
  const [fact] = (await facts('account-created')).slice(-1)
  t.is(fact?.ids['account'], made.body.id)
  t.like(fact?.origin, { by: 'account', role: 'administrator', site: 'nord', address: '127.0.0.1' })

  const list = await admin.call('GET', '/api/accounts')
  t.deepEqual((list.body.items as AccountView[]).map(({ email }) => email).sort(), [
    'admin@nord.example',
    'paul@nord.example',
    'zoe@nord.example',
  ])
  const page = await admin.call('GET', '/api/accounts?limit=2')
  t.is(page.body.items.length, 2)
  const rest = await admin.call('GET', `/api/accounts?limit=2&after=${page.body.next}`)
  t.is(rest.body.items.length, 1)
  t.is(rest.body.next, undefined)

  const elsewhere = await admin.call('POST', '/api/accounts', person('new@sud.example', 'referrer', 'sud'))
  const nowhere = await admin.call(
    'POST',
    '/api/accounts',
    person('new@sud.example', 'referrer', 'nulle-part'),
  )
  t.is(elsewhere.status, 422)
  t.deepEqual(
    { ...elsewhere.body, detail: '' },
    { ...nowhere.body, detail: '' },
    'another site is like one that does not exist',
  )
  t.deepEqual(nowhere.body.fields, [{ path: 'site', message: 'Ce site n’existe pas.' }])
  const operator = await admin.call('POST', '/api/accounts', person('o@nord.example', 'operator', 'nord'))
  t.is(operator.status, 422)
  t.deepEqual(operator.body.fields, [
    { path: 'role', message: 'Un exploitant appartient au site qui exploite le nœud.' },
  ])
  t.is(
    (await admin.call('POST', '/api/accounts', person('zoe@nord.example', 'referrer', 'nord'))).status,
    409,
  )

  const sud = browser(url)
  await sud.signIn('admin@sud.example')
  t.is((await sud.call('PUT', `/api/accounts/${made.body.id}`, { name: 'Autre' })).status, 404)
  t.is((await sud.call('GET', '/api/accounts?site=nord')).status, 404)
  const zoe = browser(url)
  await zoe.signIn('zoe@nord.example')
  t.is((await zoe.call('GET', '/api/accounts')).status, 403)
})

test('an invited person sets their password by the link shown once, with their own email', async t => {
  const { url } = await withPeople(t)
  const admin = browser(url)
  await admin.signIn('admin@nord.example')
  const invited = { email: 'paul@nord.example', name: 'Paul', role: 'technician', site: 'nord' }
  const { body: made } = await admin.call('POST', '/api/accounts', invited)
  const token = made.invitation.path.split('#token=')[1]
  const paul = browser(url)
  const accept = (email: string) =>
    paul.call('POST', '/api/session/first', { token, name: 'Paul Modèle', email, password: PASSWORD })
  t.is((await accept('other@nord.example')).status, 401)
  const begun = await accept('paul@nord.example')
  t.like(begun.body.account, { role: 'technician', name: 'Paul Modèle' })
  t.is((await accept('paul@nord.example')).status, 401)
  t.is((await browser(url).signIn('paul@nord.example')).status, 200)
})

test('a person who is disabled, or loses the membership, is out at once', async t => {
  const { url, facts } = await withPeople(t)
  const [zoe, admin, op] = [browser(url), browser(url), browser(url)]
  const begun = await zoe.signIn('zoe@nord.example')
  await admin.signIn('admin@nord.example')
  await op.signIn('op@relais.example')
  const socket = await connected(url, zoe.cookie)
  const account = `/api/accounts/${begun.body.account.id}`
  t.is((await admin.call('PUT', account, { state: 'disabled' })).body.state, 'disabled')
  t.is(await socket.closed, 4401)
  t.is((await zoe.call('GET', '/api/session')).status, 401)
  t.is((await zoe.signIn('zoe@nord.example')).status, 401)
  await admin.call('PUT', account, { state: 'active' })
  await zoe.signIn('zoe@nord.example')

  const granted = await op.call('POST', `${account}/memberships`, { site: 'sud', role: 'referrer' })
  t.is(granted.status, 201)
  t.is((await admin.call('PUT', account, { name: 'Autre' })).status, 403, 'the person also works elsewhere')
  const seen = ((await admin.call('GET', '/api/accounts?q=zoe')).body.items as AccountView[])[0]
  t.deepEqual(
    seen?.memberships.map(({ site }) => site),
    ['nord'],
  )

  const membership = begun.body.memberships[0].id
  t.is((await admin.call('DELETE', `${account}/memberships/${membership}`)).status, 200)
  t.is((await zoe.call('GET', '/api/session')).status, 401)
  t.is((await facts('membership-ended')).length, 1)
  const back = await zoe.signIn('zoe@nord.example')
  t.is((back.body as SessionView).account.site, 'sud')
})

test('the node never loses its last operator', async t => {
  const { url } = await withPeople(t)
  const op = browser(url)
  const { body } = await op.signIn('op@relais.example')
  const account = `/api/accounts/${body.account.id}`
  t.is((await op.call('PUT', account, { state: 'disabled' })).status, 409)
  t.is((await op.call('DELETE', `${account}/memberships/${body.memberships[0].id}`)).status, 409)
})

test('a signature needs the password of the one who is signed in, and guessing it is bounded', async t => {
  const { url, accounts } = await withPeople(t)
  const amadou = browser(url)
  await amadou.signIn('amadou@lecture.example')
  const who = (await accounts.authenticate({
    cookie: amadou.secret,
    address: '192.0.2.1',
    touch: false,
  })) as Acting
  await t.notThrowsAsync(accounts.reauthenticate(who, { password: PASSWORD }, '192.0.2.1'))
  const wrong = (await t.throwsAsync(
    accounts.reauthenticate(who, { password: 'wrong one' }, '192.0.2.1'),
  )) as Failure
  t.is(wrong.code, 'invalid')
  t.is(wrong.fields[0]?.path, 'reauthentication.password')
  const codes = await Promise.all(
    Array.from({ length: 15 }, () =>
      accounts
        .reauthenticate(who, { password: 'wrong one' }, '192.0.2.1')
        .catch((failure: Failure) => failure.code),
    ),
  )
  t.is(codes.filter(code => code === 'too-many').length, 6)
})

test('people are found by role and site, for those who must be told', async t => {
  const { accounts } = await withPeople(t)
  const readers = await accounts.members(['lecture', 'sud'], 'radiologist')
  t.deepEqual(
    readers.map(({ email, site }) => [email, site]),
    [['amadou@lecture.example', 'lecture']],
  )
  t.like(await accounts.contact(readers[0]?.account ?? ''), {
    email: 'amadou@lecture.example',
    language: 'fr',
  })
})

test('a person names their own site and those it has a contract with; an operator all', async t => {
  const { url } = await withPeople(t)
  const sitesFor = async (email: string) => {
    const screen = browser(url)
    await screen.signIn(email)
    const sites = await screen.call('GET', '/api/sites')
    const contracts = await screen.call('GET', '/api/contracts')
    return [sites.body.items.map(({ id }: { id: string }) => id).join(' '), contracts.body.items.length]
  }
  t.deepEqual(await sitesFor('zoe@nord.example'), ['lecture nord', 1])
  t.deepEqual(await sitesFor('admin@sud.example'), ['sud', 0])
  t.deepEqual(await sitesFor('op@relais.example'), ['lecture node nord sud', 1])
})

test('each change of a site or contract is one fact, no change is none, and a faulty network changes nothing', async t => {
  const { sites, write, facts, journal } = await open(t)
  const before = await journal.head()
  const nord = await sites.get('nord')
  const [contract] = await sites.contracts()
  if (contract === undefined) return t.fail()
  t.is(await write(tx => sites.apply(tx, { sites: [nord], contracts: [contract] }, command)), 0)
  t.is(await journal.head(), before)
  const changed = { ...contract, modalities: ['CT', 'MR'] }
  t.is(await write(tx => sites.apply(tx, { contracts: [changed] }, command)), 1)
  t.like((await facts('contract-changed')).at(-1), { site: 'nord', ids: { contract: 'nord-lecture' } })
  t.deepEqual(await sites.contracts(), [changed])

  const faulty = { ...contract, id: 'other', reading: 'sud' }
  const failure = (await t.throwsAsync(
    write(tx => sites.apply(tx, { sites: [{ ...nord, name: 'Autre nom' }], contracts: [faulty] }, command)),
  )) as Failure
  t.deepEqual(failure.fields, [
    { path: 'contracts.0.reading', message: 'contract other: "sud" is no reading group' },
  ])
  t.is((await sites.get('nord')).name, 'Hôpital Nord')
})

test('the permission table is shown to who is signed in', async t => {
  const { url } = await withPeople(t)
  const zoe = browser(url)
  t.is((await zoe.call('GET', '/api/permissions')).status, 401)
  await zoe.signIn('zoe@nord.example')
  const { body } = await zoe.call('GET', '/api/permissions')
  const row = body.items.find(({ action }: { action: Action }) => action === 'report.sign')
  t.deepEqual(row, {
    action: 'report.sign',
    roles: { radiologist: ['party'] },
    programs: false,
    secondFactor: false,
    calls: [],
  })
})

const DAY_MS = 24 * 60 * MINUTE_MS

/** A program: shows its token and, where a test wants to confuse, other headers too. */
function program(url: string, token: string, more: Record<string, string> = {}) {
  return async (method: string, path: string, body?: unknown) => {
    const answer = await fetch(`${url}${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...more },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const text = await answer.text()
    const challenge = answer.headers.get('www-authenticate')
    return { status: answer.status, challenge, body: text === '' ? undefined : JSON.parse(text) }
  }
}

test('a person gives a program some of their rights; the token is shown once, and opens that and nothing more', async t => {
  const { url, facts, clock, file } = await withPeople(t)
  const zoe = browser(url)
  await zoe.signIn('zoe@nord.example')
  const asked = { name: 'RIS du Nord', rights: ['site.see', 'study.see'] }
  const made = await zoe.call('POST', '/api/tokens', asked)
  t.is(made.status, 201)
  const { token, ...view } = made.body as NewTokenView
  t.like(view, { ...asked, site: 'nord', role: 'referrer', madeBy: 'Zoé Essai', mine: true, state: 'active' })
  t.is(Date.parse(view.expiresAt) - clock.now(), 365 * DAY_MS)
  const listed = await zoe.call('GET', '/api/tokens')
  t.deepEqual(listed.body.items, [view])
  t.false(readFileSync(file).includes(token), 'only its digest is kept')
  t.false(readFileSync(`${file}-wal`).includes(token))

  const ris = program(url, token)
  t.is((await ris('GET', '/api/sites')).status, 200)
  t.deepEqual(
    (await ris('GET', '/api/contracts')).body.code,
    'forbidden',
    'a right of its maker it was not given',
  )
  t.is((await ris('GET', '/api/accounts')).status, 403)
  t.is((await ris('POST', '/api/tokens', asked)).status, 403, 'no token makes another')
  for (const [method, path, body] of [
    ['GET', '/api/session', undefined],
    ['DELETE', '/api/session', undefined],
    ['PUT', '/api/session/language', { language: 'en' }],
  ] as const)
    t.is((await ris(method, path, body)).status, 403, `${method} ${path} is for people`)
  t.is((await zoe.call('GET', '/api/session')).status, 200)

  const used = (await zoe.call('GET', '/api/tokens')).body.items[0] as TokenView
  t.like(used, { lastUsedAt: new Date(clock.now()).toISOString(), lastUsedFrom: '127.0.0.1' })
  const [created] = await facts('token-created')
  t.like(created, { site: 'nord', ids: { token: view.id }, body: asked, origin: { by: 'account' } })
})

test('no token may more than who makes it, nor what binds a person or gives rights', async t => {
  const { url } = await withPeople(t)
  const [zoe, amadou, admin] = [browser(url), browser(url), browser(url)]
  await zoe.signIn('zoe@nord.example')
  await amadou.signIn('amadou@lecture.example')
  await admin.signIn('admin@nord.example')
  for (const [screen, right] of [
    [zoe, 'peer.see'],
    [zoe, 'report.acknowledge'],
    [amadou, 'report.sign'],
    [amadou, 'request.claim'],
    [admin, 'account.create'],
    [admin, 'token.create'],
    [admin, 'peer.change'],
  ] as const) {
    const refused = await screen.call('POST', '/api/tokens', { name: 'x', rights: ['site.see', right] })
    t.is(refused.status, 422, right)
    t.is(refused.body.fields[0].path, 'rights.1')
  }
  t.is((await zoe.call('POST', '/api/tokens', { name: 'x', rights: ['study.sea'] })).status, 422)
  t.is((await zoe.call('POST', '/api/tokens', { name: 'x', rights: [] })).status, 422)
  t.is((await zoe.call('POST', '/api/tokens', { name: 'x', rights: ['site.see'], days: 366 })).status, 422)
})

test('a token ends when it expires, is revoked, or its maker leaves; then it is refused in the same words', async t => {
  const { url, clock, facts } = await withPeople(t, { RELAIS_ACCOUNTS_SECOND_FACTOR: 'offered' })
  const [zoe, admin, stranger] = [browser(url), browser(url), browser(url)]
  const begun = await zoe.signIn('zoe@nord.example')
  await admin.signIn('admin@nord.example')
  await stranger.signIn('admin@sud.example')
  const make = async (days: number) =>
    (await zoe.call('POST', '/api/tokens', { name: `${days} j`, rights: ['site.see'], days }))
      .body as NewTokenView
  const [short, long, longer] = [await make(1), await make(30), await make(300)]
  t.deepEqual((await admin.call('GET', '/api/tokens')).body.items.length, 3, 'who keeps the site sees them')
  t.deepEqual((await stranger.call('GET', '/api/tokens')).body.items, [])
  t.is((await stranger.call('DELETE', `/api/tokens/${long.id}`)).status, 404)

  const socket = new WebSocket(`${url.replace('http', 'ws')}/ws`, {
    headers: { authorization: `Bearer ${long.token}` },
  })
  await new Promise(resolve => socket.once('message', resolve))
  const closed = new Promise<number>(resolve => socket.on('close', resolve))
  t.is((await admin.call('DELETE', `/api/tokens/${long.id}`)).body.state, 'revoked')
  t.is(await closed, 4401)
  clock.advance(DAY_MS)
  await admin.signIn('admin@nord.example')
  const seen: unknown[] = []
  for (const token of [short.token, long.token, `${long.token.slice(0, -1)}x`, 'relais_short', 'anything']) {
    const refused = await program(url, token)('GET', '/api/sites')
    t.is(refused.status, 401)
    t.is(refused.challenge, 'Bearer realm="Relais"')
    seen.push(refused.body)
  }
  t.is(new Set(seen.map(body => JSON.stringify(body))).size, 1)

  t.is((await program(url, longer.token)('GET', '/api/sites')).status, 200)
  await admin.call('PUT', `/api/accounts/${begun.body.account.id}`, { state: 'disabled' })
  t.is((await program(url, longer.token)('GET', '/api/sites')).status, 401)
  const listed = (await admin.call('GET', '/api/tokens')).body.items as TokenView[]
  t.deepEqual(listed.map(({ name, state }) => [name, state]).sort(), [
    ['1 j', 'revoked'],
    ['30 j', 'revoked'],
    ['300 j', 'revoked'],
  ])
  t.is((await facts('token-revoked')).length, 3)
})

test('a token gets another secret: both work for the overlap that was chosen, then the earlier one ends by itself', async t => {
  const { url, clock, facts, file } = await withPeople(t, { RELAIS_ACCOUNTS_SECOND_FACTOR: 'offered' })
  const [zoe, admin, stranger] = [browser(url), browser(url), browser(url)]
  await zoe.signIn('zoe@nord.example')
  const asked = { name: 'RIS', rights: ['site.see'], days: 90 }
  const first = (await zoe.call('POST', '/api/tokens', asked)).body as NewTokenView
  const rotate = (body?: object, by = zoe) => by.call('POST', `/api/tokens/${first.id}/rotation`, body)
  const opens = async (token: string) => (await program(url, token)('GET', '/api/sites')).status === 200
  clock.advance(2 * MINUTE_MS)
  const turned = await rotate({ overlapHours: 8 })
  t.is(turned.status, 200)
  const second = turned.body as NewTokenView
  t.is(second.id, first.id)
  t.not(second.token, first.token)
  t.false(readFileSync(`${file}-wal`).includes(second.token), 'only its digest is kept')
  t.is(Date.parse(second.expiresAt) - clock.now(), 90 * DAY_MS, 'its life begins anew')
  t.deepEqual(second.oldSecret, { until: new Date(clock.now() + 8 * 60 * MINUTE_MS).toISOString() })
  const listed = async () => {
    await zoe.signIn('zoe@nord.example')
    return (await zoe.call('GET', '/api/tokens')).body.items[0] as TokenView
  }
  t.deepEqual([await opens(first.token), await opens(second.token)], [true, true])
  t.is((await listed()).oldSecret?.lastUsedAt, new Date(clock.now()).toISOString(), 'it is still used')
  t.false('token' in (await listed()), 'shown once')

  await admin.signIn('admin@nord.example')
  await stranger.signIn('admin@sud.example')
  t.is((await rotate({}, admin)).status, 403, 'who keeps the site is handed nobody’s secret')
  t.is((await rotate({}, stranger)).status, 404)
  t.is((await rotate({ overlapHours: 169 })).status, 422)
  t.is((await program(url, second.token)('POST', `/api/tokens/${first.id}/rotation`, {})).status, 403)

  const third = (await rotate({ overlapHours: 24, days: 30 })).body as NewTokenView
  t.is((await rotate({ overlapHours: 1 })).status, 409, 'three at once and no more')
  clock.advance(8 * 60 * MINUTE_MS - 1)
  t.true(await opens(first.token), 'a later rotation does not make the overlap longer or shorter')
  clock.advance(1)
  const refused = await program(url, first.token)('GET', '/api/sites')
  const never = await program(url, `relais_${'A'.repeat(43)}`)('GET', '/api/sites')
  t.deepEqual([refused.status, refused.body], [401, never.body])
  t.deepEqual([await opens(second.token), await opens(third.token)], [true, true])
  t.like((await facts('token-refused'))[0], { ids: { token: first.id }, body: { reason: 'replaced' } })

  const [rotated] = await facts('token-rotated')
  t.like(rotated, { site: 'nord', ids: { token: first.id }, origin: { by: 'account' } })
  t.like(rotated?.body, { name: 'RIS', overlapHours: 8 })
  t.is((await facts('token-rotated')).length, 2)
  clock.advance(16 * 60 * MINUTE_MS)
  t.deepEqual([await opens(second.token), await opens(third.token)], [false, true])
  t.is((await listed()).oldSecret, undefined)
  await zoe.call('DELETE', `/api/tokens/${first.id}`)
  t.is((await rotate({})).status, 409, 'what was revoked does not come back')
})

test('without an overlap the earlier secret ends at once with its connections; revoking ends every secret, and what is under way', async t => {
  let asked = 0
  const slow = route({
    method: 'GET',
    path: '/api/slow',
    summary: 'An answer that takes for ever.',
    action: 'site.see',
    answer: z.object({}),
    run: () => {
      asked++
      return new Promise<Record<string, never>>(() => undefined)
    },
  })
  const { url } = await withPeople(t, {}, [slow])
  const zoe = browser(url)
  await zoe.signIn('zoe@nord.example')
  const body = { name: 'RIS', rights: ['site.see'] }
  const first = (await zoe.call('POST', '/api/tokens', body)).body as NewTokenView
  const rotate = async (overlapHours: number) =>
    (await zoe.call('POST', `/api/tokens/${first.id}/rotation`, { overlapHours })).body as NewTokenView
  const listening = async (token: string) => {
    const ws = new WebSocket(`${url.replace('http', 'ws')}/ws`, {
      headers: { authorization: `Bearer ${token}` },
    })
    const closed = new Promise<number>(resolve => ws.on('close', resolve))
    await new Promise((resolve, reject) => ws.once('message', resolve).once('error', reject))
    return { closed }
  }
  /** An answer that never ends by itself; gives what breaks it off. */
  const waiting = async (token: string) => {
    const before = asked
    const broken = program(url, token)('GET', '/api/slow').then(
      ({ status }) => status,
      (thrown: Error) => thrown.message,
    )
    await eventually('it is under way', () => (asked > before ? true : undefined))
    return { broken }
  }
  const early = await listening(first.token)
  const { broken: earlyAnswer } = await waiting(first.token)
  const second = await rotate(0)
  t.is(await early.closed, 4401)
  t.is(await earlyAnswer, 'fetch failed')
  t.is((await program(url, first.token)('GET', '/api/sites')).status, 401)

  const third = await rotate(1)
  const sockets = [await listening(second.token), await listening(third.token)]
  const answers = [await waiting(second.token), await waiting(third.token)]
  t.is((await zoe.call('DELETE', `/api/tokens/${first.id}`)).status, 200)
  for (const { closed } of sockets) t.is(await closed, 4401)
  for (const { broken } of answers) t.is(await broken, 'fetch failed')
  for (const { token } of [second, third]) t.is((await program(url, token)('GET', '/api/sites')).status, 401)
})

test('who made a token, and who keeps its site, are told before it ends: thirty days, seven, one, each once', async t => {
  const { url, accounts, clock, facts } = await withPeople(t)
  const zoe = browser(url)
  const begun = await zoe.signIn('zoe@nord.example')
  const ids: string[] = []
  for (const days of [1, 30, 90, 365]) {
    const body = { name: `${days} j`, rights: ['site.see'], days }
    ids.push((await zoe.call('POST', '/api/tokens', body)).body.id)
  }
  const told = async () =>
    (await facts('token-expiring')).map(({ body }) => `${body?.['name']}: ${body?.['days']}`)
  const stop = await accounts.watchTokens()
  stop()
  t.deepEqual(await told(), [], 'nothing is old on its first day')
  const seen: [day: number, told: string[]][] = []
  for (let day = 1; day <= 365; day++) {
    clock.advance(DAY_MS)
    const before = (await told()).length
    await accounts.tokens.warn()
    await accounts.tokens.warn()
    const now = (await told()).slice(before)
    if (now.length > 0) seen.push([day, now])
  }
  t.deepEqual(seen, [
    [20, ['30 j: 10']],
    [23, ['30 j: 7']],
    [29, ['30 j: 1']],
    [60, ['90 j: 30']],
    [83, ['90 j: 7']],
    [89, ['90 j: 1']],
    [335, ['365 j: 30']],
    [358, ['365 j: 7']],
    [364, ['365 j: 1']],
  ])
  t.like((await facts('token-expiring'))[0], {
    site: 'nord',
    ids: { token: ids[1], account: begun.body.account.id },
    body: { reference: '30 j', urgency: 'routine' },
  })
})

test('a request with a token is the program’s alone: no cookie helps it, none is needed, and no page is asked for', async t => {
  const { url } = await withPeople(t)
  const zoe = browser(url)
  await zoe.signIn('zoe@nord.example')
  const { token } = (await zoe.call('POST', '/api/tokens', { name: 'x', rights: ['contract.see'] }))
    .body as NewTokenView
  const both = program(url, token, { cookie: zoe.cookie })
  t.is((await both('GET', '/api/sites')).status, 403, 'the cookie’s rights do not count')
  const wrong = program(url, `relais_${'A'.repeat(43)}`, { cookie: zoe.cookie })
  t.is((await wrong('GET', '/api/sites')).status, 401)
  // A foreign page has the browser's cookie at most; only a program has a token.
  const foreign = { origin: 'https://evil.example' }
  const forged = await fetch(`${url}/api/tokens/x`, {
    method: 'DELETE',
    headers: { ...foreign, cookie: zoe.cookie },
  })
  t.is(forged.status, 403)
  t.like((await program(url, token, foreign)('DELETE', '/api/tokens/x')).body, {
    code: 'forbidden',
    detail: 'Ce jeton n’a pas le droit token.create.',
  })
})

test('tokens are bounded in number, and wrong ones in frequency: what is right is never held up', async t => {
  const { url, facts } = await withPeople(t)
  const zoe = browser(url)
  await zoe.signIn('zoe@nord.example')
  const made: NewTokenView[] = []
  for (let n = 0; n < 20; n++)
    made.push((await zoe.call('POST', '/api/tokens', { name: `${n}`, rights: ['site.see'] })).body)
  t.is((await zoe.call('POST', '/api/tokens', { name: '21', rights: ['site.see'] })).status, 409)
  await zoe.call('DELETE', `/api/tokens/${made[0]?.id}`)
  t.is((await zoe.call('POST', '/api/tokens', { name: '21', rights: ['site.see'] })).status, 201)

  const guesser = program(url, `relais_${'A'.repeat(43)}`)
  const statuses = await Promise.all(
    Array.from({ length: 70 }, async () => (await guesser('GET', '/api/sites')).status),
  )
  t.deepEqual(
    [statuses.filter(one => one === 401).length, statuses.filter(one => one === 429).length],
    [60, 10],
  )
  t.is((await program(url, made[1]?.token ?? '')('GET', '/api/sites')).status, 200)
  t.like(await facts('token-refused'), [{ body: { reason: 'unknown', address: '127.0.0.1' } }])
})

test('the answer that holds a secret is not remembered for who asks again', async t => {
  const { url } = await withPeople(t)
  const zoe = browser(url)
  await zoe.signIn('zoe@nord.example')
  const ask = async () => {
    const answer = await fetch(`${url}/api/tokens`, {
      method: 'POST',
      headers: { cookie: zoe.cookie, 'content-type': 'application/json', 'idempotency-key': 'the same' },
      body: JSON.stringify({ name: 'x', rights: ['site.see'] }),
    })
    return ((await answer.json()) as NewTokenView).token
  }
  t.not(await ask(), await ask())
})
