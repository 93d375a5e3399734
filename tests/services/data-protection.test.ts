import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { csvOf } from '../../node/archive/access.js'
import { SHOWING } from '../../node/archive/openings.js'
import type { AccessView } from '../../node/archive/view.js'
import { systemClock } from '../../node/clock.js'
import { keysRotate } from '../../node/commands/keys.js'
import { commandHandler } from '../../node/commands/running.js'
import { loadConfig } from '../../node/config.js'
import type { ConversationView } from '../../node/conversations/view.js'
import type { DoctorView } from '../../node/doctor/view.js'
import { openLog } from '../../node/log.js'
import { startNode } from '../../node/main.js'
import type { ReportView } from '../../node/reports/view.js'
import type { ListView, RequestView } from '../../node/requests/view.js'
import { WEBHOOK_KINDS } from '../../node/webhooks/rules.js'
import { FORM } from '../support/act.js'
import { auditFaults } from '../support/audit-schema.js'
import { eventually } from '../support/children.js'
import { browser, openFarEnd } from '../support/far-ends.js'
import { CONTRACTS, network, peerOf, SITES, settingsFor, type TestNode, temporary } from '../support/node.js'
import { relais } from '../support/node-process.js'
import { OPERATOR, PASSWORD, type Person, person } from '../support/people.js'
import { root } from '../support/sources.js'
import { image, STUDY } from '../support/study-house.js'
import { made, strangerAuthority } from '../support/tls.js'
import { openUndo } from '../support/web-house.js'

/** Stands where health data stands: in names, numbers and every text. It must be found in two places only. */
const CANARY = 'CANARIVERT'
const NUMBER = `${CANARY}7`
const patient = {
  id: NUMBER,
  issuer: 'NORD',
  family: CANARY,
  given: `${CANARY}E`,
  birthDate: '1931-01-17',
  sex: 'F' as const,
}
const SECTIONS = { indication: CANARY, technique: CANARY, results: CANARY, conclusion: CANARY }

/** One act from question to signed report and acknowledgement, with the log of all of it at its most talkative. */
async function act(undo: Pick<ExecutionContext, 'teardown'>) {
  const folder = temporary(undo)
  let log = ''
  const clock = systemClock()
  const authority = await strangerAuthority()
  const { key, certificate: cert } = await made(temporary(undo), 'push', authority)
  const far = {
    push: await openFarEnd(undo, undefined, { key, cert }),
    telephone: await openFarEnd(undo),
    webhook: await openFarEnd(undo),
  }
  const running = await startNode({
    webCa: authority.certificate,
    config: loadConfig({
      env: settingsFor(folder, {
        ...OPERATOR,
        RELAIS_LOG_LEVEL: 'debug',
        RELAIS_PUSH_CONTACT: 'mailto:regie@example.test',
        RELAIS_PUSH_HOSTS: 'localhost',
        RELAIS_TELEPHONE_GATEWAY_URL: `http://127.0.0.1:${far.telephone.port}/sms`,
      }),
    }),
    log: openLog({
      level: 'debug',
      clock,
      destination: {
        write: text => {
          log += text
        },
      },
    }),
  })
  let open = true
  const close = async () => {
    if (open) await running.close()
    open = false
  }
  undo.teardown(close)
  const { services, addresses } = running
  await network(services, {
    sites: SITES,
    contracts: CONTRACTS,
    peers: [peerOf('lecture-pacs', 'lecture', 'LECTURE', 9)],
    routes: [{ id: 'nord-to-lecture', when: { site: 'nord' }, to: ['lecture-pacs'] }],
  })
  const node = { services, addresses, folder, close } as unknown as TestNode
  const people = new Map<string, Person>()
  for (const who of ['referrer', 'stranger', 'first', 'auditor', 'keeper', 'operator', 'technician'] as const)
    people.set(who, await person(undo, node, who))
  const as = (who: string) => people.get(who) as Person
  const url = `http://127.0.0.1:${far.webhook.port}/relais`
  const hooked = await as('keeper').post('/api/webhooks', { name: 'SIH', url, kinds: WEBHOOK_KINDS })
  if (hooked.status !== 201) throw new Error(JSON.stringify(hooked.body))
  const woken = browser()
  const endpoint = `https://localhost:${far.push.port}/send/un`
  await as('first').post('/api/reach/devices', { endpoint, keys: woken.keys, name: 'Téléphone' })
  const attributes = {
    PatientID: NUMBER,
    PatientName: `${CANARY}^${CANARY}E`,
    PatientBirthDate: '19310117',
    StudyDescription: CANARY,
    AccessionNumber: CANARY,
  }
  await services.receive.receive(image({ attributes }))
  await services.receive.ended('one')
  const form = {
    ...FORM,
    patient,
    question: `${CANARY} ?`,
    context: CANARY,
    accession: CANARY,
    studies: [STUDY],
  }
  const ask = async (more: object) => {
    const asked = await as('referrer').post<RequestView>('/api/requests', { ...form, to: 'lecture', ...more })
    if (asked.status !== 201) throw new Error(JSON.stringify(asked.body))
    return asked.body
  }
  const { id, reference } = await ask({})
  await as('first').post(`/api/requests/${id}/claim`, {})
  const report = (await as('first').post<ReportView>(`/api/requests/${id}/report`)).body.id
  await as('first').put(`/api/reports/${report}`, { revision: 1, sections: SECTIONS })
  const signed = await as('first').post(`/api/reports/${report}/sign`, { password: PASSWORD, as: 'final' })
  if (signed.status !== 200) throw new Error(JSON.stringify(signed.body))
  await as('referrer').hears('report-signed')
  return { as, ask, close, far, folder, log: () => log, id, reference, report, people, services, woken }
}

