import type { AccountTables } from '../accounts/schema.js'
import type { Role } from '../accounts/view.js'
import { type Clock, isoAt } from '../clock.js'
import type { Database } from '../database.js'
import { fail, refuse } from '../errors.js'
import type { Acting } from '../http/acting.js'
import type { Ids } from '../ids.js'
import type { Origin } from '../journal/facts.js'
import type { Journal } from '../journal/journal.js'
import type { Link, Links } from '../links/links.js'
import { agentOf, SAME_OPENING_MS } from '../links/rules.js'
import type { Settings } from '../settings.js'
import type { Sites } from '../sites/sites.js'
import { openLatest } from './latest.js'
import type { LoanTables } from './loan-schema.js'
import type { Studies, StudyRecord } from './studies.js'
import type { LoansView, LoanView, NewLoanView } from './view.js'

/** Who has a report by its link, without an account. */
export interface Outsider {
  /** Of the report; while its own link is open, what was lent by it may be. */
  share: string
  /** The site whose referrer they stand for. */
  site: string
  name: string
  expiresAt: number
}

/**
 * One study lent to another viewer: a bearer token that reads it over DICOMweb, and nothing else, for a while. It may what
 * whoever lent it may at that moment, and is theirs to end.
 */
export interface Lending {
  /** Throws `missing` for a study they may not lend, `invalid` for a viewer the settings do not name. */
  make(who: Acting, uid: string, viewer: string | undefined, origin: Origin): Promise<NewLoanView>
  /** For the pages of a report that was opened by its link: one token a study. */
  toOutsider(study: StudyRecord, to: Outsider, origin: Origin): Promise<{ token: string; expiresAt: number }>
  /** Those of a study: all of them for its own site, else those of one's own. The newest first. */
  list(who: Acting, uid: string): Promise<LoansView>
  revoke(who: Acting, uid: string, loan: string, origin: Origin): Promise<LoansView>
  /** Whether a bearer secret claims to be of a loan. */
  isOne(secret: string | undefined): secret is string
  /** Who a secret stands for: null where it opens nothing, or whoever lent it is no longer who they were. */
  find(credentials: { bearer: string; address: string; agent?: string | undefined }): Promise<Acting | null>
  /** Tells of loans that ended before their time, so that what is under way is cut off. */
  onEnd(listener: (loan: string) => void): () => void
}

/** Told apart from the token of a program, and found by those who search logs for secrets. */
const PREFIX = 'study_'
const OPEN_MAX = 20
const SHOWN_MAX = 50
const OPENINGS_KEPT = 2000
const MINUTE_MS = 60_000

