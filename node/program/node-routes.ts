import { z } from 'zod'
import type { Clock } from '../clock.js'
import type { Config } from '../config.js'
import { Bytes, produces } from '../http/answer.js'
import { type Route, route } from '../http/route.js'
import { conformanceOf } from '../peers/conformance.js'
import { conformanceText } from '../peers/conformance-text.js'
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
    route({
      method: 'GET',
      path: '/conformance',
      summary: 'The DICOM conformance statement (PS3.2), as Markdown; `?format=json` as a value.',
      action: 'public',
      query: z.object({ format: z.enum(['markdown', 'json']).default('markdown') }),
      answer: produces('text/markdown; charset=utf-8'),
      run: ({ query }) => {
        const statement = conformanceOf(config, version)
        return query.format === 'json'
          ? new Bytes({ type: 'application/json', body: JSON.stringify(statement) })
          : new Bytes({ type: 'text/markdown; charset=utf-8', body: conformanceText(statement) })
      },
    }),
  ]
}
