import test from 'ava'
import fc from 'fast-check'
import type { RequestRow, TimelineEntry } from '../../node/requests/view.js'
import { periodOf } from '../../web/activity/periods.js'
import { joined, withSplits } from '../../web/api/page-chain.js'
import { arrange, settle } from '../../web/requests/arrangement.js'
import { mayTellExam, offeredEvents, protocolOf } from '../../web/requests/events.js'
import { ownListsMax, usualView, viewFrom, withList } from '../../web/requests/own-view.js'
import { cutTo, placesOf, sightOf, topFor } from '../../web/requests/rows-in-sight.js'

test('how a person arranged their worklist is read back, and what cannot be read is the usual one', t => {
  const view = withList({ columns: ['images', 'sent'], lists: [] }, { name: 'Nuit', query: 'modality=CT' })
  t.deepEqual(viewFrom(JSON.stringify(view)), view)
  t.deepEqual(withList(view, { name: 'Nuit', query: 'q=a' }).lists, [{ name: 'Nuit', query: 'q=a' }])
  for (const text of [null, '', '{', '7', '[]', '{"columns":"x","lists":7}'])
    t.deepEqual(viewFrom(text), usualView, `${text}`)
  t.deepEqual(viewFrom('{"columns":["images","x",7],"lists":[null,{"name":1},{"name":"a","query":"b"}]}'), {
    columns: ['images'],
    lists: [{ name: 'a', query: 'b' }],
  })
  const many = Array.from({ length: 30 }, (_, at) => ({ name: `${at}`, query: '' }))
  t.is(many.reduce(withList, usualView).lists.length, ownListsMax)
})

test('a period is its first and last day by the calendar', t => {
  const on = new Date(2028, 2, 31, 23, 30)
  t.deepEqual(periodOf('today', '', '', on), { from: '2028-03-31', to: '2028-03-31' })
  t.deepEqual(periodOf('week', '', '', on), { from: '2028-03-25', to: '2028-03-31' })
  t.deepEqual(periodOf('month', '', '', on), { from: '2028-03-01', to: '2028-03-31' })
  t.deepEqual(periodOf('before', '', '', on), { from: '2028-02-01', to: '2028-02-29' })
  t.deepEqual(periodOf('year', '', '', on), { from: '2028-01-01', to: '2028-12-31' })
  t.deepEqual(periodOf('chosen', '2020-01-02', '2020-01-03', on), { from: '2020-01-02', to: '2020-01-03' })
  t.deepEqual(periodOf('chosen', '', '', on), { from: '2028-03-01', to: '2028-03-31' })
})

test('pages that were read apart make one list: what two of them name stands where it was read last', t => {
  const rows = (...ids: string[]) => ({ items: ids.map(id => ({ id })) })
  const { items, pageOf } = joined(
    [
      { page: rows('a', 'd'), at: 2 },
      { page: rows('b', 'c'), at: 1 },
      { page: rows('d', 'e'), at: 1 },
    ],
    ['', '1.5.b', '1.9.d'],
  )
  t.deepEqual(items, rows('a', 'd', 'b', 'c', 'e').items)
  t.is(pageOf('d'), '')
  t.is(pageOf('e'), '1.9.d')
  const [moved] = [
    joined(
      [
        { page: rows('a', 'd'), at: 1 },
        { page: rows('d', 'e'), at: 2 },
      ],
      ['', '1.9.d'],
    ),
  ]
  t.deepEqual(moved.items, rows('a', 'd', 'e').items)
  t.is(moved.pageOf('d'), '1.9.d')
})

test('a page into which more came than it holds becomes two, and no place is named before another that follows it', t => {
  const starts = ['', '1.100.r', '2.50.r']
  t.is(withSplits(starts, ['1.100.r', '2.50.r', undefined]), starts)
  t.is(withSplits(starts, [undefined, '2.50.r', '2.90.r']), starts)
  t.deepEqual(withSplits(starts, ['1.99.z', '2.50.r', undefined]), ['', '1.99.z', '1.100.r', '2.50.r'])
  t.deepEqual(withSplits(starts, ['1.100.q', '2.50.r', undefined]), ['', '1.100.q', '1.100.r', '2.50.r'])
  // Read when the next page still began later: it overlaps, and is no page more.
  t.is(withSplits(starts, ['1.1000.a', '2.50.r', undefined]), starts)
  t.is(withSplits(starts, ['1.100.r', '10.1.a', undefined]), starts)
})

test('of ten thousand rows those in sight are drawn with some beyond, and a row that is chosen is shown whole', t => {
  t.deepEqual(sightOf(0, 680, 68), { from: 0, to: 20, leapt: false })
  for (let top = 0; top < 3000; top += 7) {
    const { from, to } = sightOf(top, 680, 68)
    t.true(from * 68 <= Math.max(0, top - 4 * 68), `${top}`)
    t.true(to * 68 >= top + 680 + 4 * 68, `${top}`)
    t.true(to - from <= 34, `${top}`)
  }
  t.is(cutTo(10_000, sightOf(680_000 - 680, 680, 68)).to, 10_000)
  t.like(cutTo(3, sightOf(5000, 680, 68)), { from: 3, to: 3 })
  t.like(cutTo(0, sightOf(0, 680, 68)), { from: 0, to: 0 })
  t.is(topFor(3, 0, 680, 68), 0)
  t.is(topFor(10, 0, 680, 68), 68)
  t.is(topFor(2, 680, 680, 68), 136)
})

