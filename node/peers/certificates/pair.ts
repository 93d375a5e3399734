import { createPrivateKey, X509Certificate } from 'node:crypto'
import { fail, reasonOf } from '../../errors.js'
import { readNamed, readShared } from '../../private-files.js'
import { type CertificateFacts, certificatesIn, readCertificate } from './certificate.js'

/** With what this node proves itself: to peers, or to those who open its screens. */
export interface OwnCertificate {
  facts: CertificateFacts
  /** Its chain and its key, PEM. */
  chain: string
  key: string
}

/** Throws `invalid` where key and certificate are not of one pair: nobody could be served with them. */
export function paired(path: string, chainText: string, keyText: string): OwnCertificate {
  const chain = certificatesIn(chainText)
  const [first] = chain
  if (first === undefined) fail('invalid', `${path} holds no certificate.`)
  const key = /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]+?-----END [A-Z ]*PRIVATE KEY-----/.exec(keyText)?.[0]
  if (key === undefined) fail('invalid', `${path} has no private key with it.`)
  let fits: boolean
  try {
    fits = new X509Certificate(first).checkPrivateKey(createPrivateKey(key))
  } catch (thrown) {
    return fail('invalid', `The certificate or key of ${path} cannot be used: ${reasonOf(thrown)}.`)
  }
  if (!fits) fail('invalid', `The private key does not belong to the certificate in ${path}.`)
  return { facts: readCertificate(first), chain: chain.join('\n'), key }
}

/** The pair of the screens; the group of its key's file may read it, as web servers' groups do. */
export function readPair(certificateFile: string, keyFile: string): OwnCertificate {
  return paired(certificateFile, readNamed(certificateFile), readShared(keyFile))
}

/**
 * What counts from now on: what the files hold, or what counted before where that cannot be used. Never from a
 * certificate that counts to one that does not. `trouble` hears why.
 */
export function renewed(
  before: OwnCertificate,
  read: () => OwnCertificate,
  nowMs: number,
  trouble: (reason: string) => void,
): OwnCertificate {
  try {
    const next = read()
    if (isValid(before, nowMs) && !isValid(next, nowMs))
      fail('invalid', `The certificate of "${next.facts.name}" that was put there is ${late(next, nowMs)}.`)
    return next
  } catch (thrown) {
    trouble(`${reasonOf(thrown)} The one before stays in use.`)
    return before
  }
}

function isValid({ facts }: OwnCertificate, nowMs: number): boolean {
  return facts.from <= nowMs && nowMs < facts.until
}

function late({ facts }: OwnCertificate, nowMs: number): string {
  return nowMs >= facts.until ? 'expired' : 'not valid yet'
}
