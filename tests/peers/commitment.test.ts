import { renameSync } from 'node:fs'
import test from 'ava'
import Sqlite from 'better-sqlite3'
import { type ManualClock, manualClock } from '../../node/clock.js'
import type { Reference } from '../../node/dicom/network/commitment.js'
import { SOPClass } from '../../node/dicom/uids.js'
import type { Services } from '../../node/program/services.js'
import { asking } from '../support/acceptors.js'
import { freePort, eventually as waiting } from '../support/children.js'
import { CONTRACTS, openNode, peerOf, SITES, type TestNode, temporary } from '../support/node.js'
import { openOrthanc, programs } from '../support/pacs.js'
import { type Answers, type Committing, openCommittingPacs } from '../support/pacs-commitment.js'
import { type PhantomFile, toStore, writePhantom } from '../support/phantoms.js'
import { listener } from '../support/raw-association.js'
import { sourcesUnder } from '../support/sources.js'

// One after the other: each has processes of its own, and the machine may be small.
const withOrthanc = programs.orthanc ? test.serial : test.skip

const COMMIT = { may: ['echo', 'store', 'find', 'commit'] }
const ENV = { RELAIS_COMMITMENT_WAIT_MS: '200' }
const nowhere = 4242
/** Processes start and answer slowly where the machine is small and busy. */
const eventually: typeof waiting = (what, look, timeoutMs = 45_000) => waiting(what, look, timeoutMs)

function routed(port: number, more: { lecture?: object; nord?: object } = {}) {
  return {
    sites: SITES,
    contracts: CONTRACTS,
    peers: [
      peerOf('nord-pacs', 'nord', 'NORDPACS', nowhere, more.nord),
      peerOf('sud-pacs', 'sud', 'SUDPACS', nowhere, COMMIT),
      peerOf('lecture-pacs', 'lecture', 'LECTURE', port, { ...COMMIT, ...more.lecture }),
    ],
    routes: [{ id: 'nord-lecture', when: { site: 'nord' }, to: ['lecture-pacs'] }],
  }
}

async function sendAs(aeTitle: string, port: number, files: readonly PhantomFile[]): Promise<void> {
  const association = await asking(port, { callingAETitle: aeTitle })
  for (const file of files) await association.store(toStore(file))
  await association.release()
}

const referencesOf = (files: readonly PhantomFile[]) =>
  files.map(({ sopClassUID, sopInstanceUID }) => ({ sopClassUID, sopInstanceUID }))

const rowsOf = (services: Services, sql: string) => {
  const db = new Sqlite(services.db.file, { readonly: true })
  try {
    return db.prepare(sql).all() as Record<string, unknown>[]
  } finally {
    db.close()
  }
}

/** Waits until the study was sent and its destination asked. */
async function askedOf(node: TestNode, pacs: Committing): Promise<string> {
  const [asked] = await eventually('the destination is asked', () =>
    pacs.requests.length > 0 ? pacs.requests : undefined,
  )
  return asked?.transactionUID ?? node.folder
}

withOrthanc('Orthanc is asked and commits itself: the transfer is confirmed by its word', async t => {
  const port = await freePort()
  const node = await openNode(t, { env: ENV, network: routed(port) })
  await openOrthanc(t, { aeTitle: 'LECTURE', port, node: { port: node.addresses.dicom } })
  const { uid, files } = writePhantom(temporary(t), 'ct', { images: 5 })
  await sendAs('NORDPACS', node.addresses.dicom, files)
  t.like(await node.transferred(uid, 'lecture-pacs', 'confirmed'), { confirmed: 5, total: 5 })
  const [answer, ...more] = await node.facts('commitment-answered')
  t.deepEqual(more, [])
  t.like(answer?.body, { committed: 5, failed: 0, unsaid: 0, late: false })
  t.like(answer?.origin, { by: 'peer', peer: 'lecture-pacs', callingAETitle: 'LECTURE' })
})

