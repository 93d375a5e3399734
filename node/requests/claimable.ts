import type { Acting } from '../http/acting.js'
import type { ListView, RequestRow } from './view.js'
import type { WorklistQuery } from './worklist.js'

/** What of a page may be claimed is the same for all who are given the same page. */
const ofPages = new WeakMap<ListView<RequestRow>, ListView<RequestRow>>()

function claimableOf(page: ListView<RequestRow>): ListView<RequestRow> {
  const known = ofPages.get(page)
  if (known !== undefined) return known
  const items = page.items.filter(row => row.may.includes('claim'))
  const claimable = items.length === page.items.length ? page : Object.freeze({ ...page, items })
  ofPages.set(page, claimable)
  return claimable
}

/**
 * What is to be claimed, a page at a time. A radiologist sees what they may claim now, and as many as the list's number
 * says: at three in the morning a row that answers "not offered to you" is one read in vain. What colleagues are asked
 * first stands under *All*. Everybody else sees what is offered to anybody. Read from the pages that are shared by all
 * who are alike, unless little is theirs of more than one page; one of them may give fewer rows than were asked for,
 * never an empty page before the last.
 */
export async function claimable(
  who: Acting,
  { toClaim: _, ...query }: WorklistQuery,
  shared: (who: Acting, query: WorklistQuery) => Promise<ListView<RequestRow>>,
  /** What is offered to this person alone, where that is little. */
  offered: (who: Acting, query: WorklistQuery) => Promise<ListView<RequestRow> | undefined>,
): Promise<ListView<RequestRow>> {
  const page = await shared(who, { ...query, state: ['offered'] })
  if (who.membership.role !== 'radiologist') return page
  if (page.next === undefined) return claimableOf(page)
  const theirs = await offered(who, query)
  if (theirs !== undefined) return claimableOf(theirs)
  for (let next: ListView<RequestRow> = page; ; ) {
    const found = claimableOf(next)
    if (found.items.length > 0 || found.next === undefined) return found
    next = await shared(who, { ...query, state: ['offered'], after: found.next })
  }
}
