import type { X509Certificate } from 'node:crypto'
import type { ConnectionOptions, TLSSocket } from 'node:tls'
import type { Clock } from '../clock.js'
import type { SecureServerOptions } from '../dicom/network/acceptor.js'
import { mayKnock } from './admission.js'
import { type CertificateFacts, readCertificate, revocationKey } from './certificates/certificate.js'
import type { Snapshot } from './peer.js'
import type { SeenCertificate, Target } from './wire.js'

/** What TLS is made of, in both directions: sent to the receiver whole, and again whenever a file changed. */
export interface TlsMaterial {
  /** PEM chain of this node, its own certificate first. */
  certificate: string
  key: string
  /** PEM of the authorities whose signature is believed. */
  authorities: string[]
  /** See `revocationKey`. */
  revoked: string[]
}

/** Why a certificate does not count. */
export type CertificateFault =
  | 'certificate-missing'
  | 'certificate-unknown'
  | 'certificate-expired'
  | 'certificate-not-yet-valid'
  | 'certificate-revoked'
  | 'certificate-differs'
  | 'certificate-name'

/** A certificate that does not count, found when the handshake was done. */
export class UntrustedCertificate extends Error {
  readonly code: CertificateFault

  constructor(code: CertificateFault, detail: string) {
    super(detail)
    this.name = 'UntrustedCertificate'
    this.code = code
  }
}

/** Certificates told of in one run. */
const SEEN_MAX = 10_000

export interface Security {
  renew(material: TlsMaterial): void
  /** Options of a listener: certificates are asked for, and looked at by `vet`. */
  listener(): SecureServerOptions
  /** Why a caller is turned away after its handshake; undefined where it may speak. */
  vet(socket: TLSSocket, address: string, snapshot: Snapshot): string | undefined
  /** How a peer is called over TLS, and how its certificate is judged; undefined where it is called in the clear. */
  caller(target: Target): { options: ConnectionOptions; judge(socket: TLSSocket): void } | undefined
}

/**
 * Certificates are judged here and not by OpenSSL alone: a pinned one needs no authority, and lists of revocations
 * count. `onSeen` is told once of each that counted.
 */
export function openSecurity(
  first: TlsMaterial,
  clock: Clock,
  onSeen: (seen: SeenCertificate) => void,
): Security {
  const seen = new Set<string>()
  let material = first
  let revoked = new Set(first.revoked)

  /** Dates and revocation: what no pin can mend. */
  function timeFault(
    facts: CertificateFacts,
    chain: readonly CertificateFacts[],
  ): CertificateFault | undefined {
    const now = clock.now()
    if (now >= facts.until) return 'certificate-expired'
    if (now < facts.from) return 'certificate-not-yet-valid'
    return [facts, ...chain].some(each => revoked.has(revocationKey(each)))
      ? 'certificate-revoked'
      : undefined
  }

  function tell({ fingerprint, subject, until }: CertificateFacts): void {
    if (seen.has(fingerprint) || seen.size >= SEEN_MAX) return
    seen.add(fingerprint)
    onSeen({ fingerprint, subject, until })
  }

  function judge(socket: TLSSocket, target: Target): void {
    const shown = socket.getPeerX509Certificate()
    if (shown === undefined) refuse('certificate-missing', 'it showed no certificate')
    const facts = readCertificate(shown)
    const fault = timeFault(facts, chainOf(socket))
    if (fault !== undefined) refuse(fault, `${describe(facts)}: ${WORDS[fault]}`)
    if (target.certificates.length > 0) {
      if (target.certificates.includes(facts.fingerprint)) {
        tell(facts)
        return
      }
      refuse('certificate-differs', `it showed ${facts.fingerprint}, not the registered certificate`)
    }
    if (socket.authorized) {
      tell(facts)
      return
    }
    const code = String(socket.authorizationError)
    if (code === 'ERR_TLS_CERT_ALTNAME_INVALID')
      refuse(
        'certificate-name',
        `${describe(facts)} is not made out to ${target.host} (${facts.names.join(', ')})`,
      )
    refuse('certificate-unknown', `${describe(facts)} is signed by nobody this node trusts (${code})`)
  }

  return {
    renew: next => {
      material = next
      revoked = new Set(next.revoked)
    },
    listener: () => ({
      cert: material.certificate,
      key: material.key,
      ca: material.authorities,
      requestCert: true,
      rejectUnauthorized: false,
    }),
    vet: (socket, address, snapshot) => {
      const shown = socket.getPeerX509Certificate()
      if (shown === undefined) return mayKnock({ address }, snapshot)
      const facts = readCertificate(shown)
      const fault = timeFault(facts, chainOf(socket))
      if (fault !== undefined) return `TLS: ${describe(facts)}: ${WORDS[fault]}`
      const certificate = { fingerprint: facts.fingerprint, trusted: socket.authorized }
      const cause = mayKnock({ address, certificate }, snapshot)
      if (cause === undefined) tell(facts)
      return cause
    },
    caller: target =>
      target.tls === 'none'
        ? undefined
        : {
            options: {
              ca: material.authorities,
              host: target.host,
              rejectUnauthorized: false,
              ...(target.tls === 'mutual' ? { cert: material.certificate, key: material.key } : {}),
            },
            judge: socket => judge(socket, target),
          },
  }
}

function refuse(code: CertificateFault, detail: string): never {
  throw new UntrustedCertificate(code, detail)
}

const WORDS: Readonly<Record<CertificateFault, string>> = {
  'certificate-missing': 'no certificate was shown',
  'certificate-unknown': 'nobody this node trusts has signed it',
  'certificate-expired': 'it has expired',
  'certificate-not-yet-valid': 'it is not valid yet',
  'certificate-revoked': 'it was revoked',
  'certificate-differs': 'it is not the registered one',
  'certificate-name': 'it is made out to another name',
}

function describe(facts: CertificateFacts): string {
  return `the certificate of "${facts.name}" (${facts.fingerprint.slice(0, 23)}…)`
}

/** Who signed, as far as was shown. */
function chainOf(socket: TLSSocket): CertificateFacts[] {
  const chain: CertificateFacts[] = []
  const seen = new Set<string>()
  let above: X509Certificate | undefined = socket.getPeerX509Certificate()?.issuerCertificate
  while (above !== undefined && !seen.has(above.fingerprint256)) {
    seen.add(above.fingerprint256)
    chain.push(readCertificate(above))
    above = above.issuerCertificate
  }
  return chain
}
