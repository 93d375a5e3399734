import { isoAt } from '../clock.js'
import type { Acting } from '../http/acting.js'
import type { StoredFact } from '../journal/facts.js'
import { explain, type Reason } from '../offsite/candidates.js'
import type { RequestRecord, RequestTables } from './schema.js'
import type { DeclineCode, OfferView, RequestView } from './view.js'

type Row = RequestTables['request_offers']

/** Who declined, and why, is told to nobody but a coordinator and the auditor of the journal. */
const seesDeclines = ({ membership: { role } }: Acting) => role === 'coordinator' || role === 'auditor'

/** The offers of a request as this person may see them: to colleagues a decline looks like an offer not taken. */
export function offerViews(
  rows: readonly Row[],
  record: RequestRecord,
  who: Acting,
  nameOf: (site: string) => string,
): Pick<RequestView, 'offers' | 'waves'> {
  const offers = rows.map(row => offerView(row, record, who, nameOf))
  if (record.offer_round === 0) return { offers }
  return {
    offers,
    waves: {
      wave: Math.min(record.offer_wave + 1, record.offer_waves),
      of: record.offer_waves,
      ended: record.offer_wave >= record.offer_waves,
    },
  }
}

function offerView(
  row: Row,
  record: RequestRecord,
  who: Acting,
  nameOf: (site: string) => string,
): OfferView {
  const declined = row.outcome === 'declined'
  const shown = !declined || seesDeclines(who) || row.account === who.account.id
  const runs = record.state === 'offered' && record.offer_round === row.round
  return {
    account: row.account,
    name: row.name,
    round: row.round,
    wave: row.wave + 1,
    offeredAt: isoAt(row.offered_at),
    why: (JSON.parse(row.why) as Reason[])
      .map(reason => explain(reason, who.account.language, nameOf))
      .join(' '),
    outcome: shown ? row.outcome : runs ? (row.seen_at === null ? 'offered' : 'seen') : 'lapsed',
    ...(row.seen_at === null ? {} : { seenAt: isoAt(row.seen_at) }),
    ...(row.ended_at === null || !shown ? {} : { endedAt: isoAt(row.ended_at) }),
    ...(declined && shown
      ? {
          decline: {
            code: row.code as DeclineCode,
            ...(row.reason === null || row.reason === '' ? {} : { reason: row.reason }),
          },
        }
      : {}),
  }
}

/** The facts of an act this person is told of. */
export const toldTo = (facts: readonly StoredFact[], who: Acting): StoredFact[] =>
  facts.filter(
    ({ type, origin }) =>
      type !== 'request-declined' ||
      seesDeclines(who) ||
      (origin?.by === 'account' && origin.account === who.account.id),
  )
