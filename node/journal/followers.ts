import type { Clock } from '../clock.js'
import type { Database, Tx } from '../database.js'
import { reasonOf } from '../errors.js'
import type { StoredFact } from './facts.js'
import { asFact, type Journal } from './journal.js'
import type { JournalTables } from './schema.js'

export interface Follower {
  /** Names its cursor: never changes once released. */
  name: string
  /** Only facts of these types; all of them when absent. */
  types?: readonly string[]
  /** True: a new follower starts at the first entry. Else it starts at the head, so that an upgrade tells nobody old news. */
  replay?: boolean
  /** Runs in one write transaction with the cursor's move: exactly once. Only SQL inside. */
  handle(fact: StoredFact, tx: Tx): Promise<void>
}

export interface Followers {
  add(follower: Follower): void
  start(): Promise<void>
  /** Stops after the fact at hand. */
  close(): Promise<void>
  /** Resolves when every follower stands at the head or waits for its next try. */
  settled(): Promise<void>
  parked(): Promise<{ id: number; follower: string; seq: number; reason: string; at: number }[]>
  /** A person's decision: handle the parked fact once more; throws what the handler throws. */
  retryParked(id: number): Promise<void>
}

/** Tries before a fact is set aside for a person: 1, 2, 4, 8 s between them. */
const MAX_ATTEMPTS = 5
const FIRST_BACKOFF_MS = 1000
const BATCH_FACTS = 100

/**
 * Everything that happens because a fact was recorded. Each follower has its own cursor and its own pace;
 * one that fails delays only itself, and after {@link MAX_ATTEMPTS} only the one fact is parked.
 */
export function openFollowers(options: {
  db: Database
  journal: Journal
  clock: Clock
  onTrouble(trouble: { follower: string; seq: number; reason: string; parked: boolean }): void
}): Followers {
  const { db, journal, clock } = options
  const runners: Runner[] = []
  let stopListening: (() => void) | undefined

  return {
    add: follower => {
      if (runners.some(runner => runner.follower.name === follower.name))
        throw new Error(`Two followers are named ${follower.name}.`)
      runners.push(new Runner(follower, db, clock, options.onTrouble))
    },
    start: async () => {
      const head = await journal.head()
      await db.write(async tx => {
        for (const { follower } of runners)
          await tx
            .sql<JournalTables>()
            .insertInto('followers')
            .values({
              name: follower.name,
              cursor: follower.replay === true ? 0 : head,
              attempts: 0,
              retry_at: 0,
            })
            .onConflict(conflict => conflict.column('name').doNothing())
            .execute()
      })
      stopListening = journal.onCommit(() => {
        for (const runner of runners) runner.wake()
      })
      for (const runner of runners) runner.wake()
    },
    close: async () => {
      stopListening?.()
      await Promise.all(runners.map(runner => runner.close()))
    },
    settled: async () => {
      // A handler may append facts that wake another follower: settled means that a whole round found nothing.
      for (let head = -1; head !== (await journal.head()); ) {
        head = await journal.head()
        await Promise.all(runners.map(runner => runner.idle()))
      }
    },
    parked: () =>
      db
        .sql<JournalTables>()
        .selectFrom('followers_parked')
        .select(['id', 'follower', 'seq', 'reason', 'at'])
        .where('settled_at', 'is', null)
        .orderBy('id')
        .execute(),
    retryParked: async id => {
      const row = await db
        .sql<JournalTables>()
        .selectFrom('followers_parked')
        .select(['follower', 'seq'])
        .where('id', '=', id)
        .where('settled_at', 'is', null)
        .executeTakeFirstOrThrow()
      const runner = runners.find(candidate => candidate.follower.name === row.follower)
      if (runner === undefined) throw new Error(`No follower is named ${row.follower} any more.`)
      await runner.handleParked(id, row.seq)
    },
  }
}

class Runner {
  readonly follower: Follower
  readonly #db: Database
  readonly #clock: Clock
  readonly #onTrouble: (trouble: { follower: string; seq: number; reason: string; parked: boolean }) => void
  #work: Promise<void> | undefined
  #again = false
  #closed = false
  #timer: NodeJS.Timeout | undefined

  constructor(
    follower: Follower,
    db: Database,
    clock: Clock,
    onTrouble: (trouble: { follower: string; seq: number; reason: string; parked: boolean }) => void,
  ) {
    this.follower = follower
    this.#db = db
    this.#clock = clock
    this.#onTrouble = onTrouble
  }

