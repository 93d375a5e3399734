/** A message of /ws: a fact has its place in the journal, progress and presence have none. */
export interface LiveMessage {
  seq?: number
  kind: string
  id?: string
  /** Milliseconds after which it is this screen's turn to read again; absent: at once. */
  turn?: number
}

const byPrefix: [prefix: string, domains: string[]][] = [
  ['request-entered-in-error', ['board', 'requests', 'recalls', 'reports']],
  ['request-handed-over', ['hand-over', 'board', 'requests']],
  ['request-taken-over', ['hand-over', 'board', 'requests']],
  ['request-refused', ['board', 'conversations', 'requests']],
  ['request-rerouted', ['board', 'conversations', 'requests']],
  ['request-', ['board', 'requests']],
  ['message-', ['conversations', 'requests']],
  ['read', ['conversations']],
  ['report-', ['reports', 'requests']],
  ['critical-', ['criticals', 'alerts', 'reports', 'requests']],
  ['recall-', ['recalls', 'requests']],
  ['template-', ['templates']],
  ['study-sent', ['transfers', 'studies', 'requests', 'flows', 'imports']],
  ['study-', ['studies', 'requests', 'flows']],
  ['instance-', ['conflicts', 'studies', 'requests']],
  ['instances-', ['studies', 'requests']],
  ['rejection-', ['studies']],
  ['commitment-', ['transfers', 'studies']],
  ['conflict-', ['conflicts', 'studies', 'requests']],
  ['transfer-', ['transfers', 'studies', 'requests', 'jobs', 'imports']],
  ['retrieval-', ['retrievals', 'priors', 'studies', 'requests']],
  ['priors-', ['priors', 'requests']],
  ['flow', ['flows']],
  ['progress', ['transfers', 'retrievals', 'studies', 'requests']],
  ['presence', ['board', 'rosters']],
  ['roster-', ['rosters', 'duty', 'contracts']],
  ['import-', ['imports', 'studies']],
  ['inbox-', ['inboxes', 'imports']],
  ['preset-', ['presets']],
  ['peer-', ['peers', 'routes']],
  ['route-', ['peers', 'routes']],
  ['notice-', ['notices', 'alarms']],
  ['alert-', ['board', 'alarms', 'alerts', 'calls', 'notices', 'requests']],
  ['call-', ['board', 'calls', 'alerts', 'requests']],
  ['token-', ['tokens']],
  ['screen-', ['screens']],
  ['account-', ['accounts']],
  ['membership-', ['accounts']],
  ['second-factor-', ['accounts', 'factors']],
  ['recovery-', ['factors']],
  ['session-', ['sessions']],
  ['site-', ['sites', 'contracts']],
  ['contract-', ['sites', 'contracts']],
  ['webhook-', ['webhooks', 'channels']],
  ['channels', ['channels', 'notices']],
  ['verify', ['verify']],
  ['job', ['jobs']],
  ['fact-', ['jobs']],
  ['doctor', ['doctor']],
]

/** The domains (first words of query keys) a message may have changed. */
export function domainsOf(kind: string): string[] {
  return byPrefix.find(([prefix]) => kind.startsWith(prefix))?.[1] ?? []
}
