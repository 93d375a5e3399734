import test from 'ava'
import fc from 'fast-check'
import { acceptPdu, hindrance } from '../../node/dicom/network/admission.js'
import { PduFault } from '../../node/dicom/network/bytes.js'
import { type CommandSet, decodeCommand, encodeCommand } from '../../node/dicom/network/command.js'
import { Doorway } from '../../node/dicom/network/doorway.js'
import { encodeMessage, fragmentBytes } from '../../node/dicom/network/fragments.js'
import { gather, MessageReader } from '../../node/dicom/network/messages.js'
import {
  acceptedContexts,
  grantedWindow,
  intersectWindow,
  negotiate,
  negotiateRoles,
  protocolFault,
  rejectionText,
  requestorRoles,
} from '../../node/dicom/network/negotiation.js'
import { type AssociateRequest, encodePdu, type Pdu, pduType } from '../../node/dicom/network/pdu.js'
import { PduReader } from '../../node/dicom/network/pdu-reader.js'
import {
  type Action,
  actionFor,
  type Event,
  events,
  type State,
  stateAfter,
  states,
  UnlistedTransition,
} from '../../node/dicom/network/states.js'
import {
  queryStatus,
  refusalOf,
  statusOfFailure,
  statusText,
  storeStatus,
} from '../../node/dicom/network/status.js'
import { APPLICATION_CONTEXT, SOPClass, TransferSyntax } from '../../node/dicom/uids.js'
import { Failure } from '../../node/errors.js'

/** PS3.8 Table 9-10 said another way than in the program: for each action, where it stands. */
const standard: [Action, Partial<Record<Event, number[]>>][] = [
  ['AE-1', { Evt1: [1] }],
  ['AE-2', { Evt2: [4] }],
  ['AE-3', { Evt3: [5] }],
  ['AE-4', { Evt4: [5] }],
  ['AE-5', { Evt5: [1] }],
  ['AE-6', { Evt6: [2] }],
  ['AE-7', { Evt7: [3] }],
  ['AE-8', { Evt8: [3] }],
  ['DT-1', { Evt9: [6] }],
  ['DT-2', { Evt10: [6] }],
  ['AR-1', { Evt11: [6] }],
  ['AR-2', { Evt12: [6] }],
  ['AR-3', { Evt13: [7, 11] }],
  ['AR-4', { Evt14: [8, 12] }],
  ['AR-5', { Evt17: [13] }],
  ['AR-6', { Evt10: [7] }],
  ['AR-7', { Evt9: [8] }],
  ['AR-8', { Evt12: [7] }],
  ['AR-9', { Evt14: [9] }],
  ['AR-10', { Evt13: [10] }],
  [
    'AA-1',
    {
      Evt3: [2],
      Evt4: [2],
      Evt10: [2],
      Evt12: [2],
      Evt13: [2],
      Evt19: [2],
      Evt15: [3, 5, 6, 7, 8, 9, 10, 11, 12],
    },
  ],
  ['AA-2', { Evt15: [4], Evt16: [2, 13], Evt18: [2, 13] }],
  ['AA-3', { Evt16: [3, 5, 6, 7, 8, 9, 10, 11, 12] }],
  ['AA-4', { Evt17: [3, 4, 5, 6, 7, 8, 9, 10, 11, 12] }],
  ['AA-5', { Evt17: [2] }],
  ['AA-6', { Evt3: [13], Evt4: [13], Evt10: [13], Evt12: [13], Evt13: [13] }],
  ['AA-7', { Evt6: [13], Evt19: [13] }],
  [
    'AA-8',
    {
      Evt3: [3, 6, 7, 8, 9, 10, 11, 12],
      Evt4: [3, 6, 7, 8, 9, 10, 11, 12],
      Evt6: [3, 5, 6, 7, 8, 9, 10, 11, 12],
      Evt10: [3, 5, 8, 9, 10, 11, 12],
      Evt12: [3, 5, 8, 9, 10, 11, 12],
      Evt13: [3, 5, 6, 8, 9, 12],
      Evt19: [3, 5, 6, 7, 8, 9, 10, 11, 12],
    },
  ],
]

