import { type Clock, isoAt, msOf } from '../../clock.js'
import type { Database, Tx } from '../../database.js'
import { Failure, fail } from '../../errors.js'
import type { Acting } from '../../http/acting.js'
import type { Ids } from '../../ids.js'
import type { Origin } from '../../journal/facts.js'
import type { Journal } from '../../journal/journal.js'
import type { Handler } from '../../outbox/job.js'
import type { Outbox } from '../../outbox/outbox.js'
import type { RequestTables } from '../../requests/schema.js'
import type { DestructionView } from '../view.js'
import { type Certificate, certificatesIn, type SignedCertificate } from './certificate.js'
import { change, type Destroying, type Destruction, factOf } from './destroying.js'
import type { KeptAct } from './marks.js'
import type { Retention } from './retention.js'
import { stopsOf } from './rules.js'
import type { RetentionTables } from './schema.js'
import { STOP_WORDS } from './words.js'

export interface Destructions {
  /** Proposes it by name; `conflict` where something stands against it, or it is proposed already. */
  propose(
    who: Acting,
    act: KeptAct,
    asked: { what: Destruction['what']; reason: string },
    origin: Origin,
  ): Promise<DestructionView>
  /** By another person than proposed it; the deed itself is owed from then on. */
  confirm(who: Acting, id: string, origin: Origin): Promise<DestructionView>
  withdraw(who: Acting, id: string, reason: string, origin: Origin): Promise<DestructionView>
  one(id: string): Promise<Destruction | undefined>
  /** Newest first; of one site, or of all. */
  list(who: Acting, site?: string): Promise<DestructionView[]>
  /** The certificate of what was destroyed, signed; `missing` before. */
  certificate(id: string): Promise<{ filename: string; signed: SignedCertificate }>
  handler: Handler
  /** Owes again what was begun, and what certificates say that came back with older data. */
  start(): Promise<number>
  /** The same, done at once: a restore ends only when what was destroyed is. Gives how many. */
  replayNow(): Promise<number>
}

const LANE = 'archive'
const LIST_MAX = 500
const SYSTEM = { by: 'system', part: 'archive' } as const

