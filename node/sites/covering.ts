import { regionsIn } from '../body-regions.js'
import { openIn } from '../spans.js'
import { timeOf, wallAt } from '../zone.js'
import type { ContractView, RequestKind, Urgency } from './view.js'

/** What decides whether a contract covers a request. */
export interface AskedOf {
  modality: string
  /** As people write it; absent where nobody said. */
  region?: string | undefined
  kind: RequestKind
  urgency: Urgency
}

export interface Objection {
  code:
    | 'not-started'
    | 'begins-later'
    | 'ended'
    | 'modality-not-covered'
    | 'kind-not-covered'
    | 'urgency-not-covered'
    | 'region-not-covered'
    | 'outside-hours'
  /** What is not covered, or when: `YYYY-MM-DD`, `YYYY-MM-DD HH:MM`, as the wall of the contract says it. */
  value?: string
}

const WEEKS_AHEAD_MS = 2 * 7 * 24 * 3_600_000

/**
 * Why a contract does not cover a request at this moment (UTC milliseconds); undefined where it does. Hours hold for
 * what cannot wait: a routine request is read in the next ones.
 */
export function objectionTo(
  contract: ContractView,
  asked: AskedOf,
  at: { now: number; timeZone: string },
): Objection | undefined {
  const timeZone = contract.timeZone ?? at.timeZone
  const today = wallAt(at.now, timeZone).date
  if (contract.prepared === true) return { code: 'not-started' }
  if (contract.from !== undefined && today < contract.from)
    return { code: 'begins-later', value: contract.from }
  if (contract.until !== undefined && today > contract.until) return { code: 'ended', value: contract.until }
  if (!contract.modalities.includes(asked.modality))
    return { code: 'modality-not-covered', value: asked.modality }
  if (!contract.kinds.includes(asked.kind)) return { code: 'kind-not-covered', value: asked.kind }
  if (!contract.urgencies.includes(asked.urgency))
    return { code: 'urgency-not-covered', value: asked.urgency }
  if (asked.region !== undefined && !names(contract.regions, asked.region))
    return { code: 'region-not-covered', value: asked.region }
  if (asked.urgency === 'routine') return undefined
  const [next] = openIn(contract, { from: at.now, to: at.now + WEEKS_AHEAD_MS }, timeZone)
  if (next?.from === at.now) return undefined
  return { code: 'outside-hours', ...(next === undefined ? {} : { value: wallText(next.from, timeZone) }) }
}

/** Whether one of these regions is the asked one, whatever words it is written in; no regions: every one is. */
export function names(regions: readonly string[] | undefined, asked: string): boolean {
  if (regions === undefined || regions.length === 0) return true
  const known = new Set(regionsIn(asked).map(({ id }) => id))
  return regions.some(
    region =>
      region.toLowerCase().trim() === asked.toLowerCase().trim() ||
      regionsIn(region).some(({ id }) => known.has(id)),
  )
}

/** The competences that a reader of this request has to have. */
export function competencesFor(contract: ContractView, asked: AskedOf): string[] {
  const needed = (contract.competences ?? []).filter(
    ({ modalities, regions }) =>
      (modalities === undefined || modalities.includes(asked.modality)) &&
      (asked.region === undefined ? regions === undefined : names(regions, asked.region)),
  )
  return [...new Set(needed.map(({ competence }) => competence))]
}

/** `YYYY-MM-DD HH:MM` on the wall of a place. */
export function wallText(ms: number, timeZone: string): string {
  const { date, minute } = wallAt(ms, timeZone)
  return `${date} ${timeOf(minute)}`
}
