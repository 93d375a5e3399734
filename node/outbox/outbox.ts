import { setTimeout as pause } from 'node:timers/promises'
import type { Clock } from '../clock.js'
import { type Database, isStorageFailure, type Tx } from '../database.js'
import { fail, reasonOf } from '../errors.js'
import type { Ids } from '../ids.js'
import { canonical } from '../journal/canonical.js'
import type { Origin } from '../journal/facts.js'
import type { Journal } from '../journal/journal.js'
import { backoffMs, type Handler, type Job, type NewJob, type Outcome, priorities, type Run } from './job.js'
import { firstDue, insertJob, lanesDue, setRunning, setSettled } from './lanes.js'
import { type OpenFilter, type OpenJob, openJobs, SYSTEM, UNDER_WAY } from './open-jobs.js'
import type { OutboxTables } from './schema.js'

export interface Outbox {
  /** Owes something, in the caller's transaction. Gives the job's id, or that of the job with the same key. */
  add(tx: Tx, job: NewJob): Promise<string>
  handle(kind: string, handler: Handler): void
  /** How many jobs of a lane run at once; 1 unless told. */
  widen(lane: string, concurrency: number): void
  start(): Promise<void>
  close(): Promise<void>
  /** Runs what is due in one lane, where the outbox is not started: a command does its own work, and no other. */
  runLane(lane: string): Promise<void>
  /** A person's decision about a parked or waiting job. */
  retry(tx: Tx, id: string, origin: Origin): Promise<void>
  giveUp(tx: Tx, id: string, reason: string, origin: Origin): Promise<void>
  /** A waiting job takes another place in its lane; one that moves forward is due at once. */
  hasten(tx: Tx, id: string, priority: number): Promise<void>
  /** Parked first, then waiting by due time. */
  open(filter?: OpenFilter): Promise<OpenJob[]>
  /** One that is neither done nor given up. */
  openJob(id: string): Promise<OpenJob | undefined>
  /** Whether the far end was not there when the lane was last tried. */
  isHeld(lane: string): boolean
  /** Lets held lanes try again at once: the far end has just called. */
  release(lane: string): void
}

/** A job that is running from this commit on. */
interface Taken {
  row: OutboxTables['outbox']
  run: Handler['run']
}

const MAX_TIMER_MS = 60_000
/** Pause before the database is asked again after it failed (a full disk). */
const AGAIN_MS = 1000

