import { canonical } from '../../journal/canonical.js'
import { fingerprintOf, isSigned, successionText, type TreeHead } from '../../journal/checkpoint.js'

/** One public key of a journal, and how it came: the first by itself, each later one named by the one before. */
export interface KeyLink {
  publicKey: string
  follows?: string | undefined
  signature?: string | undefined
}

/** A head of a journal with its signature, as it travels; digests and signatures are hex. */
export interface SignedHead {
  text: string
  publicKey: string
  signature: string
}

const hex = (text: string) => Buffer.from(text, 'hex')

/** The key that a journal signs with now; undefined where the chain of its keys does not lead there from its name. */
export function currentKey(log: string, keys: readonly KeyLink[]): Buffer | undefined {
  let current: Buffer | undefined
  for (const { publicKey, follows, signature } of keys) {
    const next = hex(publicKey)
    if (current === undefined) {
      if (fingerprintOf(next) !== log) return undefined
    } else {
      const before = fingerprintOf(current)
      const text = successionText({ log, follows: before, publicKey: next })
      if (follows !== before || !isSigned(text, hex(signature ?? ''), current)) return undefined
    }
    current = next
  }
  return current
}

/** What a signed head says; undefined where it is none, or not signed by that key. */
export function readHead({ text, publicKey, signature }: SignedHead): TreeHead | undefined {
  if (!isSigned(text, hex(signature), hex(publicKey))) return undefined
  try {
    const said = JSON.parse(text)
    if (said.format !== 'relais-checkpoint/1' || canonical(said) !== text) return undefined
    const head: TreeHead = {
      log: String(said.log),
      size: said.size,
      at: said.at,
      root: hex(said.root),
      sha256: hex(said.last.sha256),
      sha3: hex(said.last['sha3-512']),
    }
    return Number.isSafeInteger(head.size) && head.size >= 1 && head.root.length === 32 ? head : undefined
  } catch {
    return undefined // signed, but not a head
  }
}

/** What a witness signs about the head of another journal. */
export function coSignatureText(options: { witness: string; head: string; at: number }): string {
  return canonical({
    at: options.at,
    format: 'relais-witness/1',
    head: options.head,
    witness: options.witness,
  })
}
