import type { RouteConditions } from '../peers/view.js'

/** One condition of a route, beside what the study has. */
export interface RouteCheck {
  condition: keyof RouteConditions
  holds: boolean
  wanted: string[]
  found: string[]
}

/** What one route says of a study. */
export interface RouteVerdict {
  route: string
  enabled: boolean
  /** Only the conditions the route has. */
  checks: RouteCheck[]
  fires: boolean
  /** Where it sends the study. */
  to: string[]
  /** Destinations it names and does not send to. */
  withheld: RouteWithheld[]
}

export interface RouteWithheld {
  peer: string
  /** It brought all of it, has confirmed all of it, or an earlier route sends it there. */
  because: 'came-from-there' | 'already-there' | 'earlier-route'
  route?: string
}

/** What routes look at, as far as it is known. */
export interface TriedStudy {
  site: string
  /** Who brought it. */
  sources: string[]
  modalities: string[]
  bodyParts: string[]
  /** Of the study and its series. */
  descriptions: string[]
  urgency?: string
  requests: { reading: string; contracts: string[] }[]
}

/** POST /api/routes/trial, GET /api/routes/trial/:uid: which routes would fire. Nothing is sent, nothing is kept. */
export interface RouteTrialView {
  study: TriedStudy
  verdicts: (RouteVerdict & {
    /** Absent where it has no hours: it sends at once. */
    opensAt?: string
  })[]
}
