import { randomBytes } from 'node:crypto'
import type { Clock } from './clock.js'

/** Every identifier we make. Sortable by time, opaque, and never made of what a peer said. */
export interface Ids {
  /** `prefix_` and 26 characters of Crockford base 32: 48 bits of time, 80 of chance (the ULID layout). */
  next(prefix: string): string
  /** A secret as base64url; 32 bytes unless told. */
  secret(bytes?: number): string
  /** A DICOM UID under 2.25 (PS3.5 B.2). */
  uid(): string
}

const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz'

export function openIds(clock: Clock, random: (bytes: number) => Buffer = randomBytes): Ids {
  let lastMs = 0
  let lastTail = 0n
  return {
    next: prefix => {
      const now = Math.max(clock.now(), lastMs)
      // Two ids of one millisecond keep their order: the tail counts up from its random start.
      lastTail = now === lastMs ? lastTail + 1n : BigInt(`0x${random(10).toString('hex')}`) >> 1n
      lastMs = now
      return `${prefix}_${base32(BigInt(now), 10)}${base32(lastTail, 16)}`
    },
    secret: (bytes = 32) => random(bytes).toString('base64url'),
    uid: () => {
      const bytes = random(16)
      bytes[6] = ((bytes[6] as number) & 0x0f) | 0x40
      bytes[8] = ((bytes[8] as number) & 0x3f) | 0x80
      return `2.25.${BigInt(`0x${bytes.toString('hex')}`)}`
    },
  }
}

function base32(value: bigint, length: number): string {
  let text = ''
  for (let rest = value; text.length < length; rest >>= 5n) text = ALPHABET[Number(rest & 31n)] + text
  return text
}
