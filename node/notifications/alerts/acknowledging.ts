import type { Clock } from '../../clock.js'
import type { Tx } from '../../database.js'
import type { Origin } from '../../journal/facts.js'
import type { Journal } from '../../journal/journal.js'
import { noticeFact } from '../notice.js'
import type { NotificationTables } from '../schema.js'

/** Whoever takes care of an alert has acknowledged, by doing so, what they were told of it. */
export async function acknowledgeOwn(
  tx: Tx,
  { clock, journal }: { clock: Clock; journal: Pick<Journal, 'append'> },
  { alert, account, origin }: { alert: string; account: string; origin: Origin },
): Promise<void> {
  const sql = tx.sql<NotificationTables>()
  const own = await sql
    .selectFrom('notices')
    .selectAll()
    .where('alert', '=', alert)
    .where('account', '=', account)
    .execute()
  for (const notice of own) {
    await sql
      .updateTable('notice_channels')
      .set({ state: 'acknowledged', at: clock.now(), reason: null })
      .where('notice', '=', notice.id)
      .where('channel', '=', 'screen')
      .execute()
    if (notice.read_at !== null) continue
    await sql.updateTable('notices').set({ read_at: clock.now() }).where('id', '=', notice.id).execute()
    await journal.append(tx, noticeFact('notice-opened', notice, { channel: 'screen' }), origin)
  }
}
