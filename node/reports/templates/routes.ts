import { z } from 'zod'
import { listOf, nothing } from '../../http/answer.js'
import { type Route, route } from '../../http/route.js'
import { sectionsSchema } from '../answers.js'
import type { FittingTemplatesView, TemplateVersionView, TemplateView } from '../view.js'
import { TEMPLATE_FIELDS } from './template.js'
import type { Templates } from './templates.js'

const BODY_MAX_BYTES = 512 * 1024
const TITLE_MAX_CHARS = 200
const TEXT_MAX_CHARS = 20_000

const word = z.string().trim().min(1).max(60)
const content = {
  language: z.enum(['fr', 'en']),
  title: z.string().trim().min(1).max(TITLE_MAX_CHARS),
  modalities: z.array(z.string().regex(/^[A-Z]{2,8}$/)).max(20),
  regions: z.array(word).max(40),
  sections: sectionsSchema.optional(),
  shortcut: z
    .string()
    .regex(/^[\p{L}\d-]{1,30}$/u)
    .optional(),
  text: z.string().trim().min(1).max(TEXT_MAX_CHARS).optional(),
}
const kind = z.enum(['report', 'block'])

export const templateSchema = z.object({
  id: z.string(),
  kind,
  revision: z.int(),
  replaces: z.string().optional(),
  changedAt: z.string().optional(),
  changedBy: z.string().optional(),
  ...content,
}) satisfies z.ZodType<TemplateView>

const versionSchema = z.object({
  revision: z.int(),
  at: z.string(),
  by: z.string(),
  ...content,
}) satisfies z.ZodType<TemplateVersionView>

export const fittingSchema = z.object({
  fields: z.array(
    z.object({
      field: z.enum(TEMPLATE_FIELDS),
      value: z.string(),
      sources: z.array(z.enum(['request', 'headers', 'dose-report', 'room'])),
    }),
  ),
  reports: z.array(
    z.object({ id: z.string(), title: z.string(), sections: sectionsSchema, fits: z.boolean() }),
  ),
  blocks: z.array(z.object({ id: z.string(), title: z.string(), shortcut: z.string(), text: z.string() })),
}) satisfies z.ZodType<FittingTemplatesView>

/** A report has sections, a block its short name and text. */
const whole = (value: {
  kind: 'report' | 'block'
  sections?: unknown
  shortcut?: unknown
  text?: unknown
}) =>
  value.kind === 'report'
    ? value.sections !== undefined
    : value.shortcut !== undefined && value.text !== undefined
const WHOLE = { message: 'A report has sections; a block has a shortcut and a text.' }

const idParams = z.object({ id: z.string().max(64) })

export function templateRoutes({ templates }: { templates: Templates }): Route[] {
  return [
    route({
      method: 'GET',
      path: '/api/templates',
      summary: 'Templates and text blocks of the own group, and those delivered.',
      action: 'template.see',
      answer: listOf(templateSchema),
      run: asked => templates.list(asked.who),
    }),
    route({
      method: 'POST',
      path: '/api/templates',
      summary: 'A template or text block of the group; `replaces` one that was delivered.',
      action: 'template.change',
      body: z.object({ kind, replaces: z.string().max(64).optional(), ...content }).refine(whole, WHOLE),
      bodyMaxBytes: BODY_MAX_BYTES,
      answer: templateSchema,
      status: 201,
      run: asked => {
        const { kind: of, replaces, ...said } = asked.body
        return templates.create(asked, { kind: of, replaces, content: said })
      },
    }),
    route({
      method: 'PUT',
      path: '/api/templates/:id',
      summary: 'Changes one of the group; 409 when another revision came first.',
      action: 'template.change',
      params: idParams,
      body: z.object({ revision: z.int().min(1), ...content }),
      bodyMaxBytes: BODY_MAX_BYTES,
      answer: templateSchema,
      run: asked => {
        const { revision, ...said } = asked.body
        return templates.change(asked, asked.params.id, revision, said)
      },
    }),
    route({
      method: 'GET',
      path: '/api/templates/:id/versions',
      summary: 'Every text one of the group has had: when, by whom; the newest first.',
      action: 'template.see',
      params: idParams,
      answer: listOf(versionSchema),
      run: asked => templates.versions(asked.who, asked.params.id),
    }),
    route({
      method: 'DELETE',
      path: '/api/templates/:id',
      summary:
        'Shows it no more; what it stood for is there again. With `revision`, 409 when another one came first.',
      action: 'template.change',
      params: idParams,
      query: z.object({ revision: z.coerce.number().int().min(1).optional() }),
      answer: nothing,
      run: async asked => {
        await templates.archive(asked, asked.params.id, asked.query.revision)
        return undefined
      },
    }),
  ]
}
