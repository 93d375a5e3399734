import { createHash } from 'node:crypto'
import { chmodSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import anyTest, { type TestFn } from 'ava'
import Sqlite from 'better-sqlite3'
import type { Job } from '../../node/outbox/job.js'
import { sealedRecords } from '../../node/program/archive-checks.js'
import { PEOPLE } from '../support/act.js'
import { openReadAct, type Story } from '../support/read-act.js'
import { unguarded } from '../support/tampering.js'

const test = anyTest as TestFn<Story>
test.beforeEach(async t => {
  t.context = await openReadAct()
})
test.afterEach.always(t => t.context.act.close())

/** What the outbox does when the act has closed. */
async function seal({ sealing, act, request }: Story, settle = true) {
  const closed = await act.journal.head()
  const outcome = await sealing.handler.run({ body: { request, closed } } as unknown as Job)
  if (outcome.result !== 'done') throw new Error(JSON.stringify(outcome))
  if (settle) await act.db.write(async tx => outcome.settle?.(tx))
}
const volumeOf = ({ act }: Story, year = 2026) => join(act.folder, 'archive', `${year}.sqlite`)
const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex')

test('an act that closes is sealed into the volume of its year; what comes after is a new part that names the one before', async t => {
  const story = t.context
  const { sealing, act, request, archive } = story
  const year = Number(act.clock.isoNow().slice(0, 4))
  await seal(story)
  const [first] = await sealing.parts(request)
  t.like(first, { part: 1, volume: year })
  const part = await sealing.part(request, 1)
  t.is(sha256(part.bundle), first?.sha256 as string)
  const facts = await act.journal.read({ types: ['act-sealed'] })
  t.like(facts[0]?.body, { part: 1, sha256: first?.sha256, manifest: first?.manifest, volume: year })

  await archive.read(request, { by: 'command', user: 'root' })
  act.clock.advance(60_000)
  await seal(story)
  const [, second] = await sealing.parts(request)
  t.is(second?.part, 2)
  t.like((await act.journal.read({ types: ['act-sealed'] }))[1]?.body, { part: 2, previous: first?.seq })
  writeFileSync(join(act.folder, 'second.zip'), (await sealing.part(request, 2)).bundle)
  t.not(second?.sha256, first?.sha256 as string)
  t.is(sha256((await sealing.part(request, 1)).bundle), first?.sha256 as string, 'the first stays as it was')
  await t.throwsAsync(sealing.part(request, 3), { code: 'missing' } as never)
  t.deepEqual(sealedRecords.run(act.db.file), [])

  // The file explains itself to who has nothing but SQLite.
  const raw = new Sqlite(volumeOf(story, year), { readonly: true })
  const names = raw.prepare('SELECT name FROM description ORDER BY name').pluck().all()
  t.deepEqual(names, ['acts', 'bodies', 'file', 'heads'])
  t.is(raw.prepare('SELECT count(*) FROM heads').pluck().get(), 2)
  raw.close()
})

test('a seal that was cut off between its file and its entry is the same seal afterwards', async t => {
  const story = t.context
  const { sealing, act, request } = story
  await seal(story, false)
  t.deepEqual(await sealing.parts(request), [])
  const before = sha256(readFileSync(volumeOf(story, Number(act.clock.isoNow().slice(0, 4)))))
  act.clock.advance(5000)
  await seal(story)
  t.is((await sealing.parts(request)).length, 1)
  t.is(sha256(readFileSync(volumeOf(story, Number(act.clock.isoNow().slice(0, 4))))), before)
  t.deepEqual(sealedRecords.run(act.db.file), [])
  // The job once more: its seal is there.
  const [fact] = await act.journal.read({ types: ['act-sealed'] })
  const outcome = await sealing.handler.run({
    body: { request, closed: (fact?.seq ?? 0) - 1 },
  } as unknown as Job)
  t.deepEqual(outcome, { result: 'done' })
})

test('a critical finding in a sealed act opens it again, and its next closing is sealed as a new part that holds it', async t => {
  const story = t.context
  const { sealing, act, request } = story
  const { first, referrer } = PEOPLE
  t.is((await act.requests.view(referrer, request)).state, 'closed')
  await seal(story)
  act.clock.advance(60_000)
  const found = { class: 1 as const, finding: 'Dissection aortique', foundAt: act.clock.isoNow() }
  const { id } = await act.criticals.raise(first, request, found)
  t.is((await act.requests.view(referrer, request)).state, 'delivered')
  const called = { receiver: 'Dr Garde', role: 'urgentiste', at: act.clock.isoNow(), method: 'téléphone' }
  await act.criticals.acknowledge(referrer, id, { ...called, readBack: true })
  t.is((await act.requests.view(referrer, request)).state, 'closed')
  for (const fact of await act.journal.read({ subject: request, types: ['request-closed'] }))
    await act.db.write(tx => sealing.follower.handle(fact, tx))
  t.is((await act.outbox.open({})).filter(({ kind }) => kind === 'seal-act').length, 2, 'one a closing')
  await seal(story)
  const parts = await sealing.parts(request)
  t.deepEqual(
    parts.map(({ part }) => part),
    [1, 2],
  )
  t.not(parts[0]?.manifest, parts[1]?.manifest)
  t.like((await act.journal.read({ types: ['act-sealed'] }))[1]?.body, { part: 2, previous: parts[0]?.seq })
  const [before, after] = [await sealing.part(request, 1), await sealing.part(request, 2)]
  t.true(after.bundle.length > before.bundle.length)
  t.deepEqual(sealedRecords.run(act.db.file), [])
})

test('closing an act owes its seal, once a closing', async t => {
  const { sealing, act, request } = t.context
  const fact = {
    seq: 7,
    at: 0,
    site: 'nord',
    type: 'request-closed',
    version: 1,
    ids: { request },
    body: {},
    origin: null,
  }
  await act.db.write(tx => sealing.follower.handle(fact, tx))
  await act.db.write(tx => sealing.follower.handle(fact, tx))
  const owed = (await act.outbox.open({})).filter(({ kind }) => kind === 'seal-act')
  t.is(owed.length, 1)
})

test('a year that is over is closed: its whole-file digest is in the journal, and any change of the file is told', async t => {
  const story = t.context
  const { sealing, act, request } = story
  const year = Number(act.clock.isoNow().slice(0, 4))
  await seal(story)
  t.deepEqual(await sealing.closeYears(), [])
  act.clock.advance(366 * 86_400_000)
  t.deepEqual(await sealing.closeYears(), [year])
  t.deepEqual(await sealing.closeYears(), [])
  const path = volumeOf(story, year)
  const [closed] = await act.journal.read({ types: ['volume-closed'] })
  t.like(closed?.body, { year, acts: 1, sha256: sha256(readFileSync(path)) })
  await sealing.part(request, 1)
  await seal(story)
  t.true(existsSync(volumeOf(story, year + 1)), 'the next part lies in the next volume')
  t.deepEqual(sealedRecords.run(act.db.file), [])

  const bytes = readFileSync(path)
  chmodSync(path, 0o600)
  for (let round = 0; round < 40; round++) {
    const at = Math.floor((bytes.length * round) / 40)
    const changed = Buffer.from(bytes)
    changed[at] = (changed[at] as number) ^ 1
    writeFileSync(path, changed)
    t.true(
      sealedRecords.run(act.db.file).some(({ seq }) => seq === closed?.seq),
      `byte ${at}`,
    )
  }
  writeFileSync(path, bytes)
  const open = volumeOf(story, year + 1)
  const raw = unguarded(open)
  raw.exec('UPDATE acts SET bundle = zeroblob(100)')
  raw.close()
  t.regex(sealedRecords.run(act.db.file)[0]?.what ?? '', /part 2 .* was changed/)
  await t.throwsAsync(sealing.part(request, 2), { code: 'unavailable' } as never)
  rmSync(open)
  t.regex(sealedRecords.run(act.db.file)[0]?.what ?? '', /is gone/)
})

test('rows of a volume do not change and do not go', async t => {
  const story = t.context
  await seal(story)
  const raw = new Sqlite(volumeOf(story, Number(story.act.clock.isoNow().slice(0, 4))))
  raw.pragma('recursive_triggers = ON')
  for (const sql of [
    'UPDATE acts SET part = 9',
    'DELETE FROM acts',
    'INSERT OR REPLACE INTO acts SELECT * FROM acts',
    'DELETE FROM heads',
    "UPDATE description SET text = ''",
  ])
    t.throws(() => raw.exec(sql), { any: true, message: /^volume: / } as never, sql)
  raw.close()
})
