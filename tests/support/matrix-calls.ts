import type { Action, Relation } from '../../node/accounts/view.js'
import { FORM } from './act.js'
import { ANSWERS, OPEN_ANSWERS } from './matrix-answers.js'
import { KEPT } from './matrix-archive.js'
import { FORMS } from './matrix-forms.js'
import { type Persona, type Place, peerBody, type Thing } from './matrix-house.js'
import { IMAGES } from './matrix-images.js'
import { OFFSITE } from './matrix-offsite.js'
import { LOOKED, REACHED, TALK } from './matrix-talk.js'

/** What a call is about, and how it is made so that nothing but the permission can refuse it. */
export interface Case {
  /** The rows that must all allow it: those of the call itself unless told. */
  needs?: readonly Action[]
  /** What its address or its body names; absent: nothing of anybody's. */
  of?: Kind
  /** The list must hold this thing where the row allows it, and nowhere else. */
  lists?: Kind
  /** Beyond the table: it is the person's own, and nobody else's. */
  mine?: (by: Persona) => boolean
  /** Not even for who may see it. */
  personal?: true
  body?: (thing: Thing, by: Persona, count: number) => unknown
  query?: (thing: Thing) => string
  params?: Readonly<Record<string, string>>
  headers?: Readonly<Record<string, string>>
  /** What is allowed would end the thing, or cost others theirs: each cell has its own. */
  fresh?: true
  /** A 404 of its own, not about the thing: the sentence it has then. */
  missingInside?: RegExp
  /** Costs seconds: allowed cells are tried at one place. */
  slow?: true
  /** 503: nobody is there at the other end. */
  unreachable?: true
}

/** Each kind of thing of nord's: who takes part in it, which row says that it may be seen, and one that never was. */
export const KINDS = {
  place: { relations: ['own'], sees: undefined, missing: { id: 'nulle-part' } },
  site: {
    relations: ['own', 'party'],
    // A contract is enough to know each other's name.
    at: { avant: 'party' },
    sees: 'site.see',
    missing: { id: 'nulle-part' },
  },
  node: { relations: ['own'], at: { nord: 'foreign' }, sees: 'everybody', missing: { id: '' } },
  contract: { relations: ['own', 'party'], sees: 'contract.see', missing: { id: 'nulle-part' } },
  account: {
    relations: ['own'],
    sees: 'account.see',
    missing: { id: 'acc_0', more: { membership: 'mem_0' } },
  },
  token: { relations: ['own'], sees: 'token.revoke', missing: { id: 'tok_0' } },
  request: { relations: ['own', 'party', 'former'], sees: 'request.see', missing: { id: 'req_0' } },
  report: { relations: ['own', 'party'], sees: 'report.read', missing: { id: 'rep_0' } },
  template: { relations: ['own'], sees: 'template.see', missing: { id: 'tpl_0' } },
  critical: { relations: ['own', 'party'], sees: 'critical.see', missing: { id: 'crt_0' } },
  study: {
    relations: ['own', 'party'],
    sees: 'study.see',
    missing: { id: '2.25.1', more: { study: '2.25.1', series: '2.25.2', instance: '2.25.3' } },
  },
  transfer: { relations: ['own', 'party'], sees: 'transfer.see', missing: { id: 'trf_0' } },
  retrieval: { relations: ['own', 'party'], sees: 'transfer.see', missing: { id: 'ret_0' } },
  recall: { relations: ['own'], sees: 'recall.see', missing: { id: 'rcl_0' } },
  rejection: { relations: ['own', 'party'], sees: 'study.see', missing: { id: 'rej_0' } },
  conflict: { relations: ['own'], sees: 'conflict.see', missing: { id: 'cnf_0' } },
  search: { relations: ['own'], sees: undefined, missing: { id: 'sea_0' } },
  notice: { relations: ['own'], sees: undefined, missing: { id: 'not_0' } },
  upload: { relations: ['own'], sees: undefined, missing: { id: '0123456789abcdef0123456789abcdef' } },
  peer: { relations: ['own'], sees: 'peer.see', missing: { id: 'no-pacs' } },
  route: { relations: ['own'], sees: 'route.see', missing: { id: 'no-route' } },
  preset: { relations: ['own'], sees: 'preset.see', missing: { id: 'no-preset' } },
  import: {
    relations: ['own'],
    sees: 'import.see',
    missing: { id: 'imp_0', more: { study: '2.25.1', series: '2.25.2', number: '1' } },
  },
  job: { relations: ['own'], sees: 'job.see', missing: { id: 'job_0' } },
  parked: { relations: ['own'], sees: 'job.see', missing: { id: 'fact_0' } },
  inbox: { relations: ['own'], sees: 'inbox.see', missing: { id: 'inb_0' } },
  alert: { relations: ['own', 'party', 'former'], sees: 'request.see', missing: { id: 'alt_0' } },
  call: { relations: ['own', 'party'], sees: undefined, missing: { id: 'cal_0' } },
  webhook: { relations: ['own'], sees: 'webhook.see', missing: { id: 'whk_0' } },
  destruction: { relations: ['own'], sees: 'request.see', missing: { id: 'dst_0' } },
  mark: { relations: ['own'], sees: 'request.see', missing: { id: 'ret_0' } },
  paper: { relations: ['own'], sees: 'downtime.see', missing: { id: 'dwn_0' } },
  roster: {
    relations: ['own'],
    sees: 'roster.see',
    missing: { id: 'nulle-part', more: { account: 'acc_0' } },
  },
  shift: { relations: ['own'], sees: 'roster.see', missing: { id: 'shf_0' } },
  absence: { relations: ['own'], sees: 'roster.see', missing: { id: 'abs_0' } },
  swap: { relations: ['own'], sees: undefined, missing: { id: 'swp_0' } },
} as const satisfies Record<
  string,
  {
    relations: readonly Relation[]
    /** Where it is not as it is for the others. */
    at?: Partial<Record<Place, Relation>>
    sees: Action | 'everybody' | undefined
    missing: Thing
  }
