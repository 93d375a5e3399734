import { createPrivateKey, createPublicKey, hash, type KeyObject, sign, verify } from 'node:crypto'
import { canonical } from './canonical.js'

/** A head of the tree over the journal, to be signed: what is given to witnesses, and holds no health data. */
export interface TreeHead {
  /** Names the journal for ever: SHA-256 (hex) of the first public key it was signed with. */
  log: string
  /** Entries it covers. */
  size: number
  /** UTC milliseconds when it was signed. */
  at: number
  root: Buffer
  /** Own digests of the last entry it covers. */
  sha256: Buffer
  sha3: Buffer
}

/** The exact text (RFC 8785) that is signed. */
export function headText({ log, size, at, root, sha256, sha3 }: TreeHead): string {
  return canonical({
    at,
    format: 'relais-checkpoint/1',
    last: { sha256: sha256.toString('hex'), 'sha3-512': sha3.toString('hex') },
    log,
    root: root.toString('hex'),
    size,
  })
}

/** The exact text that the key before signs to name its successor. */
export function successionText(options: { log: string; follows: string; publicKey: Buffer }): string {
  const { log, follows, publicKey } = options
  return canonical({ follows, format: 'relais-key/1', key: publicKey.toString('hex'), log })
}

/** SubjectPublicKeyInfo of an Ed25519 key but for its last 32 bytes (RFC 8410 §4). */
const SPKI = Buffer.from('302a300506032b6570032100', 'hex')

export function publicKeyOf(raw: Buffer): KeyObject {
  return createPublicKey({ key: Buffer.concat([SPKI, raw]), format: 'der', type: 'spki' })
}

export function rawPublicKey(privatePem: string): Buffer {
  const spki = createPublicKey(createPrivateKey(privatePem)).export({ format: 'der', type: 'spki' })
  return spki.subarray(SPKI.length)
}

export const fingerprintOf = (raw: Buffer): string => hash('sha256', raw, 'hex')

export function signText(text: string, privatePem: string): Buffer {
  return sign(null, Buffer.from(text), createPrivateKey(privatePem))
}

/** Ed25519 (RFC 8032); false also for what is no key. */
export function isSigned(text: string, signature: Buffer, raw: Buffer): boolean {
  try {
    return raw.length === 32 && verify(null, Buffer.from(text), publicKeyOf(raw), signature)
  } catch {
    return false // 32 bytes that are no point of the curve
  }
}
