import { createHash } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { TOTP } from 'otpauth'
import { WebSocket } from 'ws'
import type {
  FactorsView,
  NewAuthenticatorView,
  OwnSessionView,
  SessionView,
} from '../../node/accounts/view.js'
import { browser, type House, MINUTE_MS, PASSWORD, withPeople } from '../support/accounts-house.js'
import { eventually } from '../support/children.js'
import { temporary } from '../support/node.js'
import { type SoftAuthenticator, softAuthenticator } from '../support/soft-authenticator.js'

const ZOE = 'zoe@nord.example'
const OPERATOR = 'op@relais.example'
const HERE = 'http://localhost:8080'

type Browser = ReturnType<typeof browser>

/** What the person's telephone shows. */
function codesOf({ uri }: NewAuthenticatorView, clock: House['clock']) {
  const totp = new TOTP({ secret: new URL(uri).searchParams.get('secret') ?? '' })
  return { at: (offsetMs = 0) => totp.generate({ timestamp: clock.now() + offsetMs }) }
}

/** Sets up an authenticator, and gives its codes and the recovery codes. */
async function enrol(t: ExecutionContext, who: Browser, clock: House['clock']) {
  const made = await who.call('POST', '/api/session/authenticator')
  t.is(made.status, 200)
  const phone = codesOf(made.body, clock)
  const begun = await who.call('PUT', '/api/session/authenticator', { code: phone.at() })
  t.is(begun.status, 200)
  return { phone, recovery: begun.body.codes as string[], secret: made.body.secret as string }
}

async function addPasskey(t: ExecutionContext, who: Browser, name = 'Clé') {
  const key = softAuthenticator(HERE)
  const offer = await who.call('POST', '/api/session/passkeys/offer')
  t.is(offer.status, 200)
  const added = await who.call('POST', '/api/session/passkeys', { name, answer: key.create(offer.body) })
  t.is(added.status, 201, JSON.stringify(added.body))
  return { key, recovery: added.body.codes as string[] | undefined }
}

async function byPasskey(
  who: Browser,
  key: SoftAuthenticator,
  odd: Parameters<SoftAuthenticator['get']>[1] = {},
) {
  const question = await who.call('POST', '/api/session/passkey')
  return who.call('POST', '/api/session/passkey/sign-in', { passkey: key.get(question.body, odd) })
}

test('with an authenticator the password alone opens nothing; its code does, and the same code never again', async t => {
  const { url, clock, facts, file } = await withPeople(t)
  const zoe = browser(url)
  await zoe.signIn(ZOE)
  const before = zoe.cookie
  const { phone, recovery, secret } = await enrol(t, zoe, clock)
  t.not(zoe.cookie, before, 'what a session may do has changed, and so has its secret')
  t.is((await zoe.stolen(before)).status, 401)
  t.is(recovery.length, 10)
  t.is((await facts('second-factor-added')).length, 1)

  const again = browser(url)
  const half = await again.signIn(ZOE)
  t.is(half.status, 401)
  t.is(half.body.code, 'second-factor-required')
  t.deepEqual(half.body.factors, ['authenticator', 'recovery'])
  t.is(half.set, null, 'no session begins half-way')
  const { challenge } = half.body
  const used = await again.call('POST', '/api/session/factor', { challenge, code: phone.at() })
  t.is(used.status, 401, 'the code that set it up is used up')
  clock.advance(30_000)
  const code = phone.at()
  const opened = await again.call('POST', '/api/session/factor', { challenge, code })
  t.is(opened.status, 200)
  t.true((opened.body as SessionView).secondFactor.enrolled)
  t.is((await again.call('POST', '/api/session/factor', { challenge, code })).status, 401)
  const third = browser(url)
  t.is((await third.call('POST', '/api/session', { email: ZOE, password: PASSWORD, code })).status, 401)
  clock.advance(30_000)
  const straight = await third.call('POST', '/api/session', {
    email: ZOE,
    password: PASSWORD,
    code: phone.at(),
  })
  t.is(straight.status, 200)
  const { readFileSync } = await import('node:fs')
  t.false(readFileSync(file).includes(secret) || readFileSync(`${file}-wal`).includes(secret))
})

