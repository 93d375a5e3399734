/** Why an A-ABORT is sent by the service provider, source 2 (PS3.8 Table 9-26). */
export const abortReason = {
  notSpecified: 0,
  unrecognizedPdu: 1,
  unexpectedPdu: 2,
  unrecognizedParameter: 4,
  unexpectedParameter: 5,
  invalidParameter: 6,
} as const

/** Bytes that do not follow the standard. The association that sent them is aborted with `reason`. */
export class PduFault extends Error {
  readonly reason: number

  constructor(message: string, reason: number = abortReason.invalidParameter) {
    super(message)
    this.name = 'PduFault'
    this.reason = reason
  }
}

/** Reads big-endian fields from bytes already received; asking for more than there is throws a PduFault. */
export class Cursor {
  readonly bytes: Buffer
  offset = 0

  constructor(bytes: Buffer) {
    this.bytes = bytes
  }

  get left(): number {
    return this.bytes.length - this.offset
  }

  u8(): number {
    this.#need(1)
    const value = this.bytes.readUInt8(this.offset)
    this.offset += 1
    return value
  }

  u16(): number {
    this.#need(2)
    const value = this.bytes.readUInt16BE(this.offset)
    this.offset += 2
    return value
  }

  u32(): number {
    this.#need(4)
    const value = this.bytes.readUInt32BE(this.offset)
    this.offset += 4
    return value
  }

  /** A view, not a copy. */
  take(length: number): Buffer {
    this.#need(length)
    const view = this.bytes.subarray(this.offset, this.offset + length)
    this.offset += length
    return view
  }

  skip(length: number): void {
    this.#need(length)
    this.offset += length
  }

  /** ASCII text without its padding of spaces and NULs. */
  text(length: number): string {
    return unpadded(this.take(length).toString('latin1'))
  }

  /** An item of PS3.8 §9.3: type, a reserved byte, a 2-byte length, and its content. */
  item(): { type: number; content: Cursor } {
    const type = this.u8()
    this.skip(1)
    return { type, content: new Cursor(this.take(this.u16())) }
  }

  #need(length: number): void {
    if (length > this.left) throw new PduFault('a length reaches beyond the end of its PDU or item')
  }
}

/** Bytes gathered as they come: it grows with what is there, never with what was announced, however small the pieces. */
export class Gathering {
  #bytes = Buffer.alloc(0)
  #length = 0

  get length(): number {
    return this.#length
  }

  append(chunk: Buffer, start = 0, end = chunk.length): void {
    const length = this.#length + end - start
    if (length > this.#bytes.length) {
      const grown = Buffer.allocUnsafe(Math.max(length, this.#bytes.length * 2, 512))
      this.#bytes.copy(grown, 0, 0, this.#length)
      this.#bytes = grown
    }
    chunk.copy(this.#bytes, this.#length, start, end)
    this.#length = length
  }

  /** What was gathered; the gathering starts anew. */
  take(): Buffer {
    const bytes = this.#bytes.subarray(0, this.#length)
    this.#bytes = Buffer.alloc(0)
    this.#length = 0
    return bytes
  }
}

/** Text without trailing padding and leading spaces; done by hand, because a regular expression backtracks. */
export function unpadded(text: string): string {
  let start = 0
  let end = text.length
  while (end > 0 && (text.charCodeAt(end - 1) === 0 || text.charCodeAt(end - 1) === 0x20)) end -= 1
  while (start < end && text.charCodeAt(start) === 0x20) start += 1
  return text.slice(start, end)
}

/** One item of PS3.8 §9.3 around its content. */
export function encodeItem(type: number, ...content: Buffer[]): Buffer {
  const length = content.reduce((sum, part) => sum + part.length, 0)
  if (length > 0xffff) throw new RangeError(`item ${type.toString(16)} is too long: ${length} bytes`)
  return Buffer.concat([Buffer.from([type, 0, length >> 8, length & 0xff]), ...content])
}

export function u16(value: number): Buffer {
  const bytes = Buffer.alloc(2)
  bytes.writeUInt16BE(value)
  return bytes
}

export function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}

/** Bytes behind their own 2-byte length. */
export function counted(bytes: Buffer): Buffer {
  return Buffer.concat([u16(bytes.length), bytes])
}

export function ascii(text: string): Buffer {
  return Buffer.from(text, 'latin1')
}
