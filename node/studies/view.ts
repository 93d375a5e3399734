import type { LinkOpeningView } from '../links/view.js'

/** What leaves the server about studies. */

/** One study that another viewer may read over DICOMweb for a while. */
export interface LoanView {
  id: string
  /** As the settings call it; empty: whichever its reader uses. */
  viewer: string
  by: string
  madeAt: string
  expiresAt: string
  standing: 'open' | 'expired' | 'used' | 'revoked' | 'guessed' | 'replaced'
  openings: LinkOpeningView[]
}

/** GET /api/studies/:uid/loans */
export interface LoansView {
  items: LoanView[]
  /** Viewers this node knows an address of. */
  viewers: string[]
  minutes: number
}

/** POST /api/studies/:uid/loans: shown this once. */
export interface NewLoanView {
  id: string
  /** Base address of DICOMweb, and the bearer token that opens this study there. */
  dicomweb: string
  token: string
  expiresAt: string
  /** Opens the study in the viewer that was chosen. */
  open?: string
}

/** What is known of a study's images: the same wherever the study is shown. */
export interface CompletenessView {
  /** Without what this node made itself. */
  received: number
  /** What the sender says it has; absent = not known, and the count is no proof. */
  expected?: number
  /** How `expected` is known: from its list of instances, or from its count alone. */
  proof?: 'list' | 'count'
  /** Of its list, what is not here. */
  missing?: number
  /** Listed by the destination that is least advanced; absent where the study goes nowhere. */
  confirmed?: number
  /** `quiet` is a hint only: nothing comes any more, and nobody said how much there is. */
  state: 'arriving' | 'quiet' | 'complete' | 'incomplete'
  /** Why `expected` is absent: the sender was not asked yet, or did not say. */
  unknown?: 'not-asked' | 'no-answer'
  lastArrivalAt?: string
  /** While it arrives: when the last image should be here, by the rate so far. */
  doneAt?: string
}

/** A number that stands for two people: never merged, never overwritten; a person must look. */
export interface IdentityDoubtView {
  /** Whom the same number was known to name before. */
  known?: { PatientName: string; PatientBirthDate: string; PatientSex: string }
  /** Whom other images of the same study name. */
  others: {
    PatientID: string
    IssuerOfPatientID: string
    PatientName: string
    PatientBirthDate: string
    PatientSex: string
  }[]
}

/** What the sender has of a series and we have not. */
export interface GapView {
  SeriesInstanceUID: string
  SeriesNumber: string
  Modality: string
  SeriesDescription: string
  expected: number
  missing: number
  /** Instance numbers as ranges, `3–7, 12`; empty where they have none. */
  numbers: string
}

/** What the headers of a study say, here or at another PACS. */
export interface StudyHeader {
  StudyInstanceUID: string
  PatientID: string
  IssuerOfPatientID: string
  /** DICOM person name, e.g. ESSAI^Zoé */
  PatientName: string
  PatientBirthDate: string
  PatientSex: string
  StudyDate: string
  StudyTime: string
  StudyDescription: string
  AccessionNumber: string
  ModalitiesInStudy: string[]
}

export interface StudyRow extends StudyHeader {
  site: string
  siteName: string
  series: number
  instances: number
  bytes: number
  completeness: CompletenessView
  identityDoubt?: IdentityDoubtView
  /** Conflicts of its images nobody has decided. */
  conflicts: number
  firstReceivedAt: string
}

/** GET /api/studies/:uid/rejections: images withdrawn by one rejection note (IHE RAD IOCM). */
export interface RejectionView {
  id: string
  /** Of scheme DCM: quality, patient safety, wrong worklist entry, retention expired. */
  code: '113001' | '113037' | '113038' | '113039'
  text: string
  at: string
  /** A person's name, or the PACS that said so. */
  by: string
  madeHere: boolean
  instances: number
  /** Everyone who holds the images, and whether they have the note. */
  holders: {
    peer: string
    state: TransferRow['state']
    /** It did not take the note: a person must withdraw the images there. */
    task?: { reason: string; openedAt: string; doneAt?: string; doneBy?: string }
  }[]
  may: 'done'[]
}

export interface SeriesView {
  SeriesInstanceUID: string
  SeriesNumber: string
  SeriesDescription: string
  Modality: string
  BodyPartExamined: string
  instances: number
  /** Of these, what a rejection note withdrew: kept as evidence, shown to nobody. */
  withdrawn: number
}

/** GET /api/studies/:uid */
export interface StudyView extends StudyRow {
  seriesList: SeriesView[]
  gaps: GapView[]
  origins: { peer: string; callingAETitle: string; instances: number; at: string }[]
  transfers: TransferRow[]
  requests: { id: string; reference: string; state: string }[]
}

