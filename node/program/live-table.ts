import type { Action } from '../accounts/view.js'

/**
 * THE table of what the live connection says: which facts a browser is told of, under whose id, and the rows of the
 * permission table of which one must let the person know. Kinds and ids only, never what a fact says. The other way
 * nothing is said: what a browser sends is not read.
 */
export interface LiveRow {
  /** Of the fact's type. */
  prefix: string
  /** The id a browser knows it under. */
  id: string
  actions: readonly Action[]
  /** Told to the account itself, `also` to who keeps the accounts of the site or `only` to the account. */
  personal?: 'also' | 'only'
}

/** The first prefix that fits counts. */
export const liveFacts: readonly LiveRow[] = [
  { prefix: 'request-', id: 'request', actions: ['request.see'] },
  { prefix: 'report-', id: 'request', actions: ['request.see'] },
  { prefix: 'recall-', id: 'request', actions: ['recall.see'] },
  { prefix: 'template-', id: 'template', actions: ['template.see'] },
  { prefix: 'critical-', id: 'request', actions: ['critical.see'] },
  { prefix: 'priors-', id: 'request', actions: ['request.see'] },
  { prefix: 'message-', id: 'request', actions: ['conversation.see'] },
  { prefix: 'alert-', id: 'request', actions: ['request.see'] },
  { prefix: 'call-', id: 'request', actions: ['request.see'] },
  { prefix: 'notice-', id: 'account', actions: ['notice.see'], personal: 'only' },
  { prefix: 'transfer-', id: 'transfer', actions: ['transfer.see', 'study.see'] },
  { prefix: 'study-sent', id: 'transfer', actions: ['transfer.see', 'study.see'] },
  { prefix: 'commitment-', id: 'transfer', actions: ['transfer.see', 'study.see'] },
  { prefix: 'retrieval-', id: 'retrieval', actions: ['transfer.see', 'study.see'] },
  { prefix: 'study-', id: 'study', actions: ['study.see'] },
  { prefix: 'instance-', id: 'study', actions: ['study.see'] },
  { prefix: 'instances-', id: 'study', actions: ['study.see'] },
  { prefix: 'rejection-', id: 'study', actions: ['study.see'] },
  { prefix: 'conflict-', id: 'conflict', actions: ['conflict.see', 'study.see'] },
  { prefix: 'peer-', id: 'peer', actions: ['peer.see'] },
  { prefix: 'route-', id: 'route', actions: ['route.see'] },
  { prefix: 'import-', id: 'import', actions: ['import.see'] },
  { prefix: 'inbox-', id: 'inbox', actions: ['inbox.see'] },
  { prefix: 'preset-', id: 'preset', actions: ['preset.see'] },
  { prefix: 'token-', id: 'token', actions: ['token.revoke'], personal: 'also' },
  { prefix: 'account-', id: 'account', actions: ['account.see'], personal: 'also' },
  { prefix: 'membership-', id: 'account', actions: ['account.see'], personal: 'also' },
  { prefix: 'second-factor-', id: 'account', actions: ['account.see'], personal: 'also' },
  { prefix: 'recovery-', id: 'account', actions: ['notice.see'], personal: 'only' },
  { prefix: 'session-', id: 'account', actions: ['notice.see'], personal: 'only' },
  { prefix: 'screen-', id: 'account', actions: ['notice.see'], personal: 'only' },
  { prefix: 'site-', id: 'site', actions: ['site.see'] },
  { prefix: 'group-', id: 'group', actions: ['site.see'] },
  { prefix: 'contract-', id: 'contract', actions: ['contract.see'] },
  { prefix: 'roster-', id: 'roster', actions: ['roster.see'] },
  { prefix: 'webhook-', id: 'webhook', actions: ['webhook.see'] },
  { prefix: 'job-', id: 'job', actions: ['job.see'] },
  { prefix: 'fact-', id: 'parked', actions: ['job.see'] },
  { prefix: 'retention-', id: 'mark', actions: ['retention.see'] },
  { prefix: 'destruction-', id: 'destruction', actions: ['retention.see'] },
]

/** Facts no browser is told of: nothing on a screen changes by them, or the screen of the journal reads them when asked. */
export const silentFacts: readonly string[] = [
  'alarm-tried',
  'access-read',
  'archive-',
  'association-broken',
  'bodies-erased',
  'certificate-',
  'certificates-changed',
  'channel-',
  'checkpoint-',
  'clock-',
  'downtime-',
  'act-',
  'volume-',
  'witness-',
  'escalation-',
  'images-opened',
  'invitation-renewed',
  'journal-',
  'letter-tried',
  'link-',
  'node-examined',
  'objects-verified',
  'password-changed',
  'password-reset',
  'reach-changed',
  'record-opened',
  'restore-drill-',
  'routes-ordered',
  'sessions-ended',
  'sign-in-refused',
  'signed-',
]

/** Progress and presence: no place in the journal, not kept. `of`: what the message is about. */
export const liveMessages = [
  { kind: 'progress', of: 'transfer', action: 'transfer.see' },
  { kind: 'progress', of: 'study', action: 'study.see' },
  { kind: 'presence', of: 'reader', action: 'roster.see' },
  { kind: 'read', of: 'request', action: 'conversation.see' },
  { kind: 'flow', of: 'peer', action: 'peer.see' },
  { kind: 'job', of: 'job', action: 'job.see' },
  { kind: 'channels', of: 'node', action: 'channel.see' },
  { kind: 'verify', of: 'node', action: 'journal.verify' },
  { kind: 'doctor', of: 'node', action: 'node.examine' },
] as const satisfies readonly { kind: string; of: string; action: Action }[]

/** The row of a fact; undefined where nobody is told. */
export function liveRowOf(type: string): LiveRow | undefined {
  return silentFacts.some(prefix => type.startsWith(prefix))
    ? undefined
    : liveFacts.find(({ prefix }) => type.startsWith(prefix))
}
