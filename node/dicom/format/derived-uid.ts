import { createHash } from 'node:crypto'

/** A UID under 2.25 (PS3.5 B.2) that is always the same for the same parts: a name-based UUID (RFC 9562, version 8). */
export function derivedUID(...parts: string[]): string {
  const bytes = createHash('sha256').update(parts.join('\n')).digest().subarray(0, 16)
  bytes[6] = ((bytes[6] as number) & 0x0f) | 0x80
  bytes[8] = ((bytes[8] as number) & 0x3f) | 0x80
  return `2.25.${BigInt(`0x${bytes.toString('hex')}`)}`
}
