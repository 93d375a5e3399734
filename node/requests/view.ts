/** What leaves the server about requests. Times are UTC ISO 8601. */
import type { AttachmentView } from '../objects/view.js'
import type { RequestKind, Urgency } from '../sites/view.js'
import type { CompletenessView, IdentityDoubtView } from '../studies/view.js'

export type { ContractTimers, PromisedMinutes, RequestKind, Urgency } from '../sites/view.js'

export type RequestState =
  | 'draft'
  | 'submitted'
  | 'offered'
  | 'claimed'
  | 'accepted'
  | 'awaiting-exam'
  | 'reading'
  | 'reported'
  | 'delivered'
  | 'closed'
  | 'info-requested'
  | 'refused'
  | 'cancelled'
  | 'expired'
  | 'entered-in-error'

export type Laterality = 'right' | 'left' | 'both' | 'none'

export interface PatientView {
  id: string
  issuer: string
  family: string
  given: string
  birthName?: string
  /** The name the person goes by, where it is another. */
  usedName?: string
  /** All given names of the birth record. */
  givenNames?: string
  /** YYYY-MM-DD */
  birthDate: string
  sex: 'F' | 'M' | 'O' | 'U'
  identityStatus?: 'provisional' | 'retrieved' | 'validated' | 'qualified'
}

export interface RisksView {
  allergy?: string
  /** Creatinine, µmol/L, or clearance in words. */
  renal?: string
  pregnancy?: 'no' | 'possible' | 'yes' | 'unknown'
  pacemaker?: boolean
  anticoagulants?: string
  other?: string
}

/** How somebody made sure who the patient is. */
export interface IdentityCheckView {
  how: 'bracelet' | 'document' | 'told' | 'other'
  /** Who told it, which document, what else. */
  note?: string
}

/** Who was informed: the patient, or who speaks for them. */
export type Informed = 'patient' | 'guardian' | 'trusted-person'

/**
 * Information and consent: given, impossible for a reason, or refused by the patient. What is refused is written down
 * and goes no further.
 */
export type ConsentView =
  | { given: true; informed?: Informed | undefined; by?: string | undefined }
  | { exception: string; by?: string | undefined }
  | { opposition: string; by?: string | undefined }

export type AskItemKind = 'series' | 'reconstruction' | 'prior' | 'laboratory' | 'consent' | 'other'

/** What a reader asked back, item by item. */
export interface AskView {
  id: string
  at: string
  by: string
  items: {
    id: string
    kind: AskItemKind
    text: string
    state: 'open' | 'answered' | 'unavailable'
    answer?: string
    by?: string
    at?: string
  }[]
}

/** How the exam was done, as the room said it. Dose in mGy, mGy·cm, Gy·cm². */
export interface ExamView {
  at: string
  by: string
  dose?: { ctdiVol?: number | undefined; dlp?: number | undefined; dap?: number | undefined } | undefined
  contrast?: { product: string; lot?: string | undefined; volumeMl?: number | undefined } | undefined
  device?: string | undefined
  laterality?: Laterality | undefined
  /** Why another side than asked. */
  reason?: string | undefined
}

/** One version of the form: who wrote it, why, and what it changed. */
export interface RequestVersionView {
  revision: number
  at: string
  by: string
  reason?: string
  /** Paths of the form's fields, with the values as text; absent where there is none. */
  changes: { field: string; before?: string; after?: string }[]
}

/** A paper that goes with the form. */
export interface DocumentView extends AttachmentView {
  at: string
  by: string
}

export interface RequestStudyView {
  StudyInstanceUID: string
  modality: string
  description: string
  /** YYYY-MM-DD or empty */
  date: string
  accession?: string
  completeness: CompletenessView
  identityDoubt?: IdentityDoubtView
  /** Conflicts of its images nobody has decided. */
  conflicts?: number
  /** Where it stands at the destinations of its routes. */
  transfer?: {
    state: 'waiting' | 'moving' | 'sent' | 'confirmed' | 'failed'
    sent: number
    of: number
    /** Listed there. */
    confirmed: number
    peer: string
  }
}

