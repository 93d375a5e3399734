import { stat } from 'node:fs/promises'
import type { Clock } from '../clock.js'
import type { Database, Tx } from '../database.js'
import { type CommitmentReport, failureReason } from '../dicom/network/commitment.js'
import { dimseStatus } from '../dicom/network/status.js'
import type { Ids } from '../ids.js'
import type { Follower } from '../journal/followers.js'
import type { Journal } from '../journal/journal.js'
import type { Objects } from '../objects/objects.js'
import type { ObjectTables } from '../objects/schema.js'
import { priorities } from '../outbox/job.js'
import type { Outbox } from '../outbox/outbox.js'
import type { Peer } from '../peers/peer.js'
import type { CommitmentWord, WordAnswer } from '../peers/wire.js'
import { mayLeave } from '../studies/leaving.js'
import type { StudyTables } from '../studies/schema.js'
import { type Verdict, verdictOn } from './commitment-rules.js'
import { commitmentLane, originOf } from './commitments.js'
import type { ExchangeTables } from './schema.js'

export type CommitmentRequestRow = ExchangeTables['commitment_requests']

/** What peers ask us to commit ourselves to (PS3.4 J.3), as keeper or as relay. */
export interface CommitmentRequests {
  /** Keeps a peer's N-ACTION and gives the status of its response. The answer itself is owed from then on. */
  requested(word: CommitmentWord, peer: Peer): Promise<Omit<WordAnswer, 'id'>>
  /** The time for the routes' destinations is over: what they have not confirmed fails. */
  overdue(tx: Tx, id: string): Promise<void>
  find(id: string): Promise<CommitmentRequestRow | undefined>
  report(id: string): Promise<CommitmentReport>
  /** The peer has heard the answer, or never will. */
  settled(tx: Tx, id: string, state: 'reported' | 'undelivered', reason?: string): Promise<void>
  follower: Follower
}

/** Requests of one peer that are not answered yet; the next one is refused (0213). */
const OPEN_MAX = 1000
/** Variables of one SQL statement. */
const UIDS_AT_ONCE = 500

interface Here {
  id: number
  uid: string
  sop_class: string
  bucket: string
  name: string
  bytes: number
  withheld: 0 | 1
  withdrawn: string | null
}

