/** What leaves the server about reports. */
import type { PatientView } from '../requests/view.js'

export interface Sections {
  indication: string
  technique: string
  results: string
  conclusion: string
}

export type ReportState = 'draft' | 'preliminary' | 'final'

export interface SignedVersionView {
  version: number
  kind: 'preliminary' | 'final' | 'addendum'
  sections: Sections
  /** Text of an addendum. */
  addendum?: string
  signer: { id: string; name: string; role: string }
  signedAt: string
  /** SHA-256 of the canonical signed bytes, hex. */
  digest: string
}

export interface DeliveryView {
  recipient: string
  channel: 'screen' | 'email' | 'pacs'
  state: 'queued' | 'sent' | 'confirmed' | 'acknowledged' | 'failed'
  at?: string
  /** Who acknowledged, with role. */
  by?: string
  reason?: string
}

/** POST /api/requests/:id/report (201), GET/PUT /api/reports/:id. */
export interface ReportView {
  id: string
  request: string
  reference: string
  state: ReportState
  revision: number
  sections: Sections
  patient: PatientView
  exam: { modality: string; region: string; laterality?: string; date?: string; question: string }
  requester: { name: string; phone: string; service?: string }
  siteName: string
  studies: string[]
  author: { id: string; name: string }
  savedAt: string
  versions: SignedVersionView[]
  deliveries: DeliveryView[]
  acknowledgedAt?: string
  acknowledgedBy?: string
  /** Printed in the report and shown in a band: one sentence per incomplete study, empty when all is there. */
  gaps: string[]
  may: ('edit' | 'sign' | 'addendum' | 'acknowledge')[]
}

/** GET /api/reports → ListView<ReportRow>. */
export interface ReportRow {
  id: string
  request: string
  reference: string
  state: ReportState
  patient: Pick<PatientView, 'family' | 'given' | 'birthDate' | 'sex'>
  modality: string
  region: string
  siteName: string
  signer?: string
  signedAt?: string
  acknowledgedAt?: string
  conclusion: string
}

/** POST /api/reports/:id/sign → 200. */
export interface SignedView {
  state: ReportState
  version: number
  digest: string
  signedAt: string
}
