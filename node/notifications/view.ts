/** What leaves the server about notices and alerts. Times are UTC ISO 8601. */
import type { Language } from '../accounts/view.js'
import type { Urgency } from '../sites/view.js'

export type ChannelName = 'screen' | 'email' | 'push' | 'telephone'

/**
 * Of one notice in one channel. `sent` = handed to who carries it; `delivered` = what carries it says that it came
 * (as far as it can know); `opened` and `acknowledged` = the person's own action; `cancelled` = no longer needed when
 * its turn came.
 */
export type ChannelState =
  | 'queued'
  | 'sent'
  | 'delivered'
  | 'opened'
  | 'acknowledged'
  | 'failed'
  | 'cancelled'

/** GET /api/notices → ListView<NoticeView>: those of the signed-in person. */
export interface NoticeView {
  id: string
  kind:
    | 'request-offered'
    | 'request-claimed'
    | 'request-unclaimed'
    | 'request-refused'
    | 'handed-over'
    | 'protocol-written'
    | 'exam-done'
    | 'decision-due'
    | 'question-unanswered'
    | 'report-signed'
    | 'report-unseen'
    | 'report-differs'
    | 'critical-finding'
    | 'transfer-failed'
    | 'request-changed'
    | 'images-withdrawn'
    | 'error-asked'
    | 'recalled'
    | 'patient-named'
    | 'certificate-expiring'
    | 'token-expiring'
    | 'shift-swap'
    | 'disc-arrived'
    | 'mentioned'
    | 'message'
    | 'channel-down'
    | 'clock-wrong'
    | 'backup-broken'
    | 'webhook-stopped'
    | 'escalation-stopped'
    | 'alarm-test'
  urgency: Urgency
  siteName: string
  reference: string
  request?: string
  report?: string
  import?: string
  /** The alert it belongs to, and which wave of it. */
  alert?: string
  wave?: number
  /** Somebody took care of it: nothing rings for it any more. */
  over?: true
  /** It rings in its own place until somebody has it, where the person may take it. */
  rings?: true
  at: string
  readAt?: string
  channels: {
    channel: ChannelName
    state: ChannelState
    at?: string
    reason?: string
  }[]
}

/**
 * What waits for somebody: for a group, for a claim, for a decision, for an answer, for a reader of the report, for the
 * read-back of a critical finding, for everyone who got a report that a later one significantly differs from.
 */
export type AlertKind =
  | 'dispatch'
  | 'claim'
  | 'decision'
  | 'answer'
  | 'seen'
  | 'critical'
  | 'difference'
  | 'refusal'

/** One open question of an act and its ladder. GET /api/alerts, GET /api/requests/:id/alerts → ListView<AlertView> */
export interface AlertView {
  id: string
  kind: AlertKind
  state: 'open' | 'acknowledged' | 'ended'
  urgency: Urgency
  request: string
  reference: string
  siteName: string
  openedAt: string
  endedAt?: string
  /** Who said that they take care of it, or whose act ended it; with the role they had. */
  by?: { name: string; role: string }
  note?: string
  /** The next rung's time, while there is one; the last one waits for a person's outcome. */
  nextAt?: string
  rungs: AlertRungView[]
}

export interface AlertRungView {
  dueAt: string
  firedAt?: string
  /** Fired before its time: every channel of the rung before it had failed. */
  early?: boolean
  to: string[]
  channels: ChannelName[]
  call: boolean
  people: { name: string; channels: NoticeView['channels']; readAt?: string }[]
}

/**
 * What rings for the signed-in person. GET /api/alarms → ListView<AlarmView>, GET /api/alarms/:alert,
 * POST /api/alerts/:id/claim → AlarmView. A locked session learns what stands before `request`, and no more.
 */