test('a telephone whose clock is half a minute off still opens, one that is a minute off does not', async t => {
  const { url, clock } = await withPeople(t)
  const zoe = browser(url)
  await zoe.signIn(ZOE)
  const { phone } = await enrol(t, zoe, clock)
  const attempt = (offsetMs: number) =>
    browser(url).call('POST', '/api/session', { email: ZOE, password: PASSWORD, code: phone.at(offsetMs) })
  clock.advance(5 * MINUTE_MS)
  t.is((await attempt(-60_000)).status, 401)
  t.is((await attempt(60_000)).status, 401)
  t.is((await attempt(-30_000)).status, 200)
  t.is((await attempt(30_000)).status, 200)
  t.is((await attempt(0)).status, 401, 'older than one that was used')
})

test('guessing codes is bounded for the account, wherever it comes from', async t => {
  const { url, clock } = await withPeople(t)
  const zoe = browser(url)
  await zoe.signIn(ZOE)
  const { phone } = await enrol(t, zoe, clock)
  clock.advance(MINUTE_MS)
  const { challenge } = (await browser(url).signIn(ZOE)).body
  const statuses: number[] = []
  for (let guess = 0; guess < 6; guess++)
    statuses.push(
      (await browser(url).call('POST', '/api/session/factor', { challenge, code: '000000' })).status,
    )
  t.deepEqual(statuses, [401, 401, 401, 401, 401, 401])
  const late = await browser(url).call('POST', '/api/session/factor', { challenge, code: phone.at() })
  t.is(late.status, 401, 'five tries, then the password is asked again')
  const challenges = [await browser(url).signIn(ZOE), await browser(url).signIn(ZOE)].map(
    ({ body }) => body.challenge as string,
  )
  const show = (at: number, code: string) =>
    browser(url).call('POST', '/api/session/factor', { challenge: challenges[at], code })
  for (let guess = 0; guess < 5; guess++) t.is((await show(0, '000000')).status, 401)
  const right = await show(1, phone.at())
  t.is(right.status, 429)
})

test('a recovery code opens once, is counted, and new ones make the old void', async t => {
  const { url, clock, facts } = await withPeople(t)
  const zoe = browser(url)
  await zoe.signIn(ZOE)
  const { recovery } = await enrol(t, zoe, clock)
  const attempt = (code: string) =>
    browser(url).call('POST', '/api/session', { email: ZOE, password: PASSWORD, code })
  t.is((await attempt(recovery[0]?.toUpperCase().replace('-', ' ') ?? '')).status, 200)
  t.is((await attempt(recovery[0] ?? '')).status, 401)
  t.is(((await zoe.call('GET', '/api/session/factors')).body as FactorsView).recoveryLeft, 9)
  t.is((await facts('recovery-code-used')).length, 1)
  const made = await zoe.call('POST', '/api/session/recovery')
  t.is(made.body.codes.length, 10)
  t.is((await attempt(recovery[1] ?? '')).status, 401)
  t.is((await attempt(made.body.codes[1])).status, 200)
})

test('a passkey is the whole sign-in; one that is copied, elsewhere, unverified or answered before opens nothing', async t => {
  const { url, facts } = await withPeople(t)
  const zoe = browser(url)
  await zoe.signIn(ZOE)
  const { key, recovery } = await addPasskey(t, zoe)
  t.is(recovery?.length, 10)
  const other = browser(url)
  const begun = await byPasskey(other, key)
  t.is(begun.status, 200, JSON.stringify(begun.body))
  t.is((begun.body as SessionView).account.email, ZOE)
  t.deepEqual((await facts('signed-in')).at(-1)?.body, { by: 'passkey', factor: 'passkey' })

  for (const odd of [
    { origin: 'https://elsewhere.example' },
    { rpId: 'elsewhere.example' },
    { verified: false },
    { type: 'webauthn.create' },
  ])
    t.is((await byPasskey(browser(url), key, odd)).status, 401, JSON.stringify(odd))
  const question = (await other.call('POST', '/api/session/passkey')).body
  const stranger = softAuthenticator(HERE)
  t.is(
    (await browser(url).call('POST', '/api/session/passkey/sign-in', { passkey: stranger.get(question) }))
      .status,
    401,
  )
  const answer = key.get((await browser(url).call('POST', '/api/session/passkey')).body)
  t.is((await browser(url).call('POST', '/api/session/passkey/sign-in', { passkey: answer })).status, 200)
  t.is((await browser(url).call('POST', '/api/session/passkey/sign-in', { passkey: answer })).status, 401)
  key.counter = 1
  t.is((await byPasskey(browser(url), key)).status, 401)
  t.is((await facts('sign-in-refused')).at(-1)?.body?.['reason'], 'passkey-copied')
})

