import type { RejectionView } from '../studies/view.js'

/** What leaves the server about discs. */

/** What became of each file of a disc (domain.md, "The import"). */
export type Verdict =
  /** An object that can be taken. */
  | 'readable'
  /** The same object as an earlier file of this disc, byte for byte. */
  | 'duplicate'
  /** The site's studies hold the same object: it can be taken, and nothing becomes of it but its way on. */
  | 'already-here'
  /** The site's studies hold another object with its UID: taken, it is kept beside that one for a person to compare. */
  | 'conflict'
  /** It names somebody else than the rest of its study: not taken. */
  | 'other-patient'
  /** A rejection note withdraws it, on this disc or in the node: not taken. */
  | 'rejected'
  /** A rejection note (IHE RAD IOCM): honoured, and not taken. */
  | 'rejection-note'
  /** A DICOMDIR. */
  | 'directory'
  | 'not-dicom'
  | 'unreadable'
  /** The DICOMDIR lists it, and it is not there. */
  | 'missing'

export type ImportState =
  /** Bytes are coming; files that are there are read already. */
  | 'uploading'
  | 'reading'
  /** What is on it is known: a person decides. */
  | 'inventoried'
  | 'taking'
  /** All is durable here; its destinations have not confirmed it yet. */
  | 'sending'
  | 'done'
  | 'cancelled'
  | 'failed'
  | 'entered-in-error'

/** Where one person of a disc stands. */
export type PersonState =
  | 'to-decide'
  | 'taking'
  | 'sending'
  | 'done'
  /** Somebody decided that nothing of this person is taken. */
  | 'not-taken'
  | 'failed'
  /** It was taken for somebody else: withdrawn here and recalled wherever it went. It can be decided on again. */
  | 'entered-in-error'
/** Why a file or a disc is as it is: a code for the words of each language, and what belongs into them. */
export interface ImportWhy {
  code:
    | 'ends'
    | 'damaged'
    | 'too-much'
    | 'too-large'
    | 'encrypted'
    | 'compression'
    | 'interleaved'
    | 'link'
    | 'special'
    | 'listed-missing'
    | 'same-object'
    | 'same-uid'
    /** It names somebody else than the rest of its study: `named` and `rest`. */
    | 'other-names'
    /** A rejection note in `file` of the disc withdraws it. */
    | 'noted-on-disc'
    /** It is such a note, of `count` objects. */
    | 'notes'
    /** Withdrawn here before, here already, here with other content. */
    | 'withdrawn-here'
    | 'same-here'
    | 'other-here'
    | 'beside'
    | 'changed'
    | 'no-image'
    /** Nobody decided in time. */
    | 'undecided'
    | 'storage'
    /** `detail` is all there is. */
    | 'other'
  /** The byte where it broke. */
  at?: number
  /** The number of another file of the disc. */
  file?: number
  /** Of compression (APPNOTE 4.4.5). */
  method?: number
  /** People as the disc names them. */
  named?: string
  rest?: string
  count?: number
  detail?: string
}

/** Who an object says it shows, or shall show. */
export interface ImportIdentity {
  PatientID: string
  IssuerOfPatientID: string
  /** DICOM person name: ESSAI^Zoé */
  PatientName: string
  /** YYYYMMDD or empty. */
  PatientBirthDate: string
  PatientSex: string
}

/** What viewers and workstations add: screen captures, presentation states, pictures to choose from. */
export type LeftOutKind = 'captures' | 'presentations' | 'icons'

export interface ImportSeries {
  SeriesInstanceUID: string
  SeriesNumber: string
  SeriesDescription: string
  Modality: string
  images: number
  /** All of its objects are of this kind; absent for all that no rule speaks of. */
  kind?: LeftOutKind
  /** The preset leaves it out unless somebody chooses it. */
  leftOut: boolean
  /** The rule of the preset that does, and what of it fits. */
  leftOutBy?: { rule: 'kind' | 'modality' | 'description'; value: string }
  /** The file that stands for it: the first that was found, and the middle one when all are; its number in the inventory. */
  sample: number
}

export interface ImportStudy {
  StudyInstanceUID: string
  StudyDate: string
  StudyDescription: string
  AccessionNumber: string
  Modalities: string[]
  identity: ImportIdentity
  series: ImportSeries[]
  images: number
  bytes: number
  /** Objects of it the node holds already. */
  here: number
  /** StudyInstanceUID under which it is here: another one where it was withdrawn before and taken again. */
  hereAs: string
}

