import test from 'ava'
import type { Json } from '../../node/journal/canonical.js'
import type { StoredFact } from '../../node/journal/facts.js'
import { letterOf } from '../../node/notifications/letters.js'
import { classOf, mailboxOf, messageIdOf } from '../../node/notifications/mail.js'
import { actSoFar, TOLD_FACTS, toldOnce, whoShouldKnow } from '../../node/notifications/rules.js'
import type { NoticeView } from '../../node/notifications/view.js'

const ABOUT = { reference: 'N-0042', urgency: 'urgent', requestedBy: 'acc_ref', readingSite: 'lecture' }
const fact = (type: string, body: Record<string, Json> = ABOUT, site = 'nord'): StoredFact => ({
  seq: 1,
  at: 0,
  type,
  version: 1,
  site,
  ids: { request: 'req_1' },
  body,
  origin: { by: 'system', part: 'test' },
})
const members = (site: string, role: string) => [`${role}@${site}`, `second ${role}@${site}`]
const told = (type: string, body: Record<string, Json> = {}, doneBy?: string) => {
  const act = actSoFar([fact('request-claimed', { ...ABOUT, holder: 'acc_rad' })])
  return toldOnce(whoShouldKnow(fact(type, body), act), members, doneBy).map(
    ({ account, kind, channels }) => `${account}: ${kind} by ${channels.join(' and ')}`,
  )
}

const BOTH = 'by screen and email'
const readers = [
  `radiologist@lecture: request-offered ${BOTH}`,
  `second radiologist@lecture: request-offered ${BOTH}`,
]
const coordinators = [
  `coordinator@lecture: request-changed ${BOTH}`,
  `second coordinator@lecture: request-changed ${BOTH}`,
]
const EXPECTED: Record<(typeof TOLD_FACTS)[number], string[]> = {
  'request-offered': readers,
  'request-rerouted': [...readers, 'acc_rad: request-changed by screen'],
  'request-released': [...readers, 'acc_ref: request-changed by screen'],
  'request-claimed': ['acc_ref: request-claimed by screen'],
  'request-refused': [`acc_ref: request-changed ${BOTH}`],
  'request-info-requested': [`acc_ref: request-changed ${BOTH}`],
  'request-answered': [`acc_rad: request-changed ${BOTH}`],
  'request-cancelled': ['acc_rad: request-changed by screen', 'acc_ref: request-changed by screen'],
  'request-entered-in-error': ['acc_rad: request-changed by screen', 'acc_ref: request-changed by screen'],
  'request-expired': [`acc_ref: request-changed ${BOTH}`, ...coordinators],
  'report-signed': [`acc_ref: report-signed ${BOTH}`],
  'transfer-failed': [
    'technician@nord: transfer-failed by screen',
    'second technician@nord: transfer-failed by screen',
    'administrator@nord: transfer-failed by screen',
    'second administrator@nord: transfer-failed by screen',
  ],
  'certificate-expiring': [
    `administrator@nord: certificate-expiring ${BOTH}`,
    `second administrator@nord: certificate-expiring ${BOTH}`,
  ],
}

for (const type of TOLD_FACTS)
  test(`who should know of ${type}`, t => {
    t.deepEqual(told(type), EXPECTED[type])
  })

test('a fact nobody waits for tells nobody', t => {
  for (const type of ['request-created', 'request-started', 'study-sent', 'notice-sent', 'report-drafted'])
    t.deepEqual(told(type), [])
})

test('an offer goes to the group it names, a report to those it is owed to, and whoever did it knows already', t => {
  t.deepEqual(told('request-offered', { to: 'autre' }), [
    `radiologist@autre: request-offered ${BOTH}`,
    `second radiologist@autre: request-offered ${BOTH}`,
  ])
  t.deepEqual(told('report-signed', { recipients: ['acc_a', 'acc_b', 'acc_a'] }), [
    `acc_a: report-signed ${BOTH}`,
    `acc_b: report-signed ${BOTH}`,
  ])
  t.deepEqual(told('request-cancelled', {}, 'acc_ref'), ['acc_rad: request-changed by screen'])
})

test('the node’s own certificate is told to those who run it, a peer’s also to those who keep its site', t => {
  const operators = [
    `operator@node: certificate-expiring ${BOTH}`,
    `second operator@node: certificate-expiring ${BOTH}`,
  ]
  t.deepEqual(told('certificate-expiring', { operators: 'node' }).slice(0, 2), operators)
  const own = whoShouldKnow(
    { ...fact('certificate-expiring', { operators: 'node' }), site: 'node' },
    actSoFar([]),
  )
  t.deepEqual(
    toldOnce(own, members, undefined).map(({ account }) => account),
    ['operator@node', 'second operator@node'],
  )
})