test('a passkey answers the challenge after the password; several have names, and each can be removed', async t => {
  const { url } = await withPeople(t)
  const zoe = browser(url)
  await zoe.signIn(ZOE)
  const first = await addPasskey(t, zoe, 'Clé du bureau')
  const second = await addPasskey(t, zoe, 'Téléphone')
  t.is(second.recovery, undefined, 'the codes come with the first')
  const half = (await browser(url).signIn(ZOE)).body
  t.deepEqual(half.factors, ['passkey', 'recovery'])
  const shown = await browser(url).call('POST', '/api/session/factor', {
    challenge: half.challenge,
    passkey: first.key.get(half.passkey),
  })
  t.is(shown.status, 200)
  const factors = (await zoe.call('GET', '/api/session/factors')).body as FactorsView
  t.deepEqual(
    factors.passkeys.map(({ name }) => name),
    ['Clé du bureau', 'Téléphone'],
  )
  t.is(factors.passkeyHost, 'localhost')
  for (const { id } of factors.passkeys)
    t.is((await zoe.call('DELETE', `/api/session/passkeys/${id}`)).status, 204)
  t.is((await byPasskey(browser(url), second.key)).status, 401)
  t.is((await browser(url).signIn(ZOE)).status, 200, 'without a second factor none is asked for')
  t.is(((await zoe.call('GET', '/api/session/factors')).body as FactorsView).recoveryLeft, 0)
})

test('what opens an account is changed only by who has just shown to own it', async t => {
  const { url, clock } = await withPeople(t)
  const zoe = browser(url)
  await zoe.signIn(ZOE)
  clock.advance(11 * MINUTE_MS)
  for (const [method, path] of [
    ['POST', '/api/session/authenticator'],
    ['POST', '/api/session/passkeys/offer'],
  ] as const)
    t.is((await zoe.call(method, path)).body.code, 'confirmation-required')
  const before = zoe.cookie
  t.is((await zoe.call('POST', '/api/session/proof', { password: 'not mine at all' })).status, 422)
  t.is((await zoe.call('POST', '/api/session/proof', { password: PASSWORD })).status, 200)
  t.not(zoe.cookie, before)
  await enrol(t, zoe, clock)
  clock.advance(11 * MINUTE_MS)
  t.is((await zoe.call('DELETE', '/api/session/authenticator')).body.code, 'confirmation-required')
})

test('administration waits for a second factor once the account is a day old; shown, it lasts as long as the settings say', async t => {
  const { url, clock } = await withPeople(t, { RELAIS_ACCOUNTS_SECOND_FACTOR_FRESH_MINUTES: '30' })
  const op = browser(url)
  await op.signIn(OPERATOR)
  t.is((await op.call('GET', '/api/accounts')).status, 200)
  const invite = () =>
    op.call('POST', '/api/accounts', {
      email: `n${clock.now()}@nord.example`,
      name: 'Une Autre',
      role: 'referrer',
      site: 'nord',
    })
  t.is((await invite()).status, 201, 'a first start is not held up')
  clock.advance(25 * 60 * MINUTE_MS)
  await op.signIn(OPERATOR)
  const refused = await invite()
  t.is(refused.status, 403)
  t.is(refused.body.code, 'second-factor-required')
  t.true(((await op.call('GET', '/api/session')).body as SessionView).secondFactor.due)
  t.is((await op.call('GET', '/api/accounts')).status, 200, 'to look is another matter')
  const { phone } = await enrol(t, op, clock)
  t.is((await invite()).status, 201)
  for (const minutes of [10, 10, 11]) {
    clock.advance(minutes * MINUTE_MS)
    await op.call('GET', '/api/session')
  }
  t.is((await invite()).body.code, 'second-factor-required')
  t.is((await op.call('POST', '/api/session/proof', { code: phone.at() })).status, 200)
  t.is((await invite()).status, 201)
})

