import test from 'ava'
import fc from 'fast-check'
import {
  addHoursTo,
  addPacked,
  addPackedHours,
  addTallyTo,
  emptyCount,
  emptyHours,
  intervalOf,
} from '../../node/activity/count.js'
import { addToSum, emptySum, type Packed, type PackedHours, pack } from '../../node/activity/packed.js'
import { periodsOf } from '../../node/activity/periods.js'
import { addTally, BUCKETS, bucketOf, emptyTally, middleOf, type Tally } from '../../node/activity/tally.js'
import { csvLine } from '../../node/csv.js'

test('a duration is told to within a sixty-fourth, and below a minute exactly', t => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 2 ** 31 - 1 }), seconds => {
      const told = middleOf(bucketOf(seconds * 1000)) / 1000
      return seconds < 64 ? told === seconds : Math.abs(told - seconds) <= seconds / 64
    }),
  )
  t.is(bucketOf(-5), 0)
  t.deepEqual(
    [63, 64, 65, 66, 127, 128].map(seconds => bucketOf(seconds * 1000)),
    [63, 64, 64, 65, 95, 96],
  )
})

test('the median and the 90th percentile are those of the values, by nearest rank', t => {
  const durations = fc.array(fc.integer({ min: 0, max: 3_000_000 }), { minLength: 1, maxLength: 60 })
  fc.assert(
    fc.property(durations, seconds => {
      const sorted = [...seconds].sort((a, b) => a - b)
      const buckets = new Int32Array(BUCKETS)
      for (const value of seconds) {
        const bucket = bucketOf(value * 1000)
        buckets[bucket] = (buckets[bucket] ?? 0) + 1
      }
      const ranked = (share: number) =>
        middleOf(bucketOf((sorted[Math.ceil(share * sorted.length) - 1] ?? 0) * 1000))
      const told = intervalOf(buckets)
      return told?.count === seconds.length && told.medianMs === ranked(0.5) && told.p90Ms === ranked(0.9)
    }),
  )
  t.is(intervalOf(undefined), undefined)
  t.is(intervalOf(new Int32Array(BUCKETS)), undefined)
})

const tallies = fc.record({ hour: fc.integer({ min: 0, max: 23 }), ms: fc.option(fc.nat(9_000_000)) }).map(
  ({ hour, ms }): Tally => ({
    ...emptyTally(),
    requests: 1,
    acts: ms === null ? 0 : 1,
    intervals: ms === null ? {} : { reported: { [bucketOf(ms)]: 1 } },
    hours: { [hour]: { requests: 1, reported: ms === null ? {} : { [bucketOf(ms)]: 1 } } },
  }),
)

test('what was added and taken away again leaves nothing behind', t => {
  fc.assert(
    fc.property(fc.array(tallies), fc.array(tallies), (kept, passing) => {
      const sum = emptyTally()
      for (const one of [...passing, ...kept]) addTally(sum, one)
      for (const one of passing) addTally(sum, one, -1)
      const only = emptyTally()
      for (const one of kept) addTally(only, one)
      return t.deepEqual(sum, only)
    }),
  )
})

test('what was packed counts as what it was packed from', t => {
  fc.assert(
    fc.property(fc.array(fc.array(tallies)), sums => {
      const [plain, packed] = [emptyCount(), emptyCount()]
      const [plainHours, packedHours] = [emptyHours(), emptyHours()]
      for (const given of sums) {
        const sum = emptySum()
        for (const tally of given) {
          addToSum(sum, tally, 'acc_1', 'CT')
          addTallyTo(plain, tally)
          addHoursTo(plainHours, tally)
        }
        const kept = pack(sum)
        addPacked(packed, JSON.parse(kept.packed) as Packed)
        addPackedHours(packedHours, JSON.parse(kept.hours) as PackedHours)
      }
      t.deepEqual(packed, plain)
      return t.deepEqual(packedHours, plainHours)
    }),
  )
})

test('days are made of as few periods as can be: whole months where there are some', t => {
  const named = (from: string, to: string, daily = false) =>
    periodsOf(from, to, daily).map(({ period }) => period)
  t.deepEqual(named('2026-11-01', '2026-11-30'), ['2026-11'])
  t.deepEqual(named('2026-11-29', '2027-02-02'), [
    '2026-11-29',
    '2026-11-30',
    '2026-12',
    '2027-01',
    '2027-02-01',
    '2027-02-02',
  ])
  t.is(named('2028-02-01', '2028-02-29').length, 1)
  t.is(named('2026-11-01', '2026-11-30', true).length, 30)
  for (const [from, to, daily] of [
    ['2026-11-31', '2026-12-01', false],
    ['2026-12-02', '2026-12-01', false],
    ['2020-01-01', '2026-12-01', true],
    ['1990-01-01', '2026-12-01', false],
  ] as const)
    t.throws(() => periodsOf(from, to, daily), { message: /./ }, `${from} ${to}`)
})

test('a cell that a spreadsheet would run is text, and none breaks out of its line', t => {
  t.is(
    csvLine(['=HYPERLINK("x")', '+33', '-1', '@a', '\tb', -5, 'a;b', undefined], ';'),
    `"'=HYPERLINK(""x"")";'+33;'-1;'@a;'\tb;-5;"a;b";\r\n`,
  )
  t.is(csvLine(['a,b', 'a\nb', 'a;b']), '"a,b","a\nb",a;b\r\n')
})
