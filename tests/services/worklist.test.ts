import anyTest, { type ExecutionContext, type TestFn } from 'ava'
import Sqlite from 'better-sqlite3'
import { Kysely } from 'kysely'
import { allows } from '../../node/accounts/permissions.js'
import { oneConnectionDialect } from '../../node/database-dialect.js'
import { readOwnOfAll } from '../../node/requests/counting.js'
import type { Asker } from '../../node/requests/ports.js'
import type { RequestTables } from '../../node/requests/schema.js'
import { searchTerms } from '../../node/requests/search.js'
import { standingOf } from '../../node/requests/standing.js'
import type { RequestState } from '../../node/requests/view.js'
import type { WorklistQuery } from '../../node/requests/worklist.js'
import { readOwnCounts, readPage, readPlacements, readSharedCounts } from '../../node/requests/worklist.js'
import { wordsQuery } from '../../node/requests/worklist-words.js'
import { type Act, FORM, openAct, PEOPLE, person } from '../support/act.js'
import { dice, scaled, seed } from '../support/scale.js'

const test = anyTest as TestFn<Act>
test.beforeEach(async t => {
  t.context = await openAct()
})
test.afterEach.always(t => t.context.close())

const { referrer, first, second, outsider, coordinator } = PEOPLE
const watching = person('acc_reg', 'Mme Nord', 'coordinator', 'nord')
const auditor = {
  ...person('acc_aud', 'M. Contrôle', 'auditor', 'nord'),
  who: {
    ...person('acc_aud', 'M. Contrôle', 'auditor', 'nord').who,
    membership: { id: 'mem_acc_aud', site: 'node', role: 'auditor' as const, everySite: true },
  },
}
/** Of the same role and site as another one: they read the same pages. */
const alsoWatching = person('acc_reg2', 'M. Nord', 'coordinator', 'nord')
const alsoReading = person('acc_rad4', 'Dr Quatre', 'radiologist', 'lecture')
const EVERYBODY: Asker[] = [
  alsoWatching,
  alsoReading,
  referrer,
  first,
  second,
  outsider,
  coordinator,
  watching,
  auditor,
]

/** What a list should hold, by a plain reading of every row. */
async function plainly({ db, clock }: Act, { who }: Asker, query: WorklistQuery): Promise<string[]> {
  const rows = await db.sql<RequestTables>().selectFrom('requests').selectAll().execute()
  const placements = await readPlacements(
    db.sql(),
    rows.map(({ id }) => id),
  )
  const over = ['closed', 'refused', 'cancelled', 'expired', 'entered-in-error']
  return rows
    .filter(row => {
      const placement = placements.get(row.id)
      if (placement === undefined) return false
      const now = { ...standingOf(row, placement), former: [] }
      const then = { ...standingOf(row, placement), site: '', parties: [] }
      const seen =
        query.former === true
          ? row.site !== who.membership.site &&
            who.membership.everySite !== true &&
            allows(who, 'request.see', then)
          : allows(who, 'request.see', now)
      const mine = who.membership.role === 'radiologist' ? row.holder : row.created_by
      return (
        seen &&
        (query.state === undefined || query.state.includes(row.state)) &&
        (query.modality === undefined || row.modality === query.modality) &&
        (query.urgency === undefined || row.urgency === query.urgency) &&
        (query.kind === undefined || row.kind === query.kind) &&
        (query.site === undefined || row.site === query.site) &&
        (query.late !== true || (row.due_at !== null && row.due_at < clock.now())) &&
        (query.mine !== true ||
          (mine === who.account.id && (query.state !== undefined || !over.includes(row.state)))) &&
        (query.toFinish !== true ||
          (mine === who.account.id &&
            !over.includes(row.state) &&
            (['reading', 'info-requested'].includes(row.state) ||
              ['preliminary', 'withdrawn'].includes(row.report_state ?? '')))) &&
        searchTerms(query.q ?? '').every(term => row.search.includes(term))
      )
    })
    .sort((a, b) => a.urgency_rank - b.urgency_rank || a.ordered_at - b.ordered_at || (a.id < b.id ? -1 : 1))
    .map(({ id }) => id)
}

async function listed({ requests }: Act, asker: Asker, query: WorklistQuery): Promise<string[]> {
  const ids: string[] = []
  for (let after: string | undefined; ; ) {
    const page = await requests.list(asker, { ...query, ...(after === undefined ? {} : { after }) })
    ids.push(...page.items.map(({ id }) => id))
    if (page.next === undefined) return ids
    after = page.next
  }
}