export interface AlarmView {
  alert: string
  kind: AlertKind
  urgency: Urgency
  siteName: string
  state: 'open' | 'over'
  openedAt: string
  /** Until when somebody should have claimed it; then the time counts up. */
  dueAt?: string
  /** One tap claims it. */
  claims: boolean
  /** The person claimed it themselves. */
  mine?: true
  /** Who claimed it, or took care of it otherwise. */
  by?: string
  request?: string
  reference?: string
  /** People told so far, and notices read. */
  told?: number
  seen?: number
}

/** A person is to telephone. GET /api/calls → ListView<CallView> */
export interface CallView {
  id: string
  alert: string
  kind: AlertKind
  urgency: Urgency
  request: string
  reference: string
  siteName: string
  openedAt: string
  /** Whom to ring, and where: as far as the act knows it. */
  numbers: { name: string; role: string; telephone: string }[]
  /** Counts up until a person records an outcome. */
  outcome?: {
    outcome: CallOutcome
    at: string
    by: string
    /** Who was reached, by name and role. */
    reached?: string
    note?: string
  }
  attempts: { outcome: CallOutcome; at: string; by: string; note?: string }[]
}

/** One call and every try of it, as the record of an act keeps it. */
export interface CallRecord {
  call: string
  alert: string
  openedAt: string
  settledAt: string | null
  attempts: { at: string; by: string; outcome: CallOutcome; reached: string | null; note: string | null }[]
}

/** `reached` ends the alert; the others leave it open. */
export type CallOutcome = 'reached' | 'no-answer' | 'busy' | 'wrong-number' | 'other'

/** How a person is reached. GET and PUT /api/reach */
export interface ReachView {
  email: string
  /** +33… as E.164 */
  telephone?: string
  /** Letters about what is not urgent. */
  routineLetters: boolean
  /** Urgent requests ring for them until somebody takes them, as emergencies always do; not in quiet hours. */
  urgentRings: boolean
  /** Local time, `HH:MM`; routine and urgent news wait for their end, an emergency never does. */
  quiet?: { from: string; to: string; timeZone: string }
  /** Browsers that ring when closed. */
  devices: { id: string; name: string; since: string; lastUse?: string }[]
  /** Channels this node is set up for. */
  channels: ChannelName[]
  /** What a browser subscribes under (RFC 8292); absent where browsers are not woken. */
  pushKey?: string
  /** The last trial of each. */
  tests: {
    notice: string
    channel: ChannelName
    at: string
    state: ChannelState
    heardAt?: string
    reason?: string
  }[]
}

/** Only with captured mail (demo): GET /api/mailbox → ListView<MailView>. */
export interface MailView {
  id: string
  at: string
  to: string
  subject: string
  text: string
  html: string
}

/** One kind of letter in one language, as it would leave. GET /api/letters → ListView<LetterView> */
export interface LetterView {
  kind: NoticeView['kind'] | 'invitation' | 'password-reset' | 'password-changed' | 'inbox' | 'report'
  language: Language
  subject: string
  text: string
  html: string
}

/** A notice as the archive keeps it. */
export interface SentNotice extends Omit<NoticeView, 'siteName' | 'request' | 'report'> {
  account: string
}

/** How one channel fares. GET /api/channels → {@link ChannelsView} */
export interface ChannelHealthView {
  channel: ChannelName | 'webhooks'
  /** `off`: not set up; `unusable` says why. */
  state: 'off' | 'well' | 'down' | 'unknown'
  unusable?: string
  checkedAt?: string
  downSince?: string
  /** Why it is down. */
  reason?: string
  lastSuccessAt?: string
  lastFailure?: { at: string; reason: string }
  /** Messages on their way, and since when the oldest is. */
  waiting: number
  oldestAt?: string
}

export interface ChannelsView {
  items: ChannelHealthView[]
  /** The DNS record by which receivers check our letters, where they are signed (RFC 6376). */
  dkim?: { name: string; value: string }
  /** Whether the ladders climb: `overdue` alarms should have rung and have not. */
  escalation: { state: 'running' | 'stopped'; overdue: number; since?: string }
}
