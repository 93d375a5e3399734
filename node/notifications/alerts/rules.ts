import type { Role } from '../../accounts/view.js'
import type { StoredFact } from '../../journal/facts.js'
import { type Timers, timersFor } from '../../requests/timers.js'
import { wavesOf } from '../../requests/waves.js'
import type { RequestKind, Urgency } from '../../sites/view.js'
import type { AlertKind, ChannelName, NoticeView } from '../view.js'
import { criticalLadder, differenceLadder } from './grave-ladders.js'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS

/** Who a rung reaches, seen from the act. Nobody is reached of what the permission table does not show them. */
export type Audience =
  | 'readers'
  | 'holder'
  | 'requester'
  | 'site-referrers'
  | 'site-technicians'
  | 'reading-coordinators'
  | 'site-coordinators'

export interface Rung {
  /** From the opening of the alert. */
  afterMs: number
  to: readonly Audience[]
  kind: NoticeView['kind']
  /** At once, where the person has them. */
  channels: readonly ChannelName[]
  /** A person is to telephone, and records what came of it: the last rung, and the one that does not end by itself. */
  call?: true
}

export type Ladder = readonly Rung[]

/** What a contract says of its ladders; what it leaves out is the default of the kind and the urgency. */
export interface LadderTerms {
  /** Between the waves of an offer nobody claims. */
  waveMinutes?: number | undefined
  waves?: number | undefined
  /** Whether the telephone rings from the first wave of an emergency, from the second, or never. */
  telephone?: 'first-wave' | 'second-wave' | 'never' | undefined
}

const QUIET: readonly ChannelName[] = ['screen', 'email']
const BRISK: readonly ChannelName[] = ['screen', 'push', 'email']
const LOUD: readonly ChannelName[] = ['screen', 'push', 'email', 'telephone']

/** The channels of wave `n` (0 = the first). */
function loudness(urgency: Urgency, n: number, telephone: LadderTerms['telephone']): readonly ChannelName[] {
  if (urgency === 'routine') return QUIET
  const rings = telephone !== 'never' && (n > 0 || (urgency === 'emergency' && telephone !== 'second-wave'))
  return rings ? LOUD : BRISK
}

function claimLadder(kind: RequestKind, urgency: Urgency, terms: LadderTerms): Ladder {
  const { count: waves, everyMs } = wavesOf(kind, urgency, terms)
  const rungs: Rung[] = []
  for (let n = 0; n < waves; n++) {
    const channels = loudness(urgency, n, terms.telephone)
    rungs.push({ afterMs: n * everyMs, to: ['readers'], kind: 'request-offered', channels })
  }
  const told: Rung = {
    afterMs: waves * everyMs,
    to: ['reading-coordinators', 'site-coordinators'],
    kind: 'request-unclaimed',
    channels: urgency === 'routine' ? QUIET : LOUD,
  }
  if (urgency === 'routine') return [...rungs, told]
  // The requester learns that nobody has answered: they may have to send the patient elsewhere.
  return [...rungs, { ...told, to: [...told.to, 'requester'], call: true }]
}

/** Submitted, and nobody could be asked: somebody has to choose a group. The requester knows where else to turn. */
function dispatchLadder(urgency: Urgency): Ladder {
  const channels = urgency === 'routine' ? QUIET : LOUD
  const told: Rung = {
    afterMs: urgency === 'emergency' ? MINUTE_MS / 2 : MINUTE_MS,
    to: ['site-coordinators', 'requester'],
    kind: 'request-unclaimed',
    channels,
  }
  if (urgency === 'routine') return [told]
  return [told, { ...told, afterMs: urgency === 'emergency' ? 5 * MINUTE_MS : 30 * MINUTE_MS, call: true }]
}

/** A claim whose decision is due: its holder is rung, then those who can ask somebody else. */
function decisionLadder(urgency: Urgency, dueMs: number): Ladder {
  const channels = loudness(urgency, 1, undefined)
  return [
    { afterMs: dueMs, to: ['holder'], kind: 'decision-due', channels },
    {
      afterMs: dueMs + Math.min(dueMs, HOUR_MS),
      to: ['reading-coordinators'],
      kind: 'decision-due',
      channels,
    },
  ]
}

