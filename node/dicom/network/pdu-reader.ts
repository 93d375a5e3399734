import { abortReason, Gathering, PduFault } from './bytes.js'
import { decodePdu, type Pdu, pduType } from './pdu.js'

/** What the reader hands on. Any of them may throw a PduFault or call `hold()`. */
export interface PduSink {
  /** A complete PDU other than P-DATA-TF. */
  pdu(pdu: Pdu): void
  /** The header of a P-DATA-TF PDU has come; its values follow as fragments. */
  dataBegins(): void
  /**
   * Bytes of one presentation data value (PS3.8 §9.3.5.1), `chunk[start..end)`, as they came: a PDV is handed on in as
   * many pieces as the network made, the last one with `complete`. `control` is the message control header (PS3.8 E.2):
   * bit 0 command, bit 1 last fragment.
   */
  fragment(
    contextId: number,
    control: number,
    chunk: Buffer,
    start: number,
    end: number,
    complete: boolean,
  ): void
}

export interface ReaderLimits {
  maxPduBytes: number
  maxAssociatePduBytes: number
}

const headerBytes = 6

type Phase = 'header' | 'body' | 'pdvHeader' | 'pdv'

/**
 * Frames a TCP stream into PDUs (PS3.8 §9.3). Lengths are checked before they are believed and nothing is allocated from
 * them: a P-DATA-TF PDU is never gathered, the others grow with what has really come.
 */
export class PduReader {
  readonly #sink: PduSink
  readonly #limits: ReaderLimits
  #phase: Phase = 'header'
  /** A PDU or PDV header that the network cut in two. */
  readonly #header = Buffer.alloc(headerBytes)
  #headerFill = 0
  #type = 0
  readonly #body = new Gathering()
  #bodyLength = 0
  #pduLeft = 0
  #pdvLeft = 0
  #contextId = 0
  #control = 0
  #waiting: Buffer[] = []
  #held = false
  #stopped = false
  #running = false

  constructor(sink: PduSink, limits: ReaderLimits) {
    this.#sink = sink
    this.#limits = limits
  }

  /** Whether the last byte read was the last of a PDU. */
  get betweenPdus(): boolean {
    return this.#phase === 'header' && this.#headerFill === 0 && this.#waiting.length === 0
  }

  /** Takes what the socket gave. After a PduFault the stream cannot be read any further. */
  push(chunk: Buffer): void {
    if (chunk.length === 0 || this.#stopped) return
    this.#waiting.push(chunk)
    this.#run()
  }

  /** Stops in the middle of a chunk; the rest waits for `proceed`. */
  hold(): void {
    this.#held = true
  }

  proceed(): void {
    if (this.#stopped) return
    this.#held = false
    this.#run()
  }

  /** Nothing more of this stream matters or can be understood. */
  stop(): void {
    this.#held = true
    this.#stopped = true
    this.#waiting = []
  }

  #run(): void {
    if (this.#running) return
    this.#running = true
    try {
      while (!this.#held) {
        const chunk = this.#waiting.shift()
        if (!chunk) return
        const read = this.#consume(chunk)
        if (read < chunk.length && this.#held) this.#waiting.unshift(chunk.subarray(read))
      }
    } finally {
      this.#running = false
    }
  }

  /** Reads until the chunk ends or somebody holds; gives the offset reached. */
  #consume(chunk: Buffer): number {
    let at = 0
    while (at < chunk.length && !this.#held) {
      switch (this.#phase) {
        case 'header':
          at = this.#fillHeader(chunk, at)
          if (this.#headerFill === headerBytes) this.#startPdu()
          break
        case 'pdvHeader':
          at = this.#fillHeader(chunk, at)
          if (this.#headerFill === headerBytes) this.#startPdv(chunk, at)
          break
        case 'pdv':
          at = this.#readPdv(chunk, at)
          break
        case 'body':
          at = this.#readBody(chunk, at)
          break
      }
    }
    return at
  }

  #fillHeader(chunk: Buffer, at: number): number {
    const end = Math.min(chunk.length, at + headerBytes - this.#headerFill)
    for (let from = at; from < end; from += 1) this.#header[this.#headerFill++] = chunk[from] as number
    return end
  }

  #startPdu(): void {
    this.#headerFill = 0
    this.#type = this.#header[0] as number
    const length = this.#header.readUInt32BE(2)
    checkLength(this.#type, length, this.#limits)
    if (this.#type === pduType.data) {
      this.#pduLeft = length
      this.#phase = 'pdvHeader'
      this.#sink.dataBegins()
      return
    }
    this.#bodyLength = length
    this.#phase = 'body'
  }

  #startPdv(chunk: Buffer, at: number): void {
    this.#headerFill = 0
    const length = this.#header.readUInt32BE(0)
    // The item length counts the context identifier and the message control header (PS3.8 §9.3.5.1).
    if (length < 2 || length > this.#pduLeft - 4) throw new PduFault('a PDV that does not fit into its PDU')
    this.#contextId = this.#header[4] as number
    this.#control = this.#header[5] as number
    if (this.#contextId % 2 === 0) throw new PduFault('a PDV with an even presentation context identifier')
    this.#pduLeft -= length + 4
    this.#pdvLeft = length - 2
    if (this.#pduLeft > 0 && this.#pduLeft < headerBytes)
      throw new PduFault('bytes after the last PDV of a PDU')
    this.#phase = 'pdv'
    if (this.#pdvLeft === 0) this.#endPdv(chunk, at, at)
  }

  #readPdv(chunk: Buffer, at: number): number {
    const end = Math.min(chunk.length, at + this.#pdvLeft)
    this.#pdvLeft -= end - at
    if (this.#pdvLeft === 0) this.#endPdv(chunk, at, end)
    else this.#sink.fragment(this.#contextId, this.#control, chunk, at, end, false)
    return end
  }

  #endPdv(chunk: Buffer, start: number, end: number): void {
    this.#phase = this.#pduLeft === 0 ? 'header' : 'pdvHeader'
    this.#sink.fragment(this.#contextId, this.#control, chunk, start, end, true)
  }

  #readBody(chunk: Buffer, at: number): number {
    const end = Math.min(chunk.length, at + this.#bodyLength - this.#body.length)
    this.#body.append(chunk, at, end)
    if (this.#body.length === this.#bodyLength) {
      this.#phase = 'header'
      this.#sink.pdu(decodePdu(this.#type, this.#body.take()))
    }
    return end
  }
}

/** The lengths the standard and our announcement allow for each type, before anything is read of it. */
function checkLength(type: number, length: number, limits: ReaderLimits): void {
  switch (type) {
    case pduType.associateRequest:
    case pduType.associateAccept:
      // 68 bytes are fixed fields (PS3.8 Table 9-11).
      if (length < 68 || length > limits.maxAssociatePduBytes)
        throw new PduFault(`an association PDU of ${length} bytes`)
      return
    case pduType.associateReject:
    case pduType.releaseRequest:
    case pduType.releaseReply:
    case pduType.abort:
      if (length !== 4) throw new PduFault(`a PDU of type ${type} with ${length} bytes instead of 4`)
      return
    case pduType.data:
      if (length < headerBytes || length > limits.maxPduBytes)
        throw new PduFault(`a P-DATA-TF PDU of ${length} bytes where ${limits.maxPduBytes} are allowed`)
      return
    default:
      throw new PduFault(`PDU type ${type}`, abortReason.unrecognizedPdu)
  }
}
