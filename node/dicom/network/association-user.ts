import type { AssociateAccept, AssociateReject, AssociateRequest } from './pdu.js'

/** How an association, or the attempt at one, ended. */
export type AssociationEnd =
  | { kind: 'released' }
  | { kind: 'rejected'; result: number; source: number; reason: number }
  | { kind: 'aborted'; by: 'us' | 'peer'; source: number; reason: number; cause: string }
  /** The transport was closed without a word; `code` of its error where it had one. */
  | { kind: 'closed'; cause: string; code?: string }

/** Who uses the upper layer (the service user of PS3.8 §7). Its methods may throw a PduFault. */
export interface AssociationUser {
  /** An association is asked for: the answer is sent at once. */
  indication(request: AssociateRequest): AssociateAccept | AssociateReject
  /** The peer accepted what we asked for. */
  confirmation(accept: AssociateAccept): void
  /** See `PduSink.fragment`. */
  fragment(
    contextId: number,
    control: number,
    chunk: Buffer,
    start: number,
    end: number,
    complete: boolean,
  ): void
  /** The peer wants to release; answer with `respondRelease` when nothing is owed any more. */
  releaseIndication(): void
  /** Exactly once; nothing of this association is sent or received afterwards. */
  ended(end: AssociationEnd): void
  /** Whether a message has begun and not ended. */
  readonly midMessage: boolean
  /** Whether the silence of the peer would be its fault: nothing is owed to it. */
  readonly awaitsPeer: boolean
}
