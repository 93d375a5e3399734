import { createHash } from 'node:crypto'
import type { Language } from '../accounts/view.js'
import { fail } from '../errors.js'
import { canonical } from '../journal/canonical.js'
import { isSigned } from '../journal/checkpoint.js'
import type { PatientView } from '../requests/view.js'
import type { Difference, ReportState, Sections } from './view.js'

/** A correction replaces what was signed before it; a withdrawal takes all of it back. */
export const SIGNING_KINDS = ['preliminary', 'final', 'addendum', 'correction', 'withdrawal'] as const
export type SigningKind = (typeof SIGNING_KINDS)[number]

export const SECTION_NAMES = ['indication', 'technique', 'results', 'conclusion'] as const
export const EMPTY_SECTIONS: Sections = { indication: '', technique: '', results: '', conclusion: '' }

/** draft → preliminary → final → (addendum | correction)*, and withdrawn: what is not listed cannot be signed. */
const LIFECYCLE: Record<ReportState, Partial<Record<SigningKind, ReportState>>> = {
  draft: { preliminary: 'preliminary', final: 'final' },
  preliminary: { final: 'final', withdrawal: 'withdrawn' },
  final: { addendum: 'final', correction: 'final', withdrawal: 'withdrawn' },
  // What was taken back may be replaced; nothing else comes after it.
  withdrawn: { correction: 'final' },
}

export const REPORT_STATES = Object.keys(LIFECYCLE) as readonly ReportState[]

/** What may be signed next. */
export const signableAs = (state: ReportState) => Object.keys(LIFECYCLE[state]) as SigningKind[]

/** Where the signed versions lead, oldest first. Throws `conflict` on an order that cannot have happened. */
export const replayReport = (kinds: readonly SigningKind[]): ReportState =>
  kinds.reduce<ReportState>((state, kind) => afterSigning(state, kind), 'draft')

/** The state after signing; a pair that is not listed throws `conflict`. */
export function afterSigning(state: ReportState, kind: SigningKind): ReportState {
  return (
    LIFECYCLE[state][kind] ??
    fail('conflict', {
      fr: 'Ce compte rendu ne peut plus être signé ainsi.',
      en: `A ${state} report cannot be signed as ${kind}.`,
    })
  )
}

/** Sections may change until the final version is signed; from then on there are addenda and corrections. */
export const isEditable = (state: ReportState) => state === 'draft' || state === 'preliminary'

/** Whether a version says its sections anew: how far it differs from the one before is said with it. */
export const saysAnew = (kind: SigningKind) => kind === 'final' || kind === 'correction'

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
    /** Taken from the images, in words: the device, the dose, what was injected. */
    equipment?: string
    dose?: string
    contrast?: string
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
  /** How far it differs from the version before, as the radiologist said. */
  difference?: Difference
  /** Why it was corrected or withdrawn. */
  reason?: string
  /** Critical findings of the act as they stood: who was told, when and how. */
  criticals?: SignedCritical[]
  /** Images that its reader marked, absent where there are none. */
  keyImages?: SignedKeyImage[]
  /** Where the images can be viewed, and for how many years they are kept. */
  viewing?: { where: string; years: number }
}

export interface SignedKeyImage {
  StudyInstanceUID: string
  SeriesInstanceUID: string
  SOPInstanceUID: string
  SOPClassUID: string
  /** From 1, of an object of many frames. */
  frame?: number
  seriesNumber?: number
  seriesDescription: string
  instanceNumber?: number
  /** It was looked at so; absent: as the image itself asks. */
  window?: { center: number; width: number }
  /** SHA-256 of the JPEG that is printed, its name among the objects; absent where it cannot be drawn. */
  picture?: string
}

export interface SignedCritical {
  class: number
  finding: string
  foundAt: string
  /** The call in which it was read back. */
  told?: { receiver: string; role: string; at: string; method: string }
}

/** The bytes that are signed: the canonical JSON (RFC 8785) of the content, UTF-8. */
export const signedBytes = (content: SignedContent): string => canonical(content)

/** SHA-256 of signed bytes, hex. */
export const digestOf = (bytes: string): string => createHash('sha256').update(bytes, 'utf8').digest('hex')

/**
 * The exact text (RFC 8785) to which the node puts its own signature: the bytes by their digest, which version of which
 * report they are, and who signed it.
 */
export const attestedText = ({ report, version, signer, signedAt }: SignedContent, digest: string): string =>
  canonical({ digest, format: 'relais-report-signature/1', report, signedAt, signer: { ...signer }, version })

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

/** Public Ed25519 keys of the node, raw, by their fingerprints. */
export type NodeKeys = ReadonlyMap<string, Buffer>

/**
 * What is wrong with a stored version, in words; undefined when it is what was signed: its bytes fit their digest,
 * they are those of this version, the journal committed to both the bytes and the PDF, and the node's signature is
 * over them and their signer.
 */
export function faultIn(
  stored: StoredVersion,
  recorded: RecordedSignature | undefined,
  keys: NodeKeys,
): string | undefined {
  const content = provenContent(stored.signed, stored.digest)
  if (content === undefined) return 'the signed bytes do not fit their digest'
  if (content.report !== stored.report || content.version !== stored.version)
    return 'the signed bytes are those of another version'
  if (recorded === undefined || recorded.seq !== stored.fact)
    return 'no entry of the journal records this signature'
  // An erased body leaves its commitment, which the journal's own check keeps.
  if (recorded.body === null) return undefined
  if (recorded.body['digest'] !== stored.digest) return 'the journal recorded another digest'
  if (recorded.body['pdf'] !== stored.pdf) return 'the journal recorded another PDF'
  const attested = recorded.body['signature'] as { key: string; value: string } | undefined
  // Signed before the node put its own signature to reports.
  if (attested === undefined) return undefined
  const key = keys.get(attested.key)
  const text = attestedText(content, stored.digest)
  return key !== undefined && isSigned(text, Buffer.from(attested.value, 'hex'), key)
    ? undefined
    : 'the signature of the node is not over this'
}

/**
 * What is wrong with all versions of one report together, each being what was signed: they follow one another without a
 * gap, each names the digest of the one before, and none that the journal recorded is gone, so that an older one cannot
 * stand for the newest.
 */
export function faultAmong(
  versions: readonly Pick<StoredVersion, 'version' | 'signed' | 'digest'>[],
  recorded: number,
): string | undefined {
  for (const [index, { version, signed }] of versions.entries()) {
    if (version !== index + 1) return 'a version is missing'
    const { previous } = JSON.parse(signed) as SignedContent
    if (previous !== (versions[index - 1]?.digest ?? null)) return 'it does not follow the version before'
  }
  return recorded === versions.length ? undefined : 'a version that was signed is missing'
}
