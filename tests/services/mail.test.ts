import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import test from 'ava'
import { simpleParser } from 'mailparser'
import { SMTPServer } from 'smtp-server'
import { openAddressGuard } from '../../node/address-guard.js'
import { systemClock } from '../../node/clock.js'
import { Failure } from '../../node/errors.js'
import { mailboxOf, openMailServer } from '../../node/notifications/mail.js'
import { temporary } from '../support/node.js'
import { dice, scaled, seed } from '../support/scale.js'
import { made, strangerAuthority } from '../support/tls.js'

const LETTERS = scaled(100, 5000)

/** Pieces that once meant more than one thing to some program that reads mail. */
const ENDS = [
  '\r\n',
  '\n',
  '\r',
  '\r\n ',
  '\n\t',
  '\v',
  '\f',
  '\u0085',
  '\u2028',
  '\0',
  '%0d%0a',
  '=0D=0A',
  '\\r\\n',
]
const HEADERS = [
  'Bcc: thief@evil.example',
  'To: thief@evil.example',
  'Subject: owned',
  'Content-Type: text/html',
  'X-Evil: 1',
  '\r\n<script>',
  '.\r\nMAIL FROM:<thief@evil.example>\r\nRCPT TO:<thief@evil.example>\r\nDATA',
]
const LOCALS = [
  'dr.exemple',
  'dr+relais',
  'dr%evil.example',
  'evil.example!dr',
  '"thief@evil.example"',
  '"dr exemple"',
  '"dr\\"@evil.example"',
  'dr(thief@evil.example)',
  '(((((',
  '@evil.example:dr',
  'dr,thief@evil.example,x',
  'dr;thief@evil.example',
  'group:thief@evil.example;',
  '<thief@evil.example>,dr',
  '=?utf-8?q?thief=40evil.example=2C?=',
  '=?utf-8?b?DQpCY2M6IHRoaWVmQGV2aWwuZXhhbXBsZQ==?=',
  'thief@evil.example',
  'thief@evil.example dr',
  'é.ésséi',
  '‮elpmaxe',
  'a'.repeat(65),
  '',
]
const DOMAINS = [
  'node.test',
  'NODE.TEST',
  'nöde.test',
  'xn--nde-sna.test',
  'node.test.',
  'node。test',
  'node.test,evil.example',
  'node.test>,<thief@evil.example',
  'node.test(comment@evil.example)',
  '[127.0.0.1]',
  'evil.example@node.test',
  `${'a.'.repeat(200)}test`,
  'node\u00ad.test',
  '',
]

const throws = dice(seed)
const one = <T>(from: readonly T[]): T => from[throws(from.length)] as T

function evilAddress(): string {
  const plain = `${one(LOCALS)}@${one(DOMAINS)}`
  switch (throws(6)) {
    case 0:
      return `${plain}${one(ENDS)}${one(HEADERS)}`
    case 1:
      return `${one(LOCALS)}${one(ENDS)}${one(HEADERS)}@node.test`
    case 2:
      return `${'('.repeat(throws(5000))}${plain}${')'.repeat(throws(5000))}`
    case 3:
      return `${'"'.repeat(throws(9))}${plain}${'<'.repeat(throws(500))}`
    case 4:
      return `${one(LOCALS)}@node.test`
    default:
      return plain
  }
}

const evilSubject = () =>
  Array.from({ length: 1 + throws(4) }, () =>
    one([...ENDS, ...HEADERS, ...LOCALS, 'Hôpital Nord ', '\u{1f480}']),
  ).join('') + 'x'.repeat(throws(3) === 0 ? throws(2000) : 0)

test(`${LETTERS} evil addresses and subjects: no header and no recipient more than was meant`, async t => {
  t.log(`seed ${seed}`)
  const got: { recipients: string[]; raw: Buffer }[] = []
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    logger: false,
    onData: (stream, session, done) => {
      const parts: Buffer[] = []
      stream.on('data', part => parts.push(part))
      stream.on('end', () => {
        got.push({
          recipients: session.envelope.rcptTo.map(({ address }) => address),
          raw: Buffer.concat(parts),
        })
        done()
      })
    },
  })
  server.on('error', () => undefined) // a client that goes away is no matter
  server.listen(0, '127.0.0.1')
  await once(server.server, 'listening')
  t.teardown(() => new Promise<void>(resolve => server.close(() => resolve())))
  const mail = openMailServer({
    url: `smtp://127.0.0.1:${(server.server.address() as AddressInfo).port}`,
    from: 'Relais <relais@node.test>',
    timeoutMs: 10_000,
    guard: openAddressGuard(() => ({ ownPorts: [], allowLoopback: true, allowPrivate: true })),
  })
  const send = (to: string, subject: string) =>
    mail.send({
      to,
      letter: { subject, text: 'Bonjour.', html: '<p>Bonjour.</p>' },
      messageId: '<ntc_1@node.test>',
      atMs: systemClock().now(),
      signal: new AbortController().signal,
    })
  const namesIn = (raw: Buffer) =>
    (raw.toString('latin1').split('\r\n\r\n')[0] ?? '')
      .split('\r\n')
      .filter(line => !/^[ \t]/.test(line))
      .map(line => line.slice(0, Math.max(0, line.indexOf(':'))).toLowerCase())
      .sort()

  await send('dr.exemple@node.test', 'Un compte rendu vous attend')
  const wanted = namesIn((got.pop() ?? t.fail()).raw)
  t.true(wanted.includes('subject'))
  let refused = 0
  for (let n = 0; n < LETTERS; n++) {
    const [to, subject] = [evilAddress(), evilSubject()]
    const what = JSON.stringify({ to: to.slice(0, 200), subject: subject.slice(0, 200) })
    let mailbox: string
    try {
      mailbox = mailboxOf(to)
    } catch (thrown) {
      t.true(thrown instanceof Failure && thrown.code === 'invalid', what)
      await t.throwsAsync(send(to, subject), { instanceOf: Failure }, what)
      refused++
      // The subject has its turn all the same.
      mailbox = 'dr.exemple@node.test'
    }
    const { result } = await send(mailbox, subject)
    const letter = got.pop()
    t.is(got.length, 0, what)
    if (letter === undefined) {
      t.not(result, 'done', what)
      continue
    }
    // The server shows a domain in the letters of its people.
    t.deepEqual(letter.recipients.map(mailboxOf), [mailbox], what)
    const names = namesIn(letter.raw)
    // A subject of line ends alone is none.
    t.deepEqual(
      names,
      wanted.filter(name => name !== 'subject' || names.includes(name)),
      what,
    )
    const read = await simpleParser(letter.raw)
    const addressed = [read.to].flat().flatMap(each => each?.value ?? [])
    t.is(addressed.length, 1, what)
    t.is(read.bcc, undefined, what)
    t.is(read.text?.trim(), 'Bonjour.', what)
    t.notRegex(read.subject ?? '', /[\r\n]/, what)
  }
  t.log(`${LETTERS} letters, ${refused} addresses refused`)
  t.true(refused > LETTERS / 4)
  t.true(refused < LETTERS)
})

