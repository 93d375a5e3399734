import { z } from 'zod'
import { type Route, route } from '../http/route.js'
import type { Screens } from './screens.js'
import type { ScreenView } from './view.js'

/** A statement that says something, and fits on a page. */
const statement = z.string().trim().min(10).max(1000)
const params = z.object({ device: z.string().regex(/^[0-9a-f]{32}$/) })

const answer = z.object({
  days: z.int(),
  validated: z
    .object({
      by: z.string(),
      screen: z.string(),
      legalBasis: z.string(),
      check: z.string(),
      checkedOn: z.string(),
      at: z.string(),
      until: z.string(),
    })
    .optional(),
}) satisfies z.ZodType<ScreenView>

/** The person's own screens; `device` is a random name that their browser keeps. */
export function screenRoutes(screens: Screens): Route[] {
  return [
    route({
      method: 'GET',
      path: '/api/screens/:device',
      summary: 'Whether the person has validated the screen they sit at.',
      action: 'screen.validate',
      params,
      answer,
      run: asked => screens.of(asked.who, asked.params.device),
    }),
    route({
      method: 'PUT',
      path: '/api/screens/:device',
      summary:
        'The person states the legal basis and the check of the screen they sit at; it holds for some days.',
      action: 'screen.validate',
      params,
      body: z.object({
        screen: z.string().trim().min(1).max(200),
        legalBasis: statement,
        check: statement,
        checkedOn: z.iso.date(),
      }),
      answer,
      run: asked => screens.validate(asked, asked.params.device, asked.body),
    }),
    route({
      method: 'DELETE',
      path: '/api/screens/:device',
      summary: 'It is not validated any more.',
      action: 'screen.validate',
      params,
      answer,
      run: asked => screens.withdraw(asked, asked.params.device),
    }),
  ]
}
