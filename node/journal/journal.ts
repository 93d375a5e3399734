import { randomBytes } from 'node:crypto'
import { sql } from 'kysely'
import type { Clock } from '../clock.js'
import type { Database, Tx } from '../database.js'
import { ROWS } from '../database-prepared.js'
import { inserting, lastEntry, type NewEntry } from './appending.js'
import { canonical, canonicalWith } from './canonical.js'
import { chainedText, type Digests, GENESIS, hexCommitmentsTo, hexDigestsOf, hexOf } from './entry.js'
import type { Fact, Origin, StoredFact } from './facts.js'
import { demandNotMoved } from './moves.js'
import type { JournalTables } from './schema.js'
import { completeTiles } from './tree.js'
import { withBodies } from './volume-bodies.js'

/** What is said of a committed fact to those who only want to know that something moved. */
export interface Announced {
  seq: number
  type: string
  site: string | null
  ids: Record<string, string>
}

export interface JournalQuery {
  /** Any of the entry's ids. */
  subject?: string
  /** Entries that have any of these. */
  subjects?: readonly string[]
  types?: readonly string[]
  /** All but these types. */
  without?: readonly string[]
  site?: string
  /** UTC milliseconds, inclusive. */
  from?: number
  to?: number
  /** Only entries after this sequence. */
  after?: number
  /** Only entries before this sequence. */
  before?: number
  /** Newest first instead of oldest first. */
  newestFirst?: boolean
  /** 1–1,000; 200 unless told. */
  limit?: number
}

export interface Journal {
  /** Appends one fact inside the caller's transaction; gives its sequence. The caller's state and the fact commit together. */
  append(tx: Tx, fact: Fact, origin: Origin): Promise<number>
  /** Many at once, in that order, for a fraction of the cost; gives their sequences. All of them commit or none. */
  appendMany(tx: Tx, facts: readonly { fact: Fact; origin: Origin }[]): Promise<number[]>
  /**
   * Erases bodies lawfully: the fact that says so is appended first, the commitments stay. `succeeded`: years whose closed
   * volume gets a successor without them by this same fact; what lies in another closed one is a `conflict`.
   */
  erase(
    tx: Tx,
    seqs: readonly number[],
    fact: Fact,
    origin: Origin,
    succeeded?: readonly number[],
  ): Promise<number>
  read(query: JournalQuery): Promise<StoredFact[]>
  /** Sequence of the last committed entry; 0 for an empty journal. */
  head(): Promise<number>
  /** Called after each commit, once a fact, in order. The listener must not throw. Gives the way to stop. */
  onCommit(listener: (announced: Announced) => void): () => void
  readonly boot: string
}

const SALT_BYTES = 32
const MAX_READ = 1000