>
export type Kind = keyof typeof KINDS

/** Nobody need be signed in; a new one is written down here by whoever decides that. */
export const PUBLIC = [
  ...OPEN_ANSWERS,
  '* /api/inbox/uploads',
  'GET /api/inbox',
  'GET /api/node',
  'GET /api/openapi.json',
  'GET /conformance',
  'GET /healthz',
  'GET /readyz',
  'POST /api/inbox/open',
  'POST /api/push/received',
  'POST /api/session',
  'POST /api/session/factor',
  'POST /api/session/first',
  'POST /api/session/forgotten',
  'POST /api/session/passkey',
  'POST /api/session/passkey/sign-in',
  'POST /api/session/reset',
  'POST /api/witness',
  'PUT /api/inbox/form',
].sort()
/** For whoever is signed in, about themselves; never for a program. */
export const OF_THE_SESSION = [
  'DELETE /api/session',
  'DELETE /api/session/authenticator',
  'DELETE /api/session/passkeys/:id',
  'DELETE /api/sessions',
  'DELETE /api/sessions/:id',
  'GET /api/mailbox',
  'GET /api/permissions',
  'GET /api/session',
  'GET /api/session/drafts',
  'GET /api/session/factors',
  'GET /api/session/lock',
  'GET /api/sessions',
  'GET /ws',
  'POST /api/session/activity',
  'POST /api/session/authenticator',
  'POST /api/session/lock',
  'POST /api/session/passkeys',
  'POST /api/session/passkeys/offer',
  'POST /api/session/proof',
  'POST /api/session/recovery',
  'POST /api/session/unlock',
  'PUT /api/session',
  'PUT /api/session/authenticator',
  'PUT /api/session/language',
  'PUT /api/session/password',
]

