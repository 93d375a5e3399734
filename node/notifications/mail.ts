import { isIP } from 'node:net'
import { Readable } from 'node:stream'
import { domainToASCII } from 'node:url'
import addressparser from 'nodemailer/lib/addressparser'
import MailComposer from 'nodemailer/lib/mail-composer'
import { parseConnectionUrl } from 'nodemailer/lib/shared'
import SMTPConnection from 'nodemailer/lib/smtp-connection'
import type { AddressGuard } from '../address-guard.js'
import { dateAt } from '../clock.js'
import { fail, reasonOf } from '../errors.js'
import type { Handed } from './channels/channel.js'
import type { Dkim } from './dkim.js'
import type { Letter } from './letters.js'

/** What a mail server said to somebody who only looked in. */
export type Greeting =
  | { result: 'done'; encrypted: boolean; signedIn: boolean }
  | { result: 'failed'; reason: string }

export interface MailServer {
  /** Connects, encrypts where that is offered (always before a password), signs in, and goes away without a letter. Never throws. */
  greet(signal: AbortSignal): Promise<Greeting>
  /** Never throws for what a mail server does; `invalid` for an address that is none. */
  send(mail: {
    to: string
    letter: Letter
    messageId: string
    atMs: number
    signal: AbortSignal
  }): Promise<Handed>
}

/**
 * A plain mailbox: no quoting, comments, lists, groups or encoded words (RFC 2047), so that no part of it can mean
 * something else, and nothing that turns the direction of writing, so that it is what it looks like.
 */
