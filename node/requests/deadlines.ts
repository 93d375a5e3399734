import type { Tx } from '../database.js'
import type { Origin } from '../journal/facts.js'
import type { Handler, Outcome } from '../outbox/job.js'
import { asOffered, type Dispatch } from './dispatch.js'
import { type Offering, timerHandler } from './offering.js'
import { about, momentsIn, timersOf } from './record.js'
import type { RequestsDeps } from './requests.js'
import type { RequestRecord, RequestTables } from './schema.js'
import type { Steps } from './steps.js'
import { silenceOf } from './timers.js'

const SYSTEM: Origin = { by: 'system', part: 'requests' }

/** What happens to a request by the time alone. Every timer is a row of the outbox, and asks again when it is due. */
export interface Deadlines {
  /** The outbox's: nobody was found in time, and it is no emergency. */
  expire(job: { request: string; round: number }): Promise<Outcome>
  /** The outbox's: a holder who does nothing is rung, then it is offered to others. */
  silence(job: { request: string; claim: string; stage: 'ring' | 'reoffer' }): Promise<Outcome>
}

export function openDeadlines(
  { db, clock, journal }: Pick<RequestsDeps, 'db' | 'clock' | 'journal'>,
  { steps, offering, dispatch }: { steps: Steps; offering: Offering; dispatch: Dispatch },
): Deadlines {
  const stored = (id: string) =>
    db.sql<RequestTables>().selectFrom('requests').selectAll().where('id', '=', id).executeTakeFirstOrThrow()

  /** Nobody was asked, or everybody in vain. */
  const failed = (record: RequestRecord, round: number) =>
    record.offer_round === round &&
    (record.state === 'submitted' || (record.state === 'offered' && record.offer_wave >= record.offer_waves))

  async function ladderLog(tx: Tx, record: RequestRecord) {
    const offers = await tx
      .sql<RequestTables>()
      .selectFrom('request_offers')
      .select(['outcome', 'seen_at'])
      .where('request', '=', record.id)
      .execute()
    return {
      rounds: record.offer_round,
      waves: record.offer_waves,
      offered: offers.length,
      seen: offers.filter(({ seen_at }) => seen_at !== null).length,
      declined: offers.filter(({ outcome }) => outcome === 'declined').length,
    }
  }

  const silentSince = (record: RequestRecord) =>
    silenceOf(record.state, record.urgency, timersOf(record), momentsIn(record))

  return {
    expire: async ({ request, round }) => ({
      result: 'done',
      settle: async tx => {
        const record = await steps.byId(tx, request)
        if (!failed(record, round) || record.urgency === 'emergency') return
        const log = await ladderLog(tx, record)
        await steps.step(tx, record, {
          event: 'expire',
          origin: SYSTEM,
          given: { as: ['system'] },
          body: log,
        })
      },
    }),
    silence: async ({ request, claim, stage }) => {
      const known = await stored(request)
      const at = silentSince(known)
      if (known.claim !== claim || at === undefined) return { result: 'done' }
      const dueAt = stage === 'ring' ? at.ringAt : at.reofferAt
      // Images came later than was thought: so does this.
      if (dueAt > clock.now()) return { result: 'later', dueAt }
      const found = stage === 'ring' ? undefined : await dispatch(asOffered(known))
      return {
        result: 'done',
        settle: async tx => {
          const record = await steps.byId(tx, request)
          if (record.claim !== claim || silentSince(record) === undefined) return
          if (found === undefined) {
            await journal.append(
              tx,
              {
                type: 'request-holder-silent',
                site: record.site,
                ids: { request: record.id, claim },
                body: about(record),
              },
              SYSTEM,
            )
            return
          }
          const others = (found.group?.readers ?? []).some(({ account }) => account !== record.holder)
          // Nobody else could take it: who has it keeps it, and the coordinators were told.
          if (!others) return
          await offering.begin(tx, record, {
            event: 'reroute',
            origin: SYSTEM,
            given: { as: ['system'], reason: 'silent-holder' },
            found,
            last: record.holder ?? undefined,
            body: { cause: 'silent-holder', had: record.holder ?? undefined },
          })
        },
      }
    },
  }
}

/** The outbox's handlers of what is due by the time alone, by kind of job. */
export const timers = (
  { now }: Pick<RequestsDeps['clock'], 'now'>,
  deadlines: Deadlines,
  offering: Pick<Offering, 'wave'>,
): Readonly<Record<string, Handler>> => ({
  'request-expiry': timerHandler(now, ({ request, round }) =>
    deadlines.expire({ request: String(request), round: Number(round) }),
  ),
  'request-silence': timerHandler(now, ({ request, claim, stage }) =>
    deadlines.silence({
      request: String(request),
      claim: String(claim),
      stage: stage === 'ring' ? 'ring' : 'reoffer',
    }),
  ),
  'request-wave': timerHandler(now, ({ request, round, wave }) =>
    offering.wave({ request: String(request), round: Number(round), wave: Number(wave) }),
  ),
})