/** PS3.8 Tables 9-6 to 9-9: the state each action leads to, for a requestor. */
const leadsTo: Record<Action, number> = {
  ...{ 'AE-1': 4, 'AE-2': 5, 'AE-3': 6, 'AE-4': 1, 'AE-5': 2, 'AE-6': 3, 'AE-7': 6, 'AE-8': 13 },
  ...{ 'DT-1': 6, 'DT-2': 6, 'AR-1': 7, 'AR-2': 8, 'AR-3': 1, 'AR-4': 13, 'AR-5': 1, 'AR-6': 7 },
  ...{ 'AR-7': 8, 'AR-8': 9, 'AR-9': 11, 'AR-10': 12, 'AA-1': 13, 'AA-2': 1, 'AA-3': 1, 'AA-4': 1 },
  ...{ 'AA-5': 1, 'AA-6': 13, 'AA-7': 13, 'AA-8': 13 },
}

test('all 13 states × 19 events do what PS3.8 Table 9-10 says, and nothing else', t => {
  const expected = new Map<string, Action>()
  for (const [action, places] of standard)
    for (const [event, columns] of Object.entries(places))
      for (const column of columns) {
        const cell = `Sta${column} ${event}`
        t.false(expected.has(cell), cell)
        expected.set(cell, action)
      }
  for (const state of states)
    for (const event of events) {
      const action = expected.get(`${state} ${event}`)
      if (action) {
        t.is(actionFor(state, event), action, `${state} ${event}`)
        t.is(stateAfter(action, 'requestor'), `Sta${leadsTo[action]}` as State, action)
      } else t.throws(() => actionFor(state, event), { instanceOf: UnlistedTransition }, `${state} ${event}`)
    }
  t.is(stateAfter('AR-8', 'acceptor'), 'Sta10')
})

const uid = fc
  .array(fc.integer({ min: 0, max: 99_999 }), { minLength: 2, maxLength: 10 })
  .map(components => components.join('.'))
const aeTitle = fc.stringMatching(/^[A-Z0-9_]{1,16}$/)
const shortBytes = fc.uint8Array({ maxLength: 40 }).map(bytes => Buffer.from(bytes))
const user = fc.record(
  {
    maxPduBytes: fc.integer({ min: 0, max: 0xffffffff }),
    implementationClassUID: uid,
    implementationVersionName: fc.stringMatching(/^[A-Z0-9_]{1,16}$/),
    window: fc.record({
      invoked: fc.integer({ min: 0, max: 0xffff }),
      performed: fc.integer({ min: 0, max: 0xffff }),
    }),
    roles: fc.array(fc.record({ sopClassUID: uid, scu: fc.boolean(), scp: fc.boolean() }), { maxLength: 5 }),
    extended: fc.array(fc.record({ sopClassUID: uid, information: shortBytes }), { maxLength: 3 }),
    identity: fc.record({
      type: fc.integer({ min: 1, max: 5 }),
      responseRequested: fc.boolean(),
      primary: shortBytes,
      secondary: shortBytes,
    }),
    identityResponse: shortBytes,
  },
  { requiredKeys: ['maxPduBytes', 'implementationClassUID', 'roles', 'extended'] },
)
const contextIds = fc.uniqueArray(
  fc.integer({ min: 0, max: 127 }).map(index => index * 2 + 1),
  {
    maxLength: 12,
  },
)
const byte = fc.integer({ min: 0, max: 255 })
const common = {
  protocolVersion: fc.integer({ min: 0, max: 0xffff }),
  calledAETitle: aeTitle,
  callingAETitle: aeTitle,
  applicationContextName: uid,
  user,
}
const associateRequest = contextIds.chain(ids =>
  fc.record({
    type: fc.constant(pduType.associateRequest),
    ...common,
    contexts: fc.tuple(
      ...ids.map(id =>
        fc.record({
          id: fc.constant(id),
          abstractSyntax: uid,
          transferSyntaxes: fc.array(uid, { minLength: 1, maxLength: 5 }),
        }),
      ),
    ),
  }),
)
const associateAccept = contextIds.chain(ids =>
  fc.record({
    type: fc.constant(pduType.associateAccept),
    ...common,
    contexts: fc.tuple(
      ...ids.map(id => fc.record({ id: fc.constant(id), result: byte, transferSyntax: uid })),
    ),
  }),
)
const anyPdu = fc.oneof(
  associateRequest,
  associateAccept,
  fc.record({ type: fc.constant(pduType.associateReject), result: byte, source: byte, reason: byte }),
  fc.constant({ type: pduType.releaseRequest }),
  fc.constant({ type: pduType.releaseReply }),
  fc.record({ type: fc.constant(pduType.abort), source: byte, reason: byte }),
) as fc.Arbitrary<Pdu>

