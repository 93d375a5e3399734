import type { RetrievalRow, SearchView } from '../exchange/view.js'

/** Why an earlier study is worth comparing, strongest first: codes with words on screen. */
export type PriorReason =
  | { code: 'same-region' | 'near-region'; region: string }
  | { code: 'same-modality' | 'comparable-modality'; modality: string }
  | { code: 'same-side' | 'other-side' }
  | { code: 'recent' | 'old'; months: number }

export interface PriorView {
  StudyInstanceUID: string
  peer: string
  StudyDate: string
  StudyDescription: string
  ModalitiesInStudy: string[]
  instances?: number
  score: number
  why: PriorReason[]
  /** Fetched by itself: among the best ones. */
  chosen: boolean
  /** Images of it are at hand. */
  here: boolean
  retrieval?: RetrievalRow
}

/** GET /api/requests/:id/priors */
export interface PriorsView {
  state: 'never' | 'searching' | 'done'
  searchedAt?: string
  /** "Nothing there" and "did not answer" stay apart. */
  peers: SearchView['peers']
  /** Best first. */
  items: PriorView[]
  may: ('search' | 'fetch')[]
}
