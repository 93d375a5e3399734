import { FORM } from './act.js'
import type { Case } from './matrix-calls.js'

/** What changes of a request's form after it was written. */
export const FORMS: Readonly<Record<string, Case>> = {
  'GET /api/requests/similar': {
    of: 'place',
    query: ({ id }) => `?site=${id}&id=1&issuer=NORD&region=genou&modality=CT`,
  },
  'GET /api/requests/:id/candidates': { of: 'request' },
  'GET /api/studies/:uid/candidates': { of: 'study', missingInside: /such study|tel examen/ },
  'POST /api/requests/:id/studies': {
    of: 'request',
    body: () => ({ StudyInstanceUID: '2.25.1' }),
    missingInside: /such study|tel examen/,
  },
  'POST /api/requests/:id/studies/:uid/removal': {
    of: 'request',
    params: { uid: '2.25.1' },
    body: () => ({ reason: 'essai' }),
    missingInside: /such study|tel examen/,
  },
  'POST /api/requests/:id/asks/:item': {
    of: 'request',
    params: { item: 'itm_0' },
    body: () => ({ available: false }),
    missingInside: /question/,
  },
  'PUT /api/requests/:id/triage': {
    of: 'request',
    body: () => ({ number: 50, label: 'essai', by: 'essai', version: '1', at: '2026-11-24T06:00:00.000Z' }),
  },
  'PUT /api/requests/:id': { of: 'request', body: () => ({ ...FORM, revision: 99 }) },
  'POST /api/requests/:id/patient': {
    of: 'request',
    body: () => ({ patient: FORM.patient, reason: 'essai', identityCheckedBy: 'essai' }),
  },
  'POST /api/requests/:id/documents': {
    of: 'request',
    body: () => ({ attachments: [{ name: 'lettre.txt', content: Buffer.from('essai').toString('base64') }] }),
  },
  'GET /api/requests/:id/documents/:document': {
    of: 'request',
    params: { document: 'doc_0' },
    missingInside: /attachment|pièce jointe/,
  },
}
