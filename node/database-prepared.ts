import type { Compilable, CompiledQuery, Kysely } from 'kysely'
import { fail } from './errors.js'

/** Stands for a value while a query is compiled. */
class Place {
  readonly name: string

  constructor(name: string) {
    this.name = name
  }
}

/**
 * A query that is built and compiled once and run many times with other values, for the few that run for every image:
 * building one costs more than SQLite needs to answer it. `shape` gives the names and types of the values; `build`
 * may use each wherever the builder takes a value, but cannot look at it.
 */
export function prepare<Values extends Readonly<Record<string, unknown>>, Tables, Row>(
  shape: Values,
  build: (sql: Kysely<Tables>, values: Values) => Compilable<Row>,
): (sql: Kysely<Tables>, values: Values) => Promise<Row[]> {
  const places = Object.fromEntries(Object.keys(shape).map(name => [name, new Place(name)]))
  let compiled: CompiledQuery<Row> | undefined
  return async (sql, values) => {
    compiled ??= build(sql, places as Values).compile()
    const parameters = compiled.parameters.map(value => (value instanceof Place ? values[value.name] : value))
    const query: CompiledQuery<Row> = { ...compiled, parameters }
    return (await sql.executeQuery(query)).rows
  }
}

/** Rows of one statement: more gain nothing, and SQLite takes 32,766 values at most. */
export const ROWS = 32

/**
 * The same for an INSERT of any number of rows: they go in by {@link ROWS} at a time, what is left one by one, so that
 * two statements serve all. `build` sees rows of places: it cannot look at the values.
 */
export function prepareRows<Tables, Row extends object>(
  columns: readonly (keyof Row & string)[],
  build: (sql: Kysely<Tables>, rows: Row[]) => Compilable<unknown>,
): (sql: Kysely<Tables>, rows: readonly Row[]) => Promise<void> {
  const insert = prepareValues(columns, build)
  return (sql, rows) =>
    insert(
      sql,
      rows.flatMap(row => columns.map(column => row[column])),
    )
}

/** The same where the values are at hand side by side, row after row in the order of the columns. */
export function prepareValues<Tables, Row extends object>(
  columns: readonly (keyof Row & string)[],
  build: (sql: Kysely<Tables>, rows: Row[]) => Compilable<unknown>,
): (sql: Kysely<Tables>, values: readonly unknown[]) => Promise<void> {
  const compiled = new Map<number, CompiledQuery>()
  const statementOf = (sql: Kysely<Tables>, count: number) => {
    const known = compiled.get(count)
    if (known !== undefined) return known
    const places = Array.from({ length: count }, (_, row) =>
      Object.fromEntries(columns.map(column => [column, new Place(`${row} ${column}`)])),
    )
    const query = build(sql, places as Row[]).compile()
    const asked = places.flatMap(row => columns.map(column => row[column]))
    if (asked.some((place, at) => place !== query.parameters[at]))
      fail('internal', `A statement over ${columns.join(', ')} takes its values in another order.`)
    compiled.set(count, query)
    return query
  }
  return async (sql, values) => {
    const whole = ROWS * columns.length
    for (let from = 0; from < values.length; ) {
      const left = values.length - from
      const count = left >= whole ? whole : columns.length
      const query = statementOf(sql, count / columns.length)
      const parameters = left === count && from === 0 ? values : values.slice(from, from + count)
      await sql.executeQuery({ ...query, parameters })
      from += count
    }
  }
}