test('after a leap the rows in sight alone are drawn, and every one of them', t => {
  for (let top = 0; top < 3000; top += 7)
    for (const by of [-9000, -1200, -300, 0, 300, 1200, 9000]) {
      const before = sightOf(Math.max(0, top + by), 680, 68)
      const { from, to, leapt } = sightOf(top, 680, 68, before)
      t.true(from * 68 <= top && to * 68 >= top + 680, `${top} after ${before.from}`)
      const [first, last] = [Math.floor(top / 68), Math.ceil((top + 680) / 68) - 1]
      t.is(leapt, first >= before.to || last < before.from, `${top} after ${before.from}`)
      if (leapt) t.deepEqual([from, to], [first, last + 1])
      else t.deepEqual({ from, to, leapt }, sightOf(top, 680, 68))
    }
  // A box that is pulled over its upper edge shows no row before the first.
  t.is(sightOf(-40, 680, 68, { from: 60, to: 70 }).from, 0)
})

test('who stays in sight keeps their place, and who comes takes that of one who went', t => {
  for (const places of [12, 13, 20])
    for (let from = 0; from < 60; from += 1) {
      const now = placesOf({ from, to: from + 12, leapt: false }, places)
      t.is(now.length, places)
      t.deepEqual(
        now.filter(at => at !== undefined).sort((a, b) => a - b),
        Array.from({ length: 12 }, (_, at) => from + at),
      )
      const next = placesOf({ from: from + 4, to: from + 16, leapt: false }, places)
      for (let at = from + 4; at < from + 12; at += 1) t.is(next.indexOf(at), now.indexOf(at))
    }
  t.deepEqual(placesOf({ from: 4, to: 6, leapt: false }, 4, [0, 1, 2, 3]), [4, 5, undefined, undefined])
  t.deepEqual(placesOf({ from: 0, to: 0, leapt: false }, 0), [])
  // Whom a leap left behind, out of sight, stays until the place is needed: nothing is taken out of the page for it.
  t.deepEqual(placesOf({ from: 40, to: 42, leapt: true }, 4, [0, 1, 2, 3]), [40, 41, 2, 3])
})

test('the room says that an exam is done where one is waited for; where its images are there, it may add what it gave', t => {
  const row = (over: Partial<RequestRow>) =>
    ({
      kind: 'reading',
      state: 'accepted',
      may: ['exam-done', 'await-exam', 'ask-error'],
      ...over,
    }) as RequestRow
  const images = { received: 1, expected: 1, state: 'complete' } as const
  t.deepEqual(offeredEvents(row({})), ['exam-done', 'await-exam', 'ask-error'])
  t.deepEqual(offeredEvents(row({ state: 'awaiting-exam', images, may: ['exam-done'] })), ['exam-done'])
  t.deepEqual(offeredEvents(row({ images })), ['ask-error'])
  t.false(mayTellExam(row({})))
  t.true(mayTellExam(row({ images })))
  t.true(mayTellExam(row({ state: 'reading', images })))
  t.false(mayTellExam({ ...row({ images }), exam: { at: '', by: 'M. Manip' } }))
  t.false(mayTellExam(row({ images, kind: 'opinion' })))
})

test('the protocol shown is that of whoever holds it', t => {
  const entry = (fact: string, protocol?: string): TimelineEntry => ({
    ...{ at: '2026-11-24T06:00:00.000Z', by: 'Dr Un', fact },
    details: protocol === undefined ? {} : { protocol },
  })
  const first = [entry('request-claimed'), entry('request-accepted', 'Sans injection')]
  t.is(protocolOf({ timeline: first }), 'Sans injection')
  const moved = [...first, entry('request-rerouted'), entry('request-claimed')]
  t.is(protocolOf({ timeline: moved }), undefined)
  t.is(protocolOf({ timeline: [...moved, entry('request-accepted', 'Injecté')] }), 'Injecté')
})

test('a list that goes on is what it would be if all of it were compared: whatever page came, whatever changed before it', t => {
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.integer({ min: 0, max: 40 }), { minLength: 1, maxLength: 30 }),
      fc.nat(30),
      fc.array(fc.record({ at: fc.nat(30), as: fc.constantFrom('other', 'gone', 'moved') }), {
        maxLength: 2,
      }),
      fc.boolean(),
      (ids, shownTo, changes, whole) => {
        const all = ids.map(number => ({ id: `req_${number}`, told: 0 }))
        const shown = arrange(all.slice(0, shownTo))
        const incoming = [...all]
        for (const { at, as } of changes) {
          const row = incoming[at]
          if (row === undefined) continue
          if (as === 'other') incoming[at] = { ...row, told: 1 }
          else incoming.splice(at, 1)
          if (as === 'moved') incoming.push(row)
        }
        // The same rows, none of them the one that is shown: each is compared.
        const compared = settle(
          shown,
          incoming.map(row => ({ ...row })),
          whole,
        )
        t.deepEqual(settle(shown, incoming, whole), compared)
      },
    ),
    { numRuns: 2000 },
  )
})
