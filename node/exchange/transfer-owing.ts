import type { Kysely } from 'kysely'
import type { Clock } from '../clock.js'
import type { Tx } from '../database.js'
import { prepare } from '../database-prepared.js'
import type { Ids } from '../ids.js'
import type { Origin } from '../journal/facts.js'
import type { Journal } from '../journal/journal.js'
import type { ObjectTables } from '../objects/schema.js'
import type { StudyTables } from '../studies/schema.js'
import type { ExchangeTables } from './schema.js'

export interface ToOwe {
  study: string
  site: string
  peer: string
  /** A route's id, `report:<id>`, `manual:<account>`. */
  cause: string
  priority: number
  instances: readonly number[]
}

/** What became of it: the transfer, or why nothing is owed. */
export type Owed =
  | { transfer: string }
  | { transfer: undefined; because: 'came-from-there' | 'already-there' | 'under-way' | 'given-up' | 'empty' }

type Tables = ExchangeTables & StudyTables & ObjectTables

/**
 * Owes instances to a peer: a new transfer, or more of the same one. Left out is what the peer brought itself, what
 * it has confirmed or acknowledged, and what another transfer is already taking there, whatever route or person
 * asked for that. A person may send again what was refused, given up, or acknowledged and never confirmed.
 */
export async function oweInstances(
  tx: Tx,
  owed: ToOwe,
  origin: Origin,
  house: { clock: Clock; ids: Ids; journal: Journal; arm: Arm },
): Promise<Owed> {
  const sql = tx.sql<Tables>()
  const known = await sql
    .selectFrom('transfers')
    .selectAll()
    .where('study', '=', owed.study)
    .where('peer', '=', owed.peer)
    .where('cause', '=', owed.cause)
    .executeTakeFirst()
  const byPerson = owed.cause.startsWith('manual:')
  // A person gave it up: it comes back only by a person.
  if (known?.state === 'cancelled' && !byPerson) return { transfer: undefined, because: 'given-up' }
  const id = known?.id ?? house.ids.next('tra')
  const { fresh, again, because } = await whatIsMissing(tx, owed, { own: known?.id, byPerson })
  if (fresh.length === 0 && again.length === 0) return { transfer: undefined, because }

  const generation = (known?.generation ?? 0) + 1
  const { priority } = owed
  if (known === undefined)
    await sql
      .insertInto('transfers')
      .values({
        id,
        study: owed.study,
        peer: owed.peer,
        cause: owed.cause,
        state: 'queued',
        priority,
        generation,
        job: null,
        total: 0,
        sent: 0,
        failed: 0,
        confirmed: 0,
        converted: 0,
        unlisted: 0,
        bytes_total: 0,
        bytes_sent: 0,
        attempts: 0,
        queued_at: house.clock.now(),
        started_at: null,
        settled_at: null,
        retry_at: null,
        reason: null,
      })
      .execute()
  for (const { id: instance } of fresh) await oweInstance(sql, { transfer: id, instance })
  for (const { id: instance } of again)
    await sql
      .updateTable('transfer_instances')
      .set({ state: 'waiting' })
      .where('transfer', '=', id)
      .where('instance', '=', instance)
      .execute()
  const bytes = [...fresh, ...again].reduce((sum, image) => sum + image.bytes, 0)
  await sql
    .updateTable('transfers')
    .set(eb => ({
      total: eb('total', '+', fresh.length),
      bytes_total: eb('bytes_total', '+', bytes),
      generation,
      priority,
      state: 'queued',
      unlisted: 0,
      settled_at: null,
      retry_at: null,
      reason: null,
    }))
    .where('id', '=', id)
    .execute()
  await house.arm(tx, { id, peer: owed.peer, priority, generation }, owed.site)
  await house.journal.append(
    tx,
    {
      type: 'transfer-queued',
      site: owed.site,
      ids: { transfer: id, study: owed.study, peer: owed.peer },
      body: { cause: owed.cause, instances: fresh.length + again.length, bytes },
    },
    origin,
  )
  return { transfer: id }
}