withOrthanc(
  'Orthanc asks a keeper: what is here is committed and held, what is not is no such instance',
  async t => {
    const port = await freePort()
    const network = routed(nowhere, { nord: { port, commitment: 'keeper' } })
    const node = await openNode(t, { env: ENV, network: { ...network, routes: [] } })
    const pacs = await openOrthanc(t, { aeTitle: 'NORDPACS', port, node: { port: node.addresses.dicom } })
    const { uid, files } = writePhantom(temporary(t), 'ct', { images: 3 })
    await pacs.add(files)
    await pacs.send(uid)
    await node.received(uid, 3)
    t.like(await pacs.askToCommit(referencesOf(files)), { Status: 'Success' })
    t.deepEqual(rowsOf(node.services, 'SELECT count(*) AS held FROM holds'), [{ held: 3 }])

    const [first] = referencesOf(files)
    const mixed = await pacs.askToCommit([
      ...referencesOf(files).slice(1),
      { sopClassUID: first?.sopClassUID ?? '', sopInstanceUID: '1.2.3.4' },
      { sopClassUID: '1.2.840.10008.5.1.4.1.1.4', sopInstanceUID: first?.sopInstanceUID ?? '' },
    ])
    t.is(mixed.Status, 'Failure')
    t.deepEqual(mixed.Failures.map(({ FailureReason }) => FailureReason).sort(), [0x0112, 0x0119])
    t.is(mixed.Success.length, 2)
    const reported = await eventually('both answers are heard', async () => {
      const facts = await node.facts('commitment-reported')
      return facts.length === 2 ? facts : undefined
    })
    t.like(reported[1]?.body, { committed: 2, failed: 2 })
  },
)

test.serial('a destination answers hours later, after a restart, on an association of its own', async t => {
  const pacs = await openCommittingPacs(t, { aeTitle: 'LECTURE' })
  const folder = temporary(t)
  const network = routed(pacs.port)
  const before = await openNode(t, { folder, env: ENV, network })
  const { uid, files } = writePhantom(temporary(t), 'ct', { images: 3 })
  await sendAs('NORDPACS', before.addresses.dicom, files)
  const transactionUID = await askedOf(before, pacs)
  // All was acknowledged: it is shown as sent, and as not confirmed by anybody.
  const waiting = await before.transferred(uid, 'lecture-pacs', 'sent')
  t.like(waiting, { confirmed: 0, settled_at: null })
  t.regex(waiting.reason ?? '', /asked to commit/)
  t.deepEqual(await before.facts('study-sent'), [])
  await before.close()

  const node = await openNode(t, { folder, env: ENV, network })
  const committed = referencesOf(files)
  t.like(await pacs.report(node.addresses.dicom, { transactionUID, committed, failed: [] }), { status: 0 })
  t.like(await node.transferred(uid, 'lecture-pacs', 'confirmed'), { confirmed: 3 })
  t.is((await node.facts('study-sent')).length, 1)
  t.is(pacs.requests.length, 1, 'it was asked once')

  // The same word again, another peer’s word and a word on nothing count for nothing, and are in the journal.
  const again = await pacs.report(node.addresses.dicom, { transactionUID, committed, failed: [] })
  t.like(again, { status: 0x0115, comment: 'answered before' })
  const unknown = { transactionUID: '2.25.77', committed, failed: [] }
  t.like(await pacs.report(node.addresses.dicom, unknown), { status: 0x0115, comment: 'unknown transaction' })
  t.deepEqual(
    (await node.facts('commitment-answer-refused')).map(({ body }) => body?.['reason']),
    ['answered before', 'unknown transaction'],
  )
})

test.serial('the word of another peer than the one that was asked counts for nothing', async t => {
  const pacs = await openCommittingPacs(t, { aeTitle: 'LECTURE' })
  const node = await openNode(t, { env: ENV, network: routed(pacs.port) })
  const { uid, files } = writePhantom(temporary(t), 'ct', { images: 2 })
  await sendAs('NORDPACS', node.addresses.dicom, files)
  const transactionUID = await askedOf(node, pacs)
  const word = { transactionUID, committed: referencesOf(files), failed: [] }
  t.like(await pacs.report(node.addresses.dicom, word, 'SUDPACS'), {
    status: 0x0115,
    comment: 'unknown transaction',
  })
  // Who may not answer for us does not even get the role.
  t.is((await pacs.report(node.addresses.dicom, word, 'NORDPACS'))?.status, 0x0124)
  t.is((await node.transfer(uid, 'lecture-pacs'))?.confirmed, 0)
  t.like((await node.facts('commitment-answer-refused'))[0]?.body, { reason: 'another peer was asked' })
  t.like(await pacs.report(node.addresses.dicom, word), { status: 0 })
  await node.transferred(uid, 'lecture-pacs', 'confirmed')
})

