import test from 'ava'
import { manualClock } from '../../node/clock.js'
import { blankForms } from '../../node/downtime/blank-forms.js'
import { dutyList } from '../../node/downtime/duty-list.js'
import { keptFrom, nextNight } from '../../node/downtime/rules.js'
import type { Origin, StoredFact } from '../../node/journal/facts.js'
import { clockLegs } from '../../node/requests/clock-legs.js'
import { lastDoneAt, laterFault, placed, saidAt } from '../../node/requests/later.js'
import { momentsOf, timelineOf } from '../../node/requests/timeline.js'
import { textOf } from '../support/pdf.js'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS
const EIGHT = Date.UTC(2026, 10, 24, 8)
const at = (minutes: number) => EIGHT + minutes * MINUTE_MS
const iso = (minutes: number) => manualClock(at(minutes)).isoNow()

const PERSON: Origin = {
  by: 'account',
  account: 'acc_1',
  name: 'Dr Exemple',
  role: 'referrer',
  site: 'nord',
  membership: 'mem_1',
  address: '192.0.2.1',
}
const NODE: Origin = { by: 'system', part: 'dispatch' }

/** A fact at so many minutes after eight; `said`: when it is said to have happened. */
const fact = (
  seq: number,
  type: string,
  minutes: number,
  { state, said, origin = PERSON }: { state?: string; said?: number; origin?: Origin } = {},
) =>
  ({
    seq,
    type,
    at: at(minutes),
    site: 'nord',
    ids: { request: 'req_1' },
    origin,
    body: {
      ...(state === undefined ? {} : { state }),
      ...(said === undefined ? {} : { happenedAt: iso(said) }),
    },
  }) as unknown as StoredFact

/** On paper from eight, entered at ten o'clock: the offer is the node's own, and the report is written down last. */
const ENTERED = [
  fact(1, 'request-created', 120, { state: 'draft', said: 0 }),
  fact(2, 'request-submitted', 120, { state: 'submitted', said: 0 }),
  fact(3, 'request-offered', 120, { state: 'offered', origin: NODE }),
  fact(4, 'request-claimed', 122, { state: 'claimed', said: 10 }),
  fact(5, 'request-accepted', 123, { state: 'accepted' }),
  fact(6, 'request-started', 123, { state: 'reading' }),
  fact(7, 'report-signed', 130, { state: 'reported', said: 40 }),
  fact(8, 'report-acknowledged', 131, { state: 'delivered' }),
]

test('what was entered later stands where it happened, and the states never run backwards', t => {
  const order = placed(ENTERED)
  t.deepEqual(
    order.map(one => [one.fact.seq, (one.at - EIGHT) / MINUTE_MS]),
    [
      [1, 0],
      [2, 0],
      [3, 10],
      [4, 10],
      [5, 40],
      [6, 40],
      [7, 40],
      [8, 131],
    ],
  )
})

test('the clocks count what was on paper as it was, not as it was typed', t => {
  const { totalMs, siteMs, readerMs, running } = clockLegs(momentsOf(ENTERED), at(140))
  t.deepEqual([totalMs, siteMs, readerMs, running], [40 * MINUTE_MS, 10 * MINUTE_MS, 30 * MINUTE_MS, false])
})

test('the timeline says when it was recorded, and by whom', t => {
  const entries = timelineOf(ENTERED, 'en', site => site)
  const claimed = entries.find(entry => entry.fact === 'request-claimed')
  t.like(claimed, { at: iso(10), recordedAt: iso(122), by: 'Dr Exemple, referrer, nord' })
  t.false('recordedAt' in (entries.find(entry => entry.fact === 'report-acknowledged') ?? {}))
})

test('a report on its way to a PACS stands in the timeline once, as the report, and a wave that asked nobody anew names nobody', t => {
  const facts = [
    { ...fact(1, 'study-sent', 1), body: { cause: 'nord-vers-lecture', instances: 64 } },
    { ...fact(2, 'study-sent', 2), body: { cause: 'report:rep_1:1', instances: 1 } },
    { ...fact(3, 'study-sent', 3), body: { cause: 'report-text:rep_1:1', instances: 1 } },
    { ...fact(4, 'request-wave-opened', 4), body: { cause: 'unanswered', readers: [] } },
  ]
  t.deepEqual(
    timelineOf(facts, 'en', site => site).map(({ fact: type, details }) => [type, details]),
    [
      ['study-sent', { cause: 'nord-vers-lecture', instances: '64' }],
      ['request-wave-opened', { cause: 'unanswered' }],
    ],
  )
})

test('where nothing was entered later, order and times are the journal’s, whatever the wall clock did', t => {
  const facts = [
    fact(1, 'request-created', 5, { state: 'draft' }),
    fact(2, 'request-submitted', 3, { state: 'submitted' }),
  ]
  t.deepEqual(
    placed(facts).map(one => [one.fact.seq, one.at]),
    [
      [1, at(5)],
      [2, at(3)],
    ],
  )
})

