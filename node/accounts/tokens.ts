import type { ExpressionBuilder } from 'kysely'
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
import { type NewToken, type Rotation, rightsToGive, TOKEN_PREFIX, tokenState, warningDue } from './token.js'
import type { Action, NewTokenView, TokenView } from './view.js'
import { TOKEN_REFUSALS } from './words.js'

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
  /**
   * Gives it another secret, in this answer only; the earlier ones work until the overlap is over, and its life begins
   * anew. For who made it, as what they made it: throws `forbidden` for who only keeps the site, `missing` for one the
   * person may not see, `conflict` for one that has ended or has too many secrets at work.
   */
  rotate(who: Acting, token: string, asked: Rotation, origin: Origin): Promise<NewTokenView>
  /** Tells of those that end soon, each step once; gives how many. */
  warn(): Promise<number>
  /** Ends it at once, with every secret it has. Throws `missing` for one the person may not see. */
  revoke(who: Acting, token: string, origin: Origin): Promise<TokenView>
  /** Ends those of an account, or of one of its memberships. */
  endAll(tx: Tx, of: { account: string; membership?: string }, origin: Origin): Promise<void>
}

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS
const SHOWN_AFTER_END_MS = 30 * DAY_MS
/** Of one token, the newest among them: who goes on rotating has a program that does not follow. */
const SECRETS_AT_ONCE_MAX = 3
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

  const latestOf = (eb: ExpressionBuilder<AccountTables, 'tokens'>, what: 'ends_at' | 'used_at') =>
    eb
      .selectFrom('token_old_secrets')
      .select(old => old.fn.max(what).as('latest'))
      .whereRef('token', '=', 'tokens.id')
      .where('ends_at', '>', clock.now())

  const rows = (sql = db.sql<AccountTables>()) =>
    sql
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
        'memberships.until_at as membership_until_at',
      ])
      .select(eb => [latestOf(eb, 'ends_at').as('old_ends_at'), latestOf(eb, 'used_at').as('old_used_at')])
  type OldSecret = AccountTables['token_old_secrets']
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

  const touch = async (row: Row, old: OldSecret | undefined, address: string): Promise<void> => {
    const now = clock.now()
    const isFresh = (usedAt: number | null) => usedAt !== null && now - usedAt < TOUCH_EVERY_MS
    if (isFresh(row.used_at) && row.used_from === address && (old === undefined || isFresh(old.used_at)))
      return
    await db.write(async tx => {
      const sql = tx.sql<AccountTables>()
      await sql
        .updateTable('tokens')
        .set({ used_at: now, used_from: address })
        .where('id', '=', row.id)
        .execute()
      if (old !== undefined)
        await sql
          .updateTable('token_old_secrets')
          .set({ used_at: now })
          .where('digest', '=', old.digest)
          .execute()
    })
  }

  /** The token a secret is, or was, of. */
  const known = async (secret: string): Promise<{ row: Row; old?: OldSecret } | undefined> => {
    if (!SECRET.test(secret)) return undefined
    const digest = digestOf(secret)
    const row = await rows().where('digest', '=', digest).executeTakeFirst()
    if (row !== undefined) return { row }
    const old = await db
      .sql<AccountTables>()
      .selectFrom('token_old_secrets')
      .selectAll()
      .where('digest', '=', digest)
      .executeTakeFirst()
    if (old === undefined) return undefined
    return { row: await rows().where('tokens.id', '=', old.token).executeTakeFirstOrThrow(), old }
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
      const { row, old } = (await known(secret)) ?? {}
      if (row === undefined) return refuse('unknown', row, address)
      const state = tokenState(row, clock.now())
      if (state !== 'active') return refuse(state, row, address)
      const over = row.membership_until_at !== null && row.membership_until_at <= clock.now()
      if (row.state !== 'active' || row.membership_ended_at !== null || over)
        return refuse('not-active', row, address)
      if (old !== undefined && old.ends_at <= clock.now()) return refuse('replaced', row, address)
      await touch(row, old, address)
      return actingOf(
        row,
        await sites.get(row.site),
        Math.min(row.expires_at, old?.ends_at ?? row.expires_at),
      )
    },

    make: async (who, { name, rights, days = config.sessions.tokenDays }, origin) => {
      demand(who, 'token.create', { site: who.membership.site })
      const possible = rightsToGive(who.membership.role)
      const faults = rights.flatMap((right, index) =>
        possible.includes(right)
          ? []
          : [
              {
                path: `rights.${index}`,
                message: TOKEN_REFUSALS.right(right).en,
                fr: TOKEN_REFUSALS.right(right).fr,
              },
            ],
      )
      if (faults.length > 0) throw new Failure('invalid', TOKEN_REFUSALS.rights, faults)
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
        if (open >= config.sessions.tokensPerMembershipMax) fail('conflict', TOKEN_REFUSALS.many(open))
        await sql
          .insertInto('tokens')
          .values({
            ...token,
            digest: digestOf(secret),
            used_at: null,
            used_from: null,
            revoked_at: null,
            rotated_at: null,
            warned_days: null,
          })
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

    rotate: async (who, id, { overlapHours, days }, origin) => {
      const secret = `${TOKEN_PREFIX}${ids.secret()}`
      await db.write(async tx => {
        const sql = tx.sql<AccountTables>()
        const row = await rows(sql).where('tokens.id', '=', id).executeTakeFirst()
        if (row === undefined || !keeps(who, row)) return fail('missing', 'There is no such token.')
        // A secret stands for the membership it was made under: nobody else is handed one.
        if (row.account !== who.account.id || row.membership !== who.membership.id)
          fail('forbidden', TOKEN_REFUSALS.notMaker)
        const now = clock.now()
        if (tokenState(row, now) !== 'active') fail('conflict', TOKEN_REFUSALS.ended)
        const oldEndsAt = now + overlapHours * HOUR_MS
        await sql
          .updateTable('token_old_secrets')
          .set({ ends_at: oldEndsAt })
          .where('token', '=', id)
          .where('ends_at', '>', oldEndsAt)
          .execute()
        const { working } = await sql
          .selectFrom('token_old_secrets')
          .select(eb => eb.fn.countAll<number>().as('working'))
          .where('token', '=', id)
          .where('ends_at', '>', now)
          .executeTakeFirstOrThrow()
        if (overlapHours > 0 && working + 2 > SECRETS_AT_ONCE_MAX)
          fail('conflict', TOKEN_REFUSALS.secrets(working + 1))
        await sql
          .deleteFrom('token_old_secrets')
          .where('token', '=', id)
          .where('ends_at', '<', now - SHOWN_AFTER_END_MS)
          .execute()
        await sql
          .insertInto('token_old_secrets')
          .values({ digest: row.digest, token: id, ends_at: oldEndsAt, used_at: null })
          .execute()
        const lifeMs =
          days === undefined ? row.expires_at - (row.rotated_at ?? row.created_at) : days * DAY_MS
        const expiresAt = now + Math.min(lifeMs, config.sessions.tokenDays * DAY_MS)
        await sql
          .updateTable('tokens')
          .set({ digest: digestOf(secret), rotated_at: now, expires_at: expiresAt, warned_days: null })
          .where('id', '=', id)
          .execute()
        await journal.append(
          tx,
          {
            type: 'token-rotated',
            site: row.site,
            ids: { token: id, account: row.account },
            body: { name: row.name, overlapHours, oldEndsAt: isoAt(oldEndsAt), expiresAt: isoAt(expiresAt) },
          },
          origin,
        )
        // Everything under way was begun with a secret that has ended.
        if (overlapHours === 0) tx.afterCommit(() => options.onEnd(id))
      })
      return { ...(await viewed(who, id)), token: secret }
    },

    warn: async () => {
      const open = await rows()
        .where('revoked_at', 'is', null)
        .where('expires_at', '>', clock.now())
        .where('accounts.state', '=', 'active')
        .where('memberships.ended_at', 'is', null)
        .execute()
      let told = 0
      for (const row of open) {
        const step = warningDue(row, clock.now())
        if (step === undefined || (row.warned_days !== null && row.warned_days <= step)) continue
        told++
        await db.write(async tx => {
          const days = Math.ceil((row.expires_at - clock.now()) / DAY_MS)
          await tx
            .sql<AccountTables>()
            .updateTable('tokens')
            .set({ warned_days: step })
            .where('id', '=', row.id)
            .execute()
          await journal.append(
            tx,
            {
              type: 'token-expiring',
              site: row.site,
              ids: { token: row.id, account: row.account },
              body: {
                ...{ name: row.name, days, until: isoAt(row.expires_at) },
                ...{ reference: row.name, urgency: 'routine' },
              },
            },
            { by: 'system', part: 'accounts' },
          )
        })
      }
      return told
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
    const state = tokenState(row, now)
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
      expiresSoon: state === 'active' && warningDue(row, now) !== undefined,
      ...(row.rotated_at === null ? {} : { rotatedAt: isoAt(row.rotated_at) }),
      ...(row.old_ends_at === null || state !== 'active'
        ? {}
        : {
            oldSecret: {
              until: isoAt(row.old_ends_at),
              ...(row.old_used_at === null ? {} : { lastUsedAt: isoAt(row.old_used_at) }),
            },
          }),
      state,
    }
  }

  function actingOf(row: Row, site: SiteView, endsAt: number): Acting {
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
      session: { id: row.id, endsAt },
      token: { id: row.id, rights: row.rights.split(' ') as Action[] },
    }
  }
}
