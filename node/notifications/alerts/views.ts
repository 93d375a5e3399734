import { isoAt } from '../../clock.js'
import type { AlertRow, NotificationTables } from '../schema.js'
import type { AlertRungView, AlertView } from '../view.js'
import type { AlertsDeps } from './alerts.js'
import type { Ladder } from './rules.js'

/** Alerts with their ladders: what was fired, who was told how, what comes next. */
export async function alertViews(
  { db, accounts, sites }: Pick<AlertsDeps, 'db' | 'accounts' | 'sites'>,
  rows: readonly AlertRow[],
): Promise<AlertView[]> {
  if (rows.length === 0) return []
  const sql = db.sql<NotificationTables>()
  const alertIds = rows.map(({ id }) => id)
  const [fired, notices, siteNames] = [
    await sql.selectFrom('alert_rungs').selectAll().where('alert', 'in', alertIds).execute(),
    await sql.selectFrom('notices').selectAll().where('alert', 'in', alertIds).orderBy('id').execute(),
    new Map((await sites.sites()).map(site => [site.id, site.name])),
  ]
  const channels =
    notices.length === 0
      ? []
      : await sql
          .selectFrom('notice_channels')
          .selectAll()
          .where(
            'notice',
            'in',
            notices.map(({ id }) => id),
          )
          .orderBy('channel')
          .execute()
  const names = new Map<string, string>()
  for (const account of new Set([...notices.map(({ account }) => account), ...rows.map(row => row.ended_by)]))
    if (account !== null) names.set(account, (await accounts.contact(account))?.name ?? '')

  const rungsOf = (row: AlertRow): AlertRungView[] =>
    (JSON.parse(row.ladder) as Ladder).map((rung, n) => {
      const firing = fired.find(one => one.alert === row.id && one.rung === n)
      return {
        dueAt: isoAt(row.opened_at + rung.afterMs),
        ...(firing === undefined ? {} : { firedAt: isoAt(firing.fired_at) }),
        ...(firing?.early === 1 ? { early: true } : {}),
        to: [...rung.to],
        channels: [...rung.channels],
        call: rung.call === true,
        people: notices
          .filter(notice => notice.alert === row.id && notice.rung === n)
          .map(notice => ({
            name: names.get(notice.account) ?? '',
            channels: channels
              .filter(channel => channel.notice === notice.id)
              .map(({ channel, state, at, reason }) => ({
                channel,
                state,
                at: isoAt(at),
                ...(reason === null ? {} : { reason }),
              })),
            ...(notice.read_at === null ? {} : { readAt: isoAt(notice.read_at) }),
          })),
      }
    })

  return rows.map(row => ({
    id: row.id,
    kind: row.kind,
    state: row.state,
    urgency: row.urgency,
    request: row.request,
    reference: row.reference,
    siteName: siteNames.get(row.site) ?? row.site,
    openedAt: isoAt(row.opened_at),
    ...(row.ended_at === null ? {} : { endedAt: isoAt(row.ended_at) }),
    ...(row.ended_by === null
      ? {}
      : { by: { name: names.get(row.ended_by) ?? '', role: row.ended_role ?? '' } }),
    ...(row.note === null ? {} : { note: row.note }),
    ...(row.next_at === null ? {} : { nextAt: isoAt(row.next_at) }),
    rungs: rungsOf(row),
  }))
}
