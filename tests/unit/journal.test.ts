import test from 'ava'
import fc from 'fast-check'
import { canonical, canonicalWith } from '../../node/journal/canonical.js'
import {
  commitmentsTo,
  digestsOf,
  type Entry,
  entryDigests,
  entryText,
  GENESIS,
} from '../../node/journal/entry.js'

const INVALID = { code: 'invalid' } as const

/** What a body may hold, as deep as anybody needs. */
const json = fc.letrec<{ value: unknown }>(tie => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.constant(null),
    fc.boolean(),
    fc.maxSafeInteger().map(number => (number === 0 ? 0 : number)),
    fc.string({ unit: 'grapheme' }),
    fc.string({ unit: 'binary' }),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(fc.string({ unit: 'binary', maxLength: 6 }), tie('value'), {
      maxKeys: 4,
      noNullPrototype: true,
    }),
  ),
})).value

/** The same value, its members put in the other way round at every depth. */
function turned(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(turned)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, member]) => [key, turned(member)]),
  )
}

test('the canonical text says exactly what it was made of, whatever the order of the members', t => {
  fc.assert(
    fc.property(json, value => {
      const text = canonical(value)
      t.deepEqual(JSON.parse(text), value)
      t.is(canonical(turned(value)), text)
      t.is(canonical(JSON.parse(text)), text)
    }),
    { numRuns: 300 },
  )
})

test('an object with one more member is written as if it had had it', t => {
  fc.assert(
    fc.property(
      fc.dictionary(fc.string({ unit: 'binary', maxLength: 6 }), json, { maxKeys: 4, noNullPrototype: true }),
      fc.oneof(fc.constant('origin'), fc.string({ unit: 'binary', maxLength: 6 })),
      json,
      (members, name, member) => {
        t.is(canonicalWith(members, name, canonical(member)), canonical({ ...members, [name]: member }))
      },
    ),
    { numRuns: 300 },
  )
  t.is(canonicalWith({ a: undefined, z: 1 }, 'o', '[]'), '{"o":[],"z":1}')
})

test('members are sorted by UTF-16 code units (RFC 8785 §3.2.3)', t => {
  const value = {
    '\u20ac': 'Euro Sign',
    '\r': 'Carriage Return',
    '\ufb33': 'Hebrew Letter Dalet With Dagesh',
    '1': 'One',
    '\u{1f600}': 'Emoji: Grinning Face',
    '\u0080': 'Control',
    '\u00f6': 'Latin Small Letter O With Diaeresis',
  }
  t.deepEqual(
    [...canonical(value).matchAll(/:"([^"]*)"/g)].map(([, name]) => name),
    [
      'Carriage Return',
      'One',
      'Control',
      'Latin Small Letter O With Diaeresis',
      'Euro Sign',
      'Emoji: Grinning Face',
      'Hebrew Letter Dalet With Dagesh',
    ],
  )
  t.is(
    canonical({ b: 1, a: { d: 1, c: 2 }, A: [3, 2, 1], '10': 0, '9': 0 }),
    '{"10":0,"9":0,"A":[3,2,1],"a":{"c":2,"d":1},"b":1}',
  )
})

test('text is escaped in the one way there is (RFC 8785 §3.2.2.2)', t => {
  t.is(canonical('\u20ac$\u000f\nA\'B"\\\\"/'), String.raw`"€$\u000f\nA'B\"\\\\\"/"`)
  t.is(canonical('\b\t\n\f\r\u0000\u001f\u007f\u2028'), '"\\b\\t\\n\\f\\r\\u0000\\u001f\u007f\u2028"')
  t.is(canonical('Zoé, Zoe\u0301'), '"Zoé, Zoe\u0301"', 'no normalisation')
})

test('what is absent is left out; what is null is said', t => {
  t.is(canonical({ a: undefined, b: null, c: [] }), '{"b":null,"c":[]}')
  t.is(canonical(Object.assign(Object.create(null), { a: 1 })), '{"a":1}')
  t.is(canonical(-0), '0')
  t.is(canonical(Number.MAX_SAFE_INTEGER), '9007199254740991')
  t.is(canonical(Number.MIN_SAFE_INTEGER), '-9007199254740991')
})

