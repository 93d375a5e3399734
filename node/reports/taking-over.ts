import { isoAt } from '../clock.js'
import { fail } from '../errors.js'
import type { Asker } from '../requests/ports.js'
import type { KnownRequest } from '../requests/requests.js'
import { imagesKnown } from '../requests/sending.js'
import type { ReportsDeps } from './deps.js'
import type { ReportRecord, ReportTables } from './schema.js'
import { notAuthorWords, otherRevisionWords, ownDraftWords } from './words.js'

/** What a colleague of the same group had begun, or signed, is gone on with under another name. */
export interface TakingOver {
  /**
   * The report is the asker's from now on: the text as it was left, every signed version as it was signed. Who holds the
   * request may; a text of their own that they have begun is not put away for it.
   */
  takeOver(asker: Asker, report: ReportRecord, request: KnownRequest, confirm?: string): Promise<void>
  /** Signed by a colleague of the group, where the asker has begun nothing: there is one report to a request, not two. */
  signedBefore(asker: Asker, request: KnownRequest): Promise<ReportRecord | undefined>
}

const BEFORE_ANSWER = new Set(['claimed', 'accepted', 'reading', 'info-requested'])

export function openTakingOver({ db, clock, journal, requests }: ReportsDeps): TakingOver {
  return {
    signedBefore: async ({ who }, { record }) => {
      const reports = await db
        .sql<ReportTables>()
        .selectFrom('reports')
        .selectAll()
        .where('request', '=', record.id)
        .where('reading_site', '=', record.reading_site ?? '')
        .orderBy('saved_at')
        .execute()
      return reports.some(({ author }) => author === who.account.id)
        ? undefined
        : reports.findLast(({ state }) => state !== 'draft')
    },
    takeOver: async (asker, report, request, confirm) => {
      const { account } = asker.who
      if (request.record.holder !== account.id || report.reading_site !== request.record.reading_site)
        fail('conflict', notAuthorWords(request.record.holder_name ?? report.author_name, account.language))
      if (report.author === account.id) return
      const summaries = await requests.summaries(request)
      const confirmed = BEFORE_ANSWER.has(request.record.state)
        ? await requests.compared(asker, request, 'opening', confirm)
        : undefined
      await db.write(async tx => {
        await confirmed?.(tx)
        const sql = tx.sql<ReportTables>()
        const own = await sql
          .selectFrom('reports')
          .select('id')
          .where('request', '=', report.request)
          .where('author', '=', account.id)
          .executeTakeFirst()
        if (own !== undefined) fail('conflict', ownDraftWords(report.author_name, account.language))
        await requests.openReading(tx, asker, request, imagesKnown(request, summaries), report.id)
        const moved = await sql
          .updateTable('reports')
          .set({ author: account.id, author_name: account.name, taken_from: report.author_name })
          .where('id', '=', report.id)
          .where('author', '=', report.author)
          .executeTakeFirst()
        if (moved.numUpdatedRows === 0n)
          fail('conflict', otherRevisionWords(isoAt(clock.now()), account.language))
        await journal.append(
          tx,
          {
            type: 'report-taken-over',
            site: report.site,
            ids: { request: report.request, report: report.id },
            body: {
              reference: report.reference,
              had: report.author,
              colleague: report.author_name,
              state: report.state,
            },
          },
          asker.origin,
        )
      })
    },
  }
}
