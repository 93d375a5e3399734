import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { canonical, type Json } from '../../journal/canonical.js'
import { fingerprintOf, isSigned, successionText } from '../../journal/checkpoint.js'
import { writeWhole } from '../../private-files.js'
import type { Succession } from '../seal/successors.js'

/** What a destruction was: the body of its entry in the journal, and the text that is signed. No patient is in it. */
export interface Certificate {
  format: 'relais-destruction/1'
  id: string
  /** Names the journal. */
  log: string
  what: 'act' | 'images'
  site: string
  request: string
  reference: string
  law: string
  /** Which sentence of it, and the days it counted from and to. */
  because: string
  lastContact: string
  from: string
  reason: string
  proposedBy: { name: string; role: string; at: string }
  confirmedBy: { name: string; role: string; at: string }
  at: string
  /** Entries of the journal whose bodies were erased. */
  erased: number[]
  /** Closed volumes that got a successor: SHA-256 of the whole files. */
  volumes: Succession[]
  /** Sealed parts of the record that went. */
  seals: { part: number; year: number; sha256: string }[]
  /** Places of the stored files that went (`bucket/name`); the name is made of the digest of their content. */
  files: string[]
  /** Studies whose images went (our ids), and those that stay, with why. */
  studies: string[]
  stay: { study: string; why: string }[]
  /** The certificate of the destruction this one repeats on restored data. */
  replays?: string
}

/** A certificate as a file that anybody can check, and that a restored node obeys. */
export interface SignedCertificate {
  text: string
  /** Ed25519 (RFC 8032), hex. */
  publicKey: string
  signature: string
  /** The keys of the journal from its first on, each named by the one before. */
  keys: { publicKey: string; follows?: string; signature?: string }[]
}

/** The exact text (RFC 8785) that is signed. */
export const certificateText = (certificate: Certificate): string => canonical(certificate as unknown as Json)

const NAME = /^relais-destruction-[a-z0-9_]{1,64}\.json$/
const fileName = (id: string) => `relais-destruction-${id}.json`

/** Lays it into a folder, once. */
export function putCertificate(folder: string, id: string, signed: SignedCertificate): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const path = join(folder, fileName(id))
  if (!existsSync(path)) writeWhole(path, `${JSON.stringify(signed, null, 2)}\n`, 0o600)
}

/** The certificates that lie in a folder; what is none, or is not signed by a key of its own journal, is left out. */
export function certificatesIn(folder: string): { certificate: Certificate; signed: SignedCertificate }[] {
  if (!existsSync(folder)) return []
  return readdirSync(folder)
    .filter(name => NAME.test(name))
    .sort()
    .flatMap(name => {
      const signed = read(join(folder, name))
      const certificate = signed === undefined ? undefined : checked(signed)
      return signed === undefined || certificate === undefined ? [] : [{ certificate, signed }]
    })
}

function read(path: string): SignedCertificate | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as SignedCertificate
  } catch {
    return undefined // no certificate: nothing is destroyed for it
  }
}

/** What it says, where a key that its journal's first key leads to has signed it; else undefined. */
export function checked({ text, publicKey, signature, keys }: SignedCertificate): Certificate | undefined {
  try {
    const certificate = JSON.parse(text) as Certificate
    const raw = (hex: string) => Buffer.from(hex, 'hex')
    const isOurs =
      certificate.format === 'relais-destruction/1' &&
      keys[0] !== undefined &&
      fingerprintOf(raw(keys[0].publicKey)) === certificate.log &&
      keys.every((key, at) => {
        const before = keys[at - 1]
        if (before === undefined) return true
        const follows = fingerprintOf(raw(before.publicKey))
        const named = successionText({ log: certificate.log, follows, publicKey: raw(key.publicKey) })
        return key.follows === follows && isSigned(named, raw(key.signature ?? ''), raw(before.publicKey))
      }) &&
      keys.some(key => key.publicKey === publicKey) &&
      isSigned(text, raw(signature), raw(publicKey))
    return isOurs ? certificate : undefined
  } catch {
    return undefined // not of that shape
  }
}
