import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import anyTest, { type TestFn } from 'ava'
import Sqlite from 'better-sqlite3'
import { sql } from 'kysely'
import { manualClock } from '../../node/clock.js'
import { type Database, isDuplicate, type Migration, openDatabase, type Tx } from '../../node/database.js'
import { run } from '../support/children.js'
import { found } from '../support/programs.js'
import { root } from '../support/sources.js'

interface Tables {
  notes: { id: number; text: string }
}

const notes: Migration = {
  name: 'notes-1',
  sql: 'CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE) STRICT',
}
/** SQLite's own errors are no instances of Error to the test runner. */
const READONLY = { any: true, code: 'SQLITE_READONLY' } as const
const OUTLIVED = { message: /outlived its turn/ }
const clock = manualClock(1_000)

interface Place {
  folder: string
  file: string
  db: Database
}

const test = anyTest as TestFn<Place>
test.beforeEach(t => {
  const folder = mkdtempSync(join(tmpdir(), 'relais-database-'))
  const file = join(folder, 'relais.db')
  t.context = { folder, file, db: openDatabase({ file, migrations: [notes], clock }) }
})
test.afterEach.always(async t => {
  await t.context.db.close()
  rmSync(t.context.folder, { recursive: true, force: true })
})

const write = (tx: Tx, text: string) =>
  tx
    .sql<Tables>()
    .insertInto('notes')
    .values({ text } as never)
    .execute()
const texts = async (db: Database) =>
  (await db.sql<Tables>().selectFrom('notes').select('text').orderBy('id').execute()).map(({ text }) => text)

test('a transaction that awaits anything but SQL is rolled back and throws; the next one works', async t => {
  const { db, file } = t.context
  for (const [name, elsewhere] of [
    ['a timer', () => pause(5)],
    ['a file', () => readFile(file)],
    ['what never comes', () => new Promise(() => {})],
    ['another transaction', () => db.write(tx => write(tx, 'the inner one'))],
  ] as const) {
    await t.throwsAsync(
      db.write(async tx => {
        await write(tx, name)
        await elsewhere()
      }),
      OUTLIVED,
      name,
    )
    await db.write(tx => write(tx, `after ${name}`))
  }
  t.deepEqual(await texts(db), [
    'after a timer',
    'after a file',
    'after what never comes',
    'the inner one',
    'after another transaction',
  ])
})

test('what a transaction kept in hand is of no use after its end', async t => {
  const { db } = t.context
  let late: Promise<unknown> | undefined
  await t.throwsAsync(
    db.write(async tx => {
      const inHand = tx.sql<Tables>()
      const statement = inHand.insertInto('notes').values({ text: 'late' } as never)
      await pause(5)
      late = statement.execute()
      await late
    }),
    OUTLIVED,
  )
  while (late === undefined) await pause(1)
  await t.throwsAsync(late, { message: /after its end/ })
  let kept: Tx | undefined
  await db.write(async tx => {
    kept = tx
  })
  t.throws(() => kept?.sql(), { message: /after its end/ })
  t.throws(() => kept?.afterCommit(() => {}), { message: /after its end/ })
  t.deepEqual(await texts(db), [])
})

test('writes that are asked for together run one after the other, in order', async t => {
  const { db } = t.context
  const order: string[] = []
  await Promise.all(
    Array.from({ length: 20 }, (_, index) =>
      db.write(async tx => {
        order.push(`begin ${index}`)
        await write(tx, String(index))
        await tx.sql<Tables>().selectFrom('notes').selectAll().execute()
        order.push(`end ${index}`)
      }),
    ),
  )
  t.deepEqual(order, Array.from({ length: 20 }, (_, index) => [`begin ${index}`, `end ${index}`]).flat())
  t.deepEqual(
    await texts(db),
    Array.from({ length: 20 }, (_, index) => String(index)),
  )
})

test('a transaction that throws leaves nothing, and its effects never happen', async t => {
  const { db } = t.context
  const effects: string[] = []
  await t.throwsAsync(
    db.write(async tx => {
      await write(tx, 'undone')
      tx.afterCommit(() => effects.push('undone'))
      throw new Error('not this one')
    }),
    { message: 'not this one' },
  )
  t.deepEqual(await texts(db), [])
  await db.write(async tx => {
    await write(tx, 'kept')
    tx.afterCommit(() => effects.push('kept'))
    t.deepEqual(effects, [], 'not before the commit')
    t.deepEqual(await texts(db), [], 'readers see what is committed, nothing else')
  })
  t.deepEqual(effects, ['kept'])
  t.deepEqual(await texts(db), ['kept'])
})

