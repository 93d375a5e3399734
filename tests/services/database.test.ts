import { readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setImmediate as immediate, setTimeout as pause } from 'node:timers/promises'
import test, { type ExecutionContext } from 'ava'
import fc from 'fast-check'
import { manualClock } from '../../node/clock.js'
import { type Database, type Migration, openDatabase, type Tx } from '../../node/database.js'
import { Failure } from '../../node/errors.js'
import { run } from '../support/children.js'
import { temporary } from '../support/node.js'
import { found } from '../support/programs.js'
import { root } from '../support/sources.js'

interface Tables {
  notes: { id: number; text: string; parent: number | null }
}

const NOTES: Migration = {
  name: 'notes-1',
  sql: 'CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT NOT NULL, parent INTEGER REFERENCES notes (id)) STRICT',
}
const clock = manualClock(0)

function open(
  t: ExecutionContext,
  migrations: Migration[] = [NOTES],
  file = join(temporary(t), 'db'),
): Database {
  const db = openDatabase({ file, migrations, clock })
  t.teardown(() => db.close())
  return db
}

const add = (tx: Tx, id: number, text = 'note', parent: number | null = null) =>
  tx.sql<Tables>().insertInto('notes').values({ id, text, parent }).execute()

const idsIn = async (db: Database) =>
  (await db.sql<Tables>().selectFrom('notes').select('id').orderBy('id').execute()).map(({ id }) => id)

test('a transaction that awaits anything but SQL is rolled back and throws, and the next one is not its heir', async t => {
  const db = open(t)
  const cheats: ((tx: Tx) => Promise<unknown>)[] = [
    async tx => {
      await add(tx, 1)
      await pause(1)
      await add(tx, 2)
    },
    async tx => {
      await add(tx, 3)
      await readFile(db.file)
    },
    async tx => {
      await tx.savepoint(async () => {
        await add(tx, 4)
        await pause(1)
      })
    },
    async tx => {
      await add(tx, 5)
      // Even when it hides what went wrong.
      await pause(1)
        .then(() => add(tx, 6))
        .catch(() => undefined)
    },
  ]
  // Wherever in the loop it begins: after an immediate, timers and files come before the next one.
  for (const begin of [() => Promise.resolve(), () => immediate(), () => pause(1)])
    for (const cheat of cheats) {
      await begin()
      const failure = await t.throwsAsync<Failure>(db.write(cheat), { instanceOf: Failure })
      t.is(failure?.code, 'internal')
      t.regex(failure?.message ?? '', /transaction/)
      t.deepEqual(await idsIn(db), [])
    }
  await db.write(tx => add(tx, 7))
  t.deepEqual(await idsIn(db), [7])
})

test('writes that come together are done one after the other, in the order they came', async t => {
  const db = open(t)
  const seen = await Promise.all(
    Array.from({ length: 60 }, (_, id) =>
      db.write(async tx => {
        const before = await tx.sql<Tables>().selectFrom('notes').select('id').orderBy('id').execute()
        await add(tx, id)
        return before.length
      }),
    ),
  )
  t.deepEqual(seen, [...seen.keys()])
  t.is((await idsIn(db)).length, 60)
})

test('however many transactions wait, whoever only reads has their turn between two of them', async t => {
  const db = open(t)
  const done: number[] = []
  const writes = Array.from({ length: 60 }, (_, id) =>
    db.write(async tx => {
      await add(tx, id)
      tx.afterCommit(() => done.push(id))
    }),
  )
  const all = Promise.all(writes)
  for (let turns = 0; done.length < writes.length && turns < 1000; turns += 1) {
    const before = done.length
    await immediate()
    t.true(done.length - before <= 2, `${done.length - before} transactions in one turn of the loop`)
    t.is((await idsIn(db)).length, done.length, 'a reader sees what is committed until then')
  }
  await all
  t.is(db.commits(), 60)
})

test('a member of a group fails alone, with its effects; the others are kept, and told after the commit', async t => {
  const db = open(t)
  const told: string[] = []
  await db.write(async tx => {
    for (const id of [1, 2, 3, 4]) {
      const member = tx.savepoint(async () => {
        await add(tx, id)
        tx.afterCommit(() => told.push(`committed ${id}`))
        if (id === 2) await add(tx, 1) // a second of the same
        if (id === 3) throw new Failure('invalid', 'not this one')
      })
      await member.catch((thrown: Error) => told.push(thrown instanceof Failure ? 'failed' : 'duplicate'))
    }
    t.deepEqual(await idsIn(db), [], 'nothing is seen before the commit')
  })
  t.deepEqual(await idsIn(db), [1, 4])
  t.deepEqual(told, ['duplicate', 'failed', 'committed 1', 'committed 4'])

  await t.throwsAsync(
    db.write(async tx => {
      await add(tx, 9)
      tx.afterCommit(() => told.push('never'))
      throw new Error('all of it')
    }),
    { message: 'all of it' },
  )
  t.deepEqual(await idsIn(db), [1, 4])
  t.false(told.includes('never'))
})

