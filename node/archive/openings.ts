import type { Action } from '../accounts/view.js'
import type { Clock } from '../clock.js'
import type { Database } from '../database.js'
import type { Acting } from '../http/acting.js'
import type { Route } from '../http/route.js'
import type { Origin } from '../journal/facts.js'
import type { Journal } from '../journal/journal.js'
import type { ReportTables } from '../reports/schema.js'
import type { RequestTables } from '../requests/schema.js'
import { openLatest } from '../studies/latest.js'
import type { StudyTables } from '../studies/schema.js'

/** Somebody who goes back and forth between two pages has opened each once. */
const SAME_OPENING_MS = 3_600_000
const KEPT = 10_000

type Screen = 'request' | 'report' | 'report-pdf' | 'study' | 'study-certificate'

/** Calls that show one patient to one person. Images are `images-opened`, the record of an act `archive-read`. */
export const SHOWING: Readonly<Record<string, Screen>> = {
  '/api/requests/:id': 'request',
  '/api/reports/:id': 'report',
  '/api/reports/:id/pdf': 'report-pdf',
  '/api/studies/:uid': 'study',
  '/api/studies/:uid/certificate': 'study-certificate',
}

/** How the looking at a thing is called in the journal. */
export const seen = (id: string) => `seen:${id}`

/** Lets the routes that show a patient record that they did, before the answer leaves. */
export function recordsOpenings(options: { db: Database; clock: Clock; journal: Journal }) {
  const { db, clock, journal } = options
  const opened = openLatest<Promise<void>>(KEPT)

  async function shownBy(screen: Screen, params: Record<string, string>, answer: unknown) {
    if (screen === 'request') return requestOf(params['id'] ?? '')
    if (screen === 'report' || screen === 'report-pdf')
      return db
        .sql<ReportTables>()
        .selectFrom('reports')
        .select(['id', 'site'])
        .where('id', '=', params['id'] ?? '')
        .executeTakeFirst()
    const { site } = (answer ?? {}) as { site?: string }
    let select = db
      .sql<StudyTables>()
      .selectFrom('studies')
      .select(['id', 'site'])
      .where('uid', '=', params['uid'] ?? '')
    if (site !== undefined) select = select.where('site', '=', site)
    return select.executeTakeFirst()
  }

  const requestOf = (id: string) =>
    db
      .sql<RequestTables>()
      .selectFrom('requests')
      .select(['id', 'site'])
      .where(eb => eb.or([eb('id', '=', id), eb('reference', '=', id)]))
      .executeTakeFirst()

  async function record(
    screen: Screen,
    right: Action,
    thing: { id: string; site: string },
    who: Acting,
    origin: Origin,
  ): Promise<void> {
    const { site, everySite } = who.membership
    const as = thing.site === site ? 'own' : everySite === true ? 'node' : 'party'
    await db.write(tx =>
      journal.append(
        tx,
        {
          type: 'record-opened',
          site: thing.site,
          ids: { seen: seen(thing.id) },
          body: { screen, right, as },
        },
        origin,
      ),
    )
  }

  return (routes: readonly Route[]): Route[] =>
    routes.map(route => {
      const screen = route.method === 'GET' ? SHOWING[route.path] : undefined
      if (screen === undefined) return route
      return {
        ...route,
        run: async asked => {
          const answer = await route.run(asked)
          const { who, origin } = asked
          if (who === null) return answer
          const thing = await shownBy(screen, asked.params as unknown as Record<string, string>, answer)
          if (thing === undefined) return answer
          const period = Math.floor(clock.now() / SAME_OPENING_MS)
          await opened.get(`${who.session.id} ${screen} ${thing.id} ${period}`, () =>
            record(screen, route.action as Action, thing, who, origin),
          )
          return answer
        },
      }
    })
}
