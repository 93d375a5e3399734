import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { openAddressGuard } from '../../node/address-guard.js'
import { type ArchiveTables, archiveMigrations } from '../../node/archive/schema.js'
import { outsideHeads } from '../../node/archive/witness/folder.js'
import { openOutside } from '../../node/archive/witness/outside.js'
import { readStamp, readToken } from '../../node/archive/witness/stamp.js'
import { type ManualClock, manualClock } from '../../node/clock.js'
import { openDatabase } from '../../node/database.js'
import { openIds } from '../../node/ids.js'
import { headText } from '../../node/journal/checkpoint.js'
import type { Origin } from '../../node/journal/facts.js'
import { openJournal } from '../../node/journal/journal.js'
import { openProof } from '../../node/journal/proof.js'
import { journalMigrations } from '../../node/journal/schema.js'
import { verifyChain } from '../../node/journal/verify.js'
import type { Letter } from '../../node/notifications/letters.js'
import { openOutbox } from '../../node/outbox/outbox.js'
import { outboxMigrations } from '../../node/outbox/schema.js'
import { settingsSchema } from '../../node/settings.js'
import { eventually } from '../support/children.js'
import { openNode, temporary } from '../support/node.js'
import { editedCopy } from '../support/tampering.js'
import { openTimeStamps } from '../support/time-stamps.js'

const ORIGIN: Origin = { by: 'system', part: 'test' }

async function open(
  t: ExecutionContext,
  archive: Record<string, unknown>,
  folder = temporary(t),
  clock: ManualClock = manualClock(Date.now()),
  timeServer?: string,
) {
  const migrations = [...journalMigrations, ...outboxMigrations, ...archiveMigrations]
  const db = openDatabase({ file: join(folder, 'relais.sqlite'), migrations, clock })
  const journal = openJournal({ db, clock })
  const troubles: string[] = []
  const letters: { email: string; letter: Letter }[] = []
  const log = { error: (what: string) => troubles.push(what) }
  const proof = await openProof({ db, clock, journal, keysFolder: join(folder, 'keys'), log })
  const outbox = openOutbox({
    db,
    clock,
    ids: openIds(clock),
    journal,
    onTrouble: ({ reason }) => troubles.push(reason),
  })
  const settings = settingsSchema.parse({ archive, node: timeServer === undefined ? {} : { timeServer } })
  const outside = openOutside({
    db,
    clock,
    journal,
    proof,
    outbox,
    config: settings,
    operators: async () => 'node',
    log,
    guard: openAddressGuard(() => ({ ownPorts: [], allowLoopback: true, allowPrivate: true })),
    post: async ({ email, letter }) => {
      letters.push({ email, letter })
      return { result: 'done', keep: async () => undefined }
    },
  })
  outbox.handle('witness', outside.witnesses.handler)
  await outbox.start()
  const close = async () => {
    outside.witnesses.close()
    await outbox.close()
    await proof.checkpoints.close()
    await db.close()
  }
  t.teardown(close)
  const append = (count: number) =>
    db.write(async tx => {
      for (let n = 0; n < count; n++)
        await journal.append(tx, { type: 'note-made', site: null, ids: {}, body: { n } }, ORIGIN)
    })
  const statements = () =>
    db.sql<ArchiveTables>().selectFrom('witness_statements').selectAll().orderBy('id').execute()
  return { db, clock, journal, ...proof, ...outside, troubles, letters, append, statements, close, folder }
}

