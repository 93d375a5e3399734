import type { ImportDecision, ImportIdentity, ImportState, ImportWhy, LeftOutKind, Verdict } from './view.js'

export const FAULT_KINDS = [
  'unreadable',
  'missing',
  'other-patient',
  'rejected',
  'conflict',
  'refused',
] as const
type FaultKind = (typeof FAULT_KINDS)[number]

/** What an import's certificate says: made of the node's rows, the same in each language. */
export interface CertificateContent {
  schema: 1
  import: string
  state: ImportState
  site: { id: string; name: string }
  disc: {
    label: string
    name: string
    medium: string
    files: number
    bytes: number
    /** SHA-256 over the digests of its files; null before all of them are known. */
    fingerprint: string | null
  }
  brought: { by: string; at: string }
  found: Partial<Record<Verdict, number>>
  /** PDFs and pictures beside the images, and what became of each; null: nobody chose it. */
  papers: { kind: string; title: string; outcome: string | null }[]
  /** Further ones than are named. */
  otherPapers: number
  decisions: {
    by: string
    at: string
    candidate: ImportDecision['candidate']
    reason: string | null
    /** Taken back since, by whom and why. */
    withdrawn: { by: string; at: string; reason: string } | null
    /** Old and new values of what was replaced, for each study. */
    studies: {
      StudyInstanceUID: string
      StudyDate: string
      StudyDescription: string
      Modalities: string[]
      images: number
      series: number
      ofSeries: number
      identity: ImportIdentity
      changes: {
        field: keyof ImportIdentity | 'AccessionNumber' | 'StudyDescription'
        from: string
        to: string
      }[]
    }[]
  }[]
  /** People of the disc of whom nothing is taken, as it calls them. */
  notTaken: { identity: ImportIdentity; by: string; at: string; reason: string; why?: ImportWhy }[]
  taken: { taken: number; duplicate: number; refused: number }
  /** Series nobody chose. */
  left: { Modality: string; SeriesDescription: string; images: number; by: LeftOutKind | 'rule' | 'person' }[]
  /** What could be neither read nor taken, the same reasons together. */
  faults: { what: FaultKind; reason: string; why?: ImportWhy; files: number; paths: string[] }[]
  destinations: {
    peer: string
    state: string
    confirmed: number
    of: number
    at: string | null
  }[]
}

/** Faults named one by one: beyond, they are counted together. */
const FAULTS_MAX = 12
export const PAPERS_MAX = 20
const PATHS_MAX = 3

/** The same reasons together, the most frequent first, with a few of the files; the rest is one line with its count. */
export function groupedFaults(
  files: readonly { what: FaultKind; reason: string; why?: ImportWhy | undefined; path: string }[],
): CertificateContent['faults'] {
  const groups = new Map<string, CertificateContent['faults'][number]>()
  for (const { what, reason, why, path } of files) {
    // "ends at byte 4711" and "ends at byte 815" are one reason.
    const alike = reason.replace(/\d+/g, '…')
    const key = `${what} ${why?.code === 'other' ? '' : (why?.code ?? '')} ${alike}`
    const group = groups.get(key) ?? {
      what,
      reason,
      ...(why === undefined || why.code === 'other' ? {} : { why }),
      files: 0,
      paths: [],
    }
    group.files += 1
    if (group.files > 1) group.reason = alike
    // What tells one file from the other is not true of all of them.
    if (group.files > 1 && group.why !== undefined) group.why = { code: group.why.code }
    if (group.paths.length < PATHS_MAX) group.paths.push(path)
    groups.set(key, group)
  }
  const sorted = [...groups.values()].sort((a, b) => b.files - a.files || (a.reason < b.reason ? -1 : 1))
  const [named, others] = [sorted.slice(0, FAULTS_MAX), sorted.slice(FAULTS_MAX)]
  for (const what of FAULT_KINDS) {
    const count = others.filter(each => each.what === what).reduce((sum, { files }) => sum + files, 0)
    if (count > 0) named.push({ what, reason: '', files: count, paths: [] })
  }
  return named
}

/** Everything is confirmed, or somebody gave it up: only a person's act changes it now. */
export function isFinal({ state, destinations }: CertificateContent): boolean {
  return (
    ['done', 'entered-in-error'].includes(state) &&
    destinations.every(each => ['confirmed', 'sent', 'cancelled'].includes(each.state))
  )
}
