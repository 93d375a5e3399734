import { isIP } from 'node:net'
import { Readable } from 'node:stream'
import type { TLSSocket } from 'node:tls'
import { encodeDataset } from '../../dicom/format/dataset.js'
import { openSocket } from '../../dicom/network/connect.js'
import { contextResult } from '../../dicom/network/negotiation.js'
import type { Association, AssociationEnd } from '../../dicom/network/requestor.js'
import { dimseStatus, statusText } from '../../dicom/network/status.js'
import { SOPClass } from '../../dicom/uids.js'
import { contextsOf, invoked } from '../service-table.js'
import type { ProbeCode } from '../view.js'
import type { CallAnswer, CallRequest, ProbeStep, TestObject } from '../wire.js'
import { associate, type CallHouse, failureOf } from './house.js'

type Probe = Extract<CallRequest, { method: 'probe' }>
type Tried = Pick<ProbeStep, 'code' | 'detail'>

/** A study no PACS has: asks whether it would answer, not for anybody's data. */
const NO_STUDY = '2.25.0'
/** The last courtesy of a test that is over. */
const RELEASE_MS = 2000
/** A second look at what the other side speaks. */
const SECOND_LOOK_MS = 3000
/** After these it is worth asking whether one side speaks TLS and the other does not. */
const PERHAPS_PLAIN: readonly ProbeCode[] = ['tls-failed', 'tls-not-answering', 'tls-not-spoken']
const REFUSED_IN_ORDER: readonly ProbeCode[] = [
  'find-class-refused',
  'find-syntax-refused',
  'find-not-authorised',
  'find-failed',
]
const PERHAPS_TLS: readonly ProbeCode[] = ['association-cut', 'not-dicom', 'association-not-answering']

/**
 * Why a PACS does not talk to us: port, TLS, association, echo, find, an object where one is given; each with its
 * time. The first failure ends it, unless it is a query refused in order.
 */
export async function probe(request: Probe, house: CallHouse): Promise<CallAnswer> {
  const { clock } = house
  const { target, timeoutMs, object } = request
  const patient = { ...house, timers: timersOf(house.timers, timeoutMs) }
  const steps: ProbeStep[] = []
  let association: Association | undefined
  let from: string | undefined
  let to: string | undefined

  const step = async (name: ProbeStep['step'], run: () => Promise<Tried>) => {
    if (steps.some(ends)) {
      steps.push({ step: name, outcome: 'skipped', ms: 0, code: 'skipped', detail: '' })
      return
    }
    const startedAt = clock.monotonic()
    let tried: Tried
    try {
      tried = await run()
    } catch (thrown) {
      const { code, detail } = failureOf(thrown)
      tried = { code, detail }
    }
    const outcome = tried.code === 'ok' ? 'passed' : 'failed'
    steps.push({ step: name, outcome, ms: clock.monotonic() - startedAt, ...tried })
  }
  const open = () => association as Association

  await step('tcp', async () => {
    const socket = await openSocket({ ...target, tls: undefined, guard: house.guard, ...patient.timers })
    from = plain(socket.localAddress)
    to = plain(socket.remoteAddress)
    socket.destroy()
    return ok(`${to}:${target.port}`)
  })
  if (target.tls !== 'none') await step('tls', () => secure(request, patient))
  await step('association', async () => {
    const contexts = [
      ...contextsOf(invoked.echo),
      ...contextsOf(invoked.find),
      ...(object === undefined
        ? []
        : [{ abstractSyntax: object.sopClassUID, transferSyntaxes: [object.transferSyntaxUID] }]),
    ]
    try {
      association = await associate(target, contexts, patient)
    } catch (thrown) {
      const { code, detail } = failureOf(thrown)
      const lookAgain = target.tls === 'none' && PERHAPS_TLS.includes(code)
      return { code: lookAgain && (await speaksTls(request, patient)) ? 'tls-expected' : code, detail }
    }
    const { classUID, versionName } = association.peerImplementation
    return ok(versionName ?? classUID)
  })
  await step('echo', () => echo(open()))
  await step('find', () => find(open()))
  if (object !== undefined) await step('store', () => store(open(), object))
  await association?.release()
  const stored = steps.some(each => each.step === 'store' && each.outcome === 'passed')
  return { method: 'probe', ok: true, steps, ...addresses(from, to), stored }
}

async function secure(request: Probe, house: CallHouse): Promise<Tried> {
  const { target } = request
  const secured = house.security.caller(target)
  if (secured === undefined) return ok('')
  try {
    const socket = (await openSocket({
      ...target,
      tls: secured.options,
      judge: secured.judge,
      guard: house.guard,
      ...house.timers,
    })) as TLSSocket
    const detail = `${socket.getProtocol()} ${socket.getCipher().standardName}`
    socket.destroy()
    return ok(detail)
  } catch (thrown) {
    const { code, detail } = failureOf(thrown)
    const lookAgain = PERHAPS_PLAIN.includes(code) && (await speaksPlainDicom(request, house))
    return { code: lookAgain ? 'tls-not-spoken' : code, detail }
  }
}

