import type { Clock } from '../clock.js'
import type { Database, Tx } from '../database.js'
import { failureReasonText, type Reference } from '../dicom/network/commitment.js'
import { dimseStatus } from '../dicom/network/status.js'
import type { Ids } from '../ids.js'
import type { Origin } from '../journal/facts.js'
import type { Journal } from '../journal/journal.js'
import { priorities } from '../outbox/job.js'
import type { Outbox } from '../outbox/outbox.js'
import type { CommitmentWord, WordAnswer } from '../peers/wire.js'
import type { StudyTables } from '../studies/schema.js'
import { remedyFor } from './commitment-rules.js'
import type { ExchangeTables } from './schema.js'
import { recount } from './transfer-instances.js'
import type { Transfers } from './transfers.js'

export type Commitment = ExchangeTables['commitments']

/** Where the instances of a transfer stand that its destination has acknowledged and not confirmed. */
export interface Standing {
  /** transfer_instances.id: the destination was not asked since they were last sent. */
  unasked: number[]
  /** It was asked, and may still answer in time. */
  awaited: number
}

/** What destinations of ours are asked to commit themselves to (PS3.4 J.3), and what they say. */
export interface Commitments {
  standing(transfer: string): Promise<Standing>
  /** Owes the questions, in the transaction that says that all was sent. */
  ask(tx: Tx, transfer: { id: string; peer: string }, instances: readonly number[]): Promise<void>
  find(transactionUID: string): Promise<Commitment | undefined>
  references(transactionUID: string): Promise<Reference[]>
  /** The destination has taken the question. */
  asked(tx: Tx, transactionUID: string): Promise<void>
  /** No answer will come, or none came in time: the transfer goes on with C-FIND. */
  givenUp(tx: Tx, transactionUID: string, state: 'refused' | 'overdue', reason: string): Promise<void>
  /** Why the last question of a transfer came to nothing; undefined where it did not. */
  givenUpBecause(transfer: string): Promise<string | undefined>
  /** Keeps a destination's word. Gives the status of the N-EVENT-REPORT-RSP: only the one that was asked is heard, once. */
  answered(word: CommitmentWord, site: string): Promise<Omit<WordAnswer, 'id'>>
}

/** Instances of one transaction: a failure costs little, and every PACS takes so many. */
const INSTANCES_PER_TRANSACTION = 1000
/** What was not committed for a passing reason is sent again after this. */
const AGAIN_MS = 60_000

/** Lane of everything said to a peer about commitment: it never waits behind images. */
export const commitmentLane = (peer: string) => `commit:${peer}`

