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

/** GET /api/archive/retention?year: the acts whose lawful period (CSP R.1112-7) has ended by the end of that year. */
export interface RetentionView {
  year: number
  /** How many there are; at most 5,000 are listed. */
  acts: number
  items: {
    request: string
    reference: string
    site: string
    /** Day of the last contact with the patient at that site. */
    lastContact: string
    /** First day on which the record may be destroyed. */
    from: string
    /** Which sentence of the law decides: `last-contact`, `majority` … */
    because: string
  }[]
}
