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
