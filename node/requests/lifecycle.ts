import { fail } from '../errors.js'
import type { RequestState, Urgency } from './view.js'

/** What can happen to a request. Each one leaves one fact in the journal (see {@link FACT_OF}). */
export const REQUEST_EVENTS = [
  'submit',
  'offer',
  'decline',
  'claim',
  'accept',
  'refuse',
  'acknowledge-refusal',
  'release',
  'reroute',
  'hand-over',
  'take-over',
  'ask',
  'answer',
  'await-exam',
  'exam-done',
  'start',
  'report',
  'deliver',
  'close',
  'reopen',
  'cancel',
  'record-outcome',
  'expire',
  'ask-error',
  'decline-error',
  'enter-in-error',
] as const
export type RequestEvent = (typeof REQUEST_EVENTS)[number]

export const REQUEST_STATES = [
  'draft',
  'submitted',
  'offered',
  'claimed',
  'accepted',
  'awaiting-exam',
  'reading',
  'reported',
  'delivered',
  'closed',
  'info-requested',
  'refused',
  'cancelled',
  'expired',
  'entered-in-error',
] as const satisfies readonly RequestState[]

/**
 * In what capacity somebody acts on one request: `site` = referrer or technician who asks, `offered` = a
 * radiologist it is offered to who did not decline, `reader` = a radiologist of the group that is asked, `holder` =
 * whose claim lives, `successor` = the colleague it is handed over to.
 */
export type Capacity = 'site' | 'reader' | 'offered' | 'holder' | 'successor' | 'coordinator' | 'system'

/** What must be given or true besides the state and the capacity. */
export type Guard =
  | 'mandatory-fields'
  | 'candidates'
  | 'reason'
  | 'coded'
  | 'alternative'
  | 'text'
  | 'protocol'
  | 'before-exam'
  | 'not-emergency'
  | 'emergency'
  | 'unseen-refusal'
  | 'outcome'
  | 'colleague'
  | 'nothing-open'
  | 'error-unasked'
  | 'error-asked'
  | 'two-persons'

export interface Transition {
  /** `back` = the state the request was asked back from; `same` = it stays where it is. */
  to: RequestState | 'back' | 'same'
  by: readonly Capacity[]
  needs: readonly Guard[]
}

const to = (state: Transition['to'], by: readonly Capacity[], needs: readonly Guard[] = []): Transition => ({
  to: state,
  by,
  needs,
})

const CANCEL = to('cancelled', ['site', 'coordinator', 'holder'], ['before-exam'])
const BOTH_SIDES = ['coordinator', 'site'] as const
/** One person asks and says why; another one confirms, or says why not. Until then the act goes on as it is. */
const ERROR = {
  'ask-error': to('same', BOTH_SIDES, ['reason', 'error-unasked']),
  'decline-error': to('same', BOTH_SIDES, ['reason', 'error-asked']),
  'enter-in-error': to('entered-in-error', BOTH_SIDES, ['error-asked', 'two-persons']),
}
const EXPIRE = to('expired', ['system'], ['not-emergency'])
const REFUSE = to('refused', ['holder'], ['reason', 'alternative'])
const RELEASE = to('offered', ['holder'], ['reason'])
const REROUTE = to('offered', ['coordinator', 'system'], ['reason', 'candidates'])
const HAND_OVER = to('same', ['holder'], ['colleague'])
const TAKE_OVER = to('same', ['successor'])
const HANDED = { 'hand-over': HAND_OVER, 'take-over': TAKE_OVER }
/** Nobody took an emergency here: a person says what became of the patient. */
const OUTCOME = to('cancelled', ['site', 'coordinator'], ['emergency', 'outcome'])
const ASK = to('info-requested', ['holder'], ['text'])
const SIGNED = to('reported', ['holder'])
/** Images may come before the room says what was given and with what: it says so afterwards, and nobody waits for it. */
const EXAM_SAID = to('same', ['site', 'system'])

/**
 * The whole lifecycle: what is not listed cannot happen. A request may be read and signed whatever is known
 * of its images: readiness belongs to the study and is no state here.
 */
