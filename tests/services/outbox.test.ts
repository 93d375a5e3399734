import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { mayAttempt, roles } from '../../node/accounts/permissions.js'
import type { Role } from '../../node/accounts/view.js'
import { manualClock } from '../../node/clock.js'
import { loadConfig } from '../../node/config.js'
import { openDatabase } from '../../node/database.js'
import { openHttp } from '../../node/http/server.js'
import { openIds } from '../../node/ids.js'
import { openFollowers } from '../../node/journal/followers.js'
import { openJournal } from '../../node/journal/journal.js'
import { type JournalTables, journalMigrations } from '../../node/journal/schema.js'
import { silentLog } from '../../node/log.js'
import {
  backoffMs,
  type Handler,
  type Job,
  type NewJob,
  type Outcome,
  priorities,
} from '../../node/outbox/job.js'
import { lanesDue } from '../../node/outbox/lanes.js'
import { openOutbox } from '../../node/outbox/outbox.js'
import { outboxRoutes } from '../../node/outbox/routes.js'
import { type OutboxTables, outboxMigrations } from '../../node/outbox/schema.js'
import type { JobRow, ParkedFactRow } from '../../node/outbox/view.js'
import type { ListView } from '../../node/requests/view.js'
import { person } from '../support/act.js'
import { eventually } from '../support/children.js'
import { temporary } from '../support/node.js'
import { dice, seed } from '../support/scale.js'

const ORIGIN = { by: 'command', user: 'test' } as const

/** A queue on a real file whose clock moves only when told. */
function house(t: ExecutionContext, file = join(temporary(t), 'outbox.sqlite'), startMs = 1_000_000) {
  const clock = manualClock(startMs)
  const db = openDatabase({ file, migrations: [...journalMigrations, ...outboxMigrations], clock })
  const journal = openJournal({ db, clock })
  const troubles: string[] = []
  const outbox = openOutbox({
    db,
    clock,
    ids: openIds(clock),
    journal,
    onTrouble: ({ kind, result, reason }) => troubles.push(`${kind} ${result} ${reason}`),
  })
  t.teardown(async () => {
    await outbox.close()
    await db.close()
  })
  const job = (key: string, more: Partial<NewJob> = {}): NewJob => ({
    lane: 'peer:a',
    kind: 'send',
    key,
    body: { key },
    ...more,
  })
  return {
    clock,
    db,
    journal,
    outbox,
    troubles,
    file,
    add: (key: string, more: Partial<NewJob> = {}) => db.write(tx => outbox.add(tx, job(key, more))),
    row: async (key: string) =>
      db
        .sql<OutboxTables>()
        .selectFrom('outbox')
        .selectAll()
        .where('key', '=', key)
        .executeTakeFirstOrThrow(),
    /** Its timers are real ones: asked again so that nobody waits for them. */
    nudge: () => db.write(tx => outbox.add(tx, job('nudge', { lane: 'none', kind: 'nobody' }))),
  }
}

type House = ReturnType<typeof house>

/** Runs jobs as they come, in the order they came; each ends when the test says how. */
function worker() {
  const runs: { job: Job; end: (outcome: Outcome) => void }[] = []
  const handler: Handler = { run: job => new Promise(end => runs.push({ job, end })) }
  return {
    handler,
    runs,
    next: (key: string) =>
      eventually(`${key} runs`, () => {
        const at = runs.findIndex(({ job }) => job.key === key)
        return at < 0 ? undefined : runs.splice(at, 1)[0]
      }),
    keys: () => runs.map(({ job }) => job.key),
  }
}

const settled = (own: House, key: string, state: string) =>
  eventually(`${key} is ${state}`, async () => {
    const row = await own.row(key)
    return row.state === state ? row : undefined
  })

