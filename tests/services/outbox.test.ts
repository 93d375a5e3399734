import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import anyTest, { type TestFn } from 'ava'
import { manualClock } from '../../node/clock.js'
import { type Database, openDatabase } from '../../node/database.js'
import { openIds } from '../../node/ids.js'
import { type Journal, openJournal } from '../../node/journal/journal.js'
import { journalMigrations } from '../../node/journal/schema.js'
import { backoffMs, type Job, type NewJob, type Outcome, priorities } from '../../node/outbox/job.js'
import { type Outbox, openOutbox } from '../../node/outbox/outbox.js'
import { type JobState, type OutboxTables, outboxMigrations } from '../../node/outbox/schema.js'
import { eventually } from '../support/children.js'

const START_MS = 1_700_000_000_000
const DONE: Outcome = { result: 'done' }
const ORIGIN = { by: 'command', user: 'operator' } as const
const BACKOFF_MS = 5

interface Node {
  folder: string
  file: string
  clock: ReturnType<typeof manualClock>
  ids: ReturnType<typeof openIds>
  db: Database
  journal: Journal
  outbox: Outbox
  writes: number
  troubles: string[]
}

const test = anyTest as TestFn<Node>
test.beforeEach(t => {
  const folder = mkdtempSync(join(tmpdir(), 'relais-outbox-'))
  const clock = manualClock(START_MS)
  const base = {
    folder,
    file: join(folder, 'relais.db'),
    clock,
    ids: openIds(clock),
    writes: 0,
    troubles: [],
  }
  t.context = base as unknown as Node
  begin(t.context)
})
test.afterEach.always(async t => {
  await t.context.outbox.close()
  await t.context.db.close()
  rmSync(t.context.folder, { recursive: true, force: true })
})

function begin(node: Node): void {
  const db = openDatabase({ ...node, migrations: [...journalMigrations, ...outboxMigrations] })
  node.db = {
    ...db,
    write: work => {
      node.writes++
      return db.write(work)
    },
  }
  node.journal = openJournal(node)
  node.outbox = openOutbox({ ...node, onTrouble: ({ result }) => node.troubles.push(result) })
}

const add = ({ db, outbox }: Node, job: Partial<NewJob> & { key: string }) =>
  db.write(tx => outbox.add(tx, { lane: 'pacs', kind: 'send', body: {}, ...job }))

const row = ({ db }: Node, id: string) =>
  db.sql<OutboxTables>().selectFrom('outbox').selectAll().where('id', '=', id).executeTakeFirstOrThrow()

const becomes = (node: Node, id: string, state: JobState) =>
  eventually(`the job is ${state}`, async () => {
    const found = await row(node, id)
    return found.state === state ? found : undefined
  })

/** Runs each job as told, one line of keys as they began. */
function listen(node: Node, run: (job: Job) => Promise<Outcome> | Outcome = () => DONE, kind = 'send') {
  const begun: string[] = []
  const jobs: Job[] = []
  node.outbox.handle(kind, {
    run: async job => {
      begun.push(job.key)
      jobs.push(job)
      return run(job)
    },
    backoffMs: () => BACKOFF_MS,
  })
  return { begun, jobs }
}

/** A handler that ends when told to. */
function gate() {
  const open = new Map<string, (outcome: Outcome) => void>()
  return {
    open,
    run: (job: Job) => new Promise<Outcome>(resolve => open.set(job.key, resolve)),
    inside: (...keys: string[]) =>
      eventually(`${keys} run`, () => (keys.every(key => open.has(key)) ? true : undefined)),
    end: (key: string, outcome: Outcome = DONE) => {
      open.get(key)?.(outcome)
      open.delete(key)
    },
  }
}

test('a lane goes by urgency first, then by what was due first', async t => {
  const node = t.context
  const { begun } = listen(node)
  await add(node, { key: 'background', priority: priorities.background, dueAt: START_MS - 9000 })
  await add(node, { key: 'normal, later', dueAt: START_MS - 1000 })
  await add(node, { key: 'normal, earlier', dueAt: START_MS - 2000 })
  await add(node, { key: 'urgent', priority: priorities.urgent })
  await add(node, { key: 'emergency', priority: priorities.emergency })
  const future = await add(node, { key: 'not yet', priority: priorities.emergency, dueAt: START_MS + 60 })
  await node.outbox.start()
  await eventually('five ran', () => (begun.length === 5 ? true : undefined))
  t.deepEqual(begun, ['emergency', 'urgent', 'normal, earlier', 'normal, later', 'background'])
  t.is((await row(node, future)).state, 'waiting')
  node.clock.advance(60)
  await becomes(node, future, 'done')
})

test('a lane does one thing at a time unless it is widened, and no lane waits for another', async t => {
  const node = t.context
  const { run, open, inside, end } = gate()
  listen(node, run)
  node.outbox.widen('wide', 2)
  for (const key of ['a1', 'a2']) await add(node, { key, lane: 'narrow' })
  for (const key of ['b1', 'b2', 'b3']) await add(node, { key, lane: 'wide' })
  await node.outbox.start()
  await inside('a1', 'b1', 'b2')
  t.deepEqual([...open.keys()].sort(), ['a1', 'b1', 'b2'])
  end('b2')
  await inside('b3')
  t.false(open.has('a2'))
  end('a1')
  await inside('a2')
  for (const key of ['a2', 'b1', 'b3']) end(key)
})