test('what has no one text for ever is refused, wherever it hides', t => {
  const refused: [string, unknown][] = [
    ['a fraction', 0.5],
    ['an unsafe integer', 2 ** 53],
    ['NaN', Number.NaN],
    ['infinity', Number.NEGATIVE_INFINITY],
    ['a lone high surrogate', '\ud800'],
    ['a lone low surrogate', 'x\udc00'],
    ['a date', new Date(0)],
    ['a map', new Map()],
    ['bytes', Buffer.from('x')],
    ['an instance', new (class Patient {})()],
    ['a function', () => 1],
    ['a symbol', Symbol('x')],
    ['a big integer', 1n],
    ['nothing at all', undefined],
  ]
  for (const [name, value] of refused) {
    t.throws(() => canonical(value), INVALID, name)
    t.throws(() => canonical([value]), INVALID, `${name} in a list`)
    if (value !== undefined) t.throws(() => canonical({ a: { b: [value] } }), INVALID, `${name} deep inside`)
  }
  t.throws(() => canonical({ '\udfff': 1 }), INVALID, 'a lone surrogate as a key')
  // biome-ignore lint/suspicious/noSparseArray: the hole is what is tested
  t.throws(() => canonical([1, , 2]), INVALID, 'a hole')
})

const entry: Entry = {
  seq: 2,
  at: 1_700_000_000_000,
  monotonic: 12,
  boot: 'b'.repeat(24),
  site: 'nord',
  type: 'request-created',
  version: 1,
  ids: { request: 'req_1' },
  bodySha256: Buffer.alloc(32, 1),
  bodySha3: Buffer.alloc(64, 2),
  previousSha256: Buffer.alloc(32, 3),
  previousSha3: Buffer.alloc(64, 4),
}

test('both digests of an entry depend on each of its fields', t => {
  const before = entryDigests(entry)
  const others: Partial<Entry>[] = [
    { seq: 3 },
    { at: entry.at + 1 },
    { monotonic: 13 },
    { boot: 'c' },
    { site: null },
    { type: 'request-sent' },
    { version: 2 },
    { ids: {} },
    { bodySha256: Buffer.alloc(32) },
    { bodySha3: Buffer.alloc(64) },
    { previousSha256: GENESIS.sha256 },
    { previousSha3: GENESIS.sha3 },
  ]
  t.is(others.length, Object.keys(entry).length)
  for (const other of others) {
    const after = entryDigests({ ...entry, ...other })
    t.false(after.sha256.equals(before.sha256), Object.keys(other)[0])
    t.false(after.sha3.equals(before.sha3), Object.keys(other)[0])
  }
})

test('the text of an entry is the canonical one', t => {
  fc.assert(
    fc.property(
      fc.record({
        seq: fc.maxSafeInteger(),
        at: fc.maxSafeInteger(),
        boot: fc.string({ unit: 'grapheme' }),
        site: fc.option(fc.string({ unit: 'grapheme' })),
        type: fc.string({ unit: 'grapheme' }),
        ids: fc.dictionary(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' }), {
          noNullPrototype: true,
        }),
      }),
      some => {
        const { bodySha256, bodySha3, previousSha256, previousSha3, ...plain } = { ...entry, ...some }
        const pair = (sha256: Buffer, sha3: Buffer) => ({
          sha256: sha256.toString('hex'),
          'sha3-512': sha3.toString('hex'),
        })
        t.is(
          entryText({ ...entry, ...some }),
          canonical({
            ...plain,
            body: pair(bodySha256, bodySha3),
            previous: pair(previousSha256, previousSha3),
          }),
        )
      },
    ),
  )
  t.throws(() => entryText({ ...entry, at: 0.5 }), INVALID)
})

test('the digests are those anybody computes: SHA-256 and SHA3-512 (FIPS 180-4, 202)', t => {
  const { sha256, sha3 } = digestsOf(Buffer.from('abc'))
  t.is(sha256.toString('hex'), 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad')
  t.is(
    sha3.toString('hex'),
    'b751850b1a57168a5693cd924b6b096e08f621827444f70d884f5d0240d2712e10e116e9192af3c91a7ec57647e3934057340b4cf408d5a56592f8274eec53f0',
  )
  const salt = Buffer.alloc(32, 7)
  t.deepEqual(commitmentsTo(salt, '{}'), digestsOf(Buffer.concat([salt, Buffer.from('{}')])))
})