interface Heard {
  pdus: Pdu[]
  /** Context, control header and bytes of each complete PDV. */
  values: [number, number, string][]
  largestPiece: number
}

function reading(limits = { maxPduBytes: 131_072, maxAssociatePduBytes: 65_536 }) {
  const heard: Heard = { pdus: [], values: [], largestPiece: 0 }
  let pieces: Buffer[] = []
  const reader = new PduReader(
    {
      pdu: pdu => heard.pdus.push(pdu),
      dataBegins: () => undefined,
      fragment: (contextId, control, chunk, start, end, complete) => {
        heard.largestPiece = Math.max(heard.largestPiece, end - start)
        pieces.push(Buffer.from(chunk.subarray(start, end)))
        if (!complete) return
        heard.values.push([contextId, control, Buffer.concat(pieces).toString('hex')])
        pieces = []
      },
    },
    limits,
  )
  return { reader, heard }
}

test('every PDU is read back as it was written', t => {
  fc.assert(
    fc.property(fc.array(anyPdu, { maxLength: 4 }), pdus => {
      const { reader, heard } = reading()
      reader.push(Buffer.concat(pdus.map(encodePdu)))
      t.deepEqual(heard.pdus, pdus)
    }),
    { numRuns: 300 },
  )
  t.pass()
})

/** Several PDVs in one P-DATA-TF PDU. */
function dataPdu(...values: [number, number, Buffer][]): Buffer {
  const items = values.map(([contextId, control, bytes]) => {
    const head = Buffer.alloc(6)
    head.writeUInt32BE(bytes.length + 2, 0)
    head[4] = contextId
    head[5] = control
    return Buffer.concat([head, bytes])
  })
  return framed(4, Buffer.concat(items))
}

function framed(type: number, body: Buffer, length = body.length): Buffer {
  const head = Buffer.alloc(6)
  head[0] = type
  head.writeUInt32BE(length, 2)
  return Buffer.concat([head, body])
}

const sampleRequest: AssociateRequest = {
  type: pduType.associateRequest,
  protocolVersion: 1,
  calledAETitle: 'RELAIS',
  callingAETitle: 'SENDER',
  applicationContextName: APPLICATION_CONTEXT,
  contexts: [
    {
      id: 1,
      abstractSyntax: SOPClass.Verification,
      transferSyntaxes: [TransferSyntax.ImplicitVRLittleEndian],
    },
  ],
  user: { maxPduBytes: 16_384, implementationClassUID: '1.2.3', roles: [], extended: [] },
}

