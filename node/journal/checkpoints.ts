import { generateKeyPairSync } from 'node:crypto'
import { existsSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Clock } from '../clock.js'
import type { Database, Tx } from '../database.js'
import { fail, reasonOf } from '../errors.js'
import { privateFolder, readPrivate, writeWhole } from '../private-files.js'
import {
  fingerprintOf,
  headText,
  rawPublicKey,
  signText,
  successionText,
  type TreeHead,
} from './checkpoint.js'
import type { Origin } from './facts.js'
import type { Journal } from './journal.js'
import type { JournalTables } from './schema.js'
import type { Tree } from './tree.js'
import { withBodies } from './volume-bodies.js'

export interface Checkpoint extends TreeHead {
  /** Fingerprint of the key that signed it. */
  key: string
  publicKey: Buffer
  signature: Buffer
}

export interface CheckpointKey {
  fingerprint: string
  publicKey: Buffer
  /** The entry that records it. */
  fact: number
}

export interface Checkpoints {
  /** The newest first, before this size; at most 200. */
  list(before?: number, limit?: number): Promise<Checkpoint[]>
  latest(): Promise<Checkpoint | undefined>
  /** The first that covers the entry. */
  covering(seq: number): Promise<Checkpoint | undefined>
  keys(): Promise<CheckpointKey[]>
  /** Name of this journal; undefined before its first checkpoint. */
  log(): Promise<string | undefined>
  /** Signs the head of the tree as it is now; gives the newest one where nothing came after it, undefined for an empty journal. */
  sign(): Promise<Checkpoint | undefined>
  /** Signs where it is due: {@link ENTRIES_MAX} entries, or {@link AGE_MAX_MS} since the oldest that none covers. */
  signDue(): Promise<Checkpoint | undefined>
  /** A new key, named by the old one in an entry of the journal; the old one is destroyed. */
  rotate(origin: Origin): Promise<CheckpointKey>
  /** Called after each new checkpoint; must not throw. */
  /** The keys from the first on, each with the signature of the one before: what proves them to others. */
  keyChain(): Promise<{ publicKey: string; follows?: string; signature?: string }[]>
  /** Signs what this node says as a witness of another, with the same key. */
  attest(text: string): Promise<Buffer>
  onSigned(listener: (checkpoint: Checkpoint) => void): void
  start(): void
  close(): Promise<void>
}

export const ENTRIES_MAX = 1000
export const AGE_MAX_MS = 600_000
const LOOK_MS = 15_000
const LIST_MAX = 200
const FILE = 'checkpoints.pem'
const NEXT = 'checkpoints.next.pem'
const SYSTEM: Origin = { by: 'system', part: 'journal' }

