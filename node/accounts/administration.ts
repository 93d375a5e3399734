import type { Clock } from '../clock.js'
import { isoAt } from '../clock.js'
import type { Database } from '../database.js'
import { Failure, fail, refuse } from '../errors.js'
import type { Acting } from '../http/acting.js'
import type { Origin } from '../journal/facts.js'
import type { Journal } from '../journal/journal.js'
import type { Links } from '../links/links.js'
import type { Sites } from '../sites/sites.js'
import type { SiteView } from '../sites/view.js'
import { dateAfter, momentOf, wallAt } from '../zone.js'
import { type AccountChange, misplaced, type NewAccount, type ValidDays } from './account.js'
import type { Passwords } from './passwords.js'
import type { AccountRow, MembershipRow, People, Validity } from './people.js'
import { allows, demand } from './permissions.js'
import type { Sessions } from './sessions.js'
import type { Tokens } from './tokens.js'
import type { AccountView, Language, MembershipView, Role } from './view.js'
import { ACCOUNT_REFUSALS, VALIDITY_FAULTS } from './words.js'

/** Keeping accounts: an administrator those of their site, an operator all. `who` null: a command on this machine. */
export interface Administration {
  list(
    who: Acting,
    query: { q?: string; site?: string; after?: string; limit?: number },
  ): Promise<{ items: AccountView[]; next?: string }>
  /** With its first membership. Without a password the person is invited by a one-time link. */
  create(who: Acting | null, account: NewAccount, origin: Origin): Promise<AccountView>
  change(who: Acting, account: string, change: AccountChange, origin: Origin): Promise<AccountView>
  grant(
    who: Acting | null,
    account: string,
    to: { site: string; role: Role } & ValidDays,
    origin: Origin,
  ): Promise<AccountView>
  /** From when to when a membership counts. */
  setValidity(
    who: Acting,
    account: string,
    membership: string,
    days: ValidDays,
    origin: Origin,
  ): Promise<AccountView>
  /** Ends what is over by the time: one fact each, and the sessions under it. */
  endOver(): Promise<void>
  endMembership(who: Acting, account: string, membership: string, origin: Origin): Promise<AccountView>
  /** The account, for somebody who may change the whole of it. Throws `missing` or `forbidden`. */
  changeable(who: Acting, account: string): Promise<{ row: AccountRow; view: AccountView }>
  /** All memberships of the person who acts. */
  membershipsOf(who: Acting): Promise<MembershipView[]>
}

const PAGE = 200

