import { studyAttributes } from '../dicom/format/attributes.js'
import type { MadeObject, MadePatient, MadeStudy } from '../dicom/format/encapsulated-document.js'
import { readHeader } from '../dicom/format/header.js'
import { fileHeader } from '../dicom/format/part10.js'
import { dicomObjectName } from '../objects/name.js'
import type { Objects } from '../objects/objects.js'
import type { Receive, Reception } from './receive.js'
import type { StudyRecord } from './study.js'

/**
 * Brings an object we made (a report, a rejection note) in by the same door as every image. Made again after a crash
 * it is the same bytes, and a duplicate. Throws the Failure of a reception that failed.
 */
export async function receiveMade(
  { objects, receive }: { objects: Objects; receive: Receive },
  made: MadeObject,
  source: { id: string; site: string; issuer: string; association: string },
): Promise<Exclude<Reception, { result: 'failed' }>['result']> {
  const head = fileHeader(made)
  const { transferSyntaxUID } = made
  const written = await objects.write(made.dataset, head, sha256 =>
    dicomObjectName(sha256, transferSyntaxUID),
  )
  const reception = await receive.receive({
    object: {
      bucket: written.bucket,
      name: written.name,
      bytes: written.bytes,
      datasetOffset: head.length,
      sha256: written.sha256,
      transferSyntaxUID,
      mediaType: 'application/dicom',
    },
    sopClassUID: made.sopClassUID,
    attributes: studyAttributes(await readHeader(made.dataset, { datasetOffset: 0, transferSyntaxUID })),
    source: { ...source, madeHere: true, callingAETitle: '', calledAETitle: '', address: '' },
  })
  if (reception.result === 'failed') throw reception.failure
  if (reception.result === 'duplicate') await objects.discard(written)
  await receive.ended(source.association)
  return reception.result
}

/** Whose an object made here is and which study it joins, as the images of that study say. */
export function placeOf(study: StudyRecord) {
  return {
    patient: {
      PatientName: study.name,
      // A study without a number stands under a name of its own that begins with "?".
      PatientID: study.patient_id.startsWith('?') ? '' : study.patient_id,
      IssuerOfPatientID: study.issuer,
      PatientBirthDate: study.birth_date,
      PatientSex: study.sex,
    },
    study: {
      StudyInstanceUID: study.uid,
      StudyDate: study.date,
      StudyTime: study.time,
      StudyID: study.study_id,
      StudyDescription: study.description,
      AccessionNumber: study.accession,
      ReferringPhysicianName: study.referrer,
    },
  } satisfies { patient: MadePatient; study: MadeStudy }
}