/** What is counted for all who are alike at once is what is counted for each alone. Gives how many had something. */
async function countedForAll(t: ExecutionContext<Act>): Promise<number> {
  const db = t.context.db.sql<RequestTables>()
  let some = 0
  for (const { who } of EVERYBODY) {
    const [all, alone] = [await readOwnOfAll(db, who), await readOwnCounts(db, who)]
    if (who.membership.everySite === true) {
      t.is(all, undefined)
      continue
    }
    const own = all?.get(who.account.id) ?? { mine: 0, toFinish: 0, toClaim: 0 }
    // What others claim is offered to nobody of them: their number counts what is offered to anybody.
    t.deepEqual(own, who.membership.role === 'radiologist' ? alone : { ...alone, toClaim: 0 })
    if (own.mine > 0) some++
    t.is(own.mine > 0 ? await readOwnOfAll(db, who, 0) : undefined, undefined, 'never more than it looks at')
  }
  return some
}

/**
 * What a row lets each do is what its own page lets them do, though those who are alike are given the same rows. Gives
 * the rows on which two who are alike may not do the same.
 */
async function mayAsOnItsPage(t: ExecutionContext<Act>): Promise<number> {
  const seen = new Map<string, Set<string>>()
  // At once, as the screens ask: a moment later nothing is shared any more.
  const lists = EVERYBODY.map(asker => t.context.requests.list(asker, { limit: 200 }))
  for (const [at, asker] of EVERYBODY.entries()) {
    const { role, site } = asker.who.membership
    for (const { id, may } of (await lists[at])?.items ?? []) {
      t.deepEqual(may, (await t.context.requests.view(asker, id)).may, `${asker.who.account.name}, ${id}`)
      const of = `${id} ${role} ${site}`
      seen.set(of, (seen.get(of) ?? new Set()).add(may.join()))
    }
  }
  return [...seen.values()].filter(all => all.size > 1).length
}

/** How much each reader holds, as it is kept, is what the rows say. Gives how many hold something. */
async function loadsAreKept(t: ExecutionContext<Act>): Promise<number> {
  const db = t.context.db.sql<RequestTables>()
  const held = await db
    .selectFrom('requests')
    .select(['holder', 'state', ({ fn }) => fn.countAll<number>().as('n')])
    .where('holder', 'is not', null)
    .groupBy(['holder', 'state'])
    .orderBy('holder')
    .orderBy('state')
    .execute()
  const kept = db.selectFrom('request_loads').selectAll().where('n', '<>', 0)
  t.deepEqual(
    await kept.orderBy('holder').orderBy('state').execute(),
    held.map(({ holder, ...rest }) => ({ holder: holder ?? '', ...rest })),
  )
  return held.length
}

