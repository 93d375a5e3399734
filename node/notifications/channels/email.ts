import type { Settings } from '../../settings.js'
import { letterOf } from '../letters.js'
import { NOT_CONFIGURED, type Postman } from '../postman.js'
import type { Channel } from './channel.js'

/** Letters about notices. */
export function openEmail(config: Pick<Settings, 'node' | 'mail'>, postman: Postman): Channel {
  const { captured } = config.mail
  return {
    name: 'email',
    lane: 'mail',
    unusable: postman.isThere ? undefined : NOT_CONFIGURED,
    bringsLink: true,
    reaches: ({ email }) => email !== '',
    hand: ({ notice, reach, siteName, link }, signal) =>
      postman.post({
        id: notice.id,
        email: reach.email,
        letter: letterOf({
          kind: notice.kind,
          urgency: notice.urgency,
          siteName,
          reference: notice.reference,
          link,
          language: reach.language,
          nodeName: config.node.name,
          wave: notice.rung ?? 0,
        }),
        atMs: notice.at,
        signal,
      }),
    check: async signal => {
      if (captured) return { well: true }
      const greeting = await postman.greet(signal)
      return greeting.result === 'done' ? { well: true } : { well: false, reason: greeting.reason }
    },
  }
}
