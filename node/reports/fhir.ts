import { createHash } from 'node:crypto'
import type { Json } from '../journal/canonical.js'
import type { SignedContent, SigningKind } from './report.js'

/** One signed version as other programs read it. */
export interface ToShow {
  /** The HL7 instance identifier over all versions, as a UID. */
  documentUID: string
  content: SignedContent
  /** Its request was entered in error: nothing it says is in force. */
  isVoid?: boolean
  /** The PDF itself; absent where only its address is given. */
  pdf?: Buffer
  pdfBytes?: number
}

/** HL7 FHIR R4, value set DiagnosticReportStatus. */
const STATUS: Readonly<Record<SigningKind, string>> = {
  preliminary: 'preliminary',
  final: 'final',
  addendum: 'appended',
  correction: 'corrected',
  withdrawal: 'entered-in-error',
}

/** A FHIR resource, as JSON. */
export type Resource = { [key: string]: Json }

const urn = (uid: string) => `urn:oid:${uid}`

/**
 * A report as a FHIR R4 DiagnosticReport (4.0.1): category, code, who it is about, what asked for it, the conclusion, and
 * the signed PDF as its presented form; `base`: where the node is reached, without a slash at the end. A version that was taken back says so and gives no conclusion.
 */
export function diagnosticReport(
  { documentUID, content, isVoid, pdf, pdfBytes }: ToShow,
  base: string,
): Resource {
  const { exam, patient, kind, language } = content
  const withdrawn = isVoid === true || kind === 'withdrawal'
  const conclusion = [
    content.sections.conclusion,
    ...content.addenda.map(({ text }) => `Addendum: ${text}`),
  ].join('\n\n')
  const title = `${content.reference} v${content.version}`
  return {
    resourceType: 'DiagnosticReport',
    id: fhirId(content.report),
    meta: { versionId: String(content.version), lastUpdated: content.signedAt },
    language: language === 'fr' ? 'fr-FR' : 'en-GB',
    identifier: [
      { use: 'official', system: 'urn:ietf:rfc:3986', value: urn(documentUID) },
      { use: 'usual', system: `${base}/fhir/report`, value: content.report },
    ],
    basedOn: [
      {
        type: 'ServiceRequest',
        identifier: { system: `${base}/fhir/request`, value: content.reference },
        display: content.reference,
      },
    ],
    status: withdrawn ? STATUS.withdrawal : STATUS[kind],
    category: [
      {
        coding: [
          { system: 'http://terminology.hl7.org/CodeSystem/v2-0074', code: 'RAD', display: 'Radiology' },
        ],
      },
    ],
    code: {
      coding: [{ system: 'http://loinc.org', code: '18748-4', display: 'Diagnostic imaging study' }],
      text: [exam.modality, exam.region].filter(text => text.trim() !== '').join(' – '),
    },
    subject: {
      type: 'Patient',
      identifier: { value: patient.id, assigner: { display: patient.issuer } },
      display: `${patient.family} ${patient.given}`.trim(),
    },
    ...(exam.date === undefined ? {} : { effectiveDateTime: exam.date }),
    issued: content.signedAt,
    performer: [{ type: 'Organization', display: content.readingSite.name }],
    resultsInterpreter: [{ type: 'Practitioner', display: content.signer.name }],
    ...(exam.studies.length === 0
      ? {}
      : {
          imagingStudy: exam.studies.map(({ StudyInstanceUID }) => ({
            type: 'ImagingStudy',
            identifier: { system: 'urn:dicom:uid', value: urn(StudyInstanceUID) },
          })),
        }),
    ...(withdrawn || conclusion.trim() === '' ? {} : { conclusion }),
    presentedForm: [
      {
        contentType: 'application/pdf',
        language: language === 'fr' ? 'fr-FR' : 'en-GB',
        url: `${base}/api/reports/${content.report}/pdf?version=${content.version}`,
        title,
        creation: content.signedAt,
        ...(pdfBytes === undefined ? {} : { size: pdfBytes }),
        ...(pdf === undefined
          ? {}
          : {
              data: pdf.toString('base64'),
              size: pdf.length,
              hash: createHash('sha1').update(pdf).digest('base64'),
            }),
      },
    ],
  }
}

/** FHIR ids hold no underscore: letters, digits, `-` and `.`, 64 at most. */
export const fhirId = (id: string) => id.replaceAll('_', '-')
/** The other way round; undefined for what no report of ours is called. */
export const reportIdOf = (id: string) => (/^rep-[0-9a-z]{1,60}$/.test(id) ? id.replace('-', '_') : undefined)

/** The value of a token (`system|value`, or `value` alone) or of a reference (`Type/id`). */
export function tokenValue(text: string): string {
  const value = text.slice(text.lastIndexOf('|') + 1)
  const last = value.slice(value.lastIndexOf('/') + 1).replace(/^urn:oid:/, '')
  return reportIdOf(last) ?? last
}

export function searchSet(resources: readonly Resource[], base: string, self: string): Resource {
  return {
    resourceType: 'Bundle',
    type: 'searchset',
    total: resources.length,
    link: [{ relation: 'self', url: `${base}${self}` }],
    ...(resources.length === 0
      ? {}
      : {
          entry: resources.map(resource => ({
            fullUrl: `${base}/fhir/DiagnosticReport/${String(resource['id'])}`,
            resource,
            search: { mode: 'match' },
          })),
        }),
  }
}

/** What this node answers, as FHIR servers say it. `date`: of the program. */
export function capabilityStatement(base: string, version: string, date: string): Resource {
  return {
    resourceType: 'CapabilityStatement',
    status: 'active',
    date,
    kind: 'instance',
    software: { name: 'Relais', version },
    implementation: { description: 'Relais exchange node', url: `${base}/fhir` },
    fhirVersion: '4.0.1',
    format: ['application/fhir+json'],
    rest: [
      {
        mode: 'server',
        security: { description: 'Authorization: Bearer, a token with the right report.read' },
        resource: [
          {
            type: 'DiagnosticReport',
            interaction: [{ code: 'read' }, { code: 'search-type' }],
            versioning: 'versioned',
            searchParam: [
              { name: 'identifier', type: 'token' },
              { name: 'based-on', type: 'reference' },
            ],
          },
        ],
      },
    ],
  }
}
