/**
 * What the two processes say to each other. The receiver owns every DICOM socket and every image file; the node
 * owns the database. A receipt is answered to the peer only after the node has committed it.
 */
import type { StudyAttributes } from '../dicom/format/attributes.js'
import type { CommitmentReport, Reference } from '../dicom/network/commitment.js'
import type { NetworkLimits, RequestorTimers } from '../dicom/network/limits.js'
import type { SubOperationCounts } from '../dicom/network/sub-operations.js'
import type { Keys } from './identifiers.js'
import type { Peer, Snapshot } from './peer.js'
import type { TlsMaterial } from './security.js'
import type { ProbeCode } from './view.js'

export type { SubOperationCounts }

/** Given once, with the first snapshot. */
export interface ReceiverSettings {
  objectsFolder: string
  /** First part of the bucket names of this receiver's run. */
  run: string
  bucketFiles: number
  freeBytesMin: number
  host: string
  port: number
  tlsHost: string
  tlsPort: number
  associationsPerPeerMax: number
  privateStorageClasses: readonly string[]
  /** Whether peers may live in private networks. */
  allowPrivate: boolean
  limits: NetworkLimits
  timers: RequestorTimers
}

/** An object that is durable on disk and waits for its row. */
export interface Receipt {
  id: number
  object: {
    bucket: string
    name: string
    bytes: number
    datasetOffset: number
    sha256: string
    transferSyntaxUID: string
  }
  sopClassUID: string
  attributes: StudyAttributes
  origin: {
    peer: string
    association: string
    callingAETitle: string
    calledAETitle: string
    address: string
    /** Whose C-MOVE made the peer send it (PS3.7 §9.1.1.1). */
    moveOriginator?: { aeTitle: string; messageId: number }
    /** It came by this C-GET of ours. */
    retrieval?: string
  }
}

/** The node's word on a receipt: the DIMSE status to answer, and whether the file is superfluous. */
export interface ReceiptAnswer {
  id: number
  status: number
  comment?: string
  discard?: boolean
}

export interface InstanceToSend {
  /** The caller's number, given back with the result. */
  index: number
  path: string
  datasetOffset: number
  datasetBytes: number
  sopClassUID: string
  sopInstanceUID: string
  transferSyntaxUID: string
  /** Whose C-MOVE made it happen (PS3.7 §9.1.1.1). */
  moveOriginator?: { aeTitle: string; messageId: number }
}

/** What became of one instance at the other side. */
export interface InstanceResult {
  index: number
  outcome: 'stored' | 'warning' | 'refused' | 'not-accepted' | 'unanswered'
  /** DIMSE status; absent when there was no answer or no presentation context. */
  status?: number
  reason?: string
  /** Where it was not accepted: an uncompressed transfer syntax the peer takes for this SOP class. */
  alternative?: string
}

/** Who to call and as whom. */
export interface Target {
  host: string
  port: number
  tls: Peer['tls']
  /** SHA-256 fingerprints it may show; empty: whatever our authorities signed. */
  certificates: string[]
  callingAETitle: string
  calledAETitle: string
}

/** Where a call to a peer failed; the words are for people. */
export interface CallFailure {
  step: 'tcp' | 'tls' | 'association' | 'operation'
  code: string
  detail: string
}

export type CallRequest =
  | { method: 'echo'; target: Target; timeoutMs: number }
  | {
      method: 'find'
      target: Target
      timeoutMs: number
      level: 'STUDY' | 'SERIES' | 'IMAGE'
      /** By DICOM keyword; '' asks for the value. */
      keys: Record<string, string>
      maximum: number
    }
  | { method: 'probe'; target: Target; timeoutMs: number; object?: TestObject }
  | {
      method: 'retrieve'
      target: Target
      peer: string
      /** Named by what arrives, see `Receipt`. */
      retrieval: string
      /** Stands for the association in the origin of what a C-GET brings. */
      association: string
      /** To which title of ours the peer shall send, and the message ID it will name; absent = C-GET. */
      move?: { destination: string; messageId: number }
      level: 'STUDY' | 'SERIES' | 'IMAGE'
      keys: Keys
      /** What it consists of, as far as it is known: for the contexts of a C-GET. */
      sopClasses: string[]
    }
  | { method: 'send'; target: Target; associations: number; instances: InstanceToSend[] }
  | {
      method: 'commit'
      /** Whose answer counts, here or on an association of its own. */
      peer: string
      target: Target
      timeoutMs: number
      /** How long the association is kept open for an answer on it. */
      waitMs: number
      transactionUID: string
      references: Reference[]
    }
  | {
      method: 'report'
      target: Target
      timeoutMs: number
      /** The one the request came by. */
      association: string
      report: CommitmentReport
    }

