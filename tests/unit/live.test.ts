import { setImmediate as nextTurn } from 'node:timers/promises'
import test from 'ava'
import { allows, roles, type Standing } from '../../node/accounts/permissions.js'
import type { Acting } from '../../node/http/acting.js'
import { type Follower, type Live, type LiveFact, openLiveReading } from '../../node/http/live-reading.js'
import type { StoredFact } from '../../node/journal/facts.js'
import { openLive } from '../../node/program/live.js'
import { liveFacts, liveRowOf, silentFacts } from '../../node/program/live-table.js'
import type { KnownRequest } from '../../node/requests/requests.js'
import type { Urgency } from '../../node/sites/view.js'
import { eventually } from '../support/children.js'

/** Every role of four sites, of the whole node, and the program of each with one right, with several and with none. */
const PEOPLE: Acting[] = roles.flatMap(role =>
  ['nord', 'lecture', 'before', 'sud'].flatMap(site =>
    [false, true].flatMap(everySite =>
      [
        undefined,
        [],
        ['request.see' as const],
        ['study.see' as const, 'transfer.see' as const, 'peer.see' as const],
      ].flatMap((rights): Acting => {
        const id = `${role}-${site}`
        return {
          account: { id, email: `${id}@nord.example`, name: id, language: 'fr' },
          membership: { id: 'mem_1', site, role, ...(everySite ? { everySite } : {}) },
          session: { id: 'ses_1', endsAt: 0 },
          ...(rights === undefined ? {} : { token: { id: 'tok_1', rights } }),
        }
      }),
    ),
  ),
)

const LEFT_AT = 40
const REQUEST = {
  site: 'nord',
  parties: ['lecture'],
  former: [{ site: 'before', until: 1, seq: LEFT_AT }],
}
const STUDY = { site: 'nord', parties: ['lecture'] }

/** Facts of every row of the table, about what is there and what is not, before and after a group lost its part. */
const ABOUT: readonly Record<string, string>[] = [
  { request: 'req_1', study: 'std_1', peer: 'sud-pacs', account: 'radiologist-lecture' },
  { request: 'req_gone', study: 'std_gone', peer: 'gone', account: 'technician-nord' },
  {},
]
const FACTS: StoredFact[] = [...liveFacts.map(({ prefix }) => `${prefix}x`), ...silentFacts].flatMap(type =>
  ABOUT.flatMap(about =>
    ['nord', 'sud', null].flatMap(site =>
      [LEFT_AT, LEFT_AT + 1].map(
        (seq): StoredFact => ({
          seq,
          at: 0,
          site,
          type,
          version: 1,
          ids: { ...about, [liveRowOf(type)?.id ?? 'none']: Object.values(about)[0] ?? 'one' },
          body: {},
          origin: { by: 'system', part: 'test' },
        }),
      ),
    ),
  ),
)

/** Who may know of a fact, asked for one person alone: row by row, standing by standing. */
function mayKnow(who: Acting, { type, ids, site, seq }: StoredFact): boolean {
  const row = liveRowOf(type)
  if (row === undefined) return false
  if (row.personal !== undefined && ids['account'] === who.account.id) return true
  if (row.personal === 'only') return false
  return row.actions.some(action => {
    let standing: Standing | undefined = { site: site ?? '' }
    if (action === 'request.see' || action === 'conversation.see' || action === 'critical.see')
      standing =
        ids['request'] === 'req_1'
          ? { ...REQUEST, former: REQUEST.former.filter(each => seq <= each.seq) }
          : undefined
    else if (action === 'study.see' && ids['study'] !== undefined)
      standing = ids['study'] === 'std_1' ? STUDY : undefined
    else if (action === 'transfer.see')
      standing = { site: site ?? '', parties: ids['peer'] === 'sud-pacs' ? ['sud'] : [] }
    return standing !== undefined && allows(who, action, standing)
  })
}

test('what is decided once for all who are alike is what each person alone would be told: every role, site and right × every fact', async t => {
  const reads = { pages: 0, requests: 0 }
  const live = openLive({
    journal: {
      head: async () => 0,
      onCommit: () => () => undefined,
      read: async () => {
        reads.pages++
        return FACTS
      },
    },
    requests: {
      known: async id => {
        reads.requests++
        return id === 'req_1' ? ({ standing: REQUEST, record: {} } as unknown as KnownRequest) : undefined
      },
    },
    studies: {
      byId: async id => (id === 'std_1' ? ({ id, site: 'nord' } as never) : undefined),
      standing: async () => STUDY,
    },
    peers: { find: id => (id === 'sud-pacs' ? ({ site: 'sud' } as never) : undefined) },
    reach: { rings: async () => false },
  })
  const { facts } = await live.factsSince(0)
  const expected = FACTS.filter(({ type }) => liveRowOf(type) !== undefined)
  t.is(facts.length, expected.length)
  let told = 0
  for (const who of PEOPLE)
    for (const [index, fact] of expected.entries()) {
      const sees = mayKnow(who, fact)
      if (sees) told++
      if (facts[index]?.seenBy(who) !== sees) t.fail(`${JSON.stringify(who)} ${JSON.stringify(fact)}`)
    }
  t.true(told > 1000, `${told} of ${PEOPLE.length * expected.length} were told`)
  t.is(reads.pages, 1)
  t.true(reads.requests <= 3, `${reads.requests} requests read for ${expected.length} facts`)
})