test('the same key is one job, also long after it is done', async t => {
  const node = t.context
  const { begun } = listen(node)
  const id = await add(node, { key: 'report 7' })
  t.is(await add(node, { key: 'report 7', body: { other: true } }), id)
  await node.outbox.start()
  await becomes(node, id, 'done')
  t.is(await add(node, { key: 'report 7' }), id)
  await becomes(node, await add(node, { key: 'report 8' }), 'done')
  t.deepEqual(begun, ['report 7', 'report 8'])
  await t.throwsAsync(
    node.db.write(async tx => {
      await node.outbox.add(tx, { lane: 'pacs', kind: 'send', key: 'report 9', body: {} })
      throw new Error('what it was owed for did not happen')
    }),
  )
  t.deepEqual(await node.outbox.open(), [])
})

test('what fails for a while is tried again by itself, each time after its back-off', async t => {
  const node = t.context
  const { jobs } = listen(node, ({ attempt }) =>
    attempt < 4 ? { result: 'transient', reason: `no answer ${attempt}` } : DONE,
  )
  const id = await add(node, { key: 'k' })
  await node.outbox.start()
  for (const attempt of [1, 2, 3]) {
    const waiting = await eventually(`attempt ${attempt} failed`, async () => {
      const found = await row(node, id)
      return found.state === 'waiting' && found.attempts === attempt ? found : undefined
    })
    t.like(waiting, {
      due_at: node.clock.now() + BACKOFF_MS,
      reason: `no answer ${attempt}`,
      failure: 'transient',
    })
    t.is(jobs.length, attempt, 'not before its time')
    node.clock.advance(BACKOFF_MS)
  }
  t.like(await becomes(node, id, 'done'), { attempts: 4, reason: null, failure: null })
  t.deepEqual(
    jobs.map(({ attempt, ambiguous }) => [attempt, ambiguous]),
    [1, 2, 3, 4].map(attempt => [attempt, false]),
  )
  t.deepEqual(node.troubles, ['transient', 'transient', 'transient'])
})

test('the back-off doubles from one second and never exceeds twenty', t => {
  t.deepEqual([1, 2, 3, 4, 5, 6, 7, 100, 10_000].map(backoffMs), [
    ...[1000, 2000, 4000, 8000, 16_000, 20_000, 20_000, 20_000, 20_000],
  ])
})

test('a run that got something done begins its tries anew', async t => {
  const node = t.context
  let runs = 0
  const { jobs } = listen(node, () => {
    runs++
    return runs === 3 ? DONE : { result: 'transient', reason: 'the rest', progress: true }
  })
  const id = await add(node, { key: 'k' })
  await node.outbox.start()
  await eventually('it is done', async () => {
    node.clock.advance(BACKOFF_MS)
    return (await row(node, id)).state === 'done' ? true : undefined
  })
  t.deepEqual(
    jobs.map(({ attempt }) => attempt),
    [1, 1, 1],
  )
})

test('a run that a crash cut off is ambiguous at the next start: the other side may have it', async t => {
  const node = t.context
  listen(node, () => new Promise<Outcome>(() => {}))
  const id = await add(node, { key: 'cut off' })
  const idle = await add(node, { key: 'never begun' })
  await node.outbox.start()
  await becomes(node, id, 'running')
  await node.db.close() // as a crash: the outbox hears nothing of it
  begin(node)
  t.is((await row(node, id)).state, 'running')
  const { jobs } = listen(node)
  await node.outbox.start()
  await becomes(node, idle, 'done')
  t.deepEqual(
    jobs.map(({ key, attempt, ambiguous }) => ({ key, attempt, ambiguous })),
    [
      { key: 'cut off', attempt: 2, ambiguous: true },
      { key: 'never begun', attempt: 1, ambiguous: false },
    ],
  )
})

test('a handler that throws leaves its job owed, and ambiguous from then on', async t => {
  const node = t.context
  const { jobs } = listen(node, ({ attempt }) => {
    if (attempt === 1) throw new Error('a bug')
    return attempt === 2 ? { result: 'transient', reason: 'busy' } : DONE
  })
  const id = await add(node, { key: 'k' })
  await node.outbox.start()
  await eventually('it is done', async () => {
    node.clock.advance(BACKOFF_MS)
    return (await row(node, id)).state === 'done' ? true : undefined
  })
  t.deepEqual(
    jobs.map(({ ambiguous }) => ambiguous),
    [false, true, true],
  )
})

