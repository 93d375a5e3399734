import type { Database } from '../database.js'
import { matches } from '../dicom/matching.js'
import { dimseStatus, StatusFailure } from '../dicom/network/status.js'
import type { Keys } from '../peers/identifiers.js'
import type { Peers } from '../peers/peers.js'
import type { Query } from '../peers/wire.js'
import { isListed, mayLeave } from '../studies/leaving.js'
import type { StudyTables } from '../studies/schema.js'
import type { Studies } from '../studies/studies.js'
import { type FoundStudy, findStudies, uidList } from './finding.js'

/** Images of one page. */
const PAGE = 100

const STUDY_KEYS = [
  'StudyInstanceUID',
  'StudyDate',
  'StudyTime',
  'StudyDescription',
  'StudyID',
  'AccessionNumber',
  'ReferringPhysicianName',
  'PatientID',
  'IssuerOfPatientID',
  'PatientName',
  'PatientBirthDate',
  'PatientSex',
  'ModalitiesInStudy',
]
const SERIES_KEYS = ['SeriesInstanceUID', 'SeriesNumber', 'Modality', 'SeriesDescription', 'BodyPartExamined']
const IMAGE_KEYS = ['SOPInstanceUID', 'SOPClassUID', 'InstanceNumber']

export type Level = 'STUDY' | 'SERIES' | 'IMAGE'

/**
 * The level of an identifier and whether it names what is above it (PS3.4 C.4.1.2.1, C.4.2.2.1): without the study,
 * lower levels are asked for only where relational queries were agreed on. Throws A900.
 */
export function levelOf(keys: Keys, relational: boolean): Level {
  const level = keys['QueryRetrieveLevel'] ?? ''
  if (level !== 'STUDY' && level !== 'SERIES' && level !== 'IMAGE')
    throw new StatusFailure(
      dimseStatus.datasetDoesNotMatch,
      'invalid',
      'Query/Retrieve Level is not STUDY, SERIES or IMAGE',
    )
  if (level !== 'STUDY' && !relational && (keys['StudyInstanceUID'] ?? '') === '')
    throw new StatusFailure(
      dimseStatus.datasetDoesNotMatch,
      'invalid',
      `level ${level} needs Study Instance UID`,
    )
  return level
}

/**
 * Answers a peer's C-FIND (Study Root, PS3.4 C.6.2) with the studies its site owns or is a party to, and no other.
 * Optional keys we do not know match everything and come back empty (C.2.2.1.3).
 */
export async function* answerQuery(
  query: Query,
  options: { db: Database; peers: Peers; studies: Studies },
): AsyncIterable<Keys[]> {
  const { db, peers, studies } = options
  const peer = peers.get(query.peer)
  const { keys } = query
  const level = levelOf(keys, query.relational)
  const answer = (study: FoundStudy, record: Keys): Keys => ({
    QueryRetrieveLevel: level,
    RetrieveAETitle: query.calledAETitle,
    // The same number at two sites is not the same patient: whoever reads for several must be told whose it is.
    ...(study.own === 1 ? {} : { IssuerOfPatientID: study.issuer }),
    ...selected(keys, record),
  })
  for await (const page of findStudies(db, peer.site, keys)) {
    const wanted = page.filter(study => matches(only(STUDY_KEYS, keys), studyRecord(study)))
    if (level === 'STUDY') {
      yield await Promise.all(
        wanted.map(async study => answer(study, { ...studyRecord(study), ...(await seriesCount(study)) })),
      )
      continue
    }
    for (const study of wanted) {
      const gone = await withdrawnIn(study)
      const series = (await studies.series(study.id))
        .map(one => ({ ...one, instances: one.instances - (gone.get(one.id) ?? 0) }))
        .filter(one => one.instances > 0)
        .map(one => ({ ...studyRecord(study), ...seriesRecord(one) }))
        .filter(record => matches(only(SERIES_KEYS, keys), record))
      if (level === 'SERIES') yield series.map(one => answer(study, one))
      else for (const one of series) yield* images(study, one)
    }
  }

  /** By series: what is withdrawn, and the notes that say so. */
  async function withdrawnIn(study: FoundStudy): Promise<Map<number, number>> {
    const rows = await db
      .sql<StudyTables>()
      .selectFrom('instances')
      .select(['series', eb => eb.fn.countAll<number>().as('count')])
      .where('study', '=', study.id)
      .where(eb => eb.or([eb('withdrawn', 'is not', null), eb('note_of', 'is not', null)]))
      .groupBy('series')
      .execute()
    return new Map(rows.map(({ series, count }) => [series, count]))
  }

  /** Only where it is asked for: it is another read for each study. */
  async function seriesCount(study: FoundStudy): Promise<Keys> {
    if (keys['NumberOfStudyRelatedSeries'] === undefined) return {}
    return { NumberOfStudyRelatedSeries: String((await studies.series(study.id)).length) }
  }

  async function* images(study: FoundStudy, series: Keys): AsyncIterable<Keys[]> {
    const listed = uidList(keys['SOPInstanceUID'] ?? '')
    const [single] = listed?.length === 1 ? listed : []
    const narrowed = {
      series: series['SeriesInstanceUID'] ?? '',
      ...(single === undefined ? {} : { uid: single }),
    }
    const records = (await studies.instances(study.id, narrowed))
      // What we filed at the site that asked is no business of another site's PACS.
      .filter(image => mayLeave(image) && isListed(image) && (!image.madeHere || study.own === 1))
      .map(image => ({
        ...series,
        SOPInstanceUID: image.uid,
        SOPClassUID: image.sopClassUID,
        InstanceNumber: image.number === null ? '' : String(image.number),
        NumberOfFrames: String(image.frames),
      }))
      .filter(record => matches(only(IMAGE_KEYS, keys), record))
    for (let at = 0; at < records.length; at += PAGE) {
      yield records.slice(at, at + PAGE).map(record => answer(study, record))
    }
  }
}

function studyRecord(study: FoundStudy): Keys {
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
    NumberOfStudyRelatedInstances: String(
      study.instances - study.withheld - (study.own === 1 ? 0 : study.made),
    ),
    InstanceAvailability: 'ONLINE',
  }
}

function seriesRecord(series: Awaited<ReturnType<Studies['series']>>[number]): Keys {
  return {
    SeriesInstanceUID: series.uid,
    SeriesNumber: series.number === null ? '' : String(series.number),
    SeriesDescription: series.description,
    Modality: series.modality,
    BodyPartExamined: series.body_part,
    NumberOfSeriesRelatedInstances: String(series.instances),
  }
}

function only(keywords: readonly string[], keys: Keys): Keys {
  return Object.fromEntries(keywords.map(keyword => [keyword, keys[keyword] ?? '']))
}

/** What was asked for (C.4.1.1.3.2): keys we do not know come back empty. */
function selected(keys: Keys, record: Keys): Keys {
  const steering = new Set(['QueryRetrieveLevel', 'SpecificCharacterSet', 'RetrieveAETitle'])
  return Object.fromEntries(
    Object.keys(keys)
      .filter(keyword => !steering.has(keyword))
      .map(keyword => [keyword, record[keyword] ?? '']),
  )
}
