import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { cpSync, mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { manualClock } from '../../node/clock.js'
import { openDatabase } from '../../node/database.js'
import { openJournal } from '../../node/journal/journal.js'
import { verifyChain } from '../../node/journal/verify.js'
import { sealedRecords } from '../../node/program/archive-checks.js'
import { migrations } from '../../node/program/migrations.js'
import { stateChecks } from '../../node/program/state-checks.js'
import { verifyFile } from '../../node/program/verification.js'
import { AFTER, DURING, HOUSE_YEAR, openArchiveHouse } from '../support/archive-house.js'
import { run } from '../support/children.js'
import {
  confirmed,
  DESTROYED_AT,
  keeper,
  later,
  openDestruction,
  openLeftDestruction,
  seal,
} from '../support/destruction-house.js'
import { temporary } from '../support/node.js'
import { found } from '../support/programs.js'
import { openReadAct } from '../support/read-act.js'
import { dice, scaled, seed } from '../support/scale.js'
import { root } from '../support/sources.js'

const KILLS = scaled(3, 100)
const ENTRIES = 3000
const COMMAND = { by: 'command' as const, user: 'test' }
const roll = dice(seed)

/** Lets the process do its work and kills it so many milliseconds after it began; resolves with what it said was done. */
async function killed(
  folder: string,
  work: string,
  afterMs: number,
): Promise<{ done: string[]; ended: boolean }> {
  const program = join(root, 'tests/support/node-archives.ts')
  const child = spawn(process.execPath, ['--import', 'tsx', program, folder, work], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const closed = once(child, 'close')
  let output = ''
  child.stdout.on('data', part => {
    output += part
  })
  await once(child.stdout, 'data')
  const timer = setTimeout(() => child.kill('SIGKILL'), afterMs)
  await closed
  clearTimeout(timer)
  return {
    done: [...output.matchAll(/^done (\S+)$/gm)].map(([, what]) => what ?? ''),
    ended: /^ends$/m.test(output),
  }
}

const faultsIn = (file: string) => [...verifyChain(file).faults, ...sealedRecords.run(file)]

test.serial(
  'killed while it seals acts: each seal that was said to be there is, whole, and the next goes on',
  async t => {
    const folder = temporary(t)
    const promised: string[] = []
    for (let round = 0; round < KILLS; round++) {
      promised.push(...(await killed(folder, 'seal', roll(250))).done)
      const house = await openArchiveHouse(folder, DURING)
      await house.sealing.start()
      t.deepEqual(faultsIn(house.file), [])
      for (const request of promised) {
        const { bundle, sha256 } = await house.sealing.part(request, 1)
        t.is(createHash('sha256').update(bundle).digest('hex'), sha256)
        t.is((await house.sealing.parts(request)).length, 1)
      }
      await house.seal(`req_after_${round}`)
      promised.push(`req_after_${round}`)
      house.sealing.close()
      await house.close()
    }
    t.log(`${promised.length} seals over ${KILLS} kills`)
  },
)

test.serial(
  'killed while it replaces its key: the journal names the key that signs, and it signs on',
  async t => {
    const folder = temporary(t)
    const first = await openArchiveHouse(folder, DURING)
    await first.append(3)
    await first.checkpoints.sign()
    const log = await first.checkpoints.log()
    await first.close()
    const promised: string[] = []
    for (let round = 0; round < KILLS; round++) {
      promised.push(...(await killed(folder, 'rotate', roll(250))).done)
      const house = await openArchiveHouse(folder, DURING)
      const known = (await house.checkpoints.keys()).map(({ fingerprint }) => fingerprint)
      t.true(promised.every(fingerprint => known.includes(fingerprint)))
      await house.append(1)
      t.is((await house.checkpoints.sign())?.key, known.at(-1))
      t.is(await house.checkpoints.log(), log)
      promised.push((await house.checkpoints.rotate(COMMAND)).fingerprint)
      t.deepEqual(faultsIn(house.file), [])
      await house.close()
    }
    t.log(`${promised.length} keys over ${KILLS} kills`)
  },
)

test.serial(
  'killed while a year moves into its volume: nothing is lost, everything fits, and the next run ends it',
  async t => {
    const made = join(temporary(t), 'made')
    mkdirSync(made)
    const before = await openArchiveHouse(made, DURING)
    await before.append(ENTRIES)
    await before.seal('req_1')
    await before.checkpoints.sign()
    await before.close()
    const whole = verifyChain(before.file).entries
    // How long it takes on this machine now: the kills are spread over it.
    const trial = join(temporary(t), 'trial')
    cpSync(made, trial, { recursive: true })
    const began = performance.now()
    t.true((await killed(trial, 'close', 60_000)).ended)
    const tookMs = performance.now() - began
    const left: number[] = []
    for (let round = 0; round < KILLS; round++) {
      const folder = join(temporary(t), `round-${round}`)
      cpSync(made, folder, { recursive: true })
      await killed(folder, 'close', roll(Math.min(tookMs, 400)))
      const house = await openArchiveHouse(folder, AFTER)
      await house.sealing.start()
      t.deepEqual(faultsIn(house.file), [])
      t.is(
        (await house.journal.read({ limit: 1000 })).filter(({ body }) => body?.['text'] === 'Relu, signé.')
          .length,
        1000,
      )
      left.push(await bodiesLeft(house))
      await house.sealing.closeYears()
      t.is(await bodiesLeft(house), 0)
      t.deepEqual(faultsIn(house.file), [])
      t.is((await house.journal.read({ types: ['volume-closed'] })).length, 1, 'it was closed once')
      t.is((await house.journal.read({ subject: `not_${ENTRIES - 1}` }))[0]?.body?.['n'], ENTRIES - 1)
      house.sealing.close()
      await house.close()
    }
    t.log(`of ${whole} bodies were still in the database after the kills: ${left.join(', ')}`)
  },
)

test.serial(
  'killed while it upgrades the data of the first version: they are read before and after, and the next start ends it',
  async t => {
    const made = join(temporary(t), 'made')
    mkdirSync(made)
    const clock = manualClock(DURING)
    const first = migrations.filter(({ name }) => name.endsWith('-1'))
    const db = openDatabase({ file: join(made, 'relais.sqlite'), migrations: first, clock })
    const journal = openJournal({ db, clock })
    for (let n = 0; n < 200; n++)
      await db.write(tx =>
        journal.append(
          tx,
          { type: 'note-made', site: null, ids: { note: `not_${n}` }, body: { n } },
          COMMAND,
        ),
      )
    await db.close()
    for (let round = 0; round < KILLS; round++) {
      const folder = join(temporary(t), `round-${round}`)
      cpSync(made, folder, { recursive: true })
      const file = join(folder, 'relais.sqlite')
      await killed(folder, 'upgrade', roll(200))
      t.like(verifyFile(file, stateChecks), { ok: true, entries: 200 })
      t.true((await killed(folder, 'upgrade', 60_000)).ended)
      const after = verifyFile(file, stateChecks)
      t.like(after, { ok: true, entries: 200 })
      t.false(after.limits.includes('older Relais'))
    }
  },
)

test.serial(
  'killed while it destroys a record: it is there whole or gone whole, everything fits, and the next start ends it',
  async t => {
    const story = await openReadAct()
    t.teardown(() => story.act.close())
    await seal(story)
    await later(story)
    const house = await openDestruction(story)
    await confirmed(house, story.request)
    const made = story.act.folder
    await story.act.db.backup(join(made, 'copy.db'))
    const copied = (to: string) => {
      for (const name of ['archive', 'keys', 'objects'])
        cpSync(join(made, name), join(to, name), { recursive: true })
      cpSync(join(made, 'copy.db'), join(to, 'relais.db'))
    }
    const trial = join(temporary(t), 'trial')
    mkdirSync(trial)
    copied(trial)
    const began = performance.now()
    t.true((await killed(trial, 'destroy', 60_000)).ended)
    const tookMs = performance.now() - began
    const stood: string[] = []
    for (let round = 0; round < KILLS; round++) {
      const folder = join(temporary(t), `round-${round}`)
      mkdirSync(folder)
      copied(folder)
      await killed(folder, 'destroy', roll(Math.min(tookMs, 4000)))
      const file = join(folder, 'relais.db')
      const after = verifyFile(file, stateChecks)
      t.deepEqual(after.list, [], 'where it was cut off')
      stood.push(after.destroyed.length === 0 ? 'there' : after.destroyed[0]?.done === true ? 'done' : 'gone')
      const again = await openLeftDestruction(folder, DESTROYED_AT)
      await again.destructions.replayNow()
      t.like((await again.destructions.list(keeper.who))[0], { state: 'done' })
      t.is((await again.journal.read({ types: ['bodies-erased'] })).length, 1, 'it was destroyed once')
      t.is(await again.retention.ofAct(story.request), undefined)
      await again.db.close()
      t.like(verifyFile(file, stateChecks), { ok: true, list: [] })
      const volume = readFileSync(join(folder, 'archive', '2026.sqlite'), 'latin1')
      t.false(volume.includes('Examen normal'))
      t.deepEqual(
        readdirSync(join(folder, 'archive')).filter(name => name.endsWith('.successor')),
        [],
      )
    }
    t.log(`after the kills the record was: ${stood.join(', ')}`)
  },
)

const sqlite3 = found('sqlite3')
const withTool = sqlite3 === undefined ? test.skip : test.serial

withTool(
  'a volume is read with a common SQLite tool: it explains itself, and its records and bodies come out whole',
  async t => {
    const folder = temporary(t)
    const house = await openArchiveHouse(folder, DURING)
    await house.append(5)
    await house.seal('req_1')
    await house.close()
    const after = await openArchiveHouse(folder, AFTER)
    await after.sealing.closeYears()
    const [part] = await after.sealing.parts('req_1')
    const facts = await after.journal.read({ types: ['note-made'] })
    await after.close()
    const volume = join(folder, 'archive', `${HOUSE_YEAR}.sqlite`)
    const ask = async (sql: string) => {
      const { code, output } = await run(sqlite3 ?? '', ['-readonly', volume, sql])
      t.is(code, 0, output)
      return Buffer.from(output, 'latin1').toString('utf8').trim()
    }
    t.is(await ask('PRAGMA integrity_check'), 'ok')
    t.is(
      await ask("SELECT group_concat(name, ',') FROM (SELECT name FROM description ORDER BY name)"),
      'acts,bodies,file,heads',
    )
    t.is(await ask('SELECT request, part, sha256 FROM acts'), `req_1|1|${part?.sha256}`)
    const out = join(folder, 'bundle')
    await ask(`SELECT writefile('${out}', bundle) FROM acts`)
    const digest = await run('sha256sum', [out])
    t.is(digest.output.slice(0, 64), part?.sha256 ?? '')
    const body = JSON.parse(await ask('SELECT body FROM bodies WHERE seq = 1')) as Record<string, unknown>
    t.like(body, facts[0]?.body ?? {})
  },
)

async function bodiesLeft({ db }: Awaited<ReturnType<typeof openArchiveHouse>>): Promise<number> {
  const { count } = await db
    .sql<{ journal_bodies: { seq: number } }>()
    .selectFrom('journal_bodies')
    .select(eb => eb.fn.countAll<number>().as('count'))
    .where('seq', '<=', ENTRIES)
    .executeTakeFirstOrThrow()
  return count
}
