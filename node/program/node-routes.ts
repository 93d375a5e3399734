import { z } from 'zod'
import type { Clock } from '../clock.js'
import type { Config } from '../config.js'
import { type Route, route } from '../http/route.js'
import { version } from './version.js'

/** What anybody may know of the node itself. */
export function nodeRoutes({ config, clock }: { config: Config; clock: Clock }): Route[] {
  return [
    route({
      method: 'GET',
      path: '/api/node',
      summary: 'Name, version and warnings every screen shows.',
      action: 'public',
      answer: z.object({
        name: z.string(),
        version: z.string(),
        demo: z.boolean(),
        mailbox: z.boolean(),
        notForDiagnosis: z.boolean(),
        serverTime: z.string(),
      }),
      run: () => ({
        name: config.node.name,
        version,
        demo: config.node.demo,
        mailbox: config.mail.captured,
        // Lifted only by a named person who states the legal basis and the screen's check; nobody can yet.
        notForDiagnosis: true,
        serverTime: clock.isoNow(),
      }),
    }),
  ]
}