test('a letter goes encrypted to the server its certificate names, and a password to nobody in the clear', async t => {
  const authority = await strangerAuthority()
  const { key, certificate } = await made(temporary(t), 'mail', authority)
  const signedIn: { user: string; secure: boolean }[] = []
  const letters: boolean[] = []
  const office = async (options: { secure?: boolean; disabledCommands?: string[] }) => {
    const server = new SMTPServer({
      key,
      cert: certificate,
      logger: false,
      authOptional: true,
      allowInsecureAuth: true,
      disableReverseLookup: true,
      ...options,
      onAuth: ({ username = '', password }, session, answer) => {
        signedIn.push({ user: username, secure: session.secure })
        if (password === 'geheim') answer(null, { user: username })
        else answer(new Error('no'))
      },
      onData: (stream, session, done) => {
        letters.push(session.secure)
        stream.resume().on('end', () => done())
      },
    })
    server.on('error', () => undefined) // who refuses our certificate is no matter
    server.listen(0, '127.0.0.1')
    await once(server.server, 'listening')
    t.teardown(() => new Promise<void>(resolve => server.close(() => resolve())))
    return (server.server.address() as AddressInfo).port
  }
  const trusted = `tls.ca=${encodeURIComponent(authority.certificate)}`
  const send = async (url: string) => {
    const mail = openMailServer({
      url,
      from: 'Relais <relais@node.test>',
      timeoutMs: 10_000,
      guard: { resolve: async host => (host.endsWith('.test') || host === 'localhost' ? '127.0.0.1' : host) },
    })
    const handed = await mail.send({
      to: 'dr.exemple@node.test',
      letter: { subject: 'Bonjour', text: 'Bonjour.', html: '<p>Bonjour.</p>' },
      messageId: '<ntc_1@node.test>',
      atMs: systemClock().now(),
      signal: AbortSignal.timeout(10_000),
    })
    return {
      ...handed,
      signedIn: signedIn
        .splice(0)
        .map(({ user, secure }) => `${user} ${secure ? 'encrypted' : 'in the clear'}`),
      letters: letters.splice(0).map(secure => (secure ? 'encrypted' : 'in the clear')),
    }
  }
  const [implicit, upgraded, plain] = [
    await office({ secure: true }),
    await office({}),
    await office({ disabledCommands: ['STARTTLS'] }),
  ]
  const nothing = { result: 'transient', serverGone: true, signedIn: [], letters: [] }
  for (const [scheme, port] of [
    ['smtps', implicit],
    ['smtp', upgraded],
  ] as const) {
    const there = (who: string, host: string, query = trusted) =>
      send(`${scheme}://${who}${host}:${port}/?${query}`)
    t.like(await there('relais:geheim@', 'localhost'), {
      result: 'done',
      signedIn: ['relais encrypted'],
      letters: ['encrypted'],
    })
    t.like(await there('', 'localhost'), { result: 'done', signedIn: [], letters: ['encrypted'] })
    t.like(await there('relais:falsch@', 'localhost'), { ...nothing, signedIn: ['relais encrypted'] })
    t.like(await there('relais:geheim@', 'localhost', ''), nothing, 'an authority nobody named')
    t.like(await there('relais:geheim@', 'courriel.test'), nothing, 'another name than the certificate’s')
  }
  // Somebody on the way hides that the server encrypts, or it does not.
  const refused = await send(`smtp://relais:geheim@localhost:${plain}/`)
  t.like(refused, nothing)
  t.regex('reason' in refused ? refused.reason : '', /STARTTLS/)
  t.like(await send(`smtp://localhost:${plain}/`), { result: 'done', letters: ['in the clear'] })
  t.like(await send(`smtp://relais:geheim@localhost:${plain}/?requireTLS=false`), {
    result: 'done',
    signedIn: ['relais in the clear'],
    letters: ['in the clear'],
  })
})