export function openLending(options: {
  db: Database
  clock: Clock
  ids: Ids
  journal: Journal
  links: Links
  studies: Pick<Studies, 'seen'>
  sites: Pick<Sites, 'get'>
  config: Pick<Settings, 'dicomweb' | 'links'>
  publicUrl(): string
}): Lending {
  const { db, clock, ids, journal, links, studies, sites, config } = options
  const { viewers } = config.dicomweb
  const opened = openLatest<Promise<Link>>(OPENINGS_KEPT)
  const listeners = new Set<(loan: string) => void>()
  const of = (loan: string) => ({ purpose: 'viewer' as const, subject: loan })
  const loans = () => db.sql<LoanTables>().selectFrom('study_loans').selectAll()

  async function lend(
    study: Pick<StudyRecord, 'id' | 'site'>,
    to: Omit<LoanTables['study_loans'], 'id' | 'study' | 'made_at'>,
    origin: Origin,
  ) {
    const id = ids.next('lon')
    const now = clock.now()
    const { open } = await db
      .sql<LoanTables>()
      .selectFrom('study_loans')
      .select(eb => eb.fn.countAll<number>().as('open'))
      .where('study', '=', study.id)
      .where('lender', '=', to.lender)
      .where('expires_at', '>', now)
      .executeTakeFirstOrThrow()
    if (open >= OPEN_MAX)
      fail('conflict', {
        fr: `Cet examen est ouvert ${open} fois à d’autres visionneuses : attendez que certaines se ferment.`,
        en: `This study was opened to other viewers ${open} times: wait until some end.`,
      })
    const link = await db.write(async tx => {
      const sql = tx.sql<LoanTables>()
      const made = await links.make(
        tx,
        { ...of(id), site: study.site, validMs: Math.max(1, to.expires_at - now) },
        null,
      )
      await sql
        .insertInto('study_loans')
        .values({ ...to, id, study: study.id, made_at: now })
        .execute()
      await journal.append(
        tx,
        {
          type: 'study-lent',
          site: study.site,
          ids: { study: study.id, loan: id, link: made.id },
          body: { viewer: to.viewer, name: to.name, expiresAt: isoAt(to.expires_at) },
        },
        origin,
      )
      return made
    })
    return { id, token: `${PREFIX}${link.secret}` }
  }

  /** The lender as they are now. */
  async function lenderOf(
    loan: LoanTables['study_loans'],
  ): Promise<{ role: Role; site: string } | undefined> {
    if (loan.account === null)
      return (await links.standing({ purpose: 'report', subject: loan.lender })) === 'open'
        ? { role: 'referrer', site: loan.site }
        : undefined
    return db
      .sql<AccountTables>()
      .selectFrom('memberships')
      .innerJoin('accounts', 'accounts.id', 'memberships.account')
      .select(['memberships.role', 'memberships.site'])
      .where('memberships.id', '=', loan.lender)
      .where('memberships.ended_at', 'is', null)
      .where('accounts.state', '=', 'active')
      .executeTakeFirst()
  }

  const theirs = async (who: Acting, study: Pick<StudyRecord, 'id' | 'site'>) => {
    const { site } = who.membership
    const rows = await loans()
      .where('study', '=', study.id)
      .orderBy('made_at', 'desc')
      .orderBy('id', 'desc')
      .limit(SHOWN_MAX)
      .execute()
    return rows.filter(loan => study.site === site || loan.site === site)
  }

  async function viewOf(loan: LoanTables['study_loans']): Promise<LoanView> {
    const openings = await links.openings(of(loan.id))
    return {
      id: loan.id,
      viewer: loan.viewer,
      by: loan.name,
      madeAt: isoAt(loan.made_at),
      expiresAt: isoAt(loan.expires_at),
      standing: (await links.standing(of(loan.id))) ?? 'expired',
      openings: openings.map(({ at, ...opening }) => ({ at: isoAt(at), ...opening })),
    }
  }

  const list: Lending['list'] = async (who, uid) => {
    const study = await studies.seen(uid, who, 'viewer.lend')
    return {
      items: await Promise.all((await theirs(who, study)).map(viewOf)),
      viewers: viewers.map(({ name }) => name),
      minutes: config.links.viewerMinutes,
    }
  }

  return {
    list,
    make: async (who, uid, viewer, origin) => {
      const study = await studies.seen(uid, who, 'viewer.lend')
      const chosen = viewers.find(({ name }) => name === viewer)
      if (viewer !== undefined && chosen === undefined)
        refuse(
          'invalid',
          {
            fr: 'Aucune visionneuse de ce nom dans les réglages (dicomweb.viewers).',
            en: 'The settings name no such viewer (dicomweb.viewers).',
          },
          'viewer',
        )
      const { account, membership } = who
      const expiresAt = clock.now() + config.links.viewerMinutes * MINUTE_MS
      const made = await lend(
        study,
        {
          viewer: viewer ?? '',
          lender: membership.id,
          account: account.id,
          site: membership.site,
          name: account.name,
          expires_at: expiresAt,
        },
        origin,
      )
      const dicomweb = `${options.publicUrl()}/dicomweb`
      return {
        ...made,
        dicomweb,
        expiresAt: isoAt(expiresAt),
        ...(chosen === undefined
          ? {}
          : { open: addressIn(chosen.url, { dicomweb, study: uid, token: made.token }) }),
      }
    },
    toOutsider: async (study, { share, site, name, expiresAt }, origin) => {
      const until = Math.min(expiresAt, clock.now() + config.links.viewerMinutes * MINUTE_MS)
      const made = await lend(
        study,
        { viewer: '', lender: share, account: null, site, name, expires_at: until },
        origin,
      )
      return { token: made.token, expiresAt: until }
    },
    revoke: async (who, uid, id, origin) => {
      const study = await studies.seen(uid, who, 'viewer.lend')
      const loan = (await theirs(who, study)).find(each => each.id === id)
      if (loan === undefined) return fail('missing', 'There is no such study.')
      await db.write(async tx => {
        if ((await links.close(tx, of(id), 'revoked', origin)) === 0) return
        await journal.append(
          tx,
          {
            type: 'study-loan-ended',
            site: study.site,
            ids: { study: study.id, loan: id },
            body: { viewer: loan.viewer, name: loan.name },
          },
          origin,
        )
        tx.afterCommit(() => {
          for (const listener of listeners) listener(id)
        })
      })
      return list(who, uid)
    },
    isOne: (secret): secret is string => secret?.startsWith(PREFIX) === true,
    find: async ({ bearer, address, agent }) => {
      const secret = bearer.slice(PREFIX.length)
      const link = await links.known(secret, 'viewer')
      if (link === undefined) return null
      const loan = await loans().where('id', '=', link.subject).executeTakeFirst()
      const lender = loan === undefined ? undefined : await lenderOf(loan)
      if (loan === undefined || lender === undefined) return null
      // Who reads on is one opening, as it is for a person; a viewer asks a hundred times at once.
      const beat = Math.floor(clock.now() / SAME_OPENING_MS)
      const by = { address, userAgent: agent, origin: { by: 'system', part: 'links' } as const }
      await opened.get(`${loan.id} ${address} ${agentOf(agent)} ${beat}`, () =>
        links.open({ secret, purpose: 'viewer', by }),
      )
      const { name: siteName } = await sites.get(lender.site)
      return {
        account: {
          id: loan.id,
          email: '',
          name: loan.viewer === '' ? loan.name : `${loan.name} · ${loan.viewer}`,
          language: 'fr',
        },
        membership: { id: loan.lender, site: lender.site, siteName, role: lender.role },
        session: { id: loan.id, endsAt: link.expiresAt },
        token: { id: loan.id, rights: ['viewer.open'] },
        only: { study: loan.study },
      }
    },
    onEnd: listener => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}

/** The address of a template, each place filled percent-encoded. */
export function addressIn(
  template: string,
  values: Readonly<Record<'dicomweb' | 'study' | 'token', string>>,
): string {
  return template.replace(/\{(dicomweb|study|token)\}/g, (_, key: keyof typeof values) =>
    encodeURIComponent(values[key]),
  )
}
