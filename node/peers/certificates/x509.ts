import 'reflect-metadata'
import { randomBytes, webcrypto } from 'node:crypto'
import { isIP } from 'node:net'
import * as x509 from '@peculiar/x509'
import { dateAt } from '../../clock.js'
import { Failure, fail, reasonOf } from '../../errors.js'

/** Making and reading what `node:crypto` only checks: certificates, signing requests, revocation lists (RFC 5280). */
x509.cryptoProvider.set(webcrypto as never)

const KEY = { name: 'ECDSA', namedCurve: 'P-256' } as const
const SIGNATURE = { name: 'ECDSA', hash: 'SHA-256' } as const
/** Clocks of peers go wrong by minutes: a certificate made now is already valid there. */
const BACKDATED_MS = 10 * 60_000
const RSA_BITS_MIN = 2048

/** A certificate and its key, as PEM. */
export interface Made {
  certificate: string
  key: string
}

export interface Signer {
  certificate: string
  key: string
}

/** What a certificate is made of. */
export interface Wanted {
  name: string
  /** Host names and addresses it may stand for. */
  hosts: readonly string[]
  aeTitles: readonly string[]
  nowMs: number
  untilMs: number
}

export async function makeAuthority(name: string, nowMs: number, untilMs: number): Promise<Made> {
  const keys = await newKeys()
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: newSerial(),
    name: [{ CN: [name] }],
    notBefore: dateAt(nowMs - BACKDATED_MS),
    notAfter: dateAt(untilMs),
    signingAlgorithm: SIGNATURE,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  })
  return { certificate: pemOf(certificate), key: await keyPem(keys.privateKey) }
}

/** A new key with its certificate; for both ends of a connection, since a peer calls and is called. */
export async function makeCertificate(signer: Signer, wanted: Wanted): Promise<Made> {
  const keys = await newKeys()
  return {
    certificate: await signed(signer, wanted, keys.publicKey),
    key: await keyPem(keys.privateKey),
  }
}

/** A certificate for somebody who keeps the key. Names are the caller's to decide. Throws `invalid`. */
export async function signRequest(signer: Signer, wanted: Wanted, request: string): Promise<string> {
  let read: x509.Pkcs10CertificateRequest
  let proved: boolean
  try {
    read = new x509.Pkcs10CertificateRequest(request)
    proved = await read.verify()
  } catch (thrown) {
    throw new Failure('invalid', `This is no certificate signing request: ${reasonOf(thrown)}.`)
  }
  if (!proved) fail('invalid', 'The request is not signed with the key it names.')
  const { algorithm } = read.publicKey
  const { modulusLength } = algorithm as { modulusLength?: number }
  if (modulusLength !== undefined && modulusLength < RSA_BITS_MIN)
    fail('invalid', `Its RSA key has ${modulusLength} bits; ${RSA_BITS_MIN} are needed.`)
  return signed(signer, wanted, read.publicKey)
}

/** The host names and addresses a signing request asks for. */
export function hostsAskedFor(request: string): string[] {
  const asked = new x509.Pkcs10CertificateRequest(request).extensions.find(
    extension => extension instanceof x509.SubjectAlternativeNameExtension,
  )
  return (asked?.names.items ?? [])
    .filter(({ type }) => type === 'dns' || type === 'ip')
    .map(({ value }) => value)
}

export interface Revocation {
  serial: string
  atMs: number
  reason: string
}

/** A revocation list as read; `issuer` in the library's form of a name. */
export interface RevocationList {
  revoked: Revocation[]
  untilMs: number | undefined
}

/** Reads a list and checks that this authority signed it. Undefined where another did. Throws `invalid`. */
export async function readRevocations(list: Buffer, authority: string): Promise<RevocationList | undefined> {
  let crl: x509.X509Crl
  try {
    crl = new x509.X509Crl(list.includes('-----BEGIN') ? list.toString('latin1') : new Uint8Array(list))
  } catch (thrown) {
    throw new Failure('invalid', `it is no certificate revocation list: ${reasonOf(thrown)}`)
  }
  if (!(await crl.verify({ publicKey: new x509.X509Certificate(authority) }))) return undefined
  return {
    revoked: crl.entries.map(entry => ({
      serial: serialText(entry.serialNumber),
      atMs: entry.revocationDate.getTime(),
      reason: x509.X509CrlReason[entry.reason ?? 0] ?? 'unspecified',
    })),
    untilMs: crl.nextUpdate?.getTime(),
  }
}

