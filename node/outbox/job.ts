import type { Tx } from '../database.js'
import type { Json } from '../journal/canonical.js'
import type { Origin } from '../journal/facts.js'

/** Smaller goes first. */
export const priorities = { emergency: 0, urgent: 10, normal: 20, background: 30 } as const

/** Something owed to someone outside: durable from the transaction that made it owed. */
export interface NewJob {
  /** Jobs of one lane run in order and share their back-off: a peer, `mail`, `timers`. */
  lane: string
  kind: string
  /** The same key twice is one job, also when the first one is long done. */
  key: string
  body: { [key: string]: Json | undefined }
  /** UTC milliseconds; now when absent. */
  dueAt?: number
  priority?: number
  site?: string
}

export interface Job {
  id: string
  lane: string
  kind: string
  key: string
  body: { [key: string]: Json | undefined }
  site: string | null
  /** 1 at the first run, and at the first after one that got something done. */
  attempt: number
  /** True when an earlier run may have succeeded without our knowing: ask the other side first. */
  ambiguous: boolean
  /** Aborted when the program stops or the job is cancelled. */
  signal: AbortSignal
  /** Aborted when something more urgent waits for this lane: what can go on later answers `later`. */
  giveWay: AbortSignal
  /** The far end was not there when the lane was last tried: find out with something small first. */
  probing: boolean
}

/** A job under way. */
export interface Run {
  lane: string
  priority: number
  abort: AbortController
  giveWay: AbortController
  ended: Promise<void>
}

/**
 * What became of a run. `settle` commits together with the job's new state.
 * - `transient`: retried by itself with back-off, for ever.
 * - `ambiguous`: like transient, but the next run knows that the other side may already have it.
 * - `permanent`: parked until a person decides.
 * - `later`: nothing failed; it goes on from `dueAt` (UTC milliseconds) where its lane is free.
 *
 * `settle` is told when the job is due again.
 */
export type Outcome =
  | { result: 'done'; settle?: (tx: Tx) => Promise<void> }
  | { result: 'later'; dueAt: number; settle?: (tx: Tx) => Promise<void> }
  | {
      result: 'transient' | 'ambiguous' | 'permanent'
      reason: string
      /** The whole lane waits with this job: its far end is not there. */
      holdLane?: boolean
      /** Part of it got done: attempts and back-off begin anew. */
      progress?: boolean
      settle?: (tx: Tx, dueAt: number) => Promise<void>
    }

export interface Handler {
  run(job: Job): Promise<Outcome>
  /**
   * What has to be there before it runs, and the run: only SQL, in the transaction that takes the job. It may happen that
   * nothing runs afterwards (the program died), and that it begins once more.
   */
  begin?(tx: Tx, job: DecidedJob): Promise<Handler['run']>
  /** Milliseconds until the next try; {@link backoffMs} unless given. */
  backoffMs?(attempt: number): number
  /** A person wants it tried again: what shows its state learns so, in the same transaction. */
  retried?(tx: Tx, job: DecidedJob): Promise<void>
  /** A person gave it up: what waited for it learns so, in the same transaction. */
  givenUp?(tx: Tx, job: DecidedJob, reason: string, origin: Origin): Promise<void>
}

export type DecidedJob = Pick<Job, 'id' | 'body' | 'site'>

const BACKOFF_FIRST_MS = 1000
const BACKOFF_MAX_MS = 20_000

/** 1, 2, 4, 8, 16, then 20 s: an outage ends and is noticed within that time. */
export function backoffMs(attempt: number): number {
  return Math.min(BACKOFF_FIRST_MS * 2 ** Math.min(attempt - 1, 10), BACKOFF_MAX_MS)
}
