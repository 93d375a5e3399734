import { type Kysely, sql } from 'kysely'
import type { Acting } from '../http/acting.js'
import type { RequestTables } from './schema.js'
import {
  askedOf,
  type Condition,
  type Cut,
  fewOf,
  inOrder,
  KEY,
  type Key,
  type Row,
  readTallies,
  run,
} from './worklist-keys.js'

const TRIGRAM_LETTERS = 3

/** The words as the index of words knows them: three letters at a time. */
export function wordsQuery(terms: readonly string[]): string {
  const trigrams = terms.flatMap(term => {
    const letters = [...term]
    return letters
      .slice(0, letters.length - TRIGRAM_LETTERS + 1)
      .map((_, at) => letters.slice(at, at + TRIGRAM_LETTERS).join(''))
  })
  return [...new Set(trigrams)].map(trigram => `"${trigram}"`).join(' AND ')
}

/** Numbers are rarer than names, and long words rarer than short ones. */
const rarest = (terms: readonly string[]) =>
  [...terms].sort((a, b) => Number(/\d/.test(b)) - Number(/\d/.test(a)) || b.length - a.length)[0] ?? ''

/** So many that have the words are looked at in the order before other ways are tried: a few milliseconds. */
const WALKED = 800
/** A place in the order is the urgency and the time, and a number of so many bits among those of one moment. */
const PLACE_BITS = { time: 42n, number: 18n }

/** Beyond every place there is. */
const NO_PLACE = 1n << 62n

/** The places of one moment, from the first to the last there can be. */
function placesOf({ urgency_rank, ordered_at }: Key): { from: bigint; to: bigint } {
  const place = ((BigInt(urgency_rank) << PLACE_BITS.time) + BigInt(ordered_at)) << PLACE_BITS.number
  // Whoever asks for a page may name any moment.
  const from = place < NO_PLACE ? place : NO_PLACE
  return { from, to: from + (1n << PLACE_BITS.number) - 1n }
}

/**
 * The first rows in the order that have all these words, of those the person may see: the index of words is in that order
 * itself. By the rarest word alone where that does: what everybody is called takes longest to put together. Undefined
 * where many have the words and few of them are to be shown.
 */
export async function keysByWords(
  db: Kysely<RequestTables>,
  who: Acting,
  cut: Cut,
  { terms, walked = WALKED }: { terms: readonly string[]; walked?: number | undefined },
): Promise<Key[] | undefined> {
  const from = cut.after === undefined ? 0n : placesOf(cut.after).from
  const to = cut.until === undefined ? NO_PLACE : placesOf(cut.until).to
  const asked = sql.join(askedOf(who, cut), sql` AND `)
  for (const words of terms.length === 1 ? [terms] : [[rarest(terms)], terms]) {
    const places = (first: bigint, last: bigint, most: number) => sql`SELECT rowid AS place FROM request_words
      WHERE request_words MATCH ${wordsQuery(words)} AND rowid BETWEEN ${first} AND ${last} ORDER BY rowid LIMIT ${most}`
    // Row after row as the places come, which are in the order: no more rows are looked at than the page wants.
    const rows = (of: Condition) => sql<Key & { had: number }>`WITH w AS MATERIALIZED (${of})
      SELECT ${KEY}, (SELECT count(*) FROM w) AS had FROM w
      CROSS JOIN request_places p ON p.place = w.place CROSS JOIN requests ON requests.rowid = p.request WHERE ${asked}`
    const found = await run(
      db,
      sql<Key & { had: number }>`${rows(places(from, to, walked + 1))} LIMIT ${cut.limit}`,
    )
    const last = found.at(-1)
    if (last !== undefined && found.length === cut.limit) {
      // Those of one moment come in the order in which they were written down.
      const moment = placesOf(last)
      const beside = await run(db, rows(places(moment.from, moment.to, -1)))
      const known = new Set(found.map(({ id }) => id))
      return [...found, ...beside.filter(({ id }) => !known.has(id))].sort(inOrder).slice(0, cut.limit)
    }
    const had = last?.had ?? (await run(db, places(from, to, walked + 1))).length
    if (had <= walked) return found.sort(inOrder)
  }
  return undefined
}

/** So many are looked at one by one: where there are more, walking along the order meets enough of them soon. */
const FEW = 15_000
/** A row that is passed over on a walk costs as much as so many that are looked at by their number. */
const WALKED_COST = 6

/**
 * So many rows are looked at one by one before walking for so many is cheaper, among all there are: of ten thousand
 * requests a word that five thousand have is met at every second step.
 */
export async function fewFor(db: Kysely<RequestTables>, limit: number): Promise<number> {
  const tallies = await readTallies(db, undefined)
  const total = tallies.reduce((sum, { n }) => sum + n, 0)
  return Math.min(FEW, Math.ceil(Math.sqrt(WALKED_COST * limit * total)))
}

/**
 * The row numbers of what has all these words, unless there are many; the words themselves are compared afterwards. Of
 * the rarest alone where that is few: what everybody is called takes longest to put together.
 */
export async function fewWith(
  db: Kysely<RequestTables>,
  terms: readonly string[],
  most: number,
): Promise<Condition | undefined> {
  for (const words of terms.length === 1 ? [terms] : [[rarest(terms)], terms]) {
    const query = sql<Row>`SELECT rowid FROM request_words WHERE request_words MATCH ${wordsQuery(words)}`
    const few = await fewOf(
      db,
      sql<Row>`SELECT p.request AS rowid FROM (${query}) AS w CROSS JOIN request_places p ON p.place = w.rowid`,
      most,
    )
    if (few !== undefined) return few
  }
  return undefined
}