  wake(): void {
    if (this.#closed || this.#timer !== undefined) return
    if (this.#work !== undefined) {
      this.#again = true
      return
    }
    this.#work = this.#catchUp()
      // The database itself failed (a full disk): nothing is lost, the cursor did not move.
      .catch(thrown => {
        this.#onTrouble({ follower: this.follower.name, seq: 0, reason: reasonOf(thrown), parked: false })
        this.#wakeIn(FIRST_BACKOFF_MS)
      })
      .finally(() => {
        this.#work = undefined
        if (this.#again) {
          this.#again = false
          this.wake()
        }
      })
  }

  #wakeIn(ms: number): void {
    if (this.#closed) return
    this.#timer = setTimeout(() => {
      this.#timer = undefined
      this.wake()
    }, ms)
  }

  async idle(): Promise<void> {
    while (this.#work !== undefined) await this.#work
  }

  async close(): Promise<void> {
    this.#closed = true
    clearTimeout(this.#timer)
    await this.#work
  }

  async handleParked(id: number, seq: number): Promise<void> {
    const [fact] = await this.#read(seq - 1, 1)
    await this.#db.write(async tx => {
      await tx
        .sql<JournalTables>()
        .updateTable('followers_parked')
        .set({ settled_at: this.#clock.now() })
        .where('id', '=', id)
        .where('settled_at', 'is', null) // two people may decide at once: the second finds it settled
        .returning('id')
        .executeTakeFirstOrThrow()
      if (fact !== undefined && fact.seq === seq) await this.follower.handle(fact, tx)
    })
  }

  async #catchUp(): Promise<void> {
    const { cursor } = await this.#db
      .sql<JournalTables>()
      .selectFrom('followers')
      .select('cursor')
      .where('name', '=', this.follower.name)
      .executeTakeFirstOrThrow()
    for (let after = cursor; !this.#closed; ) {
      const facts = await this.#read(after, BATCH_FACTS)
      for (const fact of facts) {
        if (this.#closed || !(await this.#handle(fact))) return
        after = fact.seq
      }
      if (facts.length < BATCH_FACTS) return
    }
  }

  /** False when it has to wait before the next try. */
  async #handle(fact: StoredFact): Promise<boolean> {
    try {
      await this.#db.write(async tx => {
        await this.follower.handle(fact, tx)
        await this.#moveTo(tx, fact.seq)
      })
      return true
    } catch (thrown) {
      return this.#failed(fact, reasonOf(thrown))
    }
  }

  async #failed(fact: StoredFact, reason: string): Promise<boolean> {
    const now = this.#clock.now()
    const attempts = await this.#db.write(async tx => {
      const row = await tx
        .sql<JournalTables>()
        .updateTable('followers')
        .set(eb => ({ attempts: eb('attempts', '+', 1) }))
        .where('name', '=', this.follower.name)
        .returning('attempts')
        .executeTakeFirstOrThrow()
      if (row.attempts >= MAX_ATTEMPTS) {
        await tx
          .sql<JournalTables>()
          .insertInto('followers_parked')
          .values({
            follower: this.follower.name,
            seq: fact.seq,
            reason: reason.slice(0, 2000),
            at: now,
            settled_at: null,
          })
          .onConflict(conflict => conflict.doNothing())
          .execute()
        await this.#moveTo(tx, fact.seq)
      }
      return row.attempts
    })
    const parked = attempts >= MAX_ATTEMPTS
    this.#onTrouble({ follower: this.follower.name, seq: fact.seq, reason, parked })
    if (parked) return true
    this.#wakeIn(FIRST_BACKOFF_MS * 2 ** (attempts - 1))
    return false
  }

  async #moveTo(tx: Tx, cursor: number): Promise<void> {
    await tx
      .sql<JournalTables>()
      .updateTable('followers')
      .set({ cursor, attempts: 0 })
      .where('name', '=', this.follower.name)
      .execute()
  }

  async #read(after: number, limit: number): Promise<StoredFact[]> {
    let select = this.#db
      .sql<JournalTables>()
      .selectFrom('journal')
      .leftJoin('journal_bodies', 'journal_bodies.seq', 'journal.seq')
      .select(['journal.seq', 'at', 'site', 'type', 'version', 'ids', 'body'])
      .where('journal.seq', '>', after)
      .orderBy('journal.seq')
      .limit(limit)
    if (this.follower.types !== undefined) select = select.where('type', 'in', [...this.follower.types])
    return (await select.execute()).map(asFact)
  }
}