test('a stream cut at any byte, or into single bytes, reads the same', t => {
  const stream = Buffer.concat([
    encodePdu(sampleRequest),
    dataPdu([1, 3, Buffer.from('command')]),
    dataPdu([1, 0, Buffer.from('first ')], [1, 0, Buffer.alloc(0)], [1, 2, Buffer.from('last')]),
    encodePdu({ type: pduType.releaseRequest }),
    encodePdu({ type: pduType.abort, source: 2, reason: 6 }),
  ])
  const whole = reading()
  whole.reader.push(stream)
  t.is(whole.heard.pdus.length, 3)
  t.is(whole.heard.values.length, 4)
  const expected = { pdus: whole.heard.pdus, values: whole.heard.values }
  for (let cut = 0; cut <= stream.length; cut += 1) {
    const { reader, heard } = reading()
    reader.push(stream.subarray(0, cut))
    t.is(reader.betweenPdus, cut === 0 || atBoundary(stream, cut), `${cut}`)
    reader.push(stream.subarray(cut))
    t.deepEqual({ pdus: heard.pdus, values: heard.values }, expected, `cut at ${cut}`)
  }
  const { reader, heard } = reading()
  for (const single of stream) reader.push(Buffer.from([single]))
  t.deepEqual({ pdus: heard.pdus, values: heard.values }, expected)
})

function atBoundary(stream: Buffer, offset: number): boolean {
  let at = 0
  while (at < offset) at += 6 + stream.readUInt32BE(at + 2)
  return at === offset
}

test('a reader that holds stops in the middle of a chunk and goes on from there', t => {
  const values: string[] = []
  const reader: PduReader = new PduReader(
    {
      pdu: () => undefined,
      dataBegins: () => undefined,
      fragment: (_context, _control, chunk, start, end) => {
        values.push(chunk.toString('latin1', start, end))
        reader.hold()
      },
    },
    { maxPduBytes: 1000, maxAssociatePduBytes: 1000 },
  )
  reader.push(Buffer.concat(['a', 'b', 'c'].map(text => dataPdu([1, 0, Buffer.from(text)]))))
  t.deepEqual(values, ['a'])
  t.false(reader.betweenPdus)
  reader.push(dataPdu([1, 0, Buffer.from('d')]))
  t.deepEqual(values, ['a'])
  reader.proceed()
  reader.proceed()
  reader.proceed()
  t.deepEqual(values, ['a', 'b', 'c', 'd'])
  reader.stop()
  reader.push(dataPdu([1, 0, Buffer.from('e')]))
  reader.proceed()
  t.is(values.length, 4)
})

const lengths = [
  ...Array.from({ length: 80 }, (_, length) => length),
  ...Array.from({ length: 32 }, (_, power) => [2 ** power - 1, 2 ** power, 2 ** power + 1]).flat(),
  2 ** 32 - 2,
  2 ** 32 - 1,
].filter(length => length < 2 ** 32)

/** How the reader ends on these bytes: the abort reason, or undefined where it still waits. */
function faultOf(bytes: Buffer): number | undefined {
  try {
    reading().reader.push(bytes)
    return undefined
  } catch (thrown) {
    if (thrown instanceof PduFault) return thrown.reason
    throw thrown
  }
}

test('any announced length, of any PDU or PDV, is a fault or waited for, and never believed', t => {
  const before = process.memoryUsage().rss
  for (const length of lengths) {
    for (let type = 0; type < 256; type += 1) {
      const fault = faultOf(framed(type, Buffer.alloc(0), length))
      const allowed =
        type === 1 || type === 2
          ? length >= 68 && length <= 65_536
          : type === 4
            ? length >= 6 && length <= 131_072
            : type === 3 || (type >= 5 && type <= 7)
              ? length === 4
              : false
      const reason = type >= 1 && type <= 7 ? 6 : 1
      if (fault !== (allowed ? undefined : reason)) t.fail(`type ${type}, length ${length}: ${fault}`)
    }
    const pdv = Buffer.alloc(6)
    pdv.writeUInt32BE(length, 0)
    pdv[4] = 1
    const fits = length >= 2 && length <= 996 && (length === 996 || length <= 990)
    t.is(faultOf(framed(4, pdv, 1000)), fits ? undefined : 6, `PDV of ${length}`)
  }
  const grown = process.memoryUsage().rss - before
  t.true(grown < 150e6, `${grown} bytes`)
})

