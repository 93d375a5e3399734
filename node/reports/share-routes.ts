import { z } from 'zod'
import { listOf, produces, stream } from '../http/answer.js'
import { openFailureLimiter } from '../http/limiter.js'
import { type Route, route } from '../http/route.js'
import { patientAnswer } from '../requests/answers.js'
import type { Settings } from '../settings.js'
import { reportSchema, stateSchema } from './answers.js'
import type { Shares } from './shares.js'
import type { AnswerImagesView, AnswerView, NewShareView, ShareView } from './view.js'

const HOURS_MAX = 24 * 90
const HOURS_USUAL = 24 * 7
const NAME_MAX_CHARS = 200
const BODY_MAX_BYTES = 4096

const text = z.string().trim().min(1).max(NAME_MAX_CHARS)
const idParams = z.object({ id: z.string().max(64) })
const shareSchema = z.object({
  id: z.string(),
  name: z.string(),
  role: z.string(),
  madeAt: z.string(),
  madeBy: z.string(),
  expiresAt: z.string(),
  standing: z.enum(['open', 'expired', 'used', 'revoked', 'guessed', 'replaced']),
  images: z.literal(true).optional(),
  openings: z.array(z.object({ at: z.string(), address: z.string(), userAgent: z.string() })),
  letter: z
    .object({
      email: z.string(),
      state: z.enum(['queued', 'sent', 'failed']),
      at: z.string(),
      reason: z.string().optional(),
    })
    .optional(),
}) satisfies z.ZodType<ShareView>

const newShareSchema = z.object({
  id: z.string(),
  link: z.string(),
  code: z.string(),
  expiresAt: z.string(),
  mailed: z.literal(true).optional(),
}) satisfies z.ZodType<NewShareView>

const answerSchema = z.object({
  reference: z.string(),
  state: stateSchema,
  language: z.enum(['fr', 'en']),
  patient: patientAnswer,
  exam: z.object({
    modality: z.string(),
    region: z.string(),
    laterality: z.string().optional(),
    question: z.string(),
    date: z.string().optional(),
  }),
  requester: z.object({ name: z.string(), phone: z.string(), service: z.string().optional() }),
  siteName: z.string(),
  readingSiteName: z.string(),
  gaps: z.array(z.string()),
  versions: reportSchema.shape.versions,
  pictures: z.record(z.string(), z.string()),
  images: z.literal(true).optional(),
  to: z.object({ name: z.string(), role: z.string() }),
  expiresAt: z.string(),
  acknowledgedBy: z.string().optional(),
  acknowledgedAt: z.string().optional(),
}) satisfies z.ZodType<AnswerView>

const imagesSchema = z.object({
  studies: z.array(
    z.object({
      StudyInstanceUID: z.string(),
      date: z.string(),
      token: z.string(),
      expiresAt: z.string(),
    }),
  ),
}) satisfies z.ZodType<AnswerImagesView>

/** Secret and code in the body: they go into no log, and a link that is followed opens nothing. */
const opened = { token: z.string().max(100), code: z.string().trim().max(20).optional() }

/** Reports for people without an account: by link and code. */
export function shareRoutes({ shares, config }: { shares: Shares; config: Pick<Settings, 'http'> }): Route[] {
  const failures = openFailureLimiter(config.http.signInsPerAddressPerMinute)
  const asked = <T>(
    from: {
      body: { token: string; code?: string | undefined }
      address: string
      headers: { 'user-agent'?: string | undefined }
    },
    work: (opening: Parameters<Shares['open']>[0]) => Promise<T>,
  ): Promise<T> =>
    work({
      secret: from.body.token,
      code: from.body.code,
      by: {
        address: from.address,
        userAgent: from.headers['user-agent'],
        origin: { by: 'system', part: 'links' },
      },
    }).catch(async thrown => {
      await failures.failed(from.address)
      throw thrown
    })
  return [
    route({
      method: 'GET',
      path: '/api/reports/:id/links',
      summary: 'To whom a report goes by link, and who opened it from where.',
      action: 'report.share',
      params: idParams,
      answer: listOf(shareSchema),
      run: call => shares.list(call, call.params.id),
    }),
    route({
      method: 'POST',
      path: '/api/reports/:id/links',
      summary:
        'A link for a person or a service without an account, by letter too where an address is given; the code is in this answer alone.',
      action: 'report.share',
      params: idParams,
      body: z.object({
        name: text,
        role: text,
        hours: z.int().min(1).max(HOURS_MAX).default(HOURS_USUAL),
        images: z.boolean().default(false),
        email: z.email().max(NAME_MAX_CHARS).optional(),
        language: z.enum(['fr', 'en']).optional(),
      }),
      answer: newShareSchema,
      status: 201,
      secret: true,
      run: call => shares.make(call, call.params.id, call.body),
    }),
    route({
      method: 'POST',
      path: '/api/reports/:id/links/:share/revoke',
      summary: 'This link opens nothing any more.',
      action: 'report.share',
      params: idParams.extend({ share: z.string().max(64) }),
      answer: listOf(shareSchema),
      run: call => shares.revoke(call, call.params.id, call.params.share),
    }),
    route({
      method: 'POST',
      path: '/api/answer/open',
      summary: 'A person opens the link they were given, with the code that came another way.',
      action: 'public',
      body: z.object(opened),
      bodyMaxBytes: BODY_MAX_BYTES,
      answer: answerSchema,
      run: call => asked(call, opening => shares.open(opening)),
    }),
    route({
      method: 'POST',
      path: '/api/answer/pdf',
      summary: 'The PDF of the newest version, by link and code.',
      action: 'public',
      body: z.object(opened),
      bodyMaxBytes: BODY_MAX_BYTES,
      answer: produces('application/pdf'),
      run: async call => {
        const { pdf, filename } = await asked(call, opening => shares.pdf(opening))
        return stream({ type: 'application/pdf', body: pdf, filename, length: pdf.length })
      },
    }),
    route({
      method: 'POST',
      path: '/api/answer/images',
      summary: 'What reads the images over DICOMweb for a while, by link and code, for who may look at them.',
      action: 'public',
      body: z.object(opened),
      bodyMaxBytes: BODY_MAX_BYTES,
      answer: imagesSchema,
      secret: true,
      run: call => asked(call, opening => shares.images(opening)),
    }),
    route({
      method: 'POST',
      path: '/api/answer/acknowledge',
      summary: 'Whoever opened the link has read the report, by name and function.',
      action: 'public',
      body: z.object({ ...opened, name: text, role: text }),
      bodyMaxBytes: BODY_MAX_BYTES,
      answer: answerSchema,
      run: call =>
        asked(call, opening => shares.acknowledge(opening, { name: call.body.name, role: call.body.role })),
    }),
  ]
}
