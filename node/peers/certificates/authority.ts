import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import type { Clock } from '../../clock.js'
import { Failure, fail, reasonOf } from '../../errors.js'
import { readNamed, readPrivate, writeWhole } from '../../private-files.js'
import { type CertificateFacts, certificatesIn, readCertificate, revocationKey } from './certificate.js'
import type { Made, Revocation, RevocationReason, Signer } from './x509.js'

const DAY_MS = 86_400_000
const AUTHORITY_DAYS = 3650
/** A list is good for so long, and is signed anew when half of that is over. */
const REVOCATIONS_DAYS = 14

export interface IssuedCertificate extends CertificateFacts {
  /** When it was revoked, and why. */
  revoked: { at: number; reason: string } | null
}

/** A small certificate authority: it is its folder, and nothing else. */
export interface Authority {
  readonly folder: string
  /** Its own certificate; null where only certificates of others lie here, and it signs nothing. */
  readonly certificate: CertificateFacts | null
  readonly pem: string | null
  /** New key and certificate. */
  issue(wanted: Issue): Promise<Made>
  /** A certificate for a key that stays where it is. */
  sign(wanted: Issue, request: string): Promise<string>
  /** All it ever signed, newest first. */
  issued(): Promise<IssuedCertificate[]>
  /** Throws `missing` for a number it never gave, `conflict` where it is revoked already. */
  revoke(serial: string, reason: RevocationReason): Promise<IssuedCertificate>
  /** Signs the list of revocations anew where it grows old. */
  refresh(): Promise<void>
}

export interface Issue {
  name: string
  hosts: readonly string[]
  aeTitles: readonly string[]
  days: number
}

/** What the folder says about whom to trust. */
export interface Trust {
  /** Certificates of authorities, PEM. */
  authorities: string[]
  /** See `revocationKey`. */
  revoked: string[]
  /** What could not be read, in words. */
  troubles: string[]
}

/** Making certificates takes a library that those who only use them need not load. */
const maker = () => import('./x509.js')

