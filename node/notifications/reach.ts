import type { Kysely } from 'kysely'
import type { Accounts } from '../accounts/accounts.js'
import type { Clock } from '../clock.js'
import type { Database, Tx } from '../database.js'
import { prepare } from '../database-prepared.js'
import type { Urgency } from '../sites/view.js'
import type { Reach } from './channels/channel.js'
import { mayGoAt } from './channels/rules.js'
import type { NotificationTables } from './schema.js'

/** What a person says of how they want to be reached. */
export interface Wishes {
  routineLetters: boolean
  urgentRings: boolean
  quiet?: Reach['quiet']
}

export interface Reaching {
  /** How this person can be reached; undefined when there is no such active account. */
  of(account: string): Promise<Reach | undefined>
  /** Whether what is so urgent rings for them now, until somebody takes it: an emergency always does. */
  rings(account: string, urgency: Urgency): Promise<boolean>
  wish(tx: Tx, account: string, wishes: Wishes): Promise<void>
}

const wishesOf = prepare({ account: '' }, (sql: Kysely<NotificationTables>, { account }) =>
  sql.selectFrom('reach').selectAll().where('account', '=', account),
)

/** What the account and the person's own wishes say together. `devices` counts the browsers that ring when closed. */
export function openReach(options: {
  db: Database
  clock: Clock
  accounts: Pick<Accounts, 'contact'>
  devices(account: string): Promise<number>
}): Reaching {
  const { db, clock, accounts } = options
  const rowOf = async (account: string) => (await wishesOf(db.sql<NotificationTables>(), { account }))[0]
  return {
    rings: async (account, urgency) => {
      if (urgency !== 'urgent') return urgency === 'emergency'
      const row = await rowOf(account)
      return row?.urgent_rings === 1 && mayGoAt(clock.now(), urgency, quietOf(row)) <= clock.now()
    },
    of: async account => {
      const contact = await accounts.contact(account)
      if (contact === undefined) return undefined
      const row = await rowOf(account)
      const quiet = quietOf(row)
      const { name, email, language, phone } = contact
      return {
        account,
        name,
        email,
        language,
        ...(phone === undefined ? {} : { telephone: phone }),
        devices: await options.devices(account),
        routineLetters: row === undefined || row.routine_letters === 1,
        urgentRings: row?.urgent_rings === 1,
        ...(quiet === undefined ? {} : { quiet }),
      }
    },
    wish: async (tx, account, { routineLetters, urgentRings, quiet }) => {
      const values = {
        routine_letters: routineLetters ? (1 as const) : (0 as const),
        urgent_rings: urgentRings ? (1 as const) : (0 as const),
        quiet_from: quiet?.from ?? null,
        quiet_to: quiet?.to ?? null,
        quiet_zone: quiet?.timeZone ?? null,
        changed_at: clock.now(),
      }
      await tx
        .sql<NotificationTables>()
        .insertInto('reach')
        .values({ account, ...values })
        .onConflict(conflict => conflict.column('account').doUpdateSet(values))
        .execute()
    },
  }
}

function quietOf(
  row: Pick<NotificationTables['reach'], 'quiet_from' | 'quiet_to' | 'quiet_zone'> | undefined,
): Reach['quiet'] {
  if (row?.quiet_from == null || row.quiet_to === null || row.quiet_zone === null) return undefined
  return { from: row.quiet_from, to: row.quiet_to, timeZone: row.quiet_zone }
}
