import { hardLimits } from './limits.js'
import { pduType } from './pdu.js'

/** PDU header, PDV length, context identifier, message control header: before each fragment (PS3.8 §9.3.5). */
export const fragmentHeaderBytes = 12
/** PDV length, context identifier and message control header count within a PDU's length. */
const pdvOverheadBytes = 6

/** Our own P-DATA-TF PDUs are never longer, whatever the peer would take. */
const largestSentPduBytes = 131_072

/** How many bytes of a message go into one PDU: even, as PS3.8 Annex E wants fragments to be. 0 in `peerMaxPduBytes` = no limit. */
export function fragmentBytes(peerMaxPduBytes: number): number {
  const pdu = peerMaxPduBytes === 0 ? largestSentPduBytes : Math.min(peerMaxPduBytes, largestSentPduBytes)
  return (Math.max(pdu, hardLimits.smallestPeerPduBytes) - pdvOverheadBytes) & ~1
}

/** Message control header (PS3.8 E.2). */
export const control = { command: 1, last: 2 } as const

/** Writes the headers of a P-DATA-TF PDU with one PDV of `length` bytes at `offset`; the bytes go right behind. */
export function writeFragmentHeader(
  into: Buffer,
  offset: number,
  contextId: number,
  flags: number,
  length: number,
): void {
  into[offset] = pduType.data
  into[offset + 1] = 0
  into.writeUInt32BE(length + pdvOverheadBytes, offset + 2)
  into.writeUInt32BE(length + 2, offset + 6)
  into[offset + 10] = contextId
  into[offset + 11] = flags
}

/** A command set, and a short data set if there is one, as P-DATA-TF PDUs for one write. */
export function encodeMessage(
  contextId: number,
  peerMaxPduBytes: number,
  command: Buffer,
  dataSet?: Buffer,
): Buffer {
  const size = fragmentBytes(peerMaxPduBytes)
  const parts = [{ bytes: command, flag: control.command as number }]
  if (dataSet) parts.push({ bytes: dataSet, flag: 0 })
  const total = parts.reduce(
    (sum, { bytes }) => sum + bytes.length + fragmentHeaderBytes * fragmentCount(bytes.length, size),
    0,
  )
  const out = Buffer.allocUnsafe(total)
  let at = 0
  for (const { bytes, flag } of parts) {
    let from = 0
    do {
      const end = Math.min(bytes.length, from + size)
      const flags = flag | (end === bytes.length ? control.last : 0)
      writeFragmentHeader(out, at, contextId, flags, end - from)
      bytes.copy(out, at + fragmentHeaderBytes, from, end)
      at += fragmentHeaderBytes + end - from
      from = end
    } while (from < bytes.length)
  }
  return out
}

function fragmentCount(length: number, size: number): number {
  return Math.max(1, Math.ceil(length / size))
}