test('a folder on another disk gets each signed head; with it a cut tail and a rebuilt journal are told, and where', async t => {
  const witnessFolder = join(temporary(t), 'other')
  const house = await open(t, { witnessFolder })
  await house.append(20)
  await house.checkpoints.sign()
  await house.append(20)
  const last = await house.checkpoints.sign()
  await until(async () => (await house.statements()).length === 2)
  t.is(readdirSync(witnessFolder).length, 2)
  await house.close()
  const outside = outsideHeads(witnessFolder)
  t.like(verifyChain(house.db.file, { outside }), { faultCount: 0 })

  // The tail is cut, and with it what was signed over it: nothing here can tell.
  const cut = editedCopy(t, house.db.file, db => {
    db.exec('DELETE FROM checkpoints WHERE size > 21')
    for (const table of ['journal_bodies', 'journal_subjects', 'journal'])
      db.exec(`DELETE FROM ${table} WHERE seq > 30`)
  })
  t.is(verifyChain(cut).faultCount, 0)
  const told = verifyChain(cut, { outside })
  t.is(told.faultCount, 1)
  t.like(told.faults[0], { seq: 31 })
  t.regex(told.faults[0]?.what ?? '', /the end was cut off.*over 41 entries, 30 are there/)

  // All is made anew, with the same key, by who owns the machine.
  const again = await reopenWithKey(t, house.folder)
  await again.append(45)
  await again.checkpoints.sign()
  await again.close()
  t.is(verifyChain(again.db.file).faultCount, 0, 'alone it looks whole')
  t.regex(verifyChain(again.db.file, { outside }).faults[0]?.what ?? '', /rebuilt/)

  // A witness's file that was changed is named itself.
  const [name = ''] = readdirSync(witnessFolder)
  const path = join(witnessFolder, name)
  writeFileSync(path, readFileSync(path, 'utf8').replace(/"signature": "./, '"signature": "x'))
  t.regex(
    verifyChain(house.db.file, { outside: outsideHeads(witnessFolder) }).faults[0]?.what ?? '',
    /was changed/,
  )
  t.is(last?.size, 41)
})

/** Waits until it is so. */
const until = (ask: () => boolean | Promise<boolean>, timeoutMs = 10_000) =>
  eventually('it is so', async () => ((await ask()) ? true : undefined), timeoutMs)

/** Another journal, begun with the key of the first. */
async function reopenWithKey(t: ExecutionContext, from: string) {
  const folder = temporary(t)
  const house = await open(t, {}, folder)
  mkdirSync(join(folder, 'keys'), { recursive: true, mode: 0o700 })
  copyFileSync(join(from, 'keys', 'checkpoints.pem'), join(folder, 'keys', 'checkpoints.pem'))
  return house
}

test('a start over a journal that was cut off is told by the folder', async t => {
  const witnessFolder = join(temporary(t), 'other')
  const house = await open(t, { witnessFolder })
  await house.append(5)
  await house.checkpoints.sign()
  await until(async () => (await house.statements()).length === 1)
  await house.witnesses.start()
  t.deepEqual(house.troubles, [])
  const other = await open(t, { witnessFolder })
  await other.append(2)
  await other.witnesses.start()
  t.deepEqual(other.troubles, ['witness-contradicts'])
  t.is((await other.journal.read({ types: ['witness-contradicts'] })).length, 1)
})

test('the letter goes once a day, holds the signed head and nothing else', async t => {
  const house = await open(t, { witnessLetterTo: 'responsable@hopital.example' })
  await house.append(3)
  const head = await house.checkpoints.sign()
  await house.append(3)
  await house.checkpoints.sign()
  await until(() => house.letters.length === 1)
  house.clock.advance(86_400_000)
  await house.append(1)
  await house.checkpoints.sign()
  await until(() => house.letters.length === 2)
  const [first] = house.letters
  t.is(first?.email, 'responsable@hopital.example')
  t.true(first?.letter.text.includes(head === undefined ? '?' : headText(head)))
  t.true(first?.letter.text.includes(head?.signature.toString('hex') ?? '?'))
})

test('a time-stamp authority stamps each head; what is about something else, or of nobody known, is not taken (RFC 3161)', async t => {
  const authority = await openTimeStamps(join(temporary(t), 'tsa'))
  t.teardown(authority.close)
  const house = await open(t, { timestampUrl: authority.url, timestampCaFile: authority.caFile })
  house.clock.advance(120_000)
  await house.append(3)
  const head = await house.checkpoints.sign()
  await until(async () => (await house.statements()).length === 1, 30_000)
  const [statement] = await house.statements()
  const text = head === undefined ? '' : headText(head)
  const trusted = readFileSync(authority.caFile, 'utf8')
  const token = statement?.statement ?? Buffer.alloc(0)
  t.true(Math.abs((await readToken(token, { text, trusted })).at - Date.now()) < 60_000)
  t.true((statement?.skew_ms ?? 0) > 2000, `our clock is ahead: ${statement?.skew_ms}`)
  const [skewed] = await house.journal.read({ types: ['clock-skewed'] })
  t.like(skewed?.body, { against: 'stamp', urgency: 'urgent', operators: 'node' })
  t.like((await house.witnesses.view())[0], { witness: 'stamp', size: 4 })

  const [answer = Buffer.alloc(0)] = authority.answers
  const INVALID = { code: 'invalid' } as never
  await t.throwsAsync(readStamp(answer, { text: 'another', trusted }), INVALID)
  await t.throwsAsync(readStamp(answer, { text, nonce: Buffer.alloc(8, 1), trusted }), INVALID)
  await t.throwsAsync(readStamp(answer, { text, trusted: '' }), INVALID)
  const stranger = await openTimeStamps(join(temporary(t), 'tsa'))
  t.teardown(stranger.close)
  await t.throwsAsync(readStamp(answer, { text, trusted: readFileSync(stranger.caFile, 'utf8') }), INVALID)
  const flipped = Buffer.from(answer)
  flipped[flipped.length - 5] = (flipped[flipped.length - 5] as number) ^ 1
  await t.throwsAsync(readStamp(flipped, { text, trusted }), INVALID)

  // A refused answer is asked for again, not lost.
  authority.changing(() => flipped)
  await house.append(1)
  await house.checkpoints.sign()
  await until(() => house.troubles.length > 0, 30_000)
  authority.changing(each => each)
  house.clock.advance(60_000)
  await until(async () => (await house.statements()).length === 2, 60_000)
})

test('another node checks that each head continues the one before, co-signs it, and refuses another past', async t => {
  const witness = await openNode(t)
  const log = (await witness.services.proof.checkpoints.sign())?.log ?? ''
  const house = await open(t, { witnessNodes: [`${witness.addresses.http} ${log}`] })
  await house.append(10)
  const first = await house.checkpoints.sign()
  t.truthy(first)
  // Nobody asked it to watch this journal yet.
  await until(() => house.troubles.length > 0)
  t.deepEqual(await house.statements(), [])

  const watching = await openNode(t, { env: { RELAIS_ARCHIVE_WITNESS_FOR: first?.log ?? '' } })
  const name = (await watching.services.proof.checkpoints.sign())?.log ?? ''
  await house.close()
  const again = await open(
    t,
    { witnessNodes: [`${watching.addresses.http} ${name}`] },
    house.folder,
    house.clock,
  )
  await again.append(10)
  await again.checkpoints.sign()
  await until(async () => (await again.statements()).length === 1)
  await again.checkpoints.rotate({ by: 'command', user: 'root' })
  await again.append(300)
  // A day ahead of what the other node says in the Date of its answer (RFC 9110 §6.6.1).
  again.clock.advance(86_400_000)
  const last = await again.checkpoints.sign()
  await until(async () => (await again.statements()).some(({ size }) => size === last?.size))
  const [statement] = (await again.statements()).slice(-1)
  t.true(Math.abs((statement?.skew_ms ?? 0) - 86_400_000) < 60_000)
  const [skewed] = await again.journal.read({ types: ['clock-skewed'] })
  // A clock that stands still is behind already where this machine is slow: it is told once.
  t.like(skewed?.body, { against: watching.addresses.http, urgency: 'urgent' })
  const rows = () =>
    watching.services.db
      .sql<ArchiveTables>()
      .selectFrom('witnessed_heads')
      .select('size')
      .orderBy('size')
      .execute()
  t.true((await rows()).some(({ size }) => size === last?.size))
  await again.close()

  // The same key over another past.
  const forged = await reopenWithKey(t, house.folder)
  await forged.close()
  const { witnessing } = watching.services
  const before = (await rows()).length
  const other = await open(t, {}, forged.folder)
  await other.append(400)
  const head = await other.checkpoints.sign()
  if (head === undefined || last === undefined) throw new Error('unreachable')
  const submitted = {
    text: headText(head),
    signature: head.signature.toString('hex'),
    keys: await other.checkpoints.keyChain(),
    from: last.size,
    proof: (await other.tree.consistency(last.size, head.size)).map(hash => hash.toString('hex')),
  }
  // After the rotation its first key is no longer the journal's name.
  await t.throwsAsync(witnessing.witness(submitted), { code: 'missing' } as never)
  await t.throwsAsync(
    witnessing.witness({ ...submitted, signature: submitted.signature.replace(/^./, '0') }),
    {
      code: 'missing',
    } as never,
  )
  t.is((await rows()).length, before)
})

test('a forged past under the watched name is refused, and recorded', async t => {
  const house = await open(t, {})
  await house.append(10)
  const head = await house.checkpoints.sign()
  if (head === undefined) throw new Error('unreachable')
  const watcher = await open(t, { witnessFor: [head.log] })
  await watcher.append(1)
  const submit = async (from: typeof house, before: number) => {
    const now = await from.checkpoints.sign()
    if (now === undefined) throw new Error('unreachable')
    return watcher.witnessing.witness({
      text: headText(now),
      signature: now.signature.toString('hex'),
      keys: await from.checkpoints.keyChain(),
      from: before,
      proof:
        before === 0 ? [] : (await from.tree.consistency(before, now.size)).map(hash => hash.toString('hex')),
    })
  }
  await submit(house, 0)
  await house.append(5)
  await t.throwsAsync(submit(house, 3), { code: 'conflict', message: /begins elsewhere/ } as never)
  await submit(house, 11)
  const forged = await reopenWithKey(t, house.folder)
  await forged.append(30)
  await t.throwsAsync(submit(forged, 16), { code: 'conflict', message: /does not continue/ } as never)
  t.is((await watcher.journal.read({ types: ['witness-contradicted'] })).length, 1)
})

test('a clock that jumps is recorded, forward and back, once each; a busy machine is no jump', async t => {
  const wall = { off: 0, heldMs: 0 }
  const clock: ManualClock = { ...manualClock(Date.now()), advance: () => undefined }
  const began = Date.now()
  let held = 0
  clock.now = () => {
    held += wall.heldMs // the machine does something else between two readings
    return Date.now() + wall.off
  }
  clock.monotonic = () => Date.now() - began + held
  const house = await open(t, {}, temporary(t), clock)
  await house.witnesses.watchClock()
  wall.off = 86_400_000
  await house.witnesses.watchClock()
  await house.witnesses.watchClock()
  wall.off = 0
  await house.witnesses.watchClock()
  wall.heldMs = 5000
  await house.witnesses.watchClock()
  const jumps = (await house.journal.read({ types: ['clock-jumped'] })).map(({ body }) =>
    Math.round(Number(body?.['byMs']) / 1000),
  )
  t.deepEqual(jumps, [86_400, -86_400])
  t.is(verifyChain(house.db.file).faultCount, 0, 'the order is that of the sequence')
})

/** A time server that is right, and counts. */
async function openTimeServer(t: ExecutionContext) {
  const socket = createSocket('udp4')
  let [asked, isOpen] = [0, true]
  socket.on('message', (ask, from) => {
    asked++
    const answer = Buffer.alloc(48)
    answer[0] = 0b00_100_100
    answer[1] = 2
    ask.copy(answer, 24, 40, 48)
    const now = Date.now()
    for (const at of [32, 40]) {
      answer.writeUInt32BE(Math.floor(now / 1000) + 2_208_988_800, at)
      answer.writeUInt32BE(Math.floor(((now % 1000) / 1000) * 2 ** 32), at + 4)
    }
    socket.send(answer, from.port, from.address)
  })
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  const close = async () => {
    if (!isOpen) return
    isOpen = false
    socket.close()
    await once(socket, 'close')
  }
  t.teardown(close)
  return { port: socket.address().port, asked: () => asked, close }
}

test('a clock that differs from a witness outside is told once when it begins and once when it ends, over a restart too', async t => {
  const house = await open(t, {})
  const { witnesses } = house
  for (const skew of [0, 1900, -1900, 2500, 2600, 1600, 1400, -1000, -90_000, -90_000])
    await witnesses.heard('https://partner.example.test', skew)
  await witnesses.heard('stamp', 100)
  const told = async ({ journal }: typeof house) =>
    (await journal.read({ types: ['clock-skewed', 'clock-right'] })).map(({ type, body }) => [
      type,
      body?.['against'],
      body?.['byMs'],
    ])
  const expected = [
    ['clock-skewed', 'https://partner.example.test', 2500],
    ['clock-right', 'https://partner.example.test', 1400],
    ['clock-skewed', 'https://partner.example.test', -90_000],
  ]
  t.deepEqual(await told(house), expected)
  await house.close()
  const again = await open(t, {}, house.folder)
  await again.witnesses.heard('https://partner.example.test', -90_000)
  t.deepEqual(await told(again), expected)
  await again.witnesses.heard('https://partner.example.test', 0)
  t.is((await told(again)).at(-1)?.[0], 'clock-right')
})

test('a time server that says otherwise is heard at the next look, and at once after a jump; one that is silent is no difference', async t => {
  const began = Date.now()
  const off = { ms: 0 }
  const clock: ManualClock = { ...manualClock(began), advance: () => undefined }
  clock.now = () => Date.now() + off.ms
  clock.monotonic = () => Date.now() - began
  const server = await openTimeServer(t)
  const house = await open(t, {}, temporary(t), clock, `127.0.0.1:${server.port}`)
  await house.witnesses.watchClock()
  t.is(server.asked(), 1)
  await house.witnesses.watchClock()
  t.is(server.asked(), 1, 'once a minute')
  off.ms = 86_400_000
  await house.witnesses.watchClock()
  const facts = await house.journal.read({ types: ['clock-jumped', 'clock-skewed'] })
  t.deepEqual(
    facts.map(({ type, site, body }) => [type, site, Math.round(Number(body?.['byMs']) / 60_000)]),
    [
      ['clock-jumped', 'node', 1440],
      ['clock-skewed', 'node', 1440],
    ],
  )
  await server.close()
  off.ms = -86_400_000
  await house.witnesses.watchClock()
  t.is((await house.journal.read({ types: ['clock-skewed', 'clock-right'] })).length, 1)
  t.true(house.troubles.includes('time-server-silent'))
})