// One act for all: it is looked at first, its sessions end next to last, and its node last.
const undo = openUndo()
let scene: Awaited<ReturnType<typeof act>>
test.before(async () => {
  scene = await act(undo)
})
test.after.always(() => undo.run())

test.serial(
  'who looked at what of a patient, when, from where and by which right; asking is recorded too',
  async t => {
    const { as, id, reference, report, services } = scene
    for (const _ of [1, 2]) t.is((await as('first').get(`/api/requests/${id}`)).status, 200)
    await as('first').get(`/api/studies/${STUDY}`)
    await as('referrer').get(`/api/reports/${report}`)
    await as('referrer').bytes(`/api/reports/${report}/pdf`)
    // Who is refused saw nothing.
    t.is((await as('stranger').get(`/api/requests/${id}`)).status, 404)

    const ask = (who: string, question: object) => as(who).post<AccessView>('/api/access', question)
    const { body } = await ask('auditor', { q: NUMBER })
    t.is(body.patients, 1)
    const opened = body.items
      .filter(({ type }) => type === 'record-opened')
      .map(({ screen, right, as: how, by, role, bySite, of }) =>
        [screen, right, how, by, role, bySite, of].join(' · '),
      )
    t.deepEqual(opened.sort(), [
      `report · report.read · own · Dr Exemple Nord · referrer · nord · ${reference}`,
      `report-pdf · report.read · own · Dr Exemple Nord · referrer · nord · ${reference}`,
      `request · request.see · party · Dr Essai Lectrice · radiologist · lecture · ${reference}`,
      `study · study.see · party · Dr Essai Lectrice · radiologist · lecture · ${STUDY}`,
    ])
    t.true(body.items.every(({ address, role }) => role === undefined || address === '127.0.0.1'))

    // By the request and by the study it is the same person; the second time, the first asking is among it.
    for (const q of [reference, id, STUDY]) {
      const found = (await ask('auditor', { q })).body
      t.is(found.items.filter(({ type }) => type === 'record-opened').length, 4, q)
      t.true(found.items.some(({ type, by }) => type === 'access-read' && by === 'Sacha Fictif'))
    }
    t.is((await ask('auditor', { q: NUMBER, issuer: 'SUD' })).body.patients, 0)
    t.is((await ask('auditor', { q: 'nobody' })).body.patients, 0)

    // The site's administrator sees who, and nothing of whom; nobody else may ask.
    const kept = await ask('keeper', { q: reference })
    t.is(kept.body.items.filter(({ type }) => type === 'record-opened').length, 4)
    t.false(JSON.stringify(kept.body).includes(CANARY))
    for (const who of ['referrer', 'first', 'technician', 'operator'])
      for (const path of ['/api/access', '/api/access/export'])
        t.is((await as(who).post(path, { q: NUMBER })).status, 403, who)
    const asked = await services.journal.read({ types: ['access-read'], newestFirst: true, limit: 1 })
    t.like(asked[0]?.body, { q: reference, how: 'shown', patients: 1 })

    // What an act's record is made of is what was done, not who looked.
    const facts = await services.journal.read({ subject: id })
    t.false(facts.some(({ type }) => type === 'record-opened'))
  },
)

