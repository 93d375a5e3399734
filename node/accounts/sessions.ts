import { createHash } from 'node:crypto'
import type { Kysely } from 'kysely'
import type { Clock } from '../clock.js'
import type { Database, Tx } from '../database.js'
import { prepare } from '../database-prepared.js'
import { fail } from '../errors.js'
import type { Acting } from '../http/acting.js'
import type { Ids } from '../ids.js'
import { openKept } from '../kept.js'
import type { Sites } from '../sites/sites.js'
import type { SiteView } from '../sites/view.js'
import { seesEverySite } from './account.js'
import { hasFactor } from './people.js'
import { factorDue } from './rules.js'
import type { AccountTables } from './schema.js'
import { standingOf } from './session.js'
import { SIGN_IN_REFUSALS } from './words.js'

export interface SessionLimits {
  idleMinutes: number
  endHours: number
}

export interface FactorPolicy {
  secondFactor: 'required' | 'offered'
  secondFactorGraceHours: number
  secondFactorFreshMinutes: number
}

/** What a person proved when a session began, or since. */
export interface Proven {
  /** The password, or a passkey. */
  confirmed?: boolean
  /** A second factor. */
  factor?: boolean
}

export interface Beginning extends Proven {
  account: string
  membership: string
  address: string
  /** The browser's User-Agent, where it sent one. */
  userAgent: string | undefined
  /** Nothing is done with it before the password is changed. */
  changePassword: boolean
}

export type SessionRow = AccountTables['sessions']

export interface Sessions {
  /** Begins a session; `secret` goes into the cookie and is not kept. */
  begin(tx: Tx, beginning: Beginning): Promise<{ id: string; secret: string }>
  /**
   * Who a cookie's secret stands for, `held` where it is locked; null when it ended, or its person lost the
   * membership. `touch`: somebody uses it, which a locked one does not notice.
   */
  find(secret: string, options: { touch: boolean }): Promise<Acting | null>
  /** Throws `unauthenticated` for a session that does not stand. */
  get(secret: string): Promise<Acting>
  /** The row of one that stands; undefined otherwise. */
  row(session: string): Promise<SessionRow | undefined>
  /** Those of an account that stand, the last used first. */
  list(account: string): Promise<SessionRow[]>
  /** The membership this person last acted under; it may have ended since. */
  lastMembership(account: string): Promise<string | undefined>
  /** Goes on with a new secret, under another membership where one is named: what the old one opened, it opens no more. */
  rotate(tx: Tx, session: string, change?: { membership?: string } & Proven): Promise<string>
  /** Notes what was proved; the secret stays. */
  prove(tx: Tx, session: string, proven: Proven): Promise<void>
  lock(tx: Tx, session: string): Promise<void>
  /** The password is another one now. */
  passwordChanged(tx: Tx, session: string): Promise<void>
  end(tx: Tx, session: string): Promise<void>
  /** Ends those of an account, or of one of its memberships, or all but one; gives which. */
  endAll(tx: Tx, of: { account: string; membership?: string; except?: string }): Promise<string[]>
  /** Called after a session ended or changed hands. */
  onEnd(listener: (session: string) => void): () => void
  /** Tells those listeners of something else that ended like a session: a token. */
  tellEnd(session: string): void
}

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const KEPT_AFTER_END_MS = 30 * 24 * HOUR_MS
/** Use is written down at most this often: a click is not worth an fsync. */
const TOUCH_EVERY_MS = MINUTE_MS
const AGENT_MAX_CHARACTERS = 300
/** All that who a secret stands for is read from: whatever ends or changes it is written to one of these. */
const READ_FROM = ['sessions', 'accounts', 'memberships', 'authenticators', 'passkeys', 'sites']
/** Sessions that are kept read between two changes of those: more than there are screens. */
const KEPT_MAX = 5000