/** The only door out. At start, jobs that were running are ambiguous: nobody knows how far they came. */
export function openOutbox(options: {
  db: Database
  clock: Clock
  ids: Ids
  journal: Journal
  onTrouble(trouble: { lane: string; kind: string; id: string; result: string; reason: string }): void
  /** A run that failed, or one after a failure, has ended: a list of what is owed looks different now. */
  onMoved?(job: { id: string; site: string | null }): void
}): Outbox {
  const { db, clock, ids, journal } = options
  const handlers = new Map<string, Handler>()
  const widths = new Map<string, number>()
  const running = new Map<string, Run>()
  /** Lanes whose far end is not there, with the job that found it out, and how often in a row. */
  const held = new Map<string, { until: number; job: string; times: number }>()
  const stopping = new AbortController()
  let timer: NodeJS.Timeout | undefined
  let timerAt = 0
  let started = false
  let closed = false
  let dispatching: Promise<void> | undefined
  let again = false

  const wake = () => {
    if (!started || closed) return
    if (dispatching !== undefined) {
      again = true
      return
    }
    dispatching = dispatch()
      .catch(thrown => {
        options.onTrouble({ lane: '', kind: '', id: '', result: 'stalled', reason: reasonOf(thrown) })
        if (!closed) wakeAt(clock.now() + AGAIN_MS)
      })
      .finally(() => {
        dispatching = undefined
        if (again) {
          again = false
          wake()
        }
      })
  }

  const wakeAt = (at: number) => {
    if (timer !== undefined && timerAt <= at) return
    clearTimeout(timer)
    timerAt = at
    timer = setTimeout(
      () => {
        timer = undefined
        wake()
      },
      Math.min(Math.max(at - clock.now(), 1), MAX_TIMER_MS),
    )
  }

  async function dispatch(): Promise<void> {
    // What nobody here can do waits, and wakes nobody.
    const lanes = await lanesDue(db, [...handlers.keys()])
    let next = Number.POSITIVE_INFINITY
    for (const [lane, due] of lanes) {
      if (closed) return
      const at = Math.max(due, held.get(lane)?.until ?? 0)
      if (at > clock.now()) {
        next = Math.min(next, at)
        continue
      }
      await fill(lane)
    }
    if (!closed && next !== Number.POSITIVE_INFINITY) wakeAt(next)
  }

  async function fill(lane: string): Promise<void> {
    const busy = () => [...running.values()].filter(run => run.lane === lane)
    while (!closed) {
      if (busy().length >= (widths.get(lane) ?? 1)) return makeRoom(lane, busy())
      const taken = await db.write(tx => take(tx, lane))
      if (taken === undefined) {
        const later = (await lanesDue(db, [...handlers.keys()])).get(lane)
        if (later !== undefined) wakeAt(later)
        return
      }
      begin(taken)
    }
  }

  /** Runs it, then what its lane had next when it was done. */
  function begin(taken: Taken): void {
    const { row } = taken
    const [abort, giveWay] = [new AbortController(), new AbortController()]
    if (closed) abort.abort()
    const ended = run(taken, abort.signal, giveWay.signal).then(next => {
      running.delete(row.id)
      if (next === undefined) wake()
      else begin(next)
    })
    running.set(row.id, { lane: row.lane, priority: row.priority, abort, giveWay, ended })
  }

  /** Asks the least urgent of a full lane's runs to give way to something more urgent that waits. */
  async function makeRoom(lane: string, runs: Run[]): Promise<void> {
    const least = runs.reduce((a, b) => (a.priority >= b.priority ? a : b))
    if (runs.some(run => run.giveWay.signal.aborted)) return
    const first = await db
      .sql<OutboxTables>()
      .selectFrom('outbox')
      .select(eb => eb.fn.min('priority').as('priority'))
      .where('lane', '=', lane)
      .where('state', '=', 'waiting')
      .where('due_at', '<=', clock.now())
      .where('kind', 'in', [...handlers.keys()])
      .executeTakeFirst()
    if (first !== undefined && first.priority !== null && first.priority < least.priority)
      least.giveWay.abort()
  }

  /** The first of the lane that is due, with what its handler does as it is taken. */
  async function take(tx: Tx, lane: string): Promise<Taken | undefined> {
    const sql = tx.sql<OutboxTables>()
    const kinds = JSON.stringify([...handlers.keys()])
    const [waiting] = await firstDue(sql, { lane, now: clock.now(), kinds })
    if (waiting === undefined) return undefined
    const row = { ...waiting, attempts: waiting.attempts + 1 }
    await setRunning(sql, { id: row.id, attempts: row.attempts })
    const handler = handlers.get(row.kind) as Handler
    const { begin } = handler
    if (begin === undefined) return { row, run: job => handler.run(job) }
    try {
      const decided = { id: row.id, body: JSON.parse(row.body), site: row.site }
      return { row, run: await tx.savepoint(() => begin(tx, decided)) }
    } catch (thrown) {
      if (isStorageFailure(thrown)) throw thrown
      // A bug in one job is no reason to stop its lane: its run fails with it.
      return { row, run: () => Promise.reject(thrown) }
    }
  }

  /** Gives what the lane has next, taken in the transaction that settled this one, where it was done. */
  async function run(
    { row, run: runIt }: Taken,
    signal: AbortSignal,
    giveWay: AbortSignal,
  ): Promise<Taken | undefined> {
    const before = held.get(row.lane)
    const handler = handlers.get(row.kind) as Handler
    const job: Job = {
      id: row.id,
      lane: row.lane,
      kind: row.kind,
      key: row.key,
      body: JSON.parse(row.body),
      site: row.site,
      attempt: row.attempts,
      ambiguous: row.ambiguous === 1,
      signal,
      giveWay,
      probing: before !== undefined,
    }
    let outcome: Outcome
    try {
      outcome = await runIt(job)
    } catch (thrown) {
      // A handler that throws is a bug or a storage failure: the job stays owed.
      outcome = { result: 'ambiguous', reason: reasonOf(thrown) }
    }
    const failed = outcome.result === 'done' || outcome.result === 'later' ? undefined : outcome
    if (failed !== undefined) {
      const { result, reason } = failed
      options.onTrouble({ lane: row.lane, kind: row.kind, id: row.id, result, reason })
    }
    // A lane has one back-off, whichever of its jobs finds that nobody is there.
    const times = failed?.holdLane === true ? (before?.times ?? 0) + 1 : 0
    const attempt = failed?.progress === true ? 1 : Math.max(row.attempts, times)
    const againAt = clock.now() + (handler.backoffMs ?? backoffMs)(attempt)
    const next = await keep(row, outcome, againAt)
    if (failed !== undefined || row.attempts > 1) options.onMoved?.({ id: row.id, site: row.site })
    if (times > 0) held.set(row.lane, { until: againAt, job: row.id, times })
    else if (outcome.result !== 'later') held.delete(row.lane)
    // The far end is back: the others of a wide lane need not wait until this one has nothing more to do.
    if (before !== undefined) wake()
    return next
  }

  /** Writes down what became of a run, however long the disk is full: the job holds its lane until then. */
  async function keep(
    row: OutboxTables['outbox'],
    outcome: Outcome,
    againAt: number,
  ): Promise<Taken | undefined> {
    let kept = outcome
    for (;;) {
      try {
        return await db.write(async tx => {
          await settle(tx, row, kept, againAt)
          return kept.result === 'done' && started && !closed ? take(tx, row.lane) : undefined
        })
      } catch (thrown) {
        const reason = reasonOf(thrown)
        options.onTrouble({ lane: row.lane, kind: row.kind, id: row.id, result: 'not-kept', reason })
        if (closed) return undefined // found running at the next start, and ambiguous then
        if (!isStorageFailure(thrown)) kept = { result: 'ambiguous', reason }
        await pause(AGAIN_MS, undefined, { signal: stopping.signal }).catch(() => undefined) // the program stops
      }
    }
  }

  async function settle(
    tx: Tx,
    row: OutboxTables['outbox'],
    outcome: Outcome,
    againAt: number,
  ): Promise<void> {
    const { result } = outcome
    const failed = result !== 'done' && result !== 'later'
    const dueAt = result === 'done' ? row.due_at : result === 'later' ? outcome.dueAt : againAt
    const settled = await setSettled(tx.sql<OutboxTables>(), {
      id: row.id,
      state: result === 'done' ? 'done' : result === 'permanent' ? 'parked' : 'waiting',
      due_at: dueAt,
      // A run that gave way was no try.
      attempts:
        result === 'later' ? row.attempts - 1 : failed && outcome.progress === true ? 0 : row.attempts,
      ambiguous: result === 'ambiguous' ? 1 : row.ambiguous,
      reason: failed ? outcome.reason.slice(0, 2000) : null,
      failure: failed ? result : null,
      settled_at: result === 'done' ? clock.now() : null,
    })
    if (failed) await outcome.settle?.(tx, dueAt)
    else await outcome.settle?.(tx)
    if (result === 'permanent' && settled.length === 1)
      await journal.append(
        tx,
        {
          type: 'job-parked',
          site: row.site,
          ids: { job: row.id, ...aboutOf(row.body) },
          body: { lane: row.lane, kind: row.kind, reason: outcome.reason.slice(0, 2000) },
        },
        SYSTEM,
      )
  }

  async function decide(
    tx: Tx,
    id: string,
    to: 'waiting' | 'given-up',
    origin: Origin,
    reason: string | null,
  ) {
    const row = await tx
      .sql<OutboxTables>()
      .updateTable('outbox')
      .set({
        state: to,
        due_at: clock.now(),
        settled_at: to === 'waiting' ? null : clock.now(),
        ...(reason === null ? {} : { reason }),
      })
      .where('id', '=', id)
      // A run under way is not doubled by a second one.
      .where('state', 'in', to === 'waiting' ? ['waiting', 'parked'] : ['waiting', 'running', 'parked'])
      .returning(['lane', 'kind', 'site', 'body'])
      .executeTakeFirst()
    if (row === undefined) fail('conflict', UNDER_WAY)
    await journal.append(
      tx,
      {
        type: to === 'waiting' ? 'job-retried' : 'job-given-up',
        site: row.site,
        ids: { job: id, ...aboutOf(row.body) },
        body: { lane: row.lane, kind: row.kind, reason },
      },
      origin,
    )
    const job = { id, body: JSON.parse(row.body), site: row.site }
    const handler = handlers.get(row.kind)
    if (to === 'waiting') await handler?.retried?.(tx, job)
    else await handler?.givenUp?.(tx, job, reason ?? '', origin)
    tx.afterCommit(() => {
      if (to === 'given-up') running.get(id)?.abort.abort()
      held.delete(row.lane)
      wake()
    })
  }

  return {
    add: async (tx, job) => {
      const id = ids.next('job')
      const now = clock.now()
      const [added] = await insertJob(tx.sql<OutboxTables>(), {
        id,
        lane: job.lane,
        kind: job.kind,
        key: job.key,
        body: canonical(job.body),
        site: job.site ?? null,
        priority: job.priority ?? priorities.normal,
        due_at: job.dueAt ?? now,
        created_at: now,
      })
      tx.afterCommit(wake)
      if (added !== undefined) return added.id
      const earlier = await tx
        .sql<OutboxTables>()
        .selectFrom('outbox')
        .select('id')
        .where('key', '=', job.key)
        .executeTakeFirstOrThrow()
      return earlier.id
    },
    handle: (kind, handler) => {
      handlers.set(kind, handler)
    },
    widen: (lane, concurrency) => {
      widths.set(lane, concurrency)
    },
    start: async () => {
      await db.write(async tx => {
        await tx
          .sql<OutboxTables>()
          .updateTable('outbox')
          .set({ state: 'waiting', ambiguous: 1 })
          .where('state', '=', 'running')
          .execute()
      })
      started = true
      wake()
    },
    close: async () => {
      closed = true
      stopping.abort()
      clearTimeout(timer)
      for (const run of running.values()) run.abort.abort()
      while (running.size > 0) await Promise.all([...running.values()].map(run => run.ended))
      await dispatching
    },
    runLane: async lane => {
      if (started) return
      const next = () => db.write(tx => take(tx, lane))
      for (let taken = await next(); taken !== undefined; taken = await next())
        await run(taken, stopping.signal, new AbortController().signal)
    },
    retry: (tx, id, origin) => decide(tx, id, 'waiting', origin, null),
    giveUp: (tx, id, reason, origin) => decide(tx, id, 'given-up', origin, reason),
    hasten: async (tx, id, priority) => {
      const now = clock.now()
      await tx
        .sql<OutboxTables>()
        .updateTable('outbox')
        .set(eb => ({
          priority,
          due_at: eb
            .case()
            .when(eb.and([eb('priority', '>', priority), eb('due_at', '>', now)]))
            .then(now)
            .else(eb.ref('due_at'))
            .end(),
        }))
        .where('id', '=', id)
        .where('state', 'in', ['waiting', 'running', 'parked'])
        .execute()
      tx.afterCommit(() => {
        const run = running.get(id)
        if (run !== undefined) run.priority = priority
        wake()
      })
    },
    open: filter => openJobs(db, filter),
    openJob: async id => (await openJobs(db, { id }))[0],
    isHeld: lane => held.has(lane),
    release: lane => {
      const job = held.get(lane)?.job
      if (job === undefined) return
      held.delete(lane)
      db.write(tx =>
        tx
          .sql<OutboxTables>()
          .updateTable('outbox')
          .set({ due_at: clock.now() })
          .where('id', '=', job)
          .where('state', '=', 'waiting')
          .execute(),
      ).then(wake, thrown => {
        options.onTrouble({ lane, kind: '', id: job, result: 'not-released', reason: reasonOf(thrown) })
        wake()
      })
    },
  }
}

/** What a job is about, as the record of an act finds it. */
function aboutOf(body: string): Record<string, string> {
  const values = Object.entries(JSON.parse(body) as Record<string, unknown>)
  return Object.fromEntries(
    values.filter(
      (one): one is [string, string] => ABOUT.has(one[0]) && typeof one[1] === 'string' && one[1] !== '',
    ),
  )
}
const ABOUT = new Set(['request', 'report', 'transfer', 'study'])
