import { X509Certificate } from 'node:crypto'
import { msOf } from '../../clock.js'
import { Failure, reasonOf } from '../../errors.js'

/** What is said of a certificate; times are UTC milliseconds. */
export interface CertificateFacts {
  /** Its common name. */
  name: string
  subject: string
  issuer: string
  /** Hexadecimal, capitals, no leading zeros. */
  serial: string
  /** SHA-256 of the whole, `AB:12:…`. */
  fingerprint: string
  from: number
  until: number
  /** Subject alternative names as text. */
  names: string[]
  /** Whether it may sign others. */
  authority: boolean
}

/** The first certificate of a PEM text, or one a socket gave. Throws `invalid`. */
export function readCertificate(given: string | X509Certificate): CertificateFacts {
  const read = typeof given === 'string' ? parsed(given) : given
  return {
    name: /^CN=(.*)$/m.exec(read.subject)?.[1] ?? read.subject,
    subject: read.subject.replaceAll('\n', ', '),
    issuer: read.issuer.replaceAll('\n', ', '),
    serial: read.serialNumber.toUpperCase().replace(/^0+(?=.)/, ''),
    fingerprint: read.fingerprint256,
    from: msOf(read.validFrom),
    until: msOf(read.validTo),
    names: read.subjectAltName?.split(', ') ?? [],
    authority: read.ca,
  }
}

/** Every certificate of a PEM text, in order. Throws `invalid`. */
export function certificatesIn(pem: string): string[] {
  return pem.match(/-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g) ?? []
}

/** How a revocation names a certificate: who signed it, and its number. */
export function revocationKey(certificate: Pick<CertificateFacts, 'issuer' | 'serial'>): string {
  return `${certificate.issuer} ${certificate.serial}`
}

function parsed(pem: string): X509Certificate {
  try {
    return new X509Certificate(pem)
  } catch (thrown) {
    throw new Failure('invalid', `it holds no certificate: ${reasonOf(thrown)}`)
  }
}
