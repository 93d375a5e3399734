import type { Clock } from '../clock.js'
import { isoAt } from '../clock.js'
import type { Database, Tx } from '../database.js'
import { Failure, fail } from '../errors.js'
import type { Acting } from '../http/acting.js'
import { openFailureLimiter } from '../http/limiter.js'
import type { Ids } from '../ids.js'
import type { Origin } from '../journal/facts.js'
import type { Journal } from '../journal/journal.js'
import type { Settings } from '../settings.js'
import type { Sites } from '../sites/sites.js'
import type { SiteView } from '../sites/view.js'
import { seesEverySite } from './account.js'
import { allows, demand } from './permissions.js'
import type { AccountTables } from './schema.js'
import { digestOf } from './sessions.js'
import { type NewToken, rightsToGive, TOKEN_PREFIX, tokenState } from './token.js'
import type { Action, NewTokenView, TokenView } from './view.js'

export interface Tokens {
  /**
   * Who a token stands for; null when it opens nothing. Failures of one address are bounded: throws `too-many`.
   * What is right is never slowed by what the same address gets wrong.
   */
  find(secret: string, address: string): Promise<Acting | null>
  /**
   * Makes a token under the acting membership; the secret is in this answer only. Throws `invalid` for a right the
   * membership does not have or a program cannot, `conflict` when there are too many.
   */
  make(who: Acting, token: NewToken, origin: Origin): Promise<NewTokenView>
  /** Those the person made, and those of the sites whose accounts they keep; ended ones for another month. */
  list(who: Acting): Promise<TokenView[]>
  /** Ends it at once. Throws `missing` for one the person may not see. */
  revoke(who: Acting, token: string, origin: Origin): Promise<TokenView>
  /** Ends those of an account, or of one of its memberships. */
  endAll(tx: Tx, of: { account: string; membership?: string }, origin: Origin): Promise<void>
}

const MINUTE_MS = 60_000
const DAY_MS = 24 * 60 * MINUTE_MS
const SHOWN_AFTER_END_MS = 30 * DAY_MS
/** Use is written down at most this often. */
const TOUCH_EVERY_MS = MINUTE_MS
const SECRET = new RegExp(`^${TOKEN_PREFIX}[\\w-]{43}$`)