export const LIFECYCLE: Record<RequestState, Partial<Record<RequestEvent, Transition>>> = {
  draft: {
    submit: to('submitted', ['site', 'system'], ['mandatory-fields']),
    cancel: to('cancelled', ['site', 'coordinator']),
    ...ERROR,
  },
  submitted: {
    offer: to('offered', ['system', 'coordinator'], ['candidates']),
    cancel: CANCEL,
    'record-outcome': OUTCOME,
    expire: EXPIRE,
    ...ERROR,
  },
  offered: {
    // Declining is not refusing: it stays with the others who were offered it.
    decline: to('offered', ['offered'], ['coded']),
    claim: to('claimed', ['offered']),
    // Nobody has it yet: the coordinator asks others, or one by name.
    reroute: REROUTE,
    cancel: CANCEL,
    'record-outcome': OUTCOME,
    expire: EXPIRE,
    ...ERROR,
  },
  claimed: {
    accept: to('accepted', ['holder'], ['protocol']),
    refuse: REFUSE,
    release: RELEASE,
    reroute: REROUTE,
    ...HANDED,
    cancel: CANCEL,
    ...ERROR,
  },
  accepted: {
    start: to('reading', ['holder']),
    'await-exam': to('awaiting-exam', ['site', 'system']),
    'exam-done': EXAM_SAID,
    ask: ASK,
    refuse: REFUSE,
    release: RELEASE,
    reroute: REROUTE,
    ...HANDED,
    cancel: CANCEL,
    ...ERROR,
  },
  'awaiting-exam': {
    'exam-done': to('accepted', ['site', 'system']),
    release: RELEASE,
    reroute: REROUTE,
    ...HANDED,
    cancel: CANCEL,
    ...ERROR,
  },
  reading: {
    report: SIGNED,
    'exam-done': EXAM_SAID,
    ask: ASK,
    release: RELEASE,
    reroute: REROUTE,
    ...HANDED,
    cancel: CANCEL,
    ...ERROR,
  },
  'info-requested': {
    // Also "not available": an ask always has an answer. The holder may withdraw it the same way.
    answer: to('back', ['site', 'holder', 'coordinator', 'system'], ['text']),
    'exam-done': EXAM_SAID,
    release: RELEASE,
    reroute: REROUTE,
    ...HANDED,
    cancel: CANCEL,
    ...ERROR,
  },
  reported: {
    report: SIGNED,
    ...HANDED,
    deliver: to('delivered', ['system', 'site']),
    ...ERROR,
  },
  delivered: {
    report: SIGNED,
    ...HANDED,
    close: to('closed', ['system', 'site'], ['nothing-open']),
    ...ERROR,
  },
  // An addendum may become necessary at any time: it reopens the act, so that who read version n is told of n+1. A
  // critical finding too: no act is closed while somebody is still to be told.
  closed: { report: SIGNED, reopen: to('delivered', ['system']), ...ERROR },
  refused: {
    // Of an emergency: a named person there knows that nobody reads it, and what is proposed instead.
    'acknowledge-refusal': to('same', ['site'], ['unseen-refusal']),
    ...ERROR,
  },
  cancelled: { ...ERROR },
  expired: { ...ERROR },
  'entered-in-error': {},
}

/** The journal's fact type of each event. A signed report is its own fact: nothing is recorded twice. */
export const FACT_OF: Record<RequestEvent, string> = {
  submit: 'request-submitted',
  offer: 'request-offered',
  decline: 'request-declined',
  claim: 'request-claimed',
  accept: 'request-accepted',
  refuse: 'request-refused',
  'acknowledge-refusal': 'request-refusal-acknowledged',
  release: 'request-released',
  reroute: 'request-rerouted',
  'hand-over': 'request-handed-over',
  'take-over': 'request-taken-over',
  ask: 'request-info-requested',
  answer: 'request-answered',
  'await-exam': 'request-awaiting-exam',
  'exam-done': 'request-exam-done',
  start: 'request-started',
  report: 'report-signed',
  deliver: 'request-delivered',
  close: 'request-closed',
  reopen: 'request-reopened',
  cancel: 'request-cancelled',
  'record-outcome': 'request-outcome-recorded',
  expire: 'request-expired',
  'ask-error': 'request-error-asked',
  'decline-error': 'request-error-declined',
  'enter-in-error': 'request-entered-in-error',
}

const EVENT_OF = new Map(REQUEST_EVENTS.map(event => [FACT_OF[event], event]))

/** Where a request stands. */
export interface Position {
  state: RequestState
  /** The state to return to from `info-requested`. */
  back: RequestState | null
  /** The live claim: at most one. */
  claim: { id: string; holder: string } | null
}

export const BEGINNING: Position = { state: 'draft', back: null, claim: null }

/** States in which a claim lives on; every other one voids it. */
const CLAIM_LIVES: ReadonlySet<RequestState> = new Set([
  'claimed',
  'accepted',
  'awaiting-exam',
  'reading',
  'info-requested',
  'reported',
  'delivered',
  'closed',
])

export const isRequestEvent = (text: string): text is RequestEvent =>
  (REQUEST_EVENTS as readonly string[]).includes(text)

/** The transition of this pair; a pair that is not in the table throws `conflict`. */
export function transitionOf(state: RequestState, event: RequestEvent): Transition {
  return LIFECYCLE[state][event] ?? fail('conflict', `A request that is ${state} cannot take "${event}".`)
}

/** Events that begin a claim: the one that is won, and the one that is handed on. */
export const beginsClaim = (event: RequestEvent) => event === 'claim' || event === 'take-over'