/** A row of the worklist. */
export interface RequestRow {
  id: string
  /** Short number a person can say on the telephone, e.g. N-0042. */
  reference: string
  state: RequestState
  kind: RequestKind
  urgency: Urgency
  site: string
  siteName: string
  /** The reading group asked. */
  to?: string
  toName?: string
  modality: string
  region: string
  laterality?: Laterality
  question: string
  patient: PatientView
  ageYears?: number
  submittedAt?: string
  /** Entered after a breakdown: when it was asked for. */
  happenedAt?: string
  /** The next clock that runs for it: overdue counts up. */
  due?: { at: string; for: 'claim' | 'decision' | 'report' | 'acknowledge' }
  holder?: { id: string; name: string }
  /** All linked studies as one: the worst state stands for all. */
  images?: CompletenessView
  report?: { id: string; state: 'draft' | 'preliminary' | 'final' | 'withdrawn' }
  /** A hint from outside of how pressing it is (0 to 100): who says it, which version of it, when. */
  triage?: { number: number; label: string; by: string; version: string; at: string }
  /** Somebody says that it was entered in error, and waits for a second person; afterwards, what the two said. */
  errorAsk?: { by: string; reason: string; images: 'keep' | 'withdraw'; at: string }
  /** Events this person may send now, e.g. ["claim","decline"]. */
  may: string[]
  /** Since when the person's group takes no more part in it: all of this is as it stood then. */
  formerSince?: string
}

/** What became of an offer to one reader. */
export type OfferOutcome = 'offered' | 'seen' | 'declined' | 'lapsed' | 'won'

/** One reader who is, or was, asked. */
export interface OfferView {
  account: string
  name: string
  /** From 1: each offering anew is another round. */
  round: number
  /** From 1. */
  wave: number
  offeredAt: string
  /** Why this reader, and why in this wave, in words. */
  why: string
  outcome: OfferOutcome
  seenAt?: string
  /** When it was declined, lapsed or won. */
  endedAt?: string
  /** Of a decline: for the coordinator, and for who declined. */
  decline?: { code: DeclineCode; reason?: string }
}

export type DeclineCode = 'overload' | 'competence' | 'conflict-of-interest' | 'other'

export interface TimelineEntry {
  at: string
  /** The journal's fact type, e.g. request-claimed. */
  fact: string
  /** Who, in words: a person's name and role, a PACS, or the system. */
  by: string
  /** Entered after a breakdown: when it was recorded, and by whom is `by`. `at` is when it happened. */
  recordedAt?: string
  site?: string
  /** State after it, when it changed. */
  state?: RequestState
  /** Small facts to show: reason, counts, peer, version. Plain text values. */
  details: Record<string, string>
}

/** What a colleague had begun or signed of a request that somebody else of the group holds now. */
export interface LeftDraftView {
  /** The report. */
  id: string
  by: string
  /** Begun, or signed last. */
  at: string
  state: 'draft' | 'preliminary' | 'final' | 'withdrawn'
}