test.serial(
  'the journal leaves as CSV and as DICOM audit messages; that it was read and taken is in it, and contents go to auditors alone',
  async t => {
    const { as, services } = scene
    const text = async (who: string, path: string) => (await as(who).bytes(path)).bytes.toString('utf8')
    t.is((await as('auditor').get('/api/journal?type=study-received')).status, 200)
    t.is((await as('auditor').get('/api/journal?type=study-received&limit=10')).status, 200)
    t.is((await services.journal.read({ types: ['journal-read'] })).length, 1)

    const head = await services.journal.head()
    const csv = await text('auditor', '/api/journal.csv')
    const lines = csv.split('\r\n')
    t.is(lines[0], '\ufeffseq;at;type;site;by;name;role;address;ids;body;sha256')
    t.true(csv.includes(CANARY))
    const [recorded] = await services.journal.read({
      types: ['journal-exported'],
      newestFirst: true,
      limit: 1,
    })
    const last = Number(/^\d+(?=;)/.exec(lines.at(-2) ?? '')?.[0])
    t.like(recorded, { body: { format: 'csv', entries: last } })
    // What the node writes by itself may come in between.
    t.true(last >= head && last < (recorded?.seq ?? 0), 'up to what was there before the entry that says so')

    const audit = await text('auditor', `/api/journal/audit?to=${new Date().toISOString()}`)
    const messages = audit.split('\n').filter(Boolean)
    for (const message of messages)
      t.deepEqual(auditFaults(message.slice(message.indexOf('<?xml'))), [], message)
    for (const code of ['110100', '110101', '110103', '110104', '110109', '110110', '110113', '110114'])
      t.true(audit.includes(`<EventID csd-code="${code}"`), code)
    t.true(audit.includes(`ParticipantObjectID="${NUMBER}^^^NORD"`))
    t.true(audit.includes(`ParticipantObjectID="${STUDY}"`))

    // Who runs the node, or a site, is given who came to which door, and nothing of whom.
    for (const who of ['operator', 'keeper'])
      for (const path of ['/api/journal.csv', '/api/journal/audit']) {
        const given = await text(who, path)
        t.true(given.includes('signed-in') || given.includes('110114'), `${who} ${path}`)
        t.false(given.includes(CANARY), `${who} ${path}`)
        t.false(given.includes(STUDY), `${who} ${path}`)
      }
    for (const who of ['referrer', 'first', 'technician'])
      for (const path of ['/api/journal.csv', '/api/journal/audit'])
        t.is((await as(who).get(path)).status, 403)
  },
)

test.serial(
  'an export of more entries than its limit is refused in words, and leaves no trace of one',
  async t => {
    const { as, services } = scene
    const { db, journal } = services
    const made = Date.now()
    await db.write(tx =>
      journal.appendMany(
        tx,
        Array.from({ length: 20_001 }, (_, n) => ({
          fact: { type: 'note-made', site: null, ids: {}, body: { n } },
          origin: { by: 'command' as const, user: 'test' },
        })),
      ),
    )
    const exports = async () => (await journal.read({ types: ['journal-exported'], limit: 1000 })).length
    const before = await exports()
    for (const path of ['/api/journal.csv', '/api/journal/audit']) {
      const refused = await as('auditor').get<{ error: { message: string } }>(`${path}?type=note-made`)
      t.is(refused.status, 413, path)
      t.regex(JSON.stringify(refused.body), /Plus de 20000 inscriptions : choisissez une période plus courte/)
    }
    t.is(await exports(), before)
    const shorter = await as('auditor').bytes(
      `/api/journal.csv?type=note-made&to=${new Date(made - 1).toISOString()}`,
    )
    t.is(shorter.status, 200)
    t.is(await exports(), before + 1)
  },
)

test.serial('the document of threats names what is there', t => {
  const named =
    readFileSync(join(root, 'SECURITY.md'), 'utf8').match(/(?<=`)(tests|node|config)\/[\w./-]+(?=`)/g) ?? []
  t.true(named.length > 30)
  t.deepEqual(
    named.filter(path => !existsSync(join(root, path))),
    [],
  )
})

test.serial('the export is text to a spreadsheet, whatever a name begins with', t => {
  const row = { seq: 1, at: '2026-01-01T00:00:00Z', type: 'record-opened', of: 'N-1', by: '=HYPERLINK("x")' }
  t.is(
    csvOf([row], ','),
    '\ufeffseq,at,type,screen,of,by,role,bySite,address,right,as\r\n' +
      '1,2026-01-01T00:00:00Z,record-opened,,N-1,"\'=HYPERLINK(""x"")",,,,,\r\n',
  )
})

