import { createHash } from 'node:crypto'
import { statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { openBreached } from '../../node/accounts/breached.js'
import { deviceOf } from '../../node/accounts/device.js'
import { openFactorKey } from '../../node/accounts/factor-key.js'
import { openPending } from '../../node/accounts/pending.js'
import { factorDue, isFresh, kindOfCode, relyingParty, signatureWants } from '../../node/accounts/rules.js'
import { weakness } from '../../node/accounts/weak-passwords.js'
import { manualClock } from '../../node/clock.js'
import { temporary } from '../support/node.js'

const HOUR_MS = 3_600_000

test('marked acts wait for a second factor as the policy, the age of the account and the last showing say', t => {
  const base = { now: 100 * HOUR_MS, freshMs: 12 * HOUR_MS, graceMs: 24 * HOUR_MS }
  const cases: [
    policy: 'required' | 'offered',
    enrolled: boolean,
    shown: number | null,
    since: number,
    due: boolean,
  ][] = [
    ['required', false, null, 99, false],
    ['required', false, null, 76.001, false],
    ['required', false, null, 76, true],
    ['required', false, null, 0, true],
    ['offered', false, null, 0, false],
    ['required', true, null, 99, true],
    ['offered', true, null, 0, true],
    ['required', true, 99, 0, false],
    ['required', true, 88.001, 0, false],
    ['required', true, 88, 0, true],
    ['offered', true, 88, 0, true],
    // A clock that went back does not lengthen it.
    ['required', true, 113, 0, true],
  ]
  for (const [policy, enrolled, shown, since, due] of cases)
    t.is(
      factorDue({
        ...base,
        policy,
        enrolled,
        shownAt: shown === null ? null : shown * HOUR_MS,
        accountSince: since * HOUR_MS,
      }),
      due,
      `${policy} ${enrolled} ${shown} ${since}`,
    )
})

test('a signature asks for what was not proved lately, and for a second factor only of who has one', t => {
  const now = 10 * HOUR_MS
  for (const enrolled of [true, false])
    for (const confirmedAt of [null, now - HOUR_MS, now])
      for (const shownAt of [null, now - 2 * HOUR_MS, now])
        for (const signatureFreshMs of [0, HOUR_MS / 2])
          t.deepEqual(
            signatureWants({
              enrolled,
              confirmedAt,
              shownAt,
              now,
              signatureFreshMs,
              factorFreshMs: HOUR_MS,
            }),
            {
              confirmation: !(confirmedAt === now && signatureFreshMs > 0),
              factor: enrolled && shownAt !== now,
            },
          )
  t.false(isFresh(now, now, 0), 'no window at all')
})

test('a typed code is six digits or a recovery code, however people space it', t => {
  t.deepEqual(kindOfCode('123 456'), { kind: 'totp', code: '123456' })
  t.deepEqual(kindOfCode('AB3DE-F6H1J'), { kind: 'recovery', code: 'ab3def6h1j' })
  for (const other of ['', '12345', '1234567', 'AB3DE-F6H1', 'AB3DE F6H1J K', '12345é', '١٢٣٤٥٦'])
    t.is(kindOfCode(other), null, other)
})

test('passkeys belong to the name people type, over HTTPS, or to this machine', t => {
  const cases: [string, ReturnType<typeof relyingParty>][] = [
    ['https://relais.example.org', { id: 'relais.example.org', origins: ['https://relais.example.org'] }],
    [
      'https://relais.example.org:8443',
      { id: 'relais.example.org', origins: ['https://relais.example.org:8443'] },
    ],
    ['http://127.0.0.1:8080', { id: 'localhost', origins: ['http://localhost:8080'] }],
    ['http://[::1]:8080', { id: 'localhost', origins: ['http://localhost:8080'] }],
    ['https://localhost', { id: 'localhost', origins: ['https://localhost'] }],
    ['http://relais.example.org', null],
    ['https://192.0.2.7', null],
    ['https://[2001:db8::7]', null],
    ['http://0.0.0.0:8080', null],
  ]
  for (const [url, party] of cases) t.deepEqual(relyingParty(url), party, url)
})

test('a password that anybody would try is not taken; a sentence is, with or without figures', t => {
  const person = { email: 'zoe.essai@nord.example', name: 'Zoé Essai' }
  for (const common of [
    'password1234',
    'Password2026!',
    'P@ssw0rd12345',
    'motdepasse!!!',
    'MotDePasse2026',
    'administrator',
    'passwordpassword',
    'azertyuiop12',
    'AZERTYUIOPQSDF',
    'poiuytreza12',
    'qwertyuiop[]12',
    '123456789012',
    '210987654321',
    'aaaaaaaaaaaa',
    'abcabcabcabc',
    '121212121212',
    '1qaz2wsx3edc',
    'abcdefghijklmn',
    'radiologie2026',
    // From the list of stolen ones.
    'manchester2026!',
    'elephant123456',
    'butterfly2025',
  ])
    t.is(weakness(common, person), 'common', common)
  for (const own of ['zoe.essai.nord', 'ZoéEssai12345', 'essai@nord.example', 'Essai-Zoe-1987'])
    t.is(weakness(own, person), 'own-name', own)
  for (const good of [
    'correct horse battery',
    'un bon mot de passe',
    'une phrase pour entrer',
    'demo-k3x9v2wq',
    '194728461934',
    'Les 3 lampes du nord',
    'zoé aime les lampes',
    'test-harness-1234',
  ])
    t.is(weakness(good, person), null, good)
})

test('a list of stolen passwords is searched where it lies, whatever its size, endings and counts', async t => {
  const folder = temporary(t, 'relais-breached-')
  const digest = (text: string) => createHash('sha1').update(text).digest('hex').toUpperCase()
  for (const [size, ending, count] of [
    [0, '\n', true],
    [1, '', false],
    [1, '\r\n', true],
    [2, '\n', false],
    [3, '\r\n', true],
    [1000, '\r\n', true],
    [1000, '\n', false],
  ] as const) {
    const file = join(folder, `${size}${count}.txt`)
    const words = Array.from({ length: size }, (_, at) => `stolen ${at}`)
    const lines = words.map(digest).sort()
    writeFileSync(file, lines.map((line, at) => `${line}${count ? `:${at * 7919}` : ''}${ending}`).join(''))
    const breached = openBreached(file)
    for (const word of words.filter((_, at) => size < 10 || at % 37 === 0 || at > 995))
      t.true(await breached.has(word), `${size} ${word}`)
    for (const other of ['kept', 'never seen', 'stolen'])
      t.false(await breached.has(other), `${size} ${other}`)
  }
  const prefixes = join(folder, 'prefixes.txt')
  writeFileSync(
    prefixes,
    `${['a', 'b', 'c']
      .map(word => digest(word).slice(0, 12))
      .sort()
      .join('\n')}\n`,
  )
  t.true(await openBreached(prefixes).has('b'))
  t.false(await openBreached(prefixes).has('d'))
  t.false(await openBreached(null).has('b'))
  await t.throwsAsync(openBreached(join(folder, 'none')).has('b'), { code: 'unavailable' })
})

test('a sealed secret opens for its owner only, with this node’s key only; others may not read the key', t => {
  const folder = join(temporary(t, 'relais-keys-'), 'keys')
  const key = openFactorKey(folder)
  const sealed = key.seal(Buffer.from('secret'), 'acc_1')
  t.false(sealed.includes('secret'))
  t.is(openFactorKey(folder).open(sealed, 'acc_1').toString(), 'secret', 'the key is kept')
  t.throws(() => key.open(sealed, 'acc_2'), { code: 'internal' })
  const flipped = Buffer.from(sealed)
  flipped[flipped.length - 1] = (flipped.at(-1) ?? 0) ^ 1
  t.throws(() => key.open(flipped, 'acc_1'), { code: 'internal' })
  t.is(statSync(join(folder, 'second-factors.key')).mode & 0o777, 0o600)
  t.not(key.digest('a', 'b').toString('hex'), key.digest('a', 'c').toString('hex'))
})

test('what waits for its answer waits so long and no longer, once, and never more than so many', t => {
  const clock = manualClock(0)
  const pending = openPending<number>({ clock, minutes: 5, max: 2 })
  pending.put('a', 1)
  t.is(pending.get('a'), 1)
  t.is(pending.take('a'), 1)
  t.is(pending.take('a'), undefined)
  pending.put('b', 2)
  clock.advance(5 * 60_000)
  t.is(pending.get('b'), undefined)
  for (const [at, name] of ['c', 'd', 'e'].entries()) pending.put(name, at)
  t.deepEqual(['c', 'd', 'e'].map(pending.get), [undefined, 1, 2])
})

test('a browser is told in two words, and an unknown one in none', t => {
  const cases: [string | null, ReturnType<typeof deviceOf>][] = [
    [null, {}],
    ['curl/8.5', {}],
    [
      'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0',
      { browser: 'Firefox', system: 'Windows' },
    ],
    [
      'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36 Edg/140.0',
      { browser: 'Edge', system: 'Windows' },
    ],
    [
      'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1',
      { browser: 'Safari', system: 'iOS' },
    ],
    [
      'Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Mobile Safari/537.36',
      { browser: 'Chrome', system: 'Android' },
    ],
  ]
  for (const [agent, device] of cases) t.deepEqual(deviceOf(agent), device)
})
