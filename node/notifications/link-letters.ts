import type { Language } from '../accounts/view.js'
import type { Tx } from '../database.js'
import type { StoredFact } from '../journal/facts.js'
import type { Follower } from '../journal/followers.js'
import type { NewLink } from '../links/links.js'
import { type Job, type Outcome, priorities } from '../outbox/job.js'
import { backoffMs } from './handing.js'
import { linkLetterOf } from './link-letter-words.js'
import type { NotificationsDeps } from './notifications.js'
import { NOT_CONFIGURED, type Posted, type Postman } from './postman.js'
import type { LinkLetterRow, NotificationTables } from './schema.js'

type Tables = NotificationTables

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
/** Whoever keeps asking at the sign-in screen fills nobody's mailbox. */
const ASKED_AGAIN_MS = 5 * MINUTE_MS
/** An older letter helps nobody: what it was asked for is long done otherwise. */
const STALE_MS = 24 * HOUR_MS

/** Whom a letter goes to, and the link it brings; undefined where it is not wanted any more. */
interface Addressed {
  email: string
  language: Language
  link?: { path: string; new: NewLink }
}

/**
 * Letters that bring a person a link: an invitation, a new password, an inbox for images, a report; owed by the fact that asks for
 * them. The link is made when its letter leaves, so that its secret is at rest nowhere.
 */
export function linkLetters(deps: NotificationsDeps, postman: Postman): Follower {
  const { db, clock, ids, outbox, accounts, sites, links, reports, config } = deps
  outbox.handle('link-letter', {
    run,
    backoffMs,
    retried: (tx, { body }) => settled(tx, String(body['letter']), 'queued', null),
    givenUp: (tx, { body }, reason) => settled(tx, String(body['letter']), 'failed', reason),
  })

  return {
    name: 'link-letters',
    types: [
      'account-created',
      'invitation-renewed',
      'password-reset-asked',
      'password-reset',
      'inbox-made',
      'report-shared',
    ],
    handle: async (fact, tx) => {
      const letter = letterOwedBy(fact)
      if (letter === undefined) return
      if (fact.type === 'password-reset-asked' && fact.origin?.by === 'system') {
        const recent = await tx
          .sql<Tables>()
          .selectFrom('link_letters')
          .select('id')
          .where('kind', '=', letter.kind)
          .where('subject', '=', letter.subject)
          .where('at', '>', clock.now() - ASKED_AGAIN_MS)
          .executeTakeFirst()
        if (recent !== undefined) return
      }
      await owe(tx, fact, letter)
    },
  }

  async function owe(
    tx: Tx,
    fact: StoredFact,
    letter: NonNullable<ReturnType<typeof letterOwedBy>>,
  ): Promise<void> {
    const id = ids.next('ltr')
    const { isThere } = postman
    await tx
      .sql<Tables>()
      .insertInto('link_letters')
      .values({
        id,
        fact: fact.seq,
        site: fact.site,
        ...letter,
        at: clock.now(),
        state: isThere ? 'queued' : 'failed',
        reason: isThere ? null : NOT_CONFIGURED,
      })
      .execute()
    if (!isThere) await told(tx, letter, 'failed', NOT_CONFIGURED)
    if (isThere)
      await outbox.add(tx, {
        lane: 'mail',
        kind: 'link-letter',
        key: `link-letter:${id}`,
        body: { letter: id },
        priority: priorities.urgent,
        ...(fact.site === null ? {} : { site: fact.site }),
      })
  }

  async function settled(
    tx: Tx,
    id: string,
    state: LinkLetterRow['state'],
    reason: string | null,
  ): Promise<void> {
    const letter = await tx
      .sql<Tables>()
      .updateTable('link_letters')
      .set({ state, reason })
      .where('id', '=', id)
      .returning(['kind', 'subject'])
      .executeTakeFirstOrThrow()
    await told(tx, letter, state, reason)
  }

  /** Whoever shares a report sees what became of its letter. */
  async function told(
    tx: Tx,
    { kind, subject }: Pick<LinkLetterRow, 'kind' | 'subject'>,
    state: LinkLetterRow['state'],
    reason: string | null,
  ): Promise<void> {
    if (kind === 'report')
      await reports?.shareSettled(tx, { share: subject, state, ...(reason === null ? {} : { reason }) })
  }

  async function addressed(letter: LinkLetterRow): Promise<Addressed | undefined> {
    const { kind, subject, site } = letter
    if (kind === 'inbox' || kind === 'report') {
      const { recipient, language, link_ends_at } = letter
      const isOpen = await links.isOpen({ purpose: kind, subject })
      if (recipient === null || link_ends_at === null || !isOpen) return undefined
      const made: NewLink = {
        purpose: kind,
        subject,
        site,
        validMs: link_ends_at - clock.now(),
        code: 'as-before',
      }
      return {
        email: recipient,
        language: language ?? 'fr',
        link: { path: kind === 'inbox' ? '/inbox' : '/answer', new: made },
      }
    }
    const person = await accounts.contact(subject)
    if (person === undefined || letter.at < clock.now() - STALE_MS) return undefined
    const { email, language, state } = person
    if (kind === 'password-changed') return { email, language }
    if (state !== (kind === 'invitation' ? 'invited' : 'active')) return undefined
    const hours = config.sessions.linkHours
    const validMs = kind === 'invitation' ? hours * HOUR_MS : config.links.resetMinutes * MINUTE_MS
    const path = kind === 'invitation' ? '/first' : '/reset'
    return { email, language, link: { path, new: { purpose: kind, subject, site, validMs } } }
  }

  async function run(job: Job): Promise<Outcome> {
    const id = String(job.body['letter'])
    const letter = await db
      .sql<Tables>()
      .selectFrom('link_letters')
      .selectAll()
      .where('id', '=', id)
      .executeTakeFirstOrThrow()
    const to = await addressed(letter)
    if (to === undefined)
      return { result: 'done', settle: tx => settled(tx, id, 'failed', 'nobody waits for it any more') }
    const { link } = to
    const made = link === undefined ? undefined : await db.write(tx => links.make(tx, link.new, null))
    const siteName = (await sites.sites()).find(site => site.id === letter.site)?.name
    const posted = await postman.post({
      id,
      email: to.email,
      letter: linkLetterOf({
        kind: letter.kind,
        language: to.language,
        nodeName: config.node.name,
        siteName,
        ...(made === undefined || link === undefined
          ? {}
          : {
              link: `${deps.publicUrl()}${link.path}#token=${made.secret}`,
              until: inWords(made.expiresAt, to.language),
            }),
      }),
      atMs: letter.at,
      signal: job.signal,
    })
    return outcomeOf(letter, posted, made?.id)
  }

  function outcomeOf(letter: LinkLetterRow, posted: Posted, link: string | undefined): Outcome {
    const unsent = async (tx: Tx) => {
      if (link !== undefined) await links.forget(tx, link)
    }
    switch (posted.result) {
      case 'done':
        return {
          result: 'done',
          settle: async tx => {
            await posted.keep(tx)
            await settled(tx, letter.id, 'sent', null)
            await sent(tx, letter, link)
          },
        }
      case 'permanent':
        return {
          result: 'permanent',
          reason: posted.reason,
          settle: async tx => {
            await unsent(tx)
            await settled(tx, letter.id, 'failed', posted.reason)
          },
        }
      default:
        return {
          result: posted.result,
          reason: posted.reason,
          holdLane: posted.serverGone,
          settle: async tx => {
            // What may have arrived all the same must open what it says.
            if (posted.result === 'transient') await unsent(tx)
            await settled(tx, letter.id, 'queued', posted.reason)
          },
        }
    }
  }

  async function sent(
    tx: Tx,
    { id, kind, subject, site }: LinkLetterRow,
    link: string | undefined,
  ): Promise<void> {
    await deps.journal.append(
      tx,
      {
        type: 'link-sent',
        site,
        ids: {
          letter: id,
          [kind === 'inbox' ? 'inbox' : kind === 'report' ? 'share' : 'account']: subject,
          ...(link === undefined ? {} : { link }),
        },
        body: { kind, channel: 'email' },
      },
      { by: 'system', part: 'notifications' },
    )
  }

  function inWords(ms: number, language: Language): string {
    return new Intl.DateTimeFormat(language === 'fr' ? 'fr-FR' : 'en-GB', {
      dateStyle: 'long',
      timeStyle: 'short',
      ...(config.node.timeZone === null ? {} : { timeZone: config.node.timeZone }),
    }).format(ms)
  }
}