/** GET /api/transfers → ListView<TransferRow>; one row is one study to one peer. */
export interface TransferRow {
  id: string
  StudyInstanceUID: string
  /** In words for people who may see the patient: name, modality, description. */
  study: string
  peer: string
  peerSite: string
  /** route id, or report, or manual */
  cause: string
  state: 'queued' | 'moving' | 'sent' | 'confirmed' | 'failed' | 'cancelled'
  instances: { total: number; sent: number; failed: number; confirmed: number }
  /** Of those that arrived, how many were written in another transfer syntax, without loss. */
  converted?: number
  bytes: { total: number; sent: number }
  /** Of late, while it moves. */
  bytesPerSecond?: number
  queuedAt: string
  settledAt?: string
  /** When it will be tried again. */
  retryAt?: string
  attempts: number
  priority: 'emergency' | 'urgent' | 'routine'
  /** Plain words: what happened and what to do. */
  reason?: string
  may: ('retry' | 'cancel')[]
}

/** GET /api/studies/search?site&peer&PatientID&PatientName&AccessionNumber&StudyDate&modality: C-FIND at the site's PACS. */
export interface StudySearchView {
  peers: {
    peer: string
    outcome: 'answered' | 'nothing' | 'refused' | 'no-answer'
    reason?: string
    ms: number
  }[]
  items: (StudyHeader & {
    peer: string
    /** (0020,1208); absent when the PACS does not say. */
    instances?: number
    /** True when the node already holds images of it. */
    here: boolean
    ReferringPhysicianName?: string
  })[]
}

/** One attribute two objects with the same UID do not agree on. */
export interface DifferenceView {
  /** Keyword, or path of keywords: `OtherPatientIDsSequence[1].PatientID`. */
  attribute: string
  weight: 'identity' | 'clinical'
  /** What the master says, and what the newcomer says; absent where it says nothing. */
  kept?: string
  beside?: string
}

/** GET /api/conflicts?state&site&study → ListView<ConflictRow>: newcomers of one arrival, one question. */
export interface ConflictRow {
  id: string
  /** `correction`: the same pixels under changed headers; `pixels`: another image under a known UID. */
  kind: 'correction' | 'pixels'
  state: 'open' | 'accepted' | 'kept'
  StudyInstanceUID: string
  PatientName: string
  PatientID: string
  PatientBirthDate: string
  PatientSex: string
  StudyDescription: string
  ModalitiesInStudy: string[]
  site: string
  siteName: string
  /** Who sent the newcomers. */
  source: string
  instances: number
  /** The same in every one of them. */
  common: DifferenceView[]
  /** What differs in some, or in each in its own way. */
  varying: { attribute: string; weight: DifferenceView['weight']; instances: number }[]
  openedAt: string
  decision?: { at: string; by: string; reason: string }
  may: ('accept' | 'keep')[]
}

/** GET /api/conflicts/:id */
export interface ConflictView extends ConflictRow {
  /** The first 200 of them. */
  members: {
    SOPInstanceUID: string
    SeriesInstanceUID: string
    SeriesNumber: string
    InstanceNumber: string
    pixels: 'same' | 'different' | 'uncompared' | 'none' | 'unreadable'
    /** Its own, beside the common ones. */
    differences: DifferenceView[]
  }[]
}

/** GET /api/studies/:uid/certificate: what is known of a study's completeness, with where each number comes from. */
export interface CertificateView {
  issuedAt: string
  StudyInstanceUID: string
  PatientName: string
  PatientID: string
  PatientBirthDate: string
  PatientSex: string
  StudyDate: string
  StudyDescription: string
  AccessionNumber: string
  ModalitiesInStudy: string[]
  siteName: string
  completeness: CompletenessView
  /** Who said how many there are, and when; absent while nobody did. */
  expected?: { by: string; at: string; instances: number }
  received: {
    instances: number
    bytes: number
    /** SHA-256 over the lines `SOPInstanceUID object`, sorted by UID; an object is named by its data set's SHA-256. */
    digest: string
  }
  arrivals: {
    peer: string
    callingAETitle: string
    instances: number
    /** The same bytes again, and others under a known UID. */
    duplicates: number
    beside: number
    from: string
    to: string
  }[]
  gaps: GapView[]
  /** Images that may not leave until somebody decides, and corrections somebody accepted. */
  withheld: number
  corrected: number
  destinations: {
    peer: string
    siteName: string
    state: TransferRow['state']
    instances: number
    confirmed: number
    at?: string
  }[]
  /** The journal's last entry when this was made: what it says can be proved up to there. */
  journal: number
}
