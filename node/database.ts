import { createHash } from 'node:crypto'
import { setImmediate as nextTurn } from 'node:timers/promises'
import Sqlite from 'better-sqlite3'
import { Kysely, type KyselyPlugin } from 'kysely'
import type { Clock } from './clock.js'
import { oneConnectionDialect } from './database-dialect.js'
import { Failure, fail, reasonOf } from './errors.js'

/** One append-only step of a domain's schema. Its SQL never changes once released: the digest is kept and compared. */
export interface Migration {
  /** `<domain>-<number>`, unique over all domains. */
  name: string
  sql: string
}

/**
 * The open write transaction. Only `sql` may be awaited while it is open: hashing, files, mail and
 * sockets happen before or after. It dies at the end of the event loop's turn in which it began.
 */
export interface Tx {
  /** Query builder over the caller's tables. */
  sql<Tables>(): Kysely<Tables>
  /** Runs the work inside a savepoint: when it throws, only its own changes are undone, and the throw goes on. */
  savepoint<T>(work: () => Promise<T>): Promise<T>
  /** Runs after the commit is durable; never when it was rolled back. Must not throw. */
  afterCommit(effect: () => void): void
}

export interface Database {
  /** Query builder over a read-only connection: sees what is committed, never waits for the writer. */
  sql<Tables>(): Kysely<Tables>
  /**
   * The one writer: transactions queue here, each BEGIN IMMEDIATE, `synchronous=FULL`. However many wait, whoever only
   * reads has their turn between two of them.
   */
  write<T>(work: (tx: Tx) => Promise<T>): Promise<T>
  /** How often something was committed since it was opened: as long as it is the same, so is what a query finds. */
  commits(): number
  /**
   * How often something was committed that wrote to one of these tables: as long as it is the same, so is what a query
   * over them alone finds. What a trigger writes counts for the table the statement named.
   */
  written(tables: readonly string[]): number
  /**
   * How often something was committed that wrote to any other table than these, in all: as long as it is the same, so is
   * what a query finds that looks at none of them.
   */
  writtenBeside(tables: ReadonlySet<string>): number
  readonly file: string
  /** A copy of it as it is when the last page is read (SQLite's backup API on the writer's own connection); work goes on. */
  backup(to: string): Promise<void>
  close(): Promise<void>
}

const PRAGMAS = [
  'busy_timeout = 5000',
  'foreign_keys = ON',
  // INSERT OR REPLACE deletes silently unless delete triggers fire for it: the journal relies on them.
  'recursive_triggers = ON',
  'secure_delete = ON',
  'trusted_schema = OFF',
  'cache_size = -32000',
]

/**
 * Whatever another connection commits makes SQLite forget all it had read: mapped, it is there again without being
 * copied. This is as much as SQLite maps; of a larger file the rest is read.
 */
const MAPPED_BYTES = 0x7fff0000

