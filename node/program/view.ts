/** What leaves the server about several domains at once. Times are UTC ISO 8601. */
import type { AlertKind } from '../notifications/view.js'
import type { DutyAlarm, PresenceState, ShiftKind } from '../offsite/view.js'
import type { RequestKind, RequestRow, RequestState, Urgency } from '../requests/view.js'

export interface BoardCard {
  id: string
  reference: string
  state: RequestState
  kind: RequestKind
  urgency: Urgency
  modality: string
  siteName: string
  /** The group that is asked or reads. */
  group?: string
  groupName?: string
  holder?: { id: string; name: string }
  due?: RequestRow['due']
  /** While it is offered: the wave that is asked, and when the next one is. */
  wave?: { wave: number; of: number; nextAt?: string }
  /** The ladder that runs for it: when the next rung fires, and whether a person is to telephone then. */
  rung?: { kind: AlertKind; nextAt?: string; call: boolean }
  /** The event by which the coordinator gives it to others now. */
  by?: 'offer' | 'reroute'
}

/** Open acts of one reader or one site. */
export interface BoardColumn {
  /** Of the account or site; empty: nobody has them. */
  key: string
  label: string
  total: number
  late: number
  /** Due within a quarter of an hour. */
  near: number
  /** Of a reader. */
  group?: string
  presence?: PresenceState
  /** `until` lies before now where the shift ended and something is still open. */
  duty?: { kind: ShiftKind; until: string; alarm: DutyAlarm }
  /** The first of them: the latest first. */
  cards: BoardCard[]
}

/** GET /api/board */
export interface BoardView {
  by: 'reader' | 'site'
  at: string
  /** All open acts there are, and how many of them were looked at. */
  total: number
  counted: number
  late: number
  near: number
  columns: BoardColumn[]
  /** To whom an act can be given. */
  groups: {
    id: string
    name: string
    readers: { account: string; name: string; presence: PresenceState }[]
  }[]
}

export type HandOverWhat = 'draft' | 'preliminary' | 'ask' | 'critical' | 'claimed'

/** An open thing of a reader. */
export interface HandOverItem
  extends Pick<
    RequestRow,
    'id' | 'reference' | 'state' | 'kind' | 'urgency' | 'modality' | 'region' | 'siteName' | 'due'
  > {
  /** As the worklist shows it. */
  patient: { family: string; given: string }
  what: HandOverWhat[]
  /** Told and asked, and has not taken it yet: until then it stays with the giver. */
  to?: { account: string; name: string; at: string; reason?: string }
}

/** GET /api/hand-over: what a reader leaves behind at the end of a shift, and what colleagues hand to them. */
export interface HandOverView {
  items: HandOverItem[]
  forMe: (HandOverItem & { by: string })[]
  /** Of the same group; first those who are on duty, then those who are there. */
  colleagues: { account: string; name: string; presence: PresenceState; onDuty: boolean }[]
  /** When the reader's own shift ends, or ended: no more than half a day ago. */
  endsAt?: string
}
