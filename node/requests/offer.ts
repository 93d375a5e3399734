import type { Json } from '../journal/canonical.js'
import type { Reader, Reason } from '../offsite/candidates.js'
import type { OfferOutcome } from './view.js'

/** One reader who is, or was, asked. Each offering is a round: what was offered before it counts no more. */
export interface Offer {
  round: number
  account: string
  /** From 0. */
  wave: number
  outcome: OfferOutcome
}

/** Still to be answered: its reader may claim. */
export const isOpen = ({ outcome }: Pick<Offer, 'outcome'>) => outcome === 'offered' || outcome === 'seen'

/** The last of an offering’s waves leaves nobody out. */
const isLastWave = (wave: number, waves: number) => wave >= waves - 1

/**
 * Whom wave `n` of an offering asks besides those who were asked before: everybody whom dispatch places in it or
 * before it; where that is nobody, the next ones in its order; in the last wave all who are left. `last` had it and
 * gave it back or fell silent: they are asked after all others. Empty = the same people are asked again.
 */
export function askedIn(
  wave: number,
  readers: readonly Reader[],
  offering: { waves: number; asked: ReadonlySet<string>; last?: string | undefined },
): Reader[] {
  const placed = readers
    .filter(({ account }) => !offering.asked.has(account))
    .map(reader => ({ reader, wave: reader.account === offering.last ? offering.waves : (reader.wave ?? 0) }))
  if (isLastWave(wave, offering.waves)) return placed.map(({ reader }) => reader)
  const upTo = Math.max(wave, Math.min(...placed.map(one => one.wave)))
  return placed.filter(one => one.wave <= upTo).map(({ reader }) => reader)
}

/** What is said of a reader who is asked in this wave, besides what dispatch says of them. */
export function whyIn(wave: number, { why = [] }: Reader, had: boolean): Reason[] {
  return [
    ...why,
    ...(had ? [{ code: 'had-it' as const }] : []),
    ...(wave === 0 ? [] : [{ code: 'nobody-claimed' as const, value: String(wave) }]),
  ]
}

interface Recorded {
  type: string
  body: { [key: string]: Json | undefined } | null
}

const BEGINS = new Set(['request-offered', 'request-rerouted', 'request-released'])
const ENDS = new Set([
  'request-refused',
  'request-cancelled',
  'request-expired',
  'request-outcome-recorded',
  'request-entered-in-error',
])

/**
 * The offers that recorded facts lead to. Undefined where they do not say: an offering from before offers were kept
 * one by one, or one whose entries were lawfully erased.
 */
export function offersAfter(facts: Iterable<Recorded>): Offer[] | undefined {
  let offers: Offer[] | undefined = []
  for (const { type, body } of facts) {
    if (BEGINS.has(type)) {
      if (typeof body?.['round'] !== 'number') {
        offers = undefined
        continue
      }
      offers = [...lapsed(offers ?? []), ...added(body, body['round'])]
    } else if (offers === undefined) continue
    else if (type === 'request-wave-opened') {
      if (body === null) offers = undefined
      else offers.push(...added(body, Number(body['round'])))
    } else if (type === 'request-offer-seen') change(offers, textIn(body, 'account'), 'seen')
    else if (type === 'request-declined') change(offers, textIn(body, 'account'), 'declined')
    else if (type === 'request-claimed') {
      const claim = body?.['claim']
      const holder = typeof claim === 'object' && claim !== null && 'holder' in claim ? claim.holder : ''
      change(offers, String(holder), 'won')
      offers = lapsed(offers)
    } else if (ENDS.has(type)) offers = lapsed(offers)
  }
  return offers
}

const textIn = (body: Recorded['body'], key: string) => String(body?.[key] ?? '')

const lapsed = (offers: readonly Offer[]): Offer[] =>
  offers.map(offer => (isOpen(offer) ? { ...offer, outcome: 'lapsed' } : offer))

function change(offers: Offer[], account: string, outcome: OfferOutcome): void {
  const offer = offers.findLast(one => one.account === account && isOpen(one))
  if (offer !== undefined) offer.outcome = outcome
}

function added(body: NonNullable<Recorded['body']>, round: number): Offer[] {
  const readers = Array.isArray(body['readers']) ? body['readers'] : []
  return readers.map(reader => ({
    round,
    account: String((reader as { account: string }).account),
    wave: Number(body['wave'] ?? 0),
    outcome: 'offered',
  }))
}
