import { dicomDateTime } from '../clock.js'
import type { MadeObject } from '../dicom/format/encapsulated-document.js'
import { encapsulatedPDF } from '../dicom/format/encapsulated-pdf.js'
import { fail } from '../errors.js'
import { label } from './document-words.js'
import type { ReportsDeps } from './reports.js'
import type { ReportTables } from './schema.js'
import type { Versions } from './versions.js'

/** A signed version as a DICOM object, and where it belongs. The same version gives the same UIDs. */
export interface EncapsulatedReport {
  made: MadeObject
  /** The site whose study it is filed under. */
  site: string
  StudyInstanceUID: string
  /** `std_…` when the node holds that study. */
  study?: string
  report: string
  version: number
}

/**
 * The Encapsulated PDF of a version. Patient and study are copied from the images, so that the PACS files it with
 * them; where the node has none, from the request. Throws `missing` when nothing was signed or linked.
 */
export async function encapsulate(
  { db, requests, studies }: ReportsDeps,
  versions: Versions,
  id: string,
  number: number,
): Promise<EncapsulatedReport> {
  const report = await db
    .sql<ReportTables>()
    .selectFrom('reports')
    .selectAll()
    .where('id', '=', id)
    .executeTakeFirst()
  const signed = (await versions.proven(id, 'en')).find(one => one.version.version === number)
  const request = report === undefined ? undefined : await requests.known(report.request)
  if (report === undefined || signed === undefined || request === undefined)
    fail('missing', 'There is no such signed version.')
  const [uid] = request.studies
  if (uid === undefined) fail('missing', 'The request has no study to file the report under.')
  const { content, version } = signed
  const { patient } = content
  const study = (await studies.byUid(uid)).find(record => record.site === report.site)
  const { date, time } = dicomDateTime(version.signed_at)
  const status = version.kind === 'preliminary' ? 'preliminary' : 'final'
  const title = label(status === 'preliminary' ? 'preliminaryTitle' : 'title', content.language)
  const made = encapsulatedPDF({
    pdf: await versions.pdf(version),
    patient:
      study === undefined
        ? {
            PatientName: `${patient.family}^${patient.given}`,
            PatientID: patient.id,
            IssuerOfPatientID: patient.issuer,
            PatientBirthDate: patient.birthDate.replaceAll('-', ''),
            PatientSex: patient.sex === 'U' ? '' : patient.sex,
          }
        : {
            PatientName: study.name,
            // A study without a number stands under a name of its own that begins with "?".
            PatientID: study.patient_id.startsWith('?') ? '' : study.patient_id,
            IssuerOfPatientID: study.issuer,
            PatientBirthDate: study.birth_date,
            PatientSex: study.sex,
          },
    study: {
      StudyInstanceUID: uid,
      ...(study === undefined
        ? {}
        : {
            StudyDate: study.date,
            StudyTime: study.time,
            StudyID: study.study_id,
            StudyDescription: study.description,
            AccessionNumber: study.accession,
            ReferringPhysicianName: study.referrer,
          }),
    },
    report: {
      status,
      title: `${title} ${content.reference}`,
      seriesDescription: content.language === 'fr' ? 'Compte rendu' : 'Report',
      instanceNumber: version.version,
      contentDate: date,
      contentTime: time,
      hl7InstanceIdentifier: `${report.document_uid}^${report.id}`,
      institutionName: content.readingSite.name,
    },
    uids: { SeriesInstanceUID: report.series_uid, SOPInstanceUID: version.sop_uid },
  })
  return {
    made,
    site: report.site,
    StudyInstanceUID: uid,
    ...(study === undefined ? {} : { study: study.id }),
    report: id,
    version: number,
  }
}
