import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer as createHttp } from 'node:http'
import { connect, createServer, isIP, type Server, type Socket } from 'node:net'
import { hostname } from 'node:os'
import { createServer as createTls } from 'node:tls'
import test, { type ExecutionContext } from 'ava'
import { ADDRESS_FORBIDDEN, openAddressGuard } from '../../node/address-guard.js'
import { isDisguised } from '../../node/addresses.js'
import { systemClock } from '../../node/clock.js'
import { readHeader } from '../../node/dicom/format/header.js'
import { TEST_PATIENT_ID, TEST_UID_ROOT, testObject } from '../../node/dicom/format/test-object.js'
import { openSecondOpinion } from '../../node/dicom/native.js'
import type { AcceptorServices } from '../../node/dicom/network/acceptor.js'
import { commandField, responseBit } from '../../node/dicom/network/command.js'
import { openSocket } from '../../node/dicom/network/connect.js'
import { defaultTimers } from '../../node/dicom/network/limits.js'
import { pduType } from '../../node/dicom/network/pdu.js'
import { SOPClass, TransferSyntax } from '../../node/dicom/uids.js'
import { Failure } from '../../node/errors.js'
import { testPeer } from '../../node/exchange/doctor.js'
import { CAUSES } from '../../node/exchange/doctor-words.js'
import { openMailServer } from '../../node/notifications/mail.js'
import { tcpCode } from '../../node/peers/calls/house.js'
import { revoke } from '../../node/peers/certificates/enrolment.js'
import type { Peer } from '../../node/peers/peer.js'
import { peerFaults } from '../../node/peers/rules.js'
import type { PeerTestView, ProbeCode } from '../../node/peers/view.js'
import { everything, listen } from '../support/acceptors.js'
import { eventually, freePort } from '../support/children.js'
import { openNode, peerOf, type TestNode, temporary } from '../support/node.js'
import { openStorescp, programs } from '../support/pacs.js'
import { found } from '../support/programs.js'
import { listener, type RawPeer } from '../support/raw-association.js'
import { enrolled, made, signerOf, strangerAuthority } from '../support/tls.js'

/** Of each step: a peer on this machine answers in a few milliseconds, in seconds where it is slow, or never. */
const STEP_MS = 5000
const met = new Set<ProbeCode>()

async function examined(
  t: ExecutionContext,
  node: TestNode,
  port: number,
  more: Partial<Peer> & { object?: boolean; second?: boolean } = {},
): Promise<PeerTestView> {
  const { object = false, second = false, ...changes } = more
  const { exchange, certificates } = node.services
  // Not asked: the second opinion that takes no call says so at once.
  const secondOpinion = openSecondOpinion({
    folder: node.folder,
    clock: systemClock(),
    maxCalls: second ? 1 : 0,
  })
  const peer = {
    ...(peerOf('pacs', 'nord', 'PACS', port) as Peer),
    tls: 'none' as const,
    certificate: null,
    ...changes,
  }
  const view = await testPeer({
    ...{ peer, link: exchange.link, secondOpinion, certificates, clock: systemClock() },
    ...{ language: 'fr' as const, object, timeoutMs: second ? 10_000 : STEP_MS },
  })
  const failed = view.steps.find(({ outcome }) => outcome === 'failed')
  if (failed !== undefined) {
    met.add(failed.code)
    t.truthy(failed.cause && failed.remedy, failed.code)
    t.true(failed.ms < 4 * STEP_MS + 4000, `${failed.code} took ${failed.ms} ms`)
    t.true(view.letter?.includes('RELAIS'), 'the letter says who we are')
  }
  return view
}

/** `step code` of what failed, or `passed`. */
async function verdict(...asked: Parameters<typeof examined>): Promise<string> {
  const { steps, passed } = await examined(...asked)
  const failed = steps.find(({ outcome }) => outcome === 'failed')
  return failed === undefined ? (passed ? 'passed' : 'odd') : `${failed.step} ${failed.code}`
}

