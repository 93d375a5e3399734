import { dicomDateTime } from '../clock.js'
import { basicTextSR, type TextPart } from '../dicom/format/basic-text-sr.js'
import { derivedUID } from '../dicom/format/derived-uid.js'
import type { MadeObject } from '../dicom/format/encapsulated-document.js'
import { encapsulatedPDF } from '../dicom/format/encapsulated-pdf.js'
import type { Predecessor } from '../dicom/format/predecessors.js'
import { SOPClass } from '../dicom/uids.js'
import { fail } from '../errors.js'
import { criticalSentence, label, titleOf } from './document-words.js'
import type { SignedContent, SigningKind } from './report.js'
import type { ReportsDeps } from './reports.js'
import type { ReportTables } from './schema.js'
import type { Versions } from './versions.js'

/** A signed version as a DICOM object, and where it belongs. The same version gives the same UIDs. */
export interface EncapsulatedReport {
  /** The Encapsulated PDF. */
  made: MadeObject
  /** The same as a Basic Text SR. */
  text: MadeObject
  /** Objects of earlier versions that this one takes the place of: they are withdrawn where they are. */
  replaced: Predecessor[]
  kind: SigningKind
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
  const all = await versions.proven(id, 'en')
  const signed = all.find(one => one.version.version === number)
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
  const title = titleOf(version.kind, content.language)
  const earlier = all.filter(one => one.version.version < number)
  const objectsOf = (sop: string): Record<'pdf' | 'text', Predecessor> => ({
    pdf: {
      StudyInstanceUID: uid,
      SeriesInstanceUID: report.series_uid,
      sopClassUID: SOPClass.EncapsulatedPDFStorage,
      sopInstanceUID: sop,
    },
    text: {
      StudyInstanceUID: uid,
      SeriesInstanceUID: derivedUID(report.series_uid, 'text'),
      sopClassUID: SOPClass.BasicTextSRStorage,
      sopInstanceUID: derivedUID(sop, 'text'),
    },
  })
  const before = earlier.at(-1)
  const predecessor = before === undefined ? undefined : objectsOf(before.version.sop_uid)
  const own = objectsOf(version.sop_uid)
  const uids = ({ SeriesInstanceUID, sopInstanceUID }: Predecessor) => ({
    SeriesInstanceUID,
    SOPInstanceUID: sopInstanceUID,
  })
  const filed = {
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
  }
  const seriesDescription = content.language === 'fr' ? 'Compte rendu' : 'Report'
  const made = encapsulatedPDF({
    pdf: await versions.pdf(version),
    ...filed,
    report: {
      status,
      title: `${title} ${content.reference}`,
      seriesDescription,
      instanceNumber: version.version,
      contentDate: date,
      contentTime: time,
      hl7InstanceIdentifier: `${report.document_uid}^${report.id}`,
      institutionName: content.readingSite.name,
    },
    predecessors: predecessor === undefined ? [] : [predecessor.pdf],
    uids: uids(own.pdf),
  })
  const text = basicTextSR({
    ...filed,
    language: content.language,
    status,
    parts: textParts(content),
    verifier: { name: content.signer.name, organization: content.readingSite.name },
    verifiedAt: `${date}${time}+0000`,
    seriesDescription,
    instanceNumber: version.version,
    contentDate: date,
    contentTime: time,
    institutionName: content.readingSite.name,
    predecessors: predecessor === undefined ? [] : [predecessor.text],
    uids: uids(own.text),
  })
  return {
    made,
    text,
    kind: version.kind,
    // An addendum adds to what stands; everything else takes its place.
    replaced:
      version.kind === 'addendum'
        ? []
        : earlier.flatMap(one => Object.values(objectsOf(one.version.sop_uid))),
    site: report.site,
    StudyInstanceUID: uid,
    ...(study === undefined ? {} : { study: study.id }),
    report: id,
    version: number,
  }
}

/** What a structured document says of a version: the same as its pages. */
function textParts(content: SignedContent): TextPart[] {
  const { language, sections, kind } = content
  const reason: TextPart[] =
    content.reason === undefined
      ? []
      : [
          {
            section: 'note',
            text: `${label(kind === 'withdrawal' ? 'withdrawal' : 'correction', language)}\n${content.reason}`,
          },
        ]
  if (kind === 'withdrawal') return reason
  return [
    ...reason,
    ...[...content.addenda].reverse().map(({ text }): TextPart => ({ section: 'addendum', text })),
    ...(['indication', 'technique', 'results', 'conclusion'] as const).map(
      (section): TextPart => ({ section, text: sections[section] }),
    ),
    {
      section: 'note',
      text: (content.criticals ?? []).map(one => criticalSentence(one, language)).join('\n'),
    },
    { section: 'note', text: content.gaps.join('\n') },
  ]
}
