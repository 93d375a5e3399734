import { isoAt } from '../clock.js'
import type { StudyRecord } from '../studies/studies.js'
import type { TransferRow } from '../studies/view.js'
import { urgencyOf } from './rules.js'
import type { Transfer } from './transfers.js'

/** A transfer as the screens show it. The study is named only for those who may see it. */
export function transferView(
  transfer: Transfer,
  options: {
    study: StudyRecord
    peerSite: string
    named: boolean
    mayRetry: boolean
    mayCancel: boolean
    /** Bytes a second of late. */
    rate: number | undefined
  },
): TransferRow {
  const { study, peerSite, named, rate } = options
  const open = transfer.state === 'queued' || transfer.state === 'moving' || transfer.state === 'failed'
  const may: TransferRow['may'] = []
  if (
    options.mayRetry &&
    (transfer.state === 'queued' || transfer.state === 'failed' || transfer.state === 'cancelled')
  )
    may.push('retry')
  if (options.mayCancel && open) may.push('cancel')
  return {
    id: transfer.id,
    StudyInstanceUID: named ? study.uid : '',
    study: named
      ? [study.name.replaceAll('^', ' ').trim(), study.modalities, study.description]
          .filter(Boolean)
          .join(' · ')
      : study.modalities,
    peer: transfer.peer,
    peerSite,
    // route id, or `report`, or `manual`: never whose.
    cause: transfer.cause.split(':')[0] as string,
    state: transfer.state,
    instances: {
      total: transfer.total,
      sent: transfer.sent,
      failed: transfer.failed,
      confirmed: transfer.confirmed,
    },
    ...(transfer.converted === 0 ? {} : { converted: transfer.converted }),
    bytes: { total: transfer.bytes_total, sent: transfer.bytes_sent },
    ...(transfer.state === 'moving' && rate !== undefined ? { bytesPerSecond: rate } : {}),
    queuedAt: isoAt(transfer.queued_at),
    ...(transfer.settled_at === null ? {} : { settledAt: isoAt(transfer.settled_at) }),
    ...(transfer.retry_at === null ? {} : { retryAt: isoAt(transfer.retry_at) }),
    attempts: transfer.attempts,
    priority: urgencyOf(transfer.priority),
    ...(transfer.reason === null ? {} : { reason: transfer.reason }),
    may,
  }
}