export function openSessions(options: {
  db: Database
  clock: Clock
  ids: Ids
  sites: Pick<Sites, 'get'>
  limits: SessionLimits
  policy: FactorPolicy
}): Sessions {
  const { db, clock, ids, sites, limits, policy } = options
  const listeners = new Set<(session: string) => void>()
  const tell = (session: string) => {
    for (const listener of listeners) listener(session)
  }
  const idleMs = limits.idleMinutes * MINUTE_MS
  const standing = (row: Pick<SessionRow, 'seen_at' | 'ends_at' | 'ended_at' | 'locked_at'>) => {
    const { seen_at: seenAt, ends_at: endsAt, ended_at: endedAt, locked_at: lockedAt } = row
    return standingOf({ seenAt, endsAt, endedAt, lockedAt }, clock.now(), idleMs)
  }
  const change = (tx: Tx, session: string, changes: Partial<SessionRow>) =>
    tx.sql<AccountTables>().updateTable('sessions').set(changes).where('id', '=', session).execute()
  const proofs = ({ confirmed, factor }: Proven): Partial<SessionRow> => ({
    ...(confirmed === true ? { confirmed_at: clock.now() } : {}),
    ...(factor === true ? { factor_at: clock.now() } : {}),
  })

  const kept = openKept<{ row: Row; acting: Acting }>(db, READ_FROM, KEPT_MAX)

  const find: Sessions['find'] = async (secret, { touch }) => {
    const digest = digestOf(secret)
    const key = digest.toString('latin1')
    const found = await kept.get(key, async () => {
      const [row] = await read(db.sql<AccountTables>(), { digest })
      return row === undefined ? undefined : { row, acting: actingOf(row, await sites.get(row.site)) }
    })
    if (found === undefined) return null
    const { row, acting } = found
    const stands = standing(row)
    const now = clock.now()
    if (stands === 'over' || row.state !== 'active' || row.membership_ended_at !== null) return null
    if (row.membership_until_at !== null && row.membership_until_at <= now) return null
    // A thousand others are not read again for it.
    if (touch && stands === 'stands' && now - row.seen_at >= TOUCH_EVERY_MS)
      await kept.change(key, { ...found, row: { ...row, seen_at: now } }, () =>
        db.write(tx => change(tx, row.id, { seen_at: now })),
      )
    const due = factorDue({
      policy: policy.secondFactor,
      enrolled: Boolean(row.enrolled),
      shownAt: row.factor_at,
      accountSince: row.account_since,
      now,
      freshMs: policy.secondFactorFreshMinutes * MINUTE_MS,
      graceMs: policy.secondFactorGraceHours * HOUR_MS,
    })
    const held = stands === 'locked' ? 'locked' : row.change_password === 1 ? 'password' : undefined
    if (held === undefined && !due) return acting
    return {
      ...acting,
      session: {
        ...acting.session,
        ...(held === undefined ? {} : { held }),
        ...(due ? { factorDue: due } : {}),
      },
    }
  }

  const row: Sessions['row'] = async session => {
    const found = await db
      .sql<AccountTables>()
      .selectFrom('sessions')
      .selectAll()
      .where('id', '=', session)
      .executeTakeFirst()
    return found === undefined || standing(found) === 'over' ? undefined : found
  }

  return {
    find,
    get: async secret =>
      (await find(secret, { touch: false })) ?? fail('unauthenticated', SIGN_IN_REFUSALS.again),
    row,
    list: async account => {
      const rows = await db
        .sql<AccountTables>()
        .selectFrom('sessions')
        .selectAll()
        .where('account', '=', account)
        .where('ended_at', 'is', null)
        .where('ends_at', '>', clock.now())
        .orderBy('seen_at', 'desc')
        .orderBy('id')
        .execute()
      return rows.map(one =>
        standing(one) === 'locked' ? { ...one, locked_at: one.locked_at ?? one.seen_at } : one,
      )
    },
    begin: async (tx, { account, membership, address, userAgent, changePassword, ...proven }) => {
      const now = clock.now()
      const [id, secret] = [ids.next('ses'), ids.secret()]
      // The journal remembers who was signed in; rows of sessions that are long over serve nobody.
      await tx
        .sql<AccountTables>()
        .deleteFrom('sessions')
        .where('ends_at', '<', now - KEPT_AFTER_END_MS)
        .execute()
      await tx
        .sql<AccountTables>()
        .insertInto('sessions')
        .values({
          id,
          digest: digestOf(secret),
          account,
          membership,
          created_at: now,
          seen_at: now,
          ends_at: now + limits.endHours * HOUR_MS,
          ended_at: null,
          address,
          agent: userAgent?.slice(0, AGENT_MAX_CHARACTERS) ?? null,
          locked_at: null,
          confirmed_at: null,
          factor_at: null,
          change_password: changePassword ? 1 : 0,
          ...proofs(proven),
        })
        .execute()
      return { id, secret }
    },
    lastMembership: async account => {
      const last = await db
        .sql<AccountTables>()
        .selectFrom('sessions')
        .select('membership')
        .where('account', '=', account)
        .orderBy('seen_at', 'desc')
        .limit(1)
        .executeTakeFirst()
      return last?.membership
    },
    rotate: async (tx, session, { membership, ...proven } = {}) => {
      const secret = ids.secret()
      await change(tx, session, {
        digest: digestOf(secret),
        seen_at: clock.now(),
        locked_at: null,
        ...(membership === undefined ? {} : { membership }),
        ...proofs(proven),
      })
      tx.afterCommit(() => tell(session))
      return secret
    },
    prove: async (tx, session, proven) => {
      const changes = proofs(proven)
      if (Object.keys(changes).length > 0) await change(tx, session, changes)
    },
    lock: async (tx, session) => {
      await change(tx, session, { locked_at: clock.now() })
      // Live connections come back knowing less.
      tx.afterCommit(() => tell(session))
    },
    passwordChanged: async (tx, session) => {
      await change(tx, session, { change_password: 0 })
    },
    end: async (tx, session) => {
      await tx
        .sql<AccountTables>()
        .updateTable('sessions')
        .set({ ended_at: clock.now() })
        .where('id', '=', session)
        .where('ended_at', 'is', null)
        .execute()
      tx.afterCommit(() => tell(session))
    },
    endAll: async (tx, { account, membership, except }) => {
      let update = tx
        .sql<AccountTables>()
        .updateTable('sessions')
        .set({ ended_at: clock.now() })
        .where('account', '=', account)
        .where('ended_at', 'is', null)
        .returning('id')
      if (membership !== undefined) update = update.where('membership', '=', membership)
      if (except !== undefined) update = update.where('id', '!=', except)
      const ended = (await update.execute()).map(({ id }) => id)
      tx.afterCommit(() => {
        for (const id of ended) tell(id)
      })
      return ended
    },
    onEnd: listener => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    tellEnd: tell,
  }
}