export function openAdministration(parts: {
  db: Database
  clock: Clock
  journal: Journal
  sites: Sites
  people: People
  passwords: Passwords
  sessions: Sessions
  tokens: Tokens
  links: Links
  /** How long an invitation can be used. */
  invitationMs: number
  /** IANA: of a site that names none. */
  timeZone: string
}): Administration {
  const { db, clock, journal, sites, people, passwords, sessions, tokens, links, invitationMs, timeZone } =
    parts

  /** The account with its memberships, for somebody who may know of it; else missing, as if there were none. */
  const known = async (who: Acting | null, id: string) => {
    const row = await people.byId(id)
    if (row === undefined) return fail('missing', 'There is no such account.')
    const memberships = await people.held([id])
    const near = memberships.some(({ site }) => who === null || allows(who, 'account.see', { site }))
    // An account that lost its last membership is only the operators' to find.
    if (!near && who?.membership.everySite !== true && who !== null)
      fail('missing', 'There is no such account.')
    return { row, memberships }
  }

  const viewed = async (who: Acting | null, id: string): Promise<AccountView> => {
    const { row, memberships } = await known(who, id)
    const factors = await people.withSecondFactor([id])
    return accountView(row, seen(who, memberships), await siteNames(), factors.has(id))
  }

  const siteNames = async () => new Map((await sites.sites()).map(site => [site.id, site]))

  const placed = async (role: Role, site: string): Promise<SiteView> => {
    const known = (await siteNames()).get(site)
    if (known === undefined) return refuse('invalid', ACCOUNT_REFUSALS.noSite, 'site')
    if (known.closed === true) return refuse('invalid', ACCOUNT_REFUSALS.closed(site), 'site')
    const fault = misplaced(role, known)
    if (fault !== null) return refuse('invalid', fault, 'role')
    return known
  }

  /** The moments those days begin and end at. Throws `invalid` where the last comes before the first, or is over. */
  const momentsOf = (days: ValidDays, site: SiteView, language: Language): Validity => {
    const zone = site.timeZone ?? timeZone
    const at = (date: string) => momentOf({ date, minute: 0 }, zone)
    const from = typeof days.from === 'string' ? at(days.from) : null
    const until = typeof days.until === 'string' ? at(dateAfter(days.until, 1)) : null
    const fault =
      until === null ? undefined : until <= clock.now() ? 'over' : until <= (from ?? 0) ? 'order' : undefined
    if (fault !== undefined) {
      const message = VALIDITY_FAULTS[language][fault]
      throw new Failure('invalid', message, [{ path: 'until', message }])
    }
    return { from, until }
  }

  const membershipView = (
    { id, site, role, from_at, until_at }: MembershipRow,
    names: ReadonlyMap<string, SiteView>,
    active: boolean,
  ): MembershipView => {
    const known = names.get(site)
    const day = (ms: number) => wallAt(ms, known?.timeZone ?? timeZone).date
    return {
      id,
      site,
      siteName: known?.name ?? site,
      role,
      active,
      ...(from_at === null ? {} : { from: day(from_at) }),
      ...(until_at === null ? {} : { until: day(until_at - 1) }),
    }
  }
  const counting = ({ from_at, until_at }: MembershipRow) =>
    (from_at ?? 0) <= clock.now() && (until_at ?? Number.POSITIVE_INFINITY) > clock.now()
  const accountView = (
    row: AccountRow,
    memberships: readonly MembershipRow[],
    names: ReadonlyMap<string, SiteView>,
    secondFactor: boolean,
  ): AccountView => ({
    ...plainView(row),
    memberships: memberships.map(each => membershipView(each, names, counting(each))),
    secondFactor,
  })

  return {
    list: async (who, { q, site, after, limit = PAGE }) => {
      if (site !== undefined) demand(who, 'account.see', { site })
      const mine = who.membership.everySite === true ? null : [who.membership.site]
      const rows = await people.list({
        sites: site === undefined ? mine : [site],
        limit: limit + 1,
        ...(q === undefined ? {} : { q }),
        ...(after === undefined ? {} : { after }),
      })
      const page = rows.slice(0, limit)
      const memberships = await people.held(page.map(({ id }) => id))
      const names = await siteNames()
      const factors = await people.withSecondFactor(page.map(({ id }) => id))
      const items = page.map(row =>
        accountView(
          row,
          seen(
            who,
            memberships.filter(({ account }) => account === row.id),
          ),
          names,
          factors.has(row.id),
        ),
      )
      const next = rows.length > limit ? page.at(-1)?.id : undefined
      return { items, ...(next === undefined ? {} : { next }) }
    },

    create: async (who, { email, name, role, site, language, phone, password }, origin) => {
      if (who !== null) demandSite(who, site)
      await placed(role, site)
      const hashed = password === undefined ? null : await passwords.hash(password, { email, name, language })
      const state = hashed === null ? 'invited' : 'active'
      const made = await db.write(async tx => {
        const row = { email, name, language, phone: phone ?? null, password: hashed, state } as const
        const id = await people.insert(tx, row)
        const body = { email, name, language, phone: phone ?? null, role, state }
        await journal.append(tx, { type: 'account-created', site, ids: { account: id }, body }, origin)
        await people.grant(tx, { account: id, site, role }, origin)
        if (hashed !== null) return { id, invitation: undefined }
        const link = { purpose: 'invitation', subject: id, site, validMs: invitationMs } as const
        const { secret, expiresAt } = await links.make(tx, link, origin)
        return { id, invitation: { path: `/first#token=${secret}`, expiresAt: isoAt(expiresAt) } }
      })
      const view = await viewed(who, made.id)
      return made.invitation === undefined ? view : { ...view, invitation: made.invitation }
    },

    change: async (who, id, { password, ...change }, origin) => {
      const { row, memberships } = await known(who, id)
      demandWhole(who, memberships)
      if (change.state === 'active' && row.state === 'invited' && password === undefined)
        fail('conflict', ACCOUNT_REFUSALS.invited)
      if (change.state === 'disabled') await demandOtherOperator({ account: id }, memberships)
      const hashed =
        password === undefined
          ? undefined
          : await passwords.hash(password, { ...row, ...change, language: row.language })
      const now = {
        ...(change.name === undefined ? {} : { name: change.name }),
        ...(change.language === undefined ? {} : { language: change.language }),
        ...(change.phone === undefined ? {} : { phone: change.phone }),
        ...(change.state === undefined ? {} : { state: change.state }),
        ...(hashed !== undefined && row.state === 'invited' ? { state: 'active' as const } : {}),
      }
      await db.write(async tx => {
        await people.update(tx, id, { ...now, ...(hashed === undefined ? {} : { password: hashed }) })
        // Whoever knew the old password, or is not welcome any more, is out at once.
        if (now.state === 'disabled' || hashed !== undefined) await sessions.endAll(tx, { account: id })
        if (now.state === 'disabled') await tokens.endAll(tx, { account: id }, origin)
        const before = Object.fromEntries(Object.keys(now).map(key => [key, row[key as keyof typeof now]]))
        const body = { now, before, passwordSet: hashed !== undefined }
        const site = who.membership.site
        await journal.append(tx, { type: 'account-changed', site, ids: { account: id }, body }, origin)
      })
      return viewed(who, id)
    },

    grant: async (who, id, { site, role, ...days }, origin) => {
      if (who !== null) demandSite(who, site)
      const valid = momentsOf(days, await placed(role, site), who?.account.language ?? 'en')
      if ((await people.byId(id)) === undefined) fail('missing', 'There is no such account.')
      await known(who, id)
      await db.write(tx => people.grant(tx, { account: id, site, role, ...valid }, origin))
      return viewed(who, id)
    },

    setValidity: async (who, id, wanted, days, origin) => {
      const { memberships } = await known(who, id)
      const membership = memberships.find(one => one.id === wanted)
      if (membership === undefined) return fail('missing', 'There is no such membership.')
      demand(who, 'account.change', { site: membership.site })
      const site = (await siteNames()).get(membership.site) ?? fail('missing', 'There is no such site.')
      const before = membershipView(membership, new Map([[site.id, site]]), true)
      const valid = momentsOf(
        {
          from: days.from === undefined ? before.from : days.from,
          until: days.until === undefined ? before.until : days.until,
        },
        site,
        who.account.language,
      )
      const limited = valid.until !== null || (valid.from ?? 0) > clock.now()
      if (membership.role === 'operator' && limited)
        await demandOtherOperator({ membership: wanted }, memberships)
      await db.write(async tx => {
        await people.setValidity(tx, membership, valid, origin)
        if ((valid.from ?? 0) > clock.now()) await sessions.endAll(tx, { account: id, membership: wanted })
      })
      return viewed(who, id)
    },

    endOver: () =>
      db.write(async tx => {
        const origin: Origin = { by: 'system', part: 'accounts' }
        for (const membership of await people.over(tx)) {
          await people.endMembership(tx, membership, origin)
          const { id, account } = membership
          await sessions.endAll(tx, { account, membership: id })
          await tokens.endAll(tx, { account, membership: id }, origin)
        }
      }),

    endMembership: async (who, id, wanted, origin) => {
      const { memberships } = await known(who, id)
      const membership = memberships.find(one => one.id === wanted)
      if (membership === undefined) return fail('missing', 'There is no such membership.')
      demand(who, 'account.change', { site: membership.site })
      if (membership.role === 'operator') await demandOtherOperator({ membership: wanted }, memberships)
      const before = await viewed(who, id)
      await db.write(async tx => {
        await people.endMembership(tx, membership, origin)
        await sessions.endAll(tx, { account: id, membership: wanted })
        await tokens.endAll(tx, { account: id, membership: wanted }, origin)
      })
      return { ...before, memberships: before.memberships.filter(one => one.id !== wanted) }
    },

    changeable: async (who, id) => {
      const { row, memberships } = await known(who, id)
      demandWhole(who, memberships)
      const factors = await people.withSecondFactor([id])
      return { row, view: accountView(row, seen(who, memberships), await siteNames(), factors.has(id)) }
    },

    membershipsOf: async who => {
      const names = await siteNames()
      const rows = await people.memberships([who.account.id])
      return rows.map(row => membershipView(row, names, row.id === who.membership.id))
    },
  }

  async function demandOtherOperator(
    except: { account?: string; membership?: string },
    memberships: readonly MembershipRow[],
  ): Promise<void> {
    if (!memberships.some(({ role }) => role === 'operator')) return
    if (!(await people.hasOperator(except))) fail('conflict', ACCOUNT_REFUSALS.lastOperator)
  }
}

/** A site the person may not keep accounts of is answered as one that does not exist. */
function demandSite(who: Acting, site: string): void {
  if (!allows(who, 'account.create', { site })) refuse('invalid', ACCOUNT_REFUSALS.noSite, 'site')
}

/** What concerns the whole person is decided only by somebody who keeps all their sites. */
function demandWhole(who: Acting, memberships: readonly MembershipRow[]): void {
  if (memberships.every(({ site }) => allows(who, 'account.change', { site }))) return
  fail('forbidden', ACCOUNT_REFUSALS.elsewhere)
}

function seen(who: Acting | null, memberships: readonly MembershipRow[]): MembershipRow[] {
  return memberships.filter(({ site }) => who === null || allows(who, 'account.see', { site }))
}

function plainView(row: AccountRow): Omit<AccountView, 'memberships' | 'secondFactor'> {
  const { id, email, name, language, phone, state, last_sign_in_at } = row
  return {
    id,
    email,
    name,
    language,
    ...(phone === null ? {} : { phone }),
    state,
    ...(last_sign_in_at === null ? {} : { lastSignInAt: isoAt(last_sign_in_at) }),
  }
}