export function openDatabase(options: {
  file: string
  migrations: readonly Migration[]
  clock: Clock
  /** Pure functions of texts that queries may call by name, where SQL's own operators do not know the domain. */
  functions?: Readonly<Record<string, (...texts: string[]) => boolean>>
}): Database {
  const writer = opened(options.file)
  try {
    migrate(writer, options.migrations, options.clock)
  } catch (thrown) {
    writer.close()
    throw thrown
  }
  const reader = connect(options.file, true)
  reader.pragma(`mmap_size = ${MAPPED_BYTES}`)
  /** Tables the open transaction wrote to. */
  const touched = new Set<string>()
  const writes = new Map<string, number>()
  for (const [name, decide] of Object.entries(options.functions ?? {}))
    reader.function(name, { deterministic: true, varargs: true }, (...values: unknown[]) =>
      decide(...values.map(String)) ? 1 : 0,
    )
  // biome-ignore lint/suspicious/noExplicitAny: tables are named by each caller
  const writing = new Kysely<any>({ dialect: oneConnectionDialect(writer, table => touched.add(table)) })
  // biome-ignore lint/suspicious/noExplicitAny: tables are named by each caller
  const reading = new Kysely<any>({ dialect: oneConnectionDialect(reader) })
  let queue: Promise<unknown> = Promise.resolve()
  let closed = false
  let commits = 0
  /** Whether the loop turned since a transaction: all of them settle in microtasks, and would follow one another for ever. */
  let turned = true
  const giveWay = async () => {
    if (!turned) await nextTurn()
    turned = false
    setImmediate(() => {
      turned = true
    })
  }

  return {
    file: options.file,
    backup: async to => {
      if (closed) fail('unavailable', 'The database is closed.')
      await writer.backup(to)
    },
    commits: () => commits,
    written: tables => tables.reduce((sum, table) => sum + (writes.get(table) ?? 0), writes.get('*') ?? 0),
    writtenBeside: tables => {
      let sum = 0
      for (const [table, count] of writes) if (!tables.has(table)) sum += count
      return sum
    },
    sql: <Tables>() => reading as unknown as Kysely<Tables>,
    write: work => {
      if (closed) return Promise.reject(new Failure('unavailable', 'The database is closed.'))
      const turn = queue.then(async () => {
        await giveWay()
        touched.clear()
        return transact(writer, writing, work, () => {
          commits++
          for (const table of touched) writes.set(table, (writes.get(table) ?? 0) + 1)
        })
      })
      queue = turn.catch(() => undefined) // the caller of this turn has the failure; the next turn is not its heir
      return turn
    },
    close: async () => {
      closed = true
      await queue
      reader.close()
      writer.close()
    },
  }
}

/** The version of SQLite itself, asked of it. */
export function engineVersion(): string {
  const connection = new Sqlite(':memory:')
  try {
    return String(connection.prepare('SELECT sqlite_version()').pluck().get())
  } finally {
    connection.close()
  }
}

/** The write connection; whatever is wrong with the file is said with its name. */
function opened(file: string): Sqlite.Database {
  try {
    return connect(file, false)
  } catch (thrown) {
    if (thrown instanceof Failure) throw thrown
    throw new Failure(
      'unavailable',
      `The database ${file} cannot be opened: ${reasonOf(thrown)}.`,
      [],
      thrown,
    )
  }
}

function connect(file: string, readonly: boolean): Sqlite.Database {
  const connection = new Sqlite(file, { readonly })
  if (!readonly) connection.pragma('journal_mode = WAL')
  for (const pragma of PRAGMAS) connection.pragma(pragma)
  // better-sqlite3 is compiled to weaken this with WAL; it is set last and read back.
  connection.pragma('synchronous = FULL')
  if (connection.pragma('synchronous', { simple: true }) !== 2) {
    connection.close()
    fail('internal', 'SQLite did not take synchronous=FULL; nothing could be called durable.')
  }
  return connection
}

async function transact<T>(
  connection: Sqlite.Database,
  // biome-ignore lint/suspicious/noExplicitAny: tables are named by each caller
  writing: Kysely<any>,
  work: (tx: Tx) => Promise<T>,
  onCommit: () => void,
): Promise<T> {
  let open = true
  let depth = 0
  const effects: (() => void)[] = []
  const alive = () => {
    if (!open) fail('internal', 'A transaction was used after its end: only SQL may be awaited inside it.')
    // SQLite itself rolls back on a full disk: what came after would stand alone, outside any transaction.
    if (!connection.inTransaction) fail('unavailable', 'The transaction was ended by the disk.')
  }
  // Asked at every statement: a builder kept in hand would else write into whatever transaction comes next, or alone.
  const own = writing.withPlugin(whileIt(alive))
  const tx: Tx = {
    sql: <Tables>() => {
      alive()
      return own as unknown as Kysely<Tables>
    },
    savepoint: async inner => {
      alive()
      const name = `member_${++depth}`
      connection.exec(`SAVEPOINT ${name}`)
      const kept = effects.length
      try {
        const value = await inner()
        alive()
        connection.exec(`RELEASE ${name}`)
        return value
      } catch (thrown) {
        effects.length = kept
        // A full disk may already have rolled everything back: then there is no savepoint to return to.
        if (open && connection.inTransaction) connection.exec(`ROLLBACK TO ${name}; RELEASE ${name}`)
        throw thrown
      }
    },
    afterCommit: effect => {
      alive()
      effects.push(effect)
    },
  }

  connection.exec('BEGIN IMMEDIATE')
  // Queries are synchronous underneath, so an honest transaction is over when the promise jobs are. A tick queued
  // among them comes right after them, before any timer, file or socket is heard; an immediate would come too late.
  const turned = new Promise<never>((_, reject) => {
    process.nextTick(() => {
      if (!open) return
      open = false
      const sentence = 'A transaction outlived its turn of the event loop and was rolled back.'
      reject(new Failure('internal', sentence))
    })
  })
  let value: T
  try {
    // The writers behind it do not wait for what it waits for: that may be one of them.
    value = await Promise.race([work(tx), turned])
    connection.exec('COMMIT')
    onCommit()
  } catch (thrown) {
    if (connection.inTransaction) connection.exec('ROLLBACK')
    throw storageFailure(thrown)
  } finally {
    open = false
  }
  for (const effect of effects) effect()
  return value
}

