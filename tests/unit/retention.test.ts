import test from 'ava'
import fc from 'fast-check'
import { type Due, dueOf, type Kept, mayBeDestroyed, yearsAfter } from '../../node/archive/retention/rules.js'

const kept = (lastContact: string, born: string | null, died: string | null = null, held = false): Kept => ({
  lastContact,
  born,
  died,
  held,
})

test('a record is kept as CSP R.1112-7 says', t => {
  const cases: [what: string, Kept, Due][] = [
    ['an adult: 20 years', kept('2026-11-26', '1960-01-01'), { from: '2046-11-26', because: 'last-contact' }],
    ['nobody knows the birth', kept('2026-11-26', null), { from: '2046-11-26', because: 'last-contact' }],
    ['a child: until 28', kept('2026-11-26', '2024-05-17'), { from: '2052-05-17', because: 'majority' }],
    [
      'eight years old to the day: both are one',
      kept('2026-11-26', '2018-11-26'),
      { from: '2046-11-26', because: 'last-contact' },
    ],
    ['a day younger', kept('2026-11-26', '2018-11-27'), { from: '2046-11-27', because: 'majority' }],
    [
      'died soon after: 10 years from then',
      kept('2026-11-26', '1950-01-01', '2027-01-15'),
      { from: '2037-01-15', because: 'death' },
    ],
    [
      'died on the day of the contact',
      kept('2026-11-26', '1950-01-01', '2026-11-26'),
      { from: '2036-11-26', because: 'death' },
    ],
    [
      'died in the last of the ten years',
      kept('2026-11-26', '1950-01-01', '2036-11-25'),
      { from: '2046-11-25', because: 'death' },
    ],
    [
      'died ten years after: the ordinary period',
      kept('2026-11-26', '1950-01-01', '2036-11-26'),
      { from: '2046-11-26', because: 'last-contact' },
    ],
    [
      'a child that died',
      kept('2026-11-26', '2024-05-17', '2028-03-01'),
      { from: '2038-03-01', because: 'death' },
    ],
    ['a claim suspends it', kept('2000-01-01', '1950-01-01', null, true), { from: null, because: 'claim' }],
    [
      'seen on 29 February',
      kept('2024-02-29', '1950-01-01'),
      { from: '2044-02-29', because: 'last-contact' },
    ],
    [
      '20 years from it where 2100 has none',
      kept('2080-02-29', '1950-01-01'),
      { from: '2100-03-01', because: 'last-contact' },
    ],
    ['born on 29 February', kept('2024-06-01', '2024-02-29'), { from: '2052-02-29', because: 'majority' }],
    [
      'died on 29 February',
      kept('2024-01-01', '1950-01-01', '2024-02-29'),
      { from: '2034-03-01', because: 'death' },
    ],
  ]
  for (const [what, of, due] of cases) t.deepEqual(dueOf(of), due, what)
})

test('a day is a day of the calendar, and nothing else', t => {
  t.is(yearsAfter('2000-02-29', 1), '2001-03-01')
  t.is(yearsAfter('2000-02-29', 400), '2400-02-29')
  for (const nonsense of [
    '',
    '2026-13-01',
    '2026-00-10',
    '2026-04-31',
    '2023-02-29',
    '1900-02-29',
    '26-11-26',
    '2026-11-26T00:00:00Z',
  ])
    t.throws(() => yearsAfter(nonsense, 1), { instanceOf: RangeError }, nonsense)
})

const day = fc
  .record({ year: fc.integer({ min: 1900, max: 2100 }), day: fc.integer({ min: 0, max: 365 }) })
  .map(({ year, day: of }) => new Date(Date.UTC(year, 0, 1 + of)).toISOString().slice(0, 10))

test('nothing is destroyed a day too early, before its birthday of 28, within ten years of a death, or under a claim', t => {
  fc.assert(
    fc.property(
      day,
      fc.option(day),
      fc.option(day),
      fc.boolean(),
      day,
      (lastContact, born, died, held, on) => {
        const of = kept(lastContact, born, died, held)
        const destroyed = mayBeDestroyed(of, on)
        if (held) return t.false(destroyed)
        if (!destroyed) return
        t.true(on >= yearsAfter(lastContact, 20) || (died !== null && on >= yearsAfter(died, 10)))
        if (died === null && born !== null) t.true(on >= yearsAfter(born, 28))
        if (died !== null && died < yearsAfter(lastContact, 10)) t.true(on >= yearsAfter(died, 10))
      },
    ),
    { numRuns: 2000 },
  )
})
