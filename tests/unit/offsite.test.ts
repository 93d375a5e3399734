import test from 'ava'
import fc from 'fast-check'
import { candidates, explain, type Reader } from '../../node/offsite/candidates.js'
import {
  begins,
  clashes,
  daysOf,
  holesOf,
  hoursOf as hoursOfContract,
  onDuty,
  outOfRole,
  readIn,
  shiftsOf,
  takeable,
} from '../../node/offsite/rules.js'
import { plainSituation, type Situation } from '../../node/offsite/situation.js'
import { objectionTo } from '../../node/sites/covering.js'
import { merged as mergedEntry, textOf } from '../../node/sites/merging.js'
import type { ContractView } from '../../node/sites/view.js'
import { merged, openIn, type Span, stretchOf, within, without } from '../../node/spans.js'
import {
  dateAfter,
  datesBetween,
  isTimeZone,
  momentOf,
  mondayOf,
  timeOf,
  wallAt,
  weekdayOf,
} from '../../node/zone.js'
import { draftOf, emptyContract, faultsOf, nextVersion, termsOf } from '../../web/contracts/contract-form.js'

const PARIS = 'Europe/Paris'
const HOUR_MS = 3_600_000
const iso = (ms: number) => new Date(ms).toISOString().slice(0, 16)
const hoursOf = ({ from, to }: Span) => (to - from) / HOUR_MS

test('a night at whose end the clocks go forward is an hour shorter, one at whose end they go back an hour longer', t => {
  const night = (date: string, zone = PARIS) => stretchOf(date, '20:00', '08:00', zone)
  t.is(hoursOf(night('2026-03-27')), 12)
  t.is(hoursOf(night('2026-03-28')), 11)
  t.is(hoursOf(night('2026-10-24')), 13)
  t.is(hoursOf(night('2026-10-25')), 12)
  t.is(iso(night('2026-03-28').from), '2026-03-28T19:00')
  t.is(iso(night('2026-03-28').to), '2026-03-29T06:00')
  t.is(hoursOf(stretchOf('2026-03-29', '00:00', '00:00', PARIS)), 23)
  t.is(hoursOf(stretchOf('2026-10-25', '00:00', '00:00', PARIS)), 25)
  // Overseas nobody changes the clocks, and a day is another piece of UTC.
  for (const [zone, from] of [
    ['Indian/Reunion', '2026-03-28T16:00'],
    ['America/Cayenne', '2026-03-28T23:00'],
    ['Pacific/Noumea', '2026-03-28T09:00'],
  ] as const) {
    t.is(hoursOf(night('2026-03-28', zone)), 12, zone)
    t.is(iso(night('2026-03-28', zone).from), from, zone)
  }
})

test('a time that the clocks skip is the moment it would have been, one they say twice is the first', t => {
  t.is(iso(momentOf({ date: '2026-03-29', minute: 150 }, PARIS)), '2026-03-29T01:30')
  t.is(iso(momentOf({ date: '2026-10-25', minute: 150 }, PARIS)), '2026-10-25T00:30')
  t.deepEqual(wallAt(Date.UTC(2026, 9, 25, 1, 30), PARIS), { date: '2026-10-25', minute: 150 })
})

test('whatever the wall says at a moment leads back to that moment, but for the hour it says twice', t => {
  const zones = [PARIS, 'Indian/Reunion', 'America/Cayenne', 'America/Guadeloupe', 'Pacific/Tahiti', 'UTC']
  fc.assert(
    fc.property(
      fc.integer({ min: Date.UTC(2025, 0, 1) / 60_000, max: Date.UTC(2029, 0, 1) / 60_000 }),
      fc.constantFrom(...zones),
      (minutes, zone) => {
        const ms = minutes * 60_000
        const again = momentOf(wallAt(ms, zone), zone)
        return again === ms || (zone === PARIS && ms - again === HOUR_MS)
      },
    ),
  )
  t.pass()
})

test('days follow each other over months, years and changes of the clocks', t => {
  t.is(dateAfter('2026-12-31', 1), '2027-01-01')
  t.is(dateAfter('2028-03-01', -1), '2028-02-29')
  t.is(weekdayOf('2026-11-26'), 'thu')
  t.is(mondayOf('2026-11-29'), '2026-11-23')
  t.is(mondayOf('2026-11-23'), '2026-11-23')
  t.is(datesBetween('2026-03-27', '2026-03-31').length, 5)
  t.is(timeOf(125), '02:05')
  for (const name of [PARIS, 'UTC', 'America/Argentina/Buenos_Aires']) t.true(isTimeZone(name), name)
  for (const name of ['', 'Paris', 'Europe/Atlantis', '+02:00', '../etc']) t.false(isTimeZone(name), name)
})

