import { z } from 'zod'
import { roles } from '../accounts/permissions.js'
import type { Role } from '../accounts/view.js'
import { nothing, produces } from '../http/answer.js'
import { type Route, route } from '../http/route.js'
import { sentFile } from '../http/sent-file.js'
import type { Settings } from '../settings.js'
import type { Conversations } from './conversations.js'

const MB = 1024 * 1024
const NAME_MAX_CHARS = 255
const REASON_MAX_CHARS = 500
const MENTIONS_MAX = 20
/** The text, the names and the braces around base 64. */
const ENVELOPE_BYTES = 256 * 1024

const talker = z.object({
  account: z.string(),
  name: z.string(),
  role: z.enum(roles as [Role, ...Role[]]),
  site: z.string(),
  siteName: z.string(),
})
const message = z.object({
  id: z.string(),
  position: z.int(),
  at: z.string(),
  by: talker,
  text: z.string(),
  mentions: z.array(z.object({ account: z.string(), name: z.string() })),
  attachments: z.array(
    z.object({
      id: z.string(),
      name: z.string(),
      kind: z.enum(['pdf', 'jpeg', 'png', 'text']),
      bytes: z.int(),
      sha256: z.string(),
    }),
  ),
  inError: z.object({ at: z.string(), by: z.string(), reason: z.string() }).optional(),
})
const conversation = z.object({
  items: z.array(message),
  people: z.array(talker),
  read: z.array(z.object({ account: z.string(), name: z.string(), upTo: z.int(), at: z.string() })),
  mayWrite: z.boolean(),
  limits: z.object({
    textMaxChars: z.int(),
    attachmentsMax: z.int(),
    attachmentsMaxBytes: z.int(),
    messagesMax: z.int(),
  }),
})
const newMessage = z.strictObject({
  client: z.string().regex(/^[A-Za-z0-9_-]{8,64}$/),
  text: z.string(),
  mentions: z.array(z.string().max(64)).max(MENTIONS_MAX).optional(),
  attachments: z
    .array(z.strictObject({ name: z.string().max(NAME_MAX_CHARS), content: z.base64() }))
    .optional(),
})

const idParams = z.object({ id: z.string().max(64) })
const messageParams = idParams.extend({ message: z.string().max(64) })
const attachmentParams = idParams.extend({ attachment: z.string().max(64) })

export function conversationRoutes({
  conversations,
  config,
}: {
  conversations: Conversations
  config: Pick<Settings, 'conversations'>
}): Route[] {
  const { attachmentsMbMax } = config.conversations
  return [
    route({
      method: 'GET',
      path: '/api/requests/:id/conversation',
      summary: 'What was said about a request, oldest first, and who has read how far.',
      action: 'conversation.see',
      params: idParams,
      answer: conversation,
      run: asked => conversations.view(asked, asked.params.id),
    }),
    route({
      method: 'POST',
      path: '/api/requests/:id/conversation',
      summary: 'A message, with files in base 64; the same `client` twice is one message.',
      action: 'conversation.write',
      params: idParams,
      body: newMessage,
      bodyMaxBytes: Math.ceil((attachmentsMbMax * MB * 4) / 3) + ENVELOPE_BYTES,
      answer: message,
      status: 201,
      run: asked => conversations.send(asked, asked.params.id, asked.body),
    }),
    route({
      method: 'PUT',
      path: '/api/requests/:id/conversation/read',
      summary: 'How far the person has read.',
      action: 'conversation.see',
      params: idParams,
      body: z.strictObject({ upTo: z.int().min(0).max(1_000_000) }),
      answer: nothing,
      run: async asked => {
        await conversations.markRead(asked, asked.params.id, asked.body.upTo)
        return undefined
      },
    }),
    route({
      method: 'POST',
      path: '/api/requests/:id/conversation/:message/error',
      summary: 'The author marks a message as a mistake; it stays to be read.',
      action: 'conversation.write',
      params: messageParams,
      body: z.strictObject({ reason: z.string().trim().min(1).max(REASON_MAX_CHARS) }),
      answer: message,
      run: asked =>
        conversations.enterInError(asked, asked.params.id, asked.params.message, asked.body.reason),
    }),
    route({
      method: 'GET',
      path: '/api/requests/:id/attachments/:attachment',
      summary: 'A file of a message, as it was sent.',
      action: 'conversation.see',
      params: attachmentParams,
      answer: produces('application/octet-stream'),
      run: async asked => {
        const { bytes, ...file } = await conversations.attachment(
          asked,
          asked.params.id,
          asked.params.attachment,
        )
        return sentFile(asked.ctx, file, bytes)
      },
    }),
  ]
}
