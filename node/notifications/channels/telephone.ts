import type { AddressGuard } from '../../address-guard.js'
import { reasonOf } from '../../errors.js'
import type { Settings } from '../../settings.js'
import { postTo } from '../../web-call.js'
import { shortText } from '../letters.js'
import type { Channel, Handed } from './channel.js'

export const NO_GATEWAY = 'no telephone gateway is configured'

/** A number as gateways want it (E.164), or undefined where it is none. */
export function e164(number: string, countryCode: string): string | undefined {
  const plain = number.replace(/[ .()-]/g, '')
  const international = plain.startsWith('+')
    ? plain
    : plain.startsWith('00')
      ? `+${plain.slice(2)}`
      : plain.startsWith('0')
        ? `+${countryCode}${plain.slice(1)}`
        : undefined
  return international !== undefined && /^\+[1-9]\d{6,14}$/.test(international) ? international : undefined
}

/** Fills the template: every value escaped for where it stands, so that none can add a field of its own. */
export function filledIn(
  template: string,
  contentType: Settings['telephone']['contentType'],
  values: Readonly<Record<string, string>>,
): string {
  return template.replace(/\{(number|text|id|urgency)\}/g, (_, name: string) => {
    const value = values[name] ?? ''
    return contentType === 'application/json' ? JSON.stringify(value).slice(1, -1) : encodeURIComponent(value)
  })
}

/** RFC 9110 §15: what is worth another try, and what is not. */
export function outcomeOfStatus(status: number, text: string): Handed {
  if (status >= 200 && status < 300) return { result: 'done' }
  const reason = `answered ${status}${text === '' ? '' : `: ${text.replace(/\s+/g, ' ').slice(0, 200)}`}`
  if (status === 429 || status === 408 || status >= 500)
    return { result: 'transient', reason, serverGone: status !== 429 }
  return { result: 'permanent', reason, serverGone: false }
}

/** SMS or calls, through the operator's gateway: one HTTP request a message. */
export function openTelephone(
  config: Pick<Settings, 'telephone' | 'node'>,
  guard: Pick<AddressGuard, 'calling'>,
): Channel {
  const { gatewayUrl, contentType, body, authorization, countryCode, timeoutMs } = config.telephone
  const url = gatewayUrl !== null && URL.canParse(gatewayUrl) ? new URL(gatewayUrl) : undefined
  return {
    name: 'telephone',
    lane: 'telephone',
    unusable: url === undefined ? NO_GATEWAY : undefined,
    bringsLink: false,
    silent: true,
    reaches: ({ telephone }) => telephone !== undefined && e164(telephone, countryCode) !== undefined,
    hand: async ({ notice, reach, siteName, link }, signal) => {
      const number = e164(reach.telephone ?? '', countryCode)
      if (url === undefined) return { result: 'permanent', reason: NO_GATEWAY, serverGone: false }
      if (number === undefined)
        return { result: 'permanent', reason: 'This is not a telephone number.', serverGone: false }
      const text = shortText({
        kind: notice.kind,
        urgency: notice.urgency,
        siteName,
        reference: notice.reference,
        link,
        language: reach.language,
        nodeName: config.node.name,
      })
      const values = { number, text, id: notice.id, urgency: notice.urgency }
      try {
        const answer = await postTo({
          url,
          headers: {
            'content-type': `${contentType}; charset=utf-8`,
            // The gateway sees by it that a second try is the same message.
            'idempotency-key': notice.id,
            ...(authorization === null ? {} : { authorization }),
          },
          body: Buffer.from(filledIn(body, contentType, values), 'utf8'),
          timeoutMs,
          signal,
          guard,
        })
        return outcomeOfStatus(answer.status, answer.text)
      } catch (thrown) {
        // It may have taken it before the line broke: told again, by the same id.
        return { result: 'ambiguous', reason: reasonOf(thrown).slice(0, 300), serverGone: true }
      }
    },
    // A gateway has no call that does nothing: what is known of it is what became of the last messages.
    check: async () => (url === undefined ? { well: false, reason: NO_GATEWAY } : { well: true }),
  }
}