test('an association request that is wrong anywhere is a fault with its reason, never an exception', t => {
  const good = encodePdu({
    ...sampleRequest,
    user: {
      ...sampleRequest.user,
      window: { invoked: 8, performed: 1 },
      roles: [{ sopClassUID: '1.2', scu: true, scp: false }],
      extended: [{ sopClassUID: '1.2', information: Buffer.from([1]) }],
      identity: { type: 2, responseRequested: true, primary: Buffer.from('a'), secondary: Buffer.from('b') },
    },
  })
  for (let at = 0; at < good.length; at += 1)
    for (const value of [0, 1, 4, 0x10, 0x20, 0x30, 0x40, 0x50, 0x7f, 0xff]) {
      const bad = Buffer.from(good)
      bad[at] = value
      faultOf(bad)
    }
  for (let length = 68; length < good.length - 6; length += 1) {
    const cut = Buffer.from(good.subarray(0, 6 + length))
    cut.writeUInt32BE(length, 2)
    t.not(faultOf(cut), undefined, `cut at ${length}`)
  }
  const wrong: [string, AssociateRequest | Buffer, number][] = [
    ['a context identifier twice', twiceTheSameContext(), 5],
    ['an even context identifier', { ...sampleRequest, contexts: [{ ...firstContext(), id: 2 }] }, 6],
    ['a context without transfer syntax', withContext({ transferSyntaxes: [] }), 6],
    ['too many transfer syntaxes', withContext({ transferSyntaxes: Array(129).fill('1.2') }), 6],
    ['a UID of 65 characters', withContext({ abstractSyntax: '1'.repeat(65) }), 6],
    ['a backslash in an AE title', { ...sampleRequest, calledAETitle: 'A\\B' }, 6],
    ['a control character in an AE title', { ...sampleRequest, callingAETitle: 'A\nB' }, 6],
    [
      'too many roles',
      {
        ...sampleRequest,
        user: {
          ...sampleRequest.user,
          roles: Array(513).fill({ sopClassUID: '1', scu: true, scp: true }),
        },
      },
      6,
    ],
  ]
  for (const [what, request, reason] of wrong)
    t.is(faultOf(Buffer.isBuffer(request) ? request : encodePdu(request)), reason, what)
})

function firstContext() {
  const [context] = sampleRequest.contexts
  if (!context) throw new Error('the sample has one')
  return context
}

function withContext(changes: Partial<ReturnType<typeof firstContext>>): AssociateRequest {
  return { ...sampleRequest, contexts: [{ ...firstContext(), ...changes }] }
}

function twiceTheSameContext(): AssociateRequest {
  return { ...sampleRequest, contexts: [firstContext(), firstContext()] }
}

test('random and mutated bytes never do more than end their own association', t => {
  const seeds = [
    encodePdu(sampleRequest),
    dataPdu([1, 3, encodeCommand({ CommandField: 0x30, hasDataSet: false, MessageID: 1 })]),
  ]
  fc.assert(
    fc.property(
      fc.constantFrom(...seeds),
      fc.array(fc.tuple(fc.nat(400), byte), { minLength: 1, maxLength: 8 }),
      (seed, mutations) => {
        const bytes = Buffer.from(seed)
        for (const [at, value] of mutations) bytes[at % bytes.length] = value
        faultOf(bytes)
      },
    ),
    { numRuns: 3000 },
  )
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), bytes => {
      faultOf(Buffer.from(bytes))
      try {
        decodeCommand(Buffer.from(bytes))
      } catch (thrown) {
        if (!(thrown instanceof PduFault)) throw thrown
      }
    }),
    { numRuns: 3000 },
  )
  t.pass()
})

