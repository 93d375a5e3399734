/** What leaves the server about reports. */
import type { LinkOpeningView } from '../links/view.js'
import type { PatientView } from '../requests/view.js'

export interface Sections {
  indication: string
  technique: string
  results: string
  conclusion: string
}

export type ReportState = 'draft' | 'preliminary' | 'final' | 'withdrawn'

/** How far a version differs from the one before: said by who signs it. */
export type Difference = 'same' | 'minor' | 'significant'

/** What stands against a signature. GET /api/reports/:id/checks → {items} */
export type CheckCode =
  | 'conclusion-empty'
  | 'field-open'
  | 'laterality'
  | 'laterality-images'
  | 'laterality-within'
  | 'sex'
  | 'age'
  | 'other-patient'

export interface SigningCheckView {
  code: CheckCode
  /** True: it is not signed so. Else its signer confirms it, with a reason. */
  blocks: boolean
  sentence: string
  section?: keyof Sections
}

/** An image its reader marked for who asked. */
export interface KeyImageView {
  StudyInstanceUID: string
  SeriesInstanceUID: string
  SOPInstanceUID: string
  /** From 1, of an object of many frames. */
  frame?: number
  seriesNumber?: number
  seriesDescription: string
  instanceNumber?: number
  window?: { center: number; width: number }
  /** Of a signed version: its picture, GET /api/reports/:id/key-images/:picture. */
  picture?: string
}

export type ReportKind = 'preliminary' | 'final' | 'addendum' | 'correction' | 'withdrawal'

export interface SignedVersionView {
  version: number
  kind: ReportKind
  sections: Sections
  /** Text of an addendum. */
  addendum?: string
  difference?: Difference
  /** Why it was corrected or withdrawn. */
  reason?: string
  signer: { id: string; name: string; role: string }
  signedAt: string
  /** SHA-256 of the canonical signed bytes, hex. */
  digest: string
  keyImages: KeyImageView[]
}

/** Somebody who has an earlier version and has not said that they know the newest. */
export interface UnawareView {
  name: string
  /** The version they read, or were told of. */
  version: number
  at: string
  /** Told by telephone: no screen shows them the newest. */
  phoned?: true
}

export interface DeliveryView {
  version: number
  recipient: string
  channel: 'screen' | 'email' | 'pacs' | 'link'
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
  /** Who had begun or signed it before. */
  takenFrom?: string
  savedAt: string
  versions: SignedVersionView[]
  deliveries: DeliveryView[]
  acknowledgedAt?: string
  acknowledgedBy?: string
  unaware: UnawareView[]
  /** Two persons have said that its request was entered in error: it is not to be used. */
  inError?: { by: string; reason: string }
  /** Printed in the report and shown in a band: one sentence per incomplete study, empty when all is there. */
  gaps: string[]
  /** Marked for the version being written, else those of the newest. */
  keyImages: KeyImageView[]
  may: ('edit' | 'sign' | 'addendum' | 'correct' | 'withdraw' | 'acknowledge')[]
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
  /** What is stored is not what was signed: nothing of it is shown. */
  broken?: true
}

/** POST /api/reports/:id/sign → 200. */
export interface SignedView {
  state: ReportState
  version: number
  digest: string
  signedAt: string
}

/** What a template of a report, or a text block (typed by its `shortcut` after a /), says. */
export interface TemplateContent {
  language: 'fr' | 'en'
  title: string
  /** Empty: of every modality. */
  modalities: string[]
  /** Words a region is written by. */
  regions: string[]
  /** Of a report. */
  sections?: Sections
  /** Of a block. */
  shortcut?: string
  text?: string
}

/** GET /api/templates → ListView<TemplateView>; POST and PUT give one. */
export interface TemplateView extends TemplateContent {
  id: string
  kind: 'report' | 'block'
  /** 0: delivered with the program, until the group keeps its own in its place. */
  revision: number
  replaces?: string
  changedAt?: string
  changedBy?: string
}

/** GET /api/templates/:id/versions → ListView<TemplateVersionView>, the newest first. */
export interface TemplateVersionView extends TemplateContent {
  revision: number
  at: string
  by: string
}

/** Where a value that stands in a report comes from. */
export type FieldSource = 'request' | 'headers' | 'dose-report' | 'room'

/** A field of a template that is known for this exam: as it is written in a text, and who says so. */
export interface KnownFieldView {
  field: 'question' | 'side' | 'equipment' | 'dose' | 'contrast' | 'field'
  value: string
  sources: FieldSource[]
}

/** GET /api/reports/:id/templates: what fits this exam first, its fields filled from the images and the request. */
export interface FittingTemplatesView {
  fields: KnownFieldView[]
  reports: { id: string; title: string; sections: Sections; fits: boolean }[]
  blocks: { id: string; title: string; shortcut: string; text: string }[]
}

/**
 * GET /api/verification/:code, for whoever holds a printed version: whether it is in force, and nothing of whom it is
 * about. `altered`: what is stored is not what was signed.
 */
export interface VerificationView {
  state: 'valid' | 'preliminary' | 'superseded' | 'withdrawn' | 'altered'
  version: number
  newest: number
  kind?: ReportKind
  signedAt?: string
  /** SHA-256 of what was signed, to compare with the one that is printed. */
  digest: string
}

/** To whom a report goes without an account. GET /api/reports/:id/links → ListView<ShareView> */
export interface ShareView {
  id: string
  name: string
  role: string
  madeAt: string
  madeBy: string
  expiresAt: string
  standing: 'open' | 'expired' | 'used' | 'revoked' | 'guessed' | 'replaced'
  /** They may look at the images too. */
  images?: true
  openings: LinkOpeningView[]
  /** Where the link goes by letter too, again with each new version; what became of the newest letter. */
  letter?: { email: string; state: 'queued' | 'sent' | 'failed'; at: string; reason?: string }
}

/** POST /api/reports/:id/links: shown this once. The code goes by another channel than the link. */
export interface NewShareView {
  id: string
  link: string
  code: string
  expiresAt: string
  /** The link is on its way by letter too. */
  mailed?: true
}

/** POST /api/answer/open: the newest version for whoever has link and code. */
export interface AnswerView {
  reference: string
  state: ReportState
  language: 'fr' | 'en'
  patient: PatientView
  exam: { modality: string; region: string; laterality?: string; question: string; date?: string }
  requester: { name: string; phone: string; service?: string }
  siteName: string
  readingSiteName: string
  gaps: string[]
  versions: SignedVersionView[]
  /** JPEG, base64, by the names that the newest version's key images give. */
  pictures: Record<string, string>
  /** There are images, and who opened this may look at them. */
  images?: true
  to: { name: string; role: string }
  expiresAt: string
  acknowledgedBy?: string
  acknowledgedAt?: string
}

/** POST /api/answer/images: what reads the images of each study over DICOMweb, for a while. */
export interface AnswerImagesView {
  studies: {
    StudyInstanceUID: string
    /** DICOM DA. */
    date: string
    token: string
    expiresAt: string
  }[]
}