test('an emergency rings on every lock of those who are told; an urgent offer on that of who wishes so, and nothing else of it', async t => {
  const told = async (urgency: Urgency, type: string, kind: string) => {
    const live = openLive({
      journal: {
        head: async () => 0,
        onCommit: () => () => undefined,
        read: async () => [
          {
            seq: 1,
            at: 0,
            type,
            version: 1,
            site: 'nord',
            ids: { notice: 'ntc_1', alert: 'alt_1', request: 'req_1', account: 'acc_wishes' },
            body: { kind, channel: 'screen' },
            origin: { by: 'system', part: 'test' },
          },
        ],
      },
      requests: {
        known: async () => ({ standing: REQUEST, record: { urgency } }) as unknown as KnownRequest,
      },
      studies: { byId: async () => undefined, standing: async () => STUDY },
      peers: { find: () => undefined },
      reach: { rings: async account => account === 'acc_wishes' },
    })
    return (await live.factsSince(0)).facts[0]?.rings
  }
  t.is(await told('emergency', 'notice-sent', 'request-offered'), 'ring')
  t.is(await told('emergency', 'notice-sent', 'request-unclaimed'), 'ring')
  t.is(await told('emergency', 'notice-sent', 'message'), undefined)
  t.is(await told('urgent', 'notice-sent', 'request-offered'), 'ring')
  t.is(await told('urgent', 'notice-sent', 'request-changed'), undefined)
  t.is(await told('urgent', 'alert-ended', 'claim'), 'still')
  t.is(await told('routine', 'notice-sent', 'request-offered'), undefined)
  t.is(await told('routine', 'alert-ended', 'claim'), undefined)
})

/** A journal that counts how often it is read. */
function journal() {
  const facts: LiveFact[] = []
  const listeners = new Set<() => void>()
  const counted = { readings: 0 }
  let broken = false
  const live: Live = {
    head: async () => facts.length,
    factsSince: async seq => {
      counted.readings++
      await nextTurn()
      if (broken) throw new Error('the disk is gone')
      const page = facts.filter(fact => fact.seq > seq).slice(0, 10)
      return { facts: page, upTo: page.at(-1)?.seq ?? seq }
    },
    onCommit: wake => {
      listeners.add(wake)
      return () => listeners.delete(wake)
    },
  }
  return {
    live,
    counted,
    add: (count: number) => {
      for (let number = 0; number < count; number++) {
        facts.push({ seq: facts.length + 1, kind: 'request-claimed', id: 'req_1', seenBy: () => true })
        for (const wake of listeners) wake()
      }
    },
    breaks: () => {
      broken = true
    },
  }
}

function listener(cursor: number) {
  const heard: number[] = []
  const failures: unknown[] = []
  const follower: Follower = {
    cursor,
    take: (facts, upTo) => {
      for (const { seq } of facts) if (seq > follower.cursor) heard.push(seq)
      follower.cursor = upTo
    },
    failed: thrown => failures.push(thrown),
  }
  return { follower, heard, failures }
}

const upTo = (last: number, from = 0) => Array.from({ length: last - from }, (_, index) => from + index + 1)

test('a thousand who follow are told each fact once and in order, by one reading for all of them', async t => {
  const { live, counted, add } = journal()
  const reading = openLiveReading(live)
  t.teardown(() => reading.close())
  const many = Array.from({ length: 1000 }, () => listener(0))
  await Promise.all(many.map(({ follower }) => reading.follow(follower)))
  t.true(counted.readings < 10, `${counted.readings} readings as they came together`)
  counted.readings = 0
  add(25)
  await eventually('all were told', () => (many.every(({ heard }) => heard.length === 25) ? true : undefined))
  for (const { heard } of many) t.deepEqual(heard, upTo(25))
  t.true(counted.readings <= 8, `${counted.readings} readings for 25 facts in pages of 10`)
})

test('whoever comes from anywhere while facts are written misses none and hears none twice', async t => {
  const { live, add } = journal()
  add(40)
  const reading = openLiveReading(live)
  t.teardown(() => reading.close())
  const all: { from: number; who: ReturnType<typeof listener> }[] = []
  for (let round = 0; round < 60; round++) {
    const from = (round * 7) % 40
    const who = listener(from)
    all.push({ from, who })
    const following = reading.follow(who.follower)
    if (round % 3 === 0) add(2)
    if (round % 5 === 0) await following
    else await nextTurn()
  }
  const last = 40 + 2 * 20
  await eventually('everybody stands at the end', () =>
    all.every(({ who }) => who.heard.at(-1) === last) ? true : undefined,
  )
  for (const { from, who } of all) t.deepEqual(who.heard, upTo(last, from))
})

test('who left is told nothing, and where the journal cannot be read everybody is sent away to come back', async t => {
  const { live, counted, add, breaks } = journal()
  const reading = openLiveReading(live)
  t.teardown(() => reading.close())
  const [stays, leaves] = [listener(0), listener(0)]
  await Promise.all([reading.follow(stays.follower), reading.follow(leaves.follower)])
  reading.leave(leaves.follower)
  add(1)
  await eventually('the other was told', () => (stays.heard.length === 1 ? true : undefined))
  t.deepEqual(leaves.heard, [])
  breaks()
  add(1)
  await eventually('it says so', () => (stays.failures.length === 1 ? true : undefined))
  reading.leave(stays.follower)
  counted.readings = 0
  add(1)
  await nextTurn()
  t.is(counted.readings, 0, 'nobody is there: nothing is read')
})