test('a command set is read back as it was written, and one that is wrong is a fault', t => {
  const commands: CommandSet[] = [
    {
      CommandField: 0x0001,
      hasDataSet: true,
      AffectedSOPClassUID: '1.2.840.10008.5.1.4.1.1.2',
      MessageID: 7,
      Priority: 0,
      AffectedSOPInstanceUID: '1.2.3',
      MoveOriginatorApplicationEntityTitle: 'MOVER',
      MoveOriginatorMessageID: 3,
    },
    {
      CommandField: 0x8021,
      hasDataSet: false,
      MessageIDBeingRespondedTo: 65_535,
      Status: 0xff00,
      NumberOfRemainingSuboperations: 5,
      NumberOfCompletedSuboperations: 4,
      NumberOfFailedSuboperations: 0,
      NumberOfWarningSuboperations: 1,
    },
    {
      CommandField: 0x8110,
      hasDataSet: true,
      MessageIDBeingRespondedTo: 1,
      Status: 0x0110,
      ErrorComment: 'no room',
      OffendingElement: [0x00100020, 0x7fe00010],
    },
  ]
  for (const command of commands) {
    const bytes = encodeCommand(command)
    t.deepEqual(decodeCommand(bytes), command)
    t.is(bytes.readUInt32LE(8), bytes.length - 12)
    t.is(bytes.length % 2, 0)
    const boundaries = elementBoundaries(bytes)
    for (let length = 0; length < bytes.length; length += 1)
      if (!boundaries.has(length))
        t.throws(() => decodeCommand(bytes.subarray(0, length)), { instanceOf: PduFault }, `cut at ${length}`)
  }
  const accented = encodeCommand({
    CommandField: 0x8001,
    hasDataSet: false,
    MessageIDBeingRespondedTo: 1,
    Status: 0xa700,
    ErrorComment: `disque plein à 100 % ${'x'.repeat(100)}`,
  })
  t.is(decodeCommand(accented).ErrorComment, `disque plein a 100 % ${'x'.repeat(43)}`)
})

function elementBoundaries(command: Buffer): Set<number> {
  const boundaries = new Set<number>()
  for (let at = 12; at < command.length; at += 8 + command.readUInt32LE(at + 4)) boundaries.add(at)
  // What comes before the data set type cannot do without it.
  for (const at of boundaries)
    if (at <= command.indexOf(Buffer.from([0, 0, 0, 8, 2, 0, 0, 0]))) boundaries.delete(at)
  return boundaries
}

test('a message split and packed anyhow is assembled; a data set is never gathered', t => {
  const command = encodeCommand({
    CommandField: 0x0001,
    hasDataSet: true,
    MessageID: 1,
    AffectedSOPClassUID: '1.2.3',
  })
  const dataset = Buffer.from(Array.from({ length: 3000 }, (_, index) => index % 251))
  for (const peerMax of [256, 258, 1000, 16_384, 0]) {
    const { heard, gathered, push } = assembling()
    push(encodeMessage(5, peerMax, command, dataset))
    t.is(heard.length, 1)
    t.deepEqual(gathered(), [dataset.toString('hex')], `${peerMax}`)
    t.is(fragmentBytes(peerMax) % 2, 0)
  }
})

function assembling() {
  const heard: CommandSet[] = []
  const datasets: string[] = []
  const messages = new MessageReader({
    accepts: id => id === 5,
    maxCommandBytes: 2000,
    user: {
      command: (_context, command) => {
        heard.push(command)
        return gather(10_000, dataset => datasets.push(dataset?.toString('hex') ?? 'too long'))
      },
      full: () => undefined,
      complete: () => undefined,
    },
  })
  const reader = new PduReader(
    {
      pdu: () => undefined,
      dataBegins: () => undefined,
      fragment: (...fragment) => messages.fragment(...fragment),
    },
    { maxPduBytes: 131_072, maxAssociatePduBytes: 65_536 },
  )
  return { heard, gathered: () => datasets, push: (bytes: Buffer) => reader.push(bytes), messages }
}

