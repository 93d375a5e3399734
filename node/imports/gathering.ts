import type { InventoryFile } from './inventory.js'
import { kindOf } from './leave-out.js'
import type { DiscStudy, Judged } from './rows.js'
import { compareIdentities } from './rules.js'
import type { ImportIdentity, ImportSeries, LeftOutKind } from './view.js'

type Attributes = NonNullable<InventoryFile['dicom']>['attributes']

/** A file of a study, as much as the whole disc needs to know of it. */
interface Member {
  number: number
  bytes: number
  series: string
  uid: string
  /** Its place in the series. */
  place: number
  kind: LeftOutKind | undefined
}

/** What a study has of one person. */
interface Part {
  study: DiscStudy
  seriesByUid: Map<string, Counted>
  files: Member[]
}

/** A series as far as it is known; `kinds` of all of its objects. */
type Counted = ImportSeries & { kinds: Set<LeftOutKind | undefined> }

/**
 * Gathers studies and series as the files of a disc are told; several patients stay apart, being in several studies. Only
 * the whole disc tells whom a study shows, and what a rejection note on it withdraws.
 */
export class StudyGathering {
  /** By StudyInstanceUID: one part for each person its objects name. */
  readonly #studies = new Map<string, Part[]>()
  /** `StudyInstanceUID SOPInstanceUID` of what a note withdraws, and the note's file. */
  readonly #rejected = new Map<string, number>()
  readonly #leftOutBy: (series: ImportSeries) => ImportSeries['leftOutBy']
  #touched = new Set<string>()

  constructor(leftOutBy: (series: ImportSeries) => ImportSeries['leftOutBy']) {
    this.#leftOutBy = leftOutBy
  }

  add({ number, bytes, verdict, dicom }: InventoryFile): void {
    if (dicom === undefined) return
    if (verdict === 'rejection-note')
      for (const { StudyInstanceUID, SOPInstanceUID } of dicom.rejects ?? [])
        this.#rejected.set(`${StudyInstanceUID} ${SOPInstanceUID}`, number)
    if (verdict !== 'readable') return
    const { attributes } = dicom
    const part = this.#partOf(attributes)
    const { SeriesInstanceUID: series, SOPInstanceUID: uid } = attributes
    const kind = kindOf(attributes)
    if (!part.seriesByUid.has(series))
      part.seriesByUid.set(series, {
        SeriesInstanceUID: series,
        SeriesNumber: attributes.SeriesNumber === undefined ? '' : String(attributes.SeriesNumber),
        SeriesDescription: attributes.SeriesDescription ?? '',
        Modality: attributes.Modality ?? '',
        images: 0,
        leftOut: false,
        sample: number,
        kinds: new Set(),
      })
    const member = { number, bytes, series, uid, place: attributes.InstanceNumber ?? number, kind }
    part.files.push(member)
    count(part, member)
    this.#touched.add(attributes.StudyInstanceUID)
  }