test('where a second factor is only offered nobody must, and who set one up is asked for it', async t => {
  const { url, clock } = await withPeople(t, { RELAIS_ACCOUNTS_SECOND_FACTOR: 'offered' })
  clock.advance(48 * 60 * MINUTE_MS)
  const op = browser(url)
  await op.signIn(OPERATOR)
  const body = { email: 'n@nord.example', name: 'Une Autre', role: 'referrer', site: 'nord' }
  t.is((await op.call('POST', '/api/accounts', body)).status, 201)
  await enrol(t, op, clock)
  t.is((await browser(url).signIn(OPERATOR)).body.code, 'second-factor-required')
})

test('an administrator takes the second factor from a person who lost it; their sessions end', async t => {
  const { url, clock, facts } = await withPeople(t)
  const [zoe, admin, elsewhere] = [browser(url), browser(url), browser(url)]
  const { id } = (await zoe.signIn(ZOE)).body.account
  await admin.signIn('admin@nord.example')
  await elsewhere.signIn('admin@sud.example')
  const path = `/api/accounts/${id}/second-factor`
  t.is((await admin.call('DELETE', path)).status, 409)
  await enrol(t, zoe, clock)
  t.is((await elsewhere.call('DELETE', path)).status, 404)
  const cleared = await admin.call('DELETE', path)
  t.is(cleared.status, 200)
  t.false(cleared.body.secondFactor)
  t.is((await zoe.call('GET', '/api/session')).status, 401)
  t.is((await zoe.signIn(ZOE)).status, 200)
  const fact = (await facts('second-factor-removed')).at(-1)
  t.is(fact?.ids['account'], id)
  t.is(fact?.site, 'nord')
})

test('a signature asks for the second factor of who has one when it was not shown lately', async t => {
  const { url, clock, accounts } = await withPeople(t, { RELAIS_ACCOUNTS_SECOND_FACTOR_FRESH_MINUTES: '5' })
  const reader = browser(url)
  await reader.signIn('amadou@lecture.example')
  const { phone } = await enrol(t, reader, clock)
  const who = await accounts.authenticate({ cookie: reader.secret, address: 'a', touch: false })
  if (who === null) return t.fail()
  const sign = (proof: object) => accounts.reauthenticate(who, proof, 'a')
  await t.notThrowsAsync(sign({ password: PASSWORD }))
  clock.advance(6 * MINUTE_MS)
  t.like(await t.throwsAsync(sign({ password: PASSWORD })), {
    fields: [{ path: 'reauthentication.code', message: 'missing' }],
  })
  t.like(await t.throwsAsync(sign({ code: phone.at() })), {
    fields: [{ path: 'reauthentication.password', message: 'missing' }],
  })
  clock.advance(MINUTE_MS)
  await t.notThrowsAsync(sign({ password: PASSWORD, code: phone.at() }))
  t.is(await sign({ password: 'no' }).catch(failure => failure.code), 'invalid')
})

test('who proved to be themselves a moment ago signs without doing it again, where the settings say so', async t => {
  const { url, clock, accounts } = await withPeople(t, { RELAIS_ACCOUNTS_SIGNATURE_FRESH_MINUTES: '5' })
  const reader = browser(url)
  await reader.signIn('amadou@lecture.example')
  const who = await accounts.authenticate({ cookie: reader.secret, address: 'a', touch: false })
  if (who === null) return t.fail()
  await t.notThrowsAsync(accounts.reauthenticate(who, {}, 'a'))
  clock.advance(6 * MINUTE_MS)
  await t.throwsAsync(accounts.reauthenticate(who, {}, 'a'))
})