test('each lane says what it has that is due first, of the kinds that are done here, whatever else waits', async t => {
  const own = house(t)
  const kinds = ['one', 'two', 'three']
  t.deepEqual([...(await lanesDue(own.db, kinds))], [])
  const roll = dice(seed)
  const rows: { lane: string; kind: string; due_at: number; state: string }[] = []
  for (let n = 0; n < 120; n++) {
    const [lane, kind] = [`lane ${roll(5)}`, ['one', 'two', 'three', 'foreign'][roll(4)] as string]
    await own.add(`job ${n}`, { lane, kind, dueAt: 1_000_000 + roll(90), priority: roll(3) })
    const state = roll(3) === 0 ? 'done' : 'waiting'
    const { due_at } = await own.row(`job ${n}`)
    await own.db.write(tx =>
      tx.sql<OutboxTables>().updateTable('outbox').set({ state }).where('key', '=', `job ${n}`).execute(),
    )
    rows.push({ lane, kind, due_at, state })
    if (n % 10 !== 0) continue
    const some = kinds.slice(roll(3))
    const expected = new Map<string, number>()
    for (const row of rows)
      if (row.state === 'waiting' && some.includes(row.kind))
        expected.set(row.lane, Math.min(row.due_at, expected.get(row.lane) ?? Number.POSITIVE_INFINITY))
    t.deepEqual([...(await lanesDue(own.db, some))].sort(), [...expected].sort(), `seed ${seed}`)
  }
})

const waitsFor = (own: House, key: string, attempts: number) =>
  eventually(`${key} waits after ${attempts} tries`, async () => {
    const row = await own.row(key)
    return row.state === 'waiting' && row.attempts === attempts ? row : undefined
  })

test('jobs of a lane run one at a time: the urgent ones first, then those that came first; lanes do not wait for each other', async t => {
  const own = house(t)
  const { handler, keys, next } = worker()
  own.outbox.handle('send', handler)
  await own.add('normal-1')
  own.clock.advance(1)
  await own.add('normal-2')
  await own.add('background', { priority: priorities.background })
  await own.add('emergency', { priority: priorities.emergency })
  await own.add('urgent', { priority: priorities.urgent })
  await own.add('elsewhere', { lane: 'peer:b' })
  await own.add('later', { dueAt: own.clock.now() + 60_000, priority: priorities.emergency })
  await own.outbox.start()
  const order: string[] = []
  const elsewhere = await next('elsewhere')
  for (const key of ['emergency', 'urgent', 'normal-1', 'normal-2', 'background']) {
    const run = await next(key)
    t.deepEqual(keys(), [], 'one at a time')
    order.push(run.job.key)
    run.end({ result: 'done' })
    await settled(own, key, 'done')
  }
  t.is((await own.row('elsewhere')).state, 'running')
  elsewhere.end({ result: 'done' })
  t.is((await own.row('later')).attempts, 0)
  own.clock.advance(60_000)
  await own.nudge()
  ;(await next('later')).end({ result: 'done' })
  await settled(own, 'later', 'done')
})

test('a wider lane runs as many at once as it was told', async t => {
  const own = house(t)
  const { handler, runs, next } = worker()
  own.outbox.handle('send', handler)
  own.outbox.widen('peer:a', 3)
  for (const key of ['1', '2', '3', '4']) await own.add(key)
  await own.outbox.start()
  await eventually('three run', () => (runs.length === 3 ? true : undefined))
  t.is((await own.row('4')).state, 'waiting')
  ;(await next('2')).end({ result: 'done' })
  const fourth = await next('4')
  for (const run of [fourth, await next('1'), await next('3')]) run.end({ result: 'done' })
  for (const key of ['1', '2', '3', '4']) await settled(own, key, 'done')
})

test('what fails for now is tried again after 1, 2, 4, 8, 16, then 20 s, for ever; what got something done begins anew', async t => {
  t.deepEqual(
    [1, 2, 3, 4, 5, 6, 7, 100].map(backoffMs),
    [1000, 2000, 4000, 8000, 16_000, 20_000, 20_000, 20_000],
  )
  const own = house(t)
  const { handler, next, keys } = worker()
  own.outbox.handle('send', handler)
  await own.add('job')
  await own.outbox.start()
  for (let attempt = 1; attempt <= 8; attempt++) {
    const run = await next('job')
    t.like(run.job, { attempt, ambiguous: false, body: { key: 'job' } })
    run.end({ result: 'transient', reason: 'not there' })
    const row = await waitsFor(own, 'job', attempt)
    t.is(row.due_at, own.clock.now() + backoffMs(attempt))
    own.clock.advance(backoffMs(attempt) - 1)
    await own.nudge()
    t.deepEqual(keys(), [], 'not before its time')
    own.clock.advance(1)
    await own.nudge()
  }
  ;(await next('job')).end({ result: 'transient', reason: 'half of it', progress: true })
  const row = await waitsFor(own, 'job', 0)
  t.is(row.due_at, own.clock.now() + 1000)
  own.clock.advance(1000)
  await own.nudge()
  const last = await next('job')
  t.is(last.job.attempt, 1)
  last.end({ result: 'done' })
  t.like(await settled(own, 'job', 'done'), { reason: null, failure: null, settled_at: own.clock.now() })
  t.is(own.troubles.length, 9)
})