  /** Those of which more was found since this was asked last, as far as they are known. */
  touched(): DiscStudy[] {
    const touched = this.#touched
    this.#touched = new Set()
    return [...touched].flatMap(uid => {
      const [most] = byFiles(this.#studies.get(uid) ?? [])
      return most === undefined ? [] : [this.#told(most)]
    })
  }

  /**
   * In the end: the studies of the disc, and the files that are not what they seemed. The middle image of each series
   * stands for it. `without` are files known not to be taken.
   */
  end(without: ReadonlySet<number> = new Set()): { studies: DiscStudy[]; judged: Judged[] } {
    const judged: Judged[] = []
    const studies: DiscStudy[] = []
    for (const [uid, parts] of this.#studies) {
      // Most of its objects say whom a study shows.
      const [most, ...others] = byFiles(parts)
      if (most === undefined) continue
      for (const { files, study } of others)
        for (const { number } of files)
          judged.push({
            number,
            verdict: 'other-patient',
            reason: `it names ${nameOf(study.identity)}, the rest of its study ${nameOf(most.study.identity)}`,
            why: { code: 'other-names', named: nameOf(study.identity), rest: nameOf(most.study.identity) },
          })
      const taken = most.files.filter(file => {
        if (without.has(file.number)) return false
        const note = this.#rejected.get(`${uid} ${file.uid}`)
        if (note !== undefined)
          judged.push({
            number: file.number,
            verdict: 'rejected',
            reason: `the rejection note in file ${note} withdraws it`,
            why: { code: 'noted-on-disc', file: note },
          })
        return note === undefined
      })
      if (taken.length > 0) studies.push(this.#told(recounted(most, taken)))
    }
    return { studies, judged }
  }

  #partOf(attributes: Attributes): Part {
    const { StudyInstanceUID } = attributes
    const identity = identityOnDisc(attributes)
    const parts = this.#studies.get(StudyInstanceUID) ?? []
    const known = parts.find(({ study }) => !isSomebodyElse(study.identity, identity))
    if (known !== undefined) return known
    const part: Part = {
      study: {
        StudyInstanceUID,
        StudyDate: attributes.StudyDate ?? '',
        StudyDescription: attributes.StudyDescription ?? '',
        AccessionNumber: attributes.AccessionNumber ?? '',
        Modalities: [],
        identity,
        series: [],
        images: 0,
        bytes: 0,
      },
      seriesByUid: new Map(),
      files: [],
    }
    this.#studies.set(StudyInstanceUID, [...parts, part])
    return part
  }

  #told({ study, seriesByUid }: Part): DiscStudy {
    const series = [...seriesByUid.values()].map(({ kinds, ...each }): ImportSeries => {
      const [kind] = kinds
      const said = { ...each, ...(kind === undefined || kinds.size > 1 ? {} : { kind }) }
      const leftOutBy = this.#leftOutBy(said)
      return {
        ...said,
        leftOut: leftOutBy !== undefined,
        ...(leftOutBy === undefined ? {} : { leftOutBy }),
      }
    })
    return {
      ...study,
      series,
      Modalities: [...new Set(series.map(({ Modality }) => Modality).filter(Boolean))],
    }
  }
}

function count({ study, seriesByUid }: Pick<Part, 'study' | 'seriesByUid'>, file: Member): void {
  const series = seriesByUid.get(file.series)
  if (series === undefined) return
  series.images += 1
  series.kinds.add(file.kind)
  study.images += 1
  study.bytes += file.bytes
}

/** The part with these files alone. */
function recounted({ study, seriesByUid }: Part, files: readonly Member[]): Part {
  const part: Part = { study: { ...study, images: 0, bytes: 0 }, seriesByUid: new Map(), files: [] }
  const places = new Map<string, Member[]>()
  for (const file of files) {
    const before = seriesByUid.get(file.series)
    if (before !== undefined && !part.seriesByUid.has(file.series))
      part.seriesByUid.set(file.series, { ...before, images: 0, kinds: new Set() })
    count(part, file)
    const members = places.get(file.series)
    if (members === undefined) places.set(file.series, [file])
    else members.push(file)
  }
  for (const [uid, members] of places) {
    members.sort((a, b) => a.place - b.place || a.number - b.number)
    const series = part.seriesByUid.get(uid)
    if (series !== undefined) series.sample = members[members.length >> 1]?.number ?? series.sample
  }
  return part
}

const byFiles = (parts: readonly Part[]) => [...parts].sort((a, b) => b.files.length - a.files.length)

const nameOf = ({ PatientName, PatientID }: ImportIdentity) =>
  `${PatientName || 'nobody'} (${PatientID || 'no number'})`

/**
 * Whether two objects of one study show two people. What is not said contradicts nothing: a report without birth date is
 * still about the same person; and one number with one birth date is one person, married or misspelt.
 */
function isSomebodyElse(a: ImportIdentity, b: ImportIdentity): boolean {
  const { fields, contradicts } = compareIdentities(a, b)
  if (a.PatientID === '' || a.PatientID !== b.PatientID) return contradicts
  const result = (field: keyof ImportIdentity) => fields.find(each => each.field === field)?.result
  return result('PatientName') === 'different' && result('PatientBirthDate') !== 'same'
}

/** An issuer that the disc does not name is unknown: it is surely not ours. */
function identityOnDisc(attributes: Attributes): ImportIdentity {
  return {
    PatientID: attributes.PatientID ?? '',
    IssuerOfPatientID: attributes.IssuerOfPatientID ?? '',
    PatientName: attributes.PatientName ?? '',
    PatientBirthDate: attributes.PatientBirthDate ?? '',
    PatientSex: attributes.PatientSex ?? '',
  }
}