const spans = fc.array(
  fc.tuple(fc.nat(60), fc.nat(20)).map(([from, length]) => ({ from, to: from + length })),
  { maxLength: 8 },
)
const covers = (some: readonly Span[], at: number) => some.some(({ from, to }) => from <= at && at < to)

test('what is left of a time is what nothing of the other covers, minute by minute', t => {
  fc.assert(
    fc.property(spans, spans, fc.tuple(fc.nat(40), fc.nat(60)), (a, b, [from, length]) => {
      const rest = without(a, b)
      const inner = within(a, { from, to: from + length })
      for (let at = 0; at < 90; at++) {
        if (covers(rest, at) !== (covers(a, at) && !covers(b, at))) return false
        if (covers(merged(a), at) !== covers(a, at)) return false
        if (covers(inner, at) !== (covers(a, at) && at >= from && at < from + length)) return false
      }
      return rest.every(({ from: begin, to }, n) => begin < to && (rest[n + 1]?.from ?? to + 1) > to)
    }),
  )
  t.pass()
})

test('hours of a week run as the wall says, and a public holiday counts as a Sunday', t => {
  const nights = {
    hours: [
      { from: '18:30', to: '08:00' },
      { days: ['sat' as const, 'sun' as const], from: '08:00', to: '18:30' },
    ],
  }
  const week = (monday: string) => ({
    from: momentOf({ date: monday, minute: 0 }, PARIS),
    to: momentOf({ date: dateAfter(monday, 7), minute: 0 }, PARIS),
  })
  const sum = (of: readonly Span[]) => of.reduce((total, span) => total + hoursOf(span), 0)
  t.is(sum(openIn(nights, week('2026-11-23'), PARIS)), 7 * 13.5 + 21)
  t.is(sum(openIn(nights, week('2026-03-23'), PARIS)), 7 * 13.5 + 21 - 1)
  t.is(sum(openIn(nights, week('2026-10-19'), PARIS)), 7 * 13.5 + 21 + 1)
  const holidays = ['2026-11-11']
  t.is(sum(openIn({ ...nights, holidays }, week('2026-11-09'), PARIS)), 7 * 13.5 + 31.5)
  t.is(sum(openIn({}, week('2026-11-09'), PARIS)), 7 * 24)
})

const CONTRACT: ContractView = {
  id: 'nord-lecture',
  requesting: 'nord',
  reading: 'lecture',
  modalities: ['CT'],
  kinds: ['reading'],
  urgencies: ['emergency', 'routine'],
}
const NOW = Date.UTC(2026, 10, 26, 21, 0)
const ASKED = {
  site: 'nord',
  modality: 'CT',
  region: 'crâne',
  kind: 'reading',
  urgency: 'emergency',
} as const
const READERS: Reader[] = ['ana', 'ben', 'cleo', 'dan'].map(account => ({
  account,
  name: account.toUpperCase(),
  site: 'lecture',
}))
const shift = (account: string, kind: 'on-site' | 'on-call' | 'second-line', fromH = -1, toH = 1) => ({
  account,
  kind,
  site: 'lecture',
  from: NOW + fromH * HOUR_MS,
  to: NOW + toH * HOUR_MS,
})
const situation = (more: Partial<Situation> = {}): Situation => ({
  ...plainSituation(NOW, PARIS),
  rostered: new Set(['lecture']),
  ...more,
})
const wavesOf = (more: Partial<Situation>, asked = {}, contract = {}) =>
  Object.fromEntries(
    (
      candidates({ ...ASKED, ...asked }, [{ ...CONTRACT, ...contract }], READERS, situation(more)).group
        ?.readers ?? []
    ).map(({ account, wave }) => [account, wave]),
  )
const codes = (more: Partial<Situation>, asked = {}, contract = {}) =>
  candidates({ ...ASKED, ...asked }, [{ ...CONTRACT, ...contract }], READERS, situation(more)).why.map(
    ({ code }) => code,
  )

