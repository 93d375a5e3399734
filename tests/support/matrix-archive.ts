import type { Case } from './matrix-calls.js'

/** Calls of the archive, of who looked, of the papers for a breakdown, and of the journal and its proof. */
export const KEPT: Readonly<Record<string, Case>> = {
  'GET /api/archive/acts/:request': { of: 'request' },
  'GET /api/archive/acts/:request/bundle.zip': { of: 'request' },
  'GET /api/archive/retention': {},
  'GET /api/archive/retention.csv': { query: () => '?year=2060' },
  'GET /api/archive/retention/acts/:act': { of: 'request' },
  'GET /api/archive/retention/marks': { lists: 'mark' },
  'POST /api/archive/retention/marks': {
    of: 'request',
    body: ({ id }) => ({ act: id, kind: 'claim', of: 'act', reason: 'essai' }),
  },
  'POST /api/archive/retention/marks/:id/release': {
    of: 'mark',
    fresh: true,
    body: () => ({ reason: 'essai' }),
  },
  'GET /api/archive/retention/policies': {},
  'GET /api/archive/destructions': { lists: 'destruction' },
  // Nothing is due: who may is told so.
  'POST /api/archive/destructions': {
    of: 'request',
    body: ({ id }) => ({ act: id, what: 'act', reason: 'essai' }),
  },
  'POST /api/archive/destructions/:id/confirm': {
    of: 'destruction',
    body: () => ({ reauthentication: { password: 'essai' } }),
  },
  'POST /api/archive/destructions/:id/withdraw': {
    of: 'destruction',
    fresh: true,
    body: () => ({ reason: 'essai' }),
  },
  'GET /api/archive/destructions/:id/certificate': {
    of: 'destruction',
    missingInside: /There is no certificate/,
  },
  'PUT /api/archive/retention/policies/:site': {
    of: 'place',
    body: () => ({ recordYears: 30, imageYears: 20, reason: 'essai' }),
  },
  'GET /api/archive/acts/:request/sealed': { of: 'request' },
  'GET /api/archive/acts/:request/sealed/:part/bundle.zip': {
    of: 'request',
    params: { part: '1' },
    missingInside: /sealed part/,
  },
  // Of a number of one's own site; what is another's has no rows: tests/services/data-protection.test.ts.
  'POST /api/access': { body: () => ({ q: '10001' }) },
  'POST /api/access/export': { body: () => ({ q: '10001' }) },
  'GET /api/downtime': { lists: 'paper' },
  'POST /api/downtime': {},
  'GET /api/downtime/:id/pdf': { of: 'paper' },
  'GET /api/witnesses': {},
  'GET /api/checkpoints': {},
  'POST /api/checkpoints': {},
  'GET /api/journal/proof': {},
  'GET /api/journal': {},
  'GET /api/journal.csv': {},
  'GET /api/journal/audit': {},
  'GET /api/journal/types': {},
  'GET /api/journal/verify': {},
  'POST /api/journal/verify': { slow: true },
  'GET /api/journal/verify/objects': { of: 'node' },
  'POST /api/journal/verify/objects': { of: 'node', slow: true },
}