export function openCommitments(options: {
  db: Database
  clock: Clock
  ids: Ids
  journal: Journal
  outbox: Outbox
  transfers: Transfers
  /** How long an answer is waited for. */
  answerMs: number
}): Commitments {
  const { db, clock, ids, journal, outbox, transfers, answerMs } = options

  return {
    standing: async transfer => {
      const rows = await db
        .sql<ExchangeTables & StudyTables>()
        .selectFrom('transfer_instances')
        .leftJoin('commitment_instances', join =>
          join
            .onRef('commitment_instances.transfer_instance', '=', 'transfer_instances.id')
            .on('commitment_instances.outcome', 'in', ['asked', 'silent']),
        )
        .innerJoin('instances', 'instances.id', 'transfer_instances.instance')
        .select(['transfer_instances.id', 'outcome'])
        .where('transfer', '=', transfer)
        .where('state', '=', 'sent')
        .where('withdrawn', 'is', null)
        .execute()
      return {
        unasked: rows.filter(row => row.outcome === null).map(row => row.id),
        awaited: rows.filter(row => row.outcome === 'asked').length,
      }
    },
    ask: async (tx, { id: transfer, peer }, instances) => {
      const sql = tx.sql<ExchangeTables>()
      const now = clock.now()
      const until = now + answerMs
      let job = ''
      for (let at = 0; at < instances.length; at += INSTANCES_PER_TRANSACTION) {
        const transaction_uid = ids.uid()
        await sql
          .insertInto('commitments')
          .values({
            transaction_uid,
            transfer,
            peer,
            state: 'asking',
            asked_at: now,
            due_at: until,
            answered_at: null,
            reason: null,
          })
          .execute()
        for (const transfer_instance of instances.slice(at, at + INSTANCES_PER_TRANSACTION))
          await sql
            .insertInto('commitment_instances')
            .values({ transaction_uid, transfer_instance, outcome: 'asked', reason: null })
            .execute()
        const body = { transaction: transaction_uid }
        await outbox.add(tx, {
          lane: commitmentLane(peer),
          kind: 'ask-commitment',
          key: `ask-commitment:${transaction_uid}`,
          body,
        })
        job = await outbox.add(tx, {
          lane: 'timers',
          kind: 'commitment-overdue',
          key: `commitment-overdue:${transaction_uid}`,
          body,
          dueAt: until,
          priority: priorities.background,
        })
      }
      await transfers.awaits(tx, transfer, {
        reason: `All was acknowledged; ${peer} was asked to commit itself to it.`,
        until,
        job,
      })
    },
    find,
    references: transactionUID =>
      db
        .sql<ExchangeTables & StudyTables>()
        .selectFrom('commitment_instances')
        .innerJoin('transfer_instances', 'transfer_instances.id', 'commitment_instances.transfer_instance')
        .innerJoin('instances', 'instances.id', 'transfer_instances.instance')
        .select(['instances.uid as sopInstanceUID', 'instances.sop_class as sopClassUID'])
        .where('transaction_uid', '=', transactionUID)
        .orderBy('transfer_instance')
        .execute(),
    asked: async (tx, transactionUID) => {
      await tx
        .sql<ExchangeTables>()
        .updateTable('commitments')
        .set({ state: 'asked' })
        .where('transaction_uid', '=', transactionUID)
        .where('state', '=', 'asking')
        .execute()
    },
    givenUp: async (tx, transactionUID, state, reason) => {
      const sql = tx.sql<ExchangeTables>()
      const row = await sql
        .updateTable('commitments')
        .set({ state, reason: reason.slice(0, 500) })
        .where('transaction_uid', '=', transactionUID)
        .where('state', 'in', ['asking', 'asked'])
        .returning(['transfer', 'peer'])
        .executeTakeFirst()
      // The answer came first.
      if (row === undefined) return
      await sql
        .updateTable('commitment_instances')
        .set({ outcome: 'silent' })
        .where('transaction_uid', '=', transactionUID)
        .where('outcome', '=', 'asked')
        .execute()
      const { site, study } = await placeOf(tx, row.transfer)
      await journal.append(
        tx,
        {
          type: 'commitment-given-up',
          site,
          ids: { transfer: row.transfer, study, peer: row.peer },
          body: { transaction: transactionUID, state, reason },
        },
        { by: 'system', part: 'exchange' },
      )
      await goOn(tx, row.transfer)
    },
    givenUpBecause: async transfer =>
      (
        await db
          .sql<ExchangeTables>()
          .selectFrom('commitments')
          .select('reason')
          .where('transfer', '=', transfer)
          .where('state', 'in', ['refused', 'overdue'])
          .orderBy('asked_at', 'desc')
          .limit(1)
          .executeTakeFirst()
      )?.reason ?? undefined,
    answered: (word, site) => db.write(tx => answered(tx, word, site)),
  }

  function find(transactionUID: string) {
    return db
      .sql<ExchangeTables>()
      .selectFrom('commitments')
      .selectAll()
      .where('transaction_uid', '=', transactionUID)
      .executeTakeFirst()
  }

  function placeOf(tx: Tx, transfer: string) {
    return tx
      .sql<ExchangeTables & StudyTables>()
      .selectFrom('transfers')
      .innerJoin('studies', 'studies.id', 'transfers.study')
      .select(['studies.site', 'transfers.study', 'transfers.state', 'transfers.settled_at'])
      .where('transfers.id', '=', transfer)
      .executeTakeFirstOrThrow()
  }

  async function answered(tx: Tx, word: CommitmentWord, site: string): Promise<Omit<WordAnswer, 'id'>> {
    const sql = tx.sql<ExchangeTables>()
    const origin = originOf(word, site)
    const row = await sql
      .selectFrom('commitments')
      .selectAll()
      .where('transaction_uid', '=', word.transactionUID)
      .executeTakeFirst()
    const against =
      row === undefined
        ? 'unknown transaction'
        : row.peer !== word.peer
          ? 'another peer was asked'
          : row.answered_at !== null
            ? 'answered before'
            : undefined
    if (row === undefined || against !== undefined) {
      await journal.append(
        tx,
        {
          type: 'commitment-answer-refused',
          site,
          ids: { peer: word.peer },
          body: { transaction: word.transactionUID, reason: against },
        },
        origin,
      )
      // Invalid argument value (PS3.7 C.5.15). Whose transaction it is, is nobody else's business.
      const comment = against === 'answered before' ? against : 'unknown transaction'
      return { status: dimseStatus.invalidArgument, comment }
    }
    const counts = await keepOutcomes(tx, word)
    await sql
      .updateTable('commitments')
      .set({ state: 'answered', answered_at: clock.now() })
      .where('transaction_uid', '=', word.transactionUID)
      .execute()
    const place = await placeOf(tx, row.transfer)
    await journal.append(
      tx,
      {
        type: 'commitment-answered',
        site: place.site,
        ids: { transfer: row.transfer, study: place.study, peer: row.peer },
        body: { transaction: word.transactionUID, ...counts, late: row.state === 'overdue' },
      },
      origin,
    )
    await goOn(tx, row.transfer)
    return { status: dimseStatus.success }
  }

  /** Instance by instance; what was not asked for does not count, and what is not named stays unsaid. */
  async function keepOutcomes(tx: Tx, word: CommitmentWord) {
    const sql = tx.sql<ExchangeTables & StudyTables>()
    const asked = await sql
      .selectFrom('commitment_instances')
      .innerJoin('transfer_instances', 'transfer_instances.id', 'commitment_instances.transfer_instance')
      .innerJoin('instances', 'instances.id', 'transfer_instances.instance')
      .select(['transfer_instances.id', 'transfer_instances.state', 'instances.uid', 'instances.sop_class'])
      .where('transaction_uid', '=', word.transactionUID)
      .where('outcome', 'in', ['asked', 'silent'])
      .execute()
    const committed = new Map(word.references.map(each => [each.sopInstanceUID, each.sopClassUID]))
    const failed = new Map(word.failed.map(each => [each.sopInstanceUID, each.reason]))
    const counts = { committed: 0, failed: 0, unsaid: 0 }
    for (const { id, uid, sop_class, state } of asked) {
      const reason = failed.get(uid)
      const outcome =
        reason !== undefined ? 'failed' : committed.get(uid) === sop_class ? 'committed' : 'silent'
      const failuresBefore =
        outcome === 'failed'
          ? Number(
              (
                await sql
                  .selectFrom('commitment_instances')
                  .select(eb => eb.fn.countAll<number>().as('count'))
                  .where('transfer_instance', '=', id)
                  .where('outcome', '=', 'failed')
                  .executeTakeFirstOrThrow()
              ).count,
            )
          : 0
      await sql
        .updateTable('commitment_instances')
        .set({ outcome, reason: reason ?? null })
        .where('transaction_uid', '=', word.transactionUID)
        .where('transfer_instance', '=', id)
        .execute()
      if (outcome === 'silent') counts.unsaid++
      else counts[outcome]++
      // Sent anew since it was asked for: a later question tells.
      if (outcome === 'silent' || state === 'waiting') continue
      await sql
        .updateTable('transfer_instances')
        .set(
          reason === undefined
            ? { state: 'confirmed', reason: null }
            : {
                state: remedyFor(reason, failuresBefore) === 'person' ? 'failed' : 'waiting',
                reason: `not committed: ${failureReasonText(reason)}`,
              },
        )
        .where('id', '=', id)
        .execute()
    }
    return counts
  }

  /** Brings the transfer where its instances stand now. */
  async function goOn(tx: Tx, transfer: string): Promise<void> {
    await recount(tx, transfer)
    const sql = tx.sql<ExchangeTables & StudyTables>()
    const { state, settled_at } = await placeOf(tx, transfer)
    // What is under way finds out by itself at its end; what was given up stays so.
    if (state === 'queued' || state === 'moving' || state === 'cancelled') return
    const instances = await sql
      .selectFrom('transfer_instances')
      .innerJoin('instances', 'instances.id', 'transfer_instances.instance')
      .select(['transfer_instances.id', 'state', 'reason'])
      .where('transfer', '=', transfer)
      .where('withdrawn', 'is', null)
      .execute()
    const awaited = await sql
      .selectFrom('commitment_instances')
      .innerJoin('commitments', 'commitments.transaction_uid', 'commitment_instances.transaction_uid')
      .select('transfer_instance')
      .where('transfer', '=', transfer)
      .where('outcome', '=', 'asked')
      .limit(1)
      .executeTakeFirst()
    const of = (wanted: string) => instances.filter(instance => instance.state === wanted)
    if (of('waiting').length > 0) return transfers.goOn(tx, transfer, clock.now() + AGAIN_MS)
    if (awaited !== undefined) return
    const [refused] = of('failed')
    if (refused !== undefined) {
      if (state === 'failed') return
      const reason = `${of('failed').length} instances were refused: ${refused.reason ?? 'no reason given'}`
      return transfers.settle(tx, transfer, { state: 'failed', reason })
    }
    if (of('sent').length > 0) return transfers.goOn(tx, transfer, clock.now())
    // A late word on what C-FIND had confirmed already is no second arrival.
    if (state === 'confirmed' && settled_at !== null) return
    return transfers.settle(tx, transfer, { state: 'confirmed' })
  }
}

export function originOf(word: CommitmentWord, site: string): Origin {
  const { peer, callingAETitle, address } = word
  return { by: 'peer', peer, site, callingAETitle, address }
}