test('a locked session only unlocks or ends; unlocked by its person it goes on with another secret', async t => {
  const { url, clock } = await withPeople(t)
  const zoe = browser(url)
  await zoe.signIn(ZOE)
  t.is((await zoe.call('POST', '/api/session/lock')).status, 204)
  for (const [method, path] of [
    ['GET', '/api/session'],
    ['GET', '/api/sites'],
    ['GET', '/api/session/drafts'],
    ['GET', '/api/sessions'],
    ['POST', '/api/session/proof'],
    ['POST', '/api/session/activity'],
  ] as const) {
    const refused = await zoe.call(method, path)
    t.deepEqual([refused.status, refused.body.code], [401, 'locked'], path)
  }
  t.like((await zoe.call('GET', '/api/session/lock')).body, { locked: true, email: ZOE })
  t.is((await zoe.call('POST', '/api/session/unlock', { password: 'somebody else’s' })).status, 422)
  const before = zoe.cookie
  t.is((await zoe.call('POST', '/api/session/unlock', { password: PASSWORD })).status, 200)
  t.not(zoe.cookie, before)
  t.is((await zoe.stolen(before)).status, 401)
  clock.advance(16 * MINUTE_MS)
  t.is((await zoe.call('GET', '/api/session')).body.code, 'locked')
  t.is((await zoe.call('DELETE', '/api/session')).status, 204)
  t.is((await zoe.call('GET', '/api/session/lock')).body.code, 'unauthenticated')
})

// Alone: what is measured is not what the other tests of this file do meanwhile.
test.serial(
  'a person sees where they are signed in and ends it; the live connection closes within a second',
  async t => {
    const { url } = await withPeople(t)
    const [here, there, amadou] = [browser(url), browser(url), browser(url)]
    await here.signIn(ZOE)
    await there.signIn(ZOE)
    await amadou.signIn('amadou@lecture.example')
    const socket = new WebSocket(`${url.replace('http', 'ws')}/ws`, {
      headers: { cookie: there.cookie, origin: url },
    })
    await eventually('the other browser is connected', () =>
      socket.readyState === WebSocket.OPEN ? true : undefined,
    )
    const closed = new Promise<number>(resolve => socket.once('close', resolve))
    const listed = (await here.call('GET', '/api/sessions')).body.items as OwnSessionView[]
    t.is(listed.length, 2)
    t.is(listed.filter(({ current }) => current).length, 1)
    const other = listed.find(({ current }) => !current)
    t.like(other, { address: '127.0.0.1', siteName: 'Hôpital Nord', locked: false })
    t.is((await amadou.call('DELETE', `/api/sessions/${other?.id}`)).status, 404)
    const began = performance.now()
    t.is((await here.call('DELETE', `/api/sessions/${other?.id}`)).status, 204)
    t.is(await closed, 4401)
    t.true(performance.now() - began < 1000)
    t.is((await there.call('GET', '/api/session')).status, 401)
    await there.signIn(ZOE)
    t.is((await here.call('DELETE', '/api/sessions')).status, 204)
    t.is((await there.call('GET', '/api/session')).status, 401)
    t.is((await here.call('GET', '/api/session')).status, 200)
  },
)

test('a password is set anew with the old one, ends the other sessions, and is none that anybody would try', async t => {
  const { url } = await withPeople(t)
  const [zoe, other] = [browser(url), browser(url)]
  await zoe.signIn(ZOE)
  await other.signIn(ZOE)
  const change = (now: string, password: string) =>
    zoe.call('PUT', '/api/session/password', { now, password })
  t.is((await change('not the old one', 'une tout autre phrase')).status, 422)
  t.is((await change(PASSWORD, 'court')).status, 422)
  t.is((await change(PASSWORD, 'Motdepasse2026!')).body.fields[0].path, 'password')
  t.is((await change(PASSWORD, 'zoe.essai.nord')).status, 422)
  t.is((await change(PASSWORD, 'une tout autre phrase')).status, 200)
  t.is((await other.call('GET', '/api/session')).status, 401)
  t.is((await other.signIn(ZOE)).status, 401)
  t.is((await other.signIn(ZOE, 'une tout autre phrase')).status, 200)
})