async function served(t: ExecutionContext, server: Server): Promise<number> {
  const sockets = new Set<Socket>()
  server.on('connection', socket => {
    sockets.add(socket)
    socket.on('error', () => undefined)
  })
  t.teardown(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}

const nothing = { ...everything, abstractSyntaxes: () => false }
const sink =
  (status: number | Promise<never>): AcceptorServices['store'] =>
  () => ({
    write: () => true,
    drained: () => Promise.resolve(),
    end: async () => ({ status: await status }),
    abort: () => undefined,
  })
const noMatch: AcceptorServices['find'] = async function* () {}
const never = new Promise<never>(() => undefined)

test.serial('the line: each thing that can be wrong with it is named', async t => {
  const node = await openNode(t)
  t.is(await verdict(t, node, await freePort()), 'tcp port-closed')
  t.is(await verdict(t, node, 104, { host: 'no..such..name' }), 'tcp host-unknown')
  t.is(await verdict(t, node, 104, { host: '169.254.169.254' }), 'tcp address-forbidden')
  for (const port of [
    node.addresses.dicom,
    node.addresses.dicomTls,
    Number(new URL(node.addresses.http).port),
  ])
    t.is(await verdict(t, node, port), 'tcp address-forbidden', 'its own ports')
  t.deepEqual(
    ['ECONNREFUSED', 'ENETUNREACH', 'EHOSTUNREACH', 'ETIMEDOUT', ADDRESS_FORBIDDEN].map(code =>
      tcpCode({ code }),
    ),
    ['port-closed', 'unreachable', 'unreachable', 'not-reached', 'address-forbidden'],
  )

  const mute = await served(t, createServer())
  t.is(await verdict(t, node, mute), 'association association-not-answering')
  t.is(await verdict(t, node, mute, { tls: 'server' }), 'tls tls-not-answering')
  const web = await served(
    t,
    createHttp((_, answer) => answer.end('hello')),
  )
  t.is(await verdict(t, node, web), 'association not-dicom')
  const curt = await served(
    t,
    createServer(socket => socket.once('data', () => socket.destroy())),
  )
  t.is(await verdict(t, node, curt), 'association association-cut')
})

test.serial('TLS: each thing that can be wrong with it is named', async t => {
  const node = await openNode(t)
  const folder = temporary(t)
  const signer = signerOf(node)
  const good = await enrolled(node, 'pacs')
  const plain = await listen(t, { admit: () => everything, services: { find: noMatch } })
  t.is(await verdict(t, node, plain.port, { tls: 'server' }), 'tls tls-not-spoken')

  const over = async (identity: { key: string; certificate: string }, more: object = {}) =>
    (
      await listen(t, {
        admit: () => everything,
        services: { find: noMatch },
        tls: { key: identity.key, cert: identity.certificate, ...more },
      })
    ).port
  const port = await over(good)
  const passed = await examined(t, node, port, { tls: 'mutual', certificate: good.fingerprint })
  t.true(passed.passed, JSON.stringify(passed.steps))
  t.regex(passed.steps[1]?.detail ?? '', /^TLSv1\.3 TLS_/)
  t.deepEqual(passed.ours, {
    aeTitle: 'RELAIS',
    address: '127.0.0.1',
    port: node.addresses.dicomTls,
    tls: 'mutual',
    fingerprint: node.services.certificates.own().facts.fingerprint,
  })
  t.is(await verdict(t, node, port, { tls: 'server' }), 'passed')
  t.is(await verdict(t, node, port), 'association tls-expected')
  const pinned = { tls: 'server' as const, certificate: 'AB:'.repeat(31).concat('AB') }
  t.is(await verdict(t, node, port, pinned), 'tls certificate-differs')
  t.is(await verdict(t, node, port, { tls: 'server', host: 'localhost' }), 'passed', 'made out to this name')

  const stranger = await made(folder, 'stranger', await strangerAuthority())
  t.is(await verdict(t, node, await over(stranger), { tls: 'server' }), 'tls certificate-unknown')
  const old = await made(folder, 'old', signer, { fromDays: -9, untilDays: -1 })
  t.is(await verdict(t, node, await over(old), { tls: 'server' }), 'tls certificate-expired')
  const early = await made(folder, 'early', signer, { fromDays: 2, untilDays: 9 })
  t.is(await verdict(t, node, await over(early), { tls: 'server' }), 'tls certificate-not-yet-valid')
  const elsewhere = await enrolled(node, 'elsewhere', { hosts: ['pacs.example'] })
  t.is(await verdict(t, node, await over(elsewhere), { tls: 'server' }), 'tls certificate-name')

  const ancient = createTls({
    ...{ key: good.key, cert: good.certificate, minVersion: 'TLSv1', maxVersion: 'TLSv1.1' },
    ciphers: 'ALL@SECLEVEL=0',
  })
  t.is(await verdict(t, node, await served(t, ancient), { tls: 'server' }), 'tls tls-versions')

  await revoke(node.services, { which: 'pacs', reason: 'keyCompromise' }, { by: 'command', user: 'test' })
  t.is(await verdict(t, node, port, { tls: 'server' }), 'tls certificate-revoked')
})

;(found('openssl') ? test.serial : test.serial.skip)(
  'a peer that does not trust us says so, and it is named',
  async t => {
    const node = await openNode(t)
    const pacs = await enrolled(node, 'pacs')
    const other = await made(temporary(t), 'other', await strangerAuthority())
    for (const version of ['-tls1_2', '-tls1_3']) {
      const port = await freePort()
      const child = spawn('openssl', [
        ...['s_server', '-accept', `127.0.0.1:${port}`, version, '-quiet'],
        ...['-key', pacs.keyFile, '-cert', pacs.certificateFile],
        ...['-CAfile', other.certificateFile, '-Verify', '1', '-verify_return_error'],
      ])
      t.teardown(() => child.kill('SIGKILL'))
      await eventually('openssl listens', async () => {
        const socket = connect(port, '127.0.0.1')
        const event = await Promise.race([
          once(socket, 'connect').then(() => true),
          once(socket, 'error'),
        ]).catch(() => false)
        socket.destroy()
        return event === true ? true : undefined
      })
      const said = await verdict(t, node, port, { tls: 'mutual', certificate: pacs.fingerprint })
      t.regex(said, / own-certificate-refused$/, version)
    }
  },
)

test.serial('the association: each refusal of the standard is named', async t => {
  const node = await openNode(t)
  for (const [result, source, reason, code] of [
    [1, 1, 1, 'rejected-no-reason'],
    [1, 1, 2, 'application-context-unknown'],
    [1, 1, 3, 'calling-ae-unknown'],
    [1, 1, 7, 'called-ae-unknown'],
    [1, 1, 9, 'rejected'],
    [1, 2, 1, 'rejected-no-reason'],
    [1, 2, 2, 'protocol-version'],
    [2, 3, 1, 'peer-busy'],
    [2, 3, 2, 'peer-limit'],
  ] as const) {
    const { port } = await listen(t, {
      admit: () => ({ admitted: false, result, source, reason, cause: 'a test' }),
    })
    t.is(await verdict(t, node, port), `association ${code}`)
  }
})

test.serial('echo, query and object: each thing that can be wrong with them is named', async t => {
  const node = await openNode(t)
  const at = async (admission: object, services: AcceptorServices, more: { object?: boolean } = {}) => {
    const { port } = await listen(t, { admit: () => ({ ...everything, ...admission }), services })
    return verdict(t, node, port, more)
  }
  const only = (...uids: string[]) => ({ abstractSyntaxes: (uid: string) => uids.includes(uid) })
  const noSyntax = (uid: string) => ({ transferSyntaxes: (abstract: string) => abstract !== uid })
  const capture = SOPClass.SecondaryCaptureImageStorage
  t.is(await at(nothing, {}), 'echo echo-class-refused')
  t.is(await at(noSyntax(SOPClass.Verification), { find: noMatch }), 'echo echo-syntax-refused')
  t.is(await at(only(SOPClass.Verification), {}), 'find find-class-refused')
  t.is(await at(noSyntax(SOPClass.StudyRootFind), { find: noMatch }), 'find find-syntax-refused')
  const throwing = (code: 'forbidden' | 'unavailable'): AcceptorServices['find'] =>
    // biome-ignore lint/correctness/useYield: a query that fails gives nothing
    async function* () {
      throw new Failure(code, 'a test')
    }
  t.is(await at({}, { find: throwing('forbidden') }), 'find find-not-authorised')
  t.is(await at({}, { find: throwing('unavailable') }), 'find find-failed')
  // biome-ignore lint/correctness/useYield: a query that hangs gives nothing
  const hanging: AcceptorServices['find'] = async function* () {
    await never
  }
  t.is(await at({}, { find: hanging }), 'find find-not-answering')

  const object = { object: true }
  t.is(
    await at(only(SOPClass.Verification, SOPClass.StudyRootFind), { find: noMatch }, object),
    'store store-class-refused',
  )
  t.is(await at(noSyntax(capture), { find: noMatch }, object), 'store store-syntax-refused')
  for (const [status, code] of [
    [0x0124, 'store-not-authorised'],
    [0xa700, 'store-full'],
    [0xc000, 'store-failed'],
  ] as const)
    t.is(await at({}, { find: noMatch, store: sink(status) as never }, object), `store ${code}`)
  t.is(await at({}, { find: noMatch, store: sink(never) as never }, object), 'store store-not-answering')
  t.is(await at({}, { find: noMatch, store: sink(0) as never }, object), 'passed')
})

test.serial('a peer that hangs, hangs up or talks nonsense in the middle is told apart', async t => {
  const node = await openNode(t)
  /** Accepts everything, then plays its part at the message with that number. */
  const playing = async (at: number, play: (peer: RawPeer) => void, object = false) => {
    const { port, next } = await listener(t)
    const part = (async () => {
      await next() // the one that only looks whether the port is open
      const peer = await next()
      const request = await peer.hears(pduType.associateRequest)
      peer.say({
        type: pduType.associateAccept,
        protocolVersion: 1,
        calledAETitle: request.calledAETitle,
        callingAETitle: request.callingAETitle,
        applicationContextName: request.applicationContextName,
        contexts: request.contexts.map(({ id, transferSyntaxes }) => ({
          ...{ id, result: 0, transferSyntax: transferSyntaxes[0] as string },
        })),
        user: { maxPduBytes: 16_384, implementationClassUID: '1.2.3', roles: [], extended: [] },
      })
      for (let number = 1; ; number++) {
        const { contextId, command } = await peer.answer()
        if (number === at) return play(peer)
        peer.message(contextId, {
          CommandField: (command.CommandField ?? 0) | responseBit,
          MessageIDBeingRespondedTo: command.MessageID ?? 0,
          AffectedSOPClassUID: command.AffectedSOPClassUID ?? '',
          Status: 0,
          hasDataSet: false,
        })
      }
    })()
    const said = await verdict(t, node, port, { object })
    await part
    return said
  }
  const hangUp = (peer: RawPeer) => peer.socket.destroy()
  const nonsense = (peer: RawPeer) => peer.say(Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n'))
  t.is(await playing(1, () => undefined), 'echo echo-not-answering')
  t.is(await playing(1, hangUp), 'echo echo-cut')
  t.is(await playing(1, nonsense), 'echo not-dicom')
  t.is(await playing(2, hangUp), 'find find-cut')
  t.is(await playing(3, hangUp, true), 'store store-cut')
  t.is(
    await playing(1, peer =>
      peer.message(1, {
        CommandField: commandField.echoRequest | responseBit,
        MessageIDBeingRespondedTo: 1,
        AffectedSOPClassUID: SOPClass.Verification,
        Status: 0x0110,
        hasDataSet: false,
      }),
    ),
    'echo echo-failed',
  )
})

test.serial('every cause has words and a remedy in both languages, and nearly all were met for real', t => {
  const peer = peerOf('pacs', 'nord', 'PACS', 104) as Peer
  for (const [code, words] of Object.entries(CAUSES)) {
    const { fr, en } = words(peer)
    for (const text of [...fr, ...en]) t.regex(text, /^\p{Lu}|^“|^« |^127/u, `${code}: ${text}`)
    for (const text of [...fr, ...en]) t.regex(text, /\.$/, `${code}: ${text}`)
    t.notDeepEqual(fr, en, code)
  }
  // What needs a firewall, a broken route or a broken program of ours; and the remarks of the other implementation.
  const elsewhere = [
    ...['failed', 'not-reached', 'unreachable', 'tls-failed', 'certificate-missing'],
    ...[
      'second-opinion-fails',
      'second-opinion-agrees',
      'second-opinion-unavailable',
      'second-opinion-without-tls',
    ],
  ]
  const left = Object.keys(CAUSES).filter(code => !met.has(code as ProbeCode) && !elsewhere.includes(code))
  t.deepEqual(
    left.filter(code => code !== 'own-certificate-refused' || found('openssl')),
    [],
  )
})

;(programs.storescp ? test.serial : test.serial.skip)(
  'a real storescp: the object arrives, can be told from every patient, and the other implementation agrees',
  async t => {
    const node = await openNode(t)
    const archive = await openStorescp(t, { aeTitle: 'PACS' })
    const view = await examined(t, node, archive.port, { object: true })
    // It knows no C-FIND, which does not keep it from taking images.
    t.deepEqual(
      view.steps.map(({ step, outcome }) => `${step} ${outcome}`),
      [
        'tcp passed',
        'association passed',
        'echo passed',
        'find failed',
        'store passed',
        'second-opinion skipped',
      ],
    )
    t.deepEqual([...(await archive.holds()).keys()], [view.left?.sopInstanceUID])
    const second = await examined(t, node, archive.port, { second: true })
    const curt = await served(
      t,
      createServer(socket => socket.once('data', () => socket.destroy())),
    )
    const both = await examined(t, node, curt, { second: true })
    t.like(both.steps.at(-1), { step: 'second-opinion', code: 'second-opinion-agrees' })
    t.is(second.steps.at(-1)?.outcome, 'passed', JSON.stringify(second.steps.at(-1)))

    const { port, received } = await listen(t, {
      admit: () => everything,
      services: {
        find: noMatch,
        store: context => {
          const chunks: Buffer[] = []
          return {
            write: chunk => chunks.push(chunk) > 0,
            drained: () => Promise.resolve(),
            end: async () => {
              received.push({ ...context, digest: Buffer.concat(chunks).toString('base64'), bytes: 0 })
              return { status: 0 }
            },
            abort: () => undefined,
          }
        },
      },
    })
    const stored = await examined(t, node, port, { object: true })
    t.is(stored.left?.patientId, TEST_PATIENT_ID)
    t.is(received[0]?.sopInstanceUID, stored.left?.sopInstanceUID)
    t.true(stored.left?.sopInstanceUID.startsWith(`${TEST_UID_ROOT}.`))
    const header = await readHeader(Buffer.from(received[0]?.digest ?? '', 'base64'), {
      datasetOffset: 0,
      transferSyntaxUID: TransferSyntax.ExplicitVRLittleEndian,
    })
    t.truthy(header)
    t.true(testObject(systemClock().now()).dataset.length < 2000, 'small')
  },
)

test.serial(
  'no peer and no mail server is this node’s way to itself, to its cloud or to nobody: 0 connections',
  async t => {
    const node = await openNode(t, { env: { RELAIS_ALLOW_LOOPBACK_PEERS: 'false' } })
    let arrived = 0
    const port = await served(
      t,
      createServer(socket => {
        arrived++
        socket.destroy()
      }),
    )
    for (const host of [
      // This machine, as people, resolvers and attackers write it.
      ...[
        '127.0.0.1',
        '127.1',
        '127.0.0.01',
        '0x7f.1',
        '0x7f000001',
        '2130706433',
        '017700000001',
        '0177.0.0.1',
      ],
      ...['localhost', 'LOCALHOST', 'localhost.', '0.0.0.0', '0', '::1', '::', '0:0:0:0:0:0:0:1', hostname()],
      ...['::ffff:127.0.0.1', '::ffff:7f00:1', '64:ff9b::127.0.0.1', '::ffff:0:127.0.0.1', '2002:7f00:1::'],
      // The cloud's, the line's, everybody's and nobody's.
      ...['169.254.169.254', '::ffff:a9fe:a9fe', 'fd00:ec2::254', '168.63.129.16', '100.100.100.200'],
      ...['fe80::1', '224.0.0.1', '255.255.255.255', 'ff02::1'],
    ]) {
      const peer = peerOf('x', 'nord', 'X', port, { host }) as Peer
      const said = await verdict(t, node, port, { host })
      t.regex(said, /^tcp (address-forbidden|host-unknown|port-closed|unreachable)$/, host)
      if (isIP(host) !== 0) t.is(said, 'tcp address-forbidden', host)
      const mail = openMailServer({
        url: `smtp://${host.includes(':') ? `[${host}]` : host}:${port}`,
        from: 'relais@relais.example',
        timeoutMs: 2000,
        guard: node.services.guardFor('mail'),
      })
      const { result } = await mail.send({
        to: 'somebody@example.org',
        letter: { subject: 's', text: 't', html: '<p>t</p>' },
        messageId: '<1@relais.example>',
        atMs: 0,
        signal: new AbortController().signal,
      })
      t.is(result, 'transient', host)
      if (isDisguised(host) || isIP(host) !== 0)
        t.false(peerFaults(peer, false).length === 0, `${host} is not even registered`)
    }
    t.is(arrived, 0)
  },
)

test.serial('a name that leads elsewhere than it did is not called: nothing arrives there', async t => {
  let arrived = 0
  const port = await served(
    t,
    createServer(() => arrived++),
  )
  const call = async (host: string, addresses: string[], more: object = {}) => {
    const guard = openAddressGuard(
      () => ({ ownPorts: [], allowLoopback: false, allowPrivate: true, ...more }),
      (_host, _options, callback) =>
        callback(
          null,
          addresses.map(address => ({ address, family: address.includes(':') ? 6 : 4 })),
        ),
    )
    const socket = openSocket({ host, port, guard, ...defaultTimers, connectTimeoutMs: 2000 })
    return socket.then(
      open => {
        open.destroy()
        return 'open'
      },
      thrown => (thrown.cause?.code === ADDRESS_FORBIDDEN ? 'forbidden' : String(thrown.message)),
    )
  }
  for (const addresses of [
    ['127.0.0.1'],
    ['192.0.2.1', '127.0.0.1'],
    ['::ffff:127.0.0.1'],
    ['169.254.169.254'],
    ['::1'],
  ])
    t.is(await call('pacs.example', addresses), 'forbidden', addresses.join())
  t.is(await call('127.0.0.1', []), 'forbidden', 'an address has no name to be asked for')
  t.is(
    await call('pacs.example', ['127.0.0.1'], { allowLoopback: true, ownPorts: [port] }),
    'forbidden',
    'its own port',
  )
  t.is(arrived, 0)
  t.is(await call('pacs.example', ['127.0.0.1'], { allowLoopback: true }), 'open')

  const mail = openAddressGuard(
    () => ({ ownPorts: [], allowLoopback: false, allowPrivate: true }),
    (host, _options, callback) =>
      callback(null, [{ address: host === 'good' ? '192.0.2.25' : '169.254.169.254', family: 4 }]),
  )
  t.is(await mail.resolve('good', 25), '192.0.2.25')
  await t.throwsAsync(mail.resolve('mail.example', 25), { instanceOf: Failure, message: /metadata/ })
})