/** Opens the authority of a folder. With `create`, a folder without any authority gets one of its own. */
export async function openAuthority(folder: string, clock: Clock, create: boolean): Promise<Authority> {
  const file = {
    certificate: join(folder, 'ca.pem'),
    key: join(folder, 'ca.key'),
    list: join(folder, 'ca.crl'),
  }
  const issuedFolder = join(folder, 'issued')
  if (create && !existsSync(file.key) && authoritiesIn(folder).length === 0) await found()
  const pem = existsSync(file.key) && existsSync(file.certificate) ? readNamed(file.certificate) : null
  const certificate = pem === null ? null : readCertificate(pem)

  async function found(): Promise<void> {
    mkdirSync(folder, { recursive: true, mode: 0o755 })
    const { makeAuthority } = await maker()
    const now = clock.now()
    // Two authorities of one name would be taken for one another.
    const name = `Relais development CA ${hostname().slice(0, 20)} ${randomBytes(3).toString('hex')}`
    const made = await makeAuthority(name, now, now + AUTHORITY_DAYS * DAY_MS)
    writeWhole(file.key, made.key, 0o600)
    writeWhole(file.certificate, made.certificate, 0o644)
  }

  function signer(): Signer {
    if (pem === null)
      fail(
        'unavailable',
        `There is no authority of ours in ${folder} (ca.pem with ca.key): it can sign nothing.`,
      )
    return { certificate: pem, key: readPrivate(file.key) }
  }

  function wanted({ days, ...issue }: Issue) {
    const now = clock.now()
    // Nothing outlives who signed it.
    return { ...issue, nowMs: now, untilMs: Math.min(now + days * DAY_MS, certificate?.until ?? now) }
  }

  /** Kept before it is handed out: what is not known here cannot be revoked. */
  function keep(made: string): void {
    mkdirSync(issuedFolder, { recursive: true, mode: 0o755 })
    writeWhole(join(issuedFolder, `${readCertificate(made).serial}.pem`), made, 0o644)
  }

  async function revocations(): Promise<{ list: Revocation[]; until: number | undefined }> {
    if (pem === null || !existsSync(file.list)) return { list: [], until: undefined }
    const { readRevocations } = await maker()
    const read = await readRevocations(readFileSync(file.list), pem)
    if (read === undefined) fail('invalid', `${file.list} is not signed by the authority beside it.`)
    return { list: read.revoked, until: read.untilMs }
  }

  async function write(list: readonly Revocation[]): Promise<void> {
    const { makeRevocations } = await maker()
    const now = clock.now()
    writeWhole(file.list, await makeRevocations(signer(), list, now, now + REVOCATIONS_DAYS * DAY_MS), 0o644)
  }

  const issued = async (): Promise<IssuedCertificate[]> => {
    if (!existsSync(issuedFolder)) return []
    const { list } = await revocations()
    return readdirSync(issuedFolder)
      .filter(name => name.endsWith('.pem'))
      .map(name => readCertificate(readNamed(join(issuedFolder, name))))
      .map(facts => {
        const entry = list.find(({ serial }) => serial === facts.serial)
        return { ...facts, revoked: entry === undefined ? null : { at: entry.atMs, reason: entry.reason } }
      })
      .sort((a, b) => b.from - a.from || a.serial.localeCompare(b.serial))
  }

  return {
    folder,
    certificate,
    pem,
    issue: async issue => {
      const { makeCertificate } = await maker()
      const made = await makeCertificate(signer(), wanted(issue))
      keep(made.certificate)
      return made
    },
    sign: async (issue, request) => {
      const { signRequest } = await maker()
      const made = await signRequest(signer(), wanted(issue), request)
      keep(made)
      return made
    },
    issued,
    revoke: async (serial, reason) => {
      const found = (await issued()).find(each => each.serial === serial)
      if (found === undefined) fail('missing', `No certificate has the number ${serial}.`)
      if (found.revoked !== null) fail('conflict', `The certificate ${serial} is revoked already.`)
      const { list } = await revocations()
      const at = clock.now()
      await write([...list, { serial, atMs: at, reason }])
      return { ...found, revoked: { at, reason } }
    },
    refresh: async () => {
      const { list, until } = await revocations()
      if (until !== undefined && until - clock.now() < (REVOCATIONS_DAYS / 2) * DAY_MS) await write(list)
    },
  }
}

/** Reads whom the folder trusts: every authority's `*.pem`, every list of revocations `*.crl` one of them signed. */
export async function readTrust(folder: string, nowMs: number): Promise<Trust> {
  const trust: Trust = { authorities: authoritiesIn(folder), revoked: [], troubles: [] }
  for (const name of filesIn(folder, /\.crl$/)) {
    try {
      await addRevocations(trust, readFileSync(join(folder, name)), nowMs, name)
    } catch (thrown) {
      trust.troubles.push(`${name}: ${reasonOf(thrown)}`)
    }
  }
  return trust
}

async function addRevocations(trust: Trust, list: Buffer, nowMs: number, name: string): Promise<void> {
  const { readRevocations } = await maker()
  for (const authority of trust.authorities) {
    const read = await readRevocations(list, authority)
    if (read === undefined) continue
    const issuer = readCertificate(authority).subject
    trust.revoked.push(...read.revoked.map(({ serial }) => revocationKey({ issuer, serial })))
    // It goes on counting: an old list is better than none.
    if (read.untilMs !== undefined && read.untilMs < nowMs)
      trust.troubles.push(`${name}: this list is out of date`)
    return
  }
  throw new Failure('invalid', 'no authority in this folder has signed it')
}

function authoritiesIn(folder: string): string[] {
  return filesIn(folder, /\.(pem|crt)$/)
    .flatMap(name => certificatesIn(readNamed(join(folder, name))))
    .filter(pem => readCertificate(pem).authority)
}

function filesIn(folder: string, pattern: RegExp): string[] {
  if (!existsSync(folder)) return []
  return readdirSync(folder)
    .filter(name => pattern.test(name))
    .sort()
}
