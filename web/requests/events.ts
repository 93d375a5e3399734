import type { RequestRow } from '../../node/requests/view.js'
import type { ButtonLook } from '../parts/Button.js'

/** Events a person sends from a button, in the order they are offered. */
export const eventNames = [
  'submit',
  'claim',
  'accept',
  'answer',
  'exam-done',
  'deliver',
  'close',
  'offer',
  'ask',
  'decline',
  'release',
  'refuse',
  'cancel',
] as const
export type EventName = (typeof eventNames)[number]

export interface EventInput {
  reason?: string
  text?: string
  alternative?: string
}

interface EventForm {
  look: ButtonLook
  keys?: string
  /** What it must be given, asked for in a dialog. */
  asks?: (keyof EventInput)[]
  /** Beginnings of sentences that are one press away. */
  quick?: (
    | 'overload'
    | 'competence'
    | 'conflict'
    | 'series'
    | 'prior'
    | 'laboratory'
    | 'consent'
    | 'unavailable'
    | 'sent'
  )[]
}

export const eventForms: Record<EventName, EventForm> = {
  submit: { look: 'go' },
  claim: { look: 'go', keys: 'A' },
  accept: { look: 'go', asks: ['text'] },
  answer: { look: 'go', asks: ['text'], quick: ['sent', 'unavailable'] },
  'exam-done': { look: 'go' },
  deliver: { look: 'plain' },
  close: { look: 'plain' },
  offer: { look: 'plain' },
  ask: { look: 'plain', asks: ['text'], quick: ['series', 'prior', 'laboratory', 'consent'] },
  decline: { look: 'plain', keys: 'D', asks: ['reason'], quick: ['overload', 'competence', 'conflict'] },
  release: { look: 'plain', asks: ['reason'] },
  refuse: { look: 'grave', asks: ['reason', 'alternative'] },
  cancel: { look: 'grave', asks: ['reason'] },
}

/** Those of the events the node allows now that this screen has a button for. */
export function offeredEvents(may: string[]): EventName[] {
  return eventNames.filter(name => may.includes(name))
}

/** Whether the event opens a dialog first. An exam that is done needs no protocol, so accepting asks nothing then. */
export function asksOf(name: EventName, images: boolean): (keyof EventInput)[] {
  if (name === 'accept' && images) return []
  return eventForms[name].asks ?? []
}

/** The form may still be corrected: nobody has claimed it, and it is of this site. */
export const mayEdit = (request: RequestRow, site: string): boolean =>
  request.site === site && ['draft', 'submitted', 'offered'].includes(request.state)

/** Somebody nobody knew when the request was written: they may be named while the act stands. */
export const mayName = (request: RequestRow, site: string): boolean =>
  request.site === site &&
  request.patient.identityStatus === 'provisional' &&
  !['draft', 'refused', 'cancelled', 'expired', 'entered-in-error'].includes(request.state)