test('a member of a transaction fails alone', async t => {
  const { db } = t.context
  const effects: string[] = []
  const member = (tx: Tx, text: string) =>
    tx.savepoint(async () => {
      await write(tx, `${text}, first half`)
      tx.afterCommit(() => effects.push(text))
      await write(tx, text)
    })
  await db.write(async tx => {
    await member(tx, 'one')
    const refused = await t.throwsAsync(
      tx.savepoint(async () => {
        await member(tx, 'two')
        await write(tx, 'one')
      }),
      { any: true },
    )
    t.true(isDuplicate(refused))
    await member(tx, 'three')
  })
  t.deepEqual(await texts(db), ['one, first half', 'one', 'three, first half', 'three'])
  t.deepEqual(effects, ['one', 'three'])
})

test('the reading connection cannot write', async t => {
  const { db } = t.context
  await t.throwsAsync(
    db
      .sql<Tables>()
      .insertInto('notes')
      .values({ text: 'no' } as never)
      .execute(),
    READONLY,
  )
  await t.throwsAsync(sql`PRAGMA user_version = 7`.execute(db.sql()), READONLY)
  await t.throwsAsync(
    db
      .sql()
      .transaction()
      .execute(async () => {}),
    { message: /nowhere else/ },
  )
})

test('what was written before the database closed is there when it is opened again', async t => {
  const { db, file } = t.context
  const last = db.write(tx => write(tx, 'the last one'))
  const closing = db.close()
  await t.throwsAsync(
    db.write(tx => write(tx, 'too late')),
    { code: 'unavailable' },
  )
  await Promise.all([last, closing])
  t.context.db = openDatabase({ file, migrations: [notes], clock })
  t.deepEqual(await texts(t.context.db), ['the last one'])
})

test('each migration is applied once, and only in the text it was applied in', async t => {
  const { file } = t.context
  const more: Migration = { name: 'notes-2', sql: `INSERT INTO notes (text) VALUES ('by migration')` }
  const reopened = async (migrations: Migration[]) => {
    await t.context.db.close()
    t.context.db = openDatabase({ file, migrations, clock })
    return texts(t.context.db)
  }
  t.deepEqual(await reopened([notes, more]), ['by migration'])
  t.deepEqual(await reopened([notes, more]), ['by migration'])
  await t.context.db.close()
  const opened = (migrations: Migration[]) => () => openDatabase({ file, migrations, clock })
  t.throws(opened([notes, { ...more, sql: `${more.sql} ` }]), {
    message: 'Migration "notes-2" differs from the one that was applied.',
  })
  t.throws(opened([notes]), { code: 'unsupported', message: /newer Relais.*notes-2/ } as never)
  const broken = {
    name: 'notes-3',
    sql: 'CREATE TABLE half (id INTEGER) STRICT; SELECT nothing FROM nowhere',
  }
  t.throws(opened([notes, more, broken]), { any: true, code: 'SQLITE_ERROR' })
  t.deepEqual(await reopened([notes, more]), ['by migration'])
  const raw = new Sqlite(file, { readonly: true })
  t.teardown(() => raw.close())
  t.deepEqual(
    raw.prepare('SELECT name, applied_at FROM migrations ORDER BY name').all(),
    [
      { name: 'notes-1', applied_at: 1000 },
      { name: 'notes-2', applied_at: 1000 },
    ],
    'a step that fails leaves no trace',
  )
  t.is(raw.prepare(`SELECT count(*) FROM sqlite_schema WHERE name = 'half'`).pluck().get(), 0)
})

const traceable = found('strace') !== undefined && spawnSync('strace', ['-qq', 'true']).status === 0

;(traceable ? test : test.skip)('every commit waits for the disk: one sync of the WAL each', async t => {
  const { folder } = t.context
  const commits = 25
  const trace = join(folder, 'trace')
  const program = `
    import { openDatabase } from ${JSON.stringify(join(root, 'node/database.ts'))}
    import { systemClock } from ${JSON.stringify(join(root, 'node/clock.ts'))}
    const db = openDatabase({ file: ${JSON.stringify(join(folder, 'traced.db'))}, clock: systemClock(),
      migrations: ${JSON.stringify([notes])} })
    for (let at = 0; at < ${commits}; at++)
      await db.write(tx => tx.sql().insertInto('notes').values({ text: String(at) }).execute())
    process.stdout.write('committed')
    process.kill(process.pid, 'SIGKILL')`
  const { output } = await run('strace', [
    ...['-f', '-qq', '-y', '-e', 'trace=fsync,fdatasync', '-o', trace],
    ...[process.execPath, '--import', 'tsx', '--input-type=module', '-e', program],
  ])
  t.is(output, 'committed')
  const syncs = readFileSync(trace, 'utf8').match(/f(data)?sync\(\d+<[^>]*traced\.db-wal>/g)?.length ?? 0
  t.true(syncs >= commits, `${syncs} syncs for ${commits} commits`)
  t.true(syncs <= commits + 5, `${syncs} syncs for ${commits} commits: the rest is the schema`)
})
