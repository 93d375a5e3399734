import test from 'ava'
import type { FailureCode } from '../../node/errors.js'
import { problem, statusOf } from '../../node/http/failures.js'
import { operationOutcome } from '../../node/http/operation-outcome.js'
import {
  capabilityStatement,
  diagnosticReport,
  fhirId,
  reportIdOf,
  searchSet,
  tokenValue,
} from '../../node/reports/fhir.js'
import { SIGNING_KINDS, type SignedContent } from '../../node/reports/report.js'
import { codeOf, digestPrefixOf } from '../../node/reports/verification-code.js'
import { faultsOfR4 } from '../support/fhir.js'

const CONTENT: SignedContent = {
  format: 'relais-report/1',
  report: 'rep_01abc',
  request: 'req_1',
  reference: 'N-0042',
  version: 2,
  kind: 'final',
  language: 'fr',
  sections: { indication: 'i', technique: 't', results: 'r', conclusion: 'Normal.' },
  addenda: [],
  patient: { id: 'P1', issuer: 'NORD', family: 'ESSAI', given: 'Zoé', birthDate: '1970-03-12', sex: 'F' },
  exam: {
    modality: 'CT',
    region: 'Crâne',
    question: 'Q',
    date: '2026-11-24',
    studies: [{ StudyInstanceUID: '1.2.3', received: 1, expected: 1 }],
  },
  requester: { name: 'Dr Exemple', phone: '+33' },
  site: { id: 'nord', name: 'Hôpital Nord' },
  readingSite: { id: 'lecture', name: 'Groupe' },
  signer: { id: 'acc_1', name: 'Dr Un', role: 'radiologue' },
  signedAt: '2026-11-24T06:10:00.000Z',
  gaps: [],
  previous: 'ab',
}
const BASE = 'https://relais.test'
const shown = (over: Partial<SignedContent> = {}) =>
  diagnosticReport(
    { documentUID: '2.25.7', content: { ...CONTENT, ...over }, pdf: Buffer.from('%PDF') },
    BASE,
  )

test('a report of every kind is a DiagnosticReport of R4 and nothing else', t => {
  for (const kind of SIGNING_KINDS) {
    const resource = shown({ kind, ...(kind === 'withdrawal' ? { reason: 'x' } : {}) })
    t.deepEqual(faultsOfR4(resource), [], kind)
    const [form] = resource['presentedForm'] as Record<string, unknown>[]
    t.is(Buffer.from(String(form?.['data']), 'base64').toString(), '%PDF')
    // No empty string, null or undefined anywhere: FHIR has none.
    JSON.parse(JSON.stringify(resource), (key, value: unknown) => {
      t.false(value === null || value === '', key)
      return value
    })
  }
})

test('states are those of FHIR: preliminary, final, appended, corrected, entered in error', t => {
  t.deepEqual(
    SIGNING_KINDS.map(kind => shown({ kind })['status']),
    ['preliminary', 'final', 'appended', 'corrected', 'entered-in-error'],
  )
  t.is(shown({ kind: 'withdrawal' })['conclusion'], undefined, 'what was taken back says nothing')
  t.regex(
    String(
      shown({ addenda: [{ version: 2, text: 'Plus.', signer: CONTENT.signer, signedAt: CONTENT.signedAt }] })[
        'conclusion'
      ],
    ),
    /Normal\.\n\nAddendum: Plus\./,
  )
})

test('identifiers are found however they are written', t => {
  t.is(tokenValue('urn:ietf:rfc:3986|urn:oid:2.25.7'), '2.25.7')
  t.is(tokenValue('N-0042'), 'N-0042')
  t.is(tokenValue('ServiceRequest/req_1'), 'req_1')
  t.is(tokenValue('https://relais.test/fhir/request|N-0042'), 'N-0042')
  t.is(reportIdOf(fhirId('rep_01abc')), 'rep_01abc')
  t.is(reportIdOf('../x'), undefined)
})

test('a search set and a capability statement hold what R4 requires of them', t => {
  t.like(searchSet([], BASE, '/fhir/DiagnosticReport?identifier=x'), {
    resourceType: 'Bundle',
    type: 'searchset',
    total: 0,
  })
  t.is(searchSet([], BASE, '/x')['entry'], undefined)
  t.like((searchSet([shown()], BASE, '/x')['entry'] as object[])[0], {
    fullUrl: `${BASE}/fhir/DiagnosticReport/rep-01abc`,
    search: { mode: 'match' },
  })
  for (const resource of [
    searchSet([], BASE, '/x'),
    searchSet([shown(), shown({ kind: 'withdrawal', reason: 'x' })], BASE, '/x'),
    // The published schema was made of 4.0.0; 4.0.1 is its technical correction, which it does not list.
    { ...capabilityStatement(BASE, '0.1.0', CONTENT.signedAt), fhirVersion: '4.0.0' },
  ])
    t.deepEqual(faultsOfR4(resource), [])
  // A validator that finds nothing in what is wrong would say nothing of what is right.
  const { code: _, ...without } = shown()
  for (const wrong of [
    without,
    { ...shown(), id: 'rep_1' },
    { ...shown(), conclusion: 7 },
    { ...shown(), colour: 'red' },
  ])
    t.not(faultsOfR4(wrong).length, 0)
})

test('a refusal below /fhir is an OperationOutcome of R4, with the field it is about', t => {
  const asked = problem('invalid', 'It does not fit.', {
    fields: [{ path: 'identifier', message: 'identifier or based-on' }],
  })
  const refused = operationOutcome(asked)
  t.deepEqual(faultsOfR4(refused), [])
  t.like(refused, {
    resourceType: 'OperationOutcome',
    issue: [
      { severity: 'error', code: 'invalid', diagnostics: 'It does not fit.' },
      { expression: ['identifier'] },
    ],
  })
  for (const code of Object.keys(statusOf) as FailureCode[])
    t.deepEqual(faultsOfR4(operationOutcome(problem(code, 'x'))), [], code)
})

test('a printed code names one digest, however it is copied', t => {
  const digest = 'b00c143c3452d33b6019002c70829c042da104cc72dc995136dd2cf0aa452d90'
  const code = codeOf(digest)
  t.regex(code, /^[0-9A-HJKMNP-TV-Z]{4}(-[0-9A-HJKMNP-TV-Z]{4}){3}$/)
  for (const typed of [
    code,
    code.toLowerCase(),
    code.replaceAll('-', ' '),
    code.replaceAll('0', 'O').replaceAll('1', 'l'),
  ])
    t.is(digestPrefixOf(typed), digest.slice(0, 20))
  for (const wrong of ['', 'ABC', `${code}0`, code.replace(/.$/, '!'), "' OR 1=1 --     "])
    t.is(digestPrefixOf(wrong), undefined)
  t.is(digestPrefixOf(codeOf(`0000${digest.slice(4)}`)), `0000${digest.slice(4, 20)}`)
})
