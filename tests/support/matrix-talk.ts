import type { Case } from './matrix-calls.js'

/** Calls of the talk about a request, of webhooks and of the channels. */
export const TALK: Readonly<Record<string, Case>> = {
  'GET /api/requests/:id/conversation': { of: 'request' },
  'POST /api/requests/:id/conversation': {
    of: 'request',
    body: (_, { role, place }, count) => ({ client: `essai-${role}-${place}-${count}`, text: 'essai' }),
  },
  'PUT /api/requests/:id/conversation/read': { of: 'request', body: () => ({ upTo: 0 }) },
  'POST /api/requests/:id/conversation/:message/error': {
    of: 'request',
    params: { message: 'msg_0' },
    body: () => ({ reason: 'essai' }),
    missingInside: /message/,
  },
  'GET /api/requests/:id/attachments/:attachment': {
    of: 'request',
    params: { attachment: 'att_0' },
    missingInside: /message/,
  },
}

const HOOK = { name: 'Essai', url: 'http://127.0.0.1:9/', kinds: ['report-signed'] }

/** Calls of webhooks, and of the channels of alarms. */
export const REACHED: Readonly<Record<string, Case>> = {
  'GET /api/webhooks': { lists: 'webhook' },
  'POST /api/webhooks': { of: 'place', fresh: true, body: ({ id }) => ({ ...HOOK, site: id }) },
  'PUT /api/webhooks/:id': { of: 'webhook', body: () => ({ ...HOOK, active: true }) },
  'POST /api/webhooks/:id/rotate': { of: 'webhook' },
  'POST /api/webhooks/:id/test': { of: 'webhook' },
  'DELETE /api/webhooks/:id': { of: 'webhook', fresh: true },
  'GET /api/webhooks/:id/deliveries': { of: 'webhook' },
  'GET /api/channels': {},
  'POST /api/channels/:channel/check': { params: { channel: 'email' } },
}

/** Who looked at what, and what those who watch over the work look at: answered to whoever may ask, from their own sites. */
export const LOOKED: Readonly<Record<string, Case>> = {
  'POST /api/access': { body: () => ({ q: '0' }) },
  'POST /api/access/export': { body: () => ({ q: '0' }) },
  'GET /api/activity': {},
  'GET /api/activity.csv': {},
  'GET /api/board': {},
  'GET /api/hand-over': {},
  // A person's own screen, by a name that their browser keeps.
  'GET /api/screens/:device': { params: { device: 'a'.repeat(32) } },
  'PUT /api/screens/:device': {
    params: { device: 'a'.repeat(32) },
    body: () => ({
      screen: 'Essai',
      legalBasis: 'Essai de la matrice',
      check: 'Mire vue entièrement',
      checkedOn: '2026-11-24',
    }),
  },
  'DELETE /api/screens/:device': { params: { device: 'a'.repeat(32) } },
}

export const WEBHOOK = (site: string) => ({ ...HOOK, site })
