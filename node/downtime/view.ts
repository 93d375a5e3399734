/** What leaves the server about the papers for a breakdown. Times are UTC, ISO 8601. */

/** Blank numbered forms, or who is on duty with the telephones. */
export type PaperKind = 'forms' | 'duty'

export interface PaperView {
  id: string
  site: string
  /** YYYY-MM-DD, on the wall of the site. */
  day: string
  kind: PaperKind
  /** Its name in the folder and as a download. */
  file: string
  bytes: number
  pages: number
  madeAt: string
  /** Of forms: their numbers, and how many of them were entered since. */
  numbers?: { first: string; last: string; count: number; entered: number }
}

/** GET /api/downtime */
export interface DowntimeView {
  items: PaperView[]
  /** When the next ones are made; absent where nothing is planned. */
  nextAt?: string
  keptDays: number
}
