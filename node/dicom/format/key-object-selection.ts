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
import { predecessorItems } from './predecessors.js'

/** An instance that a selection names. */
export interface SelectedObject {
  StudyInstanceUID: string
  SeriesInstanceUID: string
  sopClassUID: string
  sopInstanceUID: string
  /** From 1, of an object of many frames; without it the whole object is meant. */
  frames?: readonly number[]
}

/** A selection to make. Dates are DA, times TM. */
export interface KeyObjectSelection {
  /** Document title (PS3.16 CID 7010). */
  title: Code
  /** The Key Object Description, in the writer's words; may be empty. */
  text: string
  /** All of the study it is filed in: over several studies it would have to lie in each of them (PS3.3 C.17.6.2.1). */
  references: readonly SelectedObject[]
  patient: MadePatient
  study: MadeStudy
  series: { number: number; description: string }
  instanceNumber: number
  /** Who selects, as a person name. */
  observer: string
  institutionName: string
  contentDate: string
  contentTime: string
  uids: { SeriesInstanceUID: string; SOPInstanceUID: string }
}

const dcm = (CodeValue: string, CodeMeaning: string): Code => ({
  CodeValue,
  CodingSchemeDesignator: 'DCM',
  CodeMeaning,
})
const named = (code: Code): Values => ({ ConceptNameCodeSequence: [{ ...code }] })

/** What a reader marked for who asked. */
export const OF_INTEREST = dcm('113000', 'Of Interest')

/**
 * A Key Object Selection Document (PS3.3 A.35.4, TID 2010): modules Patient, General Study, Key Object Document Series,
 * General Equipment, Key Object Document, SR Document Content, SOP Common. Evidence and content name the same instances.
 *
 * @throws Failure `invalid` for a UID that is none.
 */
export function keyObjectSelection(selection: KeyObjectSelection): MadeObject {
  const { references, uids, text, title } = selection
  return madeObject(SOPClass.KeyObjectSelectionDocumentStorage, TransferSyntax.ExplicitVRLittleEndian, uids, {
    ...heading(selection, {
      instanceNumber: selection.instanceNumber,
      date: selection.contentDate,
      time: selection.contentTime,
    }),
    Modality: 'KO',
    ReferencedPerformedProcedureStepSequence: [],
    InstitutionName: cut(selection.institutionName),
    CurrentRequestedProcedureEvidenceSequence: predecessorItems(references),

    ValueType: 'CONTAINER',
    ...named(title),
    ContinuityOfContent: 'SEPARATE',
    ContentTemplateSequence: [{ MappingResource: 'DCMR', TemplateIdentifier: '2010' }],
    ContentSequence: [
      {
        RelationshipType: 'HAS OBS CONTEXT',
        ValueType: 'CODE',
        ...named(dcm('121005', 'Observer Type')),
        ConceptCodeSequence: [{ ...dcm('121006', 'Person') }],
      },
      {
        RelationshipType: 'HAS OBS CONTEXT',
        ValueType: 'PNAME',
        ...named(dcm('121008', 'Person Observer Name')),
        PersonName: cut(selection.observer),
      },
      ...(text === ''
        ? []
        : [
            {
              RelationshipType: 'CONTAINS',
              ValueType: 'TEXT',
              ...named(dcm('113012', 'Key Object Description')),
              TextValue: text,
            },
          ]),
      ...references.map(({ sopClassUID, sopInstanceUID, frames = [] }) => ({
        RelationshipType: 'CONTAINS',
        // IMAGE is for image SOP classes; documents and what else there is are COMPOSITE.
        ValueType: isImage(sopClassUID) ? 'IMAGE' : 'COMPOSITE',
        ReferencedSOPSequence: [
          {
            ReferencedSOPClassUID: sopClassUID,
            ReferencedSOPInstanceUID: sopInstanceUID,
            ...(frames.length === 0 ? {} : { ReferencedFrameNumber: [...frames] }),
          },
        ],
      })),
    ],
  })
}

/** PS3.4 B.5 names image classes so; everything under SR, presentation states, waveforms, PDF and raw data is none. */
function isImage(sopClassUID: string): boolean {
  return !/^1\.2\.840\.10008\.5\.1\.4\.1\.1\.(88|104|11|9|66)(\.|$)/.test(sopClassUID)
}

/** What its VR can hold; a backslash would make two values of one. */
const cut = (text: string) => [...text.replaceAll('\\', ' ')].slice(0, 64).join('')
