import { ADDRESS_FORBIDDEN, type AddressGuard } from '../../address-guard.js'
import type { Clock } from '../../clock.js'
import type { RequestorTimers } from '../../dicom/network/limits.js'
import {
  type Association,
  type AssociationEnd,
  AssociationFailure,
  openAssociation,
  type RequestorOptions,
} from '../../dicom/network/requestor.js'
import type { StoreContext, StoreSink } from '../../dicom/network/services.js'
import { reasonOf } from '../../errors.js'
import type { CommitmentDesk } from '../commitment-desk.js'
import { type Security, UntrustedCertificate } from '../security.js'
import type { ProbeCode } from '../view.js'
import type { CallFailure, InstanceResult, SubOperationCounts, Target } from '../wire.js'

/** What a call needs of the process it runs in. */
export interface CallHouse {
  clock: Clock
  timers: RequestorTimers
  maxPduBytes: number
  security: Pick<Security, 'caller'>
  guard: AddressGuard
  /** Aborted when nobody waits for the answer any more. */
  signal: AbortSignal
  /** Aborted when the caller has something more urgent for this peer; absent where that cannot be. */
  giveWay?: AbortSignal
  /** Results of single instances, as they come. */
  onResults(results: InstanceResult[]): void
  commitments: CommitmentDesk
  /** What a peer counts of a retrieval of ours. */
  onCounts(counts: SubOperationCounts): void
  /** Takes what a C-GET of ours brings. */
  keep(context: StoreContext, retrieval: string): StoreSink
}

/** Opens an association to a peer; the window is asked for and falls back to one by itself. */
export function associate(
  target: Target,
  contexts: { abstractSyntax: string; transferSyntaxes: string[] }[],
  house: Pick<CallHouse, 'clock' | 'timers' | 'maxPduBytes' | 'security' | 'guard'>,
  more: Pick<RequestorOptions, 'window' | 'roles' | 'commitment' | 'store'> = {},
): Promise<Association> {
  const secured = house.security.caller(target)
  return openAssociation({
    host: target.host,
    port: target.port,
    ...(secured === undefined ? {} : { tls: secured.options, judge: secured.judge }),
    guard: house.guard,
    callingAETitle: target.callingAETitle,
    calledAETitle: target.calledAETitle,
    contexts,
    ...more,
    maxPduBytes: house.maxPduBytes,
    timers: house.timers,
    clock: house.clock,
  })
}

/** Ends an association when its caller has gone. */
export function abortWith(signal: AbortSignal, association: Association): () => void {
  const abort = () => association.abort('cancelled')
  if (signal.aborted) abort()
  signal.addEventListener('abort', abort, { once: true })
  return () => signal.removeEventListener('abort', abort)
}

/** Reject reasons of A-ASSOCIATE-RJ by source and reason (PS3.8 Table 9-21). */
const REJECTIONS: Record<string, ProbeCode> = {
  '1/1': 'rejected-no-reason',
  '1/2': 'application-context-unknown',
  '1/3': 'calling-ae-unknown',
  '1/7': 'called-ae-unknown',
  '2/1': 'rejected-no-reason',
  '2/2': 'protocol-version',
  '3/1': 'peer-busy',
  '3/2': 'peer-limit',
}

/** Why a call did not come about. */
export function failureOf(thrown: unknown): CallFailure & { code: ProbeCode } {
  if (!(thrown instanceof AssociationFailure))
    return { step: 'operation', code: 'failed', detail: reasonOf(thrown) }
  const detail = thrown.message
  switch (thrown.step) {
    case 'tcp':
      return { step: 'tcp', code: tcpCode(thrown.cause), detail }
    case 'tls':
      return { step: 'tls', code: tlsCode(thrown.cause), detail }
    case 'rejected': {
      const rejection = thrown.rejection
      const code = rejection === undefined ? undefined : REJECTIONS[`${rejection.source}/${rejection.reason}`]
      return { step: 'association', code: code ?? 'rejected', detail }
    }
    case 'aborted':
      return { step: 'association', code: cutCode(thrown.end), detail }
    case 'timeout':
      return { step: thrown.at, code: LATE[thrown.at], detail }
  }
}

const LATE = {
  tcp: 'not-reached',
  tls: 'tls-not-answering',
  association: 'association-not-answering',
} as const

function cutCode(end: AssociationEnd | undefined): ProbeCode {
  // We aborted because of what came (PS3.8 9.3.8, source 2): it was no DICOM.
  if (end?.kind === 'aborted' && end.by === 'us')
    return end.source === 2 ? 'not-dicom' : 'association-not-answering'
  return 'association-cut'
}

export function tcpCode(cause: unknown): ProbeCode {
  switch ((cause as { code?: string } | undefined)?.code) {
    case 'ECONNREFUSED':
      return 'port-closed'
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return 'host-unknown'
    case ADDRESS_FORBIDDEN:
      return 'address-forbidden'
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
      return 'unreachable'
    default:
      return 'not-reached'
  }
}

/** OpenSSL's names of the alerts with which the other side refuses what we are or offer (RFC 8446 §6.2). */
function tlsCode(cause: unknown): ProbeCode {
  if (cause instanceof UntrustedCertificate) return cause.code
  const code = (cause as { code?: string } | undefined)?.code ?? ''
  if (/ALERT_(BAD_CERTIFICATE|UNKNOWN_CA|CERTIFICATE_|UNSUPPORTED_CERTIFICATE|ACCESS_DENIED)/.test(code))
    return 'own-certificate-refused'
  if (
    /ALERT_(PROTOCOL_VERSION|HANDSHAKE_FAILURE|INSUFFICIENT_SECURITY)|UNSUPPORTED_PROTOCOL|NO_SHARED|NO_PROTOCOLS/.test(
      code,
    )
  )
    return 'tls-versions'
  return /WRONG_VERSION_NUMBER|UNKNOWN_PROTOCOL|PACKET_LENGTH|HTTP_REQUEST/.test(code)
    ? 'tls-not-spoken'
    : 'tls-failed'
}
