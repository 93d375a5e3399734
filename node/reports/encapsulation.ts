import { dicomDateTime } from '../clock.js'
import { basicTextSR, type TextPart } from '../dicom/format/basic-text-sr.js'
import { derivedUID } from '../dicom/format/derived-uid.js'
import type { MadeObject } from '../dicom/format/encapsulated-document.js'
import { encapsulatedPDF } from '../dicom/format/encapsulated-pdf.js'
import { keyObjectSelection, OF_INTEREST, type SelectedObject } from '../dicom/format/key-object-selection.js'
import type { Predecessor } from '../dicom/format/predecessors.js'
import { SOPClass } from '../dicom/uids.js'
import { fail } from '../errors.js'
import { placeOf } from '../studies/made-here.js'
import type { ReportsDeps } from './deps.js'
import { criticalSentence, label, titleOf } from './document-words.js'
import type { SignedContent, SignedKeyImage, SigningKind } from './report.js'
import type { ReportRecord, ReportTables } from './schema.js'
import type { Versions } from './versions.js'
import type { Proven } from './views.js'

/** Far from the images' own series numbers, and beside our other documents'. */
const KEYS_SERIES_NUMBER = 9004

/** A signed version as a DICOM object, and where it belongs. The same version gives the same UIDs. */
export interface EncapsulatedReport {
  /** The Encapsulated PDF. */
  made: MadeObject
  /** The same as a Basic Text SR. */
  text: MadeObject
  /** Its key images as a Key Object Selection, one in each study they are of. */
  keys: (MadeObject & { StudyInstanceUID: string })[]
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

const keySeriesOf = ({ series_uid }: Pick<ReportRecord, 'series_uid'>, StudyInstanceUID: string) =>
  derivedUID(series_uid, 'keys', StudyInstanceUID)
const textSeriesOf = ({ series_uid }: Pick<ReportRecord, 'series_uid'>) => derivedUID(series_uid, 'text')

/** The DICOM series of a study that all versions of a report are filed in: pages, text, and key images. */
export const seriesOf = (report: Pick<ReportRecord, 'series_uid'>, StudyInstanceUID: string): string[] => [
  report.series_uid,
  textSeriesOf(report),
  keySeriesOf(report, StudyInstanceUID),
]

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
  const all = await versions.proven(id)
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
      SeriesInstanceUID: textSeriesOf(report),
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
  const keysOf = (one: Proven): Predecessor[] =>
    selectsAnew(one.content)
      ? studiesOf(one.content.keyImages).map(StudyInstanceUID => ({
          StudyInstanceUID,
          SeriesInstanceUID: keySeriesOf(report, StudyInstanceUID),
          sopClassUID: SOPClass.KeyObjectSelectionDocumentStorage,
          sopInstanceUID: derivedUID(one.version.sop_uid, 'keys', StudyInstanceUID),
        }))
      : []
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
        : placeOf(study).patient,
    study: study === undefined ? { StudyInstanceUID: uid } : placeOf(study).study,
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
  const keys: EncapsulatedReport['keys'] = []
  for (const own of keysOf(signed)) {
    const [of] = (await studies.byUid(own.StudyInstanceUID)).filter(record => record.site === report.site)
    // The study of a marked image may have gone from here since: then nothing can be filed in it.
    if (of === undefined) continue
    const selection = keyObjectSelection({
      ...placeOf(of),
      title: OF_INTEREST,
      text: '',
      references: selectedOf(content.keyImages, own.StudyInstanceUID),
      series: { number: KEYS_SERIES_NUMBER, description: label('keyImages', content.language) },
      instanceNumber: version.version,
      observer: personName(content.signer.name),
      institutionName: content.readingSite.name,
      contentDate: date,
      contentTime: time,
      uids: uids(own),
    })
    keys.push({ ...selection, StudyInstanceUID: own.StudyInstanceUID })
  }
  return {
    made,
    text,
    keys,
    kind: version.kind,
    // An addendum adds to what stands; everything else takes its place.
    replaced:
      version.kind === 'addendum'
        ? []
        : earlier.flatMap(one => [...Object.values(objectsOf(one.version.sop_uid)), ...keysOf(one)]),
    site: report.site,
    StudyInstanceUID: uid,
    ...(study === undefined ? {} : { study: study.id }),
    report: id,
    version: number,
  }
}

/** An addendum leaves the selection that stands; what is taken back selects nothing. */
const selectsAnew = ({ kind }: SignedContent) => kind !== 'addendum' && kind !== 'withdrawal'

const studiesOf = (images: readonly SignedKeyImage[] = []) => [
  ...new Set(images.map(({ StudyInstanceUID }) => StudyInstanceUID)),
]

/** Each object once, by the frames that were marked of it. */
function selectedOf(images: readonly SignedKeyImage[] = [], study: string): SelectedObject[] {
  const selected = new Map<string, SelectedObject & { frames: number[] }>()
  for (const image of images) {
    if (image.StudyInstanceUID !== study) continue
    const frames = [...(selected.get(image.SOPInstanceUID)?.frames ?? [])]
    selected.set(image.SOPInstanceUID, {
      StudyInstanceUID: study,
      SeriesInstanceUID: image.SeriesInstanceUID,
      sopClassUID: image.SOPClassUID,
      sopInstanceUID: image.SOPInstanceUID,
      frames: image.frame === undefined ? frames : [...frames, image.frame],
    })
  }
  return [...selected.values()]
}

/** A name that is known as one text stands in the family name: `^` and `=` would make parts of it. */
const personName = (text: string) => text.replace(/[\^=]/g, ' ')

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
