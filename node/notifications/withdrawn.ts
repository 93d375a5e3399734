import type { Tx } from '../database.js'
import type { StoredFact } from '../journal/facts.js'
import type { Studies } from '../studies/studies.js'
import type { NewNotice, Placing } from './placing.js'
import { type ActSoFar, type Told, toldOnce, whoShouldKnow } from './rules.js'
import type { NoticeRow, NotificationTables } from './schema.js'

/**
 * Whoever reads or asked for images that are withdrawn hears it for each request that they are linked to, or that they were
 * brought for; as long as one such notice of a request is unread, another would say nothing.
 */
export function openWithdrawn(deps: {
  studies: Pick<Studies, 'byId'>
  requests: { linkedTo(site: string, StudyInstanceUID: string): Promise<{ id: string }[]> }
  placing: Pick<Placing, 'place'>
  actOf(request: string, fact: StoredFact): Promise<ActSoFar>
  noticeOf(fact: StoredFact, act: ActSoFar, told: Told): NewNotice
}): (tx: Tx, fact: StoredFact, doneBy: string | undefined) => Promise<void> {
  const { studies, requests, placing, actOf, noticeOf } = deps

  async function concerned(fact: StoredFact): Promise<string[]> {
    if (fact.ids['request'] !== undefined) return [fact.ids['request']]
    const study = fact.ids['study'] === undefined ? undefined : await studies.byId(fact.ids['study'])
    return study === undefined ? [] : (await requests.linkedTo(study.site, study.uid)).map(({ id }) => id)
  }

  const unread = (
    tx: Tx,
    { account, kind }: Told,
    request: string,
  ): Promise<Pick<NoticeRow, 'id'> | undefined> =>
    tx
      .sql<NotificationTables>()
      .selectFrom('notices')
      .select('id')
      .where('account', '=', account)
      .where('request', '=', request)
      .where('kind', '=', kind)
      .where('read_at', 'is', null)
      .executeTakeFirst()

  return async (tx, fact, doneBy) => {
    if (isOfReport(fact)) return
    const told = new Set<string>()
    for (const request of await concerned(fact)) {
      const act = await actOf(request, fact)
      for (const one of toldOnce(whoShouldKnow(fact, act), () => [], doneBy)) {
        if (told.has(one.account) || (await unread(tx, one, request)) !== undefined) continue
        told.add(one.account)
        await placing.place(tx, { ...noticeOf(fact, act, one), request }, one.channels)
      }
    }
  }
}

/** What a later version of a report takes the place of is no image; the version itself is told. */
function isOfReport({ origin }: StoredFact): boolean {
  return origin?.by === 'system' && origin.part === 'reports'
}
