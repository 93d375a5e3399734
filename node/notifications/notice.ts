import type { Fact, Origin } from '../journal/facts.js'
import type { NotificationFactType } from './facts.js'
import type { ChannelName, NoticeRow } from './schema.js'

export const SYSTEM: Origin = { by: 'system', part: 'notifications' }

/** A fact about one notice. It belongs to the site whose member is told. */
export function noticeFact(
  type: NotificationFactType,
  notice: NoticeRow,
  body: { channel: ChannelName; reason?: string },
): Fact {
  const { id, account, request, report, transfer } = notice
  return {
    type,
    site: notice.member_of,
    ids: {
      notice: id,
      account,
      ...(request === null ? {} : { request }),
      ...(report === null ? {} : { report }),
      ...(transfer === null ? {} : { transfer }),
    },
    body: { kind: notice.kind, ...body },
  }
}
