import type { Tx } from '../../database.js'
import { FALLBACK_MS } from '../placing.js'
import type { AlertRow, NotificationTables } from '../schema.js'
import type { AlertsDeps } from './alerts.js'
import { type Audience, rolesOf } from './rules.js'

/** The people of an audience, each with the site they are told as a member of. */
export async function peopleOf(
  { accounts, requests }: Pick<AlertsDeps, 'accounts' | 'requests'>,
  audience: Audience,
  alert: AlertRow,
): Promise<{ account: string; site: string }[]> {
  if (audience === 'readers') return requests.offeredTo(alert.request)
  const roles = rolesOf(audience)
  if (roles === undefined) {
    const [account, site] =
      audience === 'holder' ? [alert.holder, alert.reading_site] : [alert.requester, alert.site]
    return account === null || site === null ? [] : [{ account, site }]
  }
  const site = roles.at === 'site' ? alert.site : alert.reading_site
  return site === null
    ? []
    : (await accounts.members([site], roles.role)).map(({ account }) => ({ account, site }))
}

/** Whether a rung reached anybody, or may still do so. `now` is UTC milliseconds. */
export async function hasReached(tx: Tx, alert: string, rung: number, now: number): Promise<boolean> {
  const reached = await tx
    .sql<NotificationTables>()
    .selectFrom('notices')
    .innerJoin('notice_channels', 'notice_channels.notice', 'notices.id')
    .select('notice')
    .where('alert', '=', alert)
    .where('rung', '=', rung)
    .where(where =>
      where.or([
        // A notice on a screen that nobody has open reaches nobody.
        where.and([where('channel', '!=', 'screen'), where('state', '=', 'sent')]),
        where('state', 'in', ['delivered', 'opened', 'acknowledged']),
        // On its way, and not yet known to have failed.
        where.and([
          where('state', '=', 'queued'),
          where('reason', 'is', null),
          where('notice_channels.at', '>', now - FALLBACK_MS),
        ]),
      ]),
    )
    .limit(1)
    .execute()
  return reached.length > 0
}
