import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import anyTest, { type TestFn } from 'ava'
import type { ActIndex } from '../../node/archive/act.js'
import { seen } from '../../node/archive/openings.js'
import { archiveRoutes } from '../../node/archive/routes.js'
import type { Acting } from '../../node/http/acting.js'
import { canonical } from '../../node/journal/canonical.js'
import { type Excerpt, journalExcerpt } from '../../node/journal/excerpt.js'
import type { Asker } from '../../node/requests/ports.js'
import type { RequestTables } from '../../node/requests/schema.js'
import { PEOPLE } from '../support/act.js'
import { textPDF } from '../support/papers.js'
import { textOf } from '../support/pdf.js'
import { auditor, openReadAct, STUDY, type Story } from '../support/read-act.js'

const { referrer, first, technician, stranger } = PEOPLE
const COMMAND = { by: 'command' as const, user: 'root' }

const test = anyTest as TestFn<Story>
test.beforeEach(async t => {
  t.context = await openReadAct()
})
test.afterEach.always(t => t.context.act.close())

const sha256 = (bytes: Buffer | string) => createHash('sha256').update(bytes).digest('hex')
const parsed = <T>(dir: string, file: string) => JSON.parse(readFileSync(join(dir, file), 'utf8')) as T
const run = (dir: string, command: string) =>
  execFileSync('sh', ['-c', command], { cwd: dir, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
/** The commands under the letter C of the README: as an expert would paste them. */
const checkOf = (dir: string) =>
  /\nC\.\n([\s\S]*?\nEND)\n/.exec(readFileSync(join(dir, 'README.txt'), 'utf8'))?.[1] as string

test('the exported folder is checked with common tools alone', async t => {
  const { archive, request, dir } = t.context
  const answer = await archive.exportTo(request, dir, COMMAND)
  t.deepEqual(readdirSync(dir).sort(), [
    'FORMAT.html',
    'MANIFEST.sha256',
    'README.txt',
    'act.json',
    'index.pdf',
    'journal.json',
    'journal.sqlite',
    'proof.json',
    'reports',
    'verifier.html',
  ])
  t.deepEqual(readdirSync(join(dir, 'reports')).sort(), ['1.json', '1.pdf', '2.json', '2.pdf'])
  t.is(run(dir, 'sha256sum -c MANIFEST.sha256 | grep -c ": OK$"').trim(), '12')
  t.regex(run(dir, checkOf(dir)), /^\d+ journal entries and 2 signed versions fit\n$/)
  t.regex(readFileSync(join(dir, 'reports/1.pdf'), 'latin1'), /^%PDF-/)
  t.like(answer, { dir, files: 13, manifest: sha256(readFileSync(join(dir, 'MANIFEST.sha256'))) })
  t.false(existsSync(`${dir}.part`))
})

test('what was changed in the folder is found by the same commands', async t => {
  const { archive, request, dir } = t.context
  await archive.exportTo(request, dir, COMMAND)
  const before = readFileSync(join(dir, 'journal.json'), 'utf8')
  const change = (from: RegExp | string, to: string) => {
    t.not(before.replace(from, to), before)
    writeFileSync(join(dir, 'journal.json'), before.replace(from, to))
    t.throws(() => run(dir, checkOf(dir)), { message: /AssertionError/ })
  }
  change('request-claimed', 'request-refused')
  change('Dr Un', 'Dr Deux')
  change(/"at": \d/, '"at": 9')
  writeFileSync(join(dir, 'journal.json'), before)
  run(dir, checkOf(dir))
  writeFileSync(
    join(dir, 'reports/1.json'),
    readFileSync(join(dir, 'reports/1.json'), 'utf8').replace('normal', 'anormal'),
  )
  t.throws(() => run(dir, checkOf(dir)), { message: /AssertionError/ })
  t.throws(() => run(dir, 'sha256sum -c MANIFEST.sha256'))
})

test('the index holds the whole act and nothing of another one', async t => {
  const { archive, request, report, images, act } = t.context
  const index = await archive.read('N-0001', auditor.origin)
  t.like(index, {
    format: 'relais-act/1',
    request,
    reference: 'N-0001',
    site: { id: 'nord', name: 'Hôpital Nord' },
    readingSites: [{ id: 'lecture', name: 'Groupe de lecture', until: null }],
  })
  t.like(index.versions, [
    { revision: 1, by: { account: 'acc_ref', name: 'Dr Exemple', role: 'referrer', address: '192.0.2.1' } },
  ])
  t.deepEqual(index.versions[0]?.form.consent, { given: true })
  t.is(index.versions[0]?.form.identityCheckedBy, 'M. Témoin')
  t.like(index.studies, [
    { StudyInstanceUID: STUDY, series: 1, arrivals: [{ source: 'pacs-nord', instances: 2 }] },
  ])
  t.deepEqual(
    index.studies[0]?.instances.map(instance => instance.sha256),
    images.map(sha256),
  )
  t.like(index.transfers, [{ peer: 'pacs-lecture', cause: 'rte_1', state: 'sent', total: 2 }])
  t.is(index.transfers.length, 1)
  t.is(index.transfers[0]?.instances.length, 2)
  t.like(index.reports, [
    { report, version: 1, kind: 'preliminary', intact: true, signer: { account: 'acc_rad1', name: 'Dr Un' } },
    {
      report,
      version: 2,
      kind: 'final',
      intact: true,
      files: { signed: 'reports/2.json', pdf: 'reports/2.pdf' },
    },
  ])
  t.like(index.receipts, [
    { report, version: 2, by: { name: 'Dr Exemple', role: 'urgentiste', account: 'acc_ref' } },
  ])
  t.deepEqual([...new Set(index.messages.map(({ kind }) => kind))].sort(), [
    'report-signed',
    'request-claimed',
    'request-offered',
  ])
  t.like(
    index.alerts.map(({ kind, state }) => ({ kind, state })),
    ['dispatch', 'claim', 'decision', 'seen'].map(kind => ({ kind, state: 'ended' })),
  )
  const claim = index.alerts.find(({ kind }) => kind === 'claim')
  t.truthy(claim?.rungs[0]?.firedAt)
  t.deepEqual(
    claim?.rungs[0]?.people.map(({ name }) => name),
    ['Dr Un', 'Dr Deux'],
  )
  t.true(index.messages.some(({ alert, wave }) => alert === claim?.id && wave !== null))
  const types = index.timeline.map(({ type }) => type)
  for (const type of [
    'study-received',
    'request-created',
    'request-claimed',
    'transfer-queued',
    'study-sent',
    'report-signed',
  ])
    t.true(types.includes(type), type)
  const other = (await act.journal.read({ types: ['request-created'] }))[1]?.ids['request'] as string
  t.false(JSON.stringify(index).includes(other))
  // Its own reading is part of it from now on.
  const [read] = await act.journal.read({ types: ['archive-read'] })
  t.like(read, { ids: { request }, site: 'nord', origin: { account: 'acc_aud' } })
})

test('the record, and its printed index, hold each thing the law and the guides name: item by item', async t => {
  const { archive, request, report, act, dir, conversations } = t.context
  const { journal, db, clock } = act
  await conversations.send(referrer, request, { client: 'item-by-item-1', text: 'Le patient arrive.' })
  const [studied] = await journal.read({ types: ['study-received'] })
  const study = studied?.ids['study'] ?? ''
  const add = (type: string, ids: Record<string, string>, body: Record<string, string | number | boolean>) =>
    db.write(tx => journal.append(tx, { type, site: 'nord', ids, body }, first.origin))
  await add(
    'record-opened',
    { seen: seen(request) },
    { screen: 'request', right: 'request.read', as: 'party' },
  )
  await add('record-opened', { seen: seen(report) }, { screen: 'report', right: 'report.read', as: 'party' })
  await add(
    'record-opened',
    { seen: seen('req_other') },
    { screen: 'request', right: 'request.read', as: 'own' },
  )
  await add('images-opened', { study }, { StudyInstanceUID: STUDY })
  const critical = { critical: 'crit_1', request }
  await add('critical-raised', critical, { class: 1, finding: 'Embolie', foundAt: clock.isoNow() })
  await add('critical-acknowledged', critical, {
    receiver: 'Dr Garde',
    role: 'urgentiste',
    at: clock.isoNow(),
    method: 'phone',
    readBack: true,
  })
  await add('transfer-failed', { study, request }, { reason: 'A700 plus de place' })
  await db.write(tx =>
    journal.append(
      tx,
      { type: 'clock-jumped', site: null, ids: {}, body: { byMs: 5000 } },
      { by: 'system', part: 'archive' },
    ),
  )
  await archive.exportTo(request, dir, COMMAND)
  const index = parsed<ActIndex>(dir, 'act.json')
  t.deepEqual(
    index.access.map(({ type, screen, by }) => [type, screen, by.name]),
    [
      ['record-opened', 'request', 'Dr Un'],
      ['record-opened', 'report', 'Dr Un'],
      ['images-opened', null, 'Dr Un'],
    ],
    'nothing of another act',
  )
  t.like(index.criticals, [
    {
      critical: 'crit_1',
      class: 1,
      finding: 'Embolie',
      steps: [
        { type: 'critical-raised' },
        { type: 'critical-acknowledged', body: { receiver: 'Dr Garde', readBack: true } },
      ],
    },
  ])
  t.deepEqual(
    index.incidents.map(({ type, ofTheNode, reason }) => [type, ofTheNode, reason]),
    [
      ['transfer-failed', false, 'A700 plus de place'],
      ['clock-jumped', true, null],
    ],
  )
  run(dir, checkOf(dir))
  const text = textOf(readFileSync(join(dir, 'index.pdf')))?.replace(/\s+/g, ' ')
  for (const said of [
    'Identité vérifiée par · Identity checked by: M. Témoin',
    'Information et consentement · Information and consent: recueilli (given)',
    STUDY,
    'reçues de (from) pacs-nord',
    'pacs-lecture : sent, 2/2 envoyées (sent)',
    index.reports[1]?.digest ?? 'a digest',
    'version 2 : Dr Exemple, urgentiste',
    'Embolie',
    'Dr Garde, urgentiste, phone, relu (read back)',
    'Le patient arrive.',
    'request-claimed',
    'ALERTE',
    'transfer-failed : A700 plus de place',
    'clock-jumped (nœud · node)',
    'images-opened, Dr Un',
  ])
    if (text !== undefined) t.true(text.replaceAll(' ', '').includes(said.replaceAll(' ', '')), said)
})

test('an act that lived through everything has each part of it in its record: the list of the law and the guides, row by row', async t => {
  const { archive, request, report, act, conversations } = t.context
  const { journal, db } = act
  await conversations.send(referrer, request, { client: 'row-by-row-1', text: 'Le patient arrive.' })
  const study = (await journal.read({ types: ['study-received'] }))[0]?.ids['study'] ?? ''
  const transfer = (await archive.read(request, COMMAND)).transfers[0]?.transfer ?? ''
  // What can befall an act, under the ids that each is recorded with.
  const befell: Record<string, Record<string, string>> = {
    'transfer-failed': { study, transfer },
    'commitment-given-up': { study, transfer, peer: 'pacs-lecture' },
    'instance-conflict': { study, conflict: 'con_1' },
    'instance-refused': { study },
    'notice-failed': { request, notice: 'ntc_1' },
    'job-parked': { job: 'job_1', report },
    'job-given-up': { job: 'job_1', report },
    'fact-parked': { parked: 'prk_1', request },
    'recall-needed': { request, recall: 'rcl_1' },
    'critical-raised': { request, critical: 'crit_1' },
    'critical-acknowledged': { request, critical: 'crit_1' },
    'record-opened': { seen: seen(request) },
    'images-opened': { study },
    'study-lent': { study, loan: 'lon_1' },
    'instances-given': { study, peer: 'pacs-lecture' },
  }
  for (const [type, ids] of Object.entries(befell))
    await db.write(tx =>
      journal.append(
        tx,
        { type, site: 'nord', ids, body: { reason: type, screen: 'request' } },
        first.origin,
      ),
    )
  await db.write(tx =>
    journal.append(
      tx,
      { type: 'job-parked', site: 'nord', ids: { job: 'job_2', request: 'req_other' }, body: {} },
      COMMAND,
    ),
  )
  const index = await archive.read(request, COMMAND)
  const has = (list: readonly { type: string }[], type: string) => list.some(each => each.type === type)
  const step = (type: string) => index.timeline.find(each => each.type === type)
  const rows: [what: string, there: unknown][] = [
    [
      'the request, every version',
      index.versions.length > 0 && index.versions.every(({ at, by }) => at && by),
    ],
    ['consent and information', index.versions.every(({ form }) => 'given' in form.consent)],
    ['who checked the identity', index.versions.every(({ form }) => form.identityCheckedBy)],
    [
      'the study: UIDs, counts, a digest for each instance',
      index.studies[0]?.instances.every(({ sha256 }) => sha256),
    ],
    [
      'where its images came from',
      index.studies[0]?.arrivals.every(({ address, source }) => address && source),
    ],
    [
      'every transfer and its result',
      index.transfers.every(each => each.state && each.total === each.instances.length),
    ],
    [
      'each change of state: who, role, site, when, from where',
      ['request-created', 'request-claimed', 'report-signed'].every(type => {
        const { by, at } = step(type) ?? {}
        return at && by?.name && by.role && by.site && by.address
      }),
    ],
    ['what was said', index.conversation.some(({ text }) => text === 'Le patient arrive.')],
    [
      'each report as signed, and as PDF',
      index.reports.length === 2 && index.reports.every(({ intact, files }) => intact && files.pdf),
    ],
    ['receipts', index.receipts.some(({ by }) => by.name === 'Dr Exemple')],
    ['critical findings and what was done', index.criticals[0]?.steps.length === 2],
    [
      'who was told, how',
      index.messages.length > 0 && index.messages.every(({ channels }) => channels.length > 0),
    ],
    ['what waited for whom', index.alerts.every(({ rungs }) => rungs.length > 0)],
    ...Object.keys(befell)
      .filter(type => /fail|given-up|conflict|refused|parked|needed/.test(type))
      .map((type): [string, unknown] => [`incident ${type}`, has(index.incidents, type)]),
    ...['record-opened', 'images-opened', 'study-lent', 'instances-given'].map((type): [string, unknown] => [
      `access ${type}`,
      has(index.access, type),
    ]),
    ...Object.keys(befell).map((type): [string, unknown] => [`timeline ${type}`, has(index.timeline, type)]),
  ]
  t.deepEqual(
    rows.filter(([, there]) => !there).map(([what]) => what),
    [],
  )
  t.false(JSON.stringify(index).includes('job_2'), 'nothing of another act')
})

test('what befalls the node after the act has ended is none of its business', async t => {
  const { archive, request, act } = t.context
  const jump = () =>
    act.db.write(tx =>
      act.journal.append(
        tx,
        { type: 'clock-jumped', site: null, ids: {}, body: { byMs: 1 } },
        { by: 'system', part: 'archive' },
      ),
    )
  const stands = (state: 'reading' | 'closed') =>
    act.db.write(tx =>
      tx.sql<RequestTables>().updateTable('requests').set({ state }).where('id', '=', request).execute(),
    )
  act.clock.advance(1000)
  await jump()
  await stands('reading')
  t.is((await archive.read(request, COMMAND)).incidents.length, 1)
  await stands('closed')
  t.is((await archive.read(request, COMMAND)).incidents.length, 0, 'its last step was before')
})

test('what the parties said to each other is in the record, with the files they sent, and is checked like the rest', async t => {
  const { archive, request, dir, act, conversations } = t.context
  const letter = textPDF('Compte rendu ancien fictif')
  const sent = await conversations.send(referrer, request, {
    client: 'from-the-ward-1',
    text: 'Voici le compte rendu précédent.',
    mentions: [first.who.account.id],
    attachments: [
      { name: '../../ancien.exe', content: letter.toString('base64') },
      { name: 'note', content: Buffer.from('Créatinine : 80').toString('base64') },
    ],
  })
  const answered = await conversations.send(first, request, { client: 'from-the-desk-1', text: 'Merci.' })
  await conversations.enterInError(first, request, answered.id, 'Mauvaise demande')
  await act.followers.settled()
  await archive.exportTo(request, dir, COMMAND)
  t.deepEqual(readdirSync(join(dir, 'attachments')).sort(), ['1-1.pdf', '1-2.txt'])
  t.true(readFileSync(join(dir, 'attachments/1-1.pdf')).equals(letter))
  const index = parsed<ActIndex>(dir, 'act.json')
  t.like(index.conversation, [
    {
      message: sent.id,
      by: { account: 'acc_ref', name: 'Dr Exemple', role: 'referrer', site: 'Hôpital Nord' },
      text: 'Voici le compte rendu précédent.',
      mentions: [{ account: 'acc_rad1', name: 'Dr Un' }],
      attachments: [
        { name: 'ancien.pdf', kind: 'pdf', sha256: sha256(letter), file: 'attachments/1-1.pdf' },
        { name: 'note.txt', kind: 'text', file: 'attachments/1-2.txt' },
      ],
      inError: null,
    },
    { text: 'Merci.', inError: { by: 'Dr Un', reason: 'Mauvaise demande' } },
  ])
  t.like(index.readUpTo, [
    { account: 'acc_rad1', message: answered.id },
    { account: 'acc_ref', message: sent.id },
  ])
  t.true(index.timeline.some(({ type }) => type === 'message-entered-in-error'))
  run(dir, 'sha256sum -c MANIFEST.sha256')
  run(dir, checkOf(dir))
  const note = join(dir, 'attachments/1-2.txt')
  writeFileSync(note, 'Créatinine : 180')
  t.throws(() => run(dir, checkOf(dir)), { message: /AssertionError/ })

  const stored = await act.objects.find(sha256(letter))
  rmSync(act.objects.path(stored as NonNullable<typeof stored>))
  await archive.exportTo(request, `${dir}-again`, COMMAND)
  t.is(parsed<ActIndex>(`${dir}-again`, 'act.json').conversation[0]?.attachments[0]?.file, null)
  run(`${dir}-again`, checkOf(`${dir}-again`))
})

test('an export is an entry of the journal that names its manifest', async t => {
  const { archive, request, dir, act } = t.context
  const { manifest } = await archive.exportTo(request, dir, COMMAND)
  const [exported] = await act.journal.read({ types: ['archive-exported'] })
  t.like(exported, { ids: { request }, body: { manifest, files: 13, reference: 'N-0001' }, origin: COMMAND })
})

test('a folder is written whole or not at all', async t => {
  const { archive, request, dir, act } = t.context
  mkdirSync(dir)
  writeFileSync(join(dir, 'mine'), 'x')
  t.like(await t.throwsAsync(archive.exportTo(request, dir, COMMAND)), { code: 'conflict' })
  t.deepEqual(readdirSync(dir), ['mine'])
  rmSync(join(dir, 'mine'))
  mkdirSync(`${dir}.part`)
  const cutOff = await t.throwsAsync(archive.exportTo(request, dir, COMMAND))
  t.like(cutOff, { code: 'conflict' })
  t.regex(cutOff?.message ?? '', /cut off/)
  t.true(existsSync(`${dir}.part`))
  rmSync(`${dir}.part`, { recursive: true })
  const nowhere = join(act.folder, 'no', 'such')
  t.like(await t.throwsAsync(archive.exportTo(request, nowhere, COMMAND)), { code: 'invalid' })
  writeFileSync(join(act.folder, 'file'), '')
  t.like(await t.throwsAsync(archive.exportTo(request, join(act.folder, 'file'), COMMAND)), {
    code: 'invalid',
  })
  t.like(await t.throwsAsync(archive.exportTo('N-9999', dir, COMMAND)), { code: 'missing' })
  t.is((await act.journal.read({ types: ['archive-exported'] })).length, 0)
  await archive.exportTo(request, dir, COMMAND)
  t.true(existsSync(join(dir, 'act.json')))
})

test('a PDF that was lost does not hide the rest: the record says that it is not there', async t => {
  const { archive, request, dir, act } = t.context
  const [fact] = await act.journal.read({ types: ['report-signed'] })
  const stored = await act.objects.find(String(fact?.body?.['pdf']))
  rmSync(act.objects.path(stored as NonNullable<typeof stored>))
  await archive.exportTo(request, dir, COMMAND)
  t.deepEqual(readdirSync(join(dir, 'reports')).sort(), ['1.json', '2.json', '2.pdf'])
  t.is(parsed<ActIndex>(dir, 'act.json').reports[0]?.files.pdf, null)
  run(dir, 'sha256sum -c MANIFEST.sha256')
})

test('erased bodies leave their commitments, and the excerpt still fits', async t => {
  const { archive, request, dir, act } = t.context
  const facts = await act.journal.read({ subject: request, types: ['request-created'] })
  const fact = { type: 'bodies-erased', site: 'nord', ids: {}, body: {} }
  await act.db.write(tx =>
    act.journal.erase(
      tx,
      facts.map(({ seq }) => seq),
      fact,
      COMMAND,
    ),
  )
  await archive.exportTo(request, dir, COMMAND)
  run(dir, checkOf(dir))
  const { entries } = parsed<Excerpt>(dir, 'journal.json')
  t.like(
    entries.find(({ type }) => type === 'request-created'),
    { body: null, salt: null },
  )
})

test('the excerpt is recomputed entry by entry, up to the head', async t => {
  const { act, request } = t.context
  const { entries, head } = await journalExcerpt(act.db, [request])
  t.true(entries.length > 5)
  for (const entry of entries) {
    t.is(canonical(JSON.parse(entry.chained)), entry.chained)
    t.is(sha256(entry.chained), entry.sha256)
    t.is(createHash('sha3-512').update(entry.chained).digest('hex'), entry['sha3-512'])
    const salted = Buffer.concat([Buffer.from(entry.salt ?? '', 'hex'), Buffer.from(entry.body ?? '')])
    t.is(sha256(salted), entry.commitment.sha256)
  }
  t.is(head?.seq, await act.journal.head())
})

test('the bundle is the same folder as a ZIP archive', async t => {
  const { archive, request, act } = t.context
  const { filename, bytes } = await archive.bundle(request, auditor.origin)
  t.is(filename, 'act-N-0001.zip')
  writeFileSync(join(act.folder, filename), bytes)
  run(act.folder, `unzip -q ${filename} && cd act-N-0001 && sha256sum -c MANIFEST.sha256`)
})

test('who may not see the act learns nothing of it; who may read it may not always take it away', async t => {
  const { archive, sealing, request } = t.context
  const [read, take] = archiveRoutes({ archive, sealing })
  const ask = async (route: typeof read, { who, origin }: Asker, act = request) =>
    route?.run({ who: who as Acting, origin, params: { request: act } } as never)
  t.like(await ask(read, referrer), { reference: 'N-0001' })
  t.like(await ask(read, first), { reference: 'N-0001' })
  t.like(await ask(take, auditor), { filename: 'act-N-0001.zip', type: 'application/zip' })
  t.like(await t.throwsAsync(ask(take, referrer)), { code: 'forbidden' })
  t.like(await t.throwsAsync(ask(read, technician)), { code: 'forbidden' })
  t.like(await t.throwsAsync(ask(read, stranger)), { code: 'missing' })
  t.like(await t.throwsAsync(ask(read, auditor, 'req_none')), { code: 'missing' })
})
