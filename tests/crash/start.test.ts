import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { copyFileSync, existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { dirname, join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import Sqlite from 'better-sqlite3'
import { openNode, settingsFor, temporary } from '../support/node.js'
import { relais } from '../support/node-process.js'
import { root } from '../support/sources.js'

/** A start that must not succeed: exit code 1, nothing on stdout, one sentence and perhaps its fields. */
async function refused(
  t: ExecutionContext,
  env: Record<string, string>,
  sentence: RegExp,
): Promise<string[]> {
  const { code, stdout, stderr } = await relais(['start'], { RELAIS_LOG_LEVEL: 'silent', ...env })
  t.is(code, 1, stderr)
  t.is(stdout, '')
  const [first = '', ...fields] = stderr.trimEnd().split('\n')
  t.regex(first, sentence)
  t.true(
    fields.every(line => line.startsWith('  ') && !/^\s+at /.test(line)),
    stderr,
  )
  return fields
}

async function taken(t: ExecutionContext): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => server.close())
  const address = server.address()
  return String(typeof address === 'object' ? address?.port : '')
}

test.serial('a port that is taken, of the screens or of DICOM, is named in one sentence', async t => {
  const port = await taken(t)
  await refused(t, settingsFor(temporary(t), { RELAIS_HTTP_PORT: port }), new RegExp(`^relais: .*${port}`))
  await refused(t, settingsFor(temporary(t), { RELAIS_DICOM_PORT: port }), new RegExp(`^relais: .*${port}`))
})

test.serial('a data folder that cannot be used is named in one sentence', async t => {
  const folder = temporary(t)
  const file = join(folder, 'a-file')
  writeFileSync(file, 'not a folder')
  await refused(t, settingsFor(file), /^relais: The data folder .*a-file.* cannot be used/)
  await refused(t, settingsFor('/dev/null/x'), /^relais: The data folder \/dev\/null\/x cannot be used/)
  const broken = join(folder, 'broken')
  mkdirSync(broken)
  writeFileSync(join(broken, 'relais.sqlite'), Buffer.alloc(8192, 0x41))
  await refused(
    t,
    settingsFor(broken),
    /^relais: The database .*relais\.sqlite cannot be opened: file is not a database/,
  )
})

test.serial('a wrong configuration is refused with every fault and its place', async t => {
  const fields = await refused(
    t,
    settingsFor(temporary(t), {
      RELAIS_HTTP_PORT: '99999',
      RELAIS_DICOM_AE_TITLE: 'TOO LONG FOR A TITLE',
      RELAIS_DATA_DRI: 'x',
    }),
    /^relais: .*configuration/i,
  )
  t.is(fields.length, 3, fields.join('\n'))
  for (const name of ['RELAIS_HTTP_PORT', 'RELAIS_DICOM_AE_TITLE', 'RELAIS_DATA_DRI'])
    t.true(
      fields.some(field => field.includes(name)),
      name,
    )
})

test.serial(
  'a second node on the same folder, and a folder of a newer Relais, are refused; the first goes on',
  async t => {
    const node = await openNode(t)
    // Whoever looks at the database first says that it is of a newer one; whoever sweeps first removes what is written.
    const db = new Sqlite(join(node.folder, 'relais.sqlite'))
    db.exec("INSERT INTO migrations VALUES ('future-1', 'digest', 0)")
    db.close()
    const arriving = join(node.folder, 'objects', 'dead1-0001', 'arriving.part')
    mkdirSync(dirname(arriving), { recursive: true })
    writeFileSync(arriving, 'half an image')
    await refused(t, settingsFor(node.folder), /^relais: Another Relais already runs on this data folder/)
    t.true(existsSync(arriving))
    t.is((await fetch(`${node.addresses.http}/healthz`)).status, 200)
    await node.close()
    await refused(
      t,
      settingsFor(node.folder),
      /^relais: The data folder was written by a newer Relais .*future-1/,
    )
  },
)

test.serial('wrong usage is exit code 2 with a sentence; help is exit code 0', async t => {
  const env = settingsFor(temporary(t))
  for (const args of [
    ['start', '--nonsense'],
    ['verify', 'a', 'b'],
    ['account', 'add', '--email', 'nobody'],
  ]) {
    const said = await relais(args, env)
    t.is(said.code, 2, `${args.join(' ')}: ${said.stderr}`)
    t.is(said.stdout, '')
    t.regex(said.stderr, /^relais: \S/)
    t.notRegex(said.stderr, /^\s+at /m)
  }
  const help = await relais(['send', '--help'], env)
  t.is(help.code, 0)
  t.regex(help.stdout, /PATH… --to PEER/)
})

/** Of how many upgrades one is killed; the whole promise is a hundred. */
const UPGRADES = process.env['RELAIS_TEST_FULL'] === '1' ? 100 : 6

test.serial(
  'an upgrade that is killed leaves the old database or the new one, never something between',
  async t => {
    const folder = temporary(t)
    const migrates = (file: string, version: 'old' | 'new') =>
      spawn(
        process.execPath,
        ['--import', 'tsx', join(root, 'tests/support/node-migrates.ts'), file, version],
        {
          stdio: ['ignore', 'pipe', 'inherit'],
        },
      )
    const outcomes = new Map<string, number>()
    const made = join(folder, 'made')
    t.deepEqual(await once(migrates(made, 'old'), 'close'), [0, null])
    for (let round = 0; round < UPGRADES; round++) {
      const file = join(folder, `upgrade-${round}`)
      copyFileSync(made, file)
      const child = migrates(file, 'new')
      const closed = once(child, 'close')
      await once(child.stdout, 'data')
      // From its first moment to its last, spread over the rounds.
      const kill = setTimeout(() => child.kill('SIGKILL'), (round * 300) / UPGRADES)
      await closed
      clearTimeout(kill)
      const db = new Sqlite(file)
      t.deepEqual(db.pragma('integrity_check'), [{ integrity_check: 'ok' }])
      const columns = (db.pragma('table_info(things)') as { name: string }[]).map(({ name }) => name).join()
      const names = db.prepare('SELECT name FROM migrations ORDER BY name').pluck().all().join()
      const state = `${columns} ${names}`
      t.true(['id,name things-1', 'id,name,size things-1,things-2'].includes(state), state)
      t.is(db.prepare('SELECT count(*) FROM things').pluck().get(), 20_000)
      t.is(db.prepare("SELECT count(*) FROM sqlite_master WHERE name = 'things_anew'").pluck().get(), 0)
      db.close()
      outcomes.set(names, (outcomes.get(names) ?? 0) + 1)
      // And from either the next start goes on.
      t.deepEqual(await once(migrates(file, 'new'), 'close'), [0, null])
    }
    t.log([...outcomes].map(([names, count]) => `${count} × ${names}`).join(', '))
  },
)
