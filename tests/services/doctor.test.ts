import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { chmodSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { SMTPServer } from 'smtp-server'
import { manualClock, msOf } from '../../node/clock.js'
import { type Check, type Finding, good, type Patient } from '../../node/doctor/check.js'
import { checks } from '../../node/doctor/checks.js'
import { countsOf, examine, rowOf } from '../../node/doctor/examination.js'
import { configModes, dataModes, keyModes } from '../../node/doctor/files.js'
import { nodeFinding } from '../../node/doctor/program.js'
import { syncFinding, syncTimes } from '../../node/doctor/sync.js'
import type { CheckRow, DoctorView, TestLetterView } from '../../node/doctor/view.js'
import { openMailServer } from '../../node/notifications/mail.js'
import { askTimeServer } from '../../node/time-server.js'
import { everything, listen } from '../support/acceptors.js'
import { eventually, freePort } from '../support/children.js'
import { openNode, peerOf, SITES, settingsFor, temporary } from '../support/node.js'
import { relais } from '../support/node-process.js'
import { OPERATOR, person } from '../support/people.js'

const NOW = msOf('2026-01-15T12:00:00Z')

/** A patient of whom only files are looked at. */
function patientIn(folder: string, more: object = {}): Patient {
  const at = (name: string) => join(folder, name)
  const places = {
    root: folder,
    database: at('relais.sqlite'),
    objects: at('objects'),
    keys: at('keys'),
    scratch: at('scratch'),
    uploads: at('uploads'),
    lock: at('relais.lock'),
    socket: at('relais.sock'),
  }
  const config = {
    http: { keyFile: null },
    dicom: { keyFile: null, certsDir: at('certs') },
    file: null,
    ...more,
  }
  return {
    folder: places,
    config,
    clock: manualClock(NOW),
    startedAt: NOW,
    serving: false,
  } as unknown as Patient
}

const outcomes = (found: Finding | readonly Finding[]) =>
  [found].flat().map(each => (each as Finding).outcome)

test('a check that fails, hangs or finds several things is a row all the same, in both languages', async t => {
  const check = (id: string, look: Check['look'], more: Partial<Check> = {}): Check => ({
    id,
    group: 'machine',
    name: { fr: `${id} fr`, en: `${id} en` },
    look,
    ...more,
  })
  let stopped = false
  const seen: string[] = []
  const found = await examine(
    patientIn(temporary(t)),
    [
      check('two', () => [good('un', 'one', 'a'), good('deux', 'two', 'b')]),
      check('throws', () => {
        throw new Error('no such thing')
      }),
      check(
        'hangs',
        (_, signal) =>
          new Promise(() => {
            signal.addEventListener('abort', () => {
              stopped = true
            })
          }),
        { timeoutMs: 20 },
      ),
      check('last', () => good('bien', 'well')),
    ],
    { onLooked: rows => seen.push(...rows.map(row => row.check.id)) },
  )
  t.deepEqual(seen, ['two', 'two', 'throws', 'hangs', 'last'])
  t.true(stopped, 'what hung was told to end')
  t.deepEqual(countsOf(found), { good: 3, attention: 0, broken: 0, 'not-checked': 2 })
  t.like(rowOf(found[2] as never, 'en'), {
    name: 'throws en',
    found: 'The check itself failed: no such thing',
  })
  t.is(rowOf(found[0] as never, 'fr').found, 'un')
})

test('each check has its own name in both languages, and no two the same id', t => {
  t.is(new Set(checks.map(({ id }) => id)).size, checks.length)
  for (const { id, name } of checks) {
    t.regex(id, /^[a-z]+(-[a-z]+)*$/)
    t.true(name.fr.length > 2 && name.en.length > 2, id)
  }
})

test('a Node without security fixes, and one nobody tried, are said so', t => {
  const at = (version: string, day: string) => nodeFinding(version, msOf(`${day}T12:00:00Z`)).outcome
  t.is(at('20.20.2', '2026-04-29'), 'good')
  t.is(at('20.20.2', '2026-05-02'), 'attention')
  t.is(at('24.21.0', '2027-01-01'), 'good')
  t.is(at('23.1.0', '2026-01-01'), 'attention')
})

test('a disk that answers faster than a disk can, or slower than images need, is said so', async t => {
  const of = (ms: number) => syncFinding(Array.from({ length: 40 }, () => ms)).outcome
  t.deepEqual([0.02, 0.5, 12, 59, 90].map(of), ['attention', 'good', 'good', 'good', 'attention'])
  const folder = temporary(t)
  const times = await syncTimes(folder)
  t.true(times.length > 0 && times.every(ms => ms > 0))
  t.deepEqual(readdirSync(folder), [], 'nothing of it stays')
})

test('what others can read or write is found, with the command that mends it', async t => {
  const folder = temporary(t)
  const patient = patientIn(folder)
  const look = (check: Check, of = patient) =>
    check.look(of, AbortSignal.timeout(1000)) as Finding | Finding[]
  for (const name of ['objects', 'keys', 'scratch']) mkdirSync(join(folder, name), { mode: 0o700 })
  writeFileSync(patient.folder.database, '', { mode: 0o644 })
  writeFileSync(join(folder, 'keys', 'dicom.pem'), 'key', { mode: 0o600 })
  chmodSync(folder, 0o700)
  t.deepEqual(outcomes(look(dataModes)), ['good'], 'inside a closed folder nothing is open')
  chmodSync(folder, 0o755)
  const [open, database] = look(dataModes) as Finding[]
  t.is(open?.outcome, 'broken')
  t.true(open?.said.en[1]?.includes(`chmod 700 ${folder}`))
  t.true(database?.said.fr[1]?.includes(`chmod 600 ${patient.folder.database}`))

  t.deepEqual(outcomes(look(keyModes)), ['good'])
  chmodSync(join(folder, 'keys', 'dicom.pem'), 0o640)
  t.deepEqual(outcomes(look(keyModes)), ['broken'])

  const file = join(folder, 'relais.yaml')
  writeFileSync(file, '')
  const configured = (mode: number, secretsInFile: string[]) => {
    chmodSync(file, mode)
    return outcomes(look(configModes, patientIn(folder, { file, secretsInFile })))
  }
  t.deepEqual(configured(0o644, []), ['good'])
  t.deepEqual(configured(0o664, []), ['broken'])
  t.deepEqual(configured(0o644, ['mail.smtpUrl']), ['broken'])
  t.deepEqual(configured(0o600, ['mail.smtpUrl']), ['good'])
})

/** A time server whose clock is so much ahead of ours. */
async function timeServer(t: ExecutionContext, aheadMs: number, change: (answer: Buffer) => void = () => {}) {
  const socket = createSocket('udp4')
  const clock = manualClock(NOW)
  socket.on('message', (ask, from) => {
    const answer = Buffer.alloc(48)
    answer[0] = 0b00_100_100
    answer[1] = 2
    ask.copy(answer, 24, 40, 48)
    for (const at of [32, 40]) {
      answer.writeUInt32BE(Math.floor((NOW + aheadMs) / 1000) + 2_208_988_800, at)
      answer.writeUInt32BE(Math.floor((((NOW + aheadMs) % 1000) / 1000) * 2 ** 32), at + 4)
    }
    change(answer)
    socket.send(answer, from.port, from.address)
  })
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  t.teardown(() => socket.close())
  return askTimeServer(`127.0.0.1:${socket.address().port}`, clock)
}

test('the clock is compared with a time server’s, and only with one that knows the time and answers us', async t => {
  t.is((await timeServer(t, 0)).skewMs, 0)
  t.is((await timeServer(t, 90_250)).skewMs, -90_250)
  t.is((await timeServer(t, -1500)).skewMs, 1500)
  await t.throwsAsync(
    timeServer(t, 0, answer => answer.writeUInt8(0, 1)),
    { message: /does not know the time/ },
  )
  await t.throwsAsync(
    timeServer(t, 0, answer => answer.writeUInt8(1, 24)),
    { message: /not to our question/ },
  )
  await t.throwsAsync(
    timeServer(t, 0, answer => answer.writeUInt8(0, 0)),
    { message: /does not speak NTP/ },
  )
})

test('a mail server is greeted, with its account, and gets no letter', async t => {
  const letters: string[] = []
  const accepted = { user: 'relais', pass: 'secret' }
  const server = new SMTPServer({
    onAuth: ({ username, password }, _, answer) =>
      username === accepted.user && password === accepted.pass
        ? answer(null, { user: username })
        : answer(new Error('no')),
    onMailFrom: ({ address }, _, answer) => {
      letters.push(address)
      answer()
    },
    disableReverseLookup: true,
    logger: false,
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => server.close(() => undefined))
  const { port } = server.server.address() as { port: number }
  const greet = (url: string) =>
    openMailServer({
      url,
      from: 'Relais <relais@localhost>',
      timeoutMs: 5000,
      guard: { resolve: async host => (host === 'localhost' ? '127.0.0.1' : host) },
    }).greet(AbortSignal.timeout(10_000))
  const query = '?tls.rejectUnauthorized=false'
  t.deepEqual(await greet(`smtp://relais:secret@127.0.0.1:${port}/${query}`), {
    result: 'done',
    encrypted: true,
    signedIn: true,
  })
  t.like(await greet(`smtp://relais:wrong@127.0.0.1:${port}/${query}`), { result: 'failed' })
  t.like(await greet(`smtp://127.0.0.1:${await freePort()}`), { result: 'failed' })
  t.deepEqual(letters, [])
})

test('the operator examines the running node: every check, each peer, in the journal; nobody else may', async t => {
  const pacs = await listen(t, { admit: () => everything, services: { find: async function* () {} } })
  const dead = await freePort()
  const node = await openNode(t, {
    env: OPERATOR,
    network: {
      sites: SITES,
      peers: [
        peerOf('living', 'nord', 'NORDPACS', pacs.port),
        peerOf('silent', 'lecture', 'LECTURE', dead),
        peerOf('mute', 'sud', 'SUDPACS', dead, { from: ['127.0.0.2/32'], may: ['store'] }),
      ],
    },
  })
  const operator = await person(t, node, 'operator')
  const [keeper, auditor] = [await person(t, node, 'keeper'), await person(t, node, 'auditor')]
  for (const other of [keeper, auditor]) {
    t.is((await other.get('/api/doctor')).status, 403)
    t.is((await other.post('/api/doctor')).status, 403)
    t.is((await other.post('/api/doctor/letter')).status, 403)
  }
  t.like((await operator.get<DoctorView>('/api/doctor')).body, {
    state: 'never',
    rows: [],
    of: checks.length,
  })
  const begun = await operator.post<DoctorView>('/api/doctor')
  t.is(begun.status, 202)
  t.is((await operator.post('/api/doctor')).status, 409)
  const { rows, counts } = await eventually(
    'the examination is done',
    async () => {
      const { body } = await operator.get<DoctorView>('/api/doctor')
      return body.state === 'running' ? undefined : body
    },
    60_000,
  )
  t.deepEqual(
    checks.map(({ id }) => id).filter(id => !rows.some(({ check }) => check === id)),
    [],
  )
  const row = (check: string, subject?: string) =>
    rows.find(each => each.check === check && (subject === undefined || each.subject === subject)) as CheckRow
  t.is(row('peer-answers', 'living').outcome, 'good', row('peer-answers', 'living').found)
  t.like(row('peer-answers', 'silent'), { outcome: 'broken' })
  t.truthy(row('peer-answers', 'silent').remedy)
  t.is(row('peer-answers', 'mute').outcome, 'not-checked')
  t.deepEqual(
    rows.filter(({ check }) => check === 'doors').map(({ outcome }) => outcome),
    ['good', 'good', 'good'],
  )
  for (const check of [
    'addons',
    'database-integrity',
    'database-durability',
    'clock-jump',
    'data-modes',
    'key-modes',
  ])
    t.is(row(check).outcome, 'good', `${check}: ${row(check).found}`)
  t.true(operator.heard.some(({ kind }) => kind === 'doctor'))
  t.false(auditor.heard.some(({ kind }) => kind === 'doctor'))

  const [fact] = await node.facts('node-examined')
  t.like(fact?.body, { good: counts.good, broken: counts.broken })
  t.deepEqual(
    (fact?.body?.['found'] as string[] | undefined)?.filter(found => found.startsWith('peer')),
    ['peer-answers silent'],
  )
  t.like(fact?.origin, { by: 'account', role: 'operator' })

  t.deepEqual((await operator.post<TestLetterView>('/api/doctor/letter')).body, {
    outcome: 'captured',
    to: 'astreinte@relais.example',
  })
  t.is((await node.facts('letter-tried')).length, 1)

  // The command asks the same node through its local door.
  const said = await relais(['doctor', '--json', '--language', 'en'], settingsFor(node.folder))
  t.is(said.code, 1, said.stderr)
  const answer = JSON.parse(said.stdout) as DoctorView
  t.is(answer.rows.find(({ check }) => check === 'doors')?.outcome, 'good')
  t.is(answer.rows.find(({ subject }) => subject === 'silent')?.outcome, 'broken')
  t.like((await node.facts('node-examined'))[1]?.origin, { by: 'command' })
})

test('the command examines a stopped node, also one whose data cannot be opened', async t => {
  const folder = temporary(t)
  const first = await relais(['doctor'], settingsFor(folder))
  t.is(first.code, 0, first.stdout + first.stderr)
  t.regex(first.stdout, /Portes de ce nœud\n\s+Le nœud n’est pas en marche/)
  chmodSync(join(folder, 'keys', 'dicom.pem'), 0o644)
  const broken = await relais(['doctor', '--json', '--language', 'en'], settingsFor(folder))
  t.is(broken.code, 1, broken.stderr)
  const { rows } = JSON.parse(broken.stdout) as { rows: CheckRow[] }
  t.like(rows[0], { check: 'data-opens', outcome: 'broken' })
  t.regex(rows[0]?.found ?? '', /chmod 600/)
  t.is(rows.find(({ check }) => check === 'key-modes')?.outcome, 'broken')
  t.is(rows.find(({ check }) => check === 'disk-space')?.outcome, 'good')
  t.is(rows.find(({ check }) => check === 'peer-answers')?.outcome, 'not-checked')
  t.is((await relais(['doctor', 'what'], settingsFor(folder))).code, 2)
})