export function openDestructions(parts: {
  db: Database
  clock: Clock
  ids: Ids
  journal: Journal
  outbox: Pick<Outbox, 'add'>
  retention: Retention
  destroying: Destroying
  certificateFolders: readonly string[]
}): Destructions {
  const { db, clock, ids, journal, outbox, retention, destroying } = parts
  const rows = () => db.sql<RetentionTables>().selectFrom('destructions')

  /** Throws where something stands against it today. */
  async function demandFree(act: string, what: Destruction['what']): Promise<void> {
    const view = (await retention.ofAct(act)) ?? fail('missing', 'There is no such thing.')
    const stops = stopsOf(view, what, retention.today())
    if (stops.length > 0)
      throw new Failure(
        'conflict',
        {
          fr: `Rien n’est détruit : ${stops.map(stop => STOP_WORDS[stop].fr).join(', ')}.`,
          en: `It may not be destroyed: ${stops.map(stop => STOP_WORDS[stop].en).join(', ')}.`,
        },
        stops.map(stop => ({ path: 'act', message: STOP_WORDS[stop].en, fr: STOP_WORDS[stop].fr })),
        undefined,
        { stops },
      )
  }

  const owe = (tx: Tx, { id, site }: Pick<Destruction, 'id' | 'site'>) =>
    outbox.add(tx, { lane: LANE, kind: 'destroy', key: `destroy ${id}`, body: { destruction: id }, site })

  async function proposed(id: string): Promise<Destruction> {
    const row = (await destroying.one(id)) ?? fail('missing', 'There is no such thing.')
    if (row.state !== 'proposed')
      fail('conflict', {
        fr: 'Quelqu’un a déjà confirmé ou retiré cette proposition.',
        en: 'Somebody has confirmed or withdrawn this proposal already.',
      })
    return row
  }

  /** What a certificate says was destroyed and is here again. */
  async function replay(tx: Tx, certificate: Certificate): Promise<string | undefined> {
    const { id, request, what, reference, site } = certificate
    const standing = await tx
      .sql<RetentionTables>()
      .selectFrom('destructions')
      .select(['id', 'state'])
      .where('request', '=', request)
      .where('what', '=', what)
      .where('state', '<>', 'withdrawn')
      .execute()
    // Begun here: it is gone on with. A proposal, also this very one as it once stood, waits for nobody any more.
    const isBegun = ({ id: row, state }: (typeof standing)[number]) =>
      state === 'executing' || state === 'done' || (state === 'confirmed' && row === id)
    if (standing.some(isBegun)) return undefined
    const act = await tx
      .sql<RequestTables>()
      .selectFrom('requests')
      .select('id')
      .where('id', '=', request)
      .where('reference', '=', reference)
      .executeTakeFirst()
    if (act === undefined) return undefined
    for (const row of standing)
      await change(tx, row.id, { state: 'withdrawn', note: `destroyed by certificate ${id}` })
    const again: Destruction = {
      ...{ id: ids.next('dst'), what, request, reference, site, state: 'confirmed' },
      reason: certificate.reason,
      proposed_at: msOf(certificate.proposedBy.at),
      proposed_by: id,
      proposed_name: certificate.proposedBy.name,
      proposed_role: certificate.proposedBy.role,
      confirmed_at: msOf(certificate.confirmedBy.at),
      confirmed_by: id,
      confirmed_name: certificate.confirmedBy.name,
      confirmed_role: certificate.confirmedBy.role,
      ...{ note: null, fact: null, done_at: null },
      certificate: JSON.stringify(certificate),
      replays: certificate.replays ?? id,
    }
    await tx.sql<RetentionTables>().insertInto('destructions').values(again).execute()
    await journal.append(
      tx,
      factOf('destruction-confirmed', again, { replays: again.replays ?? undefined }),
      SYSTEM,
    )
    await owe(tx, again)
    return again.id
  }

  /** Every destruction that is owed: begun, or said by a certificate of this journal that lies here. */
  async function owed(log: string | undefined): Promise<string[]> {
    const begun = await rows()
      .select(['id', 'site'])
      .where('state', 'in', ['confirmed', 'executing'])
      .execute()
    const found = begun.map(({ id }) => id)
    for (const row of begun) await db.write(tx => owe(tx, row))
    for (const folder of parts.certificateFolders)
      for (const { certificate } of certificatesIn(folder)) {
        if (certificate.log !== log) continue
        const id = await db.write(tx => replay(tx, certificate))
        if (id !== undefined) found.push(id)
      }
    return found
  }

  return {
    one: destroying.one,
    propose: async (who, act, { what, reason }, origin) => {
      await demandFree(act.id, what)
      const row: Destruction = {
        ...{ id: ids.next('dst'), what, request: act.id, reference: act.reference, site: act.site },
        ...{ state: 'proposed', reason, proposed_at: clock.now(), proposed_by: who.account.id },
        ...{ proposed_name: who.account.name, proposed_role: who.membership.role },
        ...{ confirmed_at: null, confirmed_by: null, confirmed_name: null, confirmed_role: null },
        ...{ note: null, fact: null, certificate: null, replays: null, done_at: null },
      }
      await db.write(async tx => {
        const standing = await tx
          .sql<RetentionTables>()
          .selectFrom('destructions')
          .select('id')
          .where('request', '=', act.id)
          .where('what', '=', what)
          .where('state', '<>', 'withdrawn')
          .executeTakeFirst()
        if (standing !== undefined)
          fail('conflict', {
            fr: 'Sa destruction est déjà proposée.',
            en: 'Its destruction is proposed already.',
          })
        await tx.sql<RetentionTables>().insertInto('destructions').values(row).execute()
        await journal.append(tx, factOf('destruction-proposed', row, { reason }), origin)
      })
      return viewOf(row, who)
    },
    confirm: async (who, id, origin) => {
      const row = await proposed(id)
      if (row.proposed_by === who.account.id)
        fail('conflict', {
          fr: 'C’est une seconde personne qui confirme ce qu’une première a proposé.',
          en: 'A second person confirms what one has proposed.',
        })
      await demandFree(row.request, row.what)
      const set = {
        state: 'confirmed' as const,
        confirmed_at: clock.now(),
        confirmed_by: who.account.id,
        confirmed_name: who.account.name,
        confirmed_role: who.membership.role,
      }
      await db.write(async tx => {
        await demandStill(tx, id, 'proposed')
        await change(tx, id, set)
        await journal.append(tx, factOf('destruction-confirmed', row), origin)
        await owe(tx, row)
      })
      return viewOf({ ...row, ...set }, who)
    },
    withdraw: async (who, id, reason, origin) => {
      const row = await proposed(id)
      const set = { state: 'withdrawn' as const, note: reason }
      await db.write(async tx => {
        await demandStill(tx, id, 'proposed')
        await change(tx, id, set)
        await journal.append(tx, factOf('destruction-withdrawn', row, { reason }), origin)
      })
      return viewOf({ ...row, ...set }, who)
    },
    list: async (who, site) => {
      let select = rows().selectAll().orderBy('id', 'desc').limit(LIST_MAX)
      if (site !== undefined) select = select.where('site', '=', site)
      return (await select.execute()).map(row => viewOf(row, who))
    },
    certificate: async id => {
      const row = await destroying.one(id)
      if (row?.certificate === undefined || row.certificate === null || row.fact === null)
        fail('missing', 'There is no certificate: nothing is destroyed yet.')
      return {
        filename: `relais-destruction-${id}.json`,
        signed: await destroying.signed(row.certificate),
      }
    },
    handler: {
      run: async ({ body }) => {
        try {
          await destroying.run(String(body['destruction']))
          return { result: 'done' }
        } catch (thrown) {
          // A volume that is missing or was changed: a person brings it back. Nothing is half destroyed.
          if (thrown instanceof Failure && thrown.code === 'unavailable')
            return { result: 'permanent', reason: thrown.message }
          if (thrown instanceof Failure && thrown.code === 'conflict')
            return { result: 'transient', reason: thrown.message }
          throw thrown
        }
      },
    },
    start: async () => (await owed(await destroying.log())).length,
    replayNow: async () => {
      const found = await owed(await destroying.log())
      for (const id of found) await destroying.run(id)
      return found.length
    },
  }
}

async function demandStill(tx: Tx, id: string, state: Destruction['state']): Promise<void> {
  const row = await tx
    .sql<RetentionTables>()
    .selectFrom('destructions')
    .select('state')
    .where('id', '=', id)
    .executeTakeFirstOrThrow()
  if (row.state !== state)
    fail('conflict', { fr: 'Quelqu’un a été plus rapide.', en: 'Somebody was quicker.' })
}

function viewOf(row: Destruction, who: Acting): DestructionView {
  return {
    id: row.id,
    what: row.what,
    reference: row.reference,
    site: row.site,
    state: row.state,
    reason: row.reason,
    proposedAt: isoAt(row.proposed_at),
    proposedBy: row.proposed_name,
    ...(row.confirmed_at === null
      ? {}
      : { confirmedAt: isoAt(row.confirmed_at), confirmedBy: row.confirmed_name ?? '' }),
    ...(row.note === null ? {} : { note: row.note }),
    ...(row.fact === null ? {} : { fact: row.fact }),
    ...(row.done_at === null ? {} : { doneAt: isoAt(row.done_at) }),
    ...(row.replays === null ? {} : { replays: row.replays }),
    own: row.proposed_by === who.account.id,
  }
}