function answerLadder(urgency: Urgency): Ladder {
  const first: Rung = {
    afterMs: 0,
    to: ['requester'],
    kind: 'request-changed',
    channels: loudness(urgency, 0, undefined),
  }
  const stepMs = urgency === 'emergency' ? 5 * MINUTE_MS : urgency === 'urgent' ? 30 * MINUTE_MS : DAY_MS
  const again: Rung = {
    afterMs: stepMs,
    to: ['requester', 'site-technicians'],
    kind: 'request-changed',
    channels: loudness(urgency, 1, undefined),
  }
  const told: Rung = {
    afterMs: 2 * stepMs,
    to: ['site-coordinators', 'reading-coordinators'],
    kind: 'question-unanswered',
    channels: urgency === 'routine' ? QUIET : LOUD,
  }
  return [first, again, urgency === 'emergency' ? { ...told, call: true } : told]
}

function seenLadder(urgency: Urgency, dueMs: number): Ladder {
  const half: Rung = {
    afterMs: dueMs / 2,
    to: urgency === 'routine' ? ['requester'] : ['requester', 'site-referrers'],
    kind: 'report-signed',
    channels: loudness(urgency, 1, undefined),
  }
  const told: Rung = {
    afterMs: dueMs,
    to: ['site-coordinators', 'reading-coordinators'],
    kind: 'report-unseen',
    channels: urgency === 'routine' ? QUIET : LOUD,
  }
  return [half, urgency === 'emergency' ? { ...told, call: true } : told]
}

/**
 * The ladder of an alert, fixed when it opens: what a contract says later changes none that runs. Rungs in the order
 * of their time. Times: what the act was promised (`domain.md`'s table of timers per contract). What rung 0 of `claim` and `answer` tells is the
 * news itself; the others begin when somebody is late.
 */
export function ladderOf(
  alert: AlertKind,
  act: { kind: RequestKind; urgency: Urgency; grade?: number; at?: number },
  terms: LadderTerms = {},
  promised: Pick<Timers, 'decisionMs' | 'acknowledgeMs'> = timersFor(act.kind, act.urgency),
): Ladder {
  switch (alert) {
    case 'dispatch':
      return dispatchLadder(act.urgency)
    case 'claim':
      return claimLadder(act.kind, act.urgency, terms)
    case 'decision':
      return decisionLadder(act.urgency, promised.decisionMs)
    case 'answer':
      return answerLadder(act.urgency)
    case 'seen':
      return seenLadder(act.urgency, promised.acknowledgeMs)
    case 'critical':
      return criticalLadder(act.grade ?? 1, act.at ?? 0)
    case 'refusal':
      return REFUSAL
    case 'difference':
      return differenceLadder(act.urgency)
  }
}

/** An emergency that is refused: a named person there says that they know, and turn elsewhere. */
const REFUSAL: Ladder = [
  { afterMs: 0, to: ['requester'], kind: 'request-refused', channels: LOUD },
  {
    afterMs: 5 * MINUTE_MS,
    to: ['requester', 'site-referrers', 'site-technicians'],
    kind: 'request-refused',
    channels: LOUD,
  },
  {
    afterMs: 10 * MINUTE_MS,
    to: ['site-coordinators', 'reading-coordinators'],
    kind: 'request-refused',
    channels: LOUD,
    call: true,
  },
]

/** A critical finding is in none of them: only its read-back ends it. */
const ALL: readonly AlertKind[] = ['dispatch', 'claim', 'decision', 'answer', 'seen', 'difference', 'refusal']

