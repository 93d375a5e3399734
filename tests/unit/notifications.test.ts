import test from 'ava'
import type { Json } from '../../node/journal/canonical.js'
import type { StoredFact } from '../../node/journal/facts.js'
import {
  ALERT_FACTS,
  alertChanges,
  beyond,
  type LadderTerms,
  ladderOf,
} from '../../node/notifications/alerts/rules.js'
import { mayGoAt } from '../../node/notifications/channels/rules.js'
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
const coordinators = [
  `coordinator@lecture: request-changed ${BOTH}`,
  `second coordinator@lecture: request-changed ${BOTH}`,
]
const EXPECTED: Record<(typeof TOLD_FACTS)[number], string[]> = {
  'request-rerouted': [`acc_rad: request-changed ${BOTH}`, 'acc_ref: request-changed by screen'],
  'request-accepted': [],
  'request-exam-done': ['acc_rad: exam-done by screen and push and email'],
  'request-handed-over': [],
  'request-taken-over': ['acc_rad: request-changed by screen', 'acc_ref: request-claimed by screen'],
  'request-outcome-recorded': ['acc_rad: request-changed by screen', 'acc_ref: request-changed by screen'],
  'request-released': ['acc_ref: request-changed by screen'],
  'request-claimed': ['acc_ref: request-claimed by screen'],
  'request-refused': [`acc_ref: request-changed ${BOTH}`],
  'request-answered': [`acc_rad: request-changed ${BOTH}`],
  'request-patient-named': [`acc_rad: patient-named ${BOTH}`],
  'request-cancelled': ['acc_rad: request-changed by screen', 'acc_ref: request-changed by screen'],
  'request-entered-in-error': ['acc_rad: request-changed by screen', 'acc_ref: request-changed by screen'],
  'request-error-asked': [
    `coordinator@nord: error-asked ${BOTH}`,
    `second coordinator@nord: error-asked ${BOTH}`,
    `coordinator@lecture: error-asked ${BOTH}`,
    `second coordinator@lecture: error-asked ${BOTH}`,
    `acc_ref: error-asked ${BOTH}`,
  ],
  'recall-opened': [],
  'request-expired': [`acc_ref: request-changed ${BOTH}`, ...coordinators],
  'report-signed': [`acc_ref: report-signed ${BOTH}`],
  'transfer-failed': [
    'technician@nord: transfer-failed by screen',
    'second technician@nord: transfer-failed by screen',
    'administrator@nord: transfer-failed by screen',
    'second administrator@nord: transfer-failed by screen',
  ],
  'instances-withdrawn': [`acc_rad: images-withdrawn ${BOTH}`, 'acc_ref: images-withdrawn by screen'],
  'import-withdrawn': [`acc_rad: images-withdrawn ${BOTH}`, 'acc_ref: images-withdrawn by screen'],
  'inbox-handed-over': [
    `technician@nord: disc-arrived ${BOTH}`,
    `second technician@nord: disc-arrived ${BOTH}`,
    'coordinator@nord: disc-arrived by screen',
    'second coordinator@nord: disc-arrived by screen',
  ],
  'message-sent': ['acc_ref: message by screen', 'acc_rad: message by screen'],
  // Nobody is named in an empty fact: see below.
  'roster-swap-proposed': [],
  'roster-swap-declined': [],
  'roster-swap-accepted': [
    'coordinator@nord: shift-swap by screen',
    'second coordinator@nord: shift-swap by screen',
  ],
  'channel-lost': [],
  'clock-jumped': [],
  'clock-skewed': [],
  'restore-drill-failed': [],
  'webhook-ended': [],
  'webhook-stopped': [
    `administrator@nord: webhook-stopped ${BOTH}`,
    `second administrator@nord: webhook-stopped ${BOTH}`,
  ],
  'certificate-expiring': [
    `administrator@nord: certificate-expiring ${BOTH}`,
    `second administrator@nord: certificate-expiring ${BOTH}`,
  ],
  'token-expiring': [
    `administrator@nord: token-expiring ${BOTH}`,
    `second administrator@nord: token-expiring ${BOTH}`,
  ],
}

for (const type of TOLD_FACTS)
  test(`who should know of ${type}`, t => {
    t.deepEqual(told(type), EXPECTED[type])
  })

test('before anybody reads it, a new name of the patient is told to nobody', t => {
  const act = actSoFar([fact('request-offered')])
  t.deepEqual(toldOnce(whoShouldKnow(fact('request-patient-named'), act), members, undefined), [])
})

test('a protocol is told to those who do the exam, the exam to who reads it, and the end of a wait to who can still help', t => {
  t.deepEqual(told('request-accepted', { ...ABOUT, awaits: 'exam' }), [
    'technician@nord: protocol-written by screen and push and email',
    'second technician@nord: protocol-written by screen and push and email',
    'acc_ref: protocol-written by screen and push and email',
  ])
  // Whoever has it before their eyes is not called to it.
  t.deepEqual(told('request-exam-done', { ...ABOUT, from: 'reading' }), [
    'acc_rad: request-changed by screen',
  ])
  const { readingSite: _none, ...unasked } = ABOUT
  const expired = fact('request-expired', unasked)
  t.deepEqual(
    toldOnce(whoShouldKnow(expired, actSoFar([expired])), members, undefined).map(({ account }) => account),
    ['acc_ref', 'coordinator@nord', 'second coordinator@nord'],
  )
})