/** The position after the event. `claim` is required by the events that begin one and ignored otherwise. */
export function advance(
  position: Position,
  event: RequestEvent,
  claim?: { id: string; holder: string },
): Position {
  const transition = transitionOf(position.state, event)
  const state =
    transition.to === 'back'
      ? (position.back ?? fail('internal', 'The state before the question is not known.'))
      : transition.to === 'same'
        ? position.state
        : transition.to
  if (beginsClaim(event) && claim === undefined) fail('internal', 'A claim has an id and a holder.')
  return {
    state,
    back: state !== 'info-requested' ? null : transition.to === 'same' ? position.back : position.state,
    claim: beginsClaim(event) ? (claim ?? null) : CLAIM_LIVES.has(state) ? position.claim : null,
  }
}

/** What the guards look at. */
export interface Given {
  urgency: Urgency
  examDone: boolean
  /** The capacities in which the asker acts. */
  as: readonly Capacity[]
  reason?: string | undefined
  alternative?: string | undefined
  text?: string | undefined
  /** Fields of the form that still fail the rules. */
  faults?: number
  candidates?: number
  /** Whether a protocol is due before the exam. */
  protocolDue?: boolean
  /** Whether a person has seen what is to be acknowledged. */
  acknowledged?: boolean
  /** The code of a refusal, a decline, an outcome. */
  code?: string | undefined
  /** The colleague it is handed to is one. */
  colleague?: boolean
  /** Names of the holds on closing: no final report, an open alert, an answer nobody has seen. */
  holds?: readonly string[]
  /** Somebody has asked to take it for an error, and waits for a second person. */
  errorAsked?: boolean
  /** The one who confirms, where they may be the second of the two. */
  secondPerson?: string | undefined
}

const filled = (text: string | undefined) => text !== undefined && text.trim() !== ''

const GUARDS: Record<Guard, (given: Given) => boolean> = {
  'mandatory-fields': given => (given.faults ?? 0) === 0,
  candidates: given => (given.candidates ?? 0) > 0,
  reason: given => filled(given.reason),
  // What is coded needs no more words.
  coded: given => filled(given.reason) || filled(given.code),
  alternative: given => filled(given.alternative),
  text: given => filled(given.text),
  protocol: given => given.examDone || given.protocolDue === false || filled(given.text),
  // After the exam only the coordinator and the claimer cancel, and they say why.
  'before-exam': given =>
    !given.examDone ||
    ((given.as.includes('coordinator') || given.as.includes('holder')) && filled(given.reason)),
  // An emergency counts up until a person records an outcome.
  'not-emergency': given => given.urgency !== 'emergency',
  emergency: given => given.urgency === 'emergency',
  'unseen-refusal': given => given.urgency === 'emergency' && given.acknowledged === false,
  outcome: given => filled(given.code),
  colleague: given => given.colleague === true,
  'nothing-open': given => (given.holds ?? []).length === 0,
  'error-unasked': given => given.errorAsked !== true,
  'error-asked': given => given.errorAsked === true,
  'two-persons': given => filled(given.secondPerson),
}

/** The first guard that is not met, or undefined. */
export function unmet(transition: Transition, given: Given): Guard | undefined {
  return transition.needs.find(guard => !GUARDS[guard](given))
}

/** True when one of the capacities may send the event in this state at all. */
export function permits(transition: Transition, as: readonly Capacity[]): boolean {
  return transition.by.some(capacity => as.includes(capacity))
}

/** Events recorded by other acts (signing, acknowledging) or by the system: no person sends them by name. */
const NOT_SENT_BY_NAME: ReadonlySet<RequestEvent> = new Set([
  'report',
  'deliver',
  'close',
  'reopen',
  'expire',
])

/** Guards met by what the person will type: they do not hide the button. */
const TYPED: ReadonlySet<Guard> = new Set([
  'coded',
  'reason',
  'alternative',
  'text',
  'protocol',
  'mandatory-fields',
  'outcome',
  'colleague',
])

/** The events somebody in these capacities may send now, in the table's order. */
export function eventsFor(state: RequestState, given: Given): RequestEvent[] {
  const typed: Given = { ...given, reason: '…', alternative: '…', text: '…' }
  return REQUEST_EVENTS.filter(event => {
    const transition = LIFECYCLE[state][event]
    if (transition === undefined || NOT_SENT_BY_NAME.has(event) || !permits(transition, given.as))
      return false
    return transition.needs.every(guard => TYPED.has(guard) || GUARDS[guard](typed))
  })
}

/** A recorded step, as far as replay needs it. */
export interface Step {
  type: string
  claim?: { id: string; holder: string } | undefined
}

/** What a recorded fact says of a step; one whose body was lawfully erased names no claim. */
export function stepOf(fact: { type: string; body: { [key: string]: unknown } | null }): Step {
  const claim = fact.body?.['claim'] as Step['claim']
  return { type: fact.type, ...(claim === undefined ? {} : { claim }) }
}

/** Replays recorded steps; facts that change no state are passed over. Throws `conflict` on an impossible order. */
export function replay(steps: Iterable<Step>): Position {
  let position = BEGINNING
  for (const step of steps) {
    const event = EVENT_OF.get(step.type)
    if (event !== undefined) position = advance(position, event, step.claim)
  }
  return position
}