export function openJournal({ db, clock }: { db: Database; clock: Clock }): Journal {
  const boot = randomBytes(12).toString('hex')
  const listeners = new Set<(announced: Announced) => void>()

  const appendMany: Journal['appendMany'] = async (tx, facts) => {
    const sql = tx.sql<JournalTables>()
    const head = await lastEntry(sql)
    const first = (head?.seq ?? 0) + 1
    // Before anything is written: what has no canonical form is refused whole.
    let by: { origin: Origin; text: string } | undefined
    const texts = facts.map(({ fact, origin }) => {
      if (by?.origin !== origin) by = { origin, text: canonical(origin) }
      return { body: canonicalWith(fact.body, 'origin', by.text), ids: canonical(fact.ids) }
    })
    const before: Digests = head ?? GENESIS
    const insert = inserting(sql, before)
    let previous = hexOf(before)
    // By as many as one statement takes: what was made for it is forgotten young.
    for (let from = 0; from < facts.length; from += ROWS) {
      const salts = randomBytes(SALT_BYTES * ROWS)
      const some: NewEntry[] = []
      for (let nth = from; nth < Math.min(from + ROWS, facts.length); nth++) {
        const { fact } = facts[nth] as (typeof facts)[number]
        const { body, ids } = texts[nth] as (typeof texts)[number]
        const salt = salts.subarray((nth - from) * SALT_BYTES, (nth - from + 1) * SALT_BYTES)
        const commitments = hexCommitmentsTo(salt, body)
        const fields = {
          seq: first + nth,
          at: clock.now(),
          monotonic: clock.monotonic(),
          boot,
          site: fact.site,
          type: fact.type,
          version: fact.version ?? 1,
        }
        const own = hexDigestsOf(chainedText(fields, ids, commitments, previous))
        const named = Object.values(fact.ids)
        const subjects = named.length < 2 ? named : new Set(named)
        some.push({ fields, ids, body, salt, commitments, own, subjects })
        previous = own
      }
      await insert.add(some)
    }
    await insert.end()
    await completeTiles(tx, first, first + facts.length - 1)
    tx.afterCommit(() => {
      facts.forEach(({ fact: { type, site, ids } }, nth) => {
        for (const listener of listeners) listener({ seq: first + nth, type, site, ids })
      })
    })
    return facts.map((_, nth) => first + nth)
  }
  const append: Journal['append'] = async (tx, fact, origin) =>
    (await appendMany(tx, [{ fact, origin }]))[0] as number

  return {
    boot,
    append,
    appendMany,
    erase: async (tx, seqs, fact, origin, succeeded = []) => {
      const seq = await append(
        tx,
        { ...fact, type: 'bodies-erased', body: { ...fact.body, erased: [...seqs] } },
        origin,
      )
      for (const erased of seqs) {
        await demandNotMoved(tx, erased, succeeded)
        await tx
          .sql<JournalTables>()
          .insertInto('journal_erasures')
          .values({ seq: erased, fact: seq })
          .execute()
        await tx.sql<JournalTables>().deleteFrom('journal_bodies').where('seq', '=', erased).execute()
      }
      return seq
    },
    read: query => readFacts(db, query),
    head: async () => {
      const row = await db
        .sql<JournalTables>()
        .selectFrom('journal')
        .select(eb => eb.fn.max('seq').as('seq'))
        .executeTakeFirst()
      return row?.seq ?? 0
    },
    onCommit: listener => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}

async function readFacts(db: Database, query: JournalQuery): Promise<StoredFact[]> {
  let select = db
    .sql<JournalTables>()
    .selectFrom('journal')
    .leftJoin('journal_bodies', 'journal_bodies.seq', 'journal.seq')
    .select(['journal.seq', 'at', 'site', 'type', 'version', 'ids', 'body'])
    .limit(Math.min(Math.max(query.limit ?? 200, 1), MAX_READ))
    .orderBy('journal.seq', query.newestFirst === true ? 'desc' : 'asc')
  const { subject, subjects, types, without, site, from, to, after, before } = query
  if (subject !== undefined)
    select = select.where('journal.seq', 'in', eb =>
      eb.selectFrom('journal_subjects').select('journal_subjects.seq').where('id', '=', subject),
    )
  if (subjects !== undefined) {
    // One value however many there are: the statement stays the same.
    const ids = sql<string>`(SELECT value FROM json_each(${JSON.stringify(subjects)}))`
    select = select.where('journal.seq', 'in', eb =>
      eb.selectFrom('journal_subjects').select('journal_subjects.seq').where('id', 'in', ids),
    )
  }
  if (types !== undefined) select = select.where('type', 'in', [...types])
  if (without !== undefined) select = select.where('type', 'not in', [...without])
  if (site !== undefined) select = select.where('site', '=', site)
  if (from !== undefined) select = select.where('at', '>=', from)
  if (to !== undefined) select = select.where('at', '<=', to)
  if (after !== undefined) select = select.where('journal.seq', '>', after)
  if (before !== undefined) select = select.where('journal.seq', '<', before)
  return (await withBodies(db, await select.execute())).map(asFact)
}

/** A joined row of journal and journal_bodies as a fact. */
export function asFact(row: {
  seq: number
  at: number
  site: string | null
  type: string
  version: number
  ids: string
  body: string | null
}): StoredFact {
  const { origin, ...body } = row.body === null ? { origin: null } : JSON.parse(row.body)
  return {
    seq: row.seq,
    at: row.at,
    site: row.site,
    type: row.type,
    version: row.version,
    ids: JSON.parse(row.ids),
    body: row.body === null ? null : body,
    origin: origin as Origin | null,
  }
}