const LOCAL = /^(?!.*=\?)[^\p{Cc}\p{Cf}\s"(),:;<>@[\\\]]{1,64}$/u
const ADDRESS_MAX_CHARS = 254
const NO_ADDRESS = { fr: 'Ce n’est pas une adresse de courriel.', en: 'This is not an email address.' }

/** The address as it goes on the wire, its domain in ASCII. Throws `invalid`. */
export function mailboxOf(address: string): string {
  // domainToASCII drops tabs and line ends silently: what came with them is no address.
  if (/[\s\p{Cc}]/u.test(address)) fail('invalid', NO_ADDRESS)
  const at = address.lastIndexOf('@')
  const local = address.slice(0, at)
  const domain = domainToASCII(address.slice(at + 1))
  if (at < 1 || address.length > ADDRESS_MAX_CHARS || !LOCAL.test(local) || !/^[\w.-]+$/.test(domain))
    fail('invalid', NO_ADDRESS)
  return `${local}@${domain}`
}

/** No line end, and no encoded word (RFC 2047) that a reader would make one of: what was typed is what is read. */
function oneLine(subject: string): string {
  return subject
    .replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ')
    .replaceAll('=?', '= ?')
    .trim()
}

/** Message-ID (RFC 5322 §3.6.4) of a notice: the same at every try, so that a second copy can be recognised. */
export function messageIdOf(notice: string, from: string): string {
  const sender = addressparser(from)[0]?.address ?? ''
  return `<${notice}@${sender.slice(sender.lastIndexOf('@') + 1) || 'localhost'}>`
}

/** One connection a letter: the outbox orders them, and what a server said belongs to one letter alone. */
export function openMailServer(options: {
  url: string
  from: string
  timeoutMs: number
  guard: Pick<AddressGuard, 'resolve'>
  dkim?: Pick<Dkim, 'sign'> | undefined
}): MailServer {
  const { from, timeoutMs, guard, dkim } = options
  const sender = mailboxOf(addressparser(from)[0]?.address ?? '')

  /** The address is looked at each time; throws where it is none to be called. */
  async function connection() {
    const url = parseConnectionUrl(options.url)
    const { host = 'localhost', port = url.secure === true ? 465 : 587 } = url
    const address = await guard.resolve(host, Number(port))
    return new SMTPConnection({
      // A password is said to nobody in the clear, also where somebody on the way hides that the server encrypts;
      // `?requireTLS=false` in the address allows it.
      requireTLS: url.auth !== undefined && url.secure !== true,
      ...url,
      // The address that was looked at, under the name its certificate has.
      host: address,
      ...(isIP(host) === 0 ? { servername: host } : {}),
      connectionTimeout: timeoutMs,
      greetingTimeout: timeoutMs,
      socketTimeout: timeoutMs,
      dnsTimeout: timeoutMs,
    })
  }
  const { auth } = parseConnectionUrl(options.url)

  return {
    greet: async signal => {
      let opened: SMTPConnection | undefined
      try {
        opened = await connection()
        await exchange(opened, { auth, signal })
        const { secure, authenticated } = opened
        opened.quit()
        return { result: 'done', encrypted: secure, signedIn: authenticated }
      } catch (thrown) {
        opened?.close()
        return { result: 'failed', reason: reasonOf(thrown).slice(0, 500) }
      }
    },
    send: async ({ to, letter, messageId, atMs, signal }) => {
      const recipient = mailboxOf(to)
      const composed = await new MailComposer({
        from,
        to: { name: '', address: recipient },
        subject: oneLine(letter.subject),
        text: letter.text,
        html: letter.html,
        messageId,
        date: dateAt(atMs),
        // RFC 3834: out-of-office programs stay silent.
        headers: { 'Auto-Submitted': 'auto-generated' },
        textEncoding: 'quoted-printable',
        disableFileAccess: true,
        disableUrlAccess: true,
      })
        .compile()
        .build()
      const bytes = (await dkim?.sign(composed)) ?? composed
      let opened: SMTPConnection
      try {
        opened = await connection()
      } catch (thrown) {
        return { result: 'transient', reason: reasonOf(thrown), serverGone: true }
      }
      const message = Readable.from([bytes])
      let handedOver = false
      message.once('end', () => {
        handedOver = true
      })
      try {
        await exchange(opened, { auth, signal, mail: { from: sender, to: recipient, message } })
        opened.quit()
        return { result: 'done' }
      } catch (thrown) {
        opened.close()
        return classOf(thrown, handedOver)
      }
    },
  }
}

/** Connects, signs in where the server asks for it, and hands over the letter where there is one. */
function exchange(
  connection: SMTPConnection,
  options: {
    auth: ReturnType<typeof parseConnectionUrl>['auth']
    signal: AbortSignal
    mail?: { from: string; to: string; message: Readable }
  },
): Promise<void> {
  const { auth, signal, mail } = options
  return new Promise((resolve, reject) => {
    connection.once('error', reject)
    connection.on('error', () => undefined) // a socket that fails after its letter is settled changes nothing
    connection.once('end', () => reject(new Error('The mail server closed the connection.')))
    signal.addEventListener('abort', () => reject(new Error('Relais is stopping.')), { once: true })
    const send = () => {
      if (mail === undefined) return resolve()
      connection.send({ from: mail.from, to: mail.to }, mail.message, error => {
        if (error) reject(error)
        else resolve()
      })
    }
    connection.connect(error => {
      if (error) reject(error)
      else if (auth !== undefined && connection.allowsAuth)
        connection.login(auth, refused => (refused ? reject(refused) : send()))
      else send()
    })
  })
}

/** Commands whose answer is about this letter; every other failure is about the server. */
const OF_THE_LETTER = new Set(['MAIL FROM', 'RCPT TO', 'DATA'])

/**
 * RFC 5321 §4.2.1: 4xx is worth another try, 5xx is not. A connection that breaks after the last byte was handed
 * over (§6.1) leaves it open whether the letter was taken.
 */
export function classOf(thrown: unknown, handedOver: boolean): Handed {
  const { responseCode, command, code } = thrown as { responseCode?: number; command?: string; code?: string }
  const reason = reasonOf(thrown).slice(0, 500)
  const ofTheLetter = command !== undefined && OF_THE_LETTER.has(command)
  if (responseCode !== undefined && ofTheLetter)
    return {
      result: responseCode >= 500 ? 'permanent' : 'transient',
      reason,
      // 421: the service is closing its channel, whatever it was asked (RFC 5321 §3.8).
      serverGone: responseCode === 421,
    }
  if (code === 'EENVELOPE') return { result: 'permanent', reason, serverGone: false }
  if (handedOver) return { result: 'ambiguous', reason, serverGone: true }
  return { result: 'transient', reason, serverGone: true }
}