test('a later entry cannot move what a person had done, nor be told to have been after it was recorded', t => {
  const facts = [
    fact(1, 'request-created', 0, { state: 'draft' }),
    fact(2, 'request-claimed', 30, { state: 'claimed' }),
    fact(3, 'request-info-requested', 60, { state: 'info-requested', said: 10 }),
  ]
  t.deepEqual(
    placed(facts).map(one => one.at),
    [at(0), at(30), at(30)],
  )
  t.is(saidAt(fact(4, 'request-claimed', 5, { said: 9 })), at(5))
  t.is(lastDoneAt(facts, 'accept'), at(30))
})

test('what was recorded last stays last, also where the wall clock was set back', t => {
  const facts = [
    ...ENTERED.slice(0, 4),
    fact(5, 'message-sent', 140),
    fact(6, 'request-rerouted', 135, { state: 'offered' }),
  ]
  t.deepEqual(placed(facts).at(-1)?.fact.seq, 6)
})

test('a report told by telephone may be older than the page it was written down on', t => {
  t.is(lastDoneAt(ENTERED.slice(0, 6), 'report'), at(10))
  t.is(lastDoneAt(ENTERED.slice(0, 6), 'ask'), at(123))
  t.is(lastDoneAt([], 'report'), undefined)
})

test('a moment is refused in the future, too long ago, before what had happened, and of any other event', t => {
  const bounds = { now: at(0), daysMax: 14 }
  t.is(laterFault(at(0), bounds), undefined)
  t.is(laterFault(at(1), bounds), 'later-future')
  t.is(laterFault(at(0) - 14 * DAY_MS, bounds), undefined)
  t.is(laterFault(at(0) - 14 * DAY_MS - 1, bounds), 'later-too-old')
  const from = at(-10) + 30_000
  t.is(laterFault(at(-10), { ...bounds, from }), undefined)
  t.is(laterFault(at(-11), { ...bounds, from }), 'later-before')
  for (const event of ['claim', 'accept', 'refuse', 'ask', 'answer', 'exam-done', 'start', 'report'] as const)
    t.is(laterFault(at(-1), { ...bounds, event }), undefined, event)
  for (const event of ['submit', 'cancel', 'reroute', 'offer', 'close', 'decline'] as const)
    t.is(laterFault(at(-1), { ...bounds, event }), 'later-event', event)
})

test('the next night begins at its hour on the wall of the node, also where the clocks change', t => {
  const zone = 'Europe/Paris'
  t.deepEqual(nextNight(Date.UTC(2026, 10, 24, 1, 59), 3, zone), {
    day: '2026-11-24',
    at: Date.UTC(2026, 10, 24, 2),
  })
  t.deepEqual(nextNight(Date.UTC(2026, 10, 24, 2), 3, zone), {
    day: '2026-11-25',
    at: Date.UTC(2026, 10, 25, 2),
  })
  t.deepEqual(nextNight(Date.UTC(2026, 2, 28, 12), 3, zone), {
    day: '2026-03-29',
    at: Date.UTC(2026, 2, 29, 1),
  })
  t.is(keptFrom('2026-11-24', 7), '2026-11-18')
  t.is(keptFrom('2026-03-01', 1), '2026-03-01')
})

test('each number has its request and its report, a page each, and the same content gives the same bytes', async t => {
  const asked = {
    site: 'Hôpital Nord',
    day: '2026-11-24',
    numbers: ['N-P0001', 'N-P0002'],
    language: 'fr' as const,
    at: EIGHT,
  }
  const made = await blankForms(asked)
  t.is(made.pages, 4)
  t.deepEqual((await blankForms(asked)).bytes, made.bytes)
  t.is((await blankForms({ ...asked, language: 'en' })).pages, 4)
  const text = textOf(made.bytes)
  if (text === undefined) return
  for (const number of asked.numbers) t.is(text.split(number).length - 1, 2, number)
  t.true(text.includes('Hôpital Nord'))
})

test('the duty list says who reads when, with the number to call, on the wall of the group', async t => {
  const shift = { id: 'shf_1', site: 'lecture', account: 'acc_1', revision: 'r' }
  const { bytes, pages } = await dutyList({
    site: 'Hôpital Nord',
    day: '2026-11-24',
    hours: 48,
    language: 'en',
    at: EIGHT,
    timeZone: 'Europe/Paris',
    groups: [
      {
        roster: {
          siteName: 'Groupe de lecture',
          timeZone: 'Europe/Paris',
          shifts: [
            {
              ...shift,
              name: 'Dr Un',
              kind: 'on-call',
              from: iso(0),
              to: iso(240),
              telephone: '+33 1 00 00 00 01',
            },
          ],
          readers: [],
        },
        lastRung: '+33 1 00 00 00 09',
      },
    ],
  })
  t.is(pages, 1)
  const text = textOf(bytes)
  if (text === undefined) return
  t.true(text.includes('Made on 24 Nov 2026 09:00'), 'when it was made, on the wall of the node')
  for (const part of ['24 Nov 2026 09:00', '24 Nov 2026 13:00', 'Dr Un', 'on call', '00 00 01', '00 00 09'])
    t.true(text.includes(part), part)
})
