import type { Compilable, CompiledQuery, Kysely } from 'kysely'

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
  const compiled = new Map<
    number,
    { query: CompiledQuery; order: readonly [row: number, column: keyof Row][] }
  >()
  const statementOf = (sql: Kysely<Tables>, count: number) => {
    const known = compiled.get(count)
    if (known !== undefined) return known
    const places = Array.from({ length: count }, (_, row) =>
      Object.fromEntries(columns.map(column => [column, new Place(`${row} ${column}`)])),
    )
    const query = build(sql, places as Row[]).compile()
    const order = query.parameters.map(place => {
      const [row = '', column = ''] = (place as Place).name.split(' ')
      return [Number(row), column as keyof Row] as [number, keyof Row]
    })
    compiled.set(count, { query, order })
    return { query, order }
  }
  return async (sql, rows) => {
    for (let from = 0; from < rows.length; ) {
      const count = rows.length - from >= ROWS ? ROWS : 1
      const { query, order } = statementOf(sql, count)
      const parameters = order.map(([row, column]) => (rows[from + row] as Row)[column])
      await sql.executeQuery({ ...query, parameters })
      from += count
    }
  }
}