test('who is on site is told first, then who is on call, then the second line, then the others', t => {
  const duties = [shift('cleo', 'on-site'), shift('ana', 'on-call'), shift('dan', 'second-line')]
  t.deepEqual(wavesOf({ duties }), { cleo: 0, ana: 1, dan: 2, ben: 3 })
  // At night nobody is on site: who is on call is told at once.
  t.deepEqual(wavesOf({ duties: duties.slice(1) }), { ana: 0, dan: 1, ben: 2, cleo: 2 })
  // The nearer of two shifts counts.
  t.is(wavesOf({ duties: [shift('ana', 'second-line'), shift('ana', 'on-site')] })['ana'], 0)
  // A shift ends when it ends.
  t.is(wavesOf({ duties: [shift('ana', 'on-site', -2, 0), shift('ben', 'on-call')] })['ana'], 1)
})

test('where a group has no roster, or nobody is on duty, an emergency is told to everybody at once', t => {
  const all = { ana: 0, ben: 0, cleo: 0, dan: 0 }
  t.deepEqual(wavesOf({ rostered: new Set() }), all)
  t.deepEqual(wavesOf({ duties: [shift('ana', 'on-site', 3, 4)] }), all)
  t.deepEqual(codes({ duties: [shift('ana', 'on-site', 3, 4)] }), ['contract-covers', 'nobody-on-duty'])
})

test('what can wait goes to those who read next', t => {
  const duties = [
    shift('ana', 'on-site', 10, 18),
    shift('ben', 'on-site', 11, 19),
    shift('dan', 'on-site', 40, 48),
  ]
  t.deepEqual(wavesOf({ duties }, { urgency: 'routine' }), { ana: 0, ben: 0, cleo: 1, dan: 1 })
  t.deepEqual(wavesOf({ duties: [] }, { urgency: 'routine' }), { ana: 0, ben: 0, cleo: 0, dan: 0 })
})

test('who is absent is not asked, unless it is an emergency and nobody else is there', t => {
  const absence = (account: string) => ({ account, from: NOW - 1, to: NOW + 1 })
  t.deepEqual(wavesOf({ duties: [shift('ana', 'on-site')], absences: [absence('ana')] }), {
    ben: 0,
    cleo: 0,
    dan: 0,
  })
  const absences = READERS.map(({ account }) => absence(account))
  t.is(Object.keys(wavesOf({ absences })).length, 4)
  t.deepEqual(wavesOf({ absences }, { urgency: 'routine' }), {})
  t.true(codes({ absences }, { urgency: 'routine' }).includes('everybody-absent'))
})

test('who is away for now comes after the others of their kind, and who has less in hand before', t => {
  const duties = [shift('ana', 'on-site'), shift('ben', 'on-site'), shift('cleo', 'on-call')]
  const presence = new Map([['ana', 'away' as const]])
  t.deepEqual(wavesOf({ duties, presence }), { ben: 0, ana: 1, cleo: 2, dan: 3 })
  t.is(wavesOf({ duties: [duties[0] as never], presence })['ana'], 0)
  const load = new Map([
    ['ana', 3],
    ['ben', 1],
  ])
  t.deepEqual(Object.keys(wavesOf({ duties, load })).slice(0, 2), ['ben', 'ana'])
})

test('a competence that the contract asks for is asked of the readers, and an emergency passes by it', t => {
  const contract = { competences: [{ regions: ['head'], competence: 'neuro' }] }
  const profiles = [{ account: 'ben', site: 'lecture', competences: ['neuro'], languages: [] }]
  t.deepEqual(wavesOf({ profiles }, {}, contract), { ben: 0 })
  t.is(Object.keys(wavesOf({ profiles }, { region: 'genou' }, contract)).length, 4)
  t.is(Object.keys(wavesOf({}, {}, contract)).length, 4)
  t.true(codes({}, {}, contract).includes('nobody-competent'))
  t.true(codes({}, { urgency: 'routine' }, contract).includes('no-competence'))
  const english = [{ account: 'ana', site: 'lecture', competences: [], languages: ['en' as const] }]
  t.false('ana' in wavesOf({ profiles: english }, {}, { languages: ['fr'] }))
})

