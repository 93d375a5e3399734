import type { CommitmentReport, CommitmentRequest } from './commitment.js'
import type { CommitmentOutcome } from './commitment-scu.js'
import type { InstanceToStore, StoreOutcome } from './store-scu.js'
import type { SubOperation } from './sub-operations.js'

/** What the acceptor asks of the program behind it. Echo needs no service: it is answered by the engine. */

/** Who is at the other end, as admitted. */
export interface AssociationIdentity {
  id: string
  peer: string
  callingAETitle: string
  calledAETitle: string
  address: string
}

export interface StoreContext {
  association: AssociationIdentity
  sopClassUID: string
  sopInstanceUID: string
  transferSyntaxUID: string
  /** The C-MOVE of somebody that made this C-STORE happen (PS3.7 §9.1.1.1). */
  moveOriginator?: { aeTitle: string; messageId: number }
}

export interface StoreResult {
  /** A DIMSE status; 0000 says that the instance is safe for good. */
  status: number
  /** For the Error Comment (0000,0902): no patient data. */
  comment?: string
}

/**
 * Takes the data set of one instance, byte for byte as it came. Any method may throw (or reject with) a Failure at any time:
 * the rest of the data set is then discarded, `abort` is called, and the peer gets the status of that failure.
 */
export interface StoreSink {
  /** A slice the sink may keep; false = wait for `drained`. */
  write(chunk: Buffer): boolean
  drained(): Promise<void>
  /** The data set is complete; this may follow a `write` that gave false. The peer hears the result when this resolves, and not before. */
  end(): Promise<StoreResult>
  /** It will never be complete, or the result is not wanted. */
  abort(reason: string): void
}

export interface FindContext {
  association: AssociationIdentity
  sopClassUID: string
  /** Aborted when the peer cancels or the association ends. */
  cancelled: AbortSignal
  /** Agreed on: keys of a lower level may come without the unique keys above them (PS3.4 C.4.1.3.2.2). */
  relational: boolean
}

export interface RetrieveContext extends FindContext {
  /** What the C-STOREs to another destination must name as (0000,1031). */
  messageId: number
  /** Move Destination (0000,0600): the AE title to send to. Absent for a C-GET. */
  destination?: string
  /** Sends one instance on the association itself, for a C-GET; see `Association.store`. */
  store(instance: InstanceToStore): Promise<StoreOutcome>
}

export interface Retrieval {
  /** How many sub-operations there will be. */
  total: number
  /** What became of each instance, as it comes, in groups of any size. After a cancel nobody reads on. */
  results: AsyncIterable<readonly SubOperation[]>
}

export interface CommitmentContext {
  association: AssociationIdentity
  /** Whether the association still carries messages. */
  readonly open: boolean
  /** N-EVENT-REPORT on this very association (PS3.4 J.3.3). */
  report(report: CommitmentReport): Promise<CommitmentOutcome>
}

/** Storage Commitment (PS3.4 Annex J); what is left out is refused as unrecognised. */
export interface CommitmentService {
  /** N-ACTION: the status given is the peer's answer, so what is asked must be kept for good before 0000 is given. */
  requested?: (context: CommitmentContext, request: CommitmentRequest) => Promise<StoreResult>
  /** N-EVENT-REPORT: the same. */
  reported?: (context: CommitmentContext, report: CommitmentReport) => Promise<StoreResult>
}

export interface AcceptorServices {
  store?: (context: StoreContext) => StoreSink
  /** The matches as identifiers in the given transfer syntax. A Failure thrown ends the query with its status. */
  find?: (context: FindContext, identifier: Buffer, transferSyntaxUID: string) => AsyncIterable<Buffer>
  /** Begins a C-MOVE or C-GET. A Failure thrown before or between results ends it with its status. */
  retrieve?: (context: RetrieveContext, identifier: Buffer, transferSyntaxUID: string) => Promise<Retrieval>
  commitment?: CommitmentService
}
