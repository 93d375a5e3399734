import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { isoAt } from '../../clock.js'
import type { Database } from '../../database.js'
import { Failure, fail, reasonOf } from '../../errors.js'
import type { Origin } from '../../journal/facts.js'
import type { Journal } from '../../journal/journal.js'
import { writeWhole } from '../../private-files.js'
import type { Peers } from '../peers.js'
import type { IssuedCertificate } from './authority.js'
import { type CertificateFacts, readCertificate } from './certificate.js'
import type { Certificates } from './keeper.js'
import type { RevocationReason } from './x509.js'

export const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/
const DAYS_STANDARD = 397
/** The scheme of the alternative name that says an AE title. */
const AE_NAME = /^URI:dicom-ae:(.*)$/

export interface Enrolled {
  name: string
  serial: string
  fingerprint: string
  until: string
  /** What was written, the key first. */
  files: string[]
  /** The peer whose registration names the certificate now. */
  pinned: string | null
}

export interface EnrolInput {
  name: string
  hosts: string[]
  aeTitles: string[]
  days?: number
  /** PEM of a signing request: then the key stays where it is. */
  request?: string
  /** Folder to write to; absent: `enrolled/NAME` beside the authority. */
  out?: string
  /** Registers the fingerprint with the peer of that name. */
  pin: boolean
}

interface Parts {
  db: Database
  journal: Journal
  peers: Peers
  certificates: Certificates
}

/**
 * A certificate for a peer or another node, signed by our authority. A registered peer of that name gives addresses
 * and AE titles where none are said. Throws `invalid`, `missing`, `unavailable`.
 */
export async function enrol(parts: Parts, input: EnrolInput, origin: Origin): Promise<Enrolled> {
  const { certificates, peers } = parts
  const peer = peers.find(input.name)
  if (input.pin && peer === undefined)
    fail('missing', `No peer is named "${input.name}": nothing can be pinned.`)
  const asked = input.request === undefined ? [] : await hostsIn(input.request)
  const hosts = input.hosts.length > 0 ? input.hosts : asked.length > 0 ? asked : peer ? [peer.host] : []
  const aeTitles = input.aeTitles.length > 0 ? input.aeTitles : (peer?.aeTitles ?? [])
  if (hosts.length === 0 && aeTitles.length === 0)
    fail('invalid', 'Say what the certificate is for: --host or --ae, or the name of a registered peer.')
  const issue = { name: input.name, hosts, aeTitles, days: input.days ?? DAYS_STANDARD }
  const { authority } = certificates
  const made =
    input.request === undefined
      ? await authority.issue(issue)
      : { certificate: await authority.sign(issue, input.request), key: undefined }
  const facts = readCertificate(made.certificate)
  const out = input.out ?? join(authority.folder, 'enrolled', input.name)
  const files = write(out, {
    ...(made.key === undefined ? {} : { [`${input.name}.key`]: made.key }),
    [`${input.name}.pem`]: made.certificate,
    'ca.pem': authority.pem as string,
  })
  const pinned = await record(parts, facts, input.pin ? input.name : null, origin)
  return { ...summary(facts), files, pinned }
}

/** A new key and certificate for a name that has one; the old one counts on until it is revoked or ends. */
export async function rotate(
  parts: Parts,
  input: { name: string; out?: string; pin: boolean },
  origin: Origin,
): Promise<Enrolled> {
  const now = await parts.certificates.authority.issued()
  const last = now.find(({ name, revoked }) => name === input.name && revoked === null)
  if (last === undefined) fail('missing', `No certificate of "${input.name}" is in use.`)
  const aeTitles = last.names.flatMap(name => {
    const title = AE_NAME.exec(name)?.[1]
    return title === undefined ? [] : [decodeURIComponent(title)]
  })
  const hosts = last.names.flatMap(name => /^(?:DNS|IP Address):(.*)$/.exec(name)?.[1] ?? [])
  return enrol(parts, { ...input, hosts, aeTitles }, origin)
}

/** This node's own: prepared so that peers can be told its fingerprint, or used from the next connection on. */
export async function rotateOwn(parts: Parts, prepare: boolean, origin: Origin): Promise<Enrolled> {
  const { certificates } = parts
  const { facts } = await (prepare ? certificates.files.prepare() : certificates.files.rotate())
  await record(parts, facts, null, origin)
  await certificates.reload()
  return { ...summary(facts), files: [], pinned: null }
}

/** By number, fingerprint, or a name with one certificate in use. It counts no more from the next connection on. */
export async function revoke(
  parts: Parts,
  input: { which: string; reason: RevocationReason },
  origin: Origin,
): Promise<IssuedCertificate> {
  const { db, journal, certificates } = parts
  const { authority } = certificates
  const wanted = input.which.toUpperCase()
  const found = (await authority.issued()).filter(
    ({ serial, fingerprint, name, revoked }) =>
      serial === wanted || fingerprint === wanted || (name === input.which && revoked === null),
  )
  const [one, ...more] = found
  if (one === undefined) fail('missing', `No certificate in use is named "${input.which}".`)
  if (more.length > 0)
    fail(
      'conflict',
      `"${input.which}" has ${found.length} in use: say a number (${found.map(each => each.serial).join(', ')}).`,
    )
  const revoked = await authority.revoke(one.serial, input.reason)
  await db.write(tx =>
    journal.append(
      tx,
      {
        type: 'certificate-revoked',
        site: null,
        ids: {},
        body: { name: one.name, serial: one.serial, fingerprint: one.fingerprint, reason: input.reason },
      },
      origin,
    ),
  )
  await certificates.reload()
  return revoked
}

async function record(
  { db, journal, peers, certificates }: Parts,
  facts: CertificateFacts,
  peerId: string | null,
  origin: Origin,
): Promise<string | null> {
  const { name, serial, fingerprint, subject, until } = facts
  await db.write(async tx => {
    await journal.append(
      tx,
      {
        type: 'certificate-issued',
        site: null,
        ids: {},
        body: { name, serial, fingerprint, until: isoAt(until) },
      },
      origin,
    )
    if (peerId === null) return
    const peer = peers.get(peerId)
    const pin = peer.certificate === null ? { certificate: fingerprint } : { nextCertificate: fingerprint }
    await peers.put(tx, { ...peer, ...pin }, origin)
  })
  if (peerId !== null) await certificates.seen({ fingerprint, subject, until })
  return peerId
}

function summary({ name, serial, fingerprint, until }: CertificateFacts) {
  return { name, serial, fingerprint, until: isoAt(until) }
}

async function hostsIn(request: string): Promise<string[]> {
  const { hostsAskedFor } = await import('./x509.js')
  try {
    return hostsAskedFor(request)
  } catch (thrown) {
    throw new Failure('invalid', `This is no certificate signing request: ${reasonOf(thrown)}.`)
  }
}

/** Keys for their owner only. */
function write(folder: string, files: Record<string, string>): string[] {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  return Object.entries(files).map(([name, text]) => {
    const path = join(folder, name)
    writeWhole(path, text, name.endsWith('.key') ? 0o600 : 0o644)
    return path
  })
}