/**
 * Why a PDF or a picture stays on the disc: more than may be, cut off, JPEG that is not Baseline, colours that DICOM does
 * not have in it, a PNG, a viewer's button.
 */
export type PaperFault = 'too-large' | 'broken' | 'progressive' | 'colours' | 'png' | 'small'

/**
 * What a PDF may do besides being read: run a script, start a program or send what is typed, bring other files; `locked` asks
 * for a password, `hidden` holds what could not be looked into.
 */
export type PaperDanger = 'script' | 'launch' | 'attachment' | 'locked' | 'hidden'

/** What lies beside the images: a report, a letter, a photograph. */
export interface ImportPaper {
  /** In the inventory. */
  number: number
  path: string
  /** What it will be called, of its name. */
  title: string
  kind: 'pdf' | 'jpeg' | 'png'
  bytes: number
  dangers: PaperDanger[]
  fault?: PaperFault
  /** The study it was taken into, and what became of it. */
  StudyInstanceUID?: string
  outcome?: 'taken' | 'duplicate' | 'refused' | 'left-out'
}

/** A paper that a person wants: in one of the chosen studies, or in a study of its own. */
export interface ChosenPaper {
  number: number
  StudyInstanceUID?: string
}

/** A person's word: who these studies show, and which of their series are wanted. */
export interface ImportDecision {
  /** Where the identity was taken from: `keep` what the disc says, a person's `request`, the node's or a PACS's patient, or `new`. */
  candidate: 'keep' | 'request' | 'node' | 'pacs' | 'new'
  /** Of the request where that is where it comes from. */
  request?: string
  identity: ImportIdentity
  /** Of the order at hand: written into the study of `today`, into no other. */
  accession?: string
  /** StudyInstanceUID on the disc of the exam that the order at hand is about; the others are earlier ones. */
  today?: string
  /** SeriesInstanceUIDs. */
  series: string[]
  papers?: ChosenPaper[]
  /** Why, where the disc contradicts the identity. */
  reason?: string
}

/** Who sent a disc by a link, without an account: their own words, checked by nobody. */
export interface ImportSender {
  /** The link's own inbox, and whom the desk made it for. */
  inbox: string
  recipient: string
  organisation: string
  name: string
  phone: string
  /** The patient as the sender knows them. */
  patient: { family: string; given: string; birthDate?: string; sex?: 'F' | 'M' | 'O' }
  why: string
  urgency: 'emergency' | 'urgent' | 'routine'
}

export interface ImportDestination {
  peer: string
  transfer: string
  state: string
  confirmed: number
  of: number
}

/** A decision that was taken back, and where its recall stands. */
export interface ImportWithdrawal {
  decision: ImportDecision
  decidedBy: string
  at: string
  by: string
  reason: string
  images: number
  /** Documents and photographs that had become objects with them. */
  papers: number
  /** One a study: where the note about it stands at each holder, and what is left for a person. */
  recalls: RejectionView[]
}

/** One person on a disc: decided on alone. */
export interface ImportPerson {
  /** StudyInstanceUID of the person's first study on the disc. */
  id: string
  identity: ImportIdentity
  /** StudyInstanceUIDs on the disc. */
  studies: string[]
  state: PersonState
  decision?: ImportDecision
  /** Why nothing was taken, or why it failed. */
  reason?: string
  why?: ImportWhy
  decidedAt?: string
  decidedBy?: string
  finishedAt?: string
  taken: number
  refused: number
  destinations: ImportDestination[]
  /** Newest first. */
  withdrawals: ImportWithdrawal[]
  may: ('decide' | 'leave' | 'withdraw')[]
}

