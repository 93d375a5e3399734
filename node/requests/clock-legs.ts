import { isoAt } from '../clock.js'
import type { RequestState, RequestView } from './view.js'

/**
 * What the journal says about time: a new state, images (of one arrival of a linked study) awaited or here, or an exam that
 * was decided on and is still to be done, or is done.
 */
export type Moment =
  | { at: number; state: RequestState; fact: string }
  | { at: number; arrival: string; images: 'awaited' | 'here' }
  | { at: number; exam: 'awaited' | 'done' }

type Leg = 'siteMs' | 'transferMs' | 'readerMs' | 'pausedMs'
const CAUSE = { siteMs: 'site', transferMs: 'transfer', readerMs: 'reader', pausedMs: 'paused' } as const

/** Whose time a state is, when no images are awaited. */
const LEG_OF: Partial<Record<RequestState, Leg>> = {
  submitted: 'siteMs',
  offered: 'readerMs',
  claimed: 'readerMs',
  accepted: 'readerMs',
  'awaiting-exam': 'siteMs',
  reading: 'readerMs',
  'info-requested': 'pausedMs',
}

/** States whose time is the transfer's while images of a linked study are still awaited. */
const WAITS_FOR_IMAGES: ReadonlySet<RequestState> = new Set(['offered', 'claimed', 'accepted', 'reading'])

/**
 * Milliseconds from the submission to the first signed report (or another outcome), in all and by cause; whose time
 * runs now, or which fact ended it. Every instant belongs to exactly one cause, so the parts make up the total; nothing
 * resets it, whoever claims, releases or is asked anew. `moments` are in the journal's order; a clock set back adds nothing.
 */
export function clockLegs(moments: Iterable<Moment>, now: number): RequestView['clock'] {
  const legs = { siteMs: 0, transferMs: 0, readerMs: 0, pausedMs: 0 }
  const awaited = new Set<string>()
  let examAwaited = false
  let state: RequestState = 'draft'
  let since = 0
  let ended: RequestView['clock']['ended']

  const leg = (): Leg | undefined =>
    awaited.size > 0 && WAITS_FOR_IMAGES.has(state)
      ? 'transferMs'
      : examAwaited && state === 'accepted'
        ? 'siteMs'
        : LEG_OF[state]
  const count = (until: number) => {
    const current = leg()
    if (current !== undefined && ended === undefined) legs[current] += Math.max(0, until - since)
    since = Math.max(since, until)
  }

  for (const moment of moments) {
    count(moment.at)
    if ('state' in moment) {
      const begun = state !== 'draft'
      state = moment.state
      if (begun && LEG_OF[state] === undefined) ended ??= { at: isoAt(since), fact: moment.fact }
    } else if ('exam' in moment) examAwaited = moment.exam === 'awaited'
    else if (moment.images === 'awaited') awaited.add(moment.arrival)
    else awaited.delete(moment.arrival)
  }
  count(now)
  const runs = ended === undefined ? leg() : undefined
  return {
    ...legs,
    totalMs: legs.siteMs + legs.transferMs + legs.readerMs + legs.pausedMs,
    running: runs !== undefined,
    ...(runs === undefined ? {} : { runs: CAUSE[runs] }),
    ...(ended === undefined ? {} : { ended }),
  }
}