test('whatever happens to requests, each list holds and each number counts what a plain reading of every row finds', async t => {
  t.timeout(120_000)
  t.log(`seed ${seed}`)
  const act = t.context
  const roll = dice(seed)
  const made: string[] = []
  const pick = <T>(from: readonly T[]) => from[roll(from.length)] as T
  const MODALITIES = ['CT', 'MR', 'DX']
  let [counted, held, unlike] = [0, 0, 0]
  for (let step = 0; step < scaled(120, 2000); step++) {
    act.clock.advance(roll(900_000))
    if (made.length < 5 || roll(3) === 0) {
      const { id } = await act.requests.create(referrer, {
        ...FORM,
        modality: pick(MODALITIES),
        urgency: pick(['emergency', 'urgent', 'routine'] as const),
        kind: pick(['reading', 'opinion'] as const),
        submit: roll(5) > 0,
        patient: { ...FORM.patient, given: pick(['Zoé', 'Léa', 'Jean-Pierre']) },
      })
      made.push(id)
      continue
    }
    const event = pick([
      ...(['claim', 'decline', 'release', 'refuse', 'start', 'cancel', 'submit', 'ask'] as const),
      ...(['hand-over', 'take-over', 'ask-error', 'decline-error'] as const),
    ])
    const by = pick([first, second, referrer, coordinator, watching])
    const words = { reason: 'essai', alternative: 'essai', text: 'essai' }
    const colleague = event === 'hand-over' ? { reader: by === first ? 'acc_rad2' : 'acc_rad1' } : {}
    // Most of these are refused: whatever goes through is what counts.
    await act.requests
      .send(by, pick(made), event, { ...words, ...colleague })
      .catch((thrown: { code?: string }) => {
        if (!['forbidden', 'conflict', 'invalid', 'missing'].includes(thrown.code ?? '')) throw thrown
      })
    if (step % 10 !== 0) continue
    counted += await countedForAll(t)
    held += await loadsAreKept(t)
    unlike += await mayAsOnItsPage(t)
  }
  t.true(unlike > 0, 'some could do what those alike could not')
  t.true(counted > 0, 'somebody had something of their own')
  t.true(held > 0, 'somebody held something')
  const queries: Omit<WorklistQuery, 'limit'>[] = [
    {},
    { state: ['offered'] },
    { state: ['claimed', 'reading', 'accepted'] },
    { modality: 'MR' },
    { modality: 'MG' },
    { urgency: 'emergency', kind: 'opinion' },
    { site: 'nord', state: ['offered', 'cancelled'] },
    { late: true },
    { mine: true },
    { q: 'zoe' },
    { q: 'jean pierre', state: ['offered'] },
    { mine: true, state: ['closed', 'offered', 'refused'], modality: 'CT' },
    { toFinish: true },
    { kind: 'opinion' },
    { kind: 'reading', urgency: 'urgent' },
    { site: 'sud' },
    { site: 'nord', kind: 'opinion', modality: 'MR' },
    { site: 'lecture' },
    { late: true, state: ['offered'], modality: 'DX' },
    { late: true, site: 'nord', urgency: 'routine' },
    { q: 'n' },
    { q: 'lé' },
    { q: 'je n 1970', mine: true },
    { q: 'zoe essai', kind: 'reading' },
    { q: 'le', late: true },
    { q: 'personne' },
    { former: true },
    { former: true, urgency: 'emergency' },
    { former: true, q: 'zoe', modality: 'CT' },
  ]
  let found = 0
  for (const asker of EVERYBODY) {
    const who = asker.who.account.name
    for (const query of queries) {
      const expected = await plainly(act, asker, { ...query, limit: 0 })
      found += expected.length > 0 ? 1 : 0
      const said = `${who} ${JSON.stringify(query)}`
      t.deepEqual(await listed(act, asker, { ...query, limit: 1 + roll(7) }), expected, said)
      // However many are called few: the same rows.
      for (const most of [0, 3]) {
        const { records } = await readPage(
          act.db.sql(),
          asker.who,
          { ...query, limit: 5000 },
          act.clock.now(),
          most,
        )
        t.deepEqual(
          records.map(({ id }) => id),
          expected,
          `${said}, few: ${most}`,
        )
      }
    }
    const counts = await act.requests.counts(asker)
    const number = async (query: Omit<WorklistQuery, 'limit'>) =>
      (await plainly(act, asker, { ...query, limit: 0 })).length
    t.is(counts.all, await number({}), who)
    t.is(counts.mine, await number({ mine: true }), who)
    t.is(counts.late, await number({ late: true }), who)
    const offered = await plainly(act, asker, { state: ['offered'] as RequestState[], limit: 0 })
    const placements = await readPlacements(act.db.sql(), offered)
    const toClaim =
      asker.who.membership.role === 'radiologist'
        ? offered.filter(id => placements.get(id)?.offered.has(asker.who.account.id))
        : offered
    t.is(counts.toClaim, toClaim.length, who)
    t.deepEqual(await listed(act, asker, { toClaim: true, limit: 1 + roll(7) }), toClaim, who)
  }
  const left = await act.db
    .sql<RequestTables>()
    .selectFrom('request_tallies')
    .selectAll()
    .where('n', '<', 0)
    .execute()
  t.deepEqual(left, [])
  t.true(found > 60, `only ${found} lists held anything`)
})

test('those who are alike read one page, and each finds on it what they by name may do', async t => {
  const { requests, clock } = t.context
  const [handed, doubted] = [await requests.create(referrer, FORM), await requests.create(referrer, FORM)]
  await requests.send(first, handed.id, 'claim', {})
  await requests.send(first, handed.id, 'hand-over', { reader: 'acc_rad2' })
  await requests.send(watching, doubted.id, 'ask-error', { reason: 'Doublon' })
  clock.advance(1000)
  t.is(
    await mayAsOnItsPage(t),
    3,
    'the one handed over, the one in doubt, and that it is offered to some of the readers',
  )
  t.deepEqual((await requests.view(second, handed.id)).may, ['take-over'])
  t.true((await requests.view(alsoWatching, doubted.id)).may.includes('enter-in-error'))
})

