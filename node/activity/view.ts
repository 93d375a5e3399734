/** What leaves the server about activity. Durations are milliseconds, days those of the node's time zone. */
import type { RequestKind, Urgency } from '../sites/view.js'

/** Each counted from the submission. `accepted`: with its protocol. `seen`: somebody has acknowledged the report. */
export type ActivityInterval = 'claimed' | 'accepted' | 'images' | 'reported' | 'seen'

export type ActivityBy =
  | 'site'
  | 'group'
  | 'radiologist'
  | 'modality'
  | 'kind'
  | 'urgency'
  | 'month'
  | 'day'
  | 'hour'

/** How long it took those it has happened to. */
export interface IntervalView {
  count: number
  medianMs: number
  p90Ms: number
}

export interface ActivityTotals {
  /** Requests sent in these days; what was entered in error does not count. */
  requests: number
  /** Of them, those with a signed report. */
  acts: number
  refused: number
  cancelled: number
  expired: number
  /** Of them, those entered after a downtime. */
  enteredLater: number
  intervals: Partial<Record<ActivityInterval, IntervalView>>
}

export interface ActivityRow extends ActivityTotals {
  /** Of the site, account, modality …; empty where nobody has it yet. */
  key: string
  label: string
}

/** GET /api/activity?from&to&by… */
export interface ActivityView {
  /** YYYY-MM-DD, both within. */
  from: string
  to: string
  timeZone: string
  by: ActivityBy
  total: ActivityTotals
  items: ActivityRow[]
  /** What each hour of the day asked for, and how long its reports took; all days together. */
  hours: { hour: number; requests: number; reported?: IntervalView }[]
  /** What the filters can be set to. */
  known: {
    sites: { id: string; name: string }[]
    groups: { id: string; name: string }[]
    radiologists: { id: string; name: string }[]
    modalities: string[]
  }
}

export interface ActivityFilters {
  site?: string
  group?: string
  radiologist?: string
  modality?: string
  kind?: RequestKind
  urgency?: Urgency
}