test.serial(
  'what fails for a passing reason is sent and asked for again, alone; the rest stays confirmed',
  async t => {
    const pacs = await openCommittingPacs(t, {
      aeTitle: 'LECTURE',
      answers: ({ references }, number) => ({
        committed: number === 1 ? references.slice(1) : references,
        failed: number === 1 ? references.slice(0, 1).map(each => ({ ...each, reason: 0x0112 })) : [],
      }),
    })
    const node = await openNode(t, { env: ENV, network: routed(pacs.port) })
    const { uid, files } = writePhantom(temporary(t), 'ct', { images: 3 })
    await sendAs('NORDPACS', node.addresses.dicom, files)
    const owed = await eventually('one is owed again', async () => {
      const transfer = await node.transfer(uid, 'lecture-pacs')
      return transfer?.confirmed === 2 && transfer.state === 'queued' ? transfer : undefined
    })
    t.like(owed, { sent: 2, failed: 0, total: 3 })
    // It would be tried in a minute: a person does not want to wait.
    await node.services.db.write(tx =>
      node.services.exchange.transfers.retry(tx, owed.id, { by: 'command', user: 'test' }),
    )
    await node.transferred(uid, 'lecture-pacs', 'confirmed')
    t.is(pacs.stored.length, 4)
    t.is(pacs.stored[3], pacs.requests[0]?.references[0]?.sopInstanceUID)
    t.deepEqual(
      pacs.requests.map(({ references }) => references.length),
      [3, 1],
    )
  },
)

test.serial('what fails for good waits for a person, with the standard’s reason', async t => {
  const pacs = await openCommittingPacs(t, {
    aeTitle: 'LECTURE',
    answers: ({ references }) => ({
      committed: references.slice(1),
      failed: references.slice(0, 1).map(each => ({ ...each, reason: 0x0119 })),
    }),
  })
  const node = await openNode(t, { env: ENV, network: routed(pacs.port) })
  const { uid, files } = writePhantom(temporary(t), 'ct', { images: 3 })
  await sendAs('NORDPACS', node.addresses.dicom, files)
  const failed = await node.transferred(uid, 'lecture-pacs', 'failed')
  t.like(failed, { confirmed: 2, failed: 1 })
  t.regex(failed.reason ?? '', /not committed: class-instance conflict \(0119\)/)
})

test.serial(
  'a destination that will not be asked is asked by C-FIND instead, and the transfer says so',
  async t => {
    const pacs = await openCommittingPacs(t, { aeTitle: 'LECTURE', refuses: 0x0122 })
    const node = await openNode(t, { env: ENV, network: routed(pacs.port) })
    const { uid, files } = writePhantom(temporary(t), 'ct', { images: 2 })
    await sendAs('NORDPACS', node.addresses.dicom, files)
    const transfer = await node.transferred(uid, 'lecture-pacs', 'confirmed')
    t.regex(transfer.reason ?? '', /Listed there; lecture-pacs does not take the question/)
    t.like((await node.facts('commitment-given-up'))[0]?.body, { state: 'refused' })
  },
)

test.serial(
  'modality → relay → PACS: the relay says yes only when the PACS has said yes, by calling the modality back',
  async t => {
    let release = () => {}
    const held = new Promise<void>(resolve => {
      release = resolve
    })
    const pacs = await openCommittingPacs(t, {
      aeTitle: 'LECTURE',
      answers: all,
      before: held,
      node: () => node.addresses.dicom,
    })
    const modality = await openCommittingPacs(t, { aeTitle: 'NORDPACS' })
    const node: TestNode = await openNode(t, {
      env: ENV,
      network: routed(pacs.port, { nord: { port: modality.port } }),
    })
    const { uid, files } = writePhantom(temporary(t), 'ct', { images: 4 })
    await sendAs('NORDPACS', node.addresses.dicom, files)
    const request = { transactionUID: '2.25.1234', references: referencesOf(files) }
    t.like(await modality.ask(node.addresses.dicom, request), { status: 0 })
    await askedOf(node, pacs)
    await node.transferred(uid, 'lecture-pacs', 'sent')
    t.deepEqual(modality.reports, [], 'nothing is promised on what only we have')
    // Asked again meanwhile, as after a lost response: one request, one answer.
    t.like(await modality.ask(node.addresses.dicom, request), { status: 0 })
    release()
    await eventually('the modality hears', () => (modality.reports.length > 0 ? true : undefined), 30_000)
    t.deepEqual(modality.reports, [
      { transactionUID: '2.25.1234', committed: request.references, failed: [] },
    ])
    t.deepEqual(rowsOf(node.services, 'SELECT * FROM holds'), [], 'a relay holds nothing')
    // The same transaction UID for a second request is a mistake of the asker (0131).
    t.like(await modality.ask(node.addresses.dicom, request), { status: 0 })
    const [, second] = await eventually('the second answer', () =>
      modality.reports.length === 2 ? modality.reports : undefined,
    )
    t.deepEqual([...new Set(second?.failed.map(({ reason }) => reason))], [0x0131])
  },
)