test('what became of a run commits with what follows from it, or neither', async t => {
  const node = t.context
  let refusals = 1
  listen(node, ({ key }) => ({
    result: 'done',
    settle: async tx => {
      await node.journal.append(tx, { type: 'sent', site: null, ids: { job: key }, body: {} }, ORIGIN)
      if (refusals-- > 0) throw new Error('the row it settles is missing')
    },
  }))
  const id = await add(node, { key: 'k' })
  await node.outbox.start()
  const waiting = await eventually('it is owed again', async () => {
    const found = await row(node, id)
    return found.state === 'waiting' && found.attempts === 1 ? found : undefined
  })
  t.like(waiting, { ambiguous: 1, failure: 'ambiguous' })
  t.is(await node.journal.head(), 0)
  node.clock.advance(BACKOFF_MS)
  await becomes(node, id, 'done')
  t.is(await node.journal.head(), 1)
})

test('what can never work waits for a person: tried once more by decision, or given up', async t => {
  const node = t.context
  let refuse = true
  const { begun } = listen(node, () => (refuse ? { result: 'permanent', reason: '0xA900' } : DONE))
  const [id, other] = [await add(node, { key: 'k', site: 'nord' }), await add(node, { key: 'other' })]
  await node.outbox.start()
  t.like(await becomes(node, id, 'parked'), { reason: '0xA900', failure: 'permanent' })
  await becomes(node, other, 'parked')
  node.clock.advance(86_400_000)
  t.like(await node.outbox.open({ lane: 'pacs', kind: 'send' }), [{ state: 'parked' }, { state: 'parked' }])
  t.deepEqual(await node.outbox.open({ lane: 'mail' }), [])
  refuse = false
  await node.db.write(tx => node.outbox.retry(tx, id, ORIGIN))
  await becomes(node, id, 'done')
  t.deepEqual(begun, ['k', 'other', 'k'])
  await node.db.write(tx => node.outbox.giveUp(tx, other, 'sent by hand', ORIGIN))
  t.like(await row(node, other), { state: 'given-up', reason: 'sent by hand' })
  t.deepEqual(await node.outbox.open(), [])
  for (const settled of [id, other]) {
    await t.throwsAsync(
      node.db.write(tx => node.outbox.retry(tx, settled, ORIGIN)),
      { code: 'conflict' },
    )
    await t.throwsAsync(
      node.db.write(tx => node.outbox.giveUp(tx, settled, 'again', ORIGIN)),
      { code: 'conflict' },
    )
  }
  const decisions = await node.journal.read({})
  t.like(decisions, [
    { type: 'job-retried', site: 'nord', ids: { job: id }, origin: ORIGIN },
    { type: 'job-given-up', ids: { job: other }, body: { reason: 'sent by hand' } },
  ])
})

test('a run under way is not doubled by an impatient person, and hears when it is given up', async t => {
  const node = t.context
  const { run, inside, end } = gate()
  const { begun, jobs } = listen(node, run)
  const id = await add(node, { key: 'k' })
  await node.outbox.start()
  await inside('k')
  await t.throwsAsync(
    node.db.write(tx => node.outbox.retry(tx, id, ORIGIN)),
    { code: 'conflict' },
  )
  t.false(jobs[0]?.signal.aborted)
  await node.db.write(tx => node.outbox.giveUp(tx, id, 'not needed', ORIGIN))
  t.true(jobs[0]?.signal.aborted)
  end('k', { result: 'transient', reason: 'aborted' })
  listen(node, () => DONE, 'other')
  await becomes(node, await add(node, { key: 'next', kind: 'other' }), 'done')
  t.is((await row(node, id)).state, 'given-up')
  t.deepEqual(begun, ['k'])
})

test('a lane whose far end is gone is held as a whole, and released when it calls', async t => {
  const node = t.context
  let there = false
  const { begun } = listen(node, () =>
    there ? DONE : { result: 'transient', reason: 'refused', holdLane: true },
  )
  const ids = [await add(node, { key: 'first' }), await add(node, { key: 'second' })]
  const elsewhere = await add(node, { key: 'elsewhere', lane: 'mail', kind: 'mail' })
  const { begun: mailed } = listen(node, () => DONE, 'mail')
  await node.outbox.start()
  await becomes(node, elsewhere, 'done')
  await eventually('the lane is held', async () =>
    (await row(node, ids[0] as string)).failure === 'transient' ? true : undefined,
  )
  t.deepEqual(begun, ['first'], 'the second does not knock at a closed door')
  t.deepEqual(mailed, ['elsewhere'])
  there = true
  node.outbox.release('mail')
  node.outbox.release('pacs')
  for (const id of ids) await becomes(node, id, 'done')
  t.is(node.clock.now(), START_MS, 'without waiting for the back-off')
  t.deepEqual(begun, ['first', 'first', 'second'])
})

test('a job that nobody can do here waits without keeping the node busy', async t => {
  const node = t.context
  const stray = await add(node, { key: 'stray', kind: 'of another version', lane: 'other' })
  const beside = await add(node, { key: 'beside', kind: 'of another version' })
  listen(node)
  await node.outbox.start()
  const before = node.writes
  const rounds = 10
  for (let round = 0; round < rounds; round++)
    await becomes(node, await add(node, { key: `${round}` }), 'done')
  // Each: added, claimed, settled, and one look for more.
  t.true(node.writes - before <= rounds * 5, `${node.writes - before} transactions`)
  for (const id of [stray, beside]) t.like(await row(node, id), { state: 'waiting', attempts: 0 })
})