test('whoever looks at whatever list, it is found along an index: no row is passed over that is not of it', async t => {
  const act = t.context
  for (let number = 0; number < 3; number++)
    await act.requests.create(referrer, { ...FORM, kind: number === 0 ? 'opinion' : 'reading' })
  const file = new Sqlite(act.db.file, { readonly: true })
  t.teardown(() => file.close())
  const asked = new Set<string>()
  const recording = new Proxy(file, {
    get: (target, name) => {
      if (name !== 'prepare') return Reflect.get(target, name, target)
      return (text: string) => {
        asked.add(text)
        return target.prepare(text)
      }
    },
  })
  const db = new Kysely<RequestTables>({ dialect: oneConnectionDialect(recording) })
  const queries: Omit<WorklistQuery, 'limit'>[] = [
    ...[{}, { state: ['offered'] as const }, { modality: 'CT' }, { kind: 'opinion' as const }],
    ...[{ urgency: 'routine' as const, site: 'nord' }, { late: true }, { late: true, modality: 'CT' }],
    ...[{ mine: true }, { toFinish: true }, { former: true }, { q: 'essai' }, { q: 'essai zo', late: true }],
  ]
  const now = act.clock.now()
  for (const { who } of EVERYBODY) {
    for (const query of queries)
      for (const most of [0, 100]) await readPage(db, who, { ...query, limit: 50 }, now, most)
    await readOwnCounts(db, who)
    await readSharedCounts(db, who, now)
  }
  t.true(asked.size > 40, `only ${asked.size} questions`)
  // Of the few tallies every row is read; what is found by words or handed over as a list is a list.
  const whole =
    /^SCAN (request_tallies|json_each|sites|request_words|w\b|CONSTANT ROW|\(subquery|\d+ CONSTANT)/
  for (const text of asked) {
    const plan = file.prepare(`EXPLAIN QUERY PLAN ${text}`)
    const values = Array.from({ length: text.split('?').length - 1 }, () => null)
    const steps = (plan.all(values) as { detail: string }[]).map(({ detail }) => detail)
    t.deepEqual(
      steps.filter(step => step.startsWith('SCAN') && !whole.test(step)),
      [],
      text,
    )
  }
})

test('a page that is read again between its places holds what it held, and what came into it', async t => {
  const act = t.context
  const ask = async (urgency: 'urgent' | 'routine') => {
    act.clock.advance(60_000)
    return (await act.requests.create(referrer, { ...FORM, urgency, kind: 'reading' })).id
  }
  const ids: string[] = []
  for (const urgency of ['urgent', 'urgent', 'routine', 'routine', 'routine'] as const)
    ids.push(await ask(urgency))
  const read = async (query: Partial<WorklistQuery>) => {
    const page = await act.requests.list(first, { limit: 2, ...query })
    return [page.items.map(({ id }) => id), page.next] as const
  }
  const between = (after: string | undefined, until: string | undefined) => ({
    ...(after === undefined ? {} : { after }),
    ...(until === undefined ? {} : { until }),
  })
  act.clock.advance(3 * 86_400_000)
  for (const query of [{}, { state: ['offered'] as const }, { q: 'essai' }, { late: true }]) {
    const [one, second] = await read(query)
    const [two, third] = await read({ ...query, ...between(second, undefined) })
    t.deepEqual([...one, ...two], ids.slice(0, 4), JSON.stringify(query))
    t.deepEqual(await read({ ...query, ...between(undefined, second) }), [one, undefined])
    t.deepEqual(await read({ ...query, ...between(second, third) }), [two, undefined])
  }
  const [, second] = await read({})
  const [, third] = await read(between(second, undefined))
  const came = await ask('urgent')
  const [now, split] = await read(between(second, third))
  t.deepEqual(now, [came, ids[2]])
  t.deepEqual(await read(between(split, third)), [[ids[3]], undefined])
  await t.throwsAsync(act.requests.list(first, { limit: 2, until: '2.1' }), { code: 'invalid' })
  t.deepEqual(await read({ q: 'essai', after: `9.${'9'.repeat(15)}.${ids[0]}` }), [[], undefined])
})

test('a word is looked up by three letters at a time; of two letters it begins so, and one letter is a word or nothing', t => {
  const query = (text: string) => wordsQuery(searchTerms(text))
  t.is(query('Essai Zo'), '"ess" AND "ssa" AND "sai" AND " zo"')
  t.is(query('aaaa'), '"aaa"')
  t.is(query('Zoé n'), '"zoe"')
  t.is(query('李'), '" 李 "')
})