test('a far end that is not there holds its whole lane, and lets it go when it calls', async t => {
  const own = house(t)
  const { handler, next, keys } = worker()
  own.outbox.handle('send', handler)
  await own.add('first')
  await own.add('second')
  await own.outbox.start()
  ;(await next('first')).end({ result: 'transient', reason: 'refused', holdLane: true })
  await waitsFor(own, 'first', 1)
  await own.nudge()
  t.deepEqual(keys(), [], 'the second does not knock at the same closed door')
  own.outbox.release('peer:a')
  const again = await next('first')
  t.is(again.job.attempt, 2, 'long before it was due')
  again.end({ result: 'done' })
  ;(await next('second')).end({ result: 'done' })
  await settled(own, 'second', 'done')
})

test('what ran when the program died is ambiguous afterwards, and so is what ended without an answer', async t => {
  const file = join(temporary(t), 'outbox.sqlite')
  const first = house(t, file)
  const before = worker()
  first.outbox.handle('send', before.handler)
  await first.add('running')
  await first.add('waiting', { dueAt: first.clock.now() + 1 })
  await first.outbox.start()
  const lost = await before.next('running')
  // It dies: nothing is written down any more, and the next one opens the same file.
  await first.db.close()

  const own = house(t, file, 2_000_000)
  const { handler, next } = worker()
  own.outbox.handle('send', handler)
  await own.outbox.start()
  const run = await next('running')
  t.like(run.job, { attempt: 2, ambiguous: true })
  run.end({ result: 'ambiguous', reason: 'no answer' })
  const fresh = await next('waiting')
  t.like(fresh.job, { attempt: 1, ambiguous: false })
  fresh.end({ result: 'ambiguous', reason: 'no answer' })
  await waitsFor(own, 'waiting', 1)
  own.clock.advance(20_000)
  await own.nudge()
  for (const key of ['waiting', 'running']) {
    const again = await next(key)
    t.true(again.job.ambiguous, key)
    again.end({ result: 'done' })
    await settled(own, key, 'done')
  }
  lost.end({ result: 'transient', reason: 'nobody hears it' })
})

test('the same key is one job, also when the first is long done', async t => {
  const own = house(t)
  const { handler, next, keys } = worker()
  own.outbox.handle('send', handler)
  const id = await own.add('once')
  t.is(await own.add('once', { body: { other: true } }), id)
  await own.outbox.start()
  ;(await next('once')).end({ result: 'done' })
  await settled(own, 'once', 'done')
  t.is(await own.add('once'), id)
  await own.nudge()
  t.deepEqual(keys(), [])
  t.like(await own.row('once'), { attempts: 1, body: '{"key":"once"}' })
})

test('what can never succeed is parked for a person, who retries it or gives it up; both are in the journal', async t => {
  const own = house(t)
  const { handler, next, keys } = worker()
  own.outbox.handle('send', handler)
  const ids = { retried: await own.add('retried'), given: await own.add('given') }
  await own.outbox.start()
  for (const key of ['retried', 'given']) {
    ;(await next(key)).end({ result: 'permanent', reason: 'refused for good' })
    t.like(await settled(own, key, 'parked'), { reason: 'refused for good', failure: 'permanent' })
  }
  own.clock.advance(10_000_000)
  await own.nudge()
  t.deepEqual(keys(), [], 'nobody tries it by itself')
  t.deepEqual(
    (await own.outbox.open({ lane: 'peer:a' })).map(({ id, state, reason }) => ({ id, state, reason })),
    [ids.retried, ids.given].map(id => ({ id, state: 'parked', reason: 'refused for good' })),
  )
  await own.db.write(tx => own.outbox.retry(tx, ids.retried, ORIGIN))
  await own.db.write(tx => own.outbox.giveUp(tx, ids.given, 'the patient was moved', ORIGIN))
  ;(await next('retried')).end({ result: 'done' })
  await settled(own, 'retried', 'done')
  t.like(await own.row('given'), { state: 'given-up', reason: 'the patient was moved' })
  for (const id of Object.values(ids))
    await t.throwsAsync(
      own.db.write(tx => own.outbox.retry(tx, id, ORIGIN)),
      { message: /already settled/ },
    )
  t.deepEqual(
    (await own.journal.read({})).map(({ type, ids: { job } }) => [type, job]),
    [
      ['job-parked', ids.retried],
      ['job-parked', ids.given],
      ['job-retried', ids.retried],
      ['job-given-up', ids.given],
    ],
  )
})

