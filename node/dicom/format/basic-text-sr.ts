import { SOPClass, TransferSyntax } from '../uids.js'
import type { Values } from './dataset.js'
import {
  type Code,
  heading,
  type MadeObject,
  type MadePatient,
  type MadeStudy,
  madeObject,
} from './encapsulated-document.js'
import { type Predecessor, predecessorItems } from './predecessors.js'

/** What one part of a report says. `note` stands between the others: an addendum, what is missing. */
export interface TextPart {
  section: 'indication' | 'technique' | 'results' | 'conclusion' | 'addendum' | 'note'
  text: string
}

/** One signed version of a report as a structured document. Dates are DA, times TM, `verifiedAt` is DT with its offset. */
export interface TextReport {
  patient: MadePatient
  study: MadeStudy
  language: 'fr' | 'en'
  status: 'preliminary' | 'final'
  parts: readonly TextPart[]
  verifier: { name: string; organization: string }
  verifiedAt: string
  seriesDescription: string
  instanceNumber: number
  contentDate: string
  contentTime: string
  institutionName: string
  predecessors: readonly Predecessor[]
  uids: { SeriesInstanceUID: string; SOPInstanceUID: string }
}

/** Far from the images' own series numbers, and beside our other documents'. */
const SERIES_NUMBER = 9003

const code = (scheme: 'DCM' | 'LN', CodeValue: string, CodeMeaning: string): Code => ({
  CodeValue,
  CodingSchemeDesignator: scheme,
  CodeMeaning,
})
const named = (concept: Code): Values => ({ ConceptNameCodeSequence: [{ ...concept }] })

/** PS3.16 CID 7001 (headings) and CID 7002 (what is said under them). */
const CONCEPTS: Readonly<Record<TextPart['section'], { heading: Code; element: Code }>> = {
  indication: {
    heading: code('DCM', '121109', 'Indications for Procedure'),
    element: code('DCM', '121110', 'Patient Presentation'),
  },
  technique: {
    heading: code('DCM', '121064', 'Current Procedure Descriptions'),
    element: code('DCM', '121065', 'Procedure Description'),
  },
  results: { heading: code('DCM', '121070', 'Findings'), element: code('DCM', '121071', 'Finding') },
  conclusion: { heading: code('DCM', '121076', 'Conclusions'), element: code('DCM', '121077', 'Conclusion') },
  addendum: { heading: code('DCM', '121078', 'Addendum'), element: code('DCM', '121077', 'Conclusion') },
  note: { heading: code('DCM', '121106', 'Comment'), element: code('DCM', '121106', 'Comment') },
}

const LANGUAGES = {
  fr: { CodeValue: 'fr-FR', CodingSchemeDesignator: 'RFC5646', CodeMeaning: 'French (France)' },
  en: { CodeValue: 'en-GB', CodingSchemeDesignator: 'RFC5646', CodeMeaning: 'English (United Kingdom)' },
} as const

/**
 * A Basic Text SR (PS3.3 A.35.1): modules Patient, General Study, SR Document Series, General Equipment, SR Document
 * General, SR Document Content, SOP Common. A preliminary one is PARTIAL, UNVERIFIED and says so in its series too.
 *
 * @throws Failure `invalid` for a UID that is none.
 */
export function basicTextSR(report: TextReport): MadeObject {
  const { status, verifier, uids, predecessors } = report
  const final = status === 'final'
  return madeObject(SOPClass.BasicTextSRStorage, TransferSyntax.ExplicitVRLittleEndian, uids, {
    ...heading(
      {
        patient: report.patient,
        study: report.study,
        uids,
        series: {
          number: SERIES_NUMBER,
          description: final ? report.seriesDescription : `PROVISOIRE - ${report.seriesDescription}`,
        },
      },
      { instanceNumber: report.instanceNumber, date: report.contentDate, time: report.contentTime },
    ),
    Modality: 'SR',
    ReferencedPerformedProcedureStepSequence: [],
    InstitutionName: cut(report.institutionName),
    CompletionFlag: final ? 'COMPLETE' : 'PARTIAL',
    VerificationFlag: final ? 'VERIFIED' : 'UNVERIFIED',
    PreliminaryFlag: final ? 'FINAL' : 'PRELIMINARY',
    ...(final
      ? {
          VerifyingObserverSequence: [
            {
              VerifyingOrganization: cut(verifier.organization),
              VerificationDateTime: report.verifiedAt,
              VerifyingObserverName: personName(verifier.name),
              VerifyingObserverIdentificationCodeSequence: [],
            },
          ],
        }
      : {}),
    ...(predecessors.length === 0 ? {} : { PredecessorDocumentsSequence: predecessorItems(predecessors) }),
    PerformedProcedureCodeSequence: [],
    ValueType: 'CONTAINER',
    ...named(code('LN', '18748-4', 'Diagnostic Imaging Report')),
    ContinuityOfContent: 'SEPARATE',
    ContentSequence: [
      {
        RelationshipType: 'HAS CONCEPT MOD',
        ValueType: 'CODE',
        ...named(code('DCM', '121049', 'Language of Content Item and Descendants')),
        ConceptCodeSequence: [{ ...LANGUAGES[report.language] }],
      },
      {
        RelationshipType: 'HAS OBS CONTEXT',
        ValueType: 'PNAME',
        ...named(code('DCM', '121008', 'Person Observer Name')),
        PersonName: personName(verifier.name),
      },
      ...report.parts
        .filter(({ text }) => text.trim() !== '')
        .map(({ section, text }) => ({
          RelationshipType: 'CONTAINS',
          ValueType: 'CONTAINER',
          ...named(CONCEPTS[section].heading),
          ContinuityOfContent: 'SEPARATE',
          ContentSequence: [
            {
              RelationshipType: 'CONTAINS',
              ValueType: 'TEXT',
              ...named(CONCEPTS[section].element),
              TextValue: plain(text),
            },
          ],
        })),
    ],
  })
}

const cut = (text: string) => [...text.replaceAll('\\', ' ')].slice(0, 64).join('')

/** A name that is known as one text stands in the family name: `^` and `=` would make parts of it. */
const personName = (text: string) => cut(text.replace(/[\^=]/g, ' '))

/** UT holds line breaks as CR LF (PS3.5 §6.1.3); other controls have no place in it. */
const plain = (text: string) =>
  text
    .replace(/[^\P{Cc}\n\t]/gu, '')
    .replaceAll('\t', ' ')
    .replaceAll('\n', '\r\n')
