import { Failure } from '../errors.js'
import type { Handler, Outcome } from '../outbox/job.js'
import { type Letter, letterOf } from './letters.js'
import { mailboxOf, messageIdOf, openMailServer } from './mail.js'
import { noticeFact, SYSTEM } from './notice.js'
import type { NotificationsDeps } from './notifications.js'
import type { ChannelState, NoticeRow, NotificationTables } from './schema.js'

/** One letter's way to the server, from connecting to its answer. */
const TIMEOUT_MS = 15_000
const BACKOFF_FIRST_MS = 1000
const BACKOFF_MAX_MS = 60_000

type Tables = NotificationTables

/** Sends the letter of a notice: to the mail server, or into the captured mailbox of a demonstration. */
export function mailHandler(deps: NotificationsDeps): Handler {
  const { db, clock, journal, accounts, sites, reports, config } = deps
  const { captured, smtpUrl, from } = config.mail
  const server =
    captured || smtpUrl === null ? undefined : openMailServer({ url: smtpUrl, from, timeoutMs: TIMEOUT_MS })

  /** The channel's state and its fact, committed with the job's own. */
  const settled =
    (notice: NoticeRow, state: ChannelState, reason?: string) =>
    async (tx: Parameters<NonNullable<Outcome['settle']>>[0]) => {
      await tx
        .sql<Tables>()
        .updateTable('notice_channels')
        .set({ state, at: clock.now(), reason: reason ?? null })
        .where('notice', '=', notice.id)
        .where('channel', '=', 'email')
        .execute()
      if (state === 'queued') return
      const failed = state === 'failed'
      // What a server answers may hold the address: the journal keeps it in the body, which can be erased.
      const body = { channel: 'email' as const, ...(reason === undefined ? {} : { reason }) }
      await journal.append(tx, noticeFact(failed ? 'notice-failed' : 'notice-sent', notice, body), SYSTEM)
      if (notice.report !== null)
        await reports?.mailSettled(tx, {
          report: notice.report,
          account: notice.account,
          state: failed ? 'failed' : 'sent',
          ...(reason === undefined ? {} : { reason }),
        })
    }

  function letterFor(notice: NoticeRow, siteName: string, language: 'fr' | 'en'): Letter {
    const path =
      notice.report !== null
        ? `/reports/${notice.report}`
        : notice.request !== null
          ? `/requests/${notice.request}`
          : '/transfers'
    return letterOf({
      kind: notice.kind,
      urgency: notice.urgency,
      siteName,
      reference: notice.reference,
      link: `${deps.publicUrl()}${path}`,
      language,
      nodeName: config.node.name,
    })
  }

  function capture(notice: NoticeRow, recipient: string, letter: Letter): Outcome {
    const keep = settled(notice, 'sent')
    return {
      result: 'done',
      settle: async tx => {
        await tx
          .sql<Tables>()
          .insertInto('mailbox')
          .values({ notice: notice.id, at: clock.now(), recipient, ...letter })
          .onConflict(conflict => conflict.doNothing())
          .execute()
        await keep(tx)
      },
    }
  }

  return {
    backoffMs: attempt => Math.min(BACKOFF_FIRST_MS * 2 ** Math.min(attempt - 1, 10), BACKOFF_MAX_MS),
    run: async job => {
      const notice = await db
        .sql<Tables>()
        .selectFrom('notices')
        .selectAll()
        .where('id', '=', String(job.body['notice']))
        .executeTakeFirstOrThrow()
      const person = await accounts.contact(notice.account)
      if (person === undefined)
        return { result: 'done', settle: settled(notice, 'failed', 'the account is no longer active') }
      const siteName = (await sites.sites()).find(site => site.id === notice.site)?.name ?? notice.site
      const letter = letterFor(notice, siteName, person.language)
      try {
        const recipient = mailboxOf(person.email)
        if (captured) return capture(notice, recipient, letter)
        if (server === undefined) return permanent(notice, 'no mail server is configured')
        const handed = await server.send({
          to: recipient,
          letter,
          messageId: messageIdOf(notice.id, from),
          atMs: notice.at,
          signal: job.signal,
        })
        if (handed.result === 'done') return { result: 'done', settle: settled(notice, 'sent') }
        if (handed.result === 'permanent') return permanent(notice, handed.reason)
        return {
          result: handed.result,
          reason: handed.reason,
          holdLane: handed.serverGone,
          settle: settled(notice, 'queued', handed.reason),
        }
      } catch (thrown) {
        if (thrown instanceof Failure && thrown.code === 'invalid') return permanent(notice, thrown.message)
        throw thrown
      }
    },
  }

  function permanent(notice: NoticeRow, reason: string): Outcome {
    return { result: 'permanent', reason, settle: settled(notice, 'failed', reason) }
  }
}