/** GET /api/requests/:id, and the answer of POST /api/requests and of every event. */
export interface RequestView extends RequestRow {
  context?: string
  risks?: RisksView
  accession?: string
  contrast?: 'yes' | 'no' | 'unknown'
  wantedWithinMinutes?: number
  requester: { name: string; phone: string; service?: string; rpps?: string }
  responsible?: { name: string; phone?: string }
  identityCheckedBy: string
  identityCheck?: IdentityCheckView
  consent: ConsentView
  studies: RequestStudyView[]
  reports: {
    id: string
    state: 'preliminary' | 'final' | 'addendum' | 'correction' | 'withdrawal'
    version: number
    signedAt?: string
    signer?: string
  }[]
  /** For who holds it now: what colleagues left, to be gone on with. */
  left: LeftDraftView[]
  /** Of its group, for who may hand it over or reroute it; less who holds it. */
  readers?: { account: string; name: string }[]
  /** Reading groups with a contract, for who may reroute it. */
  groups?: { site: string; name: string }[]
  /** Everybody who was asked, newest round first, each in the order of the waves. */
  offers: OfferView[]
  /** Of the newest round: the wave asked last, of how many; `ended` when every one failed. */
  waves?: { wave: number; of: number; ended: boolean }
  timeline: TimelineEntry[]
  /** Milliseconds in all and by cause, from the journal alone. */
  clock: {
    totalMs: number
    siteMs: number
    transferMs: number
    readerMs: number
    pausedMs: number
    running: boolean
    /** Whose time runs now. */
    runs?: 'site' | 'transfer' | 'reader' | 'paused'
    /** What stopped it: the first signed report, or the fact of another end. */
    ended?: { at: string; fact: string }
  }
  createdAt: string
  revision: number
  /** Every version of the form, oldest first. */
  versions: RequestVersionView[]
  documents: DocumentView[]
  asks: AskView[]
  exam?: ExamView
}

/** Body of POST /api/requests (contract.md). */
export interface NewRequest {
  kind: RequestKind
  urgency: Urgency
  site: string
  to?: string
  modality: string
  region: string
  laterality?: Laterality
  question: string
  context?: string
  risks?: RisksView
  accession?: string
  /** Whether a contrast product is asked for. */
  contrast?: 'yes' | 'no' | 'unknown'
  /** How soon the answer is wished for, from the submission. */
  wantedWithinMinutes?: number
  requester: { name: string; phone: string; service?: string; rpps?: string }
  /** The doctor who answers for the patient on site. */
  responsible?: { name: string; phone?: string }
  patient: PatientView
  studies?: string[]
  /** Why a study that carries another identity is linked all the same; asked for only then. */
  identityDifference?: string
  identityCheckedBy: string
  identityCheck?: IdentityCheckView
  consent: ConsentView
  /** Why it is asked although something similar is known. */
  similarReason?: string
  /** Papers that go with it, in base 64. */
  attachments?: { name: string; content: string }[]
  /** Written on paper during a breakdown and entered now: the number of the form where it has one of ours, and when. */
  paper?: { number?: string; happenedAt: string }
  submit?: boolean
}

/** Where a study says otherwise than the request. */
export interface Mismatch {
  what: 'identity' | 'laterality' | 'region'
  asked: string
  found: string
}

/** GET /api/requests/:id/candidates: a study that may be the one asked about. */
export interface StudyCandidate {
  StudyInstanceUID: string
  modality: string
  description: string
  /** YYYY-MM-DD or empty */
  date: string
  accession: string
  patientName: string
  differences: Mismatch[]
}

/** GET /api/studies/:uid/candidates: a request that may have asked for a study. */
export interface RequestCandidate {
  id: string
  reference: string
  state: RequestState
  patient: PatientView
  modality: string
  region: string
  question: string
  createdAt: string
  differences: Mismatch[]
}

/** GET /api/requests/similar: what is known already of the same patient, region and modality. */
export interface SimilarView {
  requests: {
    id: string
    reference: string
    state: RequestState
    submittedAt: string
    modality: string
    region: string
    question: string
  }[]
  /** The most recent first; `days` ago. */
  studies: {
    StudyInstanceUID: string
    modality: string
    description: string
    date: string
    days: number
    here: boolean
  }[]
}

/** Body of PUT /api/requests/:id: the whole form again, before anybody claimed it. */
export type EditedRequest = Omit<NewRequest, 'site' | 'studies' | 'attachments' | 'paper' | 'submit'> & {
  /** The revision it was made from. */
  revision: number
  reason?: string
}

/** Body of POST /api/requests/:id/patient: who somebody turned out to be. */
export interface NamedPatient {
  patient: PatientView
  reason: string
  identityCheckedBy: string
  identityCheck?: IdentityCheckView
}

export interface ListView<T> {
  items: T[]
  /** Pass as `after` for the next page; absent at the end. */
  next?: string
}
