import { existsSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import Sqlite from 'better-sqlite3'
import { manualClock } from '../../node/clock.js'
import { openDatabase } from '../../node/database.js'
import { headText, isSigned } from '../../node/journal/checkpoint.js'
import { AGE_MAX_MS, ENTRIES_MAX } from '../../node/journal/checkpoints.js'
import type { Origin } from '../../node/journal/facts.js'
import { openJournal } from '../../node/journal/journal.js'
import { isConsistent, isIncluded } from '../../node/journal/merkle.js'
import { openProof } from '../../node/journal/proof.js'
import { journalMigrations } from '../../node/journal/schema.js'
import { leafOf } from '../../node/journal/tree.js'
import { type ChainState, verifyChain } from '../../node/journal/verify.js'
import { verifyChainInParallel } from '../../node/journal/verify-parallel.js'
import { faultInFrench } from '../../node/program/fault-words.js'
import { migrations } from '../../node/program/migrations.js'
import { stateChecks } from '../../node/program/state-checks.js'
import { verifyFile } from '../../node/program/verification.js'
import { temporary } from '../support/node.js'
import { dice, scaled, seed } from '../support/scale.js'
import { editedCopy, flipped, unguarded } from '../support/tampering.js'

const ORIGIN: Origin = { by: 'system', part: 'test' }
const START = Date.UTC(2026, 10, 24, 6)

/** A journal with its tree and its signed heads. */
async function open(t: ExecutionContext, folder = temporary(t), clock = manualClock(START)) {
  const db = openDatabase({ file: join(folder, 'journal.sqlite'), migrations: journalMigrations, clock })
  const journal = openJournal({ db, clock })
  const troubles: string[] = []
  const keysFolder = join(folder, 'keys')
  const log = {
    error: (_what: string, { reason }: { reason?: unknown } = {}) => troubles.push(String(reason)),
  }
  const proof = await openProof({ db, clock, journal, keysFolder, log })
  const close = async () => {
    await proof.checkpoints.close()
    await db.close()
  }
  t.teardown(close)
  return {
    db,
    clock,
    journal,
    ...proof,
    folder,
    keysFolder,
    troubles,
    close,
    append: (count: number, type = 'note-made') =>
      db.write(async tx => {
        for (let n = 0; n < count; n++) {
          clock.advance(1)
          const fact = {
            type,
            site: 'nord',
            ids: { note: `not_${n}`, of: 'req_1' },
            body: { text: `Zoé ${n}` },
          }
          await journal.append(tx, fact, ORIGIN)
        }
      }),
  }
}
type House = Awaited<ReturnType<typeof open>>

function leaves({ db }: House): Buffer[] {
  const raw = new Sqlite(db.file, { readonly: true })
  try {
    return (
      raw.prepare('SELECT sha256, sha3 FROM journal ORDER BY seq').all() as { sha256: Buffer; sha3: Buffer }[]
    ).map(leafOf)
  } finally {
    raw.close()
  }
}

test('every entry is proved to stand in the tree, and every tree to be the beginning of a later one, across kept subtrees', async t => {
  const house = await open(t)
  await house.append(700)
  const { tree } = house
  const all = leaves(house)
  t.is(await tree.size(), 700)
  for (const size of [1, 2, 255, 256, 257, 511, 512, 513, 700]) {
    const root = await tree.root(size)
    for (const seq of [1, 2, 128, 255, 256, 257, 300, 512, 513, size].filter(each => each <= size))
      t.true(
        isIncluded(all[seq - 1] as Buffer, seq - 1, size, await tree.inclusion(seq, size), root),
        `${seq} of ${size}`,
      )
    t.true(
      isConsistent(
        { size, root },
        { size: 700, root: await tree.root(700) },
        await tree.consistency(size, 700),
      ),
      `${size}`,
    )
  }
  for (const nonsense of [
    () => tree.root(701),
    () => tree.inclusion(0, 10),
    () => tree.inclusion(11, 10),
    () => tree.consistency(11, 10),
    () => tree.consistency(0, 10),
    () => tree.root(1.5),
  ])
    await t.throwsAsync(nonsense, { code: 'missing' } as never)
})

test('what is kept of the tree comes and goes with the entry that completes it; a journal from before has its tree filled in', async t => {
  const house = await open(t)
  await house.append(255)
  const kept = () =>
    new Sqlite(house.db.file, { readonly: true }).prepare('SELECT count(*) FROM journal_tiles').pluck().get()
  await t.throwsAsync(
    house.db.write(async tx => {
      await house.journal.append(tx, { type: 'lost', site: null, ids: {}, body: {} }, ORIGIN)
      throw new Error('the state did not fit')
    }),
  )
  t.is(kept(), 0)
  await house.append(600)
  t.is(kept(), 3)
  const root = await house.tree.root(855)
  await house.close()
  const raw = unguarded(house.db.file)
  raw.exec('DELETE FROM journal_tiles')
  raw.close()
  const again = await open(t, house.folder)
  t.is(kept(), 3)
  t.deepEqual(await again.tree.root(855), root)
  t.is(verifyChain(again.db.file).faultCount, 0)
})

test('a head is signed ten minutes after an entry, or after a thousand, once, and anybody can check it', async t => {
  const house = await open(t)
  const { checkpoints, clock, tree } = house
  t.is(await checkpoints.signDue(), undefined)
  t.is(await checkpoints.sign(), undefined, 'an empty journal has no head')
  await house.append(3)
  t.is(await checkpoints.signDue(), undefined)
  clock.advance(AGE_MAX_MS)
  const first = await checkpoints.signDue()
  t.is(first?.size, 4, 'the entry of the key is covered too')
  t.is(await checkpoints.signDue(), undefined)
  t.like(await checkpoints.sign(), { size: 4 }, 'nothing new: the same')
  await house.append(ENTRIES_MAX - 1)
  t.is(await checkpoints.signDue(), undefined)
  await house.append(1)
  const second = await checkpoints.signDue()
  t.is(second?.size, ENTRIES_MAX + 4)
  if (first === undefined || second === undefined) throw new Error('unreachable')
  t.true(isSigned(headText(second), second.signature, second.publicKey))
  t.false(isSigned(headText({ ...second, size: 5 }), second.signature, second.publicKey))
  t.true(isConsistent(first, second, await tree.consistency(first.size, second.size)))
  t.is((await checkpoints.covering(5))?.size, second.size)
  t.is((await checkpoints.covering(4))?.size, 4)
  t.deepEqual(
    (await checkpoints.list()).map(({ size }) => size),
    [second.size, 4],
  )
  t.like(verifyChain(house.db.file), { faultCount: 0, checkpoints: 2 })
})

test('a thousand entries wake the one who signs, in the running node', async t => {
  const house = await open(t)
  house.checkpoints.start()
  const signed = new Promise<number>(resolve => house.checkpoints.onSigned(({ size }) => resolve(size)))
  await house.append(ENTRIES_MAX)
  t.true((await signed) >= ENTRIES_MAX)
  t.deepEqual(house.troubles, [])
})

test('a key is replaced by one that it names itself; its file is gone, its signatures count for ever', async t => {
  const house = await open(t)
  const { checkpoints } = house
  await house.append(2)
  const before = await checkpoints.sign()
  const file = join(house.keysFolder, 'checkpoints.pem')
  const old = readFileSync(file, 'utf8')
  await house.append(1)
  const key = await checkpoints.rotate({ by: 'command', user: 'root' })
  t.not(readFileSync(file, 'utf8'), old)
  t.deepEqual(readdirSync(house.keysFolder), ['checkpoints.pem'])
  await house.append(1)
  const after = await checkpoints.sign()
  t.is(after?.key, key.fingerprint)
  t.is(after?.log, before?.log, 'the journal keeps its name')
  t.like(verifyChain(house.db.file), { faultCount: 0, checkpoints: 3 })

  // Cut off between the entry and the name of the file: the next start goes on.
  renameSync(file, join(house.keysFolder, 'checkpoints.next.pem'))
  writeFileSync(file, old, { mode: 0o600 })
  await house.append(1)
  t.like(await checkpoints.sign(), { key: key.fingerprint })
  t.false(existsSync(join(house.keysFolder, 'checkpoints.next.pem')))

  // A key that nobody named signs nothing.
  writeFileSync(file, old, { mode: 0o600 })
  await house.append(1)
  await t.throwsAsync(checkpoints.sign(), { code: 'unavailable', message: /bring it back/ } as never)

  await house.close()
  const edits = {
    'DELETE FROM checkpoint_keys WHERE fact = (SELECT max(fact) FROM checkpoint_keys)':
      /gone|nobody recorded/,
    'UPDATE checkpoint_keys SET public_key = zeroblob(32) WHERE fact = (SELECT max(fact) FROM checkpoint_keys)':
      /changed/,
    'UPDATE checkpoint_keys SET fact = 1 WHERE fact = (SELECT min(fact) FROM checkpoint_keys)':
      /stands in no entry|gone/,
  }
  for (const [edit, what] of Object.entries(edits))
    t.true(
      verifyChain(editedCopy(t, house.db.file, db => db.exec(edit))).faults.some(fault =>
        what.test(fault.what),
      ),
      edit,
    )
})

test('checkpoints, keys and subtrees do not change, go, or come twice', async t => {
  const house = await open(t)
  await house.append(300)
  await house.checkpoints.sign()
  await house.close()
  const raw = new Sqlite(house.db.file)
  for (const pragma of ['foreign_keys = ON', 'recursive_triggers = ON']) raw.pragma(pragma)
  for (const sql of [
    'UPDATE checkpoints SET at = 1',
    'DELETE FROM checkpoints',
    'INSERT OR REPLACE INTO checkpoints SELECT * FROM checkpoints',
    'UPDATE checkpoint_keys SET fact = 1',
    'DELETE FROM checkpoint_keys',
    'INSERT OR REPLACE INTO checkpoint_keys SELECT * FROM checkpoint_keys',
    'UPDATE journal_tiles SET hash = zeroblob(32)',
    'DELETE FROM journal_tiles',
    'INSERT OR REPLACE INTO journal_tiles SELECT * FROM journal_tiles',
  ])
    t.throws(() => raw.exec(sql), { any: true, message: /^journal: / } as never, sql)
  raw.close()
})

/** 600 entries under three signed heads and two keys, one body lawfully erased; closed. */
async function story(t: ExecutionContext): Promise<string> {
  const house = await open(t)
  await house.append(200)
  await house.checkpoints.sign()
  await house.append(200)
  await house.checkpoints.rotate({ by: 'command', user: 'root' })
  const fact = { type: '', site: 'nord', ids: {}, body: { reason: 'lawful destruction' } }
  await house.db.write(tx => house.journal.erase(tx, [2], fact, ORIGIN))
  await house.append(197)
  await house.checkpoints.sign()
  await house.close()
  return house.db.file
}

const TABLES = [
  'journal',
  'journal_bodies',
  'journal_subjects',
  'journal_erasures',
  'journal_tiles',
  'checkpoints',
  'checkpoint_keys',
]

test('any bit that is flipped in any column of any row of the proof is found, and named', async t => {
  const file = await story(t)
  const sound = verifyChain(file)
  t.deepEqual(sound.faults, [])
  const rounds = scaled(300, 10_000)
  t.timeout(rounds * 2000)
  const roll = dice(seed)
  t.log(`seed ${seed}, ${rounds} flips`)
  const copy = editedCopy(t, file, () => undefined)
  const db = unguarded(copy)
  db.pragma('synchronous = OFF')
  const cells = TABLES.flatMap(table =>
    (db.prepare(`SELECT name FROM pragma_table_info('${table}')`).pluck().all() as string[]).map(column => ({
      table,
      column,
    })),
  )
  for (let round = 0; round < rounds; round++) {
    const { table, column } = cells[round % cells.length] as { table: string; column: string }
    const rows = db.prepare(`SELECT count(*) FROM ${table}`).pluck().get() as number
    db.exec('SAVEPOINT edit')
    const row = db
      .prepare(`SELECT *, ${column} AS value FROM ${table} LIMIT 1 OFFSET ?`)
      .get(roll(rows)) as Record<string, unknown>
    const where = Object.keys(row).filter(name => name !== 'value')
    const changed = flipped(row['value'], roll(1000), roll(8))
    const done = db
      .prepare(
        `UPDATE OR IGNORE ${table} SET ${column} = ? WHERE ${where.map(name => `${name} IS ?`).join(' AND ')}`,
      )
      .run(changed, ...where.map(name => row[name]))
    db.exec('RELEASE edit')
    if (done.changes === 1) {
      const check = verifyChain(copy)
      const about = `${table}.${column} of ${JSON.stringify(row['seq'] ?? row['size'] ?? row['position'])}, round ${round}`
      t.true(check.faultCount > 0, about)
      const seq = table === 'journal' || table === 'journal_bodies' ? (row['seq'] as number) : undefined
      if (seq !== undefined)
        t.true(
          check.faults.some(fault => fault.seq === seq),
          `${about}: ${JSON.stringify(check.faults[0])}`,
        )
      db.prepare(
        `UPDATE ${table} SET ${column} = ? WHERE ${where.map(name => `${name} IS ?`).join(' AND ')}`,
      ).run(row['value'], ...where.map(name => (name === column ? changed : row[name])))
    }
  }
  db.close()
  t.is(verifyChain(copy).faultCount, 0, 'all was put back')
})

test('an edited entry is the first that is named, and its subtree and heads say nothing twice', async t => {
  const file = await story(t)
  const first = (edit: string) => {
    const { faults, faultCount } = verifyChain(editedCopy(t, file, db => db.exec(edit)))
    for (const { what } of faults) t.truthy(faultInFrench(what), what)
    return { first: faults[0], faultCount }
  }
  t.like(first("UPDATE journal SET type = 'other' WHERE seq = 100"), { first: { seq: 100 }, faultCount: 1 })
  t.like(first('DELETE FROM journal WHERE seq = 100').first, { seq: 100 })
  t.like(first('DELETE FROM journal_tiles'), {
    first: { seq: 1, what: 'the subtree over entries 1 to 256 is missing' },
    faultCount: 2,
  })
  const rebuilt = first(
    'UPDATE checkpoints SET root = zeroblob(32) WHERE size = (SELECT min(size) FROM checkpoints)',
  )
  t.regex(rebuilt.first?.what ?? '', /signature does not fit/)
  // The end cut off, while a signed head of it is left.
  const cut = first(
    'DELETE FROM journal_bodies WHERE seq > 590; DELETE FROM journal_subjects WHERE seq > 590; DELETE FROM journal WHERE seq > 590',
  )
  t.regex(cut.first?.what ?? '', /the end was cut off/)
})

test('in whatever parts a journal is looked at, and by however many processes, the same is found and named', async t => {
  const file = await story(t)
  const gone = (where: string) =>
    ['journal', 'journal_bodies', 'journal_subjects'].map(table => `DELETE FROM ${table} WHERE ${where}`)
  const edits = [
    [],
    ["UPDATE journal SET type = 'other' WHERE seq IN (64, 65, 300)"],
    gone('seq = 64'),
    gone('seq = 65'),
    gone('seq BETWEEN 60 AND 70'),
    gone('seq BETWEEN 65 AND 128'),
    gone('seq BETWEEN 100 AND 450'),
    gone('seq <= 130'),
    gone('seq > 590'),
    ['UPDATE journal SET seq = 700000 WHERE seq = 128'],
    ['UPDATE journal SET seq = 9007199254740991 WHERE seq = 600'],
    ['UPDATE journal SET seq = 9223372036854775807 WHERE seq = 600'],
    ['UPDATE journal SET sha3 = sha256 WHERE seq = 256'],
    ['UPDATE journal_tiles SET hash = zeroblob(32) WHERE position = 1'],
    ["UPDATE journal_subjects SET id = 'not_other' WHERE seq = 128 AND id = 'req_1'"],
  ].map(edit => editedCopy(t, file, db => db.exec(edit.join('; '))))
  const found = edits.map(copy => verifyChain(copy))
  t.deepEqual(
    found.map(({ faultCount }) => faultCount > 0),
    edits.map((_, nth) => nth > 0),
  )
  edits.forEach((copy, nth) => {
    for (const partEntries of [64, 128, 256])
      t.deepEqual(verifyChain(copy, { partEntries }), found[nth] as (typeof found)[number], `edit ${nth}`)
  })
  for (const nth of [0, 6])
    t.deepEqual(
      await verifyChainInParallel(edits[nth] as string, { partEntries: 64, processes: 2 }),
      found[nth] as (typeof found)[number],
    )
  writeFileSync(edits[0] as string, 'no database')
  await t.throwsAsync(verifyChainInParallel(edits[0] as string, { processes: 2 }), {
    any: true,
    code: 'SQLITE_NOTADB',
  } as never)
})

test('a check that is cut off goes on where it was; of another journal it begins anew', async t => {
  const house = await open(t)
  await house.append(200)
  await house.checkpoints.sign()
  await house.append(800)
  await house.checkpoints.sign()
  await house.close()
  const whole = verifyChain(house.db.file)
  const states: ChainState[] = []
  const small = { stateEntries: 100, partEntries: 64 }
  verifyChain(house.db.file, { ...small, onState: state => states.push(structuredClone(state)) })
  t.deepEqual(
    states.map(({ seq }) => seq),
    [128, 256, 384, 512, 640, 768, 896],
  )
  for (const from of states) {
    t.deepEqual(verifyChain(house.db.file, { ...small, from }), whole)
    t.deepEqual(verifyChain(house.db.file, { from }), whole, 'by other parts it begins anew')
  }
  const middle = states[3]
  t.deepEqual(
    await verifyChainInParallel(house.db.file, {
      ...small,
      ...(middle === undefined ? {} : { from: middle }),
      processes: 2,
    }),
    whole,
  )
  const edited = editedCopy(t, house.db.file, db => db.exec("UPDATE journal SET type = 'x' WHERE seq = 700"))
  const state = states.find(({ seq }) => seq === 512)
  const from = state === undefined ? small : { ...small, from: state }
  t.like(verifyChain(edited, from), { faultCount: 1, faults: [{ seq: 700 }] })
  const other = await open(t)
  await other.append(600)
  t.like(verifyChain(other.db.file, from), { entries: 600, faultCount: 0 })
})

test('the data of an older version is read as it is, before any upgrade; what it has no tables for is said in words', async t => {
  const numberOf = ({ name }: { name: string }) => Number(name.split('-').at(-1))
  const versions = {
    'the first journal': journalMigrations.slice(0, 1),
    'the first of every domain': migrations.filter(each => numberOf(each) === 1),
    'the first three of every domain': migrations.filter(each => numberOf(each) <= 3),
    'all but the newest step': migrations.slice(0, -1),
  }
  for (const [version, applied] of Object.entries(versions)) {
    const file = join(temporary(t), 'relais.sqlite')
    const clock = manualClock(START)
    const db = openDatabase({ file, migrations: applied, clock })
    const journal = openJournal({ db, clock })
    for (let n = 0; n < 6; n++)
      await db.write(tx =>
        journal.append(tx, { type: 'note-made', site: null, ids: { note: `not_${n}` }, body: { n } }, ORIGIN),
      )
    await db.close()
    const result = verifyFile(file, stateChecks)
    t.deepEqual(result.list, [], version)
    t.is(result.entries, 6)
    t.regex(result.limits, /older Relais/, version)
    t.is(
      /not checked.*the Merkle tree/.test(result.limits),
      !applied.some(({ name }) => name === 'journal-2'),
      version,
    )
    t.false(
      result.checked.some(name => result.limits.includes(name)),
      version,
    )
    const edited = editedCopy(t, file, raw => raw.exec("UPDATE journal SET type = 'x' WHERE seq = 3"))
    t.like(verifyFile(edited, stateChecks), { ok: false, firstFault: { seq: 3 } }, version)
  }
})