export const revocationReasons = [
  'unspecified',
  'keyCompromise',
  'superseded',
  'cessationOfOperation',
] as const
export type RevocationReason = (typeof revocationReasons)[number]

export async function makeRevocations(
  signer: Signer,
  revoked: readonly Revocation[],
  nowMs: number,
  untilMs: number,
): Promise<string> {
  const authority = new x509.X509Certificate(signer.certificate)
  const crl = await x509.X509CrlGenerator.create({
    issuer: authority.subjectName,
    thisUpdate: dateAt(nowMs),
    nextUpdate: dateAt(untilMs),
    entries: revoked.map(({ serial, atMs, reason }) => ({
      serialNumber: serial,
      revocationDate: dateAt(atMs),
      reason: x509.X509CrlReason[reason as RevocationReason] ?? x509.X509CrlReason.unspecified,
    })),
    signingAlgorithm: SIGNATURE,
    signingKey: await importedKey(signer.key),
    extensions: [await x509.AuthorityKeyIdentifierExtension.create(authority)],
  })
  // OpenSSL knows it by this label only.
  return `${x509.PemConverter.encode(crl.rawData, 'X509 CRL').trim()}\n`
}

/** Serial numbers as this house compares them: hexadecimal, capitals, no leading zeros. */
export function serialText(hex: string): string {
  return hex.toUpperCase().replace(/^0+(?=.)/, '')
}

async function signed(signer: Signer, wanted: Wanted, publicKey: x509.PublicKeyType): Promise<string> {
  const authority = new x509.X509Certificate(signer.certificate)
  const { name, hosts, aeTitles, nowMs, untilMs } = wanted
  const alternative: x509.JsonGeneralNames = [
    ...hosts.map(host => ({ type: isIP(host) === 0 ? ('dns' as const) : ('ip' as const), value: host })),
    // No standard name form holds an AE title: a URI says it to whoever looks.
    ...aeTitles.map(title => ({ type: 'url' as const, value: `dicom-ae:${encodeURIComponent(title)}` })),
  ]
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: newSerial(),
    issuer: authority.subjectName,
    subject: [{ CN: [name] }],
    notBefore: dateAt(nowMs - BACKDATED_MS),
    notAfter: dateAt(untilMs),
    signingAlgorithm: SIGNATURE,
    signingKey: await importedKey(signer.key),
    publicKey,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([
        x509.ExtendedKeyUsage.serverAuth,
        x509.ExtendedKeyUsage.clientAuth,
      ]),
      ...(alternative.length === 0 ? [] : [new x509.SubjectAlternativeNameExtension(alternative)]),
      await x509.SubjectKeyIdentifierExtension.create(publicKey),
      await x509.AuthorityKeyIdentifierExtension.create(authority),
    ],
  })
  return pemOf(certificate)
}

function newKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(KEY, true, ['sign', 'verify'])
}

/** 16 bytes of chance, positive and without a leading zero (RFC 5280 4.1.2.2). */
function newSerial(): string {
  const bytes = randomBytes(16)
  bytes[0] = ((bytes[0] as number) & 0x7f) | 0x40
  return bytes.toString('hex').toUpperCase()
}

async function keyPem(key: webcrypto.CryptoKey): Promise<string> {
  const der = await webcrypto.subtle.exportKey('pkcs8', key)
  return `${x509.PemConverter.encode(der, 'PRIVATE KEY').trim()}\n`
}

function importedKey(pem: string): Promise<webcrypto.CryptoKey> {
  return webcrypto.subtle.importKey('pkcs8', x509.PemConverter.decodeFirst(pem), KEY, false, ['sign'])
}

function pemOf(made: { toString(format: 'pem'): string }): string {
  return `${made.toString('pem').trim()}\n`
}
