import { priorities } from '../outbox/job.js'
import type { RouteConditions, RouteInput, RouteView } from '../peers/view.js'
import type { Urgency } from '../sites/view.js'
import { folded } from '../studies/identity.js'
import type { RouteCheck, RouteVerdict, RouteWithheld, TriedStudy } from './view.js'

export type Route = RouteInput

/** What routes look at. */
export interface StudyTraits extends TriedStudy {
  /** Peers that brought every image of it: it never goes back there. */
  heldBy: readonly string[]
  /** Peers that have said themselves that they hold all of it. */
  confirmedBy: readonly string[]
}

/** Sites and peers that are at rest. */
export interface Stopped {
  site(id: string): boolean
  peer(id: string): boolean
}

/** The routes as they fire now: none from a closed site, and none that leads to one. */
export function standingRoutes<T extends Route>(routes: readonly T[], stopped: Stopped): T[] {
  return routes.map(route => {
    const { site, peer } = route.when
    const to = route.to.filter(each => !stopped.peer(each))
    const rests =
      to.length === 0 ||
      (site !== undefined && stopped.site(site)) ||
      (peer !== undefined && stopped.peer(peer))
    return rests ? { ...route, enabled: false } : { ...route, to }
  })
}

/** What each route says of a study, in order: every condition with what was found, so that a person can check it. */
export function verdicts(study: StudyTraits, routes: readonly Route[]): RouteVerdict[] {
  const taken = new Map<string, string>()
  return routes.map(route => {
    const checks = checksOf(study, route.when)
    const meets = route.enabled && checks.every(({ holds }) => holds)
    const withheld = meets ? withheldFrom(study, route, taken) : []
    const to = meets ? [...new Set(route.to)].filter(peer => !withheld.some(each => each.peer === peer)) : []
    for (const peer of to) taken.set(peer, route.id)
    return { route: route.id, enabled: route.enabled, checks, fires: to.length > 0, to, withheld }
  })
}

/** Where a study goes: each destination once, by the first route that names it. */
export function destinations(
  study: StudyTraits,
  routes: readonly Route[],
): { peer: string; route: string }[] {
  return verdicts(study, routes).flatMap(({ to, route }) => to.map(peer => ({ peer, route })))
}

function withheldFrom(
  study: StudyTraits,
  { to }: Route,
  taken: ReadonlyMap<string, string>,
): RouteWithheld[] {
  return [...new Set(to)].flatMap((peer): RouteWithheld[] => {
    const earlier = taken.get(peer)
    if (study.heldBy.includes(peer)) return [{ peer, because: 'came-from-there' }]
    if (study.confirmedBy.includes(peer)) return [{ peer, because: 'already-there' }]
    return earlier === undefined ? [] : [{ peer, because: 'earlier-route', route: earlier }]
  })
}

function checksOf(study: StudyTraits, when: RouteConditions): RouteCheck[] {
  const checks: RouteCheck[] = []
  const check = (
    condition: RouteCheck['condition'],
    wanted: readonly string[] | undefined,
    found: readonly string[],
    matches: (wanted: string, found: string) => boolean = (a, b) => a === b,
  ) => {
    if (wanted === undefined) return
    const holds = wanted.some(one => found.some(other => matches(one, other)))
    checks.push({ condition, holds, wanted: [...wanted], found: [...found] })
  }
  check('site', when.site === undefined ? undefined : [when.site], [study.site])
  check('peer', when.peer === undefined ? undefined : [when.peer], study.sources)
  check('modality', when.modality, study.modalities)
  check('bodyPart', when.bodyPart, study.bodyParts, (a, b) => folded(a) === folded(b))
  check('description', when.description, study.descriptions, contains)
  check('urgency', when.urgency, study.urgency === undefined ? [] : [study.urgency])
  if (when.request !== undefined) {
    const { contract, reading } = when.request
    checks.push({
      condition: 'request',
      holds: study.requests.some(
        request =>
          (contract === undefined || request.contracts.includes(contract)) &&
          (reading === undefined || request.reading === reading),
      ),
      wanted: [contract, reading].filter(value => value !== undefined),
      found: [...new Set(study.requests.flatMap(request => [...request.contracts, request.reading]))],
    })
  }
  return checks
}

/** Every word asked for begins a word of the description; accents, case and punctuation apart. */
function contains(asked: string, description: string): boolean {
  const words = folded(description).split(' ')
  return folded(asked)
    .split(' ')
    .every(start => words.some(word => word.startsWith(start)))
}

/** How far a route's own priority moves a transfer among those of its urgency; never into another one. */
const ROUTE_STEP = { high: -4, normal: 0, low: 4 } as const

/** Smaller goes first. An emergency is before everything else, whatever a route says. */
export function priorityOf(urgency: string | null, route?: Pick<RouteView, 'priority'>): number {
  if (urgency === 'emergency') return priorities.emergency
  return (
    (urgency === 'urgent' ? priorities.urgent : priorities.normal) + ROUTE_STEP[route?.priority ?? 'normal']
  )
}

/** The urgency a place in the queue stands for. */
export function urgencyOf(priority: number): Urgency {
  if (priority < priorities.urgent + ROUTE_STEP.high) return 'emergency'
  return priority < priorities.normal + ROUTE_STEP.high ? 'urgent' : 'routine'
}
