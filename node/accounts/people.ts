import { sql as fragment, type Kysely } from 'kysely'
import { type Clock, isoAt } from '../clock.js'
import { type Database, isDuplicate, type Tx } from '../database.js'
import { prepare } from '../database-prepared.js'
import { fail } from '../errors.js'
import type { Ids } from '../ids.js'
import type { Origin } from '../journal/facts.js'
import type { Journal } from '../journal/journal.js'
import type { AccountTables } from './schema.js'
import type { Language, Role } from './view.js'
import { ACCOUNT_REFUSALS } from './words.js'

export type AccountRow = AccountTables['accounts']
export interface MembershipRow {
  id: string
  account: string
  site: string
  role: Role
  /** UTC milliseconds: from then, until then; null: open. */
  from_at: number | null
  until_at: number | null
}

/** Between which moments a membership counts (UTC milliseconds); null: open. */
export interface Validity {
  from: number | null
  until: number | null
}

/** The rows of people and what they belong to: the only SQL for `accounts` and `memberships`. No rights here. */
export interface People {
  byId(id: string): Promise<AccountRow | undefined>
  byEmail(email: string): Promise<AccountRow | undefined>
  /** Those with a live membership at one of these sites (every one when null), by name. */
  list(query: {
    sites: readonly string[] | null
    q?: string
    after?: string
    limit: number
  }): Promise<AccountRow[]>
  /** Memberships of these accounts that have not ended, oldest first: also those that are still to come. */
  held(accounts: readonly string[]): Promise<MembershipRow[]>
  /** Those of them that count now. */
  memberships(accounts: readonly string[]): Promise<MembershipRow[]>
  /** Which of these accounts have a second factor. */
  withSecondFactor(accounts: readonly string[]): Promise<ReadonlySet<string>>
  /** Active accounts with a live membership of this role at one of these sites. */
  members(
    sites: readonly string[],
    role: Role,
  ): Promise<
    {
      account: string
      name: string
      email: string
      language: Language
      phone: string | null
      site: string
    }[]
  >
  /**
   * The same for planning: also those whose membership is still to come, each with the time it counts in (UTC
   * milliseconds). A person may be there more than once.
   */
  staff(
    site: string,
    role: Role,
  ): Promise<{ account: string; name: string; phone: string | null; from: number; to: number }[]>
  insert(tx: Tx, account: Omit<AccountRow, 'created_at' | 'last_sign_in_at' | 'id'>): Promise<string>
  update(tx: Tx, id: string, changes: Partial<Omit<AccountRow, 'id' | 'created_at'>>): Promise<void>
  grant(
    tx: Tx,
    to: { account: string; site: string; role: Role } & Partial<Validity>,
    origin: Origin,
  ): Promise<string>
  setValidity(tx: Tx, membership: MembershipRow, validity: Validity, origin: Origin): Promise<void>
  /** Those that are over by the time and not yet by a fact. */
  over(tx: Tx): Promise<MembershipRow[]>
  endMembership(tx: Tx, membership: MembershipRow, origin: Origin): Promise<void>
  /** Whether an active account holds a live operator membership; `except` leaves one account or membership out. */
  hasOperator(except?: { account?: string; membership?: string }): Promise<boolean>
}

const byId = prepare({ id: '' }, (sql: Kysely<AccountTables>, { id }) =>
  sql.selectFrom('accounts').selectAll().where('id', '=', id),
)