test('of several groups the one on duty is asked, then the local one, then the one with less in hand, else a person', t => {
  const contracts = [CONTRACT, { ...CONTRACT, id: 'autre', reading: 'autre' }]
  const readers = [...READERS, { account: 'eve', name: 'EVE', site: 'autre' }]
  const groupOf = (more: Partial<Situation>) =>
    candidates(ASKED, contracts, readers, situation({ rostered: new Set(['lecture', 'autre']), ...more }))
  t.is(groupOf({}).group, undefined)
  t.is(groupOf({}).why.at(-1)?.code, 'several-groups')
  const local = { groups: [{ id: 'ght', name: 'GHT', sites: ['nord', 'autre'] }] }
  t.is(groupOf(local).group?.site, 'autre')
  t.is(groupOf({ ...local, duties: [shift('ana', 'on-call')] }).group?.site, 'lecture')
  t.is(groupOf({ load: new Map([['eve', 2]]) }).group?.site, 'lecture')
  t.true(groupOf({ load: new Map([['eve', 2]]) }).why.some(({ code }) => code === 'chosen-load'))
})

test('a contract covers from its first day to its last, its regions and its hours, and nothing before it is started', t => {
  const against = (contract: Partial<ContractView>, asked = {}, now = NOW) =>
    objectionTo({ ...CONTRACT, ...contract }, { ...ASKED, ...asked }, { now, timeZone: PARIS })
  t.is(against({}), undefined)
  t.deepEqual(against({ prepared: true }), { code: 'not-started' })
  t.deepEqual(against({ from: '2026-11-27' }), { code: 'begins-later', value: '2026-11-27' })
  t.is(against({ from: '2026-11-26', until: '2026-11-26' }), undefined)
  // Half past eleven in the evening in Paris is the next day on the island.
  t.is(against({ from: '2026-11-27', timeZone: 'Indian/Reunion' }), undefined)
  t.deepEqual(against({ until: '2026-11-25' }), { code: 'ended', value: '2026-11-25' })
  t.is(against({ regions: ['head', 'genou'] }), undefined)
  t.is(against({ regions: ['genou'] })?.code, 'region-not-covered')
  t.is(against({ modalities: ['MR'] })?.code, 'modality-not-covered')
  const hours = [{ from: '08:00', to: '18:00' }]
  t.deepEqual(against({ hours }), { code: 'outside-hours', value: '2026-11-27 08:00' })
  t.is(against({ hours }, { urgency: 'routine' }), undefined)
  t.is(against({ hours }, {}, Date.UTC(2026, 10, 26, 7, 0)), undefined)
})

test('each reason is a sentence in both languages', t => {
  const situations: Partial<Situation>[] = [
    {},
    { duties: [shift('ana', 'on-site'), shift('ben', 'on-call'), shift('dan', 'second-line')] },
    { duties: [shift('ana', 'on-site', 10, 18)], load: new Map([['ana', 1]]) },
    { presence: new Map([['ana', 'away' as const]]), absences: [{ account: 'ben', from: 0, to: NOW * 2 }] },
  ]
  const seen = new Set<string>()
  for (const more of situations)
    for (const urgency of ['emergency', 'routine'] as const) {
      const { group, why } = candidates({ ...ASKED, urgency }, [CONTRACT], READERS, situation(more))
      for (const reason of [...why, ...(group?.readers ?? []).flatMap(reader => reader.why)]) {
        seen.add(reason.code)
        for (const language of ['fr', 'en'] as const)
          t.regex(
            explain(reason, language, () => 'Groupe de lecture'),
            /^[A-Z].{8,}\.$/,
          )
      }
    }
  t.deepEqual(
    [...seen].sort(),
    [
      'absent',
      'away',
      'contract-covers',
      'load',
      'next-duty',
      'nobody-on-duty',
      'off-duty',
      'on-call',
      'on-site',
      'second-line',
    ].sort(),
  )
})

const hoursIn = (some: readonly Span[]) => some.reduce((total, span) => total + hoursOf(span), 0)
const shiftAt = (id: string, account: string, span: Span) => ({
  id,
  account,
  site: 'lecture',
  kind: 'on-site' as const,
  ...span,
})

