import type { RequestRow } from '../../node/requests/view.js'

/** States in which the holder sits at the report. */
const atTheDesk = new Set(['claimed', 'accepted', 'reading', 'info-requested'])

/** Where Enter leads: the holder to the desk, a requester to the answer when there is one, all others to the request. */
export function placeOf(row: RequestRow, account: string, readsReports: boolean): 'desk' | 'report' | 'page' {
  if (row.formerSince) return 'page'
  if (row.holder?.id === account && atTheDesk.has(row.state) && row.modality) return 'desk'
  if (readsReports && row.report && row.report.state !== 'draft') return 'report'
  return 'page'
}

export function pathOfPlace(row: RequestRow, place: ReturnType<typeof placeOf>): string {
  if (place === 'desk') return `/requests/${row.id}/report`
  if (place === 'report' && row.report) return `/reports/${row.report.id}`
  return `/requests/${row.id}`
}