test('whatever mixture of members succeeds, fails, and fails inside another, exactly the kept ones are there', async t => {
  const member = fc.record({ inner: fc.array(fc.boolean(), { maxLength: 3 }), fails: fc.boolean() })
  await fc.assert(
    fc.asyncProperty(fc.array(member, { maxLength: 8 }), fc.boolean(), async (members, allFail) => {
      const db = openDatabase({ file: join(temporary(t), 'db'), migrations: [NOTES], clock })
      const expected: number[] = []
      let next = 0
      const outcome = db.write(async tx => {
        for (const { inner, fails } of members) {
          const kept: number[] = []
          const whole = tx.savepoint(async () => {
            for (const innerFails of inner) {
              const id = ++next
              const part = tx.savepoint(async () => {
                await add(tx, id)
                if (innerFails) throw new Error('inner')
                kept.push(id)
              })
              await part.catch((thrown: Error) => t.is(thrown.message, 'inner'))
            }
            if (fails) throw new Error('outer')
            expected.push(...kept)
          })
          await whole.catch((thrown: Error) => t.is(thrown.message, 'outer'))
        }
        if (allFail) throw new Error('all')
      })
      await outcome.catch((thrown: Error) => t.is(thrown.message, 'all'))
      t.deepEqual(await idsIn(db), allFail ? [] : expected)
      await db.close()
    }),
    { numRuns: 40 },
  )
})

test('readers see what is committed, only that, and cannot write', async t => {
  const db = open(t)
  await db.write(async tx => {
    await add(tx, 1)
    t.deepEqual(await idsIn(db), [])
  })
  t.deepEqual(await idsIn(db), [1])
  await t.throwsAsync(db.sql<Tables>().deleteFrom('notes').execute(), { any: true, code: 'SQLITE_READONLY' })
  await t.throwsAsync(
    db.write(tx => add(tx, 2, 'child', 99)),
    { any: true, code: 'SQLITE_CONSTRAINT_FOREIGNKEY' },
  )
  t.deepEqual(await idsIn(db), [1])
})

test('migrations are applied once; one that was changed, and a database of a newer program, are refused', async t => {
  const file = join(temporary(t), 'db')
  const more: Migration = { name: 'notes-2', sql: 'ALTER TABLE notes ADD COLUMN colour TEXT' }
  await open(t, [NOTES], file).close()
  const grown = open(t, [NOTES, more], file)
  await grown.write(tx => add(tx, 1))
  await grown.close()
  const again = open(t, [NOTES, more], file)
  t.deepEqual(await idsIn(again), [1])
  await again.close()

  t.throws(() => open(t, [NOTES], file), { message: /newer Relais.*notes-2/ })
  const changed = { ...NOTES, sql: `${NOTES.sql} -- changed` }
  t.throws(() => open(t, [changed, more], file), { message: /"notes-1" differs/ })
  // A step that fails leaves what was there, and can be tried again.
  const broken: Migration = {
    name: 'notes-3',
    sql: 'CREATE TABLE half (id INTEGER); CREATE TABLE half (id INTEGER)',
  }
  t.throws(() => open(t, [NOTES, more, broken], file), { any: true })
  const whole = open(t, [NOTES, more, { ...broken, sql: 'CREATE TABLE half (id INTEGER)' }], file)
  t.deepEqual(await idsIn(whole), [1])
})

test('a file that is no database is named in the sentence', t => {
  const file = join(root, 'package.json')
  t.throws(() => openDatabase({ file, migrations: [], clock }), {
    instanceOf: Failure,
    message: new RegExp(`${file} cannot be opened`),
  })
})

test('a closed database takes no more, and finishes what it was given', async t => {
  const db = open(t)
  const last = db.write(tx => add(tx, 1))
  const closing = db.close()
  await t.throwsAsync(
    db.write(tx => add(tx, 2)),
    { message: 'The database is closed.' },
  )
  await last
  await closing
  t.deepEqual(await idsIn(open(t, [NOTES], db.file)), [1])
})

const strace = found('strace')
const COMMITS = 25
;(strace ? test : test.skip)(
  `${COMMITS} commits are at least ${COMMITS} syncs of the write-ahead log`,
  async t => {
    const folder = temporary(t)
    const trace = join(folder, 'trace')
    const file = join(folder, 'db')
    const program = [process.execPath, '--import', 'tsx', join(root, 'tests/support/node-commits.ts')]
    const traced = await run(strace ?? '', [
      ...['-f', '-y', '-e', 'trace=fsync,fdatasync', '-o', trace],
      ...program,
      ...[file, String(COMMITS)],
    ])
    t.is(traced.code, 0, traced.output)
    const syncs = readFileSync(trace, 'utf8').match(/\bf(data)?sync\(\d+<[^>]*db-wal>/g) ?? []
    t.true(syncs.length >= COMMITS, `${syncs.length} syncs`)
  },
)
