import type { RouteInput } from '../peers/view.js'

export type Route = RouteInput

/** What routes look at. */
export interface StudyTraits {
  site: string
  /** Who brought it. */
  source: string
  modalities: readonly string[]
  /** Peers that sent any of it: it never goes back there. */
  heldBy: readonly string[]
}

/** Why a route fires, or why not: in words a person checks it with. */
export interface Verdict {
  route: string
  to: string[]
  fires: boolean
  why: string
}

/** What each route says of a study, in order. */
export function verdicts(study: StudyTraits, routes: readonly Route[]): Verdict[] {
  return routes.map(route => {
    const against = objection(study, route)
    const to = against === undefined ? route.to.filter(peer => !study.heldBy.includes(peer)) : []
    return {
      route: route.id,
      to,
      fires: to.length > 0,
      why:
        against ??
        (to.length > 0 ? 'all its conditions hold' : 'its destinations are where the study came from'),
    }
  })
}

/** Where a study goes: each destination once, by the first route that names it. */
export function destinations(
  study: StudyTraits,
  routes: readonly Route[],
): { peer: string; route: string }[] {
  const chosen = new Map<string, string>()
  for (const verdict of verdicts(study, routes))
    for (const peer of verdict.to) if (!chosen.has(peer)) chosen.set(peer, verdict.route)
  return [...chosen].map(([peer, route]) => ({ peer, route }))
}

function objection(study: StudyTraits, { enabled, when }: Route): string | undefined {
  if (!enabled) return 'it is switched off'
  if (when.site !== undefined && when.site !== study.site)
    return `the study is of site ${study.site}, not ${when.site}`
  if (when.peer !== undefined && when.peer !== study.source)
    return `it came from ${study.source}, not ${when.peer}`
  if (when.modality !== undefined && !when.modality.some(modality => study.modalities.includes(modality)))
    return `its modality ${study.modalities.join(', ') || '(none)'} is not among ${when.modality.join(', ')}`
  return undefined
}