test('what waits for a job learns of a person’s decision in the same transaction', async t => {
  const own = house(t)
  const { handler, next } = worker()
  const told: string[] = []
  own.outbox.handle('send', {
    ...handler,
    retried: async (_tx, { body }) => {
      told.push(`${body['key']} retried`)
    },
    givenUp: async (_tx, { body }, reason) => {
      if (reason === 'not so') throw new Error('it cannot be')
      told.push(`${body['key']} ${reason}`)
    },
  })
  const id = await own.add('job')
  await own.outbox.start()
  ;(await next('job')).end({ result: 'permanent', reason: 'no' })
  await settled(own, 'job', 'parked')
  await t.throwsAsync(own.db.write(tx => own.outbox.giveUp(tx, id, 'not so', ORIGIN)))
  t.like(await own.row('job'), { state: 'parked', reason: 'no' }, 'nothing is half done')
  await own.db.write(tx => own.outbox.retry(tx, id, ORIGIN))
  await own.db.write(tx => own.outbox.giveUp(tx, id, 'by hand', ORIGIN))
  t.deepEqual(told, ['job retried', 'job by hand'])
})

test('giving up what is running tells it to stop, and its late answer changes nothing', async t => {
  const own = house(t)
  const { handler, next } = worker()
  own.outbox.handle('send', handler)
  const id = await own.add('job')
  await own.outbox.start()
  const run = await next('job')
  t.false(run.job.signal.aborted)
  await own.db.write(tx => own.outbox.giveUp(tx, id, 'not wanted', ORIGIN))
  t.true(run.job.signal.aborted)
  run.end({ result: 'done' })
  await own.add('after')
  ;(await next('after')).end({ result: 'done' })
  await settled(own, 'after', 'done')
  t.like(await own.row('job'), { state: 'given-up', reason: 'not wanted' })
})

test('what a run came to commits with what it changes: a settlement that fails leaves the job owed, and ambiguous', async t => {
  const own = house(t)
  const { handler, next } = worker()
  own.outbox.handle('send', handler)
  await own.add('job')
  await own.outbox.start()
  const settle = async () => {
    throw new Error('the state did not fit')
  }
  ;(await next('job')).end({ result: 'done', settle })
  t.like(await waitsFor(own, 'job', 1), { ambiguous: 1, reason: 'the state did not fit' })
  own.clock.advance(1000)
  await own.nudge()
  const run = await next('job')
  t.true(run.job.ambiguous)
  run.end({
    result: 'done',
    settle: async tx => {
      await own.journal.append(tx, { type: 'sent', site: null, ids: {}, body: {} }, ORIGIN)
    },
  })
  await settled(own, 'job', 'done')
  t.is((await own.journal.read({ types: ['sent'] })).length, 1)
})

test('a handler that throws leaves its job owed; an unknown kind waits until somebody knows it', async t => {
  const own = house(t)
  own.outbox.handle('broken', {
    run: () => Promise.reject(new Error('a bug')),
  })
  await own.add('broken', { kind: 'broken' })
  await own.add('unknown', { lane: 'peer:b' })
  await own.outbox.start()
  t.like(await waitsFor(own, 'broken', 1), { ambiguous: 1, reason: 'a bug' })
  t.is((await own.row('unknown')).attempts, 0)
  const { handler, next } = worker()
  own.outbox.handle('send', handler)
  await own.nudge()
  ;(await next('unknown')).end({ result: 'done' })
  await settled(own, 'unknown', 'done')
})

