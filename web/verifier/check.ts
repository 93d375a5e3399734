import { ed25519 } from '@noble/curves/ed25519.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { sha3_512 } from '@noble/hashes/sha3.js'
import { joined, rootFrom } from './merkle.js'

/** One thing that was checked, and what did not fit. */
export interface Check {
  name: 'manifest' | 'journal' | 'keys' | 'inclusion' | 'reports' | 'act' | 'database'
  faults: string[]
}

export interface Result {
  checks: Check[]
  facts: {
    reference: string
    assembled: string
    entries: number
    size: number
    log: string
    key: string
    manifest: string
  }
}

/** Rows of a table of the SQLite file. */
export type Query = (bytes: Uint8Array, sql: string) => Promise<Record<string, unknown>[]>

export interface Entry {
  seq: number
  at: number
  type: string
  ids: Record<string, string>
  chained: string
  sha256: string
  'sha3-512': string
  commitment: { sha256: string; 'sha3-512': string }
  salt: string | null
  body: string | null
}

interface ProofFile {
  log: string
  keys: { publicKey: string; follows?: string; signature?: string }[]
  checkpoint: { text: string; publicKey: string; signature: string }
  paths: { seq: number; path: string[] }[]
}

interface Act {
  reference: string
  assembledAt: string
  timeline: {
    by: { name: string }
    seq: number
    type: string
    ids: Record<string, string>
    body: Record<string, unknown> | null
  }[]
  reports: {
    report: string
    version: number
    digest: string
    files: { signed: string; pdf: string | null }
  }[]
  conversation: { message: string; attachments: { sha256: string; file: string | null }[] }[]
}

const utf8 = new TextEncoder()
const hex = (bytes: Uint8Array) => Array.from(bytes, byte => byte.toString(16).padStart(2, '0')).join('')
export const bytesOf = (text: string) =>
  Uint8Array.from(text.match(/../g) ?? [], pair => Number.parseInt(pair, 16))
const both = (bytes: Uint8Array) => ({ sha256: hex(sha256(bytes)), 'sha3-512': hex(sha3_512(bytes)) })
const same = (a: unknown, b: unknown) => sorted(a) === sorted(b)

/** JSON with its members in order. */
function sorted(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(sorted).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null'
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
  return `{${members.map(([key, member]) => `${JSON.stringify(key)}:${sorted(member)}`).join(',')}}`
}

const MANIFEST = 'MANIFEST.sha256'

/** Checks a whole record; `files` by their path in the folder. Throws nothing: what cannot be read is a fault. */
export async function check(files: ReadonlyMap<string, Uint8Array>, query: Query): Promise<Result> {
  const checks: Check[] = []
  const text = (path: string) => new TextDecoder().decode(files.get(path) ?? new Uint8Array())
  const read = <T>(path: string): T | undefined => {
    try {
      return JSON.parse(text(path)) as T
    } catch {
      return undefined // named by the check that needs it
    }
  }
  const run = async (name: Check['name'], work: (fault: (what: string) => void) => void | Promise<void>) => {
    const faults: string[] = []
    try {
      await work(what => faults.push(what))
    } catch (thrown) {
      faults.push(`${thrown instanceof Error ? thrown.message : thrown}`)
    }
    checks.push({ name, faults })
  }
  const journal = read<{ entries: Entry[] }>('journal.json')
  const entries = journal?.entries ?? []
  const proof = read<ProofFile>('proof.json')
  const act = read<Act>('act.json')

  await run('manifest', fault => manifest(files, text(MANIFEST), fault))
  await run('journal', fault => {
    if (entries.length === 0) fault('journal.json')
    for (const [at, entry] of entries.entries())
      for (const what of entryFaults(entry, entries[at - 1])) fault(`journal.json, ${entry.seq}: ${what}`)
  })
  await run('keys', fault => keysFit(proof, fault))
  await run('inclusion', fault => included(entries, proof, fault))
  await run('reports', fault => reportsFit(files, act, entries, fault))
  await run('act', fault => {
    if (act === undefined) return fault('act.json')
    if (act.timeline.length !== entries.length) fault('act.json: timeline')
    act.timeline.forEach((line, at) => {
      const entry = entries[at]
      const { origin, ...body } = entry?.body == null ? { origin: null } : JSON.parse(entry.body)
      const fits =
        entry !== undefined &&
        line.seq === entry.seq &&
        line.type === entry.type &&
        same(line.ids, entry.ids) &&
        (origin?.by !== 'account' || line.by.name === origin.name) &&
        same(line.body, entry.body === null ? null : body)
      if (!fits) fault(`act.json, timeline ${line.seq}`)
    })
  })
  await run('database', async fault => {
    const bytes = files.get('journal.sqlite')
    if (bytes === undefined) return fault('journal.sqlite')
    const rows = await query(
      bytes,
      'SELECT seq, chained, sha256, sha3_512, salt, body FROM entries ORDER BY seq',
    )
    if (rows.length !== entries.length) fault(`journal.sqlite: ${rows.length} / ${entries.length}`)
    rows.forEach((row, at) => {
      const entry = entries[at]
      const fits =
        entry !== undefined &&
        row['seq'] === entry.seq &&
        row['chained'] === entry.chained &&
        row['sha256'] === entry.sha256 &&
        row['sha3_512'] === entry['sha3-512'] &&
        row['salt'] === entry.salt &&
        row['body'] === entry.body
      if (!fits) fault(`journal.sqlite, ${row['seq']}`)
    })
  })
  const head = headOf(proof)
  return {
    checks,
    facts: {
      reference: act?.reference ?? '',
      assembled: act?.assembledAt ?? '',
      entries: entries.length,
      size: head?.size ?? 0,
      log: proof?.log ?? '',
      key: proof?.checkpoint.publicKey ?? '',
      manifest: hex(sha256(files.get(MANIFEST) ?? new Uint8Array())),
    },
  }
}