test('a fact nobody waits for tells nobody', t => {
  for (const type of ['request-created', 'request-started', 'study-sent', 'notice-sent', 'report-drafted'])
    t.deepEqual(told(type), [])
})

test('a report goes to those it is owed to, and whoever did it knows already', t => {
  t.deepEqual(told('report-signed', { recipients: ['acc_a', 'acc_b', 'acc_a'] }), [
    `acc_a: report-signed ${BOTH}`,
    `acc_b: report-signed ${BOTH}`,
  ])
  t.deepEqual(told('recall-opened', { account: 'acc_a' }), ['acc_a: recalled by screen and push and email'])
  t.deepEqual(told('request-handed-over', { successor: 'acc_new' }), [`acc_new: handed-over ${BOTH}`])
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

test('a channel that is down is told of by the others, to those who run the node', t => {
  t.deepEqual(told('channel-lost', { operators: 'node', channel: 'email' }), [
    'operator@node: channel-down by screen and push and telephone',
    'second operator@node: channel-down by screen and push and telephone',
  ])
  for (const type of ['clock-jumped', 'clock-skewed'])
    t.deepEqual(told(type, { operators: 'node' }), [
      `operator@node: clock-wrong ${BOTH}`,
      `second operator@node: clock-wrong ${BOTH}`,
    ])
  t.deepEqual(told('restore-drill-failed', { operators: 'node' }), [
    `operator@node: backup-broken ${BOTH}`,
    `second operator@node: backup-broken ${BOTH}`,
  ])
  t.deepEqual(
    told('webhook-ended', { why: 'gone' }).map(each => each.split(' ').at(-1)),
    ['email', 'email'],
  )
})

test('who is mentioned in a message is told once, by letter too, and not whoever wrote it', t => {
  const mentions = [
    { account: 'acc_rad', site: 'lecture' },
    { account: 'acc_self', site: 'nord' },
  ]
  t.deepEqual(told('message-sent', { mentions }, 'acc_self'), [
    `acc_rad: mentioned ${BOTH}`,
    'acc_ref: message by screen',
  ])
})

test('a swap is told to the colleague who is asked, its answer to who proposed it, and a changed roster to who keeps it', t => {
  const ids = { account: 'acc_by', colleague: 'acc_to' }
  const swapped = (type: string) =>
    toldOnce(whoShouldKnow({ ...fact(type, {}), ids }, actSoFar([])), members, undefined).map(
      ({ account }) => account,
    )
  t.deepEqual(swapped('roster-swap-proposed'), ['acc_to'])
  t.deepEqual(swapped('roster-swap-declined'), ['acc_by'])
  t.deepEqual(swapped('roster-swap-accepted'), ['acc_by', 'coordinator@nord', 'second coordinator@nord'])
  t.deepEqual(swapped('roster-swap-withdrawn'), [])
})

test('that a token ends is told to who made it, who alone can renew it, before those who keep the site', t => {
  const calls = whoShouldKnow({ ...fact('token-expiring', {}), ids: { account: 'acc_ref' } }, actSoFar([]))
  t.deepEqual(
    toldOnce(calls, members, undefined).map(({ account }) => account),
    ['acc_ref', 'administrator@nord', 'second administrator@nord'],
  )
})

const REQUEST_KINDS = ['reading', 'opinion'] as const
const DEGREES = ['emergency', 'urgent', 'routine'] as const
const ALERTS = [
  'dispatch',
  'claim',
  'decision',
  'answer',
  'seen',
  'critical',
  'difference',
  'refusal',
] as const

test('who decides, and who is to see an answer, is rung by the times the act was promised, and by the usual ones otherwise', t => {
  const minutes = (alert: 'decision' | 'seen', urgency: (typeof DEGREES)[number], promised?: object) =>
    ladderOf(alert, { kind: 'reading', urgency }, {}, promised as never).map(
      ({ afterMs }) => afterMs / 60_000,
    )
  t.deepEqual(minutes('decision', 'emergency'), [5, 10])
  t.deepEqual(minutes('seen', 'emergency'), [5, 10])
  t.deepEqual(minutes('decision', 'routine'), [240, 300])
  t.deepEqual(minutes('seen', 'routine'), [1440, 2880])
  const promised = { decisionMs: 2 * 60_000, acknowledgeMs: 6 * 60_000 }
  t.deepEqual(minutes('decision', 'emergency', promised), [2, 4])
  t.deepEqual(minutes('seen', 'emergency', promised), [3, 6])
})

test('every ladder climbs in time, begins on the screen, and an emergency’s ends with a person who telephones', t => {
  for (const alert of ALERTS)
    for (const kind of REQUEST_KINDS)
      for (const urgency of DEGREES) {
        const ladder = ladderOf(alert, { kind, urgency })
        const times = ladder.map(({ afterMs }) => afterMs)
        t.true(ladder.length > 0)
        t.deepEqual(
          times,
          times.toSorted((a, b) => a - b),
          `${alert} ${urgency}`,
        )
        t.true(ladder.every(({ channels, to }) => channels.includes('screen') && to.length > 0))
        const calls = ladder.filter(({ call }) => call === true)
        if (urgency === 'emergency' && alert !== 'decision') t.is(ladder.at(-1)?.call, true, alert)
        // What is grave is as loud whatever the request’s urgency was.
        if (urgency === 'routine' && !['critical', 'difference', 'refusal'].includes(alert)) {
          t.deepEqual(calls, [])
          t.false(ladder.some(({ channels }) => channels.includes('telephone')))
        }
        const last = ladder.length - 1
        t.is(beyond(ladder, last), undefined)
        for (let n = 0; n < last; n++) {
          const next = beyond(ladder, n)
          t.true(next === undefined || next > n)
        }
      }
})

test('a critical finding climbs by its class: minutes, hours, working days, and then a person telephones', t => {
  const friday = Date.UTC(2026, 10, 27, 16)
  const after = (grade: number) =>
    ladderOf('critical', { kind: 'reading', urgency: 'routine', grade, at: friday }).map(
      ({ afterMs }) => afterMs / 60_000,
    )
  t.deepEqual(after(1), [0, 5, 10, 15])
  t.deepEqual(after(2), [0, 60, 120, 180])
  t.deepEqual(
    after(3).map(minutes => minutes / 1440),
    [0, 3, 4, 5],
    'Monday, Tuesday, Wednesday',
  )
  for (const grade of [1, 2, 3])
    t.true(ladderOf('critical', { kind: 'reading', urgency: 'routine', grade, at: friday }).at(-1)?.call)
  t.is(alertChanges('critical-raised', { class: 1 }).opens, 'critical')
  t.is(alertChanges('critical-raised', { class: 1, readBack: true }).opens, undefined, 'told already')
})

test('waves, their distance and the telephone are the contract’s to say', t => {
  const emergency = { kind: 'reading', urgency: 'emergency' } as const
  const minutes = (terms: LadderTerms) =>
    ladderOf('claim', emergency, terms).map(({ afterMs }) => afterMs / 60_000)
  t.deepEqual(minutes({}), [0, 3, 6, 9])
  t.deepEqual(minutes({ waves: 1, waveMinutes: 5 }), [0, 5])
  const rings = (terms: LadderTerms) =>
    ladderOf('claim', emergency, terms)
      .slice(0, 2)
      .map(({ channels }) => channels.includes('telephone'))
  t.deepEqual(rings({}), [true, true])
  t.deepEqual(rings({ telephone: 'second-wave' }), [false, true])
  t.deepEqual(rings({ telephone: 'never' }), [false, false])
  t.is(
    beyond(ladderOf('claim', emergency), 0),
    3,
    'the same people are not rung again by what has just failed',
  )
})

test('every alert that opens is ended by something, and an end of the act ends them all', t => {
  const changes = ALERT_FACTS.flatMap(type =>
    [null, { difference: 'significant' }, { urgency: 'emergency' }].map(body => ({
      type,
      ...alertChanges(type, body),
    })),
  )
  for (const alert of ALERTS) {
    t.true(changes.some(({ opens }) => opens === alert))
    t.true(changes.some(({ ends, opens }) => ends.includes(alert) && opens !== alert))
  }
  for (const type of ['request-refused', 'request-cancelled', 'request-expired', 'request-closed'])
    t.deepEqual(
      [...alertChanges(type).ends].sort(),
      ALERTS.filter(kind => kind !== 'critical').sort(),
      'a critical finding ends with its read-back only',
    )
})

test('quiet hours end where the person is, over midnight and over a change of the clocks', t => {
  const quiet = { from: '22:00', to: '07:00', timeZone: 'Europe/Paris' }
  const at = (iso: string, urgency: 'emergency' | 'urgent' | 'routine' = 'routine') =>
    new Date(mayGoAt(Date.parse(iso), urgency, quiet)).toISOString()
  t.is(at('2026-11-26T12:00:00Z'), '2026-11-26T12:00:00.000Z')
  t.is(at('2026-11-26T23:30:10Z'), '2026-11-27T06:00:00.000Z')
  t.is(at('2026-11-26T23:30:10Z', 'urgent'), '2026-11-27T06:00:00.000Z')
  t.is(at('2026-11-26T23:30:10Z', 'emergency'), '2026-11-26T23:30:10.000Z')
  // 29 March 2026: the hour from 2 to 3 does not exist there; whoever waits asks again when it has passed.
  t.is(at('2026-03-29T01:30:00Z'), '2026-03-29T05:00:00.000Z')
  t.is(mayGoAt(5, 'routine', undefined), 5)
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
  'token-expiring',
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