// Run for every image of a study in one transaction.
const oweInstance = prepare({ transfer: '', instance: 0 }, (sql: Kysely<Tables>, owed) =>
  sql
    .insertInto('transfer_instances')
    .values({ ...owed, state: 'waiting', status: null, reason: null, sent_as: null }),
)

/** Makes the job that sends a transfer. */
export type Arm = (
  tx: Tx,
  transfer: Pick<ExchangeTables['transfers'], 'id' | 'peer' | 'priority' | 'generation'>,
  site: string,
  /** Now unless told. */
  dueAt?: number,
) => Promise<void>

interface Image {
  id: number
  uid: string
  bytes: number
}

async function whatIsMissing(
  tx: Tx,
  { study, peer, instances }: ToOwe,
  { own, byPerson }: { own: string | undefined; byPerson: boolean },
): Promise<{
  fresh: Image[]
  again: Image[]
  because: Exclude<Owed, { transfer: string }>['because']
}> {
  const sql = tx.sql<Tables>()
  // The same study may stand here for two sites: what the peer brought to the one is not sent to it for the other.
  const twins = (
    await sql
      .selectFrom('studies')
      .select('id')
      .where('uid', '=', eb => eb.selectFrom('studies').select('uid').where('id', '=', study))
      .execute()
  ).map(twin => twin.id)
  const brought = await sql
    .selectFrom('instances')
    .innerJoin('arrivals', 'arrivals.id', 'instances.arrival')
    .leftJoin('instance_copies', join =>
      join.onRef('instance_copies.instance', '=', 'instances.id').on('instance_copies.source', '=', peer),
    )
    .select('instances.uid')
    .where('instances.study', 'in', twins)
    .where(eb => eb.or([eb('arrivals.source', '=', peer), eb('instance_copies.source', '=', peer)]))
    .execute()
  const sent = await sql
    .selectFrom('transfer_instances')
    .innerJoin('transfers', 'transfers.id', 'transfer_instances.transfer')
    .innerJoin('instances', 'instances.id', 'transfer_instances.instance')
    .select([
      'transfers.id as transfer',
      'transfers.state as whole',
      'transfer_instances.state',
      'instances.uid',
    ])
    .where('transfers.peer', '=', peer)
    .where('transfers.study', 'in', twins)
    .execute()
  const wanted = await sql
    .selectFrom('instances')
    .innerJoin('objects', 'objects.name', 'instances.object')
    .select(['instances.id', 'instances.uid', 'objects.bytes'])
    .where('instances.study', '=', study)
    .execute()

  const uids = (rows: readonly { uid: string }[]) => new Set(rows.map(({ uid }) => uid))
  const from = uids(brought)
  const there = uids(sent.filter(({ state }) => state === 'confirmed' || (state === 'sent' && !byPerson)))
  const moving = uids(
    sent.filter(
      ({ state, whole, transfer }) =>
        state === 'waiting' && whole !== 'cancelled' && (whole !== 'failed' || transfer !== own),
    ),
  )
  const mine = new Map(sent.filter(({ transfer }) => transfer === own).map(row => [row.uid, row.state]))
  const asked = new Set(instances)
  const images = wanted.filter(({ id }) => asked.has(id))
  const missing = images.filter(({ uid }) => !from.has(uid) && !there.has(uid) && !moving.has(uid))
  return {
    fresh: missing.filter(({ uid }) => !mine.has(uid)),
    // What was refused waits for a person's word, and this may be it.
    again: byPerson ? missing.filter(({ uid }) => mine.has(uid)) : [],
    because: images.some(({ uid }) => moving.has(uid))
      ? 'under-way'
      : images.some(({ uid }) => there.has(uid))
        ? 'already-there'
        : images.some(({ uid }) => from.has(uid))
          ? 'came-from-there'
          : 'empty',
  }
}
