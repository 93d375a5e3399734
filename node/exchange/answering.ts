import { matches } from '../dicom/matching.js'
import type { Peers } from '../peers/peers.js'
import type { Query } from '../peers/wire.js'
import type { Studies, StudyRecord } from '../studies/studies.js'

const BATCH = 100

/**
 * Answers a peer's C-FIND (Study Root, PS3.4 C.6.2) with the studies its site owns or is a party to, and no other.
 * A level without the unique key of the level above gets no match, as the standard asks for.
 */
export async function* answerQuery(
  query: Query,
  options: { peers: Peers; studies: Studies },
): AsyncIterable<Record<string, string>[]> {
  const { peers, studies } = options
  const peer = peers.get(query.peer)
  const level = query.keys['QueryRetrieveLevel'] ?? 'STUDY'
  const visible = await studies.visibleTo(peer.site)
  const wanted = visible.filter(study => matches(studyKeys(query.keys), studyRecord(study)))
  if (level === 'STUDY') {
    for (let at = 0; at < wanted.length; at += BATCH)
      yield wanted.slice(at, at + BATCH).map(study => selected(query.keys, level, studyRecord(study)))
    return
  }
  if ((query.keys['StudyInstanceUID'] ?? '') === '') return
  for (const study of wanted) {
    const series = (await studies.series(study.id)).filter(one =>
      matches(seriesKeys(query.keys), seriesRecord(one)),
    )
    if (level === 'SERIES') {
      yield series.map(one => selected(query.keys, level, { ...studyRecord(study), ...seriesRecord(one) }))
      continue
    }
    for (const one of series) {
      const images = (await studies.instances(study.id, { series: one.uid }))
        // A report filed at the site that asked is no business of another site's PACS.
        .filter(image => !image.madeHere || study.site === peer.site)
        .map(image => ({
          SOPInstanceUID: image.uid,
          SOPClassUID: image.sopClassUID,
          InstanceNumber: image.number === null ? '' : String(image.number),
          NumberOfFrames: String(image.frames),
        }))
        .filter(image => matches({ SOPInstanceUID: query.keys['SOPInstanceUID'] ?? '' }, image))
      for (let at = 0; at < images.length; at += BATCH)
        yield images
          .slice(at, at + BATCH)
          .map(image =>
            selected(query.keys, level, { ...studyRecord(study), ...seriesRecord(one), ...image }),
          )
    }
  }
}

function studyRecord(study: StudyRecord): Record<string, string> {
  return {
    StudyInstanceUID: study.uid,
    StudyDate: study.date,
    StudyTime: study.time,
    StudyDescription: study.description,
    StudyID: study.study_id,
    AccessionNumber: study.accession,
    ReferringPhysicianName: study.referrer,
    PatientID: study.patient_id.startsWith('?') ? '' : study.patient_id,
    IssuerOfPatientID: study.issuer,
    PatientName: study.name,
    PatientBirthDate: study.birth_date,
    PatientSex: study.sex,
    ModalitiesInStudy: study.modalities.split(' ').join('\\'),
    NumberOfStudyRelatedInstances: String(study.instances),
  }
}

function seriesRecord(series: Awaited<ReturnType<Studies['series']>>[number]): Record<string, string> {
  return {
    SeriesInstanceUID: series.uid,
    SeriesNumber: series.number === null ? '' : String(series.number),
    SeriesDescription: series.description,
    Modality: series.modality,
    BodyPartExamined: series.body_part,
    NumberOfSeriesRelatedInstances: String(series.instances),
  }
}

const SERIES_KEYS = ['SeriesInstanceUID', 'SeriesNumber', 'Modality', 'SeriesDescription', 'BodyPartExamined']
const IMAGE_KEYS = ['SOPInstanceUID', 'SOPClassUID', 'InstanceNumber', 'NumberOfFrames']

function studyKeys(keys: Record<string, string>): Record<string, string> {
  const lower = new Set([...SERIES_KEYS, ...IMAGE_KEYS])
  return Object.fromEntries(Object.entries(keys).filter(([keyword]) => !lower.has(keyword)))
}

function seriesKeys(keys: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(keys).filter(([keyword]) => SERIES_KEYS.includes(keyword)))
}

/** What was asked for, and the level (C.4.1.1.3.2): keys we do not know come back empty. */
function selected(
  keys: Record<string, string>,
  level: string,
  record: Record<string, string>,
): Record<string, string> {
  const answer: Record<string, string> = { QueryRetrieveLevel: level }
  for (const keyword of Object.keys(keys))
    if (keyword !== 'QueryRetrieveLevel' && keyword !== 'SpecificCharacterSet')
      answer[keyword] = record[keyword] ?? ''
  return answer
}
