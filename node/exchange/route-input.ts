import { z } from 'zod'
import type { RouteConditions, RouteHours } from '../peers/view.js'
import { hoursSchema } from '../sites/contract.js'
import { definite } from './definite.js'
import type { Route } from './rules.js'

const id = z.string().regex(/^[a-z0-9][a-z0-9-]{0,63}$/, 'letters a–z, digits and hyphens, 1 to 64')
const words = (max: number) => z.array(z.string().trim().min(1).max(64)).min(1).max(max)

const conditions = {
  site: id.optional(),
  peer: id.optional(),
  modality: z.array(z.string().trim().min(1).max(16)).min(1).max(32).optional(),
  bodyPart: words(32).optional(),
  description: words(16).optional(),
  urgency: z
    .array(z.enum(['emergency', 'urgent', 'routine']))
    .min(1)
    .max(3)
    .optional(),
  request: z.strictObject({ contract: id.optional(), reading: id.optional() }).optional(),
}
const fields = {
  id,
  enabled: z.boolean().default(true),
  to: z.array(id).min(1).max(16),
  transferSyntax: z
    .enum(['keep', 'explicit-little-endian', 'jpeg-ls-lossless', 'jpeg-lossless', 'rle-lossless'])
    .default('keep'),
  whenRefused: z.enum(['uncompressed', 'decompress', 'nothing']).optional(),
  hours: z.array(hoursSchema).min(1).max(16).optional(),
  priority: z.enum(['high', 'normal', 'low']).optional(),
}

/** A route as the network file has it: what is not known there is a fault. */
export const routeInFile = z.strictObject({ ...fields, when: z.strictObject(conditions) })

/** A route as the interface takes it. */
export const routeInput = z.object({ ...fields, when: z.object(conditions) })

/** The answer's shape. */
export const routeAnswer = routeInput.extend({
  position: z.int(),
  revision: z.string(),
  stopped: z.literal(true).optional(),
})

/** A parsed route without the keys that were not given. */
export function routeOf({ when, hours: given, ...route }: z.output<typeof routeInput>): Route {
  return definite({
    ...route,
    when: definite({
      ...when,
      request: when.request === undefined ? undefined : definite(when.request),
    }) as RouteConditions,
    hours: given?.map(each => definite(each)) as RouteHours[] | undefined,
  }) as Route
}
