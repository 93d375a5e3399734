import type { DicomJson, DicomJsonElement, DicomJsonValue } from '../../dicom/format/dicomjson.js'
import { jsonName, toDicomJson } from '../../dicom/format/dicomjson.js'
import { attributeOfKeyword } from '../../dicom/format/dictionary.js'
import type { Header } from '../../dicom/format/header.js'
import type { Found, FoundSeries, FoundStudy, SearchLevel } from '../search.js'

/** What a row is asked to say (PS3.18 Tables 10.6.3-3 to -5), beside what is always said. */
export interface Wanted {
  level: SearchLevel
  /** Levels above are said too where the address does not name them. */
  withStudy: boolean
  withSeries: boolean
  include: ReadonlySet<string>
  includeAll: boolean
  /** Where the resources of this interface begin, for Retrieve URL. */
  base: string
}

type Value = string | number | null | readonly (string | number)[]

/** Said where asked for, or with `all`; everything else of a level is always said. */
const ON_REQUEST = new Set(['IssuerOfPatientID', 'Laterality'])
/** Of an image's own header: always said of an instance. */
const IMAGE = ['Rows', 'Columns', 'BitsAllocated', 'NumberOfFrames']
/** Values that are no text or number do not belong into a list. */
const NOT_LISTED = new Set(['SQ', 'OB', 'OW', 'OD', 'OF', 'OL', 'OV', 'UN'])
const VALUE_MAX_BYTES = 1024

/** One row of an answer in the DICOM JSON model, in the order of the tags. */
export function modelOf(found: Found, wanted: Wanted, header?: Header): DicomJson {
  const { level, base } = wanted
  const study = `${base}/studies/${found.study.uid}`
  const series = `${study}/series/${found.series?.uid}`
  const retrieve = { study, series, instance: `${series}/instances/${found.instance?.uid}` }[level]
  const values: Record<string, Value> = {
    SpecificCharacterSet: 'ISO_IR 192',
    InstanceAvailability: 'ONLINE',
    RetrieveURL: retrieve,
    StudyInstanceUID: found.study.uid,
    ...(level === 'study' || wanted.withStudy ? studyValues(found.study) : {}),
    ...(found.series === undefined ? {} : { SeriesInstanceUID: found.series.uid }),
    ...(found.series !== undefined && (level === 'series' || wanted.withSeries)
      ? seriesValues(found.series)
      : {}),
    ...(found.instance === undefined
      ? {}
      : {
          SOPClassUID: found.instance.sopClassUID,
          SOPInstanceUID: found.instance.uid,
          InstanceNumber: found.instance.number,
        }),
  }
  const model: DicomJson = header === undefined ? {} : ofHeader(header, wanted)
  for (const [keyword, value] of Object.entries(values)) {
    const attribute = attributeOfKeyword(keyword)
    if (attribute === undefined) throw new Error(`no attribute is called ${keyword}`)
    const { tag, vr } = attribute
    if (ON_REQUEST.has(keyword) && !wanted.includeAll && !wanted.include.has(tag)) continue
    model[tag] = element(vr, value)
  }
  return Object.fromEntries(Object.entries(model).sort(([a], [b]) => (a < b ? -1 : 1)))
}

function studyValues(study: FoundStudy): Record<string, Value> {
  return {
    StudyDate: study.date,
    StudyTime: study.time,
    AccessionNumber: study.accession,
    ModalitiesInStudy: study.modalities,
    ReferringPhysicianName: study.referrer,
    StudyDescription: study.description,
    PatientName: study.name,
    PatientID: study.patientId,
    IssuerOfPatientID: study.issuer,
    PatientBirthDate: study.birthDate,
    PatientSex: study.sex,
    StudyID: study.studyId,
    NumberOfStudyRelatedSeries: study.series,
    NumberOfStudyRelatedInstances: study.instances,
  }
}

function seriesValues(series: FoundSeries): Record<string, Value> {
  return {
    Modality: series.modality,
    SeriesDescription: series.description,
    BodyPartExamined: series.bodyPart,
    SeriesNumber: series.number,
    Laterality: series.laterality,
    NumberOfSeriesRelatedInstances: series.instances,
  }
}

/** What only the object itself knows: the size of its image, and other attributes somebody asks for by name. */
function ofHeader(header: Header, { include }: Wanted): DicomJson {
  const tags = new Set([...include, ...IMAGE.map(keyword => attributeOfKeyword(keyword)?.tag ?? '')])
  return toDicomJson(header, {
    only: tag => {
      const found = header.elements.get(tag)
      return (
        found !== undefined && tags.has(tag) && !NOT_LISTED.has(found.vr) && found.length <= VALUE_MAX_BYTES
      )
    },
  })
}

function element(vr: string, value: Value): DicomJsonElement {
  const list = (Array.isArray(value) ? value : [value]) as (string | number | null)[]
  const Value = list.flatMap((each): DicomJsonValue[] => {
    if (each === null || each === '') return []
    const said = vr === 'PN' ? jsonName(String(each)) : each
    return said === null ? [] : [said]
  })
  return Value.length === 0 ? { vr } : { vr, Value }
}