const all: Answers = ({ references }) => ({ committed: references, failed: [] })

test.serial(
  'two nodes: A relays a modality’s images to B, which keeps them for A; the modality hears B’s word from A',
  async t => {
    const modality = await openCommittingPacs(t, { aeTitle: 'NORDPACS' })
    const a = await openNode(t, {
      env: ENV,
      network: routed(nowhere, { nord: { port: modality.port } }),
    })
    const b = await openNode(t, {
      env: ENV,
      network: {
        sites: SITES,
        contracts: CONTRACTS,
        peers: [
          peerOf('node-a', 'lecture', 'RELAIS', a.addresses.dicom, {
            callUs: 'LECTURE',
            commitment: 'keeper',
          }),
        ],
      },
    })
    await a.services.db.write(tx => {
      const lecture = a.services.peers.get('lecture-pacs')
      return a.services.peers.put(
        tx,
        { ...lecture, port: b.addresses.dicom },
        { by: 'command', user: 'test' },
      )
    })
    const { uid, files } = writePhantom(temporary(t), 'ct', { images: 3 })
    await sendAs('NORDPACS', a.addresses.dicom, files)
    const request = { transactionUID: '2.25.99', references: referencesOf(files) }
    t.like(await modality.ask(a.addresses.dicom, request), { status: 0 })
    await a.transferred(uid, 'lecture-pacs', 'confirmed')
    await eventually('the modality hears', () => (modality.reports.length > 0 ? true : undefined), 30_000)
    t.deepEqual(modality.reports[0]?.committed, request.references)
    t.deepEqual(rowsOf(b.services, 'SELECT count(*) AS held FROM holds'), [{ held: 3 }])
  },
)

test.serial('a modality that cannot be called hears on its own association, while that is open', async t => {
  const modality = await openCommittingPacs(t, { aeTitle: 'NORDPACS' })
  const network = routed(nowhere, { nord: { port: await freePort(), commitment: 'keeper' } })
  const node = await openNode(t, { env: ENV, network: { ...network, routes: [] } })
  const { uid, files } = writePhantom(temporary(t), 'ct', { images: 2 })
  await sendAs('NORDPACS', node.addresses.dicom, files)
  await node.received(uid, 2)
  const request = { transactionUID: '2.25.5', references: referencesOf(files) }
  t.like(await modality.ask(node.addresses.dicom, request, { stays: true }), { status: 0 })
  t.deepEqual(
    modality.reports.map(({ committed }) => committed.length),
    [2],
  )
})

test.serial('a keeper promises nothing on a file that is not there', async t => {
  const modality = await openCommittingPacs(t, { aeTitle: 'NORDPACS' })
  const network = routed(nowhere, { nord: { port: modality.port, commitment: 'keeper' } })
  const node = await openNode(t, { env: ENV, network: { ...network, routes: [] } })
  const { uid, files } = writePhantom(temporary(t), 'ct', { images: 2 })
  await sendAs('NORDPACS', node.addresses.dicom, files)
  await node.received(uid, 2)
  const [study] = await node.services.studies.byUid(uid)
  const [image] = await node.services.studies.instances(study?.id ?? '')
  const path = node.services.objects.path({ bucket: image?.bucket ?? '', name: image?.object ?? '' })
  renameSync(path, `${path}.aside`)
  t.teardown(() => renameSync(`${path}.aside`, path))
  const request = { transactionUID: '2.25.6', references: referencesOf(files) }
  await modality.ask(node.addresses.dicom, request)
  const [report] = await eventually('the answer', () =>
    modality.reports.length > 0 ? modality.reports : undefined,
  )
  t.deepEqual(report?.failed, [
    { sopClassUID: image?.sopClassUID, sopInstanceUID: image?.uid, reason: 0x0110 },
  ])
  t.is(report?.committed.length, 1)
})