/** The list over HTTP, as each role at each site has it; the cookie names both. */
async function serve(t: ExecutionContext, own: House) {
  const followers = openFollowers({ ...own, onTrouble: () => {} })
  const http = openHttp({
    config: loadConfig({ env: { RELAIS_HTTP_PORT: '0' } }).http,
    node: { name: 'Relais', version: '0.0.0' },
    log: silentLog,
    clock: own.clock,
    authenticate: async ({ cookie }) => {
      const [role = '', site = ''] = (cookie ?? '').split('-')
      const { who } = person(`acc_${role}`, 'X', role as Role, site)
      return {
        ...who,
        account: { ...who.account, language: 'fr' },
        membership: { ...who.membership, everySite: role === 'operator' },
      }
    },
    may: (who, action) => mayAttempt(who.membership.role, action),
    routes: outboxRoutes({ ...own, followers, sites: { site: id => ({ name: `Site ${id}` }) } }),
  })
  const { url } = await http.listen()
  t.teardown(async () => {
    await http.close()
    await followers.close()
  })
  const call = async <T>(name: string, method: string, path: string, body?: unknown) => {
    const answer = await fetch(`${url}${path}`, {
      method,
      headers: { cookie: `relais=${name}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const text = await answer.text()
    return { status: answer.status, body: (text === '' ? undefined : JSON.parse(text)) as T }
  }
  return { call, followers }
}

test('the people who decide see what their site owes and cannot do, retry it and give it up; others see nothing', async t => {
  const own = house(t)
  const { handler, next } = worker()
  own.outbox.handle('send', handler)
  const id = await own.add('a', { site: 'nord' })
  const other = await own.add('b', { site: 'sud' })
  const ours = await own.add('c')
  await own.outbox.start()
  for (const key of ['a', 'b', 'c'])
    (await next(key)).end({ result: 'permanent', reason: 'C001 ESSAI^Zoé is not known' })
  await settled(own, 'c', 'parked')
  const { call } = await serve(t, own)
  const list = async (name: string, query = '') =>
    (await call<ListView<JobRow>>(name, 'GET', `/api/outbox${query}`)).body.items
  t.deepEqual(await list('coordinator-nord'), [
    {
      id,
      kind: 'send',
      peer: 'a',
      state: 'parked',
      site: 'nord',
      siteName: 'Site nord',
      attempts: 1,
      createdAt: new Date(1_000_000).toISOString(),
      reason: 'C001 ESSAI^Zoé is not known',
      may: ['retry', 'give-up'],
    },
  ])
  t.deepEqual(
    (await list('operator-node')).map(row => [row.id, row.site, row.reason]),
    [
      [id, 'nord', 'C001'],
      [other, 'sud', 'C001'],
      [ours, undefined, 'C001'],
    ],
    'the node’s keepers see all of it, and nothing a PACS said of a patient',
  )
  t.deepEqual(await list('administrator-lecture'), [])
  t.deepEqual(await list('coordinator-nord', '?state=pending'), [])
  for (const role of roles) {
    const sees = mayAttempt(role, 'job.see')
    t.is((await call(`${role}-nord`, 'GET', '/api/outbox')).status, sees ? 200 : 403, role)
    const decided = await call(`${role}-lecture`, 'POST', `/api/outbox/${id}/retry`)
    t.is(decided.status, role === 'operator' ? 204 : sees ? 404 : 403, role)
  }
  ;(await next('a')).end({ result: 'permanent', reason: 'again' })
  await settled(own, 'a', 'parked')
  const path = `/api/outbox/${id}/give-up`
  t.is((await call('coordinator-nord', 'POST', path, { reason: ' ' })).status, 422)
  t.is((await call('coordinator-nord', 'POST', path, { reason: 'sent by courier' })).status, 204)
  t.is((await call('coordinator-nord', 'POST', path, { reason: 'twice' })).status, 404)
  t.like((await own.journal.read({ types: ['job-given-up'] }))[0], {
    site: 'nord',
    ids: { job: id },
    body: { reason: 'sent by courier' },
    origin: { by: 'account', role: 'coordinator' },
  })
})

test('a long list is read page by page: what waits for a person first, then what is due first', async t => {
  const own = house(t)
  const { handler, next } = worker()
  own.outbox.handle('send', handler)
  const parked = await own.add('p', { site: 'nord' })
  await own.outbox.start()
  ;(await next('p')).end({ result: 'permanent', reason: 'no' })
  await settled(own, 'p', 'parked')
  const later = { site: 'nord', kind: 'nobody' }
  const ids = [parked]
  for (const n of [3, 1, 2]) ids[n] = await own.add(`w${n}`, { ...later, dueAt: 2_000_000 + n })
  const { call } = await serve(t, own)
  const seen: string[] = []
  for (let after: string | undefined = ''; after !== undefined; ) {
    const path = `/api/outbox?limit=2${after === '' ? '' : `&after=${after}`}`
    const page: ListView<JobRow> = (await call<ListView<JobRow>>('administrator-nord', 'GET', path)).body
    seen.push(...page.items.map(row => row.id))
    after = page.next
  }
  t.deepEqual(seen, ids)
})

test('a fact whose consequence failed is retried, or given up with a reason, by those who decide at its site', async t => {
  const own = house(t)
  const fact = { type: 'note-made', site: 'nord', ids: {}, body: {} }
  await own.db.write(tx => own.journal.append(tx, fact, ORIGIN))
  await own.db.write(tx =>
    tx
      .sql<JournalTables>()
      .insertInto('followers_parked')
      .values([
        { follower: 'fragile', seq: 1, reason: 'it did not fit', at: 5, settled_at: null },
        { follower: 'gone', seq: 1, reason: 'it did not fit', at: 6, settled_at: null },
      ])
      .execute(),
  )
  const { call, followers } = await serve(t, own)
  let broken = true
  followers.add({
    name: 'fragile',
    types: ['note-made'],
    handle: async () => {
      if (broken) throw new Error('still not')
    },
  })
  const path = '/api/outbox/facts'
  const list = async (name: string) => (await call<ListView<ParkedFactRow>>(name, 'GET', path)).body.items
  t.like((await list('coordinator-nord'))[0], {
    id: 'prk_1',
    follower: 'fragile',
    fact: 'note-made',
    seq: 1,
    siteName: 'Site nord',
    may: ['retry', 'give-up'],
  })
  t.deepEqual(await list('coordinator-sud'), [])
  t.is((await call('coordinator-sud', 'POST', `${path}/prk_1/retry`)).status, 404)
  t.like(await call('coordinator-nord', 'POST', `${path}/prk_1/retry`), {
    status: 409,
    body: { code: 'conflict', detail: 'Nouvel échec : still not' },
  })
  broken = false
  t.is((await call('operator-node', 'POST', `${path}/prk_1/retry`)).status, 204)
  t.like(await call('operator-node', 'POST', `${path}/prk_2/retry`), {
    status: 409,
    body: { detail: 'Rien ne s’appelle plus « gone » ici : on ne peut qu’abandonner.' },
  })
  t.is((await call('operator-node', 'POST', `${path}/prk_2/give-up`, { reason: 'done by hand' })).status, 204)
  t.deepEqual(await list('operator-node'), [])
  t.deepEqual(
    (await own.journal.read({ after: 1 })).map(({ type, body }) => [type, body?.['reason']]),
    [
      ['fact-retried', undefined],
      ['fact-given-up', 'done by hand'],
    ],
  )
})

test('what a job needs is there in the commit that takes it, which is the one that settles the job before it', async t => {
  const own = house(t)
  const { runs, handler, next } = worker()
  own.outbox.handle('send', {
    ...handler,
    begin: async (tx, { id, body }) => {
      if (body['key'] === 'broken') throw new Error('a bug')
      await tx
        .sql<OutboxTables>()
        .updateTable('outbox')
        .set({ reason: 'begun' })
        .where('id', '=', id)
        .execute()
      return handler.run
    },
  })
  for (const key of ['a', 'b', 'broken', 'c']) await own.add(key)
  await own.outbox.start()
  const a = await next('a')
  t.like(await own.row('a'), { state: 'running', reason: 'begun' })
  const before = own.db.commits()
  a.end({ result: 'done' })
  const b = await next('b')
  t.is(own.db.commits(), before + 1)
  t.like(await own.row('a'), { state: 'done' })
  t.like(await own.row('b'), { state: 'running', attempts: 1, reason: 'begun' })
  b.end({ result: 'done' })
  // A bug where it begins costs the one job a try, and nothing of it is left.
  const c = await next('c')
  t.like(await own.row('broken'), { state: 'waiting', attempts: 1, failure: 'ambiguous', reason: 'a bug' })
  t.deepEqual(own.troubles, ['send ambiguous a bug'])
  // What comes while one runs, and what fails, is nobody's delay.
  await own.add('d')
  c.end({ result: 'transient', reason: 'busy' })
  ;(await next('d')).end({ result: 'done' })
  await settled(own, 'd', 'done')
  t.deepEqual(runs, [])
})

test('a queue that closes while a lane has more to do begins nothing more, and leaves it to the next start as it was', async t => {
  const own = house(t)
  const { handler, next, runs } = worker()
  own.outbox.handle('send', handler)
  for (const key of ['a', 'b']) await own.add(key)
  await own.outbox.start()
  const a = await next('a')
  const closing = own.outbox.close()
  t.true(a.job.signal.aborted)
  a.end({ result: 'done' })
  await closing
  t.like(await own.row('a'), { state: 'done' })
  t.like(await own.row('b'), { state: 'waiting', attempts: 0, ambiguous: 0 })
  t.deepEqual(runs, [])
})

test('what is more urgent asks what is under way to give way, and only that; what gave way goes on after it, and was no failure', async t => {
  const own = house(t)
  const { handler, next } = worker()
  own.outbox.handle('send', handler)
  await own.add('long', { priority: priorities.normal })
  await own.outbox.start()
  const long = await next('long')
  await own.add('same', { priority: priorities.normal })
  await own.add('other', { lane: 'peer:b', priority: priorities.emergency })
  ;(await next('other')).end({ result: 'done' })
  await settled(own, 'other', 'done')
  t.false(long.job.giveWay.aborted)
  await own.add('stroke', { priority: priorities.emergency })
  await eventually('it is asked to', () => (long.job.giveWay.aborted ? true : undefined))
  t.false(long.job.signal.aborted)
  long.end({ result: 'later', dueAt: own.clock.now() })
  const stroke = await next('stroke')
  t.like(await own.row('long'), { state: 'waiting', attempts: 0, reason: null, failure: null })
  // Nothing gives way to its equal.
  await own.add('second', { priority: priorities.emergency })
  await own.nudge()
  t.false(stroke.job.giveWay.aborted)
  stroke.end({ result: 'done' })
  ;(await next('second')).end({ result: 'done' })
  const again = await next('long')
  t.like(again.job, { attempt: 1, probing: false })
  // Hastened while it waits, it comes first; while it runs, it keeps its place.
  await own.db.write(async tx =>
    own.outbox.hasten(tx, String((await own.row('same'))?.id), priorities.urgent),
  )
  await eventually('it is asked to', () => (again.job.giveWay.aborted ? true : undefined))
  again.end({ result: 'later', dueAt: own.clock.now() + 60_000 })
  const same = await next('same')
  await own.db.write(async tx =>
    own.outbox.hasten(tx, String((await own.row('same'))?.id), priorities.emergency),
  )
  await own.add('third', { priority: priorities.urgent })
  await own.nudge()
  t.false(same.job.giveWay.aborted)
  same.end({ result: 'done' })
  ;(await next('third')).end({ result: 'done' })
  await settled(own, 'third', 'done')
  t.deepEqual(own.troubles, [])
  t.like(await own.row('long'), { state: 'waiting', due_at: own.clock.now() + 60_000 })
})

test('after an outage one probes for all, with one back-off for the lane that never passes 20 s, and is told so', async t => {
  const own = house(t)
  const { handler, runs } = worker()
  own.outbox.handle('send', handler)
  for (const key of ['a', 'b', 'c']) await own.add(key)
  await own.outbox.start()
  const waits: number[] = []
  for (let times = 0; times <= 7; times++) {
    const [{ job, end }] = (await eventually('one of them tries', () =>
      runs.length > 0 ? runs.splice(0) : undefined,
    )) as [(typeof runs)[0]]
    t.is(job.probing, times > 0)
    end({ result: 'transient', reason: 'ECONNREFUSED', holdLane: true })
    const { due_at } = await eventually('it is written down', async () => {
      const row = await own.row(job.key)
      return row.state === 'waiting' ? row : undefined
    })
    waits.push(due_at - own.clock.now())
    // Something new, and more urgent, tries in its turn for all of them; the waits grow as for one.
    await own.add(`new ${times}`, { priority: priorities.emergency })
    t.deepEqual(runs, [])
    own.clock.advance(due_at - own.clock.now())
    await own.nudge()
  }
  t.deepEqual(waits, [1000, 2000, 4000, 8000, 16_000, 20_000, 20_000, 20_000])
  const [back] = await eventually('one of them tries', () => (runs.length > 0 ? runs.splice(0) : undefined))
  back?.end({ result: 'done' })
  const [after] = await eventually('the next follows at once', () =>
    runs.length > 0 ? runs.splice(0) : undefined,
  )
  t.false(after?.job.probing)
  after?.end({ result: 'done' })
  const rest = setInterval(() => {
    for (const { end } of runs.splice(0)) end({ result: 'done' })
  }, 5)
  t.teardown(() => clearInterval(rest))
})
