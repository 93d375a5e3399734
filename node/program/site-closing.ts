import type { ClosingPort } from '../offsite/closing.js'
import { countOpenOf } from '../requests/open-acts.js'
import type { RequestTables } from '../requests/schema.js'
import type { Services } from './services.js'

/** What closing a site stops, and what must have come to its end before. */
export const siteClosing = ({ db, exchange }: Pick<Services, 'db' | 'exchange'>): ClosingPort => ({
  stops: exchange.closedSites.stops,
  owed: async site => ({
    acts: await countOpenOf(db.sql<RequestTables>(), site),
    transfers: await exchange.closedSites.owed(site),
  }),
})