export function openCommitmentRequests(options: {
  db: Database
  clock: Clock
  ids: Ids
  journal: Journal
  outbox: Outbox
  objects: Objects
  /** How long a relay waits for the destinations of its routes. */
  relayMs: number
}): CommitmentRequests {
  const { db, clock, ids, journal, outbox, objects, relayMs } = options

  return {
    requested: async (word, peer) => {
      const here = await hereOf(word, peer.site)
      const durable = new Set<number>()
      for (const each of here.values()) if (await lies(each)) durable.add(each.id)
      return db.write(tx => keep(tx, { word, peer, here, durable }))
    },
    overdue: async (tx, id) => {
      await weigh(tx, id)
      await tx
        .sql<ExchangeTables>()
        .updateTable('commitment_request_instances')
        .set({ verdict: 'failed', reason: failureReason.processingFailure })
        .where('request', '=', id)
        .where('verdict', '=', 'pending')
        .execute()
      await closeIfDecided(tx, id)
    },
    find: id =>
      db
        .sql<ExchangeTables>()
        .selectFrom('commitment_requests')
        .selectAll()
        .where('id', '=', id)
        .executeTakeFirst(),
    report: async id => {
      const { transaction_uid } = await db
        .sql<ExchangeTables>()
        .selectFrom('commitment_requests')
        .select('transaction_uid')
        .where('id', '=', id)
        .executeTakeFirstOrThrow()
      const rows = await db
        .sql<ExchangeTables>()
        .selectFrom('commitment_request_instances')
        .selectAll()
        .where('request', '=', id)
        .orderBy('position')
        .execute()
      const named = rows.map(row => ({ ...row, sopClassUID: row.sop_class, sopInstanceUID: row.uid }))
      return {
        transactionUID: transaction_uid,
        committed: named
          .filter(({ verdict }) => verdict === 'committed')
          .map(({ sopClassUID, sopInstanceUID }) => ({ sopClassUID, sopInstanceUID })),
        failed: named
          .filter(({ verdict }) => verdict !== 'committed')
          .map(({ sopClassUID, sopInstanceUID, reason }) => ({
            sopClassUID,
            sopInstanceUID,
            reason: reason ?? failureReason.processingFailure,
          })),
      }
    },
    settled: async (tx, id, state, reason) => {
      const row = await tx
        .sql<ExchangeTables & { peers: { id: string; site: string } }>()
        .updateTable('commitment_requests')
        .set({ state, reason: reason?.slice(0, 500) ?? null, reported_at: clock.now() })
        .where('id', '=', id)
        .returning(['peer', 'transaction_uid'])
        .executeTakeFirstOrThrow()
      await journal.append(
        tx,
        {
          type: state === 'reported' ? 'commitment-reported' : 'commitment-undelivered',
          site: await siteOf(tx, row.peer),
          ids: { commitment: id, peer: row.peer },
          body: { transaction: row.transaction_uid, ...(await countsOf(tx, id)), reason },
        },
        { by: 'system', part: 'exchange' },
      )
    },
    follower: {
      name: 'exchange-commitment',
      types: ['study-sent', 'transfer-failed'],
      replay: true,
      handle: async (fact, tx) => {
        const open = await tx
          .sql<ExchangeTables & StudyTables>()
          .selectFrom('commitment_request_instances')
          .innerJoin('commitment_requests', 'commitment_requests.id', 'commitment_request_instances.request')
          .innerJoin('instances', 'instances.id', 'commitment_request_instances.instance')
          .select('commitment_requests.id')
          .distinct()
          .where('verdict', '=', 'pending')
          .where('commitment_requests.state', '=', 'open')
          .where('instances.study', '=', fact.ids['study'] ?? '')
          .execute()
        for (const { id } of open) {
          await weigh(tx, id)
          await closeIfDecided(tx, id)
        }
      },
    },
  }

  /** What is here of it, in the studies of the peer's own site: what another site holds is none of its business. */
  async function hereOf(word: CommitmentWord, site: string): Promise<Map<string, Here>> {
    const found = new Map<string, Here>()
    const uids = word.references.map(each => each.sopInstanceUID)
    for (let at = 0; at < uids.length; at += UIDS_AT_ONCE)
      for (const row of await db
        .sql<StudyTables & ObjectTables>()
        .selectFrom('instances')
        .innerJoin('studies', 'studies.id', 'instances.study')
        .innerJoin('objects', 'objects.name', 'instances.object')
        .select(['instances.id', 'instances.uid', 'instances.sop_class'])
        .select(['instances.withheld', 'instances.withdrawn'])
        .select(['objects.bucket', 'objects.name', 'objects.bytes'])
        .where('studies.site', '=', site)
        .where('instances.uid', 'in', uids.slice(at, at + UIDS_AT_ONCE))
        .execute())
        found.set(row.uid, row)
    return found
  }

  /** The file of the object is where its row says, whole. */
  async function lies({ bucket, name, bytes }: Here): Promise<boolean> {
    const file = await stat(objects.path({ bucket, name })).catch(() => undefined) // gone, or not to be read: no promise is made on it
    return file?.size === bytes
  }

  async function keep(
    tx: Tx,
    given: {
      word: CommitmentWord
      peer: Peer
      here: ReadonlyMap<string, Here>
      durable: ReadonlySet<number>
    },
  ): Promise<Omit<WordAnswer, 'id'>> {
    const { word, peer, here, durable } = given
    const sql = tx.sql<ExchangeTables>()
    const earlier = await sql
      .selectFrom('commitment_requests')
      .select('state')
      .where('peer', '=', peer.id)
      .where('transaction_uid', '=', word.transactionUID)
      .execute()
    // Asked again because our response was lost: it is one request, and its answer is on its way.
    if (earlier.some(({ state }) => state === 'open' || state === 'reporting'))
      return { status: dimseStatus.success }
    const { count } = await sql
      .selectFrom('commitment_requests')
      .select(eb => eb.fn.countAll<number>().as('count'))
      .where('peer', '=', peer.id)
      .where('state', 'in', ['open', 'reporting'])
      .executeTakeFirstOrThrow()
    if (count >= OPEN_MAX)
      return { status: dimseStatus.resourceLimitation, comment: `${OPEN_MAX} requests are open` }
    const id = ids.next('com')
    const mode = peer.commitment ?? 'relay'
    const now = clock.now()
    await sql
      .insertInto('commitment_requests')
      .values({
        id,
        peer: peer.id,
        transaction_uid: word.transactionUID,
        mode,
        state: 'open',
        association: word.association,
        received_at: now,
        due_at: now + relayMs,
        reported_at: null,
        reason: null,
      })
      .execute()
    for (const [position, { sopInstanceUID: uid, sopClassUID }] of word.references.entries()) {
      const row = here.get(uid)
      const verdict: Verdict =
        earlier.length > 0
          ? { verdict: 'failed', reason: failureReason.duplicateTransaction }
          : verdictOn(
              {
                sopClassUID,
                here: row && {
                  sopClassUID: row.sop_class,
                  durable: durable.has(row.id),
                  mayLeave: mayLeave({ withheld: row.withheld === 1, withdrawn: row.withdrawn !== null }),
                  destinations: [],
                },
              },
              mode,
            )
      await sql
        .insertInto('commitment_request_instances')
        .values({
          request: id,
          position,
          sop_class: sopClassUID,
          uid,
          instance: row?.id ?? null,
          verdict: verdict.verdict,
          reason: verdict.verdict === 'failed' ? verdict.reason : null,
        })
        .execute()
      if (verdict.verdict === 'committed' && mode === 'keeper' && row !== undefined)
        await sql
          .insertInto('holds')
          .values({ instance: row.id, request: id, since: now })
          .onConflict(conflict => conflict.doNothing())
          .execute()
    }
    await journal.append(
      tx,
      {
        type: 'commitment-requested',
        site: peer.site,
        ids: { commitment: id, peer: peer.id },
        body: { transaction: word.transactionUID, mode, ...(await countsOf(tx, id)) },
      },
      originOf(word, peer.site),
    )
    if (mode === 'relay') await weigh(tx, id)
    if (!(await closeIfDecided(tx, id)))
      await outbox.add(tx, {
        lane: 'timers',
        kind: 'commitment-relay-overdue',
        key: `commitment-relay-overdue:${id}`,
        body: { request: id },
        dueAt: now + relayMs,
        priority: priorities.background,
      })
    return { status: dimseStatus.success }
  }

  /** Looks at what the destinations have confirmed by now. */
  async function weigh(tx: Tx, id: string): Promise<void> {
    const sql = tx.sql<ExchangeTables & StudyTables>()
    const pending = await sql
      .selectFrom('commitment_request_instances')
      .innerJoin('instances', 'instances.id', 'commitment_request_instances.instance')
      .select(['position', 'instances.id', 'instances.study'])
      .select(['instances.withheld', 'instances.withdrawn'])
      .where('request', '=', id)
      .where('verdict', '=', 'pending')
      .execute()
    const confirmed = await sql
      .selectFrom('commitment_request_instances')
      .innerJoin('transfer_instances', 'transfer_instances.instance', 'commitment_request_instances.instance')
      .innerJoin('transfers', 'transfers.id', 'transfer_instances.transfer')
      .select(['transfer_instances.instance', 'transfers.peer'])
      .where('request', '=', id)
      .where('verdict', '=', 'pending')
      .where('transfer_instances.state', '=', 'confirmed')
      .execute()
    const there = new Set(confirmed.map(({ instance, peer }) => `${instance} ${peer}`))
    const wanted = new Map<string, string[]>()
    for (const { position, id: instance, study, withheld, withdrawn } of pending) {
      const peers = wanted.get(study) ?? (await destinationsOf(tx, study))
      wanted.set(study, peers)
      const sopClassUID = '' // compared when it was asked for
      const verdict = verdictOn(
        {
          sopClassUID,
          here: {
            sopClassUID,
            durable: true,
            mayLeave: mayLeave({ withheld: withheld === 1, withdrawn: withdrawn !== null }),
            destinations: peers.map(peer => ({ confirmed: there.has(`${instance} ${peer}`) })),
          },
        },
        'relay',
      )
      if (verdict.verdict === 'pending') continue
      await sql
        .updateTable('commitment_request_instances')
        .set({
          verdict: verdict.verdict,
          reason: verdict.verdict === 'failed' ? verdict.reason : null,
        })
        .where('request', '=', id)
        .where('position', '=', position)
        .execute()
    }
  }

  /**
   * Where the study's routes lead, whoever brought it there in the end. A settled study that no route sends anywhere
   * goes where people sent it.
   */
  async function destinationsOf(tx: Tx, study: string): Promise<string[]> {
    const sql = tx.sql<ExchangeTables & StudyTables>()
    const rows = await sql
      .selectFrom('transfers')
      .select(['peer', 'cause'])
      .where('study', '=', study)
      .where('state', '<>', 'cancelled')
      .execute()
    const routed = rows.filter(({ cause }) => !cause.includes(':'))
    if (routed.length > 0) return [...new Set(routed.map(({ peer }) => peer))]
    const arriving = await sql
      .selectFrom('arrivals')
      .select('id')
      .where('study', '=', study)
      .where('settled_at', 'is', null)
      .limit(1)
      .executeTakeFirst()
    if (arriving !== undefined) return []
    return [...new Set(rows.filter(({ cause }) => cause.startsWith('manual:')).map(({ peer }) => peer))]
  }

  /** Owes the answer as soon as there is one for every instance. */
  async function closeIfDecided(tx: Tx, id: string): Promise<boolean> {
    const sql = tx.sql<ExchangeTables>()
    const pending = await sql
      .selectFrom('commitment_request_instances')
      .select('position')
      .where('request', '=', id)
      .where('verdict', '=', 'pending')
      .limit(1)
      .executeTakeFirst()
    if (pending !== undefined) return false
    const row = await sql
      .updateTable('commitment_requests')
      .set({ state: 'reporting' })
      .where('id', '=', id)
      .where('state', '=', 'open')
      .returning('peer')
      .executeTakeFirst()
    if (row !== undefined)
      await outbox.add(tx, {
        lane: commitmentLane(row.peer),
        kind: 'report-commitment',
        key: `report-commitment:${id}`,
        body: { request: id },
      })
    return true
  }

  async function countsOf(tx: Tx, id: string): Promise<Record<string, number>> {
    const rows = await tx
      .sql<ExchangeTables>()
      .selectFrom('commitment_request_instances')
      .select(['verdict', eb => eb.fn.countAll<number>().as('count')])
      .where('request', '=', id)
      .groupBy('verdict')
      .execute()
    return Object.fromEntries(rows.map(({ verdict, count }) => [verdict, count]))
  }
}

async function siteOf(tx: Tx, peer: string): Promise<string | null> {
  const row = await tx
    .sql<{ peers: { id: string; site: string } }>()
    .selectFrom('peers')
    .select('site')
    .where('id', '=', peer)
    .executeTakeFirst()
  return row?.site ?? null
}