test('a message against the rules of PS3.7 §6.3 and PS3.8 Annex E is a fault', t => {
  const command = encodeCommand({ CommandField: 0x0001, hasDataSet: true, MessageID: 1 })
  const half = command.subarray(0, 20)
  const faulty: [string, Buffer[]][] = [
    ['a context that was not accepted', [dataPdu([7, 3, command])]],
    ['a data set without command', [dataPdu([5, 2, command])]],
    ['a command inside a data set', [dataPdu([5, 3, command]), dataPdu([5, 3, command])]],
    ['a data set inside a command', [dataPdu([5, 1, half]), dataPdu([5, 0, half])]],
    ['a message that changes context', [dataPdu([5, 3, command]), dataPdu([7, 2, half])]],
    ['a command that is too long', [dataPdu([5, 1, Buffer.alloc(2001)])]],
    ['a command in too many pieces', Array.from({ length: 1100 }, () => dataPdu([5, 1, Buffer.alloc(0)]))],
  ]
  for (const [what, pdus] of faulty) {
    const { push } = assembling()
    t.throws(() => pdus.forEach(push), { instanceOf: PduFault }, what)
  }
  const { push, gathered, messages } = assembling()
  push(dataPdu([5, 3, command]))
  t.true(messages.midMessage)
  push(dataPdu([5, 0, Buffer.alloc(6000)], [5, 2, Buffer.alloc(6000)]))
  t.false(messages.midMessage)
  t.deepEqual(gathered(), ['too long'])
})

test("of the acceptable transfer syntaxes the sender's first is taken", t => {
  const { ImplicitVRLittleEndian: implicit, ExplicitVRLittleEndian: explicit, JPEGBaseline } = TransferSyntax
  const acceptable = {
    abstractSyntaxes: (uid: string) => uid !== '1.1',
    transferSyntaxes: (_abstract: string, uid: string) => uid === implicit || uid === explicit,
  }
  const offered = [
    { id: 1, abstractSyntax: '1.2', transferSyntaxes: [JPEGBaseline, explicit, implicit] },
    { id: 3, abstractSyntax: '1.2', transferSyntaxes: [implicit, explicit] },
    { id: 5, abstractSyntax: '1.1', transferSyntaxes: [implicit] },
    { id: 7, abstractSyntax: '1.2', transferSyntaxes: [JPEGBaseline] },
  ]
  const results = negotiate(offered, acceptable)
  t.deepEqual(
    results.map(each => [each.id, each.result, each.transferSyntax]),
    [
      [1, 0, explicit],
      [3, 0, implicit],
      [5, 3, implicit],
      [7, 4, JPEGBaseline],
    ],
  )
  t.deepEqual([...acceptedContexts(offered, results).keys()], [1, 3])
  const lies = [
    { id: 9, result: 0, transferSyntax: implicit },
    { id: 1, result: 0, transferSyntax: '1.2.3' },
  ]
  t.is(acceptedContexts(offered, lies).size, 0)
})

test('the window is never more than either side named', t => {
  t.is(intersectWindow(undefined, 32), undefined)
  t.deepEqual(intersectWindow({ invoked: 0, performed: 0 }, 32), { invoked: 32, performed: 1 })
  t.deepEqual(intersectWindow({ invoked: 8, performed: 8 }, 32), { invoked: 8, performed: 1 })
  t.deepEqual(intersectWindow({ invoked: 999, performed: 1 }, 64), { invoked: 32, performed: 1 })
  t.is(grantedWindow(32, undefined), 1)
  t.is(grantedWindow(32, { invoked: 4, performed: 1 }), 4)
  t.is(grantedWindow(16, { invoked: 0, performed: 1 }), 16)
  t.is(grantedWindow(4, { invoked: 99, performed: 1 }), 4)
})

