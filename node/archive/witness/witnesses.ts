import { readFileSync } from 'node:fs'
import type { AddressGuard } from '../../address-guard.js'
import { type Clock, isoAt, msOf } from '../../clock.js'
import type { Database, Tx } from '../../database.js'
import { reasonOf } from '../../errors.js'
import { fingerprintOf, headText, isSigned } from '../../journal/checkpoint.js'
import type { Checkpoint } from '../../journal/checkpoints.js'
import type { Journal } from '../../journal/journal.js'
import type { Proof } from '../../journal/proof.js'
import type { Log } from '../../log.js'
import type { Handler, Outcome } from '../../outbox/job.js'
import type { Outbox } from '../../outbox/outbox.js'
import type { Settings } from '../../settings.js'
import { postTo } from '../../web-call.js'
import type { ArchiveTables } from '../schema.js'
import type { WitnessView } from '../view.js'
import { type ClockWatch, openClockWatch } from './clock-watch.js'
import { outsideHeads, putHead } from './folder.js'
import { headLetter } from './letter.js'
import { readStamp, stampQuestion } from './stamp.js'
import { coSignatureText, currentKey, type KeyLink } from './statement.js'

export interface WitnessDeps {
  db: Database
  clock: Clock
  journal: Journal
  proof: Proof
  outbox: Pick<Outbox, 'add'>
  config: Pick<Settings, 'archive' | 'node'>
  /** Of addresses called as a witness. */
  guard: Pick<AddressGuard, 'calling'>
  /** Hands over one letter. Never throws for what an address or a server is. */
  post(mail: {
    id: string
    email: string
    letter: { subject: string; text: string; html: string }
    atMs: number
    signal: AbortSignal
  }): Promise<
    | { result: 'done'; keep(tx: Tx): Promise<void> }
    | { result: 'transient' | 'ambiguous' | 'permanent'; reason: string }
  >
  /** The site of those who run the node. */
  operators(): Promise<string | undefined>
  log: Pick<Log, 'error'>
}

export interface Witnesses {
  /** Owes a signed head to every witness that is configured; the letter once a day. */
  owe(checkpoint: Checkpoint): Promise<void>
  handler: Handler
  view(): Promise<WitnessView[]>
  /** Whether this machine's time is right: see `clock-watch.ts`. */
  watchClock: ClockWatch['look']
  heard: ClockWatch['heard']
  /** Compares the journal with the newest head in the folder; then the clock is watched. */
  start(): Promise<void>
  close(): void
}

const TIMEOUT_MS = 20_000
const REASON_MAX_CHARS = 200
const SYSTEM = { by: 'system', part: 'archive' } as const