/** Lets statements through as long as the check does not throw. */
function whileIt(check: () => void): KyselyPlugin {
  return {
    transformQuery: ({ node }) => {
      check()
      return node
    },
    transformResult: async ({ result }) => result,
  }
}

/** A full disk and an I/O error get the code that edges know; everything else passes unchanged. */
function storageFailure(thrown: unknown): unknown {
  const code = (thrown as { code?: unknown } | null)?.code
  if (typeof code !== 'string') return thrown
  if (code === 'SQLITE_FULL')
    return new Failure(
      'storage-full',
      { fr: 'Le disque est plein : rien n’a été changé.', en: 'The disk is full: nothing was changed.' },
      [],
      thrown,
    )
  if (code.startsWith('SQLITE_IOERR'))
    return new Failure(
      'unavailable',
      {
        fr: 'Le disque a signalé une erreur : rien n’a été changé.',
        en: 'The disk reported an error: nothing was changed.',
      },
      [],
      thrown,
    )
  return thrown
}

/** True when the disk, not the statement, was at fault: the whole transaction is lost, and the same may succeed later. */
export function isStorageFailure(thrown: unknown): boolean {
  const failure = storageFailure(thrown)
  return failure instanceof Failure && (failure.code === 'storage-full' || failure.code === 'unavailable')
}

/** True when a statement broke a UNIQUE or PRIMARY KEY constraint. */
export function isDuplicate(thrown: unknown): boolean {
  const code = (thrown as { code?: unknown } | null)?.code
  return code === 'SQLITE_CONSTRAINT_UNIQUE' || code === 'SQLITE_CONSTRAINT_PRIMARYKEY'
}

/** Applies what is missing, in order, each in its own transaction: a crash leaves the old or the new, never between. */
function migrate(connection: Sqlite.Database, migrations: readonly Migration[], clock: Clock): void {
  connection.exec(
    'CREATE TABLE IF NOT EXISTS migrations (name TEXT PRIMARY KEY, digest TEXT NOT NULL, applied_at INTEGER NOT NULL) STRICT',
  )
  const applied = new Map(
    (
      connection.prepare('SELECT name, digest FROM migrations').all() as { name: string; digest: string }[]
    ).map(row => [row.name, row.digest]),
  )
  const known = new Set(migrations.map(migration => migration.name))
  const stranger = [...applied.keys()].find(name => !known.has(name))
  if (stranger !== undefined)
    fail(
      'unsupported',
      `The data folder was written by a newer Relais (step "${stranger}" is not known here).`,
    )
  for (const { name, sql } of migrations) {
    const digest = createHash('sha256').update(sql).digest('hex')
    const before = applied.get(name)
    if (before === digest) continue
    if (before !== undefined) fail('internal', `Migration "${name}" differs from the one that was applied.`)
    connection.transaction(() => {
      connection.exec(sql)
      connection.prepare('INSERT INTO migrations VALUES (?, ?, ?)').run(name, digest, clock.now())
    })()
  }
}
