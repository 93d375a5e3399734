import { once } from 'node:events'
import { readFile, rm, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import test from 'ava'
import { type CommandSet, commandField, encodeCommand } from '../../node/dicom/network/command.js'
import { defaultLimits, defaultTimers } from '../../node/dicom/network/limits.js'
import { encodePdu, pduType } from '../../node/dicom/network/pdu.js'
import type { AssociationFailure } from '../../node/dicom/network/requestor.js'
import type { StoreSink } from '../../node/dicom/network/services.js'
import { SOPClass, TransferSyntax } from '../../node/dicom/uids.js'
import { Failure } from '../../node/errors.js'
import { asking, everything, listen } from '../support/acceptors.js'
import { eventually, run } from '../support/children.js'
import { temporaryFolder } from '../support/part10.js'
import { found } from '../support/programs.js'
import { associated, associateRequest, call, listener, type RawPeer } from '../support/raw-association.js'
import { dice } from '../support/scale.js'

/** One PDV in one P-DATA-TF PDU. */
function data(contextId: number, control: number, bytes: Buffer): Buffer {
  const head = Buffer.alloc(12)
  head[0] = 4
  head.writeUInt32BE(bytes.length + 6, 2)
  head.writeUInt32BE(bytes.length + 2, 6)
  head[10] = contextId
  head[11] = control
  return Buffer.concat([head, bytes])
}

function echo(messageId: number): CommandSet {
  return {
    CommandField: commandField.echoRequest,
    hasDataSet: false,
    AffectedSOPClassUID: SOPClass.Verification,
    MessageID: messageId,
  }
}

function store(messageId: number, changes: Partial<CommandSet> = {}): CommandSet {
  return {
    CommandField: commandField.storeRequest,
    hasDataSet: true,
    AffectedSOPClassUID: SOPClass.CTImageStorage,
    MessageID: messageId,
    Priority: 0,
    AffectedSOPInstanceUID: `1.2.3.${messageId}`,
    ...changes,
  }
}

function findRequest(messageId: number): CommandSet {
  return {
    CommandField: commandField.findRequest,
    hasDataSet: true,
    AffectedSOPClassUID: SOPClass.StudyRootFind,
    MessageID: messageId,
    Priority: 0,
  }
}

const accept = {
  type: pduType.associateAccept,
  protocolVersion: 1,
  calledAETitle: 'RELAIS',
  callingAETitle: 'SENDER',
  applicationContextName: '1.2.840.10008.3.1.1.1',
  contexts: [
    { id: 1, result: 0, transferSyntax: TransferSyntax.ImplicitVRLittleEndian },
    { id: 3, result: 0, transferSyntax: TransferSyntax.ExplicitVRLittleEndian },
    { id: 5, result: 0, transferSyntax: TransferSyntax.ExplicitVRLittleEndian },
  ],
  user: { maxPduBytes: 16_384, implementationClassUID: '1.2.3', roles: [], extended: [] },
} as const

const acceptPdu = {
  ...accept,
  contexts: [...accept.contexts],
  user: { ...accept.user, roles: [], extended: [] },
}
const reject = { type: pduType.associateReject, result: 1, source: 1, reason: 1 } as const
const releaseRequest = { type: pduType.releaseRequest } as const
const releaseReply = { type: pduType.releaseReply } as const
const abort = { type: pduType.abort, source: 0, reason: 0 } as const
const unknownPdu = Buffer.from([0x63, 0, 0, 0, 0, 0])
const someData = data(1, 3, encodeCommand(echo(1)))

test('as acceptor, every PDU out of place is aborted with its reason: Sta2, Sta6, Sta13', async t => {
  const { port } = await listen(t, { limits: { ...defaultLimits, closeTimeoutMs: 1_000 } })
  const wrongFirst: [string, Buffer, number][] = [
    ['A-ASSOCIATE-AC in Sta2', encodePdu(acceptPdu), 2],
    ['A-ASSOCIATE-RJ in Sta2', encodePdu(reject), 2],
    ['P-DATA-TF in Sta2', someData, 2],
    ['A-RELEASE-RQ in Sta2', encodePdu(releaseRequest), 2],
    ['A-RELEASE-RP in Sta2', encodePdu(releaseReply), 2],
    ['an unknown PDU in Sta2', unknownPdu, 1],
    ['an impossible length in Sta2', Buffer.from([1, 0, 0xff, 0xff, 0xff, 0xff]), 6],
  ]
  for (const [what, bytes, reason] of wrongFirst) {
    const peer = await call(t, port)
    peer.say(bytes)
    t.deepEqual(await peer.hears(pduType.abort), { type: 7, source: 2, reason }, what)
    peer.socket.destroy()
  }
  const wrongLater: [string, Buffer, number][] = [
    ['A-ASSOCIATE-RQ in Sta6', encodePdu(associateRequest()), 2],
    ['A-ASSOCIATE-AC in Sta6', encodePdu(acceptPdu), 2],
    ['A-ASSOCIATE-RJ in Sta6', encodePdu(reject), 2],
    ['A-RELEASE-RP in Sta6', encodePdu(releaseReply), 2],
    ['an unknown PDU in Sta6', unknownPdu, 1],
    ['a PDV outside its PDU', Buffer.from([4, 0, 0, 0, 0, 8, 0, 0, 1, 0, 1, 3, 0, 0]), 6],
    ['a context that was not accepted', data(9, 3, encodeCommand(echo(1))), 6],
    ['a data set without command', data(1, 2, Buffer.alloc(4)), 5],
    ['a command that is none', data(1, 3, Buffer.alloc(7)), 6],
    [
      'an answer to nothing',
      data(
        1,
        3,
        encodeCommand({ ...echo(1), CommandField: 0x8030, MessageIDBeingRespondedTo: 5, Status: 0 }),
      ),
      2,
    ],
    [
      'a release in the middle of a message',
      Buffer.concat([data(3, 3, encodeCommand(store(1))), encodePdu(releaseRequest)]),
      2,
    ],
  ]
  for (const [what, bytes, reason] of wrongLater) {
    const peer = await associated(t, port)
    peer.say(bytes)
    t.deepEqual(await peer.hears(pduType.abort), { type: 7, source: 2, reason }, what)
    peer.socket.destroy()
  }
  const early = await call(t, port)
  early.say(abort)
  await early.ended()
  t.is(early.socket.bytesRead, 0, 'A-ABORT in Sta2')
  const late = await associated(t, port)
  late.say(releaseRequest)
  await late.hears(pduType.releaseReply)
  // Sta13: what belongs to an association is ignored, a new request is aborted, an abort closes.
  late.say(someData, releaseReply, acceptPdu, reject)
  late.say(associateRequest())
  t.deepEqual(await late.hears(pduType.abort), { type: 7, source: 2, reason: 2 })
  late.say(abort)
  await late.ended()
  t.is(late.messages.length, 0)
})

test('as requestor, the answers of a peer lead where the state table says', async t => {
  const { port, next } = await listener(t)
  const timers = { ...defaultTimers, closeTimeoutMs: 300 }
  for (const [what, bytes, reason] of [
    ['P-DATA-TF in Sta5', someData, 2],
    ['A-ASSOCIATE-RQ in Sta5', encodePdu(associateRequest()), 2],
    ['A-RELEASE-RP in Sta5', encodePdu(releaseReply), 2],
    ['an unknown PDU in Sta5', unknownPdu, 1],
  ] as [string, Buffer, number][]) {
    const opening = asking(port, { timers })
    const peer = await next()
    await peer.hears(pduType.associateRequest)
    peer.say(bytes)
    const failure = await t.throwsAsync<AssociationFailure>(opening, undefined, what)
    t.is(failure?.step, 'aborted', what)
    t.like(await peer.hears(pduType.abort), { source: 2, reason }, what)
    peer.socket.end()
  }
  const aborted = asking(port, { timers })
  ;(await next()).say(abort)
  t.is((await t.throwsAsync<AssociationFailure>(aborted))?.step, 'aborted')
  const silent = await t.throwsAsync<AssociationFailure>(
    asking(port, { timers: { ...timers, associateTimeoutMs: 100 } }),
  )
  t.is(silent?.step, 'timeout')
  await next()

  // A release on both sides at once (Sta7 → Sta9 → Sta11): both are answered.
  const opening = asking(port, { timers })
  const peer = await next()
  peer.say(acceptPdu)
  const association = await opening
  const released = association.release()
  await peer.hears(pduType.releaseRequest)
  peer.say(someData, releaseRequest)
  await peer.hears(pduType.releaseReply)
  peer.say(releaseReply)
  t.deepEqual(await released, { kind: 'released' })
  await peer.ended()
})

test('the peer releases an association of ours, and asks for what we do not serve', async t => {
  const { port, next } = await listener(t)
  const opening = asking(port)
  const peer = await next()
  peer.say(acceptPdu)
  const association = await opening
  peer.message(1, echo(1))
  t.like((await peer.answer()).command, { Status: 0, MessageIDBeingRespondedTo: 1 })
  peer.message(3, store(2), Buffer.alloc(100))
  t.like((await peer.answer()).command, { Status: 0x0122, MessageIDBeingRespondedTo: 2 })
  peer.say(releaseRequest)
  await peer.hears(pduType.releaseReply)
  t.deepEqual(await association.end, { kind: 'released' })
  t.like(await association.echo(), { outcome: 'unanswered' })
})

test('a request that cannot be served has its status, and the association goes on', async t => {
  const { port, received } = await listen(t)
  const peer = await associated(t, port)
  const cases: [string, number, CommandSet, number][] = [
    ['a UID with a letter', 3, store(1, { AffectedSOPInstanceUID: '1.2.x' }), 0x0117],
    ['a UID of 65 characters', 3, store(2, { AffectedSOPInstanceUID: `1.${'2'.repeat(63)}` }), 0x0117],
    ['a path for a UID', 3, store(3, { AffectedSOPInstanceUID: '../../etc/passwd' }), 0x0117],
    ['no UID', 3, store(4, { AffectedSOPInstanceUID: undefined }), 0x0117],
    ['another SOP class', 3, store(5, { AffectedSOPClassUID: SOPClass.MRImageStorage }), 0x0122],
    ['a store on a query context', 5, store(6), 0x0122],
    ['no such operation', 3, store(7, { CommandField: 0x0999 }), 0x0211],
    ['no query service', 5, findRequest(8), 0x0122],
    ['a good one', 3, store(9), 0],
  ]
  for (const [what, contextId, command, status] of cases) {
    peer.message(contextId, command, Buffer.alloc(500))
    const answer = await peer.answer()
    t.is(answer.command.Status, status, what)
    t.is(answer.command.MessageIDBeingRespondedTo, command.MessageID, what)
    t.is(answer.command.CommandField, command.CommandField | 0x8000, what)
  }
  t.is(received.length, 1)
  peer.say(releaseRequest)
  await peer.hears(pduType.releaseReply)
})

test('a sink that fails early: the rest is discarded, the status is sent, nothing is stored', async t => {
  let written = 0
  const aborted: string[] = []
  const failing = (where: 'open' | 'write' | 'drained' | 'end', thrown: unknown): StoreSink => {
    if (where === 'open') throw thrown
    return {
      write: chunk => {
        written += chunk.length
        if (where === 'write') throw thrown
        return where !== 'drained'
      },
      drained: () => Promise.reject(thrown),
      end: () => (where === 'end' ? Promise.reject(thrown) : Promise.resolve({ status: 0 })),
      abort: reason => aborted.push(reason),
    }
  }
  let next: () => StoreSink = () => failing('open', new Failure('forbidden', 'no'))
  const { port, events } = await listen(t, { services: { store: () => next() } })
  const peer = await associated(t, port)
  const send = async (messageId: number) => {
    peer.message(3, store(messageId), Buffer.alloc(1_000_000))
    return (await peer.answer()).command
  }
  t.like(await send(1), { Status: 0x0124, ErrorComment: 'no' })
  const full = new Failure('storage-full', 'no space left')
  for (const where of ['write', 'drained', 'end'] as const) {
    next = () => failing(where, full)
    t.like(await send(2), { Status: 0xa700, ErrorComment: 'no space left' }, where)
  }
  t.true(written < 1_500_000, `${written}`)
  t.deepEqual(aborted, Array(3).fill('no space left'))
  next = () => failing('write', new TypeError('a bug with a secret'))
  t.like(await send(3), { Status: 0x0110, ErrorComment: 'internal error' })
  t.true(events.some(event => event.type === 'fault'))
  next = () => failing('end', full)
  peer.say(data(3, 3, encodeCommand(store(4))), data(3, 0, Buffer.alloc(100)))
  peer.socket.destroy()
  await eventually('the sink is told', () => aborted.find(reason => reason.includes('connection')))
})

test('an instance larger than allowed is refused without stopping the association', async t => {
  const { port, received } = await listen(t, { limits: { ...defaultLimits, maxInstanceBytes: 1000 } })
  const peer = await associated(t, port)
  peer.message(3, store(1), Buffer.alloc(1001))
  t.is((await peer.answer()).command.Status, 0xa700)
  peer.message(3, store(2), Buffer.alloc(1000))
  t.is((await peer.answer()).command.Status, 0)
  t.is(received.length, 1)
})

test('back-pressure reaches the sender, and a slow disk is not blamed on it', async t => {
  let taken = 0
  let letGo: () => void = () => undefined
  const { port } = await listen(t, {
    limits: { ...defaultLimits, rateWindowMs: 200, minimumBytesPerSecond: 1_000_000 },
    services: {
      store: () => ({
        write: chunk => {
          taken += chunk.length
          return false
        },
        drained: () =>
          new Promise(resolve => {
            letGo = resolve
          }),
        end: async () => ({ status: 0 }),
        abort: () => undefined,
      }),
    },
  })
  const peer = await associated(t, port)
  const total = 10_000_000
  peer.message(3, store(1), Buffer.alloc(total))
  await eventually('the first bytes', () => (taken > 0 ? true : undefined))
  const held = taken
  // Another sender stops by itself, and is aborted for it; this one is held by us, is not read, and is not aborted.
  const idle = await associated(t, port)
  idle.say(data(3, 3, encodeCommand(store(1))))
  await idle.hears(pduType.abort)
  t.is(taken, held)
  t.true(taken <= 65_536)
  t.false(peer.closed)
  const pump = setInterval(() => letGo(), 0)
  t.is((await peer.answer()).command.Status, 0)
  clearInterval(pump)
  t.is(taken, total)
})

test('who drips inside a message is aborted after the rate window, not before', async t => {
  const { port } = await listen(t, {
    limits: { ...defaultLimits, rateWindowMs: 400, minimumBytesPerSecond: 4_096, closeTimeoutMs: 100 },
  })
  const drips: [string, Buffer][] = [
    ['a PDU header', Buffer.from([4, 0])],
    ['a command', data(3, 1, Buffer.alloc(10))],
    ['a data set', Buffer.concat([data(3, 3, encodeCommand(store(1))), data(3, 0, Buffer.alloc(2))])],
  ]
  for (const [what, bytes] of drips) {
    const peer = await associated(t, port)
    const startedAt = performance.now()
    peer.say(bytes)
    const drip = setInterval(() => {
      if (what === 'a data set') peer.say(data(3, 0, Buffer.alloc(2)))
    }, 30)
    t.like(await peer.hears(pduType.abort), { source: 0 }, what)
    const tookMs = performance.now() - startedAt
    t.true(tookMs > 300, `${what}: ${tookMs}`)
    clearInterval(drip)
  }
})

test('who takes no bytes is dropped, and holds no memory meanwhile', async t => {
  let yielded = 0
  const { port, events } = await listen(t, {
    limits: { ...defaultLimits, writeStallTimeoutMs: 300 },
    services: {
      find: async function* () {
        for (;;) {
          yielded += 1
          yield Buffer.alloc(10_000)
        }
      },
    },
  })
  const peer = await associated(t, port)
  peer.socket.pause()
  peer.message(5, findRequest(1), Buffer.alloc(10))
  await eventually('it is dropped', () => events.find(event => event.type === 'aborted'))
  t.true(yielded * 10_000 < 30_000_000, `${yielded} matches were made`)
  peer.socket.destroy()
})

test('a peer that invokes more than its window is simply not read until it has answers', async t => {
  let open = 0
  let most = 0
  const { port } = await listen(t, {
    services: {
      store: () => ({
        write: () => true,
        drained: () => Promise.resolve(),
        end: async () => {
          open += 1
          most = Math.max(most, open)
          await new Promise(resolve => setTimeout(resolve, 2))
          open -= 1
          return { status: 0 }
        },
        abort: () => undefined,
      }),
    },
  })
  for (const [window, expected] of [
    [undefined, 1],
    [{ invoked: 4, performed: 1 }, 4],
  ] as const) {
    most = 0
    const peer = await associated(t, port, { user: { ...associateRequest().user, window } })
    for (let messageId = 1; messageId <= 40; messageId += 1)
      peer.message(3, store(messageId), Buffer.alloc(50))
    const answered = new Set<number | undefined>()
    while (answered.size < 40) answered.add((await peer.answer()).command.MessageIDBeingRespondedTo)
    t.is(most, expected)
    peer.say(releaseRequest)
    await peer.hears(pduType.releaseReply)
  }
})

test('a release waits for what is owed; a message ID twice is refused', async t => {
  let letGo: (result: { status: number }) => void = () => undefined
  const { port } = await listen(t, {
    services: {
      store: () => ({
        write: () => true,
        drained: () => Promise.resolve(),
        end: () =>
          new Promise(resolve => {
            letGo = resolve
          }),
        abort: () => undefined,
      }),
    },
  })
  const window = { invoked: 8, performed: 1 }
  const peer = await associated(t, port, { user: { ...associateRequest().user, window } })
  peer.message(3, store(1), Buffer.alloc(50))
  peer.message(1, echo(1))
  t.like((await peer.answer()).command, { CommandField: 0x8030, Status: 0x0210 })
  peer.say(releaseRequest)
  peer.say(Buffer.alloc(0))
  await new Promise(resolve => setImmediate(resolve))
  t.is(peer.pdus.length, 0)
  letGo({ status: 0 })
  t.like((await peer.answer()).command, { CommandField: 0x8001, Status: 0 })
  await peer.hears(pduType.releaseReply)
})

test('a cancel ends a query at once, even where its next match never comes', async t => {
  const { port } = await listen(t, {
    services: {
      find: async function* () {
        yield Buffer.from('one')
        await new Promise(() => undefined)
      },
    },
  })
  const peer = await associated(t, port)
  peer.message(5, findRequest(7), Buffer.alloc(10))
  t.like(await peer.answer(), { command: { Status: 0xff00 }, dataset: 'one' } as never)
  peer.message(5, {
    CommandField: commandField.cancelRequest,
    hasDataSet: false,
    MessageIDBeingRespondedTo: 7,
  })
  t.is((await peer.answer()).command.Status, 0xfe00)
})

test('limits are refused as PS3.8 Table 9-21 says, and what ends makes room again', async t => {
  const { acceptor, port, events } = await listen(t, {
    limits: { ...defaultLimits, maxAssociations: 3, closeTimeoutMs: 200 },
    admit: ({ callingAETitle }) => ({
      ...everything,
      admitted: true,
      peer: callingAETitle,
      maxAssociations: 2,
    }),
  })
  const rejection = async (changes: Parameters<typeof associateRequest>[0]) => {
    const peer = await call(t, port)
    peer.say(associateRequest(changes))
    const { result, source, reason } = await peer.hears(pduType.associateReject)
    await peer.ended()
    return [result, source, reason]
  }
  const first = await associated(t, port)
  await associated(t, port)
  t.deepEqual(await rejection({}), [2, 3, 2])
  await associated(t, port, { callingAETitle: 'OTHER' })
  t.deepEqual(await rejection({ callingAETitle: 'OTHER' }), [2, 3, 1])
  t.deepEqual(await rejection({ protocolVersion: 2 }), [1, 2, 2])
  t.deepEqual(await rejection({ applicationContextName: '1.2' }), [1, 1, 2])
  t.is(acceptor.associations(), 3)
  first.socket.destroy()
  await eventually('room', () => (acceptor.associations() === 2 ? true : undefined))
  const again = await associated(t, port, { callingAETitle: 'OTHER' })
  t.true(events.some(event => event.type === 'rejected' && event.cause.includes('2 associations')))
  const closing = acceptor.close()
  await again.hears(pduType.abort)
  await closing
  t.is(acceptor.associations(), 0)
})

test('hundreds of idle connections do not keep a good caller out', async t => {
  const { port } = await listen(t)
  const idle = Array.from({ length: 300 }, () => connect(port, '127.0.0.1'))
  for (const socket of idle) socket.on('error', () => undefined)
  await Promise.all(idle.map(socket => once(socket, 'connect')))
  const association = await asking(port)
  t.like(await association.echo(), { outcome: 'answered', status: 0 })
  await association.release()
  await eventually('only the newest may wait', () =>
    idle.filter(socket => !socket.closed).length <= defaultLimits.maxPendingPerAddress ? true : undefined,
  )
  for (const socket of idle) socket.destroy()
})

test('an address that keeps breaking the protocol waits before it is read, and is heard all the same', async t => {
  const faultDelayMs = 2_500
  const { port } = await listen(t, {
    limits: { ...defaultLimits, closeTimeoutMs: 100, maxFaultsPerAddressPerMinute: 3, faultDelayMs },
  })
  const echoMs = async () => {
    const began = performance.now()
    const association = await asking(port)
    t.like(await association.echo(), { outcome: 'answered', status: 0 })
    await association.release()
    return performance.now() - began
  }
  for (let faults = 0; faults < 4; faults += 1) {
    t.true((await echoMs()) < faultDelayMs, 'forgiven')
    const peer = await call(t, port)
    peer.say(Buffer.from('GET / HTTP/1.1\r\n\r\n'))
    await peer.ended()
  }
  t.true((await echoMs()) >= faultDelayMs)
})

test('mutated conversations end alone: a good sender is served all the while', async t => {
  const { port, received, events } = await listen(t, {
    limits: {
      ...defaultLimits,
      closeTimeoutMs: 100,
      artimTimeoutMs: 2_000,
      idleTimeoutMs: 2_000,
      maxFaultsPerAddressPerMinute: 1_000_000,
    },
  })
  const good = await asking(port)
  const throwDice = dice(20_260_101)
  const script = Buffer.concat([
    encodePdu(associateRequest()),
    data(3, 3, encodeCommand(store(1))),
    data(3, 0, Buffer.alloc(300)),
    data(3, 2, Buffer.alloc(300)),
    data(1, 3, encodeCommand(echo(2))),
    encodePdu(releaseRequest),
  ])
  let bad = 0
  const attack = async () => {
    while (bad < 400) {
      bad += 1
      const bytes = Buffer.from(script)
      for (let count = throwDice(6) + 1; count > 0; count -= 1)
        bytes[throwDice(bytes.length)] = throwDice(256)
      const socket = connect(port, '127.0.0.1')
      socket.on('error', () => undefined)
      socket.resume()
      socket.end(bytes.subarray(0, throwDice(2) === 0 ? throwDice(bytes.length) : bytes.length))
      await once(socket, 'close')
    }
  }
  const sending = async () => {
    let stored = 0
    while (bad < 400) {
      const dataset = Readable.from([Buffer.alloc(20_000, stored)])
      const outcome = await good.store({
        sopClassUID: SOPClass.CTImageStorage,
        sopInstanceUID: `1.9.${stored}`,
        transferSyntaxUID: TransferSyntax.ExplicitVRLittleEndian,
        dataset,
      })
      t.like(outcome, { outcome: 'answered', status: 0 })
      stored += 1
    }
    return stored
  }
  const [stored] = await Promise.all([sending(), attack(), attack(), attack(), attack()])
  t.is(received.filter(each => each.sopInstanceUID.startsWith('1.9.')).length, stored)
  t.false(events.some(event => event.type === 'fault'))
  t.deepEqual(await good.release(), { kind: 'released' })
})

async function accepting(next: () => Promise<RawPeer>, window?: number): Promise<RawPeer> {
  const peer = await next()
  const user = window ? { ...accept.user, window: { invoked: window, performed: 1 } } : accept.user
  peer.say({ ...acceptPdu, user: { ...user, roles: [], extended: [] } })
  return peer
}

function instance(index: number, dataset: Readable | { file: string; offset: number; length: number }) {
  return {
    sopClassUID: SOPClass.CTImageStorage,
    sopInstanceUID: `1.2.3.${index}`,
    transferSyntaxUID: TransferSyntax.ExplicitVRLittleEndian,
    dataset,
  }
}

test('a peer that lies or leaves: every instance has its exact outcome', async t => {
  const { port, next } = await listener(t)
  const opening = asking(port, { window: 8 })
  const peer = await accepting(next, 3)
  const association = await opening
  t.is(association.window, 3)
  const outcomes = [1, 2, 3, 4, 5].map(index =>
    association.store(instance(index, Readable.from([Buffer.alloc(1000)]))),
  )
  const asked = [await peer.answer(), await peer.answer(), await peer.answer()]
  // Answered out of order, as a window allows (PS3.7 D.3.3.3): by message ID.
  const answer = (heard: (typeof asked)[number] | undefined, status: number) =>
    peer.message(3, {
      CommandField: 0x8001,
      hasDataSet: false,
      MessageIDBeingRespondedTo: heard?.command.MessageID,
      Status: status,
    })
  answer(asked[1], 0xb007)
  answer(asked[0], 0xa701)
  t.like(await outcomes[1], { outcome: 'answered', status: 0xb007, meaning: { class: 'warning' } })
  t.like(await outcomes[0], { outcome: 'answered', status: 0xa701, meaning: { class: 'failure-retry' } })
  await peer.answer()
  await peer.answer()
  peer.say(abort)
  for (const index of [2, 3, 4]) t.like(await outcomes[index], { outcome: 'unanswered', sent: 'all' })
  t.like(await association.store(instance(6, Readable.from([Buffer.alloc(10)]))), {
    outcome: 'unanswered',
    sent: 'nothing',
  })
  t.like(await association.store({ ...instance(7, Readable.from([])), sopClassUID: '1.2' }), {
    outcome: 'not-negotiated',
  })
  t.like(await association.end, { kind: 'aborted', by: 'peer' })
})

test('a peer that never answers is aborted after the response time, a release after its own', async t => {
  const { port, next } = await listener(t)
  const timers = { ...defaultTimers, responseTimeoutMs: 200, releaseTimeoutMs: 200, closeTimeoutMs: 100 }
  const opening = asking(port, { timers })
  const peer = await accepting(next)
  const association = await opening
  t.like(await association.store(instance(1, Readable.from([Buffer.alloc(10)]))), {
    outcome: 'unanswered',
    sent: 'all',
  })
  t.like(await peer.hears(pduType.abort), { source: 0 })
  const second = asking(port, { timers })
  const slow = await accepting(next)
  const releasing = (await second).release()
  t.like(await releasing, { kind: 'aborted', by: 'us' })
  await slow.hears(pduType.abort)
})

test('bytes that cannot be read: before the first one the association goes on, after it is aborted', async t => {
  const folder = await temporaryFolder()
  const file = join(folder, 'short')
  await writeFile(file, Buffer.alloc(1_000_000))
  const { port, received } = await listen(t)
  const association = await asking(port)
  const missing = await t.throwsAsync<Failure>(
    association.store(instance(1, { file: join(folder, 'nothing'), offset: 0, length: 10 })),
  )
  t.is(missing?.code, 'missing')
  t.like(await association.store(instance(2, { file, offset: 400_000, length: 600_000 })), { status: 0 })
  t.like(received[0], { bytes: 600_000 })
  await t.throwsAsync(association.store(instance(3, { file, offset: 0, length: 2_000_000 })))
  t.like(await association.end, { kind: 'aborted', by: 'us' })
  t.is(received.length, 1)
  await rm(folder, { recursive: true })
})

;(found('openssl') ? test : test.skip)(
  'over TLS: a verified certificate is told to admission, none is refused',
  async t => {
    const folder = await temporaryFolder()
    const key = join(folder, 'key.pem')
    const certificate = join(folder, 'certificate.pem')
    const made = await run('openssl', [
      ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'],
      ...['-subj', '/CN=localhost', '-days', '2', '-keyout', key, '-out', certificate],
      ...['-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'],
    ])
    t.is(made.code, 0, made.output)
    const [keyText, certificateText] = [await readFile(key), await readFile(certificate)]
    const fingerprints: (string | undefined)[] = []
    const { port, events, received } = await listen(t, {
      tls: {
        key: keyText,
        cert: certificateText,
        ca: certificateText,
        requestCert: true,
        rejectUnauthorized: true,
      },
      limits: { ...defaultLimits, tlsHandshakeTimeoutMs: 300 },
      admit: offer => {
        fingerprints.push(offer.certificateFingerprint)
        return everything
      },
    })
    const association = await asking(port, {
      tls: { key: keyText, cert: certificateText, ca: certificateText },
    })
    t.like(await association.store(instance(1, Readable.from([Buffer.alloc(3_000_000, 7)]))), { status: 0 })
    t.is(received[0]?.bytes, 3_000_000)
    t.deepEqual(await association.release(), { kind: 'released' })
    t.regex(fingerprints[0] ?? '', /^[0-9a-f]{64}$/)
    const without = asking(port, { tls: { ca: certificateText } })
    t.is((await t.throwsAsync<AssociationFailure>(without))?.step, 'tls')
    const untrusted = await t.throwsAsync<AssociationFailure>(asking(port, { tls: {} }))
    t.is(untrusted?.step, 'tls')
    const silent = connect(port, '127.0.0.1')
    await once(silent, 'close')
    t.is(fingerprints.length, 1)
    t.true(events.filter(event => event.type === 'rejected').length >= 2)
    await rm(folder, { recursive: true })
  },
)
