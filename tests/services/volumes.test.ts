import { createHash } from 'node:crypto'
import { chmodSync, copyFileSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import anyTest, { type TestFn } from 'ava'
import Sqlite from 'better-sqlite3'
import { openVolumes } from '../../node/archive/seal/volume.js'
import { journalExcerpt } from '../../node/journal/excerpt.js'
import { verifyChain } from '../../node/journal/verify.js'
import { reading } from '../../node/program/check-reading.js'
import { stateChecks } from '../../node/program/state-checks.js'
import { openReadAct, type Story } from '../support/read-act.js'
import { unguarded } from '../support/tampering.js'

/** The act of a year that is over; what was in its journal, and in its record, before the year was closed. */
interface House extends Story {
  year: number
  last: number
  volume: string
}

const test = anyTest as TestFn<House>
const ORIGIN = { by: 'command' as const, user: 'test' }
const YEAR_MS = 366 * 86_400_000
const MISSING = { code: 'unavailable', message: /archive volume \d{4}\.sqlite.* is not there/ } as never

test.beforeEach(async t => {
  const story = await openReadAct()
  const year = Number(story.act.clock.isoNow().slice(0, 4))
  t.context = {
    ...story,
    year,
    last: await story.act.journal.head(),
    volume: join(story.act.folder, 'archive', `${year}.sqlite`),
  }
})
test.afterEach.always(t => t.context.act.close())

const bodiesIn = ({ act }: Story, last: number) =>
  reading(act.db.file, db =>
    db.prepare('SELECT count(*) FROM journal_bodies WHERE seq <= ?').pluck().get(last),
  ) as number

const faultsOf = ({ act }: Story) => [
  ...verifyChain(act.db.file).faults,
  ...stateChecks.flatMap(check => safely(() => check.run(act.db.file))),
]

/** The act of this test has not the tables of every domain. */
function safely<T>(check: () => T[]): T[] {
  try {
    return check()
  } catch (thrown) {
    if (/no such table/.test((thrown as Error).message)) return []
    throw thrown
  }
}

test('the bodies of a year that is over move into its volume: everything that reads them reads the same', async t => {
  const house = t.context
  const { act, sealing, archive, request, report, year, last, volume } = house
  const before = {
    facts: await act.journal.read({ limit: 1000 }),
    excerpt: await journalExcerpt(act.db, [request, report]),
    index: await archive.read(request, ORIGIN),
  }
  act.clock.advance(YEAR_MS)
  t.deepEqual(await sealing.closeYears(), [year])
  const [closed] = await act.journal.read({ types: ['volume-closed'] })
  t.like(closed?.body, { year, bodies: { first: 1, last: last + 1 } })
  t.is(closed?.body?.['sha256'], createHash('sha256').update(readFileSync(volume)).digest('hex'))
  t.is(bodiesIn(house, last + 1), 0, 'the database has them no more')

  const { facts, excerpt, index } = before
  t.deepEqual((await act.journal.read({ limit: 1000 })).slice(0, facts.length), facts)
  const now = await journalExcerpt(act.db, [request, report])
  t.deepEqual(now.entries.slice(0, excerpt.entries.length), excerpt.entries)
  t.true(excerpt.entries.every(({ body, salt }) => body !== null && salt !== null))
  const again = await archive.read(request, ORIGIN)
  t.deepEqual(again.timeline.slice(0, index.timeline.length), index.timeline)
  t.deepEqual(again.receipts, index.receipts)
  await archive.exportTo(request, house.dir, ORIGIN)
  t.deepEqual(faultsOf(house), [])
  t.deepEqual(await sealing.closeYears(), [], 'once')
})

test('a volume that is missing, unreadable or changed is named by whoever needs it; it is never taken for an erasure', async t => {
  const house = t.context
  const { act, sealing, archive, request, year, volume } = house
  act.clock.advance(YEAR_MS)
  await sealing.closeYears()
  const away = `${volume}.away`
  const whole = readFileSync(volume)
  renameSync(volume, away)
  await t.throwsAsync(act.journal.read({}), MISSING)
  await t.throwsAsync(archive.read(request, ORIGIN), MISSING)
  await t.throwsAsync(archive.exportTo(request, house.dir, ORIGIN), MISSING)
  const gone = verifyChain(act.db.file)
  t.is(gone.faultCount, 1, 'once, not once an entry')
  t.regex(gone.faults[0]?.what ?? '', new RegExp(`archive volume ${year}.sqlite.* is not there`))
  t.true(faultsOf(house).some(({ what }) => what === `the volume of ${year} is gone`))

  writeFileSync(volume, Buffer.alloc(8192, 7))
  await t.throwsAsync(act.journal.read({}), { code: 'unavailable', message: /cannot be read/ } as never)
  t.regex(verifyChain(act.db.file).faults[0]?.what ?? '', /cannot be read/)

  writeFileSync(volume, whole)
  let raw = unguarded(volume)
  raw.exec('UPDATE bodies SET salt = zeroblob(32) WHERE seq = 3')
  raw.close()
  await t.throwsAsync(act.journal.read({}), {
    code: 'unavailable',
    message: /another one than was written in entry 3/,
  } as never)
  t.like(verifyChain(act.db.file).faults, [{ seq: 3 }])
  raw = unguarded(volume)
  raw.exec('DELETE FROM bodies WHERE seq = 3')
  raw.close()
  await t.throwsAsync(act.journal.read({}), {
    code: 'unavailable',
    message: /not hold that of entry 3/,
  } as never)
  t.like(verifyChain(act.db.file).faults, [{ seq: 3 }])

  writeFileSync(volume, whole)
  t.true((await act.journal.read({ limit: 1000 })).every(({ body }) => body !== null))
  t.deepEqual(faultsOf(house), [])
})

test('a move that was cut off is finished by the next one, wherever it was', async t => {
  const house = t.context
  const { act, sealing, year, last, volume } = house
  const volumes = openVolumes(join(act.folder, 'archive'))
  const some = reading(act.db.file, db =>
    db.prepare('SELECT seq, salt, body FROM journal_bodies WHERE seq <= 4').all(),
  ) as { seq: number; salt: Buffer; body: string }[]
  // In the middle of filling the file; then after it was closed, before its entry.
  volumes.keepBodies(year, some)
  await volumes.close(year)
  t.deepEqual(verifyChain(act.db.file).faults, [])
  t.is(bodiesIn(house, last), last)
  act.clock.advance(YEAR_MS)
  t.deepEqual(await sealing.closeYears(), [year])
  t.is(bodiesIn(house, last), 0)
  t.deepEqual(faultsOf(house), [])

  // Before they left the database, as a backup from then would have them.
  const raw = new Sqlite(act.db.file)
  raw.exec(
    `ATTACH '${volume}' AS volume; INSERT INTO main.journal_bodies SELECT * FROM volume.bodies WHERE seq > 2`,
  )
  raw.close()
  t.deepEqual(faultsOf(house), [], 'they fit there as well as here')
  await sealing.closeYears()
  t.is(bodiesIn(house, last), 0)
  t.deepEqual(faultsOf(house), [])
})

test('nothing leaves the database for a file that is not the one that was closed', async t => {
  const house = t.context
  const { act, sealing, last, volume } = house
  act.clock.advance(YEAR_MS)
  await sealing.closeYears()
  const whole = readFileSync(volume)
  const raw = new Sqlite(act.db.file)
  raw.exec(`ATTACH '${volume}' AS volume; INSERT INTO main.journal_bodies SELECT * FROM volume.bodies`)
  raw.close()
  const changed = Buffer.from(whole)
  changed[changed.length - 10] = (changed[changed.length - 10] as number) ^ 1
  chmodSync(volume, 0o600)
  writeFileSync(volume, changed)
  const refused = await sealing.closing.run({} as never)
  t.is(refused.result, 'permanent')
  t.regex((refused as { reason: string }).reason, /is not the file that was closed/)
  t.is(bodiesIn(house, last), last)
  renameSync(volume, `${volume}.away`)
  t.like(await sealing.closing.run({} as never), { result: 'permanent' })
  t.is(bodiesIn(house, last), last)
  copyFileSync(`${volume}.away`, volume)
  writeFileSync(volume, whole)
  t.deepEqual(await sealing.closing.run({} as never), { result: 'done' })
  t.is(bodiesIn(house, last), 0)
})

test('what was lawfully erased does not come back from a volume, and what lies in a closed one is not erased behind its digest', async t => {
  const house = t.context
  const { act, sealing, year, volume } = house
  const fact = { type: '', site: 'nord', ids: {}, body: { reason: 'lawful destruction' } }
  // It was copied by a closing that was cut off, and erased before the next one.
  const some = reading(act.db.file, db =>
    db.prepare('SELECT seq, salt, body FROM journal_bodies WHERE seq <= 4').all(),
  ) as { seq: number; salt: Buffer; body: string }[]
  openVolumes(join(act.folder, 'archive')).keepBodies(year, some)
  await act.db.write(tx => act.journal.erase(tx, [3], fact, ORIGIN))
  act.clock.advance(YEAR_MS)
  await sealing.closeYears()
  const raw = new Sqlite(volume, { readonly: true })
  t.deepEqual(raw.prepare('SELECT seq FROM bodies WHERE seq <= 4').pluck().all(), [1, 2, 4])
  raw.close()
  t.false(readFileSync(volume).includes((some[2]?.body ?? '').slice(-60)), 'not in a freed page either')
  t.is((await act.journal.read({ limit: 1000 })).find(({ seq }) => seq === 3)?.body, null)
  t.deepEqual(faultsOf(house), [])
  await t.throwsAsync(
    act.db.write(tx => act.journal.erase(tx, [4], fact, ORIGIN)),
    { code: 'conflict' } as never,
  )
  t.deepEqual(faultsOf(house), [])
})

test('where the bodies lie cannot be noted otherwise than it was recorded', async t => {
  const house = t.context
  const { act, sealing } = house
  act.clock.advance(YEAR_MS)
  await sealing.closeYears()
  const guarded = new Sqlite(act.db.file)
  guarded.pragma('recursive_triggers = ON')
  for (const sql of [
    'UPDATE journal_moves SET last = last + 1',
    'DELETE FROM journal_moves',
    'INSERT OR REPLACE INTO journal_moves SELECT * FROM journal_moves',
    'INSERT INTO journal_moves VALUES (1999, 1, 2, 1)',
  ])
    t.throws(() => guarded.exec(sql), { any: true, message: /^journal: / } as never, sql)
  guarded.close()
  for (const sql of [
    'UPDATE journal_moves SET year = year - 1',
    'UPDATE journal_moves SET first = 2',
    'UPDATE journal_moves SET last = last - 1',
    'UPDATE journal_moves SET fact = 1',
    'DELETE FROM journal_moves',
  ]) {
    const copy = `${act.db.file.replace(/[^/]+$/, '')}copy.sqlite`
    await act.db.backup(copy)
    const raw = unguarded(copy)
    raw.exec(sql)
    raw.close()
    t.true(verifyChain(copy).faultCount > 0, sql)
  }
})