test('the holder is remembered after the fact that ends the claim, which names none', t => {
  const act = actSoFar([
    fact('request-claimed', { ...ABOUT, holder: 'acc_rad' }),
    fact('request-cancelled', ABOUT),
  ])
  t.is(act.holder, 'acc_rad')
  t.is(actSoFar([{ ...fact('request-claimed'), body: null }]).requestedBy, undefined)
})

const KINDS: NoticeView['kind'][] = [
  'request-offered',
  'request-claimed',
  'report-signed',
  'transfer-failed',
  'request-changed',
  'certificate-expiring',
]
const LETTER = {
  urgency: 'emergency' as const,
  siteName: 'Hôpital <Nord>',
  reference: 'N-0042',
  link: 'https://relais.example.test/requests/req_1',
  nodeName: 'Relais & Cie',
}

test('a letter holds site, urgency, reference and one link, in text and HTML, in the reader’s language', t => {
  for (const kind of KINDS) {
    const [fr, en] = (['fr', 'en'] as const).map(language => letterOf({ ...LETTER, kind, language }))
    t.not(fr?.subject, en?.subject)
    for (const letter of [fr, en]) {
      t.regex(letter?.text ?? '', /Hôpital <Nord>/)
      t.regex(letter?.html ?? '', /Hôpital &lt;Nord&gt;/)
      t.regex(letter?.text ?? '', /N-0042/)
      t.is(letter?.text.match(/https?:/g)?.length, 1)
      t.is(letter?.html.match(/https?:/g)?.length, 1)
      t.false(/<(script|style|img|link)/.test(letter?.html ?? ''))
    }
    t.regex(fr?.text ?? '', /Urgence vitale/)
    t.regex(en?.text ?? '', /Emergency/)
  }
})

test('no name begins a header of its own', t => {
  const { subject } = letterOf({
    ...LETTER,
    kind: 'request-offered',
    language: 'en',
    siteName: 'Nord\r\nBcc: all@example.test',
    reference: 'N\u2028-1',
  })
  t.false(/[\r\n\u2028]/.test(subject))
})

test('an address that could mean more than one mailbox is refused', t => {
  t.is(mailboxOf('dr.exemple+rx@hopital.example'), 'dr.exemple+rx@hopital.example')
  t.is(mailboxOf('zoe@hôpital.example'), 'zoe@xn--hpital-ixa.example')
  for (const bad of [
    '',
    'nobody',
    '@example.test',
    'a@',
    'a b@example.test',
    'a@b@example.test',
    '"a@b"@example.test',
    'a@example.test,b@example.test',
    'a@example.test\r\nRCPT TO:<b@example.test>',
    'a\r\n@example.test',
    'a@exam\nple.test',
    '<a@example.test>',
    'a@[127.0.0.1]',
    'a:b@example.test',
    'group:a@example.test;',
    `${'a'.repeat(65)}@example.test`,
    `a@${'b'.repeat(300)}.test`,
  ])
    t.throws(() => mailboxOf(bad), { message: 'This is not an email address.' }, JSON.stringify(bad))
})

test('a notice keeps its Message-ID at every try', t => {
  t.is(messageIdOf('ntc_1', 'Relais <relais@node.example>'), '<ntc_1@node.example>')
})

test('what the mail server says of the letter is not what it says of itself', t => {
  const smtp = (responseCode: number | undefined, command: string, code = 'EENVELOPE') =>
    Object.assign(new Error('x'), { code, command, ...(responseCode === undefined ? {} : { responseCode }) })
  const table: [unknown, boolean, string, boolean][] = [
    [smtp(550, 'RCPT TO'), false, 'permanent', false],
    [smtp(450, 'RCPT TO'), false, 'transient', false],
    [smtp(421, 'MAIL FROM'), false, 'transient', true],
    [smtp(554, 'DATA', 'EMESSAGE'), true, 'permanent', false],
    [smtp(451, 'DATA', 'EMESSAGE'), true, 'transient', false],
    [smtp(535, 'AUTH PLAIN', 'EAUTH'), false, 'transient', true],
    [smtp(554, 'CONN', 'EPROTOCOL'), false, 'transient', true],
    [smtp(undefined, 'API'), false, 'permanent', false],
    [smtp(undefined, 'CONN', 'ESOCKET'), false, 'transient', true],
    [smtp(undefined, 'CONN', 'ETIMEDOUT'), true, 'ambiguous', true],
  ]
  for (const [thrown, handedOver, result, serverGone] of table)
    t.like(classOf(thrown, handedOver), { result, serverGone })
})