export interface ImportView {
  id: string
  state: ImportState
  site: string
  siteName: string
  preset: string | null
  /** What the person called it, or the file's name. */
  name: string
  /** Volume name of the disc. */
  label: string
  medium: 'folder' | 'zip' | 'iso' | 'tar' | null
  by: string
  sender?: ImportSender
  createdAt: string
  decidedAt?: string
  decidedBy?: string
  finishedAt?: string
  bytes: { total: number; there: number }
  files: number
  /** Files by verdict. */
  verdicts: Record<string, number>
  /** Files whose digest is known, and their bytes: how far the fingerprint is. */
  read: { files: number; bytes: number }
  /** SHA-256 over the digests of all its files, in order of their paths. */
  fingerprint?: string
  /** Why it failed, or what is wrong with the disc: in English, and for the words of each language. */
  reason?: string
  why?: ImportWhy
  /** It was forgotten because nobody decided on it in time. */
  abandoned?: true
  /** Destinations that did not get all of it: to be sent again or given up by a person. */
  failedTo?: string[]
  /** The disc as it was brought is removed then: undecided ones sooner than imported ones. */
  keptUntil?: string
  studies: ImportStudy[]
  /** PDF documents and pictures: none is taken unless a person says so. */
  papers: ImportPaper[]
  people: ImportPerson[]
  /** The latest decision that stands. */
  decision?: ImportDecision
  taken: number
  refused: number
  destinations: ImportDestination[]
  /** The newest final version of its certificate. */
  certificate?: { version: number; at: string; digest: string }
  may: ('decide' | 'cancel')[]
}

/** GET /api/imports: without what is on the disc. */
export type ImportRow = Omit<
  ImportView,
  | 'read'
  | 'studies'
  | 'papers'
  | 'people'
  | 'destinations'
  | 'verdicts'
  | 'decision'
  | 'fingerprint'
  | 'certificate'
>

/** One image of a series of a disc, to be looked at before anything is decided. */
export interface ImportPicture {
  /** In the inventory. */
  number: number
  InstanceNumber?: number
  frames: number
}

export interface ImportFileView {
  number: number
  path: string
  bytes: number
  kind: string
  verdict: Verdict
  /** In English, for programs; people are told by `why`. */
  reason?: string
  why?: ImportWhy
  listed?: boolean
  SOPInstanceUID?: string
  outcome?: 'taken' | 'duplicate' | 'refused' | 'left-out'
  outcomeReason?: string
  outcomeWhy?: ImportWhy
}

export type FieldResult = 'same' | 'similar' | 'different' | 'missing'

/** One identity beside that of the disc. */
export interface ImportCandidate {
  candidate: 'request' | 'node' | 'pacs'
  /** A request's reference, a PACS's id. */
  from: string
  request?: string
  identity: ImportIdentity
  accession?: string
  fields: { field: keyof ImportIdentity; disc: string; candidate: string; result: FieldResult }[]
  /** 0 to 100: how well it fits. */
  score: number
  /** Birth date or sex say that it is somebody else, or the names have nothing in common. */
  contradicts: boolean
}

export interface ImportCandidates {
  items: ImportCandidate[]
  /** What each PACS said: nothing there and no answer are different. */
  peers: { peer: string; outcome: 'answered' | 'nothing' | 'refused' | 'no-answer'; reason?: string }[]
}

/** One desk, one click: where its discs go and how they are read. */
export interface PresetInput {
  id: string
  site: string
  /** What people call it; empty: its id. */
  name: string
  to: string[]
  /** `keep`: identities stay as the disc says unless somebody changes them; `ask`: a person always chooses. */
  identity: 'keep' | 'ask'
  write: {
    /** The issuer beside the number, for PACS that keep it. */
    issuer: boolean
    /** `decided`: the one of the request or of the person, else the disc's; `keep`: always the disc's; `empty`: another hospital's number never comes in. */
    accession: 'decided' | 'keep' | 'empty'
  }
  /** Series that are not wanted: by what they are, by modality, by words of their description; words of `keep` win. */
  leaveOut: { modalities: string[]; descriptions: string[]; kinds: LeftOutKind[]; keep: string[] }
  /** Put before each study's description; empty for none. */
  label: string
  /** What is asked for each disc once it is in: the form opens filled in. */
  request: { kind: 'reading' | 'opinion'; urgency: 'emergency' | 'urgent' | 'routine'; to?: string } | null
}

/** GET /api/presets: with the number of its version, which a change names. */
export interface PresetView extends PresetInput {
  revision: number
}

/** POST /api/presets/trial: what rules would do with a disc that was read. It names nobody. */
export interface PresetTrialView {
  /** Newest first; the one looked at is among them. */
  discs: { id: string; at: string; files: number; modalities: string[] }[]
  disc: string | null
  series: (Omit<ImportSeries, 'sample'> & { StudyDescription: string })[]
}
