import type { Kysely } from 'kysely'
import type { Tx } from '../database.js'
import { prepareRows } from '../database-prepared.js'
import type { Acting } from '../http/acting.js'
import type { Json } from '../journal/canonical.js'
import type { Origin } from '../journal/facts.js'
import type { Reader } from '../offsite/candidates.js'
import type { Handler, Outcome } from '../outbox/job.js'
import { armExpiry, LANE, PRIORITY } from './arming.js'
import { asOffered, type Dispatch, type Dispatched } from './dispatch.js'
import type { Given } from './lifecycle.js'
import { askedIn, isOpen, whyIn } from './offer.js'
import { about, timersOf } from './record.js'
import type { RequestsDeps } from './requests.js'
import type { RequestRecord, RequestTables } from './schema.js'
import type { Steps } from './steps.js'
import { wavesOf } from './waves.js'

const DISPATCH: Origin = { by: 'system', part: 'dispatch' }

/** A request that a thousand readers are asked about is a thousand of them. */
const insertOffers = prepareRows(
  [
    ...(['request', 'round', 'account', 'name', 'site', 'wave', 'position'] as const),
    ...(['offered_at', 'why', 'seen_at', 'outcome', 'ended_at', 'code', 'reason'] as const),
  ],
  (sql: Kysely<RequestTables>, rows: RequestTables['request_offers'][]) =>
    sql.insertInto('request_offers').values(rows),
)

/** How an offering begins. */
export interface Beginning {
  event: 'offer' | 'reroute' | 'release'
  origin: Origin
  given: Pick<Given, 'as'> & Partial<Given>
  language?: Acting['account']['language']
  found: Dispatched
  /** Only this reader is asked first: a coordinator named them. */
  named?: string | undefined
  /** Had it until now: is asked after everybody else. */
  last?: string | undefined
  body?: { [key: string]: Json | undefined }
}

/** Offers: one row for each reader who is asked, wave after wave, until somebody wins or it ends. */
export interface Offering {
  /** A new round: earlier offers lapse, the offer clock starts, the first wave is asked. */
  begin(tx: Tx, record: RequestRecord, beginning: Beginning): Promise<RequestRecord>
  /** Submitted, and nobody could be asked: a coordinator has until then to choose. */
  unasked(tx: Tx, record: RequestRecord): Promise<void>
  /** Of a reader of this round; where it was the last of those who were asked, the next wave is asked at once. */
  declined(
    tx: Tx,
    record: RequestRecord,
    decline: { account: string; code: string; reason: string; found: Dispatched },
  ): Promise<void>
  /** The reader has it before their eyes. Again changes nothing. */
  seen(tx: Tx, record: RequestRecord, account: string, origin: Origin): Promise<void>
  /** The outbox's: asks the next wave when it is due. */
  wave(job: { request: string; round: number; wave: number }): Promise<Outcome>
}

