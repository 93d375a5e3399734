import { existsSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { type Clock, isoAt } from '../../clock.js'
import type { Database } from '../../database.js'
import { reasonOf } from '../../errors.js'
import type { Fact, Origin } from '../../journal/facts.js'
import type { Journal } from '../../journal/journal.js'
import type { Log } from '../../log.js'
import { pinsOf } from '../admission.js'
import type { Peers } from '../peers.js'
import type { PeerTables } from '../schema.js'
import type { TlsMaterial } from '../security.js'
import type { SeenCertificate } from '../wire.js'
import { type Authority, openAuthority, readTrust } from './authority.js'
import { readCertificate } from './certificate.js'
import { alarmDue, type KnownCertificate } from './expiry.js'
import { type OwnFiles, openOwnFiles } from './own.js'
import { type OwnCertificate, readPair, renewed } from './pair.js'

/** Files are looked at this often; a changed one counts for the next connection. */
const WATCH_MS = 1000
const EXPIRY_MS = 3_600_000
const SYSTEM: Origin = { by: 'system', part: 'certificates' }

export interface Certificates {
  readonly authority: Authority
  readonly files: OwnFiles
  own(): OwnCertificate
  /** Of the screens; null where they are served without TLS. Throws where its files could not be used yet. */
  screens(): OwnCertificate | null
  material(): TlsMaterial
  /** Called after each change of the material, or of the certificate of the screens. */
  onChange(listener: (material: TlsMaterial) => void): void
  /** Reads all files again. What cannot be used is told, and what was read before stays. */
  reload(): Promise<void>
  /** What could not be used at the last reading, in words. */
  troubles(): readonly string[]
  /** A peer showed it, and it counted. */
  seen(certificate: SeenCertificate): Promise<void>
  /** Every certificate the exchange depends on, those that end first before the others. */
  known(): Promise<KnownCertificate[]>
  /** Tells whom it concerns of what ends within 30, 7, 1 or 0 days, once for each. */
  checkExpiry(): Promise<void>
  /** Begins to watch files and dates. */
  start(): Promise<void>
  close(): void
}

/** The certificates of this node and of its peers: read, watched, and told of before they end. */
export async function openCertificates(options: {
  db: Database
  clock: Clock
  journal: Journal
  log: Log
  peers: Peers
  /** The operators' site, where there is one yet. */
  operators(): Promise<string | undefined>
  folder: string
  keysFolder: string
  dicom: { certificateFile: string | null; keyFile: string | null; aeTitle: string }
  http: { certificateFile: string | null; keyFile: string | null }
  /** Names and addresses under which peers reach this node. */
  hosts: readonly string[]
}): Promise<Certificates> {
  const { db, clock, journal, log, peers, folder, dicom } = options
  const listeners: ((material: TlsMaterial) => void)[] = []
  const authority = await openAuthority(folder, clock, dicom.certificateFile === null)
  const files = openOwnFiles({
    keysFolder: options.keysFolder,
    configured: dicom,
    authority,
    wanted: { name: dicom.aeTitle, hosts: options.hosts, aeTitles: [dicom.aeTitle] },
  })
  await files.make()
  const { certificateFile, keyFile } = options.http
  const readScreens = () =>
    certificateFile === null || keyFile === null ? null : readPair(certificateFile, keyFile)
  /** Not read before somebody is served: commands that serve nobody need no certificate. */
  let screens: OwnCertificate | null | undefined
  let troubles: string[] = []
  let own = files.read()
  let material = await gather()
  let signature = signatureOf()
  /** Files as they were at the last look: half of a pair is not read while the other is being put there. */
  let lastLook = signature
  let timers: NodeJS.Timeout[] = []

  async function gather(): Promise<TlsMaterial> {
    const trust = await readTrust(folder, clock.now())
    troubles.push(...trust.troubles)
    return { certificate: own.chain, key: own.key, authorities: trust.authorities, revoked: trust.revoked }
  }

  function signatureOf(): string {
    const names = existsSync(folder) ? readdirSync(folder).filter(name => /\.(pem|crt|crl)$/.test(name)) : []
    const pairs = [...files.paths, certificateFile, keyFile].filter(path => path !== null)
    return [...pairs, ...names.map(name => join(folder, name))]
      .map(path => {
        const found = statSync(path, { throwIfNoEntry: false })
        return found === undefined
          ? path
          : `${path} ${found.mtimeMs} ${found.ctimeMs} ${found.size} ${found.ino}`
      })
      .join('\n')
  }

  async function reload(): Promise<void> {
    signature = signatureOf()
    const state = () => JSON.stringify([material, screens?.chain, troubles])
    const before = state()
    troubles = []
    const trouble = (reason: string) => troubles.push(reason)
    own = renewed(own, files.read, clock.now(), trouble)
    const shown = screens
    if (shown) screens = renewed(shown, () => readScreens() ?? shown, clock.now(), trouble)
    try {
      material = await gather()
    } catch (thrown) {
      trouble(reasonOf(thrown))
    }
    if (state() === before) return
    for (const reason of troubles) log.error('certificate-not-usable', { reason })
    await db.write(tx =>
      journal.append(
        tx,
        {
          type: 'certificates-changed',
          site: null,
          ids: {},
          body: {
            fingerprint: own.facts.fingerprint,
            until: isoAt(own.facts.until),
            ...(shown ? { screens: (screens ?? shown).facts.fingerprint } : {}),
            authorities: material.authorities.length,
            revoked: material.revoked.length,
            troubles: [...troubles],
          },
        },
        SYSTEM,
      ),
    )
    for (const listener of listeners) listener(material)
  }

  /** The peer whose certificate it is. */
  const holderOf = (fingerprint: string) => peers.list().find(peer => pinsOf(peer).includes(fingerprint))

  async function known(): Promise<KnownCertificate[]> {
    const list: KnownCertificate[] = [{ ...own.facts, holder: 'node' }]
    if (screens) list.push({ ...screens.facts, holder: 'screens' })
    for (const pem of material.authorities) list.push({ ...readCertificate(pem), holder: 'authority' })
    const rows = await db.sql<PeerTables>().selectFrom('peer_certificates').selectAll().execute()
    for (const { fingerprint, subject, until } of rows) {
      const peer = holderOf(fingerprint)
      if (peer !== undefined) list.push({ holder: 'peer', peer: peer.id, fingerprint, subject, until })
    }
    return list
      .map(({ holder, peer, fingerprint, subject, until }) => ({
        holder,
        ...(peer === undefined ? {} : { peer }),
        fingerprint,
        subject,
        until,
      }))
      .sort((a, b) => a.until - b.until)
  }

  async function checkExpiry(): Promise<void> {
    const operators = await options.operators()
    for (const certificate of await known()) {
      const days = alarmDue(certificate.until, clock.now())
      if (days === undefined) continue
      await db.write(async tx => {
        const { numInsertedOrUpdatedRows: added } = await tx
          .sql<PeerTables>()
          .insertInto('certificate_alarms')
          .values({ fingerprint: certificate.fingerprint, days, at: clock.now() })
          .onConflict(conflict => conflict.doNothing())
          .executeTakeFirstOrThrow()
        if (added === 1n) await journal.append(tx, expiring(certificate, days, operators), SYSTEM)
      })
    }
  }

  function expiring(certificate: KnownCertificate, days: number, operators: string | undefined): Fact {
    const { holder, peer, fingerprint, subject, until } = certificate
    return {
      type: 'certificate-expiring',
      site: (peer === undefined ? operators : peers.find(peer)?.site) ?? null,
      ids: peer === undefined ? {} : { peer },
      body: {
        holder,
        fingerprint,
        subject,
        until: isoAt(until),
        days,
        operators,
        reference: peer ?? subject,
        urgency: days <= 1 ? 'urgent' : 'routine',
      },
    }
  }

  const guarded = (what: () => Promise<void>) => () => {
    what().catch(thrown => log.error('certificates-not-watched', { reason: reasonOf(thrown) }, thrown))
  }

  return {
    authority,
    files,
    own: () => own,
    screens: () => {
      screens ??= readScreens()
      return screens
    },
    material: () => material,
    onChange: listener => listeners.push(listener),
    reload,
    troubles: () => troubles,
    seen: async ({ fingerprint, subject, until }) => {
      if (holderOf(fingerprint) === undefined) return
      await db.write(tx =>
        tx
          .sql<PeerTables>()
          .insertInto('peer_certificates')
          .values({ fingerprint, subject, until, seen_at: clock.now() })
          .onConflict(conflict => conflict.column('fingerprint').doUpdateSet({ seen_at: clock.now() }))
          .execute(),
      )
    },
    known,
    checkExpiry,
    start: async () => {
      await authority.refresh()
      await checkExpiry()
      const daily = guarded(async () => {
        await authority.refresh()
        await checkExpiry()
      })
      const watch = guarded(async () => {
        const look = signatureOf()
        const settled = look === lastLook
        lastLook = look
        if (settled && look !== signature) await reload()
      })
      timers = [setInterval(daily, EXPIRY_MS), setInterval(watch, WATCH_MS)]
      for (const timer of timers) timer.unref()
    },
    close: () => {
      for (const timer of timers) clearInterval(timer)
    },
  }
}
