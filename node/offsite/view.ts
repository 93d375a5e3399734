/** What leaves the server about who reads when. Times are UTC, ISO 8601; dates and hours those of the group's wall. */

/** On-site reads at once; on-call is rung when those do not answer, second-line after them. */
export type ShiftKind = 'on-site' | 'on-call' | 'second-line'

export type PresenceState = 'reading' | 'online' | 'away' | 'offline'

export interface SpanView {
  from: string
  to: string
}

/** Taken by the reader's own action, with a trial of their alarm. */
export interface DutyView {
  takenAt: string
  /** When the alarm was heard, and where; absent: not yet. */
  heardAt?: string
  heardBy?: string
}

export interface ShiftView extends SpanView {
  id: string
  site: string
  account: string
  name: string
  kind: ShiftKind
  /** Where the reader is called during it. */
  telephone?: string
  /** Repeated with others; one of them can be changed alone. */
  pattern?: string
  duty?: DutyView
  revision: string
}

export interface AbsenceView extends SpanView {
  id: string
  account: string
  name: string
  reason?: string
}

export type SwapState = 'proposed' | 'accepted' | 'declined' | 'withdrawn'

export interface SwapView {
  id: string
  state: SwapState
  shift: ShiftView
  /** Taken over in exchange. */
  exchange?: ShiftView
  by: { account: string; name: string }
  to: { account: string; name: string }
  text?: string
  at: string
}

export interface RosterReaderView {
  account: string
  name: string
  telephone?: string
  competences: string[]
  languages: ('fr' | 'en')[]
  presence: PresenceState
  awayUntil?: string
}

/** Of a duty: the reader has heard their alarm since they took it, has not yet, or has not taken it. */
export type DutyAlarm = 'heard' | 'unheard' | 'untaken'

/** What does not go together: two shifts of one person at once, a shift while absent, or while without a role there. */
export interface RosterConflict extends SpanView {
  kind: 'overlap' | 'absent' | 'no-role'
  account: string
  shifts: string[]
}

/** Hours that contracts cover and nobody reads in. */
export interface RosterHole extends SpanView {
  contracts: string[]
}

/** A day of the wall, and when it begins: 23 to 25 hours before the next. */
export interface DayView {
  date: string
  from: string
}

/** When a contract runs, and when nobody of its group reads then. */
export interface CoverageView extends SpanView {
  timeZone: string
  days: DayView[]
  open: SpanView[]
  holes: SpanView[]
}

export interface RosterView extends SpanView {
  site: string
  siteName: string
  timeZone: string
  days: DayView[]
  readers: RosterReaderView[]
  shifts: ShiftView[]
  absences: AbsenceView[]
  /** Proposed and not yet answered. */
  swaps: SwapView[]
  conflicts: RosterConflict[]
  holes: RosterHole[]
  /** When the last shift ends. */
  endsAt?: string
}

/** A reader's own: what comes, and what is asked of them. */
export interface OwnRosterView {
  groups: {
    site: string
    siteName: string
    timeZone: string
    colleagues: { account: string; name: string }[]
  }[]
  shifts: ShiftView[]
  absences: (AbsenceView & { site: string })[]
  swaps: SwapView[]
  awayUntil?: string
}

/** Who would read such a request now, with the number to call. */
export interface OnDutyView {
  groups: {
    site: string
    siteName: string
    timeZone: string
    contract: string
    /** First those who are told first. */
    readers: {
      name: string
      kind: ShiftKind
      telephone?: string
      until: string
      presence: PresenceState
      taken: boolean
    }[]
    /** Where nobody is on duty: when the next shift begins. */
    next?: string
    /** The number that a person telephones when nobody answers. */
    lastRung?: string
    /** The group has no roster: all its radiologists are told. */
    everybody: boolean
  }[]
  /** Of the groups with a contract that are not asked: why, in words. */
  why: string[]
}

/** What a new shift is made of. */
export interface NewShift {
  site: string
  account: string
  kind: ShiftKind
  /** YYYY-MM-DD and HH:MM; `to` at or before `from` is on the next day. */
  date: string
  from: string
  to: string
  telephone?: string
  /** The same every week on these days until this date. */
  repeat?: { days: Weekday[]; until: string; everyWeeks?: number }
}

type Weekday = 'mon' | 'tue' | 'wed' | 'thu' | 'fri' | 'sat' | 'sun'

/** GET /api/sites/:id/closing: what closing it stops, and what keeps it from being closed. */
export interface SiteClosingView {
  /** PACS and modalities that bring and are asked for nothing more, and routes that rest, by id. */
  peers: string[]
  routes: string[]
  /** Contracts that run with it, by id. */
  contracts: string[]
  /** Acts under way that it asked for or reads, and images on their way to or from it. */
  acts: number
  transfers: number
}