/** Lets the hours pass, and those who wait for them notice. */
async function pass(node: TestNode, clock: ManualClock, hours: number): Promise<void> {
  clock.advance(hours * 60 * 60_000)
  await node.services.db.write(tx =>
    node.services.outbox.add(tx, { lane: 'nobody', kind: 'nothing', key: `at ${clock.now()}`, body: {} }),
  )
}

test.serial(
  'no answer in time: the destination is asked by C-FIND, the transfer says so, and a late word still counts',
  async t => {
    const clock = manualClock(Date.UTC(2026, 10, 24, 6))
    const pacs = await openCommittingPacs(t, { aeTitle: 'LECTURE' })
    const node = await openNode(t, { env: ENV, network: routed(pacs.port), clock })
    const { uid, files } = writePhantom(temporary(t), 'ct', { images: 2 })
    await sendAs('NORDPACS', node.addresses.dicom, files)
    const transactionUID = await askedOf(node, pacs)
    await pass(node, clock, 23)
    t.like(await node.transferred(uid, 'lecture-pacs', 'sent'), { confirmed: 0, settled_at: null })
    await pass(node, clock, 2)
    const listed = await node.transferred(uid, 'lecture-pacs', 'confirmed')
    t.regex(listed.reason ?? '', /Listed there; no answer about commitment came in time/)
    t.is((await node.facts('study-sent')).length, 1)

    const [first, second] = referencesOf(files) as [Reference, Reference]
    const late = {
      transactionUID,
      committed: [first],
      failed: [{ ...second, reason: 0x0122 }],
    }
    t.like(await pacs.report(node.addresses.dicom, late), { status: 0 })
    t.like((await node.facts('commitment-answered'))[0]?.body, { committed: 1, failed: 1, late: true })
    // It lists the second one and will not keep it: that is no arrival.
    const failed = await node.transferred(uid, 'lecture-pacs', 'failed')
    t.regex(failed.reason ?? '', /SOP class not supported \(0122\)/)
  },
)

test.serial(
  'a relay whose destination is silent says so at its deadline: processing failure, for the rest',
  async t => {
    const clock = manualClock(Date.UTC(2026, 10, 24, 6))
    const modality = await openCommittingPacs(t, { aeTitle: 'NORDPACS' })
    const { files, uid } = writePhantom(temporary(t), 'ct', { images: 3 })
    // However the node asks, of all at once or as they come, again, or by C-FIND: about this one it hears nothing.
    const silent = referencesOf(files)[0]?.sopInstanceUID
    const pacs = await openCommittingPacs(t, {
      aeTitle: 'LECTURE',
      takes: uid => uid !== SOPClass.StudyRootFind,
      answers: ({ references }) => ({
        committed: references.filter(each => each.sopInstanceUID !== silent),
        failed: [],
      }),
    })
    const node = await openNode(t, {
      env: { ...ENV, RELAIS_COMMITMENT_ANSWER_HOURS: '48' },
      network: routed(pacs.port, {
        nord: { port: modality.port },
        lecture: { may: ['echo', 'store', 'commit'] },
      }),
      clock,
    })
    await sendAs('NORDPACS', node.addresses.dicom, files)
    const references = [
      ...referencesOf(files),
      { sopClassUID: SOPClass.CTImageStorage, sopInstanceUID: '1.2.3' },
    ]
    await modality.ask(node.addresses.dicom, { transactionUID: '2.25.8', references })
    await eventually('two are confirmed', async () =>
      (await node.transfer(uid, 'lecture-pacs'))?.confirmed === 2 ? true : undefined,
    )
    await pass(node, clock, 23)
    t.deepEqual(modality.reports, [])
    await pass(node, clock, 2)
    const [report] = await eventually('the answer', () =>
      modality.reports.length > 0 ? modality.reports : undefined,
    )
    t.deepEqual(
      report?.committed,
      references.slice(0, 3).filter(each => each.sopInstanceUID !== silent),
    )
    t.deepEqual(
      report?.failed.map(({ sopInstanceUID, reason }) => [sopInstanceUID, reason]),
      [
        [silent, 0x0110],
        ['1.2.3', 0x0112],
      ],
    )
  },
)