const at = (site: string) => ({ site })
/** The token of the matrix. */
const madeIt = ({ role, place }: Persona) => role === 'technician' && place === 'nord'
const STUDY: Case = { of: 'study' }
/** Event → the row it is, written down by hand. */
export const EVENTS: Readonly<Record<string, Action>> = {
  submit: 'request.submit',
  offer: 'request.offer',
  reroute: 'request.offer',
  decline: 'request.decline',
  claim: 'request.claim',
  accept: 'request.accept',
  refuse: 'request.refuse',
  'acknowledge-refusal': 'request.acknowledge-refusal',
  release: 'request.release',
  'hand-over': 'request.hand-over',
  'take-over': 'request.claim',
  ask: 'request.ask',
  answer: 'request.answer',
  'await-exam': 'request.answer',
  'exam-done': 'request.answer',
  start: 'request.start',
  cancel: 'request.cancel',
  'record-outcome': 'request.cancel',
  'ask-error': 'request.enter-in-error',
  'decline-error': 'request.enter-in-error',
  'enter-in-error': 'request.enter-in-error',
}
export const INBOX = (site: string) => ({ site, recipient: 'Dr Essai', purpose: 'essai', hours: 24, mb: 10 })
const REASON = { reason: 'essai', text: 'essai', alternative: 'autre' }

