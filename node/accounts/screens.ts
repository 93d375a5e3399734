import { createHash } from 'node:crypto'
import { type Clock, isoAt } from '../clock.js'
import type { Database, Tx } from '../database.js'
import type { Acting } from '../http/acting.js'
import type { Origin } from '../journal/facts.js'
import type { Journal } from '../journal/journal.js'
import type { AccountTables } from './schema.js'
import type { ScreenView } from './view.js'

const DAY_MS = 86_400_000

/** What a person states of the screen they read at. */
export interface ScreenStatement {
  /** What the screen is called where it stands. */
  screen: string
  /** On what ground diagnoses may be made on it. */
  legalBasis: string
  /** How it was checked, and what was seen. */
  check: string
  /** YYYY-MM-DD */
  checkedOn: string
}

/**
 * Screens that a person has validated for diagnosis: theirs alone, at that browser alone, for some days. Until then every
 * image stands over the sentence that it is not for diagnosis.
 */
export interface Screens {
  of(who: Acting, device: string): Promise<ScreenView>
  validate(asker: { who: Acting; origin: Origin }, device: string, said: ScreenStatement): Promise<ScreenView>
  withdraw(asker: { who: Acting; origin: Origin }, device: string): Promise<ScreenView>
}

export function openScreens({
  db,
  clock,
  journal,
  days,
}: {
  db: Database
  clock: Clock
  journal: Journal
  days: number
}): Screens {
  /** What names a browser opens nothing, and is still not kept. */
  const named = (device: string) => createHash('sha256').update(`screen ${device}`).digest('hex')

  const of: Screens['of'] = async ({ account }, device) => {
    const row = await db
      .sql<AccountTables>()
      .selectFrom('screens')
      .selectAll()
      .where('account', '=', account.id)
      .where('device', '=', named(device))
      .where('until', '>', clock.now())
      .executeTakeFirst()
    if (row === undefined) return { days }
    return {
      days,
      validated: {
        by: account.name,
        screen: row.screen,
        legalBasis: row.legal_basis,
        check: row.check_said,
        checkedOn: row.checked_on,
        at: isoAt(row.at),
        until: isoAt(row.until),
      },
    }
  }

  const gone = async (tx: Tx, account: string, device: string) =>
    (
      await tx
        .sql<AccountTables>()
        .deleteFrom('screens')
        .where('account', '=', account)
        .where('device', '=', named(device))
        .executeTakeFirst()
    ).numDeletedRows > 0n

  return {
    of,
    validate: async ({ who, origin }, device, { screen, legalBasis, check, checkedOn }) => {
      const at = clock.now()
      const until = at + days * DAY_MS
      const account = who.account.id
      await db.write(async tx => {
        await gone(tx, account, device)
        await tx
          .sql<AccountTables>()
          .insertInto('screens')
          .values({
            ...{ account, device: named(device), screen, legal_basis: legalBasis },
            ...{ check_said: check, checked_on: checkedOn, at, until },
          })
          .execute()
        await journal.append(
          tx,
          {
            type: 'screen-validated',
            site: who.membership.site,
            ids: { account },
            body: { name: who.account.name, screen, legalBasis, check, checkedOn, until: isoAt(until) },
          },
          origin,
        )
      })
      return of(who, device)
    },
    withdraw: async ({ who, origin }, device) => {
      const account = who.account.id
      await db.write(async tx => {
        if (!(await gone(tx, account, device))) return
        await journal.append(
          tx,
          {
            type: 'screen-withdrawn',
            site: who.membership.site,
            ids: { account },
            body: { name: who.account.name },
          },
          origin,
        )
      })
      return of(who, device)
    },
  }
}
