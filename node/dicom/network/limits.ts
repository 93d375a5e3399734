/** Every bound of the DICOM upper layer when others call us, with the unit in its name. */
export interface NetworkLimits {
  /** Associations at once, over all peers; the next one is refused 2/3/1 (temporary congestion). */
  maxAssociations: number
  /** Connections that have not become an association yet; the oldest one makes room. */
  maxPendingConnections: number
  /** The same from one address that belongs to a peer. */
  maxPendingPerAddress: number
  /** The same from an address nobody registered. */
  maxPendingPerUnknownAddress: number
  /** Associations of one address that ended by a fault, a refusal or in nothing, within a minute, before it waits. */
  maxFaultsPerAddressPerMinute: number
  /** How long each further connection of it then waits before it is read. */
  faultDelayMs: number
  /** The variable field of a P-DATA-TF PDU, announced to the peer and enforced (PS3.8 D.1). */
  maxPduBytes: number
  /** The variable field of an A-ASSOCIATE-RQ or -AC PDU. */
  maxAssociatePduBytes: number
  /** A command set over all its fragments (PS3.7 §6.3). */
  maxCommandBytes: number
  /** The identifier of a query, over all its fragments. */
  maxIdentifierBytes: number
  /** The data set of one instance. */
  maxInstanceBytes: number
  /** ARTIM before the association (PS3.8 §9.1.5): wall clock for the whole A-ASSOCIATE-RQ. */
  artimTimeoutMs: number
  tlsHandshakeTimeoutMs: number
  /** ARTIM in Sta13: how long the other side may take to close after an abort, a refusal or a release. */
  closeTimeoutMs: number
  /** No message begun and none being worked on. */
  idleTimeoutMs: number
  /** Inside a message: at least this rate over any window; time we ourselves held the line is not counted. */
  minimumBytesPerSecond: number
  rateWindowMs: number
  /** Our bytes are not taken by the other side. */
  writeStallTimeoutMs: number
}

export const defaultLimits: NetworkLimits = {
  maxAssociations: 64,
  maxPendingConnections: 128,
  maxPendingPerAddress: 16,
  maxPendingPerUnknownAddress: 4,
  maxFaultsPerAddressPerMinute: 60,
  faultDelayMs: 2_000,
  maxPduBytes: 131_072,
  maxAssociatePduBytes: 65_536,
  maxCommandBytes: 16_384,
  maxIdentifierBytes: 1_048_576,
  maxInstanceBytes: 8 * 1024 ** 3,
  artimTimeoutMs: 10_000,
  tlsHandshakeTimeoutMs: 10_000,
  closeTimeoutMs: 5_000,
  idleTimeoutMs: 60_000,
  minimumBytesPerSecond: 4_096,
  rateWindowMs: 30_000,
  writeStallTimeoutMs: 60_000,
}

/** The bounds of an association we open. */
export interface RequestorTimers {
  connectTimeoutMs: number
  tlsHandshakeTimeoutMs: number
  /** From the A-ASSOCIATE-RQ to its answer. */
  associateTimeoutMs: number
  /** Requests are out, all is sent, and the peer says nothing. */
  responseTimeoutMs: number
  /** From C-CANCEL to the final response. */
  cancelTimeoutMs: number
  releaseTimeoutMs: number
  closeTimeoutMs: number
  writeStallTimeoutMs: number
  minimumBytesPerSecond: number
  rateWindowMs: number
}

export const defaultTimers: RequestorTimers = {
  connectTimeoutMs: 10_000,
  tlsHandshakeTimeoutMs: 10_000,
  associateTimeoutMs: 20_000,
  responseTimeoutMs: 120_000,
  cancelTimeoutMs: 10_000,
  releaseTimeoutMs: 10_000,
  closeTimeoutMs: 5_000,
  writeStallTimeoutMs: 60_000,
  minimumBytesPerSecond: 4_096,
  rateWindowMs: 30_000,
}

/** Counts that the standard or common sense fixes; they protect the decoder and are not configurable. */
export const hardLimits = {
  presentationContexts: 128,
  transferSyntaxesPerContext: 128,
  userInformationItems: 512,
  commandFragments: 1_024,
  /** A peer that announces less would make us send more headers than data. */
  smallestPeerPduBytes: 256,
  /** Operations we leave unanswered at once on one association, in either direction. */
  window: 32,
} as const
