import { z } from 'zod'
import type { PresetInput } from './view.js'

const id = z.string().trim().min(1).max(64)
const words = z.array(z.string().trim().min(1).max(200)).max(32)

/** A preset as it is written down: in the network file, over HTTP, in its row. What is not said is as it always was. */
export const presetSchema = z.strictObject({
  id,
  site: id,
  name: z.string().trim().max(80).default(''),
  to: z.array(id).max(16),
  identity: z.enum(['keep', 'ask']).default('ask'),
  write: z
    .strictObject({
      issuer: z.boolean().default(true),
      accession: z.enum(['decided', 'keep', 'empty']).default('decided'),
    })
    .prefault({}),
  leaveOut: z
    .strictObject({
      modalities: z.array(z.string().trim().min(1).max(16)).max(32).default([]),
      descriptions: words.default([]),
      kinds: z.array(z.enum(['captures', 'presentations', 'icons'])).default([]),
      keep: words.default([]),
    })
    .prefault({}),
  label: z.string().trim().max(32).default(''),
  request: z
    .strictObject({
      kind: z.enum(['reading', 'opinion']),
      urgency: z.enum(['emergency', 'urgent', 'routine']),
      to: id.optional(),
    })
    .nullable()
    .default(null),
})

/** Of a row, also one written before a preset could say so much. */
export function presetOf(rule: string): PresetInput {
  return presetSchema.parse(JSON.parse(rule)) as PresetInput
}
