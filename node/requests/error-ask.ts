import type { Role } from '../accounts/view.js'
import type { Acting } from '../http/acting.js'
import type { RequestRecord } from './schema.js'

/** One person says that a request was entered in error, and why; it is believed when a second person confirms it. */
export interface ErrorAsk {
  account: string
  name: string
  role: Role
  /** Of the membership they acted under. */
  site: string
  reason: string
  /** Whether the linked images are wrong too: of another patient, or never to be sent. */
  images: 'keep' | 'withdraw'
  /** UTC milliseconds. */
  at: number
}

export const errorAskOf = ({ error_ask }: Pick<RequestRecord, 'error_ask'>): ErrorAsk | undefined =>
  error_ask === null ? undefined : JSON.parse(error_ask)

export function newErrorAsk(
  { account, membership }: Acting,
  { reason = '', images = 'keep' }: { reason?: string | undefined; images?: ErrorAsk['images'] | undefined },
  at: number,
): ErrorAsk {
  return {
    account: account.id,
    name: account.name,
    role: membership.role,
    site: membership.site,
    reason,
    images,
    at,
  }
}

/**
 * Whether this person may be the second of the two: another account, one of both coordinates, and one of both is of the
 * site that asked.
 */
export function isSecond(ask: ErrorAsk | undefined, { account, membership }: Acting, site: string): boolean {
  return (
    ask !== undefined &&
    ask.account !== account.id &&
    [ask.role, membership.role].includes('coordinator') &&
    [ask.site, membership.site].includes(site)
  )
}