export function digestOf(secret: string): Buffer {
  return createHash('sha256').update(secret).digest()
}

const read = prepare({ digest: Buffer.alloc(0) as Buffer }, (sql: Kysely<AccountTables>, { digest }) =>
  sql
    .selectFrom('sessions')
    .innerJoin('accounts', 'accounts.id', 'sessions.account')
    .innerJoin('memberships', 'memberships.id', 'sessions.membership')
    .select([
      'sessions.id',
      'sessions.account',
      'sessions.membership',
      'sessions.seen_at',
      'sessions.ends_at',
      'sessions.ended_at',
      'sessions.locked_at',
      'sessions.factor_at',
      'sessions.change_password',
      'accounts.email',
      'accounts.name',
      'accounts.language',
      'accounts.phone',
      'accounts.state',
      'accounts.created_at as account_since',
      'memberships.site',
      'memberships.role',
      'memberships.ended_at as membership_ended_at',
      'memberships.until_at as membership_until_at',
      hasFactor('sessions.account').as('enrolled'),
    ])
    .where('sessions.digest', '=', digest),
)

type Row = Awaited<ReturnType<typeof read>>[number]

function actingOf(row: Row, site: SiteView): Acting {
  const { account, email, name, language, phone, membership, role } = row
  return {
    account: { id: account, email, name, language, ...(phone === null ? {} : { phone }) },
    membership: {
      id: membership,
      site: site.id,
      siteName: site.name,
      role,
      ...(seesEverySite(role, site.kind) ? { everySite: true } : {}),
    },
    session: { id: row.id, endsAt: row.ends_at },
  }
}
