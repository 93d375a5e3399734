import type Sqlite from 'better-sqlite3'
import {
  type CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  type QueryResult,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely'
import { fail } from './errors.js'

/** Prepared statements kept per connection; the product's own queries are fewer. */
const MAX_STATEMENTS = 500

/**
 * Kysely over exactly one better-sqlite3 connection, without a pool: `database.ts` decides who uses it when.
 * Every query settles in microtasks, which is what lets a transaction prove that nothing but SQL was awaited.
 * `onWrite` hears of each statement that writes, by the table it names; `*` where it names none in the usual place.
 */
export function oneConnectionDialect(
  connection: Sqlite.Database,
  onWrite: (table: string) => void = () => undefined,
): Dialect {
  const driver = new OneConnectionDriver(connection, onWrite)
  return {
    createAdapter: () => new SqliteAdapter(),
    createDriver: () => driver,
    createIntrospector: db => new SqliteIntrospector(db),
    createQueryCompiler: () => new SqliteQueryCompiler(),
  }
}

class OneConnectionDriver implements Driver {
  readonly #connection: DatabaseConnection

  constructor(connection: Sqlite.Database, onWrite: (table: string) => void) {
    this.#connection = new OneConnection(connection, onWrite)
  }

  async init(): Promise<void> {}

  async acquireConnection(): Promise<DatabaseConnection> {
    return this.#connection
  }

  async beginTransaction(): Promise<void> {
    fail('internal', 'Transactions begin in Database.write, nowhere else.')
  }

  async commitTransaction(): Promise<void> {}

  async rollbackTransaction(): Promise<void> {}

  async releaseConnection(): Promise<void> {}

  async destroy(): Promise<void> {}
}

interface Prepared {
  statement: Sqlite.Statement
  /** The names of what a row gives, in their order; undefined where none are given. */
  columns: readonly string[] | undefined
  /** The table it writes to; undefined where it only reads. */
  writes: string | undefined
}

const WRITES =
  /^\s*(?:insert(?:\s+or\s+\w+)?\s+into|replace\s+into|update(?:\s+or\s+\w+)?|delete\s+from)\s+"?(\w+)/i

class OneConnection implements DatabaseConnection {
  readonly #sqlite: Sqlite.Database
  readonly #onWrite: (table: string) => void
  readonly #statements = new Map<string, Prepared>()

  constructor(sqlite: Sqlite.Database, onWrite: (table: string) => void) {
    this.#sqlite = sqlite
    this.#onWrite = onWrite
  }

  async executeQuery<Row>(query: CompiledQuery): Promise<QueryResult<Row>> {
    const { statement, columns, writes } = this.#prepare(query.sql)
    if (writes !== undefined) this.#onWrite(writes)
    if (columns !== undefined) {
      const rows = statement.all(...query.parameters) as unknown[][]
      return { rows: rows.map(values => named(columns, values) as Row) }
    }
    const { changes, lastInsertRowid } = statement.run(...query.parameters)
    return { rows: [], numAffectedRows: BigInt(changes), insertId: BigInt(lastInsertRowid) }
  }

  async *streamQuery<Row>(query: CompiledQuery): AsyncIterableIterator<QueryResult<Row>> {
    for (const row of this.#sqlite.prepare(query.sql).iterate(...query.parameters))
      yield { rows: [row as Row] }
  }

  #prepare(sql: string): Prepared {
    const kept = this.#statements.get(sql)
    if (kept !== undefined) return kept
    if (this.#statements.size >= MAX_STATEMENTS)
      this.#statements.delete(this.#statements.keys().next().value as string)
    const statement = this.#sqlite.prepare(sql)
    const prepared = {
      statement,
      columns: statement.reader
        ? statement
            .raw()
            .columns()
            .map(({ name }) => name)
        : undefined,
      writes: statement.readonly ? undefined : (WRITES.exec(sql)?.[1] ?? '*'),
    }
    this.#statements.set(sql, prepared)
    return prepared
  }
}

/** The values are asked for bare and named here: SQLite's binding takes as long again to name forty of them. */
function named(columns: readonly string[], values: readonly unknown[]): object {
  const row: Record<string, unknown> = {}
  for (let at = 0; at < columns.length; at += 1) row[columns[at] as string] = values[at]
  return row
}