test.serial('an answer that cannot be given for a week is put aside and journaled', async t => {
  const clock = manualClock(Date.UTC(2026, 10, 24, 6))
  // It takes the connection and says nothing: long enough for the association of the request to be over.
  const silent = await listener(t)
  const network = routed(nowhere, { nord: { port: silent.port, commitment: 'keeper' } })
  const env = { ...ENV, RELAIS_CALLS_ASSOCIATE_TIMEOUT_MS: '1500' }
  const node = await openNode(t, { env, network: { ...network, routes: [] }, clock })
  const modality = await openCommittingPacs(t, { aeTitle: 'NORDPACS' })
  const { uid, files } = writePhantom(temporary(t), 'ct', { images: 1 })
  await sendAs('NORDPACS', node.addresses.dicom, files)
  await node.received(uid, 1)
  await modality.ask(node.addresses.dicom, { transactionUID: '2.25.9', references: referencesOf(files) })
  await eventually('it was tried', async () =>
    (await node.services.outbox.open({ lane: 'commit:nord-pacs' })).find(({ reason }) => reason !== null),
  )
  t.deepEqual(await node.facts('commitment-undelivered'), [])
  await pass(node, clock, 24 * 8)
  const [fact] = await eventually('it is put aside', async () => {
    const facts = await node.facts('commitment-undelivered')
    return facts.length > 0 ? facts : undefined
  })
  t.like(fact?.body, { transaction: '2.25.9', committed: 1 })
})

test.serial(
  'what is held, or only has a row, is destroyed by nothing: rows stay, and so do their files',
  async t => {
    const network = routed(nowhere, { nord: { port: await freePort(), commitment: 'keeper' } })
    const node = await openNode(t, { env: ENV, network: { ...network, routes: [] } })
    const modality = await openCommittingPacs(t, { aeTitle: 'NORDPACS' })
    const { uid, files } = writePhantom(temporary(t), 'ct', { images: 2 })
    await sendAs('NORDPACS', node.addresses.dicom, files)
    await node.received(uid, 2)
    await modality.ask(node.addresses.dicom, {
      transactionUID: '2.25.10',
      references: referencesOf(files).slice(0, 1),
    })
    const digests = await node.digests(uid)
    const { objects } = node.services
    const [study] = await node.services.studies.byUid(uid)
    // Every door through which a file of the store can go.
    for (const { bucket, object: name } of await node.services.studies.instances(study?.id ?? ''))
      await objects.discard({ bucket, name })
    await objects.sweep([])
    await objects.sweepRun(node.services.exchange.link.run())
    t.deepEqual(await node.digests(uid), digests)
    await node.close()

    const db = new Sqlite(node.services.db.file)
    t.teardown(() => db.close())
    db.pragma('foreign_keys = ON')
    const held = db.prepare('SELECT instance FROM holds').get() as { instance: number }
    t.throws(() => db.prepare('DELETE FROM holds').run(), { any: true, message: /never let go/ })
    t.throws(() => db.prepare('DELETE FROM instances WHERE id = ?').run(held.instance), {
      any: true,
      message: /FOREIGN KEY/,
    })
    t.throws(() => db.prepare('DELETE FROM objects').run(), { any: true, message: /FOREIGN KEY/ })
  },
)

test('no code of the node deletes an instance, an object, a hold, or a file outside the store’s own doors', t => {
  const sources = sourcesUnder('node').filter(({ path }) => path.endsWith('.ts') && !path.includes('/demo/'))
  const deletes = sources.flatMap(({ path, code }) =>
    [...code.matchAll(/deleteFrom\(\s*'(\w+)'|DELETE FROM (\w+)/g)].map(match => ({
      path,
      table: match[1] ?? match[2] ?? '',
    })),
  )
  const kept = new Set(['instances', 'objects', 'instance_variants', 'studies', 'holds'])
  // One door: the destruction of a record by two named persons, which leaves what was promised (services/destruction).
  t.deepEqual(
    deletes.filter(({ table }) => kept.has(table)),
    ['instance_variants', 'instances', 'studies', 'objects'].map(table => ({
      path: 'node/archive/retention/gone.ts',
      table,
    })),
  )
  t.true(deletes.length > 0, 'the search finds what there is')
  // Files of the store go only by these: what was refused or repeated, and what no row names.
  const removes = sources.filter(
    ({ path, code }) => path.startsWith('node/objects/') && /\b(rm|unlink|rmdir)\(/.test(code),
  )
  t.deepEqual(removes.map(({ path }) => path).sort(), [
    'node/objects/bucket.ts',
    'node/objects/objects.ts',
    'node/objects/writer.ts',
  ])
})
