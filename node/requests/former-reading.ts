import type { Database } from '../database.js'
import type { Acting } from '../http/acting.js'
import type { StoredFact } from '../journal/facts.js'
import type { Journal } from '../journal/journal.js'
import { readActFacts, readActsFacts } from './act-facts.js'
import { documentView, readDocuments } from './documents.js'
import { readVersions } from './editing.js'
import { type Ended, formerRow, formerView } from './former.js'
import type { KnownRequest } from './requests.js'
import type { RequestRecord, RequestTables } from './schema.js'
import { endOfPart, type Placement, standingOf } from './standing.js'
import type { RequestRow, RequestView } from './view.js'
import { readPlacements } from './worklist.js'

type NameOf = (site: string) => string

/** What a group that left an act reads of it: all that it knew then. */
export function openFormer({ db, journal }: { db: Database; journal: Pick<Journal, 'read'> }): {
  /** Those of them that the person's group no longer takes part in, read together. */
  rows(who: Acting, records: readonly RequestRecord[], nameOf: NameOf): Promise<RequestRow[]>
  /** `counted`: the facts whose time the clock counts. */
  view(
    who: Acting,
    request: Pick<KnownRequest, 'record' | 'placement'>,
    then: { end: Ended['end']; counted: readonly StoredFact[]; nameOf: NameOf },
  ): Promise<RequestView>
} {
  const reading = () => db.sql<RequestTables>()

  /** With the form as it stood then: who left sees none of its later versions. */
  async function asOf(record: RequestRecord, until: number): Promise<RequestRecord> {
    if (record.revision === 1) return record
    const then = (await readVersions(reading(), record.id)).findLast(({ at }) => at <= until)
    return then === undefined ? record : { ...record, form: then.form, revision: then.revision }
  }

  return {
    rows: async (who, records, nameOf) => {
      const ids = records.map(record => record.id)
      const [placements, facts] = [await readPlacements(reading(), ids), await readActsFacts(journal, ids)]
      const rows: RequestRow[] = []
      for (const record of records) {
        const placement = placements.get(record.id) as Placement
        const end = endOfPart(who, standingOf(record, placement))
        if (end === undefined) continue
        const request = { record: await asOf(record, end.until), placement }
        rows.push(formerRow({ request, end, facts: facts.get(record.id) ?? [], nameOf }, who))
      }
      return rows
    },
    view: async (who, { record, placement }, { end, counted, nameOf }) =>
      formerView(
        {
          request: { record: await asOf(record, end.until), placement },
          ...{ end, counted, nameOf },
          facts: await readActFacts(journal, record.id),
          documents: (await readDocuments(reading(), record.id, end.seq)).map(documentView),
        },
        who,
      ),
  }
}
