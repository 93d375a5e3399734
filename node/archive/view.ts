/** What leaves the server about who looked at a patient. */

/** One time somebody, or a machine, was shown or given something of a patient. */
export interface AccessRow {
  seq: number
  at: string
  /** The fact's type: `record-opened`, `images-opened`, `archive-read`, `study-sent` … */
  type: string
  /** Of a page: `request`, `report`, `report-pdf`, `study`, `study-certificate`. */
  screen?: string
  by: string
  /** Of a person: what they acted as, and for which site. */
  role?: string
  bySite?: string
  address?: string
  /** The row of the permission table that let them, and as whose: `own`, `party`, `node` (the node's own people). */
  right?: string
  as?: string
  /** What it was, in its own terms: a request's reference, or a study's UID. */
  of: string
}

/** POST /api/access `{q, issuer?, after?}`; asking is itself recorded. */
export interface AccessView {
  /** How many patients of the sites one may ask about that names; 0: none. */
  patients: number
  items: AccessRow[]
  next?: string
}

/** GET /api/witnesses: who outside has which signed head. */
export interface WitnessView {
  /** `folder`, `letter`, `stamp`, or the address of a node. */
  witness: string
  /** Entries of the newest head it has, and since when; absent while it has none. */
  size?: number
  at?: string
  /** How far our clock was ahead of theirs, milliseconds. */
  skewMs?: number
}

/** GET /api/archive/acts/:request/sealed: one sealed part of the record of an act. Digests are SHA-256, hex. */
export interface SealView {
  part: number
  /** The entry of the journal that seals it. */
  seq: number
  /** Year of the file it lies in. */
  volume: number
  manifest: string
  sha256: string
  bytes: number
  at: string
}

/** What holds a record or its images; see `retention/rules.ts`. */
export type RetentionHold =
  | 'claim'
  | 'hold'
  | 'open-act'
  | 'open-critical'
  | 'open-recall'
  | 'sending'
  | 'promised'

/** A death, a claim or a legal hold, as a named person recorded it. */
export interface MarkView {
  id: string
  kind: 'death' | 'claim' | 'hold'
  of: 'patient' | 'act'
  site: string
  /** Of the act it was recorded at. */
  reference: string
  /** Of a death. */
  day?: string
  reason: string
  at: string
  by: string
  released?: { at: string; by: string; reason: string }
}

/** How long an act is kept, and what holds it. Days are `YYYY-MM-DD`. */
export interface RetentionActView {
  request: string
  reference: string
  site: string
  /** Day of the last contact with the patient at that site. */
  lastContact: string
  /** First day on which the record may be destroyed. */
  from: string
  /** Which sentence of the law decides: `last-contact`, `majority` … */
  because: string
  holds: RetentionHold[]
  died?: string
  /** Instances of its studies that are here. */
  images: number
  /** First day on which the images may go from this node; absent where there are none. */
  imagesFrom?: string
  imageHolds?: RetentionHold[]
  /** Of these, what this node has committed itself to keep. */
  promised?: number
  marks: MarkView[]
  /** Destructions that are proposed, under way or done. */
  proposals: { id: string; what: 'act' | 'images'; state: string }[]
}

/** GET /api/archive/retention?year: what would be destroyed by the end of that year (CSP R.1112-7). */
export interface RetentionView {
  year: number
  /** Records whose period has ended by then. */
  acts: number
  /** Of these, what is held. */
  held: number
  /** Acts whose images could go. */
  images: number
  /** Records by site and the year in which they may first be destroyed. */
  counts: { site: string; year: number; acts: number; held: number }[]
  /** At most 5,000, those that end first first. */
  items: RetentionActView[]
  /** There are more than could be listed. */
  more: boolean
}

/** How long a site keeps; without a name where it is the law's. */
export interface PolicyView {
  site: string
  recordYears: number
  imageYears: number
  reason?: string
  at?: string
  by?: string
}

/** GET /api/archive/retention/policies: every clock there is. */
export interface ClocksView {
  items: PolicyView[]
  /** What people bring: removed so long after it is done, or undecided. */
  uploads: { keptDays: number; abandonedHours: number }
  /** Of the forms for a breakdown. */
  papersDays: number
}

/** A destruction: proposed by one named person, confirmed by another. */
export interface DestructionView {
  id: string
  what: 'act' | 'images'
  reference: string
  site: string
  state: 'proposed' | 'withdrawn' | 'confirmed' | 'executing' | 'done'
  reason: string
  proposedAt: string
  proposedBy: string
  confirmedAt?: string
  confirmedBy?: string
  /** Why it did not come to it. */
  note?: string
  /** The entry of the journal that is the certificate. */
  fact?: number
  doneAt?: string
  /** It was done once more on restored data, after this certificate. */
  replays?: string
  /** Whether the person who asks is the one who proposed. */
  own: boolean
}
