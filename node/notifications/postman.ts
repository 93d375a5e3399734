import type { Kysely } from 'kysely'
import type { Clock } from '../clock.js'
import type { Tx } from '../database.js'
import { prepare } from '../database-prepared.js'
import { Failure } from '../errors.js'
import type { Settings } from '../settings.js'
import type { Handed } from './channels/channel.js'
import { type DkimRecord, openDkim } from './dkim.js'
import type { Letter } from './letters.js'
import { type Greeting, mailboxOf, messageIdOf, openMailServer } from './mail.js'
import type { NotificationsDeps } from './notifications.js'
import type { NotificationTables } from './schema.js'

/** One letter's way to the server, from connecting to its answer. */
export const TIMEOUT_MS = 15_000

/** Also how a later start finds the letters it may now send. */
export const NOT_CONFIGURED = 'no mail server is configured'

/** What became of a letter. `keep` commits with it: where letters are captured, it is there to be read then. */
export type Posted = Exclude<Handed, { result: 'done' }> | { result: 'done'; keep(tx: Tx): Promise<void> }

/** Hands letters to the mail server, or into the captured mailbox of a demonstration. */
export interface Postman {
  /** Whether letters can leave at all. */
  readonly isThere: boolean
  /** What the domain has to publish; undefined where letters are not signed. */
  readonly dkim: DkimRecord | undefined
  /** Whether the mail server serves us; nothing is sent. Never throws. */
  greet(signal: AbortSignal): Promise<Greeting>
  /** Never throws for what an address or a server is. */
  post(mail: {
    /** Ours: the same at every try. */
    id: string
    email: string
    letter: Letter
    atMs: number
    signal: AbortSignal
  }): Promise<Posted>
}

const keepLetter = prepare(
  { notice: '', at: 0, recipient: '', subject: '', text: '', html: '' },
  (sql: Kysely<NotificationTables>, letter) =>
    sql
      .insertInto('mailbox')
      .values(letter)
      .onConflict(conflict => conflict.doNothing()),
)

export function openPostman({
  clock,
  config,
  mailGuard,
  keysFolder,
}: Pick<NotificationsDeps, 'mailGuard' | 'keysFolder'> & {
  clock: Clock
  config: Pick<Settings, 'mail'>
}): Postman {
  const { captured, smtpUrl, from } = config.mail
  // Known, and to be published, before the first letter leaves.
  const dkim = openDkim(config, keysFolder)
  const server =
    captured || smtpUrl === null
      ? undefined
      : openMailServer({ url: smtpUrl, from, timeoutMs: TIMEOUT_MS, guard: mailGuard, dkim })
  return {
    dkim: dkim?.record,
    isThere: captured || server !== undefined,
    greet: async signal => server?.greet(signal) ?? { result: 'failed', reason: NOT_CONFIGURED },
    post: async ({ id, email, letter, atMs, signal }) => {
      try {
        const recipient = mailboxOf(email)
        if (captured)
          return {
            result: 'done',
            keep: async tx => {
              const { subject, text, html } = letter
              const kept = { notice: id, at: clock.now(), recipient, subject, text, html }
              await keepLetter(tx.sql<NotificationTables>(), kept)
            },
          }
        if (server === undefined) return { result: 'permanent', reason: NOT_CONFIGURED, serverGone: false }
        const handed = await server.send({
          to: recipient,
          letter,
          messageId: messageIdOf(id, from),
          atMs,
          signal,
        })
        return handed.result === 'done' ? { result: 'done', keep: async () => undefined } : handed
      } catch (thrown) {
        if (thrown instanceof Failure && thrown.code === 'invalid')
          return { result: 'permanent', reason: thrown.message, serverGone: false }
        throw thrown
      }
    },
  }
}
