import type { Case } from './matrix-calls.js'

const AT = '2026-11-24T06:00:00.000Z'
const CALLED = { receiver: 'Dr Essai', role: 'interne', at: AT, method: 'téléphone', readBack: true }
export const CRITICAL = { class: 1, finding: 'essai', foundAt: AT }

export const TEMPLATE = {
  ...{ kind: 'block', language: 'fr', title: 'Essai', modalities: [], regions: [] },
  ...{ shortcut: 'essai', text: 'Essai.' },
}

/** For whoever holds a paper or a link, and for programs that ask what there is. */
export const OPEN_ANSWERS = [
  'GET /api/verification/:code',
  'GET /fhir/metadata',
  'POST /api/answer/acknowledge',
  'POST /api/answer/images',
  'POST /api/answer/open',
  'POST /api/answer/pdf',
]

/** Calls of reports and critical findings. */
export const ANSWERS: Readonly<Record<string, Case>> = {
  'GET /api/recalls': { lists: 'recall' },
  'GET /api/requests/:id/recalls': { of: 'request' },
  'POST /api/recalls/:id/outcome': { of: 'recall', body: () => ({ outcome: 'told' }) },
  'GET /api/reports': { lists: 'report' },
  'GET /api/reports/:id': { of: 'report' },
  'PUT /api/reports/:id': {
    of: 'report',
    body: () => ({
      revision: 1,
      sections: { indication: 'i', technique: 't', results: 'r', conclusion: 'c' },
    }),
  },
  'GET /api/reports/:id/templates': { needs: ['report.write'], of: 'report' },
  'GET /api/templates': { lists: 'template' },
  'POST /api/templates': { body: () => TEMPLATE },
  'PUT /api/templates/:id': { of: 'template', fresh: true, body: () => ({ ...TEMPLATE, revision: 1 }) },
  'GET /api/templates/:id/versions': { of: 'template' },
  'DELETE /api/templates/:id': { of: 'template', fresh: true },
  'GET /api/reports/:id/checks': { needs: ['report.write'], of: 'report' },
  'POST /api/reports/:id/take-over': { of: 'report', body: () => ({}) },
  'POST /api/reports/:id/sign': { of: 'report', body: () => ({ password: 'faux', as: 'final' }) },
  'POST /api/reports/:id/addendum': { of: 'report', body: () => ({ password: 'faux', text: 'x' }) },
  'POST /api/reports/:id/correction': {
    of: 'report',
    body: () => ({
      password: 'faux',
      reason: 'essai',
      sections: { indication: 'i', technique: 't', results: 'r', conclusion: 'c' },
    }),
  },
  'POST /api/reports/:id/withdrawal': { of: 'report', body: () => ({ password: 'faux', reason: 'essai' }) },
  'POST /api/reports/:id/acknowledge': { of: 'report', body: () => ({ name: 'Dr Essai', role: 'interne' }) },
  'GET /api/reports/:id/pdf': { of: 'report' },
  'POST /api/reports/:id/key-images': {
    of: 'report',
    body: () => ({ StudyInstanceUID: '2.25.1', SOPInstanceUID: '2.25.3' }),
  },
  'DELETE /api/reports/:id/key-images/:image': { of: 'report', params: { image: '2.25.3' } },
  'GET /api/reports/:id/key-images/:picture': {
    of: 'report',
    params: { picture: 'a'.repeat(64) },
    missingInside: /image/,
  },
  'GET /api/reports/:id/links': { needs: ['report.share'], of: 'report' },
  'POST /api/reports/:id/links': { of: 'report', body: () => ({ name: 'Dr Essai', role: 'médecin' }) },
  'POST /api/reports/:id/links/:share/revoke': {
    needs: ['report.share'],
    of: 'report',
    params: { share: 'shr_0' },
    missingInside: /./,
  },
  'GET /fhir/DiagnosticReport': { lists: 'report', query: ({ id }) => `?identifier=${id.replace('_', '-')}` },
  'GET /fhir/DiagnosticReport/:id': { of: 'report' },

  'POST /api/requests/:id/critical': { of: 'request', body: () => CRITICAL },
  'GET /api/requests/:id/criticals': { needs: ['critical.see'], of: 'request' },
  'GET /api/criticals': { lists: 'critical' },
  'GET /api/criticals/:id': { of: 'critical' },
  'POST /api/criticals/:id/acknowledge': { of: 'critical', fresh: true, body: () => CALLED },
  'POST /api/criticals/:id/close': { of: 'critical', body: () => ({}) },
}
