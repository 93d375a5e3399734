import type { Language } from '../accounts/view.js'
import type { LinkOpeningView } from '../links/view.js'

export type InboxState =
  /** Nobody has opened its link. */
  | 'waiting'
  | 'opened'
  /** Bytes are coming. */
  | 'arriving'
  | 'handed-over'
  | 'revoked'
  | 'expired'
  /** Its code was guessed at too often. */
  | 'guessed'

/** What whoever sends images says first: their own words, checked by nobody. */
export interface InboxForm {
  organisation: string
  name: string
  phone: string
  patient: { family: string; given: string; birthDate?: string; sex?: 'F' | 'M' | 'O' }
  why: string
  urgency: 'emergency' | 'urgent' | 'routine'
}

/** GET /api/inboxes: an inbox as the desk that made it sees it. */
export interface InboxView {
  id: string
  site: string
  siteName: string
  state: InboxState
  /** Whom it is for: the clinic's name. */
  recipient: string
  email?: string
  phone?: string
  /** What is asked of them, in the desk's words. */
  purpose: string
  language: Language
  preset: string | null
  /** Its link asks for a code that is told by telephone. */
  withCode: boolean
  bytesMax: number
  by: string
  madeAt: string
  endsAt: string
  openings: LinkOpeningView[]
  form?: InboxForm
  /** The disc that came of it. */
  import?: string
  handedOverAt?: string
}

/** POST /api/inboxes: the only answer that ever holds link and code. */
export interface NewInboxView extends InboxView {
  path: string
  code?: string
}

/** What an outsider sees: their own inbox, and nothing else of the node. */
export interface InboxPage {
  siteName: string
  recipient: string
  purpose: string
  /** Who asks for the images. */
  by: string
  bytesMax: number
  endsAt: string
  state: 'form' | 'files' | 'handed-over' | 'closed'
  form?: InboxForm
  /** What has come so far of the files that were begun. */
  upload?: { name: string; bytes: number; there: number }
  /** Of the hand-over. */
  receipt?: { number: string; at: string; name: string; bytes: number }
}
