import { createHash } from 'node:crypto'
import type { Language } from '../accounts/view.js'
import { fail } from '../errors.js'
import { canonical } from '../journal/canonical.js'
import type { PatientView } from '../requests/view.js'
import type { ReportState, Sections } from './view.js'

export type SigningKind = 'preliminary' | 'final' | 'addendum'

export const EMPTY_SECTIONS: Sections = { indication: '', technique: '', results: '', conclusion: '' }

/** draft → preliminary → final → addendum*: what is not listed cannot be signed. */
const LIFECYCLE: Record<ReportState, Partial<Record<SigningKind, ReportState>>> = {
  draft: { preliminary: 'preliminary', final: 'final' },
  preliminary: { final: 'final' },
  final: { addendum: 'final' },
}

/** The state after signing; a pair that is not listed throws `conflict`. */
export function afterSigning(state: ReportState, kind: SigningKind): ReportState {
  return LIFECYCLE[state][kind] ?? fail('conflict', `A ${state} report cannot be signed as ${kind}.`)
}

/** Sections may change until the final version is signed; from then on there are addenda. */
export const isEditable = (state: ReportState) => state !== 'final'

export interface SignedAddendum {
  version: number
  text: string
  signer: { name: string; role: string }
  signedAt: string
}

/** Everything one signed version says: exactly this is signed, shown and printed, and nothing else is. */
export interface SignedContent {
  format: 'relais-report/1'
  report: string
  request: string
  reference: string
  version: number
  kind: SigningKind
  language: Language
  sections: Sections
  /** All addenda up to this version, the newest last. */
  addenda: SignedAddendum[]
  patient: PatientView
  exam: {
    modality: string
    region: string
    laterality?: string
    question: string
    /** YYYY-MM-DD */
    date?: string
    accession?: string
    /** Images at hand when it was signed. */
    studies: { StudyInstanceUID: string; received: number; expected: number | null }[]
  }
  requester: { name: string; phone: string; service?: string }
  site: { id: string; name: string }
  readingSite: { id: string; name: string }
  signer: { id: string; name: string; role: string }
  /** UTC ISO 8601. */
  signedAt: string
  /** One sentence per study whose images were incomplete, or whose number could not be proved. */
  gaps: string[]
  /** Digest of the version before, null for the first. */
  previous: string | null
}

/** The bytes that are signed: the canonical JSON (RFC 8785) of the content, UTF-8. */
export const signedBytes = (content: SignedContent): string => canonical(content)

/** SHA-256 of signed bytes, hex. */
export const digestOf = (bytes: string): string => createHash('sha256').update(bytes, 'utf8').digest('hex')

/** The content of stored bytes that fit their digest; undefined when anything of them was changed. */
export function provenContent(bytes: string, digest: string): SignedContent | undefined {
  return digestOf(bytes) === digest ? (JSON.parse(bytes) as SignedContent) : undefined
}

/** What is stored of a version. */
export interface StoredVersion {
  report: string
  version: number
  signed: string
  digest: string
  pdf: string
  /** The journal's entry that recorded it. */
  fact: number
}

/** What the journal recorded of a signature; `body` is null when it was lawfully erased. */
export interface RecordedSignature {
  seq: number
  body: { [key: string]: unknown } | null
}

/**
 * What is wrong with a stored version, in words; undefined when it is what was signed: its bytes fit their digest,
 * they are those of this version, and the journal committed to both the bytes and the PDF.
 */
export function faultIn(stored: StoredVersion, recorded: RecordedSignature | undefined): string | undefined {
  const content = provenContent(stored.signed, stored.digest)
  if (content === undefined) return 'the signed bytes do not fit their digest'
  if (content.report !== stored.report || content.version !== stored.version)
    return 'the signed bytes are those of another version'
  if (recorded === undefined || recorded.seq !== stored.fact)
    return 'no entry of the journal records this signature'
  // An erased body leaves its commitment, which the journal's own check keeps.
  if (recorded.body === null) return undefined
  if (recorded.body['digest'] !== stored.digest) return 'the journal recorded another digest'
  return recorded.body['pdf'] === stored.pdf ? undefined : 'the journal recorded another PDF'
}
