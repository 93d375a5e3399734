import type { Clock } from '../../clock.js'
import type { Database } from '../../database.js'
import { reasonOf } from '../../errors.js'
import type { Journal } from '../../journal/journal.js'
import type { Log } from '../../log.js'
import type { Settings } from '../../settings.js'
import { askTimeServer } from '../../time-server.js'

/** Whether this machine's time is right: entries keep their order by sequence, but what they say of the hour must be true. */
export interface ClockWatch {
  /** Looks whether the wall clock jumped against the one that only goes forward; asks the time server where it is due. */
  look(): Promise<void>
  /** Somebody outside told the time: ours is so far ahead of it. A difference that begins, or ends, is recorded once. */
  heard(against: string, skewMs: number): Promise<void>
  start(): void
  close(): void
}

const JUMP_MS = 2000
const WATCH_MS = 5000
const ASK_MS = 60_000
/** An HTTP Date has whole seconds: less than this is not a difference. */
const SKEW_MS = 2000
const RIGHT_MS = 1500
/** Two readings of this machine that lie further apart, because it was busy between them, tell nothing of a jump. */
const READING_MS = 250
const SYSTEM = { by: 'system', part: 'archive' } as const

export function openClockWatch(deps: {
  db: Database
  clock: Clock
  journal: Journal
  config: Pick<Settings, 'node'>
  /** The site of those who run the node, and are told. */
  operators(): Promise<string | undefined>
  log: Pick<Log, 'error'>
}): ClockWatch {
  const { db, clock, journal, config, log } = deps
  const stopping = new AbortController()
  let timer: NodeJS.Timeout | undefined
  let startedAt = readStart()
  let askedAt = Number.NEGATIVE_INFINITY
  let silent = false
  /** Whose time ours is known to differ from; of an earlier run as the journal has it. */
  let apart: Promise<Set<string>> | undefined

  /** What the wall clock showed when the other began; undefined where this machine was too busy to tell. */
  function readStart(): number | undefined {
    const before = clock.monotonic()
    const now = clock.now()
    return clock.monotonic() - before > READING_MS ? undefined : now - before
  }

  async function fromJournal(): Promise<Set<string>> {
    const facts = await journal.read({
      types: ['clock-skewed', 'clock-right'],
      limit: 1000,
      newestFirst: true,
    })
    const found = new Set<string>()
    for (const { type, body } of facts.reverse()) {
      const against = String(body?.['against'])
      if (type === 'clock-skewed') found.add(against)
      else found.delete(against)
    }
    return found
  }

  async function record(
    type: 'clock-jumped' | 'clock-skewed' | 'clock-right',
    body: { byMs: number; against?: string },
  ): Promise<void> {
    const operators = await deps.operators()
    await db.write(tx =>
      journal.append(
        tx,
        {
          type,
          site: operators ?? null,
          ids: {},
          body: { ...body, reference: 'clock', urgency: 'urgent', operators },
        },
        SYSTEM,
      ),
    )
  }

  async function heard(against: string, skewMs: number): Promise<void> {
    apart ??= fromJournal()
    const known = await apart
    const before = known.has(against)
    const now = Math.abs(skewMs) >= (before ? RIGHT_MS : SKEW_MS)
    if (now === before) return
    if (now) known.add(against)
    else known.delete(against)
    if (now) log.error('clock-skewed', { reason: against, skewMs: Math.round(skewMs) })
    await record(now ? 'clock-skewed' : 'clock-right', { against, byMs: Math.round(skewMs) })
  }

  async function ask(server: string): Promise<void> {
    askedAt = clock.monotonic()
    let skewMs: number
    try {
      skewMs = (await askTimeServer(server, clock, stopping.signal)).skewMs
    } catch (thrown) {
      // Said once an outage: that it does not answer is no difference.
      if (!silent && !stopping.signal.aborted) log.error('time-server-silent', { reason: reasonOf(thrown) })
      silent = true
      return
    }
    silent = false
    await heard(server, skewMs)
  }

  async function look(): Promise<void> {
    const start = readStart()
    startedAt ??= start
    const jumped = start === undefined || startedAt === undefined ? 0 : start - startedAt
    const hasJumped = Math.abs(jumped) >= JUMP_MS
    if (hasJumped) {
      startedAt = start
      log.error('clock-jumped', { jumpedMs: jumped })
      await record('clock-jumped', { byMs: Math.round(jumped) })
    }
    const { timeServer } = config.node
    if (timeServer !== null && (hasJumped || clock.monotonic() - askedAt >= ASK_MS)) await ask(timeServer)
  }

  return {
    look,
    heard,
    start: () => {
      timer = setInterval(
        () =>
          void look().catch(thrown => log.error('clock-not-watched', { reason: reasonOf(thrown) }, thrown)),
        WATCH_MS,
      )
      timer.unref()
    },
    close: () => {
      stopping.abort()
      clearInterval(timer)
    },
  }
}