export function openCheckpoints(options: {
  db: Database
  clock: Clock
  journal: Journal
  tree: Tree
  keysFolder: string
  onTrouble(reason: string, thrown: unknown): void
}): Checkpoints {
  const { db, clock, journal, tree, keysFolder, onTrouble } = options
  const listeners: ((checkpoint: Checkpoint) => void)[] = []
  const reading = () => db.sql<JournalTables>()
  let queue: Promise<unknown> = Promise.resolve()
  let timer: NodeJS.Timeout | undefined
  let stopJournal = () => {}
  let closed = false
  /** Entries that no checkpoint covers, as far as this run knows. */
  let uncovered = 0

  const keys = async (): Promise<CheckpointKey[]> =>
    (await reading().selectFrom('checkpoint_keys').selectAll().orderBy('fact').execute()).map(row => ({
      fingerprint: row.fingerprint,
      publicKey: row.public_key,
      fact: row.fact,
    }))
  const log = async () => (await keys())[0]?.fingerprint

  async function list(before = Number.MAX_SAFE_INTEGER, limit = LIST_MAX): Promise<Checkpoint[]> {
    const known = await keys()
    const rows = await reading()
      .selectFrom('checkpoints')
      .selectAll()
      .where('size', '<', before)
      .orderBy('size', 'desc')
      .limit(Math.min(limit, LIST_MAX))
      .execute()
    return rows.map(row => asCheckpoint(row, known))
  }
  const latest = async () => (await list(undefined, 1))[0]

  /** One after the other: two at once would sign the same head, or with a key that is just being replaced. */
  function alone<T>(work: () => Promise<T>): Promise<T> {
    const turn = queue.then(work)
    queue = turn.catch(() => undefined) // the caller of this turn has the failure
    return turn
  }

  const path = (name: string) => join(privateFolder(keysFolder), name)

  async function recordKey(tx: Tx, pem: string, body: Record<string, string>, origin: Origin) {
    const publicKey = rawPublicKey(pem)
    const fingerprint = fingerprintOf(publicKey)
    const fact = await journal.append(
      tx,
      {
        type: 'checkpoint-key-recorded',
        site: null,
        ids: { key: fingerprint },
        body: { publicKey: publicKey.toString('hex'), ...body },
      },
      origin,
    )
    await tx
      .sql<JournalTables>()
      .insertInto('checkpoint_keys')
      .values({ fingerprint, public_key: publicKey, fact })
      .execute()
    return { fingerprint, publicKey, fact }
  }

  /** The key that signs: the file's, which must be the one the journal names last. */
  async function signingKey(): Promise<{ pem: string; key: CheckpointKey }> {
    const current = (await keys()).at(-1)
    if (current !== undefined) {
      for (const name of [FILE, NEXT]) {
        if (!existsSync(path(name))) continue
        const pem = readPrivate(path(name))
        if (fingerprintOf(rawPublicKey(pem)) !== current.fingerprint) continue
        // The journal named it, and the end came before the file had its name.
        if (name === NEXT) renameSync(path(NEXT), path(FILE))
        return { pem, key: current }
      }
      fail('unavailable', {
        fr: `La clé qui signe les points de contrôle n’est pas dans ${keysFolder} : ramenez-la de la sauvegarde.`,
        en: `The key that signs checkpoints is not in ${keysFolder}: bring it back from the backup.`,
      })
    }
    if (!existsSync(path(FILE))) writeWhole(path(FILE), newKey(), 0o600)
    const pem = readPrivate(path(FILE))
    return { pem, key: await db.write(tx => recordKey(tx, pem, {}, SYSTEM)) }
  }

  async function sign(): Promise<Checkpoint | undefined> {
    if ((await journal.head()) === 0) return undefined
    const last = await latest()
    if (last?.size === (await journal.head())) return last
    const { pem, key } = await signingKey()
    const size = await journal.head()
    const head = await reading()
      .selectFrom('journal')
      .select(['sha256', 'sha3'])
      .where('seq', '=', size)
      .executeTakeFirstOrThrow()
    const named = { log: (await log()) ?? '', size, at: clock.now(), root: await tree.root(size), ...head }
    const signature = signText(headText(named), pem)
    const { log: _log, ...row } = named
    await db.write(tx =>
      tx
        .sql<JournalTables>()
        .insertInto('checkpoints')
        .values({ ...row, key: key.fingerprint, signature })
        .execute(),
    )
    uncovered = 0
    const signed = { ...named, key: key.fingerprint, publicKey: key.publicKey, signature }
    for (const listener of listeners) listener(signed)
    return signed
  }

  async function isDue(): Promise<boolean> {
    const covered = (await latest())?.size ?? 0
    const head = await journal.head()
    if (head === covered) return false
    if (head - covered >= ENTRIES_MAX) return true
    const oldest = await reading()
      .selectFrom('journal')
      .select('at')
      .where('seq', '=', covered + 1)
      .executeTakeFirst()
    return oldest !== undefined && clock.now() - oldest.at >= AGE_MAX_MS
  }

  const signDue = () => alone(async () => ((await isDue()) ? sign() : undefined))
  const look = () => {
    if (closed) return
    signDue().catch(thrown => onTrouble(reasonOf(thrown), thrown))
  }

  return {
    list,
    latest,
    keys,
    log,
    covering: async seq => {
      const row = await reading()
        .selectFrom('checkpoints')
        .selectAll()
        .where('size', '>=', seq)
        .orderBy('size')
        .limit(1)
        .executeTakeFirst()
      return row === undefined ? undefined : asCheckpoint(row, await keys())
    },
    sign: () => alone(sign),
    attest: text => alone(async () => signText(text, (await signingKey()).pem)),
    keyChain: async () => {
      const rows = await reading()
        .selectFrom('checkpoint_keys')
        .leftJoin('journal_bodies', 'journal_bodies.seq', 'checkpoint_keys.fact')
        .select(['fact as seq', 'body'])
        .orderBy('fact')
        .execute()
      return (await withBodies(db, rows)).flatMap(({ body }) => {
        if (body === null) return []
        const { publicKey, follows, signature } = JSON.parse(body)
        return [{ publicKey, ...(follows === undefined ? {} : { follows, signature }) }]
      })
    },
    signDue,
    rotate: origin =>
      alone(async () => {
        const before = await signingKey()
        await sign() // what the old key saw, it answers for
        const pem = newKey()
        writeWhole(path(NEXT), pem, 0o600)
        const succession = successionText({
          log: (await log()) ?? '',
          follows: before.key.fingerprint,
          publicKey: rawPublicKey(pem),
        })
        const body = {
          follows: before.key.fingerprint,
          signature: signText(succession, before.pem).toString('hex'),
        }
        const key = await db.write(tx => recordKey(tx, pem, body, origin))
        rmSync(path(FILE), { force: true })
        renameSync(path(NEXT), path(FILE))
        return key
      }),
    onSigned: listener => {
      listeners.push(listener)
    },
    start: () => {
      timer = setInterval(look, LOOK_MS)
      timer.unref()
      stopJournal = journal.onCommit(() => {
        if (++uncovered % ENTRIES_MAX === 0) look()
      })
    },
    close: async () => {
      closed = true
      clearInterval(timer)
      stopJournal()
      await queue
    },
  }
}

function newKey(): string {
  return generateKeyPairSync('ed25519').privateKey.export({ format: 'pem', type: 'pkcs8' }).toString()
}

function asCheckpoint(row: JournalTables['checkpoints'], keys: readonly CheckpointKey[]): Checkpoint {
  const publicKey = keys.find(({ fingerprint }) => fingerprint === row.key)?.publicKey ?? Buffer.alloc(0)
  return { ...row, log: keys[0]?.fingerprint ?? '', publicKey }
}