async function echo(association: Association): Promise<Tried> {
  const outcome = await association.echo()
  switch (outcome.outcome) {
    case 'not-negotiated':
      return { code: refusal(association, SOPClass.Verification, 'echo'), detail: 'C-ECHO is not accepted' }
    case 'unanswered':
      return { code: await silence(association, 'echo'), detail: outcome.reason }
    case 'answered':
      if (outcome.status === dimseStatus.success) return ok('')
      return { code: 'echo-failed', detail: `${statusText(outcome.status)} ${outcome.meaning.meaning}` }
  }
}

async function find(association: Association): Promise<Tried> {
  const keys = { QueryRetrieveLevel: 'STUDY', StudyInstanceUID: NO_STUDY, PatientID: '' }
  const outcome = await association.find({
    sopClassUID: SOPClass.StudyRootFind,
    identifier: syntax => encodeDataset(keys, syntax),
    maximum: 1,
    onMatch: () => {},
  })
  switch (outcome.outcome) {
    case 'complete':
    case 'cut':
      return ok('')
    case 'not-negotiated':
      return { code: refusal(association, SOPClass.StudyRootFind, 'find'), detail: 'C-FIND is not accepted' }
    case 'unanswered':
      return { code: await silence(association, 'find'), detail: outcome.reason }
    default:
      return {
        code: outcome.status === dimseStatus.notAuthorised ? 'find-not-authorised' : 'find-failed',
        detail: `${statusText(outcome.status)} ${outcome.comment ?? outcome.meaning.meaning}`,
      }
  }
}

async function store(association: Association, object: TestObject): Promise<Tried> {
  const outcome = await association.store({
    ...object,
    dataset: Readable.from([Buffer.from(object.dataset)]),
  })
  switch (outcome.outcome) {
    case 'not-negotiated':
      return { code: refusal(association, object.sopClassUID, 'store'), detail: 'C-STORE is not accepted' }
    case 'unanswered':
      return { code: await silence(association, 'store'), detail: outcome.reason }
    case 'answered': {
      const { status, meaning, comment } = outcome
      if (meaning.class === 'success' || meaning.class === 'warning') return ok(object.sopInstanceUID)
      const detail = `${statusText(status)} ${comment ?? meaning.meaning}`
      if (status === dimseStatus.notAuthorised) return { code: 'store-not-authorised', detail }
      return {
        code: (status & 0xff00) === dimseStatus.outOfResources ? 'store-full' : 'store-failed',
        detail,
      }
    }
  }
}

/** After this step there is nothing left to try; a query that is refused in order leaves the rest possible. */
function ends({ outcome, code }: ProbeStep): boolean {
  return outcome === 'failed' && !REFUSED_IN_ORDER.includes(code)
}

/** Whether the class is not taken, or only its encoding (PS3.8 Table 9-18). */
function refusal(association: Association, uid: string, what: 'echo' | 'find' | 'store'): ProbeCode {
  const refused = association.refused.find(({ abstractSyntax }) => abstractSyntax === uid)
  return refused?.result === contextResult.transferSyntaxesNotSupported
    ? `${what}-syntax-refused`
    : `${what}-class-refused`
}

/** Whether the other side said nothing, hung up, or said what is no DICOM. */
async function silence(association: Association, what: 'echo' | 'find' | 'store'): Promise<ProbeCode> {
  const end: AssociationEnd = await association.end
  if (end.kind === 'aborted' && end.by === 'us')
    return end.source === 2 ? 'not-dicom' : `${what}-not-answering`
  return `${what}-cut`
}

/** Whether the port answers a TLS handshake, whatever it thinks of us. */
async function speaksTls({ target }: Probe, house: CallHouse): Promise<boolean> {
  try {
    const socket = await openSocket({
      ...target,
      tls: { rejectUnauthorized: false },
      guard: house.guard,
      connectTimeoutMs: SECOND_LOOK_MS,
      tlsHandshakeTimeoutMs: SECOND_LOOK_MS,
    })
    socket.destroy()
    return true
  } catch (thrown) {
    // An alert is TLS too.
    return ['own-certificate-refused', 'tls-versions'].includes(failureOf(thrown).code)
  }
}

/** Whether the port answers an A-ASSOCIATE-RQ in the clear, if only with a refusal. Nothing but titles is said. */
async function speaksPlainDicom({ target }: Probe, house: CallHouse): Promise<boolean> {
  try {
    const look = { ...house, timers: timersOf(house.timers, SECOND_LOOK_MS) }
    const association = await associate({ ...target, tls: 'none' }, contextsOf(invoked.echo), look)
    await association.release()
    return true
  } catch (thrown) {
    const { step, code } = failureOf(thrown)
    return step === 'association' && !PERHAPS_TLS.includes(code)
  }
}

/** A person waits for the answer: each step has the same short time. */
function timersOf(timers: CallHouse['timers'], ms: number): CallHouse['timers'] {
  return {
    ...timers,
    connectTimeoutMs: ms,
    tlsHandshakeTimeoutMs: ms,
    associateTimeoutMs: ms,
    responseTimeoutMs: ms,
    releaseTimeoutMs: Math.min(RELEASE_MS, ms),
  }
}

const ok = (detail: string): Tried => ({ code: 'ok', detail })

function addresses(from: string | undefined, to: string | undefined) {
  return { ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) }
}

/** IPv4 as people write it, also where the socket is an IPv6 one. */
function plain(address: string | undefined): string | undefined {
  const inner = address?.replace(/^::ffff:/, '')
  return inner !== undefined && isIP(inner) === 4 ? inner : address
}
