import { createHash } from 'node:crypto'
import type { Clock } from '../clock.js'
import type { Database, Tx } from '../database.js'
import { fail } from '../errors.js'
import type { Acting } from '../http/acting.js'
import type { Ids } from '../ids.js'
import type { Sites } from '../sites/sites.js'
import type { SiteView } from '../sites/view.js'
import { seesEverySite } from './account.js'
import type { AccountTables } from './schema.js'
import { standingOf } from './session.js'

export interface SessionLimits {
  idleMinutes: number
  endHours: number
}

export interface Sessions {
  /** Begins a session; `secret` goes into the cookie and is not kept. */
  begin(tx: Tx, holder: { account: string; membership: string }): Promise<{ id: string; secret: string }>
  /** Who a cookie's secret stands for; null when its session locked, ended, or its person lost the membership. */
  find(secret: string, options: { touch: boolean }): Promise<Acting | null>
  /** Throws `unauthenticated` for a session that does not stand. */
  get(secret: string): Promise<Acting>
  /** The membership this person last acted under; it may have ended since. */
  lastMembership(account: string): Promise<string | undefined>
  /** Acts under another membership from now on, with a new secret. */
  rotate(tx: Tx, session: string, membership: string): Promise<string>
  end(tx: Tx, session: string): Promise<void>
  /** Ends those of an account, or of one of its memberships; gives how many. */
  endAll(tx: Tx, of: { account: string; membership?: string }): Promise<number>
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

export function openSessions(options: {
  db: Database
  clock: Clock
  ids: Ids
  sites: Pick<Sites, 'get'>
  limits: SessionLimits
}): Sessions {
  const { db, clock, ids, sites, limits } = options
  const listeners = new Set<(session: string) => void>()
  const tell = (session: string) => {
    for (const listener of listeners) listener(session)
  }

  const find: Sessions['find'] = async (secret, { touch }) => {
    const row = await read(db, digestOf(secret))
    if (row === undefined) return null
    const now = clock.now()
    const times = { seenAt: row.seen_at, endsAt: row.ends_at, endedAt: row.ended_at }
    if (standingOf(times, now, limits.idleMinutes * MINUTE_MS) !== 'stands') return null
    if (row.state !== 'active' || row.membership_ended_at !== null) return null
    if (touch && now - row.seen_at >= TOUCH_EVERY_MS)
      await db.write(tx =>
        tx
          .sql<AccountTables>()
          .updateTable('sessions')
          .set({ seen_at: now })
          .where('id', '=', row.id)
          .execute(),
      )
    return actingOf(row, await sites.get(row.site))
  }

  return {
    find,
    get: async secret => (await find(secret, { touch: false })) ?? fail('unauthenticated', 'Sign in again.'),
    begin: async (tx, { account, membership }) => {
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
        })
        .execute()
      return { id, secret }
    },
    lastMembership: async account => {
      const row = await db
        .sql<AccountTables>()
        .selectFrom('sessions')
        .select('membership')
        .where('account', '=', account)
        .orderBy('seen_at', 'desc')
        .limit(1)
        .executeTakeFirst()
      return row?.membership
    },
    rotate: async (tx, session, membership) => {
      const secret = ids.secret()
      await tx
        .sql<AccountTables>()
        .updateTable('sessions')
        .set({ digest: digestOf(secret), membership, seen_at: clock.now() })
        .where('id', '=', session)
        .execute()
      tx.afterCommit(() => tell(session))
      return secret
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
    endAll: async (tx, { account, membership }) => {
      let update = tx
        .sql<AccountTables>()
        .updateTable('sessions')
        .set({ ended_at: clock.now() })
        .where('account', '=', account)
        .where('ended_at', 'is', null)
        .returning('id')
      if (membership !== undefined) update = update.where('membership', '=', membership)
      const ended = await update.execute()
      tx.afterCommit(() => {
        for (const { id } of ended) tell(id)
      })
      return ended.length
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

function read(db: Database, digest: Buffer) {
  return db
    .sql<AccountTables>()
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
      'accounts.email',
      'accounts.name',
      'accounts.language',
      'accounts.phone',
      'accounts.state',
      'memberships.site',
      'memberships.role',
      'memberships.ended_at as membership_ended_at',
    ])
    .where('sessions.digest', '=', digest)
    .executeTakeFirst()
}

function actingOf(row: NonNullable<Awaited<ReturnType<typeof read>>>, site: SiteView): Acting {
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
