import type { ImportDecision, ImportIdentity, ImportStudy, PresetInput } from '../../node/imports/view.js'

/** What is decided so far: who it is, before the last word. */
export type Answer = Pick<ImportDecision, 'candidate' | 'identity' | 'request' | 'accession'> & {
  /** Known already that the disc says otherwise. */
  contradicts: boolean
}

export const FIELDS = [
  'PatientName',
  'PatientBirthDate',
  'PatientSex',
  'PatientID',
  'IssuerOfPatientID',
] as const satisfies readonly (keyof ImportIdentity)[]

/** What is ticked at first: all that the preset wants of a person's studies. */
export function firstChoice(studies: readonly ImportStudy[]): Set<string> {
  const own = studies.flatMap(({ series }) => series)
  const wanted = own.filter(({ leftOut }) => !leftOut)
  // Where the preset wants nothing of it, somebody brought it all the same.
  return new Set((wanted.length > 0 ? wanted : own).map(({ SeriesInstanceUID }) => SeriesInstanceUID))
}

/** The studies of which something is ticked, and the images that are. */
export function chosenOf(studies: readonly ImportStudy[], chosen: ReadonlySet<string>) {
  const parts = studies.filter(({ series }) => series.some(each => chosen.has(each.SeriesInstanceUID)))
  const series = studies.flatMap(study => study.series)
  const ticked = series.filter(each => chosen.has(each.SeriesInstanceUID))
  return {
    studies: parts,
    images: ticked.reduce((sum, { images }) => sum + images, 0),
    series: ticked.length,
    ofSeries: series.length,
  }
}

type Write = PresetInput['write']

/** What replaces what: an empty value replaces nothing, and the issuer is written where the desk's PACS keeps it. */
export function changesOf(disc: ImportIdentity, decided: ImportIdentity, write?: Write) {
  return FIELDS.filter(
    field =>
      decided[field] !== '' &&
      decided[field] !== disc[field] &&
      (field !== 'IssuerOfPatientID' || write?.issuer !== false),
  ).map(field => ({ field, from: disc[field], to: decided[field] }))
}

/** The accession number that will stand in the images. */
export function accessionOf(disc: string, decided: string | undefined, write?: Write): string {
  if (write?.accession === 'keep') return disc
  return decided || (write?.accession === 'empty' ? '' : disc)
}
