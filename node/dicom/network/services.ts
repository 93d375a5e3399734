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
}

export interface AcceptorServices {
  store?: (context: StoreContext) => StoreSink
  /** The matches as identifiers in the given transfer syntax. A Failure thrown ends the query with its status. */
  find?: (context: FindContext, identifier: Buffer, transferSyntaxUID: string) => AsyncIterable<Buffer>
}