export type CallAnswer =
  | { method: 'echo'; ok: true; status: number; ms: number }
  | {
      method: 'find'
      ok: true
      matches: Record<string, string>[]
      complete: boolean
      status: number
      ms: number
    }
  | { method: 'probe'; ok: true; steps: ProbeStep[]; from?: string; to?: string; stored: boolean }
  | {
      method: 'retrieve'
      ok: true
      /** The final DIMSE status, in words of the peer or of the standard. */
      status: number
      comment: string
      counts: SubOperationCounts
      failed: string[]
    }
  | { method: 'send'; ok: true; failure?: CallFailure }
  /** The request was taken; what the peer says of the instances comes as a {@link CommitmentWord}. */
  | { method: 'commit'; ok: true }
  | { method: 'report'; ok: true }
  | { method: CallRequest['method']; ok: false; failure: CallFailure }

/** One step of the connection test, in order. */
export interface ProbeStep {
  step: 'tcp' | 'tls' | 'association' | 'echo' | 'find' | 'store'
  outcome: 'passed' | 'failed' | 'skipped'
  ms: number
  code: ProbeCode
  detail: string
}

/** A small image of nobody, to see whether a peer takes images. */
export interface TestObject {
  sopClassUID: string
  sopInstanceUID: string
  transferSyntaxUID: string
  dataset: Buffer
}

/** A peer's C-FIND, to be answered by the node. */
export interface Query {
  id: number
  peer: string
  callingAETitle: string
  address: string
  /** As which title of ours it called: where what it finds can be retrieved from. */
  calledAETitle: string
  keys: Keys
  /** Agreed on: keys of a lower level may come without the unique keys above them. */
  relational: boolean
}

/** What a peer says about Storage Commitment (PS3.4 Annex J); it hears the answer when the node has kept it. */
export interface CommitmentWord {
  id: number
  /** `request`: the peer wants us to commit ourselves to `references`; `report`: it has committed itself to them. */
  kind: 'request' | 'report'
  peer: string
  association: string
  callingAETitle: string
  address: string
  transactionUID: string
  references: Reference[]
  failed: (Reference & { reason: number })[]
}

/** The node's word on it: a DIMSE status. */
export interface WordAnswer {
  id: number
  status: number
  comment?: string
}

/** A peer's C-MOVE, or its C-GET where there is no destination. */
export interface RetrieveQuery {
  id: number
  peer: string
  callingAETitle: string
  address: string
  keys: Keys
  relational: boolean
  /** The AE title to send to, as the peer wrote it. */
  destination?: string
}

/** Why a query or retrieval is not answered: the DIMSE status and what goes into its Error Comment. */
export interface Refusal {
  status: number
  comment: string
}

export type RetrieveAnswer =
  | { id: number; instances: InstanceToSend[]; to?: { target: Target; associations: number } }
  | { id: number; refusal: Refusal }

/** What happened at the door: for the journal. */
export interface DoorEvent {
  kind: 'admitted' | 'refused' | 'released' | 'aborted' | 'fault'
  association: string
  peer?: string
  callingAETitle: string
  calledAETitle: string
  address: string
  /** SHA-256 fingerprint of the certificate it showed, `AB:12:…`. */
  certificate?: string
  reason?: string
  /** Of an abort: whether we ended it, because the other side broke the protocol or was too slow. */
  by?: 'us' | 'peer'
}

/** What is known of a certificate that was shown and counted. */
export interface SeenCertificate {
  fingerprint: string
  subject: string
  until: number
}

export type ToReceiver =
  | { type: 'configure'; settings: ReceiverSettings; snapshot: Snapshot; tls: TlsMaterial }
  | { type: 'tls'; tls: TlsMaterial }
  /** Ports of this program that no peer may be called on, besides the receiver's own. */
  | { type: 'own-ports'; ports: number[] }
  | { type: 'snapshot'; snapshot: Snapshot }
  | { type: 'committed'; answers: ReceiptAnswer[] }
  | { type: 'call'; id: number; request: CallRequest }
  | { type: 'cancel'; id: number }
  /** Ends a sending between two instances; what was sent is answered for. */
  | { type: 'give-way'; id: number }
  | { type: 'word-kept'; answer: WordAnswer }
  | { type: 'matches'; id: number; matches: Keys[]; last: boolean; refusal?: Refusal }
  | { type: 'retrieval'; answer: RetrieveAnswer }
  | { type: 'stop' }

export type FromReceiver =
  | { type: 'listening'; port: number; tlsPort: number }
  | { type: 'failed'; reason: string }
  /** It goes on, but not as it should. */
  | { type: 'trouble'; reason: string }
  | { type: 'receipts'; receipts: Receipt[] }
  | { type: 'door'; event: DoorEvent }
  /** A certificate met for the first time in this run, in either direction. */
  | { type: 'certificate'; seen: SeenCertificate }
  | { type: 'sent'; id: number; results: InstanceResult[] }
  /** What a peer counts of a retrieval of ours. */
  | { type: 'counted'; id: number; counts: SubOperationCounts }
  | { type: 'answer'; id: number; answer: CallAnswer }
  | { type: 'query'; query: Query }
  | { type: 'word'; word: CommitmentWord }
  /** The peer has taken the last page of this query, or wants no more of it. */
  | { type: 'more' | 'enough'; id: number }
  | { type: 'retrieve'; query: RetrieveQuery }
  /** One of them is over: what became of its instances. */
  | { type: 'retrieved'; id: number; counts: SubOperationCounts }
  | { type: 'memory'; rssBytes: number; associations: number }
