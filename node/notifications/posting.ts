import type { Tx } from '../database.js'
import type { DecidedJob, Handler, Outcome } from '../outbox/job.js'
import { letterOf } from './letters.js'
import { noticeFact, SYSTEM } from './notice.js'
import type { NotificationsDeps } from './notifications.js'
import type { Postman } from './postman.js'
import type { ChannelState, NoticeRow, NotificationTables } from './schema.js'

const DAY_MS = 24 * 3_600_000
const BACKOFF_FIRST_MS = 1000
const BACKOFF_MAX_MS = 60_000

type Tables = NotificationTables

interface Settled {
  state: ChannelState
  reason?: string
  /** The link its letter holds. */
  link?: string
}
type Settle = (tx: Tx, notice: NoticeRow, settled: Settled) => Promise<void>

/** What became of a letter: the channel's state, the report's delivery, and the fact where it is an end. */
export function channelSettler({ clock, journal, reports }: NotificationsDeps): Settle {
  return async (tx, notice, { state, reason, link }) => {
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
    const fact = noticeFact(state === 'failed' ? 'notice-failed' : 'notice-sent', notice, body)
    const ids = { ...fact.ids, ...(link === undefined ? {} : { link }) }
    await journal.append(tx, { ...fact, ids }, SYSTEM)
  }
}

/** Letters are tried again for ever: a mail server is a machine that comes back. */
export const mailBackoffMs = (attempt: number): number =>
  Math.min(BACKOFF_FIRST_MS * 2 ** Math.min(attempt - 1, 10), BACKOFF_MAX_MS)

/** Where a signed-in person finds what a notice tells of. */
export function pathOf(notice: Pick<NoticeRow, 'kind' | 'report' | 'request'>): string {
  if (notice.report !== null) return `/reports/${notice.report}`
  if (notice.request !== null) return `/requests/${notice.request}`
  return notice.kind === 'certificate-expiring' ? '/network/certificates' : '/transfers'
}

/** Sends the letter of a notice, with a link that leads its account to what it tells of and nobody anywhere else. */
export function mailHandler(deps: NotificationsDeps, postman: Postman, settle: Settle): Handler {
  const { db, accounts, sites, links, config } = deps
  const validMs = config.links.noticeDays * DAY_MS

  const noticeIn = async (tx: Pick<Tx, 'sql'>, { body }: DecidedJob) =>
    tx
      .sql<Tables>()
      .selectFrom('notices')
      .selectAll()
      .where('id', '=', String(body['notice']))
      .executeTakeFirstOrThrow()

  const failed = (notice: NoticeRow, reason: string) => (tx: Tx) =>
    settle(tx, notice, { state: 'failed', reason })

  return {
    backoffMs: mailBackoffMs,
    retried: async (tx, job) => settle(tx, await noticeIn(tx, job), { state: 'queued' }),
    givenUp: async (tx, job, reason) => settle(tx, await noticeIn(tx, job), { state: 'failed', reason }),
    run: async (job): Promise<Outcome> => {
      const notice = await noticeIn(db, job)
      const person = await accounts.contact(notice.account)
      if (person === undefined)
        return { result: 'done', settle: failed(notice, 'the account is no longer active') }
      const siteName = (await sites.sites()).find(site => site.id === notice.site)?.name ?? notice.site
      const link = await db.write(tx =>
        links.make(tx, { purpose: 'notice', subject: notice.id, site: notice.member_of, validMs }, null),
      )
      const letter = letterOf({
        kind: notice.kind,
        urgency: notice.urgency,
        siteName,
        reference: notice.reference,
        link: `${deps.publicUrl()}/open#token=${link.secret}`,
        language: person.language,
        nodeName: config.node.name,
      })
      const posted = await postman.post({
        id: notice.id,
        email: person.email,
        letter,
        atMs: notice.at,
        signal: job.signal,
      })
      switch (posted.result) {
        case 'done':
          return {
            result: 'done',
            settle: async tx => {
              await posted.keep(tx)
              await settle(tx, notice, { state: 'sent', link: link.id })
            },
          }
        case 'permanent':
          return {
            result: 'permanent',
            reason: posted.reason,
            settle: async tx => {
              await links.forget(tx, link.id)
              await failed(notice, posted.reason)(tx)
            },
          }
        default:
          return {
            result: posted.result,
            reason: posted.reason,
            holdLane: posted.serverGone,
            settle: async tx => {
              // What may have arrived all the same must open what it says; what did not leave opens nothing.
              if (posted.result === 'transient') await links.forget(tx, link.id)
              await settle(tx, notice, { state: 'queued', reason: posted.reason })
            },
          }
      }
    },
  }
}
