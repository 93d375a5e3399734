import type { ActIndex } from './act.js'

type Line = ActIndex['timeline'][number]
type Body = NonNullable<Line['body']>

/** Facts that say somebody was shown, or took away, something of the act. */
const ACCESS: ReadonlySet<string> = new Set([
  'record-opened',
  'images-opened',
  'study-lent',
  'archive-read',
  'archive-exported',
  'instances-given',
])

/** Facts of the act itself that say something technical did not go as it should. */
const OF_THE_ACT: ReadonlySet<string> = new Set([
  'transfer-failed',
  'notice-failed',
  'instance-conflict',
  'instance-refused',
  'commitment-answer-refused',
  'commitment-given-up',
  'commitment-undelivered',
  'job-parked',
  'job-given-up',
  'job-retried',
  'fact-parked',
  'import-failed',
  'recall-needed',
])

/** What befalls the node befalls every act that is under way: the clock, the channels, the ladder, a witness that disagrees. */
export const OF_THE_NODE = [
  'clock-jumped',
  'clock-skewed',
  'clock-right',
  'channel-lost',
  'channel-back',
  'escalation-stopped',
  'witness-contradicts',
] as const
const NODE: ReadonlySet<string> = new Set(OF_THE_NODE)

const text = (body: Body | null, key: string): string | null =>
  typeof body?.[key] === 'string' ? body[key] : null

/** Who looked at what of the act, in order. */
export function accessOf(timeline: readonly Line[]): ActIndex['access'] {
  return timeline
    .filter(({ type }) => ACCESS.has(type))
    .map(({ seq, at, type, by, body }) => ({ seq, at, type, screen: text(body, 'screen'), by }))
}

/** What went wrong while the act was under way, in order. */
export function incidentsOf(timeline: readonly Line[]): ActIndex['incidents'] {
  return timeline
    .filter(({ type }) => OF_THE_ACT.has(type) || NODE.has(type))
    .map(({ seq, at, type, by, ids, body }) => ({
      seq,
      at,
      type,
      ofTheNode: NODE.has(type),
      reason: text(body, 'reason'),
      ids,
      by,
    }))
}

/** Each critical finding with all that was done about it. */
export function criticalsOf(timeline: readonly Line[]): ActIndex['criticals'] {
  const found = new Map<string, ActIndex['criticals'][number]>()
  for (const { seq, at, type, ids, by, body } of timeline) {
    const { critical } = ids
    if (critical === undefined || !type.startsWith('critical-')) continue
    const known = found.get(critical) ?? {
      critical,
      class: Number(body?.['class'] ?? 0),
      finding: text(body, 'finding'),
      foundAt: text(body, 'foundAt'),
      steps: [],
    }
    found.set(critical, known)
    known.steps.push({ seq, at, type, by, body })
  }
  return [...found.values()]
}