export function openPeople(options: { db: Database; clock: Clock; ids: Ids; journal: Journal }): People {
  const { db, clock, ids, journal } = options
  const sql = () => db.sql<AccountTables>()
  const unended = () => sql().selectFrom('memberships').where('ended_at', 'is', null)
  const counts = (now: number) => fragment<boolean>`coalesce(memberships.from_at, 0) <= ${now}
    AND coalesce(memberships.until_at, ${Number.MAX_SAFE_INTEGER}) > ${now}`

  return {
    byId: async id => (await byId(sql(), { id }))[0],
    byEmail: email => sql().selectFrom('accounts').selectAll().where('email', '=', email).executeTakeFirst(),
    list: async ({ sites, q, after, limit }) => {
      let select = sql()
        .selectFrom('accounts')
        .selectAll('accounts')
        .orderBy('name')
        .orderBy('id')
        .limit(limit)
      if (sites !== null)
        select = select.where(
          'id',
          'in',
          unended()
            .select('account')
            .where('site', 'in', [...sites]),
        )
      if (q !== undefined) {
        const part = q.toLowerCase()
        select = select.where(fragment<boolean>`instr(lower(name), ${part}) > 0 OR instr(email, ${part}) > 0`)
      }
      if (after !== undefined) {
        const last = await sql()
          .selectFrom('accounts')
          .select(['name', 'id'])
          .where('id', '=', after)
          .executeTakeFirst()
        if (last === undefined) fail('invalid', ACCOUNT_REFUSALS.page)
        select = select.where(eb =>
          eb.or([eb('name', '>', last.name), eb.and([eb('name', '=', last.name), eb('id', '>', last.id)])]),
        )
      }
      return select.execute()
    },
    held: accounts =>
      unended()
        .select(MEMBERSHIP)
        .where('account', 'in', [...accounts])
        // In the order they were granted: within one millisecond, two starts of the program draw ids that do not sort.
        .orderBy(fragment`rowid`)
        .execute(),
    memberships: accounts =>
      unended()
        .select(MEMBERSHIP)
        .where('account', 'in', [...accounts])
        .where(counts(clock.now()))
        .orderBy(fragment`rowid`)
        .execute(),
    over: tx =>
      tx
        .sql<AccountTables>()
        .selectFrom('memberships')
        .select(MEMBERSHIP)
        .where('ended_at', 'is', null)
        .where('until_at', '<=', clock.now())
        .execute(),
    withSecondFactor: async accounts => {
      const rows = await sql()
        .selectFrom('accounts')
        .select('id')
        .where('id', 'in', [...accounts])
        .where(hasFactor('accounts.id'))
        .execute()
      return new Set(rows.map(({ id }) => id))
    },
    members: (sites, role) =>
      sql()
        .selectFrom('memberships')
        .innerJoin('accounts', 'accounts.id', 'memberships.account')
        .select([
          'accounts.id as account',
          'accounts.name',
          'accounts.email',
          'accounts.language',
          'accounts.phone',
          'memberships.site',
        ])
        .where('memberships.ended_at', 'is', null)
        .where(counts(clock.now()))
        .where('accounts.state', '=', 'active')
        .where('memberships.role', '=', role)
        .where('memberships.site', 'in', [...sites])
        .orderBy('accounts.name')
        .orderBy('accounts.id')
        .execute(),
    staff: async (site, role) => {
      const rows = await sql()
        .selectFrom('memberships')
        .innerJoin('accounts', 'accounts.id', 'memberships.account')
        .select(['accounts.id', 'accounts.name', 'accounts.phone', 'from_at', 'until_at'])
        .where('memberships.ended_at', 'is', null)
        .where('accounts.state', '=', 'active')
        .where('memberships.role', '=', role)
        .where('memberships.site', '=', site)
        .orderBy('accounts.name')
        .orderBy('accounts.id')
        .execute()
      return rows.map(({ id, name, phone, from_at, until_at }) => ({
        account: id,
        name,
        phone,
        from: from_at ?? 0,
        to: until_at ?? Number.MAX_SAFE_INTEGER,
      }))
    },
    insert: async (tx, account) => {
      const id = ids.next('acc')
      try {
        await tx
          .sql<AccountTables>()
          .insertInto('accounts')
          .values({ id, ...account, created_at: clock.now(), last_sign_in_at: null })
          .execute()
      } catch (thrown) {
        if (isDuplicate(thrown)) fail('conflict', ACCOUNT_REFUSALS.email)
        throw thrown
      }
      return id
    },
    update: async (tx, id, changes) => {
      if (Object.keys(changes).length === 0) return
      await tx.sql<AccountTables>().updateTable('accounts').set(changes).where('id', '=', id).execute()
    },
    grant: async (tx, { from = null, until = null, ...to }, origin) => {
      const id = ids.next('mem')
      try {
        await tx
          .sql<AccountTables>()
          .insertInto('memberships')
          .values({ id, ...to, created_at: clock.now(), from_at: from, until_at: until, ended_at: null })
          .execute()
      } catch (thrown) {
        if (isDuplicate(thrown)) fail('conflict', ACCOUNT_REFUSALS.role)
        throw thrown
      }
      const { account, site, role } = to
      await journal.append(
        tx,
        {
          type: 'membership-granted',
          site,
          ids: { account, membership: id },
          body: { role, ...saidOf({ from, until }) },
        },
        origin,
      )
      return id
    },
    setValidity: async (tx, { id, account, site, role, from_at, until_at }, { from, until }, origin) => {
      await tx
        .sql<AccountTables>()
        .updateTable('memberships')
        .set({ from_at: from, until_at: until })
        .where('id', '=', id)
        .execute()
      const body = { role, now: saidOf({ from, until }), before: saidOf({ from: from_at, until: until_at }) }
      await journal.append(
        tx,
        { type: 'membership-changed', site, ids: { account, membership: id }, body },
        origin,
      )
    },
    endMembership: async (tx, { id, account, site, role }, origin) => {
      await tx
        .sql<AccountTables>()
        .updateTable('memberships')
        .set({ ended_at: clock.now() })
        .where('id', '=', id)
        .execute()
      await journal.append(
        tx,
        { type: 'membership-ended', site, ids: { account, membership: id }, body: { role } },
        origin,
      )
    },
    hasOperator: async (except = {}) => {
      let select = sql()
        .selectFrom('memberships')
        .innerJoin('accounts', 'accounts.id', 'memberships.account')
        .select('memberships.id')
        .where('memberships.role', '=', 'operator')
        .where('memberships.ended_at', 'is', null)
        .where(counts(clock.now()))
        .where('accounts.state', '=', 'active')
      if (except.account !== undefined) select = select.where('accounts.id', '!=', except.account)
      if (except.membership !== undefined) select = select.where('memberships.id', '!=', except.membership)
      return (await select.limit(1).executeTakeFirst()) !== undefined
    },
  }
}

const MEMBERSHIP = ['id', 'account', 'site', 'role', 'from_at', 'until_at'] as const

const saidOf = ({ from, until }: Validity) => ({
  ...(from === null ? {} : { from: isoAt(from) }),
  ...(until === null ? {} : { until: isoAt(until) }),
})

/** Whether the account in that column has an authenticator or a passkey that counts. */
export function hasFactor(column: string) {
  const account = fragment.ref(column)
  return fragment<boolean>`(EXISTS (SELECT 1 FROM authenticators WHERE account = ${account} AND secret IS NOT NULL)
    OR EXISTS (SELECT 1 FROM passkeys WHERE account = ${account}))`
}
