import { generateKeyPairSync } from 'node:crypto'
import { once } from 'node:events'
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { SMTPServer } from 'smtp-server'
import { systemClock } from '../../node/clock.js'
import { recordFinding } from '../../node/doctor/mail.js'
import { openDkim, zoneLine } from '../../node/notifications/dkim.js'
import { letterOf } from '../../node/notifications/letters.js'
import { openMailServer } from '../../node/notifications/mail.js'
import type { ChannelsView } from '../../node/notifications/view.js'
import { settingsSchema } from '../../node/settings.js'
import { dkimFault } from '../support/dkim.js'
import { openNode, temporary } from '../support/node.js'
import { OPERATOR, person } from '../support/people.js'

const FROM = 'Téléradiologie <relais@courrier.hopital.test>'

/** A mail server that keeps the bytes it is handed. */
async function office(t: ExecutionContext) {
  const got: Buffer[] = []
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    logger: false,
    onData: (stream, _session, done) => {
      const parts: Buffer[] = []
      stream.on('data', part => parts.push(part))
      stream.on('end', () => {
        got.push(Buffer.concat(parts))
        done()
      })
    },
  })
  server.listen(0, '127.0.0.1')
  await once(server.server, 'listening')
  t.teardown(() => new Promise<void>(resolve => server.close(() => resolve())))
  return { got, url: `smtp://127.0.0.1:${(server.server.address() as AddressInfo).port}` }
}

const signing = (more: object = {}) =>
  settingsSchema.parse({ mail: { from: FROM, dkimDomain: 'hopital.test', ...more } })

test('every letter leaves signed for its domain; the key the domain publishes proves it, and any change disproves it', async t => {
  const { got, url } = await office(t)
  const keys = join(temporary(t), 'keys')
  const dkim = openDkim(signing(), keys) ?? t.fail('it signs')
  t.is(dkim.record.name, 'relais._domainkey.hopital.test')
  const mail = openMailServer({
    url,
    from: FROM,
    timeoutMs: 10_000,
    guard: { resolve: async host => host },
    dkim,
  })
  for (const language of ['fr', 'en'] as const) {
    const letter = letterOf({
      kind: 'request-offered',
      urgency: 'emergency',
      siteName: 'Hôpital Nord',
      reference: 'N-0001',
      link: `https://relais.hopital.test/open#token=${'x'.repeat(43)}`,
      language,
      nodeName: 'Relais',
    })
    // A line that begins with a dot is doubled on its way (RFC 5321 §4.5.2), and is signed as it is read.
    await mail.send({
      to: 'dr.exemple@hopital.test',
      letter: { ...letter, text: `${letter.text}\n.\n..fin\n` },
      messageId: '<ntc_1@courrier.hopital.test>',
      atMs: systemClock().now(),
      signal: AbortSignal.timeout(10_000),
    })
  }
  t.is(got.length, 2)
  const published = (name: string) => (name === dkim.record.name ? dkim.record.value : undefined)
  for (const letter of got) {
    t.is(dkimFault(letter, published), undefined)
    const text = letter.toString('latin1')
    const changed = (from: RegExp | string, to: string) =>
      dkimFault(Buffer.from(text.replace(from, to), 'latin1'), published)
    t.is(changed(/N-0001(?![\s\S]*N-0001)/, 'N-0002'), 'another body')
    for (const field of ['From', 'To', 'Subject', 'Date', 'Message-ID', 'Content-Type'])
      t.is(changed(new RegExp(`^${field}: .`, 'm'), `${field}: x`), 'another letter', field)
    t.is(
      dkimFault(letter, () => undefined),
      'no key',
    )
    const stranger = openDkim(signing(), join(temporary(t), 'keys'))
    t.is(
      dkimFault(letter, () => stranger?.record.value),
      'another letter',
    )
    // What spaces become on the way changes nothing (relaxed).
    t.is(changed(/^Subject: /m, 'SUBJECT:   '), undefined)
  }
})

test('the key is made once, is nobody else’s to read, and is replaced by another selector; a key that is no use is refused', t => {
  const folder = temporary(t)
  const keys = join(folder, 'keys')
  const first = openDkim(signing(), keys)
  t.deepEqual(openDkim(signing(), keys)?.record, first?.record)
  t.deepEqual(readdirSync(keys), ['dkim-relais.pem'])
  t.is(statSync(join(keys, 'dkim-relais.pem')).mode & 0o777, 0o600)
  const second = openDkim(signing({ dkimSelector: 'relais2' }), keys)
  t.not(second?.record.value, first?.record.value)
  t.deepEqual(openDkim(signing(), keys)?.record, first?.record, 'the one before is still there')
  t.is(openDkim(settingsSchema.parse({}), join(folder, 'none')), undefined)

  const own = (name: string, pem: string, mode = 0o600) => {
    const file = join(folder, name)
    writeFileSync(file, pem, { mode })
    return () => openDkim(signing({ dkimKeyFile: file }), keys)
  }
  const pem = readFileSync(join(keys, 'dkim-relais.pem'), 'utf8')
  t.deepEqual(own('own.pem', pem)()?.record, first?.record)
  t.throws(own('open.pem', pem, 0o644), { message: /open to others/ })
  t.throws(own('nothing.pem', 'nothing'), { message: /no private key/ })
  const small = generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey
  t.throws(own('small.pem', String(small.export({ type: 'pkcs8', format: 'pem' }))), {
    message: /2048 to 4096/,
  })
  const curve = generateKeyPairSync('ed25519').privateKey
  t.throws(own('curve.pem', String(curve.export({ type: 'pkcs8', format: 'pem' }))), { message: /RSA/ })
})

test('the check-up says which record is missing, or is another’s, as a zone file takes it', t => {
  const record = openDkim(signing(), join(temporary(t), 'keys'))?.record ?? t.fail()
  const line = zoneLine(record)
  t.true(line.startsWith('relais._domainkey.hopital.test. IN TXT ( "v=DKIM1; k=rsa; p='))
  const strings = [...line.matchAll(/"([^"]*)"/g)].map(([, string = '']) => string)
  t.true(strings.every(({ length }) => length <= 255))
  t.is(strings.join(''), record.value)
  const said = (...found: string[]) => recordFinding(record, found)
  t.is(said(record.value).outcome, 'good')
  t.is(
    said(record.value.replace('p=', ' p = ').replace(/A/, 'A ')).outcome,
    'good',
    'white space means nothing',
  )
  t.is(said('v=spf1 -all', record.value).outcome, 'good')
  t.like(said(), { outcome: 'attention' })
  t.true(said().said.en[1]?.includes(line))
  t.is(said('v=DKIM1; k=rsa; p=AAAA').outcome, 'broken')
  t.is(said('v=DKIM1; p=').outcome, 'broken', 'revoked')
})

test('who runs the node reads the record on the screen of channels; nobody signs for another’s domain', async t => {
  const node = await openNode(t, {
    env: { ...OPERATOR, RELAIS_MAIL_DKIM_DOMAIN: 'hopital.test', RELAIS_MAIL_FROM: FROM },
  })
  const { body } = await (await person(t, node, 'operator')).get<ChannelsView>('/api/channels')
  t.is(body.dkim?.name, 'relais._domainkey.hopital.test')
  t.regex(body.dkim?.value ?? '', /^v=DKIM1; k=rsa; p=MII[\w+/=]{300,}$/)
  await t.throwsAsync(
    openNode(t, { env: { RELAIS_MAIL_DKIM_DOMAIN: 'voisin.test', RELAIS_MAIL_FROM: FROM } }),
    { message: /mail\.dkimDomain: must be the domain of mail\.from/ },
  )
})
