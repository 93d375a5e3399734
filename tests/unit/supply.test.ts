import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import {
  acceptable,
  auditVerdict,
  billFaults,
  type Lock,
  licenceFaults,
  lockedPackages,
  lockFaults,
  type Reviewed,
  reviewFaults,
  scriptFaults,
} from '../../node/setup/supply.mjs'
import { bill } from '../../node/setup/supply-commands.mjs'
import { root } from '../support/sources.js'

const parsed = (file: string) => JSON.parse(readFileSync(join(root, file), 'utf8'))
const lock: Lock = parsed('package-lock.json')
const reviewed: Reviewed = parsed('node/setup/reviewed.json')
const INTEGRITY = `sha512-${Buffer.alloc(64, 7).toString('base64')}`

/** A lockfile of one package. */
const one = (entry: object): Lock => ({
  lockfileVersion: 3,
  packages: {
    '': {},
    'node_modules/a': { version: '1.0.0', integrity: INTEGRITY, license: 'MIT', ...entry },
  },
})

test('the lockfile gives the same bytes everywhere: exact versions, SHA-512, the registry and nothing else', t => {
  t.deepEqual(lockFaults(lock), [])
  t.true(lockedPackages(lock).length > 500)
  t.deepEqual(lockFaults(one({})), [])
  t.deepEqual(lockFaults(one({ resolved: 'https://registry.npmjs.org/a/-/a-1.0.0.tgz' })), [])
  for (const wrong of [
    { integrity: undefined },
    { integrity: 'sha1-2jmj7l5rSw0yVb/vlWAYkK/YBwk=' },
    { version: '^1.0.0' },
    { link: true },
    { resolved: 'git+ssh://git@forge.example/a.git#1' },
    { resolved: 'http://registry.npmjs.org/a/-/a-1.0.0.tgz' },
    { resolved: 'https://elsewhere.example/a.tgz' },
    { resolved: 'file:../a' },
  ])
    t.is(lockFaults(one(wrong)).length, 1, JSON.stringify(wrong))
})

test('no install script runs, and each that would is reviewed by name and version', t => {
  t.deepEqual(scriptFaults(lock, reviewed), [])
  t.regex(readFileSync(join(root, '.npmrc'), 'utf8'), /^ignore-scripts=true$/m)
  const names = Object.keys(reviewed.installScripts).map(id => id.replace(/@[^@]+$/, ''))
  t.deepEqual(parsed('package.json').allowScripts, Object.fromEntries(names.map(name => [name, false])))
  t.is(scriptFaults(one({ hasInstallScript: true }), { ...reviewed, installScripts: {} }).length, 1)
  t.is(scriptFaults(one({}), { ...reviewed, installScripts: { 'a@1.0.0': 'seen' } }).length, 1)
})

test('every package is under terms that were agreed to', t => {
  t.deepEqual(licenceFaults(lock, reviewed), [])
  const agreed = ['MIT', 'Zlib']
  for (const good of ['MIT', '(MIT OR GPL-3.0)', '(MIT AND Zlib)', 'GPL-3.0 OR MIT'])
    t.true(acceptable(good, agreed), good)
  for (const bad of ['GPL-3.0', '(MIT AND GPL-3.0)', 'unknown', 'SEE LICENSE IN README', ''])
    t.false(acceptable(bad, agreed), bad)
  const strict = { ...reviewed, licencesRead: {} }
  t.deepEqual(licenceFaults(one({ license: 'AGPL-3.0' }), strict), ['a@1.0.0 is under AGPL-3.0'])
  t.deepEqual(licenceFaults(one({ license: undefined }), strict), ['a@1.0.0 is under unknown'])
})

test('the bill of materials names every locked package with its version and hash', async t => {
  const made = await bill()
  t.deepEqual(billFaults(made, lock), [])
  t.is(made.metadata.component.name, 'relais')
  const content = Buffer.alloc(64, 7).toString('hex')
  const of = (component: object) =>
    billFaults({ bomFormat: 'CycloneDX', components: [component as never] }, one({}))
  t.deepEqual(of({ name: 'a', version: '1.0.0', hashes: [{ alg: 'SHA-512', content }] }), [])
  t.deepEqual(of({ name: 'a', version: '1.0.1', hashes: [{ alg: 'SHA-512', content }] }), [
    'a@1.0.0 is missing',
  ])
  t.deepEqual(of({ name: 'a', version: '1.0.0', hashes: [] }), ['a@1.0.0 has another hash'])
  t.is(billFaults({}, lock).length, 1)
})

test('a known weakness is open until somebody decided about it, for a time and with a reason', t => {
  const answer = (severity: string) => ({
    vulnerabilities: {
      a: { via: [{ url: 'https://github.com/advisories/GHSA-aaaa-bbbb-cccc', title: 'bad', severity }] },
      b: { via: ['a'] },
    },
  })
  const excepting = (until: string) => ({
    ...reviewed,
    advisories: [{ id: 'GHSA-aaaa-bbbb-cccc', package: 'a', until, reason: 'not reachable: only in tests' }],
  })
  const counts = (severity: string, review: Reviewed, today = '2026-11-26') => {
    const verdict = auditVerdict(answer(severity), review, today)
    return [verdict?.open.length, verdict?.excepted.length, verdict?.minor.length]
  }
  const plain = { ...reviewed, advisories: [] }
  for (const severity of ['moderate', 'high', 'critical']) t.deepEqual(counts(severity, plain), [1, 0, 0])
  t.deepEqual(counts('low', plain), [0, 0, 1])
  t.deepEqual(counts('high', excepting('2026-11-26')), [0, 1, 0])
  t.deepEqual(counts('high', excepting('2026-11-25')), [1, 0, 0], 'an exception ends')
  t.is(auditVerdict({ message: '405' } as never, plain, '2026-11-26'), undefined, 'no answer is no verdict')
  t.is(auditVerdict(undefined, plain, '2026-11-26'), undefined)
  t.deepEqual(reviewFaults(reviewed), [])
  t.is(
    reviewFaults({ ...reviewed, advisories: [{ id: 'x', package: 'a', until: 'soon', reason: 'so' }] })
      .length,
    1,
  )
})