export function openTokens(options: {
  db: Database
  clock: Clock
  ids: Ids
  journal: Journal
  sites: Sites
  config: Pick<Settings, 'http' | 'sessions'>
  /** Called when a token's live connections must close. */
  onEnd(token: string): void
}): Tokens {
  const { db, clock, ids, journal, sites, config } = options
  const refusals = openFailureLimiter(config.http.signInsPerAddressPerMinute)

  const rows = () =>
    db
      .sql<AccountTables>()
      .selectFrom('tokens')
      .innerJoin('accounts', 'accounts.id', 'tokens.account')
      .innerJoin('memberships', 'memberships.id', 'tokens.membership')
      .selectAll('tokens')
      .select([
        'accounts.name as made_by',
        'accounts.language',
        'accounts.state',
        'memberships.site',
        'memberships.role',
        'memberships.ended_at as membership_ended_at',
      ])
  type Row = Awaited<ReturnType<ReturnType<typeof rows>['executeTakeFirstOrThrow']>>

  const refuse = async (reason: string, token: Row | undefined, address: string): Promise<null> => {
    const count = await refusals.failed(address)
    if (count === 1)
      await db.write(tx =>
        journal.append(
          tx,
          {
            type: 'token-refused',
            site: token?.site ?? null,
            ids: token === undefined ? {} : { token: token.id },
            body: { reason, address },
          },
          { by: 'system', part: 'accounts' },
        ),
      )
    return null
  }

  const touch = async (row: Row, address: string): Promise<void> => {
    const now = clock.now()
    const fresh = row.used_at !== null && now - row.used_at < TOUCH_EVERY_MS
    if (fresh && row.used_from === address) return
    await db.write(tx =>
      tx
        .sql<AccountTables>()
        .updateTable('tokens')
        .set({ used_at: now, used_from: address })
        .where('id', '=', row.id)
        .execute(),
    )
  }

  const end = async (
    tx: Tx,
    ended: readonly Pick<Row, 'id' | 'site' | 'account' | 'name'>[],
    origin: Origin,
  ): Promise<void> => {
    for (const { id, site, account, name } of ended) {
      await tx
        .sql<AccountTables>()
        .updateTable('tokens')
        .set({ revoked_at: clock.now() })
        .where('id', '=', id)
        .execute()
      await journal.append(
        tx,
        { type: 'token-revoked', site, ids: { token: id, account }, body: { name } },
        origin,
      )
      tx.afterCommit(() => options.onEnd(id))
    }
  }

  const keeps = (who: Acting, row: Row) =>
    row.account === who.account.id || allows(who, 'token.revoke', { site: row.site })

  return {
    find: async (secret, address) => {
      const row = SECRET.test(secret)
        ? await rows().where('digest', '=', digestOf(secret)).executeTakeFirst()
        : undefined
      if (row === undefined) return refuse('unknown', row, address)
      const state = tokenState(row, clock.now())
      if (state !== 'active') return refuse(state, row, address)
      if (row.state !== 'active' || row.membership_ended_at !== null)
        return refuse('not-active', row, address)
      await touch(row, address)
      return actingOf(row, await sites.get(row.site))
    },

    make: async (who, { name, rights, days = config.sessions.tokenDays }, origin) => {
      demand(who, 'token.create', { site: who.membership.site })
      const possible = rightsToGive(who.membership.role)
      const faults = rights.flatMap((right, index) =>
        possible.includes(right)
          ? []
          : [{ path: `rights.${index}`, message: `your role cannot give ${right} to a program` }],
      )
      if (faults.length > 0) throw new Failure('invalid', 'A token may not more than who makes it.', faults)
      const now = clock.now()
      const token = {
        id: ids.next('tok'),
        name,
        account: who.account.id,
        membership: who.membership.id,
        rights: possible.filter(right => rights.includes(right)).join(' '),
        created_at: now,
        expires_at: now + days * DAY_MS,
      }
      const secret = `${TOKEN_PREFIX}${ids.secret()}`
      await db.write(async tx => {
        const sql = tx.sql<AccountTables>()
        const { open } = await sql
          .selectFrom('tokens')
          .select(eb => eb.fn.countAll<number>().as('open'))
          .where('membership', '=', token.membership)
          .where('revoked_at', 'is', null)
          .where('expires_at', '>', now)
          .executeTakeFirstOrThrow()
        if (open >= config.sessions.tokensPerMembershipMax)
          fail('conflict', `You have ${open} tokens already: revoke one that is not used any more.`)
        await sql
          .insertInto('tokens')
          .values({ ...token, digest: digestOf(secret), used_at: null, used_from: null, revoked_at: null })
          .execute()
        await journal.append(
          tx,
          {
            type: 'token-created',
            site: who.membership.site,
            ids: { token: token.id, account: token.account, membership: token.membership },
            body: { name, rights: token.rights.split(' '), expiresAt: isoAt(token.expires_at) },
          },
          origin,
        )
      })
      return { ...(await viewed(who, token.id)), token: secret }
    },

    list: async who => {
      const names = await siteNames()
      const shown = await rows()
        .where(eb =>
          eb.or([eb('revoked_at', 'is', null), eb('revoked_at', '>', clock.now() - SHOWN_AFTER_END_MS)]),
        )
        .where('expires_at', '>', clock.now() - SHOWN_AFTER_END_MS)
        .orderBy('tokens.created_at', 'desc')
        .orderBy('tokens.id')
        .execute()
      return shown.filter(row => keeps(who, row)).map(row => viewOf(row, who, names, clock.now()))
    },

    revoke: async (who, id, origin) => {
      const row = await rows().where('tokens.id', '=', id).executeTakeFirst()
      if (row === undefined || !keeps(who, row)) return fail('missing', 'There is no such token.')
      if (row.revoked_at === null) await db.write(tx => end(tx, [row], origin))
      return viewed(who, id)
    },

    endAll: async (tx, { account, membership }, origin) => {
      const sql = tx.sql<AccountTables>()
      let select = sql
        .selectFrom('tokens')
        .innerJoin('memberships', 'memberships.id', 'tokens.membership')
        .selectAll('tokens')
        .select('memberships.site')
        .where('tokens.account', '=', account)
        .where('revoked_at', 'is', null)
      if (membership !== undefined) select = select.where('tokens.membership', '=', membership)
      await end(tx, await select.execute(), origin)
    },
  }

  async function viewed(who: Acting, id: string): Promise<TokenView> {
    const row = await rows().where('tokens.id', '=', id).executeTakeFirstOrThrow()
    return viewOf(row, who, await siteNames(), clock.now())
  }

  async function siteNames(): Promise<ReadonlyMap<string, string>> {
    return new Map((await sites.sites()).map(({ id, name }) => [id, name]))
  }

  function viewOf(row: Row, who: Acting, names: ReadonlyMap<string, string>, now: number): TokenView {
    return {
      id: row.id,
      name: row.name,
      site: row.site,
      siteName: names.get(row.site) ?? row.site,
      role: row.role,
      rights: row.rights.split(' '),
      madeBy: row.made_by,
      mine: row.account === who.account.id,
      createdAt: isoAt(row.created_at),
      expiresAt: isoAt(row.expires_at),
      ...(row.used_at === null ? {} : { lastUsedAt: isoAt(row.used_at) }),
      ...(row.used_from === null ? {} : { lastUsedFrom: row.used_from }),
      state: tokenState(row, now),
    }
  }

  function actingOf(row: Row, site: SiteView): Acting {
    return {
      // Its own name and nobody's address: what a program does never bears the person who made its token.
      account: { id: row.id, email: '', name: row.name, language: row.language },
      membership: {
        id: row.membership,
        site: site.id,
        siteName: site.name,
        role: row.role,
        ...(seesEverySite(row.role, site.kind) ? { everySite: true } : {}),
      },
      session: { id: row.id, endsAt: row.expires_at },
      token: { id: row.id, rights: row.rights.split(' ') as Action[] },
    }
  }
}
