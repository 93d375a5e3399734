import { allows, relationsOf, type Standing } from '../accounts/permissions.js'
import type { Action } from '../accounts/view.js'
import type { Acting } from '../http/acting.js'
import type { Capacity, RequestEvent } from './lifecycle.js'
import type { RequestRecord } from './schema.js'

/** What decides about a person's place in one request, besides the request itself. */
export interface Placement {
  /** Reading groups it was offered to; `until` is set when it was taken from them. */
  parties: readonly { site: string; until: number | null; ended_by: number | null }[]
  /** Accounts it is offered to now, less those who declined. */
  offered: ReadonlySet<string>
  /** The account it is being handed over to. */
  successor?: string | undefined
}

/** The action of the permission table that each event is. */
const ACTION_OF: Partial<Record<RequestEvent, Action>> = {
  submit: 'request.submit',
  offer: 'request.offer',
  decline: 'request.decline',
  claim: 'request.claim',
  accept: 'request.accept',
  refuse: 'request.refuse',
  'acknowledge-refusal': 'request.acknowledge-refusal',
  release: 'request.release',
  reroute: 'request.offer',
  'hand-over': 'request.hand-over',
  'take-over': 'request.claim',
  ask: 'request.ask',
  answer: 'request.answer',
  'await-exam': 'request.answer',
  'exam-done': 'request.answer',
  start: 'request.start',
  cancel: 'request.cancel',
  'record-outcome': 'request.cancel',
  'ask-error': 'request.enter-in-error',
  'decline-error': 'request.enter-in-error',
  'enter-in-error': 'request.enter-in-error',
}

/** The rows of the permission table that events are. */
export const eventActions: readonly Action[] = [...new Set(Object.values(ACTION_OF))]

/** Whose a request is: now, and until when it was others'. */
export function standingOf(record: RequestRecord, placement: Placement): Standing {
  return {
    site: record.site,
    parties: placement.parties.filter(({ until }) => until === null).map(({ site }) => site),
    former: placement.parties.flatMap(({ site, until, ended_by }) =>
      until === null ? [] : [{ site, until, seq: ended_by ?? 0 }],
    ),
  }
}

/** Where the person's site only took part until then: what it may see ends there. */
export function endOfPart(who: Acting, standing: Standing): { until: number; seq: number } | undefined {
  return relationsOf(who, standing).every(relation => relation === 'former')
    ? standing.former?.find(({ site }) => site === who.membership.site)
    : undefined
}

/** True when the permission table lets this person send the event to a request of this standing. */
export function maySend(who: Acting, event: RequestEvent, standing: Standing): boolean {
  const action = ACTION_OF[event]
  return action !== undefined && allows(who, action, standing)
}

/** In what capacities the person acts on this request, under the membership they have chosen. */
export function capacitiesOf(who: Acting, record: RequestRecord, placement: Placement): Capacity[] {
  const { role, site } = who.membership
  const relations = relationsOf(who, standingOf(record, placement))
  const capacities: Capacity[] = []
  if (relations.includes('own') && (role === 'referrer' || role === 'technician')) capacities.push('site')
  if (role === 'coordinator' && (relations.includes('own') || relations.includes('party')))
    capacities.push('coordinator')
  if (role !== 'radiologist' || !relations.includes('party')) return capacities
  if (record.holder === who.account.id && record.reading_site === site) capacities.push('holder')
  if (!placement.parties.some(party => party.site === site && party.until === null)) return capacities
  capacities.push('reader')
  if (placement.offered.has(who.account.id)) capacities.push('offered')
  if (placement.successor === who.account.id) capacities.push('successor')
  return capacities
}
