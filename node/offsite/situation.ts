import type { GroupView } from '../sites/view.js'
import type { Span } from '../spans.js'
import type { PresenceState, ShiftKind } from './view.js'

/** A shift as dispatch sees it: who reads where, from when to when. */
export interface Duty extends Span {
  account: string
  /** The reading group. */
  site: string
  kind: ShiftKind
}

/** What a reader can do, as their group says. */
export interface Profile {
  account: string
  site: string
  /** Words of the contracts. */
  competences: readonly string[]
  /** None: not said, which excludes nobody. */
  languages: readonly ('fr' | 'en')[]
}

/** All that dispatch looks at besides the request, the contracts and the readers; times are UTC milliseconds. */
export interface Situation {
  now: number
  /** Of a group that names none: IANA. */
  timeZone: string
  zones: ReadonlyMap<string, string>
  /** Groups that have a roster at all: the others are asked as a whole. */
  rostered: ReadonlySet<string>
  /** The shifts that run now, and those that come. */
  duties: readonly Duty[]
  absences: readonly (Span & { account: string })[]
  profiles: readonly Profile[]
  /** Requests in hand, by account. */
  load: ReadonlyMap<string, number>
  presence: ReadonlyMap<string, PresenceState>
  /** Of sites that work together. */
  groups: readonly GroupView[]
}

/** A node on which nobody said anything of who reads when. */
export function plainSituation(now: number, timeZone: string): Situation {
  return {
    now,
    timeZone,
    zones: new Map(),
    rostered: new Set(),
    duties: [],
    absences: [],
    profiles: [],
    load: new Map(),
    presence: new Map(),
    groups: [],
  }
}

export function zoneOf(group: string, { zones, timeZone }: Pick<Situation, 'zones' | 'timeZone'>): string {
  return zones.get(group) ?? timeZone
}
