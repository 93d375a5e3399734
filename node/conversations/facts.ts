/**
 * Facts of the talk about a request; ids: request, message. message-sent: `text`, `mentions` (accounts and their site),
 * `attachments` with the digest of each · message-entered-in-error: the `reason`. What was said stands in bodies only.
 */
export type ConversationFactType = 'message-sent' | 'message-entered-in-error'