export function openWitnesses(deps: WitnessDeps): Witnesses {
  const { db, clock, journal, proof, outbox, config, guard } = deps
  const { archive } = config
  const stopping = new AbortController()
  const clockWatch = openClockWatch(deps)

  /** What is told of each head, by the name of who is told. */
  const places = (): string[] => [
    ...(archive.witnessFolder === null ? [] : ['folder']),
    ...(archive.timestampUrl === null ? [] : ['stamp']),
    ...archive.witnessNodes.map(node => node.split(' ')[0] as string),
  ]

  async function owe(checkpoint: Checkpoint): Promise<void> {
    const { size, at } = checkpoint
    const owed = places().map(witness => ({ witness, key: `witness ${witness} ${size}` }))
    if (archive.witnessLetterTo !== null)
      owed.push({ witness: 'letter', key: `witness letter ${isoAt(at).slice(0, 10)}` })
    if (owed.length === 0) return
    await db.write(async tx => {
      for (const { witness, key } of owed)
        await outbox.add(tx, { lane: `witness ${witness}`, kind: 'witness', key, body: { witness, size } })
    })
  }

  const keep = async (
    tx: Tx,
    witness: string,
    size: number,
    statement: Buffer = Buffer.alloc(0),
    skewMs: number | null = null,
  ): Promise<void> => {
    await tx
      .sql<ArchiveTables>()
      .insertInto('witness_statements')
      .values({ witness, size, at: clock.now(), statement, skew_ms: skewMs })
      .onConflict(conflict => conflict.doNothing())
      .execute()
  }

  const done = (witness: string, size: number, statement?: Buffer, skewMs?: number | null): Outcome => ({
    result: 'done',
    settle: tx => keep(tx, witness, size, statement, skewMs),
  })

  async function letter(checkpoint: Checkpoint, id: string, signal: AbortSignal): Promise<Outcome> {
    const posted = await deps.post({
      id,
      email: archive.witnessLetterTo ?? '',
      letter: headLetter(checkpoint, config.node),
      atMs: clock.now(),
      signal,
    })
    if (posted.result !== 'done') return { result: posted.result, reason: posted.reason }
    return {
      result: 'done',
      settle: async tx => {
        await posted.keep(tx)
        await keep(tx, 'letter', checkpoint.size)
      },
    }
  }

  async function stamp(checkpoint: Checkpoint, signal: AbortSignal): Promise<Outcome> {
    const text = headText(checkpoint)
    const { der, nonce } = stampQuestion(text)
    const before = clock.now()
    const answer = await postTo({
      url: new URL(archive.timestampUrl ?? ''),
      headers: { 'content-type': 'application/timestamp-query' },
      body: der,
      timeoutMs: TIMEOUT_MS,
      signal,
      guard,
    })
    if (answer.status !== 200)
      return { result: 'transient', reason: `answered ${answer.status}`, holdLane: true }
    const trusted = archive.timestampCaFile === null ? '' : readFileSync(archive.timestampCaFile, 'utf8')
    const { at, token } = await readStamp(answer.bytes, { text, nonce, trusted })
    const skew = Math.round((before + clock.now()) / 2 - at)
    await clockWatch.heard('stamp', skew)
    return done('stamp', checkpoint.size, token, skew)
  }

  async function node(url: string, checkpoint: Checkpoint, signal: AbortSignal): Promise<Outcome> {
    const name = archive.witnessNodes.find(each => each.startsWith(`${url} `))?.split(' ')[1]
    if (name === undefined) return { result: 'done' } // no witness any more
    const { size } = checkpoint
    const ask = async (from: number) =>
      postTo({
        url: new URL('/api/witness', url),
        headers: { 'content-type': 'application/json' },
        body: Buffer.from(
          JSON.stringify({
            text: headText(checkpoint),
            signature: checkpoint.signature.toString('hex'),
            keys: await proof.checkpoints.keyChain(),
            from,
            proof:
              from === 0 ? [] : (await proof.tree.consistency(from, size)).map(hash => hash.toString('hex')),
          }),
        ),
        timeoutMs: TIMEOUT_MS,
        signal,
        guard,
      })
    const before = clock.now()
    let answer = await ask((await lastSeen(url)) ?? 0)
    let known = answer.status === 200 ? undefined : knownIn(answer.text)
    // It saw a later one already: this one is the beginning of that.
    if (known !== undefined && known > size) return { result: 'done' }
    if (known !== undefined) {
      answer = await ask(known)
      known = undefined
    }
    if (answer.status !== 200)
      return answer.status >= 500
        ? { result: 'transient', reason: `answered ${answer.status}`, holdLane: true }
        : {
            result: 'permanent',
            reason: `answered ${answer.status}: ${answer.text.slice(0, REASON_MAX_CHARS)}`,
          }
    const said = JSON.parse(answer.text) as { keys: KeyLink[]; at: number; signature: string }
    const key = currentKey(name, said.keys)
    const text = coSignatureText({
      witness: name,
      head: fingerprintOf(Buffer.from(headText(checkpoint))),
      at: said.at,
    })
    if (key === undefined || !isSigned(text, Buffer.from(said.signature, 'hex'), key))
      return {
        result: 'permanent',
        reason: 'its signature is not that of the journal named in archive.witnessNodes',
      }
    const told = answer.date === undefined ? Number.NaN : msOf(answer.date)
    const skew = Number.isNaN(told) ? null : Math.round((before + clock.now()) / 2 - told - 500)
    if (skew !== null) await clockWatch.heard(url, skew)
    return done(url, size, Buffer.from(answer.text), skew)
  }

  async function lastSeen(witness: string): Promise<number | undefined> {
    const row = await db
      .sql<ArchiveTables>()
      .selectFrom('witness_statements')
      .select(eb => eb.fn.max('size').as('size'))
      .where('witness', '=', witness)
      .executeTakeFirst()
    return row?.size ?? undefined
  }

  const handler: Handler = {
    run: async ({ id, body, signal }) => {
      const [witness, size] = [String(body['witness']), Number(body['size'])]
      const checkpoint = await proof.checkpoints.covering(size)
      if (checkpoint?.size !== size) return { result: 'permanent', reason: 'there is no such signed head' }
      try {
        if (witness === 'letter') return await letter(checkpoint, id, signal)
        if (witness === 'stamp') return await stamp(checkpoint, signal)
        if (witness !== 'folder') return await node(witness, checkpoint, signal)
        putHead(archive.witnessFolder ?? '', checkpoint)
        return done('folder', size)
      } catch (thrown) {
        return { result: 'transient', reason: reasonOf(thrown).slice(0, REASON_MAX_CHARS), holdLane: true }
      }
    },
  }

  /** What lies in the folder was signed here once: where it says otherwise, the journal is not the one it was. */
  async function compareFolder(): Promise<void> {
    const newest = archive.witnessFolder === null ? undefined : outsideHeads(archive.witnessFolder, 1).at(-1)
    if (newest === undefined) return
    const { from, head } = newest
    const size = head?.size ?? 0
    const fits =
      head !== undefined &&
      head.log === (await proof.checkpoints.log()) &&
      size <= (await proof.tree.size()) &&
      (await proof.tree.root(size)).equals(head.root)
    if (fits) return
    deps.log.error('witness-contradicts', { reason: from, sizeCount: size })
    const body = { from, size }
    await db.write(tx =>
      journal.append(tx, { type: 'witness-contradicts', site: null, ids: {}, body }, SYSTEM),
    )
  }

  const logged = (what: string) => (thrown: unknown) =>
    deps.log.error(what, { reason: reasonOf(thrown) }, thrown)

  proof.checkpoints.onSigned(checkpoint => {
    if (!stopping.signal.aborted) owe(checkpoint).catch(logged('witness-not-owed'))
  })

  return {
    owe,
    handler,
    watchClock: clockWatch.look,
    heard: clockWatch.heard,
    view: async () => {
      const rows = await db
        .sql<ArchiveTables>()
        .selectFrom('witness_statements')
        .select(['witness', 'size', 'at', 'skew_ms as skewMs'])
        .where('id', 'in', eb =>
          eb
            .selectFrom('witness_statements')
            .select(inner => inner.fn.max('id').as('id'))
            .groupBy('witness'),
        )
        .execute()
      const named = [...places(), ...(archive.witnessLetterTo === null ? [] : ['letter'])]
      return named.map(witness => {
        const row = rows.find(each => each.witness === witness)
        return {
          witness,
          ...(row === undefined ? {} : { size: row.size, at: isoAt(row.at) }),
          ...(row?.skewMs == null ? {} : { skewMs: row.skewMs }),
        }
      })
    },
    start: async () => {
      await compareFolder()
      clockWatch.start()
    },
    close: () => {
      stopping.abort()
      clockWatch.close()
    },
  }
}

/** How far the witness already is, where that is why it did not sign. */
function knownIn(text: string): number | undefined {
  try {
    const { known } = JSON.parse(text) as { known?: unknown }
    return typeof known === 'number' && known >= 1 ? known : undefined
  } catch {
    return undefined // no problem document: a proxy
  }
}