test('roles, refusals and limits are answered as PS3.7 D.3.3.4 and PS3.8 Table 9-21 have them', t => {
  const proposed = [{ sopClassUID: '1.2', scu: true, scp: true }]
  for (const scu of [true, false])
    for (const scp of [true, false]) {
      const agreed = negotiateRoles(proposed, { scuRole: () => scu, scpRole: () => scp })
      t.deepEqual(agreed, [{ sopClassUID: '1.2', scu, scp }])
      t.like(requestorRoles(agreed, '1.2'), { scu, scp })
    }
  const less = [{ sopClassUID: '1.2', scu: false, scp: false }]
  t.deepEqual(negotiateRoles(less, { scuRole: () => true, scpRole: () => true }), less)
  t.deepEqual(requestorRoles(proposed, '1.3'), { scu: true, scp: false })
  t.is(protocolFault(sampleRequest), undefined)
  t.like(protocolFault({ ...sampleRequest, protocolVersion: 2 }), { result: 1, source: 2, reason: 2 })
  t.like(protocolFault({ ...sampleRequest, applicationContextName: '1.2' }), {
    result: 1,
    source: 1,
    reason: 2,
  })
  t.is(
    rejectionText({ result: 1, source: 1, reason: 7 }),
    'refused permanently: called AE title not recognised (1/1/7)',
  )
  t.is(rejectionText({ result: 2, source: 3, reason: 2 }), 'refused for now: local limit exceeded (2/3/2)')
  const admission = {
    admitted: true as const,
    peer: 'a',
    abstractSyntaxes: () => true,
    transferSyntaxes: () => true,
    maxAssociations: 2,
    window: 4,
  }
  const free = { associations: 1, maxAssociations: 3, associationsOfPeer: 1 }
  t.is(hindrance(sampleRequest, admission, free), undefined)
  t.like(hindrance(sampleRequest, admission, { ...free, associationsOfPeer: 2 }), {
    result: 2,
    source: 3,
    reason: 2,
  })
  t.like(hindrance(sampleRequest, admission, { ...free, associations: 3 }), {
    result: 2,
    source: 3,
    reason: 1,
  })
  t.like(acceptPdu(sampleRequest, admission, 1000), {
    calledAETitle: 'RELAIS',
    contexts: [{ id: 1, result: 0, transferSyntax: TransferSyntax.ImplicitVRLittleEndian }],
  })
})

test('a status says whether to be glad, to try again, or to ask a person', t => {
  const store: [number, string][] = [
    [0x0000, 'success'],
    [0xb000, 'warning'],
    [0xb006, 'warning'],
    [0xb007, 'warning'],
    [0xb001, 'failure-permanent'],
    [0xa700, 'failure-retry'],
    [0xa7ff, 'failure-retry'],
    [0x0213, 'failure-retry'],
    [0xa900, 'failure-permanent'],
    [0xc123, 'failure-permanent'],
    [0x0122, 'failure-permanent'],
    [0x0124, 'failure-permanent'],
    [0x1234, 'failure-permanent'],
  ]
  for (const [status, expected] of store)
    t.is(storeStatus(status).class, expected as never, statusText(status))
  t.is(queryStatus(0xff01).class, 'pending')
  t.is(queryStatus(0xfe00).class, 'cancelled')
  t.is(statusText(0x122), '0122')
  t.is(statusOfFailure('storage-full'), 0xa700)
  t.is(statusOfFailure('forbidden'), 0x0124)
  t.deepEqual(refusalOf(new Failure('unsupported', 'no')), { status: 0x0122, comment: 'no', isBug: false })
  t.deepEqual(refusalOf(new TypeError('secret')), {
    status: 0x0110,
    comment: 'internal error',
    isBug: true,
  })
})

test('when too many callers say nothing, the one that waited longest makes room', t => {
  const gone: string[] = []
  const limits = { maxPendingConnections: 5, maxPendingPerAddress: 3, maxPendingPerUnknownAddress: 1 }
  const doorway = new Doorway(limits, address => address !== 'stranger')
  const enter = (name: string, address: string) => doorway.enter(address, () => gone.push(name))
  enter('a1', 'a')
  const leaveA2 = enter('a2', 'a')
  enter('a3', 'a')
  leaveA2()
  leaveA2()
  enter('a4', 'a')
  t.deepEqual(gone, [])
  enter('a5', 'a')
  t.deepEqual(gone, ['a1'])
  enter('s1', 'stranger')
  enter('s2', 'stranger')
  t.deepEqual(gone, ['a1', 's1'])
  enter('b1', 'b')
  t.is(doorway.size, 5)
  enter('b2', 'b')
  t.deepEqual(gone, ['a1', 's1', 'a3'])
})
