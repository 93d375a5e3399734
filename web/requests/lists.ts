import type { Role } from '../../node/accounts/view.js'
import type { RequestState } from '../../node/requests/view.js'

export type ListId =
  | 'to-claim'
  | 'mine'
  | 'to-finish'
  | 'late'
  | 'all'
  | 'asked'
  | 'waiting'
  | 'answered'
  | 'unheld'
  | 'held'
  | 'over'
  | 'former'

/** GET /api/requests/counts */
export interface RequestCounts {
  toClaim: number
  mine: number
  toFinish: number
  late: number
  all: number
  former: number
  /** Lists of which there are more than is said. */
  more: string[]
}

export interface SavedList {
  id: ListId
  /** What of it the node counts. */
  count?: Exclude<keyof RequestCounts, 'more'>
  /** Counted by looking at it: for what somebody waits for. */
  looked?: boolean
  query: {
    state?: string
    toClaim?: boolean
    mine?: boolean
    toFinish?: boolean
    late?: boolean
    former?: boolean
  }
}

const states = (...names: RequestState[]) => names.join(',')

const all: SavedList = { id: 'all', count: 'all', query: {} }
const late: SavedList = { id: 'late', count: 'late', query: { late: true } }
const over: SavedList = {
  id: 'over',
  query: { state: states('delivered', 'closed', 'refused', 'cancelled', 'expired', 'entered-in-error') },
}

/** Shown only to groups that have one: most never do. */
const former: SavedList = { id: 'former', count: 'former', query: { former: true } }

const asking: SavedList[] = [
  {
    id: 'asked',
    query: {
      state: states('draft', 'submitted', 'offered', 'claimed', 'accepted', 'awaiting-exam', 'reading'),
    },
  },
  { id: 'waiting', looked: true, query: { state: states('info-requested', 'awaiting-exam') } },
  { id: 'answered', looked: true, query: { state: states('reported') } },
  late,
  over,
  all,
]

const reading: SavedList[] = [
  { id: 'to-claim', count: 'toClaim', query: { toClaim: true } },
  { id: 'mine', count: 'mine', query: { mine: true } },
  { id: 'to-finish', count: 'toFinish', query: { toFinish: true } },
  late,
  all,
  former,
]

const watching: SavedList[] = [
  { id: 'unheld', looked: true, query: { state: states('submitted', 'offered') } },
  {
    id: 'held',
    query: { state: states('claimed', 'accepted', 'awaiting-exam', 'reading', 'info-requested') },
  },
  late,
  { id: 'answered', looked: true, query: { state: states('reported') } },
  over,
  all,
  former,
]

/** The saved lists of a role, the first one opens. */
export function listsOf(role: Role): SavedList[] {
  if (role === 'radiologist') return reading
  if (role === 'coordinator') return watching
  if (role === 'auditor') return [all, over]
  return asking
}