test('who signs in with a stolen password changes it before anything else', async t => {
  const file = join(temporary(t, 'relais-breached-'), 'list.txt')
  const lines = Array.from({ length: 2000 }, (_, number) => digest(`phrase numéro ${number}`))
  writeFileSync(
    file,
    [...lines, digest(PASSWORD)]
      .sort()
      .map((line, at) => `${line}:${at}\r\n`)
      .join(''),
  )
  const { url } = await withPeople(t, { RELAIS_ACCOUNTS_BREACHED_PASSWORDS_FILE: file })
  const zoe = browser(url)
  const begun = await zoe.signIn(ZOE)
  t.true((begun.body as SessionView).changePassword)
  t.is((await zoe.call('GET', '/api/sites')).body.code, 'password-change-required')
  t.is((await zoe.call('GET', '/api/session')).status, 200)
  const next = (password: string) => zoe.call('PUT', '/api/session/password', { now: PASSWORD, password })
  for (const known of ['phrase numéro 0', 'phrase numéro 999', 'phrase numéro 1999'])
    t.is((await next(known)).status, 422, known)
  t.is((await next('une phrase de personne')).status, 200)
  t.is((await zoe.call('GET', '/api/sites')).status, 200)
})

function digest(text: string): string {
  return createHash('sha1').update(text).digest('hex').toUpperCase()
}

/** Small here; with RELAIS_TEST_FULL=1 the promised ten thousand. */
const GUESSES = process.env['RELAIS_TEST_FULL'] === '1' ? 10_000 : 300

// Alone as well, for the same reason.
test.serial(
  'somebody guesses passwords by the thousand: ten a minute are looked at, and others work undisturbed',
  async t => {
    const { url } = await withPeople(t)
    const amadou = browser(url)
    await amadou.signIn('amadou@lecture.example')
    /** p99 of at least a thousand answers, in milliseconds, and how many there were. */
    const worked = async (more: () => boolean) => {
      const took: number[] = []
      while (more() || took.length < 1000) {
        const began = performance.now()
        const { status } = await amadou.call('GET', '/api/session')
        took.push(performance.now() - began)
        if (status !== 200) throw new Error(`${status}`)
      }
      took.sort((a, b) => a - b)
      return { p99: took[Math.floor(took.length * 0.99)] ?? 0, count: took.length }
    }
    const calm = await worked(() => false)
    let guessing = true
    // The ten that are looked at are the same few seconds of work however many are turned away.
    const working = worked(() => guessing)
    const answers = new Map<number, number>()
    const guess = async (from: number) => {
      for (let at = from; at < GUESSES; at += 20) {
        const { status } = await browser(url).signIn(ZOE, `a guess ${at} of many`)
        answers.set(status, (answers.get(status) ?? 0) + 1)
      }
    }
    await Promise.all(Array.from({ length: 20 }, (_, at) => guess(at)))
    guessing = false
    const { p99, count } = await working
    t.log(
      `${GUESSES} guesses: ${answers.get(401)} looked at; ${count} answers to others, p99 ${p99.toFixed(1)} ms; before them ${calm.p99.toFixed(1)} ms`,
    )
    // The limiter counts by the real clock: a slow machine may see a second minute begin.
    t.true((answers.get(401) ?? 0) <= 20, String(answers.get(401)))
    t.is((answers.get(401) ?? 0) + (answers.get(429) ?? 0), GUESSES)
    // 300 ms is the promise; where the machine has other work it is measured beside what it did without the guesses.
    t.true(p99 < Math.max(300, 20 * calm.p99), `${p99} ms, ${calm.p99} ms without them`)
  },
)