/** What a fact of an act does to its alerts: those it ends, and the one it opens. */
const CHANGES: Readonly<Record<string, { ends: readonly AlertKind[]; opens?: AlertKind }>> = {
  'request-submitted': { ends: [], opens: 'dispatch' },
  'request-offered': { ends: ['dispatch', 'claim'], opens: 'claim' },
  'request-wave-opened': { ends: [] },
  'request-waves-ended': { ends: [] },
  'request-rerouted': { ends: ['dispatch', 'claim', 'decision', 'answer'], opens: 'claim' },
  'request-released': { ends: ['claim', 'decision', 'answer'], opens: 'claim' },
  'request-claimed': { ends: ['claim'], opens: 'decision' },
  'request-accepted': { ends: ['decision'] },
  'request-started': { ends: ['decision'] },
  'request-info-requested': { ends: ['decision'], opens: 'answer' },
  'request-answered': { ends: ['answer'] },
  'request-holder-silent': { ends: [], opens: 'decision' },
  'request-taken-over': { ends: ['decision'] },
  'request-refused': { ends: ALL, opens: 'refusal' },
  'request-refusal-acknowledged': { ends: ['refusal'] },
  'request-outcome-recorded': { ends: ALL },
  'request-cancelled': { ends: ALL },
  'request-expired': { ends: ALL },
  'request-entered-in-error': { ends: ALL },
  'request-closed': { ends: ALL },
  'report-signed': { ends: ['claim', 'decision', 'answer', 'seen', 'difference'], opens: 'seen' },
  'report-acknowledged': { ends: ['seen', 'difference'] },
  'critical-raised': { ends: [], opens: 'critical' },
  'critical-acknowledged': { ends: ['critical'] },
}

export const ALERT_FACTS = Object.keys(CHANGES)

export function alertChanges(
  type: string,
  body: { readonly [key: string]: unknown } | null = null,
): { ends: readonly AlertKind[]; opens?: AlertKind } {
  const { ends, opens } = CHANGES[type] ?? { ends: [] }
  // Whoever was told by telephone and read it back is not rung about it.
  if (opens === 'refusal' && body?.['urgency'] !== 'emergency') return { ends }
  if (opens === undefined || (opens === 'critical' && body?.['readBack'] === true)) return { ends }
  return { ends, opens: opens === 'seen' && body?.['difference'] === 'significant' ? 'difference' : opens }
}

/** Roles at a site that an audience is; undefined where it is named people: the act says who. */
export function rolesOf(audience: Audience): { role: Role; at: 'site' | 'reading' } | undefined {
  switch (audience) {
    case 'site-referrers':
      return { role: 'referrer', at: 'site' }
    case 'site-technicians':
      return { role: 'technician', at: 'site' }
    case 'reading-coordinators':
      return { role: 'coordinator', at: 'reading' }
    case 'site-coordinators':
      return { role: 'coordinator', at: 'site' }
    case 'readers':
    case 'holder':
    case 'requester':
      return undefined
  }
}

/** When rung `n` is due, or undefined where the ladder ends before it. */
export function dueAt(ladder: Ladder, n: number, openedAt: number): number | undefined {
  const rung = ladder[n]
  return rung === undefined ? undefined : openedAt + rung.afterMs
}

/**
 * The rung a fact of the act fires out of its time: that of a wave of offers, or after the last wave the first that
 * tells others than those who were asked. The waves are the act's own: their rungs have no timer here.
 */
export function rungOf(fact: Pick<StoredFact, 'type' | 'body'>, ladder: Ladder): number | undefined {
  if (fact.type === 'request-wave-opened') {
    const wave = Number(fact.body?.['wave'])
    return isWave(ladder[wave]) ? wave : undefined
  }
  if (fact.type !== 'request-waves-ended') return undefined
  const after = ladder.findIndex(rung => !isWave(rung))
  return after === -1 ? undefined : after
}

/** The same ladder from its first rung on. */
export const atOnce = (ladder: Ladder): Ladder =>
  ladder.map(rung => ({ ...rung, afterMs: rung.afterMs - (ladder[0]?.afterMs ?? 0) }))

/** Rings those an offer stands for. */
export const isWave = (rung: Rung | undefined) => rung?.to.includes('readers') === true

/**
 * The rung to go to where rung `n` reached nobody: the first one after it that tells somebody else, or has a person
 * telephone. Ringing the same people again by what has just failed would only lose time.
 */
export function beyond(ladder: Ladder, n: number): number | undefined {
  const same = (ladder[n]?.to ?? []).join()
  const next = ladder.findIndex((rung, k) => k > n && (rung.call === true || rung.to.join() !== same))
  return next === -1 ? undefined : next
}
