import type { Clock } from '../clock.js'
import type { Database, Tx } from '../database.js'
import { fail, reasonOf } from '../errors.js'
import type { JournalFactType, Origin, StoredFact } from './facts.js'
import { asFact, type Journal } from './journal.js'
import type { JournalTables } from './schema.js'
import { withBodies } from './volume-bodies.js'

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
  /** What waits for a person, oldest first. */
  parked(): Promise<ParkedFact[]>
  /** A person's decision: handle the parked fact once more; throws what the handler throws. */
  retryParked(id: string, origin: Origin): Promise<void>
  /** A person's decision: what should have followed from the fact is not done, or done by hand. */
  giveUpParked(id: string, reason: string, origin: Origin): Promise<void>
}

/** A fact one follower could not handle. */
export interface ParkedFact {
  /** `prk_…` */
  id: string
  follower: string
  seq: number
  /** Of the fact. */
  type: string
  site: string | null
  reason: string
  /** UTC milliseconds. */
  at: number
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
      runners.push(new Runner(follower, db, journal, clock, options.onTrouble))
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
      let heard = head
      stopListening = journal.onCommit(({ seq, type }) => {
        // What a process beside this one wrote in between was announced to nobody here: all look.
        const inOrder = seq === heard + 1
        heard = seq
        for (const runner of runners) if (!inOrder || runner.follows(type)) runner.wake()
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
    parked: async () =>
      (
        await db
          .sql<JournalTables>()
          .selectFrom('followers_parked')
          .innerJoin('journal', 'journal.seq', 'followers_parked.seq')
          .select(['id', 'follower', 'followers_parked.seq', 'type', 'site', 'reason', 'followers_parked.at'])
          .where('settled_at', 'is', null)
          .orderBy('id')
          .limit(PARKED_MAX)
          .execute()
      ).map(row => ({ ...row, id: parkedId(row.id) })),
    retryParked: async (id, origin) => {
      const row = await openParked(db, id)
      const runner = runners.find(candidate => candidate.follower.name === row.follower)
      if (runner === undefined)
        fail('conflict', {
          fr: `Rien ne s’appelle plus « ${row.follower} » ici : on ne peut qu’abandonner.`,
          en: `Nothing here is named ${row.follower} any more: it can only be given up.`,
        })
      await runner.handleParked(row, origin)
    },
    giveUpParked: async (id, reason, origin) => {
      const row = await openParked(db, id)
      await db.write(tx => settleParked(tx, { journal, clock, origin }, row, 'fact-given-up', reason))
    },
  }
}

/** What a screen can hold; a fault that parks more than this is one fault. */
const PARKED_MAX = 500

const SETTLED = { fr: 'C’est déjà réglé.', en: 'This is already settled.' }

const parkedId = (id: number) => `prk_${id}`

interface Parked {
  id: number
  follower: string
  seq: number
  type: string
  site: string | null
}

async function openParked(db: Database, id: string): Promise<Parked> {
  const row = await db
    .sql<JournalTables>()
    .selectFrom('followers_parked')
    .innerJoin('journal', 'journal.seq', 'followers_parked.seq')
    .select(['id', 'follower', 'followers_parked.seq', 'type', 'site'])
    .where('id', '=', Number(/^prk_(\d{1,15})$/.exec(id)?.[1] ?? -1))
    .where('settled_at', 'is', null)
    .executeTakeFirst()
  return row ?? fail('conflict', SETTLED)
}

/** Two people may decide at once: the second finds it settled. */
async function settleParked(
  tx: Tx,
  { journal, clock, origin }: { journal: Journal; clock: Clock; origin: Origin },
  { id, follower, seq, type, site }: Parked,
  decision: JournalFactType,
  reason?: string,
): Promise<void> {
  const settled = await tx
    .sql<JournalTables>()
    .updateTable('followers_parked')
    .set({ settled_at: clock.now() })
    .where('id', '=', id)
    .where('settled_at', 'is', null)
    .executeTakeFirst()
  if (settled.numUpdatedRows === 0n) fail('conflict', SETTLED)
  await journal.append(
    tx,
    { type: decision, site, ids: { parked: parkedId(id) }, body: { follower, seq, type, reason } },
    origin,
  )
}

class Runner {
  readonly follower: Follower
  readonly #db: Database
  readonly #journal: Journal
  readonly #clock: Clock
  readonly #onTrouble: (trouble: { follower: string; seq: number; reason: string; parked: boolean }) => void
  #work: Promise<void> | undefined
  #again = false
  #closed = false
  #timer: NodeJS.Timeout | undefined

  constructor(
    follower: Follower,
    db: Database,
    journal: Journal,
    clock: Clock,
    onTrouble: (trouble: { follower: string; seq: number; reason: string; parked: boolean }) => void,
  ) {
    this.follower = follower
    this.#db = db
    this.#journal = journal
    this.#clock = clock
    this.#onTrouble = onTrouble
  }

  follows(type: string): boolean {
    return this.follower.types?.includes(type) ?? true
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

  async handleParked(parked: Parked, origin: Origin): Promise<void> {
    const [fact] = await this.#read(parked.seq - 1, 1)
    await this.#db.write(async tx => {
      await settleParked(tx, { journal: this.#journal, clock: this.#clock, origin }, parked, 'fact-retried')
      if (fact !== undefined && fact.seq === parked.seq) await this.follower.handle(fact, tx)
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
    const attempts = await this.#db.write(async tx => {
      const row = await tx
        .sql<JournalTables>()
        .updateTable('followers')
        .set(eb => ({ attempts: eb('attempts', '+', 1) }))
        .where('name', '=', this.follower.name)
        .returning('attempts')
        .executeTakeFirstOrThrow()
      if (row.attempts >= MAX_ATTEMPTS) {
        await this.#park(tx, fact, reason.slice(0, 2000))
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

  async #park(tx: Tx, fact: StoredFact, reason: string): Promise<void> {
    const follower = this.follower.name
    const parked = await tx
      .sql<JournalTables>()
      .insertInto('followers_parked')
      .values({ follower, seq: fact.seq, reason, at: this.#clock.now(), settled_at: null })
      .onConflict(conflict => conflict.doNothing())
      .returning('id')
      .executeTakeFirst()
    // What reads every fact and fails at this one would otherwise feed itself for ever.
    if (parked === undefined || fact.type === 'fact-parked') return
    await this.#journal.append(
      tx,
      {
        type: 'fact-parked',
        site: fact.site,
        // Of what the fact is about too: the record of an act holds what could not follow from it.
        ids: { ...fact.ids, parked: parkedId(parked.id) },
        body: { follower, seq: fact.seq, type: fact.type, reason },
      },
      { by: 'system', part: 'followers' },
    )
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
    return (await withBodies(this.#db, await select.execute())).map(asFact)
  }
}