test.serial(
  'no address of the interface asks for health data, but those the standard or a search prescribes',
  async t => {
    const { as } = scene
    const { body } = await as('operator').get<{
      paths: Record<string, Record<string, { parameters?: { name: string; in: string }[] }>>
    }>('/api/openapi.json')
    const named = Object.entries(body.paths).flatMap(([path, methods]) =>
      Object.values(methods).flatMap(({ parameters = [] }) =>
        parameters
          .filter(({ name }) => /patient|birth|family|given|question|accession/i.test(name))
          .map(({ name }) => `${path} ${name}`),
      ),
    )
    // The search at a PACS has the names of its C-FIND keys; nothing keeps the addresses that were asked.
    t.deepEqual(
      [...new Set(named.map(each => each.split(' ')[0]))].filter(
        path => path !== undefined && !/^\/(api\/(studies\/search|imports)|dicomweb)/.test(path),
      ),
      [],
    )
    for (const path of Object.keys(SHOWING))
      t.truthy(body.paths[path.replace(/:(\w+)/g, '{$1}')], `${path} is an address that shows a patient`)
  },
)

/** Which fields about a person each list carries: what its screen shows of them, and no more. */
const LISTS: Readonly<Record<string, { who: string; fields: readonly string[] }>> = {
  // The panel beside the worklist identifies the person before the request itself is read.
  '/api/requests': { who: 'first', fields: ['birthDate', 'family', 'given', 'id', 'issuer', 'sex'] },
  '/api/reports': { who: 'referrer', fields: ['birthDate', 'family', 'given', 'sex'] },
  '/api/studies': {
    who: 'first',
    fields: ['IssuerOfPatientID', 'PatientBirthDate', 'PatientID', 'PatientName', 'PatientSex'],
  },
  '/api/transfers': { who: 'operator', fields: [] },
  '/api/outbox': { who: 'operator', fields: [] },
  '/api/notices': { who: 'referrer', fields: [] },
  '/api/journal': { who: 'keeper', fields: [] },
}

test.serial('a list carries of a person what its screen shows, and no more', async t => {
  const { as } = scene
  for (const [path, { who, fields }] of Object.entries(LISTS)) {
    if (path === '/api/transfers')
      await as('technician').post(`/api/studies/${STUDY}/send`, { peer: 'lecture-pacs' })
    const body = await eventually(`${path} has something to show`, async () => {
      const answer = await as(who).get<ListView<Record<string, unknown>>>(path)
      return answer.body.items.length > 0 ? answer.body : undefined
    })
    const [first] = body.items
    const person = (first?.['patient'] ?? first ?? {}) as Record<string, unknown>
    const about = Object.keys(person).filter(
      key => first?.['patient'] !== undefined || /^(Patient|IssuerOfPatient|Other)/.test(key),
    )
    t.deepEqual(about.sort(), [...fields], path)
    if (fields.length === 0) t.false(JSON.stringify(body).includes(CANARY), path)
  }
})

test.serial(
  'what leaves by push, telephone, webhook and letter says where to look, and nothing of whom',
  async t => {
    const { as, ask, far, woken } = scene
    const { id, reference } = await ask({ urgency: 'emergency', studies: [] })
    const conversation = `/api/requests/${id}/conversation`
    const { people } = (await as('referrer').get<ConversationView>(conversation)).body
    const [reader] = people.filter(({ role }) => role === 'radiologist')
    await as('referrer').post(conversation, {
      client: 'canari-vert-1',
      text: `${CANARY} est à jeun`,
      mentions: reader === undefined ? [] : [reader.account],
      attachments: [{ name: `${CANARY}.txt`, content: Buffer.from(CANARY).toString('base64') }],
    })
    const message = await eventually('the browser is woken', () => far.push.taken[0])
    const said = woken.read(message.body)
    t.true(said['body']?.endsWith(reference))
    const sms = await eventually('the telephone rings', () => far.telephone.taken[0])
    t.true(sms.body.toString().includes(reference))
    await eventually('the site’s program is told of all of it', () =>
      ['report-signed', 'request-offered', 'message-sent'].every(kind =>
        far.webhook.taken.some(({ body }) => JSON.parse(body.toString()).kind === kind),
      )
        ? true
        : undefined,
    )
    const leaves = [
      ...far.push.taken.map(({ body, headers, path }) => [woken.read(body), headers, path]),
      ...[...far.telephone.taken, ...far.webhook.taken].map(({ body, headers, path }) => [
        body.toString(),
        headers,
        path,
      ]),
    ]
    t.true(leaves.length >= 5)
    for (const one of leaves) clean(t, 'what leaves', one)
  },
)

