/** A message of /ws: a fact has its place in the journal, progress and presence have none. */
export interface LiveMessage {
  seq?: number
  kind: string
  id?: string
  /** Milliseconds after which it is this screen's turn to read again; absent: at once. */
  turn?: number
}

/** What is about one request and leaves every list as it was: only a page that shows this request reads it again. */
const act = 'act'

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
  ['priors-', ['priors', act]],
  ['flow', ['flows']],
  ['progress', ['transfers', 'retrievals', 'studies', 'requests']],
  ['presence', ['board', 'rosters', 'duty']],
  ['roster-', ['rosters', 'duty', 'contracts', 'board', 'hand-over']],
  ['import-', ['imports', 'studies']],
  ['inbox-', ['inboxes', 'imports']],
  ['preset-', ['presets']],
  ['peer-', ['peers', 'routes']],
  ['route-', ['peers', 'routes']],
  ['notice-', ['notices', 'alarms']],
  ['alert-', ['board', 'alarms', 'alerts', 'calls', 'notices', act]],
  ['call-', ['board', 'calls', 'alerts', act]],
  ['token-', ['tokens']],
  ['screen-', ['screens']],
  ['account-', ['accounts']],
  ['membership-', ['accounts', 'rosters', 'contracts']],
  ['second-factor-', ['accounts', 'factors']],
  ['recovery-', ['factors']],
  ['session-', ['sessions']],
  ['site-', ['sites', 'contracts']],
  ['group-', ['sites']],
  ['contract-', ['sites', 'contracts']],
  ['webhook-', ['webhooks', 'channels']],
  ['channels', ['channels', 'notices']],
  ['verify', ['verify']],
  ['job', ['jobs']],
  ['fact-', ['jobs']],
  ['retention-', ['retention']],
  ['destruction-', ['retention']],
  ['doctor', ['doctor']],
]

/** What a message may have changed: first words of query keys, with a slash between. */
export function domainsOf({ kind, id }: Pick<LiveMessage, 'kind' | 'id'>): string[] {
  const domains = byPrefix.find(([prefix]) => kind.startsWith(prefix))?.[1] ?? []
  return domains.map(domain => (domain === act ? `requests/${id ?? ''}` : domain))
}