type Owed = Pick<LinkLetterRow, 'kind' | 'subject' | 'recipient' | 'language' | 'link_ends_at'>

/** The letter a fact asks for. */
function letterOwedBy({ type, ids, body }: StoredFact): Owed | undefined {
  const { account, inbox, share } = ids
  const toAccount = (kind: LinkLetterRow['kind']): Owed | undefined =>
    account === undefined
      ? undefined
      : { kind, subject: account, recipient: null, language: null, link_ends_at: null }
  const toOutside = (kind: LinkLetterRow['kind'], subject: string | undefined): Owed | undefined => {
    const [email, endsAt] = [body?.['email'], body?.['endsAt']]
    if (subject === undefined || typeof email !== 'string' || typeof endsAt !== 'number') return undefined
    const language = body?.['language'] === 'en' ? 'en' : 'fr'
    return { kind, subject, recipient: email, language, link_ends_at: endsAt }
  }
  switch (type) {
    case 'account-created':
      return body?.['state'] === 'invited' ? toAccount('invitation') : undefined
    case 'invitation-renewed':
      return toAccount('invitation')
    case 'password-reset-asked':
      return toAccount('password-reset')
    case 'password-reset':
      return toAccount('password-changed')
    case 'inbox-made':
      return toOutside('inbox', inbox)
    case 'report-shared':
      return toOutside('report', share)
  }
}