/** Nothing of the patient stands in it. */
function clean(t: ExecutionContext, what: string, value: unknown): void {
  const text = typeof value === 'string' ? value : JSON.stringify(value ?? null)
  t.false(text.includes(CANARY) || text.includes('19310117') || text.includes('1931-01-17'), what)
}

/** Every file below a folder. */
const filesOf = (folder: string) =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' }).map(name => join(folder, name))

test.serial('health data is in the database and the stored files, and nowhere else', async t => {
  const { as, folder, log, people } = scene
  const isClean = (what: string, value: unknown) => clean(t, what, value)
  // Those whose work it is see it: the canary is there to be found.
  t.true(JSON.stringify((await as('first').get('/api/requests')).body).includes(CANARY))

  // Everybody else, in everything they may ask; letters; what the socket said to anybody.
  for (const who of ['stranger', 'keeper', 'operator'])
    for (const path of [
      '/api/requests',
      '/api/reports',
      '/api/studies',
      '/api/conflicts',
      '/api/transfers',
      '/api/retrievals',
      '/api/outbox',
      '/api/outbox/facts',
      '/api/journal?limit=200',
      '/api/notices',
      '/api/peers',
      '/api/imports',
      `/api/studies/${STUDY}`,
      `/dicomweb/studies?PatientID=*`,
      '/metrics',
    ])
      isClean(`${who} ${path}`, (await as(who).bytes(path)).bytes.toString())
  for (const who of people.keys()) {
    isClean(`the notices of ${who}`, (await as(who).get('/api/notices')).body)
    isClean(`the line of ${who}`, as(who).heard)
  }
  const letters = await eventually('letters', async () => {
    const { body } = await as('operator').get<ListView<unknown>>('/api/mailbox')
    return body.items.length > 0 ? body.items : undefined
  })
  isClean('letters', letters)
  await as('operator').post<DoctorView>('/api/doctor')
  await eventually(
    'the examination',
    async () =>
      (await as('operator').get<DoctorView>('/api/doctor')).body.state === 'done' ? true : undefined,
    90_000,
  )
  isClean('the examination', (await as('operator').get('/api/doctor')).body)

  t.true(log().length > 0)
  isClean('the log', log())
  for (const path of filesOf(folder)) {
    isClean('a file’s name', path)
    const place = path.slice(folder.length + 1)
    if (/^(relais\.sqlite|objects)/.test(place) || !existsSync(path) || !statSync(path).isFile()) continue
    isClean(place, readFileSync(path, 'latin1'))
  }
  const database = ['relais.sqlite', 'relais.sqlite-wal'].map(name =>
    readFileSync(join(folder, name), 'latin1'),
  )
  t.true(
    database.some(bytes => bytes.includes(CANARY)),
    'and there it is',
  )
})

test.serial(
  'keys are listed without being shown; the node’s own are replaced, and every session ended, by command',
  async t => {
    const { as, folder, services } = scene
    const env = settingsFor(folder)
    const said = await relais(['keys', 'list', '--json'], env)
    t.is(said.code, 0, said.stderr)
    const { keys } = JSON.parse(said.stdout) as {
      keys: { name: string; fingerprint?: string; file: string }[]
    }
    t.true(['dicom', 'factors'].every(name => keys.some(key => key.name === name)))
    for (const { file } of keys)
      for (const line of readFileSync(file, 'utf8')
        .split('\n')
        .filter(each => each.length > 30))
        t.false(said.stdout.includes(line), file)
    const fingerprint = services.certificates.own().facts.fingerprint
    const rotate = (name: string) =>
      commandHandler(services)({ command: 'keys rotate', input: { name }, user: 'test' }, () => {})
    await rotate('dicom')
    t.not(services.certificates.own().facts.fingerprint, fingerprint)
    t.is((await as('first').get('/api/session')).status, 200)
    t.deepEqual(await rotate('sessions'), { name: 'sessions', ended: 7 })
    t.is((await as('first').get('/api/session')).status, 401)
    t.throws(() => keysRotate.read({ values: {}, positionals: ['everything'], cwd: folder }), {
      code: 'invalid',
    })
    t.is((await services.journal.read({ types: ['sessions-ended'] }))[0]?.origin?.by, 'command')
  },
)
