import { isoAt } from '../clock.js'
import type { Acting } from '../http/acting.js'
import type { StoredFact } from '../journal/facts.js'
import type { RequestRecord } from './schema.js'
import type { LeftDraftView } from './view.js'

const AFTER: Readonly<Record<string, LeftDraftView['state']>> = {
  preliminary: 'preliminary',
  withdrawal: 'withdrawn',
}

/**
 * What colleagues of the same group had begun or signed before the request came to who holds it now, out of the
 * request's facts: theirs to go on with, as long as they have begun nothing of their own.
 */
export function leftDrafts(
  facts: readonly StoredFact[],
  record: RequestRecord,
  who: Acting,
): LeftDraftView[] {
  const { id } = who.account
  if (record.holder !== id) return []
  const drafts = new Map<string, LeftDraftView & { account: string; site: string }>()
  for (const { type, ids, body, at, origin } of facts) {
    const report = ids['report']
    if (report === undefined || origin?.by !== 'account') continue
    const { account, name, site } = origin
    const known = drafts.get(report)
    if (type === 'report-drafted')
      drafts.set(report, { id: report, by: name, at: isoAt(at), state: 'draft', account, site })
    else if (known === undefined) continue
    else if (type === 'report-taken-over') Object.assign(known, { by: name, account })
    else if (type === 'report-signed')
      Object.assign(known, { at: isoAt(at), state: AFTER[String(body?.['kind'])] ?? 'final' })
  }
  const all = [...drafts.values()]
  if (all.some(({ account }) => account === id)) return []
  return all
    .filter(({ site }) => site === record.reading_site)
    .map(({ account: _account, site: _site, ...draft }) => draft)
}