/** Every call that asks a row of the permission table. One that is not here fails the test. */
export const CASES: Readonly<Record<string, Case>> = {
  'GET /api/sites': { lists: 'site' },
  'GET /api/contracts': { lists: 'contract' },
  ...OFFSITE,

  'GET /api/accounts': { lists: 'account' },
  'POST /api/accounts': {
    of: 'place',
    body: ({ id }, _, count) => ({
      ...at(id),
      email: `nouveau${count}@nord.example`,
      name: 'Essai Nouveau',
      role: 'referrer',
      language: 'fr',
    }),
  },
  'PUT /api/accounts/:id': { of: 'account', body: (_, __, count) => ({ name: `Essai ${count}` }) },
  'POST /api/accounts/:id/link': { of: 'account' },
  'POST /api/accounts/:id/memberships': {
    of: 'account',
    fresh: true,
    body: () => ({ site: 'nord', role: 'technician' }),
  },
  'DELETE /api/accounts/:id/second-factor': { of: 'account' },
  'PUT /api/accounts/:id/memberships/:membership': { of: 'account', body: () => ({ until: '2099-12-31' }) },
  'DELETE /api/accounts/:id/memberships/:membership': { of: 'account', fresh: true },
  'POST /api/tokens': { body: () => ({ name: 'Essai', rights: ['site.see'] }) },
  'GET /api/tokens': { needs: ['token.revoke'], lists: 'token', mine: madeIt },
  // Never for who only keeps the site: a secret is handed to its maker alone.
  'POST /api/tokens/:id/rotation': { of: 'token', personal: true, mine: madeIt },
  'DELETE /api/tokens/:id': { needs: ['token.revoke'], of: 'token', fresh: true, mine: madeIt },

  'GET /api/requests': { lists: 'request' },
  'GET /api/requests/counts': {},
  'POST /api/requests': { of: 'place', body: ({ id }) => ({ ...FORM, ...at(id), studies: [] }) },
  'GET /api/requests/:id': { of: 'request' },
  ...FORMS,
  ...Object.fromEntries(
    Object.entries(EVENTS).map(([event, action]): [string, Case] => [
      `POST /api/requests/:id/:event=${event}`,
      { needs: [action], of: 'request', fresh: true, body: () => ({ ...REASON, to: 'lecture' }) },
    ]),
  ),
  'POST /api/requests/:id/offer/seen': { of: 'request' },
  'POST /api/requests/:id/report': { of: 'request', fresh: true },
  'GET /api/requests/:id/priors': { of: 'request' },
  'POST /api/requests/:id/priors': { of: 'request' },
  'POST /api/requests/:id/priors/:uid': {
    of: 'request',
    params: { uid: '2.25.9' },
    missingInside: /earlier study/,
  },

  ...ANSWERS,

  'GET /api/studies': { lists: 'study' },
  'GET /api/studies/search': { of: 'place', query: ({ id }) => `?site=${id}&PatientID=10001` },
  'GET /api/studies/:uid': STUDY,
  'GET /api/studies/:uid/certificate': STUDY,
  'POST /api/studies/:uid/send': { of: 'study', body: () => ({ peer: 'nord-pacs' }) },
  'GET /api/studies/:uid/rejections': STUDY,
  'POST /api/studies/:uid/rejections': {
    of: 'study',
    fresh: true,
    body: () => ({ code: '113001', text: 'essai' }),
  },
  'POST /api/rejections/:id/done': { of: 'rejection', body: () => ({ peer: 'nord-pacs' }) },

  'GET /api/transfers': { lists: 'transfer' },
  'POST /api/transfers/retry': {
    body: () => ({ peer: 'lecture-pacs' }),
    missingInside: /Nothing of yours waits/,
  },
  'POST /api/transfers/:id/retry': { of: 'transfer' },
  'POST /api/transfers/:id/cancel': { of: 'transfer', body: () => REASON },
  'GET /api/flows': {},

  'POST /api/searches': { of: 'place', body: ({ id }) => ({ ...at(id), PatientID: '10001' }) },
  'GET /api/searches/:id': {
    of: 'search',
    mine: ({ role, place }) => role === 'technician' && place === 'nord',
  },
  'DELETE /api/searches/:id': {
    of: 'search',
    fresh: true,
    mine: ({ role, place }) => role === 'technician' && place === 'nord',
  },
  'POST /api/retrievals': { of: 'peer', body: ({ id }) => ({ peer: id, StudyInstanceUID: '2.25.77' }) },
  'GET /api/retrievals': { lists: 'retrieval', query: ({ more }) => `?study=${more?.['study']}` },
  'GET /api/retrievals/:id': { of: 'retrieval' },
  'POST /api/retrievals/:id/retry': { of: 'retrieval' },
  'POST /api/retrievals/:id/cancel': { of: 'retrieval', body: () => REASON },

  'GET /api/conflicts': { lists: 'conflict' },
  'GET /api/conflicts/:id': { of: 'conflict' },
  'GET /api/conflicts/:id/picture': {
    of: 'conflict',
    query: ({ more }) => `?side=kept&uid=${more?.['instance'] ?? '2.25.3'}`,
  },
  'POST /api/conflicts/:id/decision': { of: 'conflict', body: () => ({ decision: 'keep', reason: 'essai' }) },

  ...IMAGES,

  'GET /api/peers': { lists: 'peer' },
  'POST /api/peers': {
    of: 'place',
    body: ({ id }, _, count) => ({ ...peerBody(`pacs-${count}`, `Q${count}`), ...at(id) }),
  },
  'PUT /api/peers/:id': { of: 'peer', fresh: true, body: ({ id }, _, count) => peerBody(id, `R${count}`) },
  'DELETE /api/peers/:id': { of: 'peer', fresh: true },
  'POST /api/peers/:id/test': { of: 'peer', slow: true },
  'GET /api/certificates': {},

  'GET /api/routes': { lists: 'route' },
  'POST /api/routes': {
    of: 'place',
    body: ({ id }, _, count) => ({ id: `r-${count}`, when: at(id), to: ['nord-pacs'] }),
  },
  'PUT /api/routes/:id': {
    of: 'route',
    body: ({ id }) => ({ id, when: at('nord'), to: ['nord-pacs'] }),
  },
  'POST /api/routes/order': { of: 'route', body: ({ id }) => ({ ids: [id, id] }) },
  'DELETE /api/routes/:id': { of: 'route', fresh: true },
  'POST /api/routes/trial': { body: () => at('nord') },
  'GET /api/routes/trial/:uid': { needs: ['study.see'], of: 'study' },

  'GET /api/presets': { lists: 'preset' },
  'PUT /api/presets/:id': {
    of: 'preset',
    body: ({ id }) => ({ id, site: 'nord', to: ['nord-pacs'] }),
  },
  'DELETE /api/presets/:id': { of: 'preset', fresh: true },
  'POST /api/presets/trial': {
    of: 'place',
    body: ({ id }) => ({ ...at(id), leaveOut: { modalities: [], descriptions: [] } }),
  },

  '* /api/uploads': {
    headers: { 'tus-resumable': '1.0.0', 'upload-length': '10', 'upload-metadata': 'name ZGlzYw==' },
  },
  'POST /api/imports': {
    of: 'upload',
    body: ({ id }) => ({ upload: id, site: 'nord' }),
    mine: ({ role, place }) => role === 'technician' && place === 'nord',
  },
  'GET /api/imports': { lists: 'import' },
  'GET /api/imports/:id': { of: 'import' },
  'GET /api/imports/:id/files': { of: 'import' },
  'GET /api/imports/:id/certificate.pdf': { of: 'import' },
  'GET /api/imports/:id/candidates': {
    of: 'import',
    query: ({ more }) => `?study=${more?.['study']}`,
  },
  'GET /api/imports/:id/series/:series/pictures': { of: 'import' },
  'GET /api/imports/:id/files/:number/picture': { of: 'import' },
  'POST /api/imports/:id/decision': {
    of: 'import',
    body: () => ({
      candidate: 'keep',
      identity: {
        PatientID: '1',
        IssuerOfPatientID: '',
        PatientName: 'X',
        PatientBirthDate: '',
        PatientSex: '',
      },
      series: ['2.25.99'],
    }),
  },
  'POST /api/imports/:id/cancel': { of: 'import', fresh: true, slow: true },

  'GET /api/imports/:id/files/:number/paper': { of: 'import', missingInside: /paper/i },
  'POST /api/imports/:id/people/:person/left': {
    of: 'import',
    params: { person: '2.25.9' },
    body: () => REASON,
    missingInside: /person|disc/i,
  },
  'POST /api/imports/:id/people/:person/withdrawal': {
    of: 'import',
    params: { person: '2.25.9' },
    body: () => REASON,
    missingInside: /person|disc/i,
  },
  'GET /api/inboxes': { lists: 'inbox' },
  'POST /api/inboxes': { of: 'place', body: ({ id }) => INBOX(id) },
  'POST /api/inboxes/:id/revoke': { of: 'inbox', fresh: true },
  'GET /api/notices': {},
  'POST /api/notices/open': { body: () => ({ token: 'x' }), missingInside: /./ },
  'GET /api/reach': {},
  'PUT /api/reach': {},
  'POST /api/reach/devices': {},
  'DELETE /api/reach/devices/:id': { params: { id: 'x' }, missingInside: /./ },
  'POST /api/reach/tests': {},
  'POST /api/reach/tests/:id/heard': { params: { id: 'x' }, missingInside: /./ },
  // Alarms are the person's own, as notices are; of nobody's there is none.
  'GET /api/alarms': {},
  'GET /api/alarms/:id': { params: { id: 'x' }, missingInside: /./ },
  'POST /api/alerts/:id/claim': { params: { id: 'x' }, missingInside: /./ },
  'GET /api/letters': {},
  'GET /api/alerts': { lists: 'alert', query: () => '?limit=200' },
  'GET /api/requests/:id/alerts': { of: 'request' },
  'POST /api/alerts/:id/acknowledge': { of: 'alert', body: () => ({ note: 'essai' }) },
  'GET /api/calls': { lists: 'call' },
  'POST /api/calls/:id/outcome': { of: 'call', body: () => ({ outcome: 'busy' }) },
  'POST /api/notices/:id/read': {
    of: 'notice',
    mine: ({ role, place }) => role === 'radiologist' && place === 'lecture',
  },
  'POST /api/notices/read': {},

  ...TALK,
  ...REACHED,
  ...LOOKED,

  'GET /api/outbox': { lists: 'job' },
  'POST /api/outbox/:id/retry': { of: 'job' },
  'POST /api/outbox/:id/give-up': { of: 'job', fresh: true, body: () => REASON },
  'GET /api/outbox/facts': { lists: 'parked' },
  'POST /api/outbox/facts/:id/retry': { of: 'parked' },
  'POST /api/outbox/facts/:id/give-up': { of: 'parked', fresh: true, body: () => REASON },

  'GET /api/doctor': {},
  'POST /api/doctor': { slow: true },
  'POST /api/doctor/letter': { slow: true, body: () => ({ to: 'essai@relais.example' }) },

  ...KEPT,
}
