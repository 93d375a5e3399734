import type { AskItemKind, ExamView, RequestRow, RequestView } from '../../node/requests/view.js'

/** Events a person sends from a button, in the order they are offered. */
export const eventNames = [
  'submit',
  'claim',
  'accept',
  'answer',
  'exam-done',
  'await-exam',
  'deliver',
  'close',
  'acknowledge-refusal',
  'take-over',
  'offer',
  'ask',
  'decline',
  'hand-over',
  'release',
  'reroute',
  'refuse',
  'record-outcome',
  'cancel',
  'enter-in-error',
  'decline-error',
  'ask-error',
] as const
export type EventName = (typeof eventNames)[number]

export interface EventInput {
  /** What is asked back, item by item. */
  items?: { kind: AskItemKind; text: string }[]
  /** What comes of each. */
  answers?: { item: string; available: boolean; text?: string }[]
  /** How the exam was done. */
  exam?: Omit<ExamView, 'at' | 'by' | 'reason'>
  reason?: string
  text?: string
  alternative?: string
  /** A coded reason. */
  code?: string
  /** Account of a reader. */
  reader?: string
  /** A reading group. */
  to?: string
  /** The colleague has said yes. */
  told?: boolean
  /** Of what was entered in error: whether the images are wrong too. */
  images?: 'keep' | 'withdraw'
  /** During a breakdown: when, UTC ISO 8601. */
  happenedAt?: string
}

/** What is written in a dialog. */
export type Written = 'reason' | 'text' | 'alternative'

interface EventForm {
  /** Of its button. */
  look: 'go' | 'plain' | 'grave' | 'quiet'
  keys?: string
  /** What it must be given, asked for in a dialog. */
  asks?: Written[]
  /** May stay empty. */
  optional?: true
  /** Coded reasons, one of which is chosen. */
  codes?: readonly EventCode[]
  /** Whom it goes to: a colleague by name, or a group and perhaps one of its readers. */
  chooses?: 'colleague' | 'target' | 'images'
}

const DECLINES = ['overload', 'competence', 'conflict-of-interest', 'other'] as const
const REFUSALS = ['not-justified', 'other-modality', 'contraindication', 'not-readable', 'other'] as const
const OUTCOMES = ['read-elsewhere', 'transferred', 'no-longer-needed', 'died', 'other'] as const
export type EventCode = (typeof DECLINES)[number] | (typeof REFUSALS)[number] | (typeof OUTCOMES)[number]

export const eventForms: Record<EventName, EventForm> = {
  submit: { look: 'go' },
  claim: { look: 'go', keys: 'A' },
  accept: { look: 'go', asks: ['text'] },
  answer: { look: 'go', asks: ['text'] },
  'exam-done': { look: 'go', asks: ['text'] },
  'await-exam': { look: 'plain' },
  deliver: { look: 'plain' },
  close: { look: 'plain' },
  'acknowledge-refusal': { look: 'go', asks: ['text'], optional: true },
  'take-over': { look: 'go' },
  offer: { look: 'plain', chooses: 'target', asks: [] },
  ask: { look: 'plain', asks: ['text'] },
  decline: { look: 'plain', keys: 'D', asks: ['reason'], optional: true, codes: DECLINES },
  'hand-over': { look: 'plain', asks: ['reason'], optional: true, chooses: 'colleague' },
  release: { look: 'plain', asks: ['reason'] },
  reroute: { look: 'plain', asks: ['reason'], chooses: 'target' },
  refuse: { look: 'grave', asks: ['reason', 'alternative'], codes: REFUSALS },
  'record-outcome': { look: 'grave', asks: ['reason'], optional: true, codes: OUTCOMES },
  cancel: { look: 'grave', asks: ['reason'] },
  'enter-in-error': { look: 'grave', asks: [] },
  'decline-error': { look: 'plain', asks: ['reason'] },
  'ask-error': { look: 'quiet', asks: ['reason'], chooses: 'images' },
}

/** Those of the events the node allows now that this screen has a button for. */
export function offeredEvents(request: Pick<RequestRow, 'may' | 'state' | 'kind' | 'images'>): EventName[] {
  return eventNames.filter(name => request.may.includes(name) && (isToCome(request) || !ofTheRoom.has(name)))
}

/** Said by the room: where the images are there, its word is one among the facts of the exam. */
const ofTheRoom = new Set<EventName>(['exam-done', 'await-exam'])
const isToCome = ({ state, kind, images }: Pick<RequestRow, 'state' | 'kind' | 'images'>) =>
  state === 'awaiting-exam' || (state === 'accepted' && kind === 'reading' && images === undefined)

/** The images were there before the room said what was given and with what: it may still say so. */
export const mayTellExam = (request: RequestRow & { exam?: ExamView }): boolean =>
  request.kind === 'reading' &&
  request.exam === undefined &&
  request.may.includes('exam-done') &&
  !isToCome(request)

/** What may have happened during a breakdown before it is entered. */
export const laterEvents: readonly EventName[] = ['claim', 'accept', 'refuse', 'ask', 'answer', 'exam-done']

/**
 * Whether the event opens a dialog first. An exam that is done needs no protocol, so accepting asks nothing then. Of a
 * request that was on paper it is always asked when: it may have happened there too.
 */
export function asksOf(
  name: EventName,
  { images, happenedAt }: Pick<RequestRow, 'images' | 'happenedAt'>,
): Written[] | undefined {
  const asks = name === 'accept' && images !== undefined ? undefined : eventForms[name].asks
  return asks ?? (happenedAt !== undefined && laterEvents.includes(name) ? [] : undefined)
}

/** The form may still be corrected: nobody has claimed it, and it is of this site. */
export const mayEdit = (request: RequestRow, site: string): boolean =>
  request.site === site && ['draft', 'submitted', 'offered'].includes(request.state)

/** Somebody nobody knew when the request was written: they may be named while the act stands. */
export const mayName = (request: RequestRow, site: string): boolean =>
  request.site === site &&
  request.patient.identityStatus === 'provisional' &&
  !['draft', 'refused', 'cancelled', 'expired', 'entered-in-error'].includes(request.state)

/** What whoever holds it wrote before the exam; once it went on to others, what they write. */
export function protocolOf({ timeline }: Pick<RequestView, 'timeline'>): string | undefined {
  const from = timeline.findLastIndex(({ fact }) => goesOn.has(fact))
  return timeline.slice(from + 1).findLast(({ fact }) => fact === 'request-accepted')?.details['protocol']
}
const goesOn = new Set(['request-released', 'request-rerouted'])