function manifest(files: ReadonlyMap<string, Uint8Array>, text: string, fault: (what: string) => void): void {
  const listed = new Set([MANIFEST])
  const lines = text.split('\n')
  if (lines.pop() !== '' || lines.length === 0) fault(MANIFEST)
  for (const line of lines) {
    const [, digest = '', path = ''] = /^([0-9a-f]{64}) {2}([!-~]+)$/.exec(line) ?? []
    if (path === '') {
      fault(`${MANIFEST}: ${line}`)
      continue
    }
    listed.add(path)
    const bytes = files.get(path)
    if (bytes === undefined) fault(`${path}: –`)
    else if (hex(sha256(bytes)) !== digest) fault(path)
  }
  for (const path of files.keys()) if (!listed.has(path)) fault(`${path}: ${MANIFEST} –`)
}

function entryFaults(entry: Entry, before: Entry | undefined): string[] {
  const faults: string[] = []
  const bytes = utf8.encode(entry.chained)
  if (!same(both(bytes), { sha256: entry.sha256, 'sha3-512': entry['sha3-512'] }))
    faults.push('sha256, sha3-512')
  const chained = JSON.parse(entry.chained)
  for (const key of ['seq', 'at', 'type', 'ids'] as const)
    if (!same(chained[key], entry[key])) faults.push(key)
  if (!same(chained.body, entry.commitment)) faults.push('commitment')
  if (entry.body !== null && entry.salt !== null) {
    const committed = both(joined([bytesOf(entry.salt), utf8.encode(entry.body)]))
    if (!same(committed, chained.body)) faults.push('body')
  } else if (entry.body !== null || entry.salt !== null) faults.push('body, salt')
  if (before !== undefined && entry.seq <= before.seq) faults.push('seq')
  if (before !== undefined && before.seq + 1 === entry.seq) {
    const { sha256, 'sha3-512': sha3 } = before
    if (!same(chained.previous, { sha256, 'sha3-512': sha3 })) faults.push('previous')
  }
  return faults
}

const headOf = (proof: ProofFile | undefined) =>
  proof === undefined
    ? undefined
    : (JSON.parse(proof.checkpoint.text) as { format: string; log: string; size: number; root: string })

function isSigned(text: string, signature: string, publicKey: string): boolean {
  try {
    return ed25519.verify(bytesOf(signature), utf8.encode(text), bytesOf(publicKey))
  } catch {
    return false // no signature, or no key
  }
}

function keysFit(proof: ProofFile | undefined, fault: (what: string) => void): void {
  if (proof === undefined) {
    fault('proof.json')
    return
  }
  const { log, keys, checkpoint } = proof
  let current = ''
  for (const [at, { publicKey, follows, signature = '' }] of keys.entries()) {
    const fingerprint = hex(sha256(bytesOf(publicKey)))
    if (at === 0 && fingerprint !== log) fault('proof.json: log')
    if (at > 0) {
      const before = hex(sha256(bytesOf(current)))
      const text = sorted({ follows: before, format: 'relais-key/1', key: publicKey, log })
      if (follows !== before || !isSigned(text, signature, current)) fault(`proof.json: keys ${at + 1}`)
    }
    current = publicKey
  }
  // A checkpoint may be older than the last key: it is signed with one of them.
  if (!keys.some(({ publicKey }) => publicKey === checkpoint.publicKey)) fault('proof.json: publicKey')
  const head = headOf(proof)
  if (head?.format !== 'relais-checkpoint/1' || head.log !== log) fault('proof.json: checkpoint')
  if (!isSigned(checkpoint.text, checkpoint.signature, checkpoint.publicKey)) fault('proof.json: signature')
}

function included(
  entries: readonly Entry[],
  proof: ProofFile | undefined,
  fault: (what: string) => void,
): void {
  const head = headOf(proof)
  if (proof === undefined || head === undefined) {
    fault('proof.json')
    return
  }
  for (const entry of entries) {
    const path = proof.paths.find(({ seq }) => seq === entry.seq)?.path
    const data = joined([bytesOf(entry.sha256), bytesOf(entry['sha3-512'])])
    const root = path && rootFrom(data, entry.seq - 1, head.size, path.map(bytesOf))
    if (root === undefined || hex(root) !== head.root) fault(`proof.json, ${entry.seq}`)
  }
}

function reportsFit(
  files: ReadonlyMap<string, Uint8Array>,
  act: Act | undefined,
  entries: readonly Entry[],
  fault: (what: string) => void,
): void {
  if (act === undefined) {
    fault('act.json')
    return
  }
  for (const { report, version, digest, files: named } of act.reports) {
    const bytes = files.get(named.signed)
    if (bytes === undefined || hex(sha256(bytes)) !== digest) fault(named.signed)
    const signed = entries.filter(entry => entry.type === 'report-signed' && entry.ids['report'] === report)
    if (!signed.some(entry => entry.body === null || entry.body.includes(digest)))
      fault(`${named.signed} (${version})`)
  }
  for (const { message, attachments } of act.conversation)
    for (const { sha256: digest, file } of attachments) {
      const bytes = file === null ? undefined : files.get(file)
      if (file !== null && (bytes === undefined || hex(sha256(bytes)) !== digest)) fault(file)
      const said = entries.filter(entry => entry.ids['message'] === message)
      if (!said.some(entry => entry.body === null || entry.body.includes(digest))) fault(file ?? message)
    }
}
