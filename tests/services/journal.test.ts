import { copyFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import anyTest, { type TestFn } from 'ava'
import Sqlite from 'better-sqlite3'
import { manualClock } from '../../node/clock.js'
import { type Database, openDatabase } from '../../node/database.js'
import { commitmentsTo, type Entry, entryDigests } from '../../node/journal/entry.js'
import { type Follower, openFollowers } from '../../node/journal/followers.js'
import { type Journal, openJournal } from '../../node/journal/journal.js'
import { type JournalTables, journalMigrations } from '../../node/journal/schema.js'
import { type ChainCheck, verifyChain } from '../../node/journal/verify.js'
import { eventually } from '../support/children.js'

const ORIGIN = { by: 'system', part: 'test' } as const
const ENTRIES = 9
const MIDDLE = 5
const migrations = [
  ...journalMigrations,
  { name: 'heard-1', sql: 'CREATE TABLE heard (follower TEXT NOT NULL, seq INTEGER NOT NULL) STRICT' },
]
interface Tables {
  heard: { follower: string; seq: number }
}

interface Node {
  folder: string
  file: string
  db: Database
  journal: Journal
  clock: ReturnType<typeof manualClock>
}

const test = anyTest as TestFn<Node>
test.beforeEach(t => {
  const folder = mkdtempSync(join(tmpdir(), 'relais-journal-'))
  t.context = { folder, file: join(folder, 'relais.db'), clock: manualClock(1_700_000_000_000) } as Node
  begin(t.context)
})
test.afterEach.always(async t => {
  await t.context.db.close()
  rmSync(t.context.folder, { recursive: true, force: true })
})

function begin(node: Node): void {
  node.db = openDatabase({ file: node.file, migrations, clock: node.clock })
  node.journal = openJournal(node)
}

const fact = (type: string, number = 0) => ({
  type,
  site: 'nord',
  ids: { request: `req_${number}`, study: `std_${number}` },
  body: { patient: 'ESSAI^Zoé', number },
})

async function append({ db, journal }: Node, count = ENTRIES, type = 'request-created'): Promise<void> {
  for (let number = 1; number <= count; number++)
    await db.write(tx => journal.append(tx, fact(type, number), ORIGIN))
}

const firstOf = (check: ChainCheck) => check.faults[0]?.seq

/** The closed file as somebody with another tool finds it: no trigger, no constraint in the way. */
function attacked(t: { context: Node }, name: string, attack: (raw: Sqlite.Database) => void): ChainCheck {
  const file = join(t.context.folder, `${name.replace(/\W/g, '-')}.db`)
  copyFileSync(t.context.file, file)
  const raw = new Sqlite(file)
  raw.pragma('foreign_keys = OFF')
  raw.pragma('ignore_check_constraints = ON')
  for (const trigger of raw.prepare(`SELECT name FROM sqlite_schema WHERE type = 'trigger'`).pluck().all())
    raw.exec(`DROP TRIGGER ${trigger}`)
  attack(raw)
  raw.close()
  return verifyChain(file)
}

test('a journal as it was written verifies, also while it goes on being written', async t => {
  t.like(verifyChain(t.context.file), { entries: 0, faultCount: 0, head: null })
  await append(t.context)
  const check = verifyChain(t.context.file)
  t.like(check, { entries: ENTRIES, erased: 0, faults: [], faultCount: 0 })
  t.is(check.head?.seq, ENTRIES)
  t.is(await t.context.journal.head(), ENTRIES)
  await append(t.context, 1)
  t.like(verifyChain(t.context.file), { entries: ENTRIES + 1, faultCount: 0 })
})

test('a fact and the state it tells of commit together, and it is announced after that', async t => {
  const { db, journal } = t.context
  const announced: number[] = []
  const stop = journal.onCommit(({ seq }) => announced.push(seq))
  await t.throwsAsync(
    db.write(async tx => {
      await journal.append(tx, fact('never'), ORIGIN)
      throw new Error('the state was refused')
    }),
  )
  await db.write(async tx => {
    t.is(await journal.append(tx, fact('first'), ORIGIN), 1)
    t.is(await journal.append(tx, fact('second', 2), ORIGIN), 2)
    t.deepEqual(announced, [])
  })
  t.deepEqual(announced, [1, 2])
  stop()
  await append(t.context, 1)
  t.deepEqual(announced, [1, 2])
  const found = await journal.read({ subject: 'std_2' })
  t.deepEqual(
    found.map(({ seq, type, site, body, origin }) => ({ seq, type, site, body, origin })),
    [{ seq: 2, type: 'second', site: 'nord', body: { patient: 'ESSAI^Zoé', number: 2 }, origin: ORIGIN }],
  )
  t.deepEqual(
    (await journal.read({ newestFirst: true, limit: 2 })).map(({ seq }) => seq),
    [3, 2],
  )
})

test('equal bodies are committed to differently: nobody can guess a short one from its digest', async t => {
  const { db, journal, file } = t.context
  for (const _ of [1, 2]) await db.write(tx => journal.append(tx, fact('same'), ORIGIN))
  const raw = new Sqlite(file, { readonly: true })
  t.teardown(() => raw.close())
  const salts = raw.prepare('SELECT hex(salt) FROM journal_bodies').pluck().all()
  const commitments = raw.prepare('SELECT hex(body_sha256) FROM journal').pluck().all()
  t.is(new Set(salts).size, 2)
  t.is(new Set(commitments).size, 2)
  t.is(new Set(raw.prepare('SELECT body FROM journal_bodies').pluck().all()).size, 1)
})

test('the database itself refuses to change, remove, replace or skip an entry', async t => {
  await append(t.context)
  const raw = new Sqlite(t.context.file)
  t.teardown(() => raw.close())
  raw.pragma('recursive_triggers = ON')
  const columns = raw.prepare('SELECT name FROM pragma_table_info(?)').pluck().all('journal') as string[]
  const copy = (seq: string) => columns.map(column => (column === 'seq' ? seq : column)).join(', ')
  for (const [statement, why] of [
    ...columns.map(
      column => [`UPDATE journal SET ${column} = ${column} WHERE seq = 5`, /do not change/] as const,
    ),
    ['DELETE FROM journal WHERE seq = 5', /do not go/],
    ['DELETE FROM journal', /do not go/],
    [`INSERT OR REPLACE INTO journal SELECT ${copy('seq')} FROM journal WHERE seq = 5`, /no gaps/],
    [`INSERT OR REPLACE INTO journal SELECT ${copy('9')} FROM journal WHERE seq = 5`, /no gaps/],
    [`INSERT INTO journal SELECT ${copy('11')} FROM journal WHERE seq = 5`, /no gaps/],
    [`INSERT INTO journal SELECT ${copy('0')} FROM journal WHERE seq = 5`, /no gaps/],
    ['UPDATE journal_bodies SET body = body WHERE seq = 5', /do not change/],
    ['DELETE FROM journal_bodies WHERE seq = 5', /after its erasure/],
    ['INSERT OR REPLACE INTO journal_bodies SELECT * FROM journal_bodies WHERE seq = 5', /written once/],
  ] as const)
    t.throws(() => raw.exec(statement), { any: true, message: why } as never, statement)
  t.like(verifyChain(t.context.file), { entries: ENTRIES, faultCount: 0 })
})

test('whatever is changed in an entry with another tool is found, and that entry is named first', async t => {
  await append(t.context)
  await t.context.db.close()
  const blob = (column: string, bytes: number) => `UPDATE journal SET ${column} = randomblob(${bytes})`
  const changes: Record<string, string> = {
    at: 'UPDATE journal SET at = at + 1',
    'at, out of bounds': 'UPDATE journal SET at = 9007199254740993',
    monotonic: 'UPDATE journal SET monotonic = monotonic + 1',
    boot: `UPDATE journal SET boot = 'another'`,
    site: `UPDATE journal SET site = 'sud'`,
    'site, removed': 'UPDATE journal SET site = NULL',
    type: `UPDATE journal SET type = 'request-cancelled'`,
    version: 'UPDATE journal SET version = 2',
    ids: `UPDATE journal SET ids = '{"request":"req_1","study":"std_1"}'`,
    'ids, spaced': `UPDATE journal SET ids = '{"request":"req_5", "study":"std_5"}'`,
    'ids, no JSON': `UPDATE journal SET ids = 'req_5'`,
    'ids, nothing': `UPDATE journal SET ids = 'null'`,
    'ids, a number': `UPDATE journal SET ids = '{"request":5}'`,
    body_sha256: blob('body_sha256', 32),
    body_sha3: blob('body_sha3', 64),
    previous_sha256: blob('previous_sha256', 32),
    previous_sha3: blob('previous_sha3', 64),
    sha256: blob('sha256', 32),
    sha3: blob('sha3', 64),
    'sha3, cut': `UPDATE journal SET sha3 = x''`,
    seq: 'UPDATE journal SET seq = 1000',
    body: `UPDATE journal_bodies SET body = replace(body, 'Zoé', 'Léa')`,
    'body, spaced': `UPDATE journal_bodies SET body = body || ' '`,
    salt: 'UPDATE journal_bodies SET salt = randomblob(32)',
    'body, gone': 'DELETE FROM journal_bodies',
    'index, one more': `INSERT INTO journal_subjects SELECT 'req_1', seq FROM journal`,
    'index, one less': `DELETE FROM journal_subjects`,
    'index, another': `UPDATE journal_subjects SET id = 'x' || id`,
  }
  for (const [name, change] of Object.entries(changes)) {
    const check = attacked(t, name, raw =>
      t.true(raw.prepare(`${change} WHERE seq = ?`).run(MIDDLE).changes > 0),
    )
    t.is(firstOf(check), MIDDLE, name)
    t.true(check.faultCount >= 1, name)
  }
})

test('a forger who computes the digests of his entry anew is betrayed by the entry after it', async t => {
  await append(t.context)
  await t.context.db.close()
  const check = attacked(t, 'forged', raw => {
    const row = raw.prepare('SELECT * FROM journal WHERE seq = ?').get(MIDDLE) as JournalTables['journal']
    const { salt } = raw.prepare('SELECT salt FROM journal_bodies WHERE seq = ?').get(MIDDLE) as {
      salt: Buffer
    }
    const commitments = commitmentsTo(salt, '{"forged":true}')
    const entry: Entry = {
      ...row,
      ids: JSON.parse(row.ids),
      bodySha256: commitments.sha256,
      bodySha3: commitments.sha3,
      previousSha256: row.previous_sha256,
      previousSha3: row.previous_sha3,
    }
    const own = entryDigests(entry)
    raw
      .prepare('UPDATE journal SET body_sha256 = ?, body_sha3 = ?, sha256 = ?, sha3 = ? WHERE seq = ?')
      .run(commitments.sha256, commitments.sha3, own.sha256, own.sha3, MIDDLE)
    raw.prepare('UPDATE journal_bodies SET body = ? WHERE seq = ?').run('{"forged":true}', MIDDLE)
  })
  t.like(check, { faultCount: 1 })
  t.is(firstOf(check), MIDDLE + 1)
  t.regex(check.faults[0]?.what ?? '', /does not follow the entry before it/)
})

test('entries that are removed, swapped or slipped in are found at the first one touched', async t => {
  await append(t.context)
  await t.context.db.close()
  const tables = ['journal', 'journal_bodies', 'journal_subjects']
  const move = (raw: Sqlite.Database, from: string, to: string) => {
    for (const table of tables) raw.exec(`UPDATE ${table} SET seq = ${to} WHERE ${from}`)
  }
  const removed = attacked(t, 'removed', raw => {
    for (const table of tables) raw.exec(`DELETE FROM ${table} WHERE seq = ${MIDDLE}`)
  })
  t.is(firstOf(removed), MIDDLE)
  t.regex(removed.faults[0]?.what ?? '', /entry 5 is missing/)
  const closedUp = attacked(t, 'closed up', raw => {
    for (const table of tables) raw.exec(`DELETE FROM ${table} WHERE seq = ${MIDDLE}`)
    for (let seq = MIDDLE + 1; seq <= ENTRIES; seq++) move(raw, `seq = ${seq}`, `${seq - 1}`)
  })
  t.is(firstOf(closedUp), MIDDLE)
  const swapped = attacked(t, 'swapped', raw => {
    move(raw, 'seq = 4', '100')
    move(raw, 'seq = 6', '4')
    move(raw, 'seq = 100', '6')
  })
  t.is(firstOf(swapped), 4)
  const slippedIn = attacked(t, 'slipped in', raw => {
    for (let seq = ENTRIES; seq >= MIDDLE; seq--) move(raw, `seq = ${seq}`, `${seq + 1}`)
    const columns = (
      raw.prepare('SELECT name FROM pragma_table_info(?)').pluck().all('journal') as string[]
    ).slice(1)
    raw.exec(`INSERT INTO journal (seq, ${columns}) SELECT ${MIDDLE}, ${columns} FROM journal WHERE seq = 4`)
    raw.exec(`INSERT INTO journal_bodies SELECT ${MIDDLE}, salt, body FROM journal_bodies WHERE seq = 4`)
    raw.exec(`INSERT INTO journal_subjects SELECT id, ${MIDDLE} FROM journal_subjects WHERE seq = 4`)
  })
  t.is(firstOf(slippedIn), MIDDLE)
  const first = attacked(t, 'the first', raw => {
    for (const table of tables) raw.exec(`DELETE FROM ${table} WHERE seq = 1`)
  })
  t.is(firstOf(first), 1)
})

test('a body that is lawfully destroyed leaves the proof whole; one that is simply gone does not', async t => {
  const { db, journal, file } = t.context
  await append(t.context)
  const seq = await db.write(tx => journal.erase(tx, [2, MIDDLE], fact('any'), ORIGIN))
  t.is(seq, ENTRIES + 1)
  t.like(verifyChain(file), { entries: ENTRIES + 1, erased: 2, faultCount: 0 })
  const [erased] = await journal.read({ subject: 'req_5' })
  t.like(erased, { seq: MIDDLE, body: null, origin: null, type: 'request-created' })
  const [recorded] = await journal.read({ types: ['bodies-erased'] })
  t.deepEqual(recorded?.body?.['erased'], [2, MIDDLE])
  await t.throwsAsync(
    db.write(tx => journal.erase(tx, [MIDDLE], fact('any'), ORIGIN)),
    { any: true },
    'once only',
  )
  await db.close()
  const without = (more: string) => (raw: Sqlite.Database) =>
    raw.exec(`DELETE FROM journal_bodies WHERE seq = 3; ${more}`)
  for (const [name, more] of [
    ['gone', ''],
    ['gone by an entry that erases nothing', 'INSERT INTO journal_erasures VALUES (3, 4)'],
    ['gone by an entry that is none', 'INSERT INTO journal_erasures VALUES (3, 99)'],
    ['gone by an entry that erased others', `INSERT INTO journal_erasures VALUES (3, ${seq})`],
  ] as const)
    t.is(firstOf(attacked(t, name, without(more))), 3, name)
})

/** Follows until everything is heard; the state of a follower is in the file alone. */
async function follow(node: Node, followers: Follower[], troubles: unknown[] = []) {
  const open = openFollowers({ ...node, onTrouble: trouble => troubles.push(trouble) })
  for (const follower of followers) open.add(follower)
  await open.start()
  await open.settled()
  return open
}

const listener = (name: string, more: Partial<Follower> = {}): Follower => ({
  name,
  handle: async ({ seq }, tx) => {
    await tx.sql<Tables>().insertInto('heard').values({ follower: name, seq }).execute()
  },
  ...more,
})

const heardBy = async ({ db }: Node, follower: string) =>
  (
    await db
      .sql<Tables>()
      .selectFrom('heard')
      .select('seq')
      .where('follower', '=', follower)
      .orderBy('rowid' as never)
      .execute()
  ).map(({ seq }) => seq)

test('a follower hears each fact once and in order, over restarts; a new one starts at the head or at the first', async t => {
  const node = t.context
  await append(node, 3)
  const first = await follow(node, [listener('from now on'), listener('from the first', { replay: true })])
  t.deepEqual(await heardBy(node, 'from now on'), [])
  t.deepEqual(await heardBy(node, 'from the first'), [1, 2, 3])
  await append(node, 150)
  await first.settled()
  await first.close()
  await append(node, 2, 'of another type')
  await node.db.close()
  begin(node)
  const all = Array.from({ length: 155 }, (_, index) => index + 1)
  const second = await follow(node, [
    listener('from now on'),
    listener('from the first', { replay: true }),
    listener('of one type', { replay: true, types: ['of another type'] }),
  ])
  t.deepEqual(await heardBy(node, 'from now on'), all.slice(3))
  t.deepEqual(await heardBy(node, 'from the first'), all)
  t.deepEqual(await heardBy(node, 'of one type'), [154, 155])
  t.throws(() => second.add(listener('of one type')), { message: /Two followers/ })
  await second.close()
})

test('what a follower wrote before it failed is undone, and it hears the fact again after a restart', async t => {
  const node = t.context
  let broken = true
  const unsure = listener('unsure', {
    replay: true,
    handle: async (heard, tx) => {
      await listener('unsure').handle(heard, tx)
      if (broken && heard.seq === 2) throw new Error('not yet')
    },
  })
  await append(node, 3)
  const open = await follow(node, [unsure])
  t.deepEqual(await heardBy(node, 'unsure'), [1])
  await open.close()
  await node.db.close()
  begin(node)
  broken = false
  const again = await follow(node, [unsure])
  t.deepEqual(await heardBy(node, 'unsure'), [1, 2, 3])
  await again.close()
})

test.serial(
  'a fact that fails is tried again ever later, then set aside for a person, and holds nobody else up',
  async t => {
    const node = t.context
    // The waits between the tries, 15 s together, are asked for and not waited for.
    const real = globalThis.setTimeout
    const waits: number[] = []
    globalThis.setTimeout = ((run: () => void, ms = 0) => {
      const long = ms >= 1000 && ms <= 8000
      if (long) waits.push(ms)
      return real(run, long ? 1 : ms)
    }) as typeof setTimeout
    t.teardown(() => {
      globalThis.setTimeout = real
    })
    let broken = true
    let tries = 0
    const troubles: { follower: string; seq: number; reason: string; parked: boolean }[] = []
    const stubborn = listener('stubborn', {
      replay: true,
      handle: async (heard, tx) => {
        if (heard.seq === 2) tries++
        if (broken && heard.seq === 2) throw new Error('the far end of the table is missing')
        await listener('stubborn').handle(heard, tx)
      },
    })
    await append(node, 4)
    const open = await follow(node, [stubborn, listener('steady', { replay: true })], troubles)
    t.deepEqual(await heardBy(node, 'steady'), [1, 2, 3, 4])
    const [parked] = await eventually('the fact is parked', async () => {
      const list = await open.parked()
      return list.length > 0 ? list : undefined
    })
    t.like(parked, { follower: 'stubborn', seq: 2, reason: 'the far end of the table is missing' })
    t.is(tries, 5)
    t.deepEqual(waits, [1000, 2000, 4000, 8000])
    t.deepEqual(
      troubles.map(trouble => trouble.parked),
      [false, false, false, false, true],
    )
    await open.settled()
    t.deepEqual(await heardBy(node, 'stubborn'), [1, 3, 4])
    const id = parked?.id as number
    await t.throwsAsync(open.retryParked(id), { message: /far end/ })
    t.is((await open.parked()).length, 1, 'still with the person')
    broken = false
    const decisions = await Promise.allSettled([open.retryParked(id), open.retryParked(id)])
    t.deepEqual(decisions.map(({ status }) => status).sort(), ['fulfilled', 'rejected'])
    t.deepEqual(await heardBy(node, 'stubborn'), [1, 3, 4, 2])
    t.deepEqual(await open.parked(), [])
    await append(node, 1)
    await open.settled()
    t.deepEqual(await heardBy(node, 'stubborn'), [1, 3, 4, 2, 5])
    await open.close()
  },
)
