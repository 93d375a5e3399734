import type { Role } from '../accounts/view.js'
import type { AttachmentView } from '../objects/view.js'

/** What leaves the server about the talk of a request. Times are UTC ISO 8601. */
export type { AttachmentKind, AttachmentView } from '../objects/view.js'

export interface TalkerView {
  account: string
  name: string
  role: Role
  site: string
  siteName: string
}

export interface MessageView {
  id: string
  /** From 1, without gaps. */
  position: number
  at: string
  by: TalkerView
  text: string
  mentions: { account: string; name: string }[]
  attachments: AttachmentView[]
  inError?: { at: string; by: string; reason: string }
}

/** GET /api/requests/:id/conversation */
export interface ConversationView {
  items: MessageView[]
  /** Who takes part, and may be mentioned. */
  people: TalkerView[]
  /** The last position each has read; only those who have read something. */
  read: { account: string; name: string; upTo: number; at: string }[]
  mayWrite: boolean
  limits: {
    textMaxChars: number
    attachmentsMax: number
    attachmentsMaxBytes: number
    messagesMax: number
  }
}

/** POST /api/requests/:id/conversation. `client`: of the sender's own making; the same one twice is one message. */
export interface NewMessage {
  client: string
  text: string
  mentions?: string[] | undefined
  /** Base 64. */
  attachments?: { name: string; content: string }[] | undefined
}
