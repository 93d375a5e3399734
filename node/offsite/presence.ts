import { type Clock, isoAt } from '../clock.js'
import type { Database } from '../database.js'
import { refuse } from '../errors.js'
import { readAway, readingOf } from './rows.js'
import type { OffsiteTables } from './schema.js'
import type { PresenceState } from './view.js'
import { ROSTER_REFUSALS } from './words.js'

export interface InHand {
  /** Requests that are claimed and not yet reported. */
  load: number
  /** One of them is being read. */
  reading: boolean
}

export interface Presence {
  /** Of these people, now. */
  of(accounts: readonly string[]): Promise<ReadonlyMap<string, { state: PresenceState; awayUntil?: string }>>
  /** Until then (UTC milliseconds) they are told after the others; null: back. */
  away(account: string, until: number | null): Promise<void>
  /** Something may have changed: whoever may see it is told of what did. */
  look(): void
  /** Waits for what is being looked at. */
  close(): Promise<void>
}

const AWAY_MAX_MS = 24 * 3_600_000
const PAUSE_MS = 500

/** Away is said by the person and outlasts everything else but its end; the rest is seen. */
export function presenceOf(seen: { away: boolean; online: boolean; reading: boolean }): PresenceState {
  if (seen.away) return 'away'
  if (!seen.online) return 'offline'
  return seen.reading ? 'reading' : 'online'
}

/** Who is at their screen: out of the live connection, of what they hold, and of what they say. Never journaled. */
export function openPresence(deps: {
  db: Database
  clock: Clock
  isOnline(account: string): boolean
  inHand(): Promise<ReadonlyMap<string, InHand>>
  /** Everybody whose presence is of interest, with the groups they read for. */
  readers(): Promise<readonly { account: string; site: string }[]>
  tell(account: string, site: string): void
  onTrouble(thrown: unknown): void
}): Presence {
  const { db, clock, isOnline } = deps
  const told = new Map<string, PresenceState>()
  let looking: Promise<void> | undefined
  let again = false
  let pause: NodeJS.Timeout | undefined
  let closed = false

  const of: Presence['of'] = async accounts => {
    const [away, inHand] = [await readAway(readingOf(db), clock.now()), await deps.inHand()]
    return new Map(
      accounts.map(account => {
        const until = away.get(account)
        const state = presenceOf({
          away: until !== undefined,
          online: isOnline(account),
          reading: inHand.get(account)?.reading === true,
        })
        return [account, until === undefined ? { state } : { state, awayUntil: isoAt(until) }]
      }),
    )
  }

  async function lookOnce(): Promise<void> {
    const readers = await deps.readers()
    const now = await of([...new Set(readers.map(({ account }) => account))])
    for (const { account, site } of readers) {
      const state = now.get(account)?.state ?? 'offline'
      if ((told.get(`${site} ${account}`) ?? 'offline') === state) continue
      told.set(`${site} ${account}`, state)
      deps.tell(account, site)
    }
  }

  const look = (): void => {
    if (closed) return
    if (looking !== undefined || pause !== undefined) {
      again = true
      return
    }
    again = false
    looking = lookOnce()
      .catch(deps.onTrouble)
      .finally(() => {
        looking = undefined
        // A busy night changes much at once: what came meanwhile is looked at together.
        pause = setTimeout(() => {
          pause = undefined
          if (again) look()
        }, PAUSE_MS)
        pause.unref()
      })
  }

  return {
    of,
    look,
    away: async (account, until) => {
      const now = clock.now()
      if (until !== null && (until <= now || until > now + AWAY_MAX_MS))
        refuse('invalid', ROSTER_REFUSALS.away, 'awayUntil')
      await db.write(async tx => {
        const sql = tx.sql<OffsiteTables>()
        if (until === null) await sql.deleteFrom('readers_away').where('account', '=', account).execute()
        else
          await sql
            .insertInto('readers_away')
            .values({ account, until_at: until })
            .onConflict(conflict => conflict.column('account').doUpdateSet({ until_at: until }))
            .execute()
      })
      look()
    },
    close: async () => {
      closed = true
      clearTimeout(pause)
      await looking
    },
  }
}
