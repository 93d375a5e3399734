import { z } from 'zod'

const urgency = z.enum(['emergency', 'urgent', 'routine'])
const channelName = z.enum(['screen', 'email', 'push', 'telephone'])
const channels = z.array(
  z.object({
    channel: channelName,
    state: z.enum(['queued', 'sent', 'delivered', 'opened', 'acknowledged', 'failed', 'cancelled']),
    at: z.string().optional(),
    reason: z.string().optional(),
  }),
)
export const alertKind = z.enum([
  'dispatch',
  'claim',
  'decision',
  'answer',
  'seen',
  'critical',
  'difference',
  'refusal',
])
const outcome = z.enum(['reached', 'no-answer', 'busy', 'wrong-number', 'other'])

const noticeKind = z.enum([
  'request-offered',
  'request-claimed',
  'request-unclaimed',
  'request-refused',
  'handed-over',
  'protocol-written',
  'exam-done',
  'decision-due',
  'question-unanswered',
  'report-signed',
  'report-unseen',
  'report-differs',
  'critical-finding',
  'transfer-failed',
  'request-changed',
  'images-withdrawn',
  'error-asked',
  'recalled',
  'patient-named',
  'certificate-expiring',
  'token-expiring',
  'shift-swap',
  'disc-arrived',
  'mentioned',
  'message',
  'channel-down',
  'clock-wrong',
  'backup-broken',
  'webhook-stopped',
  'escalation-stopped',
  'alarm-test',
])

export const noticeSchema = z.object({
  id: z.string(),
  kind: noticeKind,
  urgency,
  siteName: z.string(),
  reference: z.string(),
  request: z.string().optional(),
  report: z.string().optional(),
  import: z.string().optional(),
  alert: z.string().optional(),
  wave: z.number().int().optional(),
  over: z.literal(true).optional(),
  rings: z.literal(true).optional(),
  at: z.string(),
  readAt: z.string().optional(),
  channels,
})

export const alertSchema = z.object({
  id: z.string(),
  kind: alertKind,
  state: z.enum(['open', 'acknowledged', 'ended']),
  urgency,
  request: z.string(),
  reference: z.string(),
  siteName: z.string(),
  openedAt: z.string(),
  endedAt: z.string().optional(),
  by: z.object({ name: z.string(), role: z.string() }).optional(),
  note: z.string().optional(),
  nextAt: z.string().optional(),
  rungs: z.array(
    z.object({
      dueAt: z.string(),
      firedAt: z.string().optional(),
      early: z.boolean().optional(),
      to: z.array(z.string()),
      channels: z.array(channelName),
      call: z.boolean(),
      people: z.array(z.object({ name: z.string(), channels, readAt: z.string().optional() })),
    }),
  ),
})

export const alarmSchema = z.object({
  alert: z.string(),
  kind: alertKind,
  urgency,
  siteName: z.string(),
  state: z.enum(['open', 'over']),
  openedAt: z.string(),
  dueAt: z.string().optional(),
  claims: z.boolean(),
  mine: z.literal(true).optional(),
  by: z.string().optional(),
  request: z.string().optional(),
  reference: z.string().optional(),
  told: z.number().int().optional(),
  seen: z.number().int().optional(),
})

export const letterSchema = z.object({
  kind: z.union([
    noticeKind,
    z.enum(['invitation', 'password-reset', 'password-changed', 'inbox', 'report']),
  ]),
  language: z.enum(['fr', 'en']),
  subject: z.string(),
  text: z.string(),
  html: z.string(),
})

export const callSchema = z.object({
  id: z.string(),
  alert: z.string(),
  kind: alertKind,
  urgency,
  request: z.string(),
  reference: z.string(),
  siteName: z.string(),
  openedAt: z.string(),
  numbers: z.array(z.object({ name: z.string(), role: z.string(), telephone: z.string() })),
  outcome: z
    .object({
      outcome,
      at: z.string(),
      by: z.string(),
      reached: z.string().optional(),
      note: z.string().optional(),
    })
    .optional(),
  attempts: z.array(z.object({ outcome, at: z.string(), by: z.string(), note: z.string().optional() })),
})

export const mailSchema = z.object({
  id: z.string(),
  at: z.string(),
  to: z.string(),
  subject: z.string(),
  text: z.string(),
  html: z.string(),
})

export const reachSchema = z.object({
  email: z.string(),
  telephone: z.string().optional(),
  routineLetters: z.boolean(),
  urgentRings: z.boolean(),
  quiet: z.object({ from: z.string(), to: z.string(), timeZone: z.string() }).optional(),
  devices: z.array(
    z.object({ id: z.string(), name: z.string(), since: z.string(), lastUse: z.string().optional() }),
  ),
  channels: z.array(channelName),
  pushKey: z.string().optional(),
  tests: z.array(
    z.object({
      notice: z.string(),
      channel: channelName,
      at: z.string(),
      state: z.enum(['queued', 'sent', 'delivered', 'opened', 'acknowledged', 'failed', 'cancelled']),
      heardAt: z.string().optional(),
      reason: z.string().optional(),
    }),
  ),
})
