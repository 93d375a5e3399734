import { isoAt } from '../clock.js'
import type { Database } from '../database.js'
import type { Sites } from '../sites/sites.js'
import type { NoticeRow, NotificationTables } from './schema.js'
import type { NoticeView } from './view.js'

/** Notices as their person sees them. */
export async function viewsOf(
  { db, sites }: { db: Database; sites: Pick<Sites, 'sites'> },
  rows: readonly NoticeRow[],
): Promise<NoticeView[]> {
  if (rows.length === 0) return []
  const names = new Map((await sites.sites()).map(site => [site.id, site.name]))
  const channels = await db
    .sql<NotificationTables>()
    .selectFrom('notice_channels')
    .selectAll()
    .where(
      'notice',
      'in',
      rows.map(row => row.id),
    )
    .orderBy('channel', 'desc')
    .execute()
  return rows.map(row => ({
    id: row.id,
    kind: row.kind,
    urgency: row.urgency,
    siteName: names.get(row.site) ?? row.site,
    reference: row.reference,
    ...(row.request === null ? {} : { request: row.request }),
    ...(row.report === null ? {} : { report: row.report }),
    ...(row.alert === null ? {} : { alert: row.alert }),
    ...(row.rung === null ? {} : { wave: row.rung + 1 }),
    ...(row.over_at === null ? {} : { over: true as const }),
    ...(row.import === null ? {} : { import: row.import }),
    at: isoAt(row.at),
    ...(row.read_at === null ? {} : { readAt: isoAt(row.read_at) }),
    channels: channels
      .filter(channel => channel.notice === row.id)
      .map(({ channel, state, at, reason }) => ({
        channel,
        state,
        at: isoAt(at),
        ...(reason === null ? {} : { reason }),
      })),
  }))
}

/** What can be taken rings in its own place. */
export function ringing(view: NoticeView, urgentRings: boolean): NoticeView {
  const rings = view.urgency === 'emergency' || (view.urgency === 'urgent' && urgentRings)
  return view.kind === 'request-offered' && rings && view.over !== true ? { ...view, rings: true } : view
}
