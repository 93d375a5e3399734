import type { AlertView, CallRecord, NoticeView } from '../notifications/view.js'
import type { NewRequest, RequestKind, RequestState, Urgency } from '../requests/view.js'

/** A person or machine as the journal named it at the time. */
export interface Actor {
  account?: string
  /** Of a program that acted: its token. */
  token?: string
  name: string
  role?: string
  site?: string
  address?: string
}

/** One SOP instance: `sha256` is of the data set's bytes, from `datasetOffset` of the stored file to its end. */
export interface ArchivedInstance {
  SOPInstanceUID: string
  SOPClassUID: string
  SeriesInstanceUID: string
  TransferSyntaxUID: string
  bytes: number
  datasetOffset: number
  sha256: string
  madeHere: boolean
}

/** One alert whole: every rung, whom it told in which channel and what became of it, and the calls people made. */
export type ArchivedAlert = Omit<AlertView, 'request' | 'reference' | 'siteName'> & {
  calls: Omit<CallRecord, 'alert'>[]
}

/** The record of one act, `act.json`. Times are UTC ISO 8601. */
export interface ActIndex {
  format: 'relais-act/1'
  request: string
  reference: string
  /** Of a part sealed after another: SHA-256 of the MANIFEST.sha256 of the one before. */
  previous?: string
  assembledAt: string
  state: RequestState
  kind: RequestKind
  urgency: Urgency
  site: { id: string; name: string }
  /** Groups it was offered to; `until` is set where it was taken from them. */
  readingSites: { id: string; name: string; until: string | null }[]
  createdAt: string
  /** The request as it was submitted, each time; the last one is the current one. Consent and identity check are in it. */
  versions: { revision: number; at: string; by: Actor; form: NewRequest }[]
  /** Papers that came with the request, in the order they came. */
  documents: {
    document: string
    at: string
    by: string
    name: string
    kind: string
    bytes: number
    /** SHA-256 of the file as it was sent. */
    sha256: string
    /** Path in the folder; null where it is lost or changed. */
    file: string | null
  }[]
  timeline: {
    seq: number
    at: string
    type: string
    site: string | null
    by: Actor
    ids: Record<string, string>
    /** null when lawfully erased. */
    body: Record<string, unknown> | null
  }[]
  studies: {
    /** Our own id, as in the journal; null when nothing of it is here. */
    study: string | null
    StudyInstanceUID: string
    series: number
    expected: number | null
    arrivals: { source: string; callingAETitle: string; address: string; instances: number; from: string }[]
    instances: ArchivedInstance[]
  }[]
  transfers: {
    transfer: string
    StudyInstanceUID: string
    peer: string
    cause: string
    state: string
    total: number
    sent: number
    confirmed: number
    failed: number
    attempts: number
    queuedAt: string
    settledAt: string | null
    reason: string | null
    instances: { SOPInstanceUID: string; state: string }[]
  }[]
  reports: {
    report: string
    version: number
    kind: string
    signedAt: string
    signer: Actor
    /** SHA-256 of the signed bytes, `reports/<n>.json`. */
    digest: string
    /** False: the stored bytes are no longer what was signed. */
    intact: boolean
    /** Paths in the folder; a PDF that is lost or changed is null. */
    files: { signed: string; pdf: string | null }
  }[]
  /** What the parties said to each other, in order. */
  conversation: {
    message: string
    at: string
    by: Actor
    text: string
    mentions: { account: string; name: string }[]
    attachments: {
      name: string
      kind: string
      bytes: number
      /** SHA-256 of the file as it was sent. */
      sha256: string
      /** Path in the folder; null where it is lost or changed. */
      file: string | null
    }[]
    inError: { at: string; by: string; reason: string } | null
  }[]
  /** How far each person has read: the last message and when. */
  readUpTo: { account: string; name: string; message: string; at: string }[]
  receipts: { at: string; report: string; version: number; by: Actor }[]
  /** Each critical finding with all that was said and done about it: `body` of each step is the entry's. */
  criticals: {
    critical: string
    class: number
    /** null when lawfully erased. */
    finding: string | null
    foundAt: string | null
    steps: { seq: number; at: string; type: string; by: Actor; body: Record<string, unknown> | null }[]
  }[]
  /** What technically went wrong with the act, and what befell the node (`ofTheNode`) while it was under way. */
  incidents: {
    seq: number
    at: string
    type: string
    ofTheNode: boolean
    reason: string | null
    ids: Record<string, string>
    by: Actor
  }[]
  /** Who was shown the act, its images or its record, or took them away; once an hour and session. */
  access: { seq: number; at: string; type: string; screen: string | null; by: Actor }[]
  messages: {
    notice: string
    at: string
    kind: NoticeView['kind']
    account: string
    /** The alert it belongs to, and which wave of it. */
    alert: string | null
    wave: number | null
    readAt: string | null
    channels: NoticeView['channels']
  }[]
  /** What waited for somebody: the ladder as it was agreed and as it was climbed, who was told how, who answered. */
  alerts: ArchivedAlert[]
}
