import type { Tx } from '../database.js'
import { Failure } from '../errors.js'
import type { DecidedJob, Handler, Outcome } from '../outbox/job.js'
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

/** Also how a later start finds the letters it may now send. */
export const NOT_CONFIGURED = 'no mail server is configured'

type Settle = (tx: Tx, notice: NoticeRow, state: ChannelState, reason?: string) => Promise<void>

/** What became of a letter: the channel's state, the report's delivery, and the fact where it is an end. */
export function channelSettler({ clock, journal, reports }: NotificationsDeps): Settle {
  return async (tx, notice, state, reason) => {
    await tx
      .sql<Tables>()
      .updateTable('notice_channels')
      .set({ state, at: clock.now(), reason: reason ?? null })
      .where('notice', '=', notice.id)
      .where('channel', '=', 'email')
      .execute()
    const { report, version, account } = notice
    if (report !== null && version !== null && state !== 'opened')
      await reports?.mailSettled(tx, {
        report,
        version,
        account,
        state,
        ...(reason === undefined ? {} : { reason }),
      })
    if (state === 'queued') return
    // What a server answers may hold the address: the journal keeps it in the body, which can be erased.
    const body = { channel: 'email' as const, ...(reason === undefined ? {} : { reason }) }
    await journal.append(
      tx,
      noticeFact(state === 'failed' ? 'notice-failed' : 'notice-sent', notice, body),
      SYSTEM,
    )
  }
}

/** Sends the letter of a notice: to the mail server, or into the captured mailbox of a demonstration. */
export function mailHandler(deps: NotificationsDeps, settle: Settle): Handler {
  const { db, clock, accounts, sites, config } = deps
  const { captured, smtpUrl, from } = config.mail
  const server =
    captured || smtpUrl === null
      ? undefined
      : openMailServer({ url: smtpUrl, from, timeoutMs: TIMEOUT_MS, guard: deps.mailGuard })

  const settled = (notice: NoticeRow, state: ChannelState, reason?: string) => (tx: Tx) =>
    settle(tx, notice, state, reason)

  const noticeIn = async (tx: Pick<Tx, 'sql'>, { body }: DecidedJob) =>
    tx
      .sql<Tables>()
      .selectFrom('notices')
      .selectAll()
      .where('id', '=', String(body['notice']))
      .executeTakeFirstOrThrow()

  function letterFor(notice: NoticeRow, siteName: string, language: 'fr' | 'en'): Letter {
    const path =
      notice.report !== null
        ? `/reports/${notice.report}`
        : notice.request !== null
          ? `/requests/${notice.request}`
          : notice.kind === 'certificate-expiring'
            ? '/network/certificates'
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
    retried: async (tx, job) => settle(tx, await noticeIn(tx, job), 'queued'),
    givenUp: async (tx, job, reason) => settle(tx, await noticeIn(tx, job), 'failed', reason),
    run: async job => {
      const notice = await noticeIn(db, job)
      const person = await accounts.contact(notice.account)
      if (person === undefined)
        return { result: 'done', settle: settled(notice, 'failed', 'the account is no longer active') }
      const siteName = (await sites.sites()).find(site => site.id === notice.site)?.name ?? notice.site
      const letter = letterFor(notice, siteName, person.language)
      try {
        const recipient = mailboxOf(person.email)
        if (captured) return capture(notice, recipient, letter)
        if (server === undefined) return permanent(notice, NOT_CONFIGURED)
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