export function openOffering(
  deps: Pick<RequestsDeps, 'db' | 'clock' | 'journal' | 'outbox'>,
  steps: Steps,
  dispatch: Dispatch,
): Offering {
  const { db, clock, journal, outbox } = deps

  const begin: Offering['begin'] = async (tx, record, beginning) => {
    const { found, named, last, event } = beginning
    const group = found.group
    const waves = wavesOf(record.kind, record.urgency, found.ladder)
    const readers = (group?.readers ?? []).map(reader =>
      reader.account === named
        ? { ...reader, why: [...(reader.why ?? []), { code: 'named' as const }] }
        : reader,
    )
    const round = record.offer_round + 1
    // What was asked of the site before it moved on waits for nobody any more.
    if (record.state === 'info-requested')
      await tx
        .sql<RequestTables>()
        .updateTable('request_asks')
        .set({ answered_at: clock.now() })
        .where('request', '=', record.id)
        .where('answered_at', 'is', null)
        .execute()
    const first =
      named === undefined
        ? askedIn(0, readers, { waves: waves.count, asked: new Set(), last })
        : readers.filter(({ account }) => account === named)
    const now = clock.now()
    const after = await steps.step(tx, record, {
      event,
      origin: beginning.origin,
      given: { ...beginning.given, candidates: first.length },
      ...(beginning.language === undefined ? {} : { language: beginning.language }),
      changes: {
        offered_at: now,
        claimed_at: null,
        accepted_at: null,
        offer_round: round,
        offer_wave: 0,
        offer_waves: waves.count,
        wave_ms: waves.everyMs,
        had_by: last ?? null,
        ...(group === undefined
          ? {}
          : { reading_site: group.site, terms: JSON.stringify(found.timers ?? {}) }),
      },
      body: {
        ...beginning.body,
        round,
        wave: 0,
        waves: waves.count,
        readers: await ask(tx, record.id, { round, wave: 0, readers: first, last }),
        ...(group === undefined ? {} : { to: group.site, contract: group.contract }),
        why: found.why as unknown as Json[],
      },
    })
    // After the fact: the group it is taken from is told that it is gone.
    if (group !== undefined) await steps.makeParty(tx, record.id, group.site)
    if (first.length === 0) await end(tx, after, 'nobody-left')
    else await schedule(tx, after, 1, now + waves.everyMs)
    return after
  }

  /** Writes their offers down; gives what the fact says of them. */
  async function ask(
    tx: Tx,
    request: string,
    wave: { round: number; wave: number; readers: readonly Reader[]; last: string | undefined },
  ): Promise<Json[]> {
    const asked: Json[] = []
    const offers = wave.readers.map((reader, position) => {
      const why = whyIn(wave.wave, reader, reader.account === wave.last)
      const { account, name, site } = reader
      asked.push({ account, name, why: why as unknown as Json[] })
      return {
        request,
        round: wave.round,
        account,
        name,
        site,
        wave: wave.wave,
        position,
        offered_at: clock.now(),
        why: JSON.stringify(why),
        seen_at: null,
        outcome: 'offered' as const,
        ended_at: null,
        code: null,
        reason: null,
      }
    })
    await insertOffers(tx.sql<RequestTables>(), offers)
    return asked
  }

  const schedule = (tx: Tx, record: RequestRecord, wave: number, at: number) =>
    outbox.add(tx, {
      lane: LANE,
      kind: 'request-wave',
      key: `wave:${record.id}:${record.offer_round}:${wave}`,
      body: { request: record.id, round: record.offer_round, wave, at },
      dueAt: at,
      priority: PRIORITY[record.urgency],
      site: record.site,
    })

  const offersOf = (tx: Tx, record: RequestRecord) =>
    tx
      .sql<RequestTables>()
      .selectFrom('request_offers')
      .select(['account', 'outcome'])
      .where('request', '=', record.id)
      .where('round', '=', record.offer_round)
      .execute()

  /** The wave after the newest one, or the end of all waves. */
  async function next(
    tx: Tx,
    record: RequestRecord,
    found: Dispatched,
    cause: 'unanswered' | 'all-declined',
  ): Promise<void> {
    const offers = await offersOf(tx, record)
    const anyOpen = offers.some(isOpen)
    const asked = new Set(offers.map(({ account }) => account))
    const readers = found.group?.readers ?? []
    let wave = record.offer_wave + 1
    let asking: Reader[] = []
    // A wave that would ask nobody anew and has nobody left to ring again is none.
    for (; wave < record.offer_waves; wave++) {
      asking = askedIn(wave, readers, { waves: record.offer_waves, asked, last: record.had_by ?? undefined })
      if (asking.length > 0 || anyOpen) break
    }
    if (wave >= record.offer_waves) return end(tx, record, anyOpen ? cause : 'all-declined')
    await tx
      .sql<RequestTables>()
      .updateTable('requests')
      .set({ offer_wave: wave })
      .where('id', '=', record.id)
      .execute()
    const now = clock.now()
    await journal.append(
      tx,
      {
        type: 'request-wave-opened',
        site: record.site,
        ids: { request: record.id },
        body: {
          ...about(record),
          round: record.offer_round,
          wave,
          waves: record.offer_waves,
          cause,
          readers: await ask(tx, record.id, {
            round: record.offer_round,
            wave,
            readers: asking,
            last: record.had_by ?? undefined,
          }),
        },
      },
      DISPATCH,
    )
    // A wave that was asked early leaves the next one its time; one that was late takes none from it.
    const everyMs = record.wave_ms ?? 0
    const planned = (record.offered_at ?? now) + (wave + 1) * everyMs
    await schedule(tx, record, wave + 1, Math.min(planned, now + everyMs))
  }

  /** Every wave failed: a coordinator has to find somebody. */
  async function end(
    tx: Tx,
    record: RequestRecord,
    cause: 'unanswered' | 'all-declined' | 'nobody-left',
  ): Promise<void> {
    await tx
      .sql<RequestTables>()
      .updateTable('requests')
      .set({ offer_wave: record.offer_waves })
      .where('id', '=', record.id)
      .execute()
    const offers = await offersOf(tx, record)
    await armExpiry(outbox, tx, record, clock.now())
    await journal.append(
      tx,
      {
        type: 'request-waves-ended',
        site: record.site,
        ids: { request: record.id },
        body: {
          ...about(record),
          round: record.offer_round,
          waves: record.offer_waves,
          cause,
          offered: offers.length,
          declined: offers.filter(({ outcome }) => outcome === 'declined').length,
        },
      },
      DISPATCH,
    )
  }

  /** Where the offering this is about still runs, and has not gone further. */
  const runs = (record: RequestRecord, { round, wave }: { round: number; wave: number }) =>
    record.state === 'offered' && record.offer_round === round && record.offer_wave < wave

  return {
    begin,
    unasked: (tx, record) => armExpiry(outbox, tx, record, clock.now() + timersOf(record).claimMs),
    declined: async (tx, record, { account, code, reason, found }) => {
      await tx
        .sql<RequestTables>()
        .updateTable('request_offers')
        .set({ outcome: 'declined', ended_at: clock.now(), code, reason })
        .where('request', '=', record.id)
        .where('round', '=', record.offer_round)
        .where('account', '=', account)
        .execute()
      const offers = await offersOf(tx, record)
      if (!offers.some(isOpen) && record.offer_wave < record.offer_waves)
        await next(tx, record, found, 'all-declined')
    },
    seen: async (tx, record, account, origin) => {
      const seen = await tx
        .sql<RequestTables>()
        .updateTable('request_offers')
        .set({ outcome: 'seen', seen_at: clock.now() })
        .where('request', '=', record.id)
        .where('round', '=', record.offer_round)
        .where('account', '=', account)
        .where('outcome', '=', 'offered')
        .executeTakeFirst()
      if (seen.numUpdatedRows === 0n) return
      await journal.append(
        tx,
        {
          type: 'request-offer-seen',
          site: record.site,
          ids: { request: record.id },
          body: { ...about(record), round: record.offer_round, account },
        },
        origin,
      )
    },
    wave: async job => {
      const record = await db
        .sql<RequestTables>()
        .selectFrom('requests')
        .selectAll()
        .where('id', '=', job.request)
        .executeTakeFirstOrThrow()
      if (!runs(record, job)) return { result: 'done' }
      // Asked anew: somebody may have come on duty, or gone.
      const found = await dispatch(asOffered(record))
      return {
        result: 'done',
        settle: async tx => {
          const now = await steps.byId(tx, job.request)
          if (runs(now, job)) await next(tx, now, found, 'unanswered')
        },
      }
    },
  }
}

/** A timer that somebody made run early waits for its own time. */
export const timerHandler = (
  now: () => number,
  run: (body: { [key: string]: Json | undefined }) => Promise<Outcome>,
): Handler => ({
  run: async ({ body }) => {
    const at = Number(body['at'])
    return now() < at ? { result: 'later', dueAt: at } : run(body)
  },
})
