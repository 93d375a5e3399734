import type { Case } from './matrix-calls.js'

const STUDY: Case = { of: 'study' }
const PIXELS: Case = { of: 'study', params: { frames: '1' } }

/** Images over DICOMweb, and what lets other viewers read them there. */
export const IMAGES: Readonly<Record<string, Case>> = {
  'GET /api/studies/:uid/loans': STUDY,
  'POST /api/studies/:uid/loans': STUDY,
  'POST /api/studies/:uid/loans/:loan/revoke': { of: 'study', params: { loan: 'lon_0' }, missingInside: /./ },
  'GET /dicomweb/studies': { lists: 'study' },
  'GET /dicomweb/series': { lists: 'study' },
  'GET /dicomweb/instances': { lists: 'study' },
  ...Object.fromEntries(
    [
      '/series',
      '/instances',
      '/series/:series/instances',
      '/metadata',
      '/series/:series/metadata',
      '/series/:series/instances/:instance/metadata',
      '',
      '/series/:series',
      '/series/:series/instances/:instance',
    ].map((path): [string, Case] => [`GET /dicomweb/studies/:study${path}`, STUDY]),
  ),
  ...Object.fromEntries(
    ['', '/series/:series', '/series/:series/instances/:instance'].flatMap(path =>
      ['rendered', 'thumbnail'].map((what): [string, Case] => [
        `GET /dicomweb/studies/:study${path}/${what}`,
        STUDY,
      ]),
    ),
  ),
  ...Object.fromEntries(
    ['', '/rendered', '/thumbnail'].map((what): [string, Case] => [
      `GET /dicomweb/studies/:study/series/:series/instances/:instance/frames/:frames${what}`,
      PIXELS,
    ]),
  ),
  'GET /dicomweb/studies/:study/series/:series/instances/:instance/bulkdata/:path': {
    of: 'study',
    params: { path: '7FE00010' },
  },
}
