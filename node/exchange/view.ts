import type { RouteConditions } from '../peers/view.js'
import type { StudySearchView } from '../studies/view.js'

/** What a PACS said of a study when it was asked for, for screens until it is here. */
export interface WantedStudy {
  PatientID?: string
  PatientName?: string
  PatientBirthDate?: string
  StudyDate?: string
  StudyDescription?: string
  AccessionNumber?: string
  ModalitiesInStudy?: string[]
}

/** GET /api/retrievals → ListView<RetrievalRow>; one row is one study (or series) wanted from one PACS. */
export interface RetrievalRow {
  id: string
  StudyInstanceUID: string
  SeriesInstanceUID?: string
  peer: string
  site: string
  siteName: string
  cause: 'manual' | 'prior' | 'request'
  state:
    | 'queued'
    | 'moving'
    | 'complete'
    | 'incomplete'
    | 'nothing'
    | 'refused'
    | 'no-answer'
    | 'failed'
    | 'cancelled'
  /** Why it waits or ended, as a code: no-answer, refused, nothing, no-right … */
  trouble?: string
  /** The exact technical detail. */
  reason?: string
  wanted: Omit<WantedStudy, 'PatientID' | 'PatientBirthDate' | 'AccessionNumber'>
  /** `listed`: what the PACS says there is; absent where it does not say. */
  instances: { here: number; listed?: number; completed: number; failed: number; warning: number }
  /** Where it goes on to. */
  to: { peer: string; transfer?: string; refusal?: string }[]
  attempts: number
  queuedAt: string
  settledAt?: string
  retryAt?: string
  may: ('retry' | 'cancel')[]
}

/** POST /api/searches, GET /api/searches/:id: what several PACS have answered so far. */
export interface SearchView {
  id: string
  /** True when every PACS has answered or given up. */
  done: boolean
  peers: {
    peer: string
    outcome: 'asking' | 'answered' | 'nothing' | 'refused' | 'no-answer' | 'given-up'
    /** There is more than was taken. */
    cut?: boolean
    reason?: string
    ms: number
  }[]
  items: StudySearchView['items']
}

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

/** GET /api/flows: what moves now between a peer and this node. */
export interface FlowView {
  peer: string
  direction: 'in' | 'out'
  studies: number
  /** `of` where it is known how many there will be. */
  instances: { moved: number; of?: number }
  bytesPerSecond?: number
}
