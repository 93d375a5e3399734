/** What leaves the server about critical findings. Times are UTC ISO 8601. */
import type { ListView, PatientView } from '../requests/view.js'

/** 1: minutes count; 2: hours; 3: working days. */
export type CriticalClass = 1 | 2 | 3

/** `raised` and told are one act: what stands there is notifying until a person has read it back. */
export type CriticalState = 'notifying' | 'acknowledged' | 'closed'

/** One telephone call or talk about it: who received it, when, how, and whether they read it back. */
export interface CriticalCallView {
  receiver: string
  role: string
  at: string
  method: string
  readBack: boolean
  /** Who wrote it down, and when. */
  by: string
  recordedAt: string
}

/** POST /api/requests/:id/critical (201), GET /api/criticals/:id */
export interface CriticalView {
  id: string
  request: string
  reference: string
  siteName: string
  class: CriticalClass
  state: CriticalState
  finding: string
  foundAt: string
  raisedAt: string
  /** Who found it. */
  radiologist: { name: string; role: string }
  patient: Pick<PatientView, 'family' | 'given' | 'birthDate' | 'sex'>
  exam: { modality: string; region: string; laterality?: string }
  /** Whom to ring, and where. */
  callback: { name: string; phone: string; service?: string }
  report?: string
  calls: CriticalCallView[]
  /** The call in which it was read back. */
  acknowledged?: CriticalCallView
  closedAt?: string
  closedBy?: string
  note?: string
  may: ('acknowledge' | 'close')[]
}

/** GET /api/criticals, GET /api/requests/:id/criticals */
export type CriticalListView = ListView<CriticalView>
