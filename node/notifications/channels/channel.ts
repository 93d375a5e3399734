import type { Language } from '../../accounts/view.js'
import type { Tx } from '../../database.js'
import type { Said } from '../../errors.js'
import type { NoticeRow } from '../schema.js'
import type { ChannelName } from '../view.js'

/** How a person can be reached. */
export interface Reach {
  account: string
  name: string
  email: string
  language: Language
  telephone?: string
  /** Browsers that asked to be woken. */
  devices: number
  routineLetters: boolean
  /** Urgent requests ring for them until somebody takes them, as emergencies do. */
  urgentRings: boolean
  quiet?: { from: string; to: string; timeZone: string }
}

/** One notice on its way to one person: nothing in it is about a patient. */
export interface Message {
  notice: NoticeRow
  reach: Reach
  siteName: string
  /** Where the signed-in person finds it. */
  link: string
}

/** What became of handing it over. `serverGone` = nothing else gets through there for now either. */
export type Handed =
  /** `delivered`: whoever carries it says that it came. `keep` commits with the notice's new state. */
  | { result: 'done'; delivered?: boolean; keep?: (tx: Tx) => Promise<void> }
  | { result: 'transient' | 'ambiguous' | 'permanent'; reason: string; serverGone: boolean }

/** Said to a person who asks something of a channel the node cannot use. */
export const NOT_SET_UP: Said = {
  fr: 'Cette voie n’est pas en place sur ce nœud.',
  en: 'This channel is not set up on this node.',
}

/** A way out of the node to one person. The screen is none: it is there once the row is. */
export interface Channel {
  readonly name: Exclude<ChannelName, 'screen'>
  /** The outbox's lane and kind: they name open jobs, and never change. */
  readonly lane: string
  /** Why the node cannot use it at all; undefined where it is set up. */
  readonly unusable: string | undefined
  /** True: what it carries leads to the notice by an expiring link of its own; false: to the page, for who is signed in. */
  readonly bringsLink: boolean
  /** Its far end has no call that does nothing: how it fares is what became of the last messages. */
  readonly silent?: true
  /** Whether this person has what it needs. */
  reaches(reach: Reach): boolean
  /** Never throws for what the far end does. */
  hand(message: Message, signal: AbortSignal): Promise<Handed>
  /** Whether the far end is there, without telling anybody anything. */
  check(signal: AbortSignal): Promise<{ well: true } | { well: false; reason: string }>
}
