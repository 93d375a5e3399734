import type { Selectable } from 'kysely'
import type { Leaving } from './leaving.js'
import type { StudyTables } from './schema.js'

export type StudyRecord = Selectable<StudyTables['studies']> & {
  patient_id: string
  issuer: string
  /** Whom its images name. */
  name: string
  birth_date: string
  sex: string
  /** Whom the same number was known to name before. */
  known_name: string
  known_birth_date: string
  known_sex: string
  /** Other people named in images of the same study. */
  others: number
  /** Conflicts nobody has decided. */
  conflicts: number
  /** Arrivals that are not settled: how many, since when, and how much they brought. */
  arriving: number
  arriving_since: number | null
  arriving_instances: number | null
}

export type OtherIdentity = StudyTables['study_identities']

/** An instance with the object that holds its bytes. */
export interface StoredInstance extends Leaving {
  id: number
  study: string
  uid: string
  sopClassUID: string
  number: number | null
  frames: number
  seriesUID: string
  seriesId: number
  /** arrivals.id: what brought it. */
  arrival: string
  object: string
  bucket: string
  bytes: number
  datasetOffset: number
  sha256: string
  transferSyntaxUID: string
  /** Made by this node: a report, a rejection note. */
  madeHere: boolean
  /** It is a rejection note itself. */
  isNote: boolean
}
