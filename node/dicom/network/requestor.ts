import type { ConnectionOptions, TLSSocket } from 'node:tls'
import type { AddressGuard } from '../../address-guard.js'
import type { Clock } from '../../clock.js'
import { fail } from '../../errors.js'
import type { AssociationEnd } from './association-user.js'
import type { CommitmentReport, CommitmentRequest } from './commitment.js'
import type { CommitmentOutcome } from './commitment-scu.js'
import { openSocket } from './connect.js'
import { hardLimits, type RequestorTimers } from './limits.js'
import type { AcceptedContext } from './negotiation.js'
import { Outbound } from './outbound.js'
import { isAETitle } from './pdu.js'
import type { FindOutcome, FindQuery } from './query-scu.js'
import type { RetrieveOutcome, RetrieveRequest } from './retrieve-scu.js'
import type { CommitmentService, StoreContext, StoreSink } from './services.js'
import type { StatusMeaning } from './status.js'
import type { InstanceToStore, StoreOutcome } from './store-scu.js'
import type { RoleSelection } from './user-information.js'

export type { AssociationEnd } from './association-user.js'
export type { CommitmentOutcome } from './commitment-scu.js'
export { AssociationFailure, type FailedStep, type Rejection } from './connect.js'
export type { DataSetFile } from './dataset-source.js'
export type { AcceptedContext } from './negotiation.js'
export type { FindOutcome, FindQuery } from './query-scu.js'
export type { RetrieveOutcome, RetrieveRequest } from './retrieve-scu.js'
export type { InstanceToStore, StoreOutcome } from './store-scu.js'
export type { SubOperationCounts } from './sub-operations.js'

export interface RequestorOptions {
  host: string
  port: number
  /** Of `node:tls`; present = DICOM over TLS. */
  tls?: ConnectionOptions
  /** Looks at the peer's certificate after the handshake, and throws where it does not count. */
  judge?(socket: TLSSocket): void
  /** Looks at the address that is called. */
  guard?: AddressGuard
  callingAETitle: string
  calledAETitle: string
  /** At most 128, in order of preference. */
  contexts: { abstractSyntax: string; transferSyntaxes: string[] }[]
  /** What we announce for the P-DATA-TF PDUs sent to us. */
  maxPduBytes: number
  /** Operations we would like to have unanswered at once; 1 where left out. */
  window?: number
  /** PS3.7 D.3.3.4. */
  roles?: RoleSelection[]
  /** Takes what a C-GET of ours brings, for SOP classes with the SCP role in `roles`. */
  store?: (context: StoreContext) => StoreSink
  /** Takes the peer's word on what we asked it to commit itself to. */
  commitment?: CommitmentService
  timers: RequestorTimers
  clock: Clock
}

export type EchoOutcome =
  | { outcome: 'answered'; status: number; meaning: StatusMeaning; durationMs: number }
  | { outcome: 'unanswered'; reason: string }
  | { outcome: 'not-negotiated' }

/** An association we asked for. What is called after its end gives `unanswered` outcomes. */
export interface Association {
  /** What the peer accepted; may be empty. */
  readonly contexts: readonly AcceptedContext[]
  /** What the peer did not accept, and the result it gave (PS3.8 Table 9-18). */
  readonly refused: readonly { abstractSyntax: string; result: number }[]
  /** The longest P-DATA-TF variable field the peer takes, in bytes; 0 = it names no limit. */
  readonly maxPduBytes: number
  /** How many operations may be unanswered at once. */
  readonly window: number
  /** The roles the peer granted (PS3.7 D.3.3.4); none where it answered no role selection. */
  readonly roles: readonly RoleSelection[]
  readonly peerImplementation: { classUID: string; versionName?: string }
  /** Resolves at its end, however that comes. */
  readonly end: Promise<AssociationEnd>
  echo(): Promise<EchoOutcome>
  /** Rejects with a Failure only where the bytes to be sent cannot be read. */
  store(instance: InstanceToStore): Promise<StoreOutcome>
  find(query: FindQuery): Promise<FindOutcome>
  retrieve(request: RetrieveRequest): Promise<RetrieveOutcome>
  /** N-ACTION of Storage Commitment; what the peer says of the instances comes by `services.commitment`, here or elsewhere. */
  requestCommitment(request: CommitmentRequest): Promise<CommitmentOutcome>
  /** N-EVENT-REPORT of Storage Commitment, as its SCP. */
  reportCommitment(report: CommitmentReport): Promise<CommitmentOutcome>
  /** Waits for what is unanswered, then releases; aborts where the peer does not answer in time. */
  release(): Promise<AssociationEnd>
  abort(cause?: string): void
}

/**
 * Opens an association (PS3.8 §7.1). Rejects with an AssociationFailure whose `step` tells how far it came, or with a Failure
 * `invalid` where what is asked cannot be said in DICOM.
 */
export async function openAssociation(options: RequestorOptions): Promise<Association> {
  const { contexts, timers, callingAETitle, calledAETitle } = options
  for (const title of [callingAETitle, calledAETitle])
    if (!isAETitle(title)) fail('invalid', `${JSON.stringify(title)} is no AE title`)
  if (contexts.length === 0 || contexts.length > hardLimits.presentationContexts)
    fail('invalid', `${contexts.length} presentation contexts where 1 to 128 are possible`)
  const socket = await openSocket({ ...options, ...timers })
  return new Outbound(socket, options).open()
}