test('a shift of every week is written on the wall: each night from eight to eight, whatever the clocks do', t => {
  const nights = shiftsOf(
    {
      date: '2026-03-23',
      from: '20:00',
      to: '08:00',
      repeat: { days: ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'], until: '2026-11-01' },
    },
    PARIS,
  )
  t.is(nights.length, 224)
  for (const { from, to } of nights) {
    t.is(wallAt(from, PARIS).minute, 20 * 60)
    t.is(wallAt(to, PARIS).minute, 8 * 60)
  }
  t.is(nights.filter(night => hoursOf(night) === 11).length, 1)
  t.is(nights.filter(night => hoursOf(night) === 13).length, 1)
  const every = (everyWeeks: number) =>
    shiftsOf(
      {
        date: '2026-11-25',
        from: '08:00',
        to: '12:00',
        repeat: { days: ['mon', 'wed'], until: '2026-12-16', everyWeeks },
      },
      PARIS,
    ).map(({ from }) => wallAt(from, PARIS).date)
  t.deepEqual(every(1), [
    '2026-11-25',
    '2026-11-30',
    '2026-12-02',
    '2026-12-07',
    '2026-12-09',
    '2026-12-14',
    '2026-12-16',
  ])
  t.deepEqual(every(2), ['2026-11-25', '2026-12-07', '2026-12-09'])
})

test('what clashes is named: two shifts of one person at once, and a shift of somebody absent', t => {
  const span = fc
    .tuple(fc.nat(40), fc.integer({ min: 1, max: 12 }))
    .map(([from, length]) => ({ from, to: from + length }))
  const who = fc.constantFrom('ana', 'ben')
  fc.assert(
    fc.property(
      fc.array(fc.tuple(who, span), { maxLength: 6 }),
      fc.array(fc.tuple(who, span), { maxLength: 3 }),
      (shifts, absences) => {
        const written = shifts.map(([account, each], n) => shiftAt(String(n), account, each))
        const away = absences.map(([account, each]) => ({ account, ...each }))
        const found = clashes(written, away)
        for (let at = 0; at < 60; at++)
          for (const account of ['ana', 'ben']) {
            const running = written.filter(
              each => each.account === account && each.from <= at && at < each.to,
            )
            const absent = away.some(each => each.account === account && each.from <= at && at < each.to)
            const wrong = running.length > 1 || (absent && running.length > 0)
            if (wrong !== found.some(each => each.account === account && each.from <= at && at < each.to))
              return false
          }
        return true
      },
    ),
  )
  t.pass()
})

test('nobody reads before their role in the group begins, nor after it ended, whatever the roster says', t => {
  const span = fc
    .tuple(fc.nat(40), fc.integer({ min: 1, max: 12 }))
    .map(([from, length]) => ({ from, to: from + length }))
  const ofWhom = fc.tuple(fc.constantFrom('ana', 'ben'), span)
  const own = fc.array(ofWhom, { maxLength: 4 })
  fc.assert(
    fc.property(own, own, (shifts, roles) => {
      const written = shifts.map(([account, each], n) => shiftAt(String(n), account, each))
      const terms = roles.map(([account, each]) => ({ account, ...each }))
      const read = readIn(written, outOfRole(written, terms))
      const found = clashes(written, [], terms).filter(({ kind }) => kind === 'no-role')
      const at = (each: Span, hour: number) => each.from <= hour && hour < each.to
      for (let hour = 0; hour < 60; hour++) {
        const running = written.filter(each => at(each, hour))
        const may = running.filter(({ account }) =>
          terms.some(term => term.account === account && at(term, hour)),
        )
        if (read.some(each => at(each, hour)) !== may.length > 0) return false
        if (found.some(each => at(each, hour)) !== may.length < running.length) return false
      }
      return true
    }),
  )
  t.pass()
})

test('an hour of a contract is a hole exactly where nobody who is there reads', t => {
  const contract = { ...CONTRACT, hours: [{ from: '20:00', to: '08:00' }], from: '2026-03-27' }
  const week = daysOf('2026-03-23', '2026-03-29', PARIS)
  t.is(hoursOf(week), 167)
  const open = hoursOfContract(contract, week, PARIS)
  // From Friday: its first morning, two whole nights less the hour that is skipped, and the Sunday's evening.
  t.is(hoursIn(open), 8 + 12 + 11 + 4)
  const night = stretchOf('2026-03-28', '20:00', '08:00', PARIS)
  const shifts = [shiftAt('1', 'ana', night)]
  const holes = holesOf(contract, { shifts, absences: [] }, week, PARIS)
  t.is(hoursIn(holes), hoursIn(open) - 11)
  t.is(
    hoursIn(holesOf(contract, { shifts, absences: [{ account: 'ana', ...week }] }, week, PARIS)),
    hoursIn(open),
  )
  t.is(
    hoursIn(holesOf({ ...contract, reading: 'autre' }, { shifts, absences: [] }, week, PARIS)),
    hoursIn(open),
  )
  t.is(hoursIn(hoursOfContract({ ...contract, until: '2026-03-27' }, week, PARIS)), 8 + 4)
})

test('a contract is asked whether it can begin when it begins, or when what it began with changes', t => {
  const running = { ...CONTRACT, from: '2026-12-01' }
  t.false(begins(CONTRACT, undefined))
  t.true(begins(running, undefined))
  t.true(begins(running, { ...running, prepared: true }))
  t.false(begins({ ...running, prepared: true }, undefined))
  t.false(begins({ ...running, languages: ['fr'] }, running))
  for (const change of [
    { hours: [{ from: '08:00', to: '20:00' }] },
    { until: '2027-01-01' },
    { from: '2026-12-02' },
    { lastRung: { telephone: '+33 1 00 00 00 09' } },
  ])
    t.true(begins({ ...running, ...change }, running), JSON.stringify(change))
  // It does not leave the question behind with its first day; what a network file begins at once is asked too.
  const { from: _, ...dayless } = running
  t.true(begins({ ...dayless, hours: [] }, { ...running, hours: [{ from: '08:00', to: '20:00' }] }))
  t.true(begins(dayless, { ...dayless, prepared: true }))
  t.false(begins({ ...dayless, hours: [] }, dayless))
  // Who is only asked for what can wait needs nobody at every hour.
  t.false(begins({ ...running, urgencies: ['routine'] }, undefined))
})

test('who is on duty is who runs and is there, those on site first; a shift is taken from two hours before until its end', t => {
  const at = (account: string, kind: 'on-site' | 'on-call', from: number, to: number) => ({
    ...shiftAt(account, account, { from, to }),
    kind,
  })
  const shifts = [at('ana', 'on-call', 0, 10), at('ben', 'on-site', 5, 15), at('dan', 'on-site', 0, 20)]
  const names = (now: number, absences: { account: string; from: number; to: number }[] = []) =>
    onDuty(shifts, absences, now).map(({ account }) => account)
  t.deepEqual(names(6), ['dan', 'ben', 'ana'])
  t.deepEqual(names(10), ['dan', 'ben'])
  t.deepEqual(names(6, [{ account: 'dan', from: 0, to: 7 }]), ['ben', 'ana'])
  const span = { from: 10 * 3_600_000, to: 12 * 3_600_000 }
  for (const [hour, can] of [
    [7.9, false],
    [8, true],
    [11.9, true],
    [12, false],
  ] as const)
    t.is(takeable(span, hour * 3_600_000), can)
})

const whole: ContractView = {
  id: 'nord-nuit',
  requesting: 'nord',
  reading: 'lecture',
  modalities: ['CT', 'MR'],
  kinds: ['reading', 'opinion'],
  urgencies: ['emergency', 'routine'],
  ladder: { waves: 2, waveMinutes: 4, telephone: 'never' },
  timers: { emergency: { claim: 5 }, routine: { read: 2880, expire: 60 }, opinion: { final: 1440 } },
  from: '2026-12-01',
  until: '2027-11-30',
  timeZone: 'Europe/Paris',
  hours: [
    { days: ['mon', 'sun'], from: '18:30', to: '08:00' },
    { from: '12:00', to: '14:00' },
  ],
  holidays: ['2026-12-25'],
  regions: ['crâne'],
  languages: ['fr'],
  competences: [{ competence: 'neuro', modalities: ['CT'], regions: ['rachis'] }],
  preliminary: 'to-pacs',
  lastRung: { telephone: '+33 1 00 00 00 42' },
}

test('a form of a contract gives back all that the contract holds, and leaves out what is empty', t => {
  const { id, requesting, reading, ...terms } = whole
  t.deepEqual(JSON.parse(JSON.stringify(termsOf(draftOf(whole), whole))), terms)
  t.deepEqual(faultsOf(draftOf(whole)), {})
  const bare: ContractView = {
    id,
    requesting,
    reading,
    modalities: ['CT'],
    kinds: ['reading'],
    urgencies: ['routine'],
  }
  const emptied = termsOf(draftOf(bare), whole)
  t.deepEqual(JSON.parse(JSON.stringify(emptied)), {
    modalities: ['CT'],
    kinds: ['reading'],
    urgencies: ['routine'],
  })
})

test('what does not fit a contract is said at its field', t => {
  const faults = (change: Partial<ReturnType<typeof draftOf>>) => faultsOf({ ...draftOf(whole), ...change })
  t.deepEqual(faultsOf(draftOf(emptyContract('nord'))), { id: 'id', reading: 'needed', modalities: 'needed' })
  t.deepEqual(faults({ until: '2026-11-30' }), { until: 'dates' })
  t.deepEqual(faults({ holidays: '2026-12-25, 25/12/2026' }), { holidays: 'dates' })
  t.deepEqual(faults({ timeZone: 'Europe/Lutece' }), { timeZone: 'zone' })
  t.deepEqual(faults({ telephone: 'le poste' }), { telephone: 'telephone' })
  t.deepEqual(faults({ kinds: [], urgencies: [] }), { kinds: 'needed', urgencies: 'needed' })
  t.deepEqual(faults({ waves: '11', waveMinutes: '0' }), { waves: 'waves', waveMinutes: 'minutes' })
  t.deepEqual(faults({ timers: { 'routine.read': '1.5' } }), { 'timers.routine.read': 'minutes' })
  t.deepEqual(faults({ hours: [{ key: 0, days: [], from: '8', to: '20' }] }), { hours: 'hours' })
  t.deepEqual(faults({ hours: [{ key: 0, days: ['mon'], from: '8', to: '24' }] }), { hours: 'hours' })
  t.deepEqual(faults({ hours: [{ key: 0, days: ['mon'], from: '8', to: '20h30' }] }), {})
})

test('a new version begins the day after the one before ends, under a free name, with a telephone to be tried', t => {
  const tested = {
    ...whole,
    prepared: true as const,
    lastRung: { telephone: '+33 1 00 00 00 42', testedAt: '2026-11-01T00:00:00.000Z', answeredBy: 'Dr X' },
  }
  const next = nextVersion(tested, ['nord-nuit', 'nord-nuit-2'])
  t.like(next, { id: 'nord-nuit-3', from: '2027-12-01', lastRung: { telephone: '+33 1 00 00 00 42' } })
  t.is(next.lastRung?.testedAt, undefined)
  t.is(next.prepared, undefined)
  t.is(next.until, undefined)
  t.is(nextVersion(next, ['nord-nuit-3']).id, 'nord-nuit-2')
})

test('an entry of the network file is taken, kept as a person left it, or asked about, for every way it can have come', t => {
  const [old, mine, theirs] = [
    { id: 'a', n: 1 },
    { n: 2, id: 'a' },
    { id: 'a', n: 3 },
  ]
  const remembered = (said: object, stood = said) => ({ said: textOf(said), stood: textOf(stood) })
  const cases: [expected: string, Parameters<typeof mergedEntry>[0]][] = [
    ['put', { file: old, before: undefined, stands: undefined }],
    ['same', { file: old, before: undefined, stands: { n: 1, id: 'a', x: undefined } }],
    ['put', { file: old, before: undefined, stands: mine }],
    ['same', { file: old, before: remembered(old), stands: old }],
    // The node writes it in its own way: that is nobody's change.
    ['same', { file: old, before: remembered(old, theirs), stands: theirs }],
    ['kept', { file: old, before: remembered(old), stands: mine }],
    ['kept', { file: old, before: remembered(old), stands: undefined }],
    ['put', { file: theirs, before: remembered(old), stands: old }],
    ['both', { file: theirs, before: remembered(old), stands: mine }],
    ['both', { file: theirs, before: remembered(old), stands: undefined }],
    ['same', { file: mine, before: remembered(old), stands: mine }],
  ]
  for (const [expected, asked] of cases) {
    t.is(mergedEntry(asked), expected as never, JSON.stringify(asked))
    t.is(mergedEntry(asked, true), expected === 'same' && asked.stands !== theirs ? 'same' : 'put')
  }
  t.is(textOf({ b: [{ d: 1, c: null }], a: 'x' }), '{"a":"x","b":[{"c":null,"d":1}]}')
})
