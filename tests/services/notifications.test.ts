import { once } from 'node:events'
import { createServer, type Server, type Socket } from 'node:net'
import anyTest, { type TestFn } from 'ava'
import { ladderText } from '../../node/archive/ladder-text.js'
import type { JournalTables } from '../../node/journal/schema.js'
import { letterSamples } from '../../node/notifications/letter-samples.js'
import { NOTICE_KINDS } from '../../node/notifications/letters.js'
import { LINK_LETTER_KINDS } from '../../node/notifications/link-letter-words.js'
import type { NotificationTables } from '../../node/notifications/schema.js'
import type { OutboxTables } from '../../node/outbox/schema.js'
import { stateChecks } from '../../node/program/state-checks.js'
import type { ReportTables } from '../../node/reports/schema.js'
import type { ContractView } from '../../node/sites/view.js'
import { CONTRACTS, FORM, PASSWORD, PEOPLE } from '../support/act.js'
import {
  begin,
  CANARY,
  channel,
  closeNotices,
  configure,
  followed,
  later,
  MINUTE_MS,
  type NoticesHouse,
  openNotices,
  pass,
  postOffice,
  ROUTINE,
  URGENT,
  until,
} from '../support/notices-house.js'

const { referrer, first, second, outsider, coordinator, technician, operator } = PEOPLE

const test = anyTest as TestFn<NoticesHouse>
test.beforeEach(async t => {
  t.context = await openNotices()
})
test.afterEach.always(t => closeNotices(t.context))

const emailOf = async (node: NoticesHouse, who = first.who) =>
  (await node.notifications.list(who, { limit: 50 })).items[0]?.channels.find(
    ({ channel }) => channel === 'email',
  )

test('the radiologists of the asked group hear of an offer on screen and by a letter without health data', async t => {
  const node = t.context
  const post = await postOffice(node)
  await begin(node, { smtpUrl: post.url })
  const { id } = await node.act.requests.create(referrer, URGENT)
  await until(node, async () => (await emailOf(node, second.who))?.state === 'sent')
  t.deepEqual(post.recipients.sort(), ['acc_rad1@example.test', 'acc_rad2@example.test'])
  const { items } = await node.notifications.list(first.who, { limit: 50 })
  t.like(items, [
    {
      kind: 'request-offered',
      urgency: 'emergency',
      siteName: 'Hôpital Nord',
      reference: 'N-0001',
      request: id,
      channels: [
        { channel: 'screen', state: 'delivered' },
        { channel: 'email', state: 'sent' },
      ],
    },
  ])
  const [letter] = post.letters
  t.is(letter?.subject, '[Emergency] New request · Hôpital Nord · N-0001')
  t.is(await followed(node, first, letter?.text), `/requests/${id}`)
  t.is(letter?.headers.get('auto-submitted'), 'auto-generated')
  t.regex(letter?.messageId ?? '', /^<ntc_\w+@node\.test>$/)
  t.is(letter?.attachments.length, 0)
  t.false(JSON.stringify(post.letters).includes(CANARY))
  t.deepEqual((await node.notifications.list(referrer.who, { limit: 50 })).items, [])
})

test('a signed report is told to whom it is owed, in their language, with a link to it', async t => {
  const node = t.context
  const { requests, reports } = node.act
  await begin(node, { captured: true })
  const { id } = await requests.create(referrer, URGENT)
  await requests.send(first, id, 'claim', {})
  const { report } = await reports.draft(first, id)
  const sections = { indication: CANARY, technique: CANARY, results: CANARY, conclusion: CANARY }
  await reports.save(first, report.id, 1, sections)
  await reports.sign(first, report.id, { reauthentication: { password: PASSWORD }, as: 'final' })
  await until(node, async () =>
    (await node.notifications.mailbox({ limit: 50 })).items.some(({ to }) => to === 'acc_ref@example.test'),
  )
  const { items } = await node.notifications.mailbox({ limit: 50 })
  const letter = items.find(({ to }) => to === 'acc_ref@example.test')
  t.is(letter?.subject, '[Urgence vitale] Compte rendu disponible · Hôpital Nord · N-0001')
  t.is(await followed(node, referrer, letter?.html), `/reports/${report.id}`)
  await t.throwsAsync(followed(node, first, letter?.text), { code: 'missing' }, 'another person’s link')
  t.false(JSON.stringify(items).includes(CANARY))
  t.deepEqual(node.settled, [{ account: 'acc_ref', state: 'sent' }])
  const notices = (await node.notifications.list(referrer.who, { limit: 50 })).items
  const told = notices.find(({ kind }) => kind === 'report-signed')
  t.truthy(told?.readAt)
  t.deepEqual(
    told?.channels.map(({ state }) => state),
    ['opened', 'opened'],
  )
  t.deepEqual(notices.map(({ kind }) => kind).sort(), ['report-signed', 'request-claimed'])
})

test('a mail server that is down loses no letter and doubles none', async t => {
  const node = t.context
  const probe = await postOffice(node)
  await probe.close()
  await begin(node, { smtpUrl: probe.url })
  await node.act.requests.create(referrer, ROUTINE)
  await until(node, async () => (await emailOf(node))?.reason !== undefined)
  t.like(await emailOf(node), { state: 'queued' })
  const post = await postOffice(node, {}, Number(new URL(probe.url).port))
  later(node)
  await until(node, () => {
    later(node)
    return post.letters.length === 2
  })
  await until(node, async () => (await emailOf(node, second.who))?.state === 'sent')
  t.is(new Set(post.letters.map(({ messageId }) => messageId)).size, 2)
})

test('4xx is tried again, 5xx waits for a person and says why', async t => {
  const node = t.context
  let refusals = 0
  const refusal = (responseCode: number) => Object.assign(new Error('not now'), { responseCode })
  const post = await postOffice(node, {
    onRcptTo: ({ address }, _session, done) => {
      if (address.startsWith('acc_rad2')) return done(refusal(550))
      return done(refusals++ === 0 ? refusal(451) : null)
    },
  })
  await begin(node, { smtpUrl: post.url })
  await node.act.requests.create(referrer, ROUTINE)
  await until(node, async () => (await emailOf(node, second.who))?.state === 'failed')
  await until(node, async () => (await emailOf(node))?.reason !== undefined)
  t.like(await emailOf(node), { state: 'queued' })
  await until(node, () => {
    later(node)
    return post.letters.length === 1
  })
  await until(node, async () => (await emailOf(node))?.state === 'sent')
  t.regex((await emailOf(node, second.who))?.reason ?? '', /550/)
  const open = await node.outbox.open({ lane: 'mail' })
  t.like(open, [{ state: 'parked' }])
  const failed = await node.act.journal.read({ types: ['notice-failed'] })
  t.is(failed.length, 1)
  t.like(failed[0], { ids: { account: 'acc_rad2' }, site: 'lecture' })
  // A person saw to the address: the parked letter goes out.
  node.addresses.set('acc_rad2', 'deux@example.test')
  await node.act.db.write(tx => node.outbox.retry(tx, open[0]?.id as string, operator.origin))
  await until(node, async () => (await emailOf(node, second.who))?.state === 'sent')
  t.deepEqual(post.recipients, ['acc_rad1@example.test', 'deux@example.test'])
})

test('a server that breaks off after the last byte may have taken the letter: it goes again under the same Message-ID', async t => {
  const node = t.context
  const seen: string[] = []
  const sockets = new Set<Socket>()
  const server: Server = createServer(socket => {
    sockets.add(socket)
    let text = ''
    let inData = false
    socket.write('220 here\r\n')
    socket.on('error', () => {})
    socket.on('data', chunk => {
      text += chunk.toString()
      if (inData) {
        if (!text.endsWith('\r\n.\r\n')) return
        seen.push(text)
        if (seen.length === 1) socket.destroy()
        else socket.write('250 taken\r\n')
        inData = false
      } else if (text.startsWith('DATA')) {
        inData = true
        socket.write('354 go on\r\n')
      } else socket.write('250 yes\r\n')
      text = ''
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  node.undo.push(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  await begin(node, { smtpUrl: `smtp://127.0.0.1:${(server.address() as { port: number }).port}` })
  await node.act.requests.create(referrer, ROUTINE)
  await until(node, () => seen.length === 1)
  await until(node, () => {
    later(node)
    return seen.length === 3
  })
  const ids = seen.map(letter => /^Message-ID: (.+)$/im.exec(letter)?.[1])
  t.is(ids.length, 3)
  t.is(new Set(ids).size, 2)
})

test('a header cannot be smuggled in by an address or a site, and an account that is gone gets no letter', async t => {
  const node = t.context
  node.addresses.set('acc_rad1', 'un@example.test\r\nBcc: tous@example.test')
  node.gone.add('acc_rad2')
  const post = await postOffice(node)
  await begin(node, { smtpUrl: post.url })
  await node.act.requests.create(referrer, ROUTINE)
  await until(node, async () => (await emailOf(node))?.state === 'failed')
  await until(node, async () => (await emailOf(node, second.who))?.state === 'failed')
  t.is((await emailOf(node))?.reason, 'This is not an email address.')
  t.is((await emailOf(node, second.who))?.reason, 'the account is no longer active')
  t.deepEqual(post.letters, [])
})

test('without any way to send, the screen tells and the channel says that it failed', async t => {
  const node = t.context
  await begin(node, {})
  await node.act.requests.create(referrer, ROUTINE)
  await until(node, async () => (await emailOf(node)) !== undefined)
  t.like(await emailOf(node), { state: 'failed', reason: 'no mail server is configured' })
  await t.throwsAsync(node.notifications.mailbox({ limit: 50 }), { message: /keeps none/ })
  t.deepEqual(await node.outbox.open({ lane: 'mail' }), [], 'nothing is queued for ever')
  const failed = await node.act.journal.read({ types: ['notice-failed'] })
  t.deepEqual(
    failed.map(({ body }) => body?.['reason']),
    ['no mail server is configured', 'no mail server is configured'],
  )
})

test('once there is a mail server, the unread letters of the last days go out; those read or old do not', async t => {
  const node = t.context
  await begin(node, {})
  await node.act.requests.create(referrer, FORM)
  await until(node, async () => (await emailOf(node)) !== undefined)
  node.act.clock.advance(72 * 3_600_000)
  const { id } = await node.act.requests.create(referrer, URGENT)
  await until(node, async () => (await node.notifications.list(first.who, { limit: 9 })).items.length === 2)
  await until(node, async () => (await emailOf(node, coordinator.who)) !== undefined)
  await node.notifications.readAll(second.who, second.origin)
  await node.outbox.close()

  const post = await postOffice(node)
  configure(node, { smtpUrl: post.url })
  // One to a reader; one to the coordinator, whom the first request's ladder has reached meanwhile.
  t.is(await node.notifications.catchUp(), 2)
  t.is(await node.notifications.catchUp(), 0)
  await node.outbox.start()
  await until(node, () => post.letters.length === 2)
  t.deepEqual(post.recipients.toSorted(), ['acc_coo@example.test', 'acc_rad1@example.test'])
  const letter = post.letters.find(({ text }) => text?.includes('N-0002'))
  await until(node, async () => (await emailOf(node))?.state === 'sent')
  t.is(await followed(node, first, letter?.text), `/requests/${id}`)
  t.is((await node.act.journal.read({ types: ['notice-queued'] })).length, 2)
})

test('a letter about a report says of its own version what became of it', async t => {
  const node = t.context
  const { requests, reports } = node.act
  await begin(node, {})
  const { id } = await requests.create(referrer, URGENT)
  await requests.send(first, id, 'claim', {})
  const { report } = await reports.draft(first, id)
  const sections = { indication: 'i', technique: 't', results: 'r', conclusion: 'c' }
  await reports.save(first, report.id, 1, sections)
  const reauthentication = { password: PASSWORD }
  const letters = () =>
    node.act.db
      .sql<ReportTables>()
      .selectFrom('report_deliveries')
      .select(['version', 'state', 'reason'])
      .where('channel', '=', 'email')
      .orderBy('version')
      .execute()
  await reports.sign(first, report.id, { reauthentication, as: 'final' })
  await until(node, async () => (await letters())[0]?.state === 'failed')
  await node.outbox.close()

  const post = await postOffice(node)
  configure(node, { smtpUrl: post.url })
  await node.outbox.start()
  await reports.addendum(first, report.id, { text: 'Relu.', reauthentication })
  await until(node, async () => (await letters())[1]?.state === 'sent')
  t.deepEqual(await letters(), [
    { version: 1, state: 'failed', reason: 'no mail server is configured' },
    { version: 2, state: 'sent', reason: null },
  ])
})

test('a letter that a person gives up has failed for their reason', async t => {
  const node = t.context
  const probe = await postOffice(node)
  await probe.close()
  await begin(node, { smtpUrl: probe.url })
  await node.act.requests.create(referrer, ROUTINE)
  await until(node, async () => (await emailOf(node))?.reason !== undefined)
  const [job] = await node.outbox.open({ lane: 'mail' })
  await node.act.db.write(tx =>
    node.outbox.giveUp(tx, job?.id as string, 'told by telephone', operator.origin),
  )
  const failed = await node.act.journal.read({ types: ['notice-failed'] })
  t.deepEqual(
    failed.map(({ body }) => body?.['reason']),
    ['told by telephone'],
  )
})

test('a notice is read by its person alone, once, and the unread stand first', async t => {
  const node = t.context
  const { act } = node
  await begin(node, { captured: true })
  for (let n = 0; n < 3; n++) {
    await act.requests.create(referrer, FORM)
    act.clock.advance(1000)
  }
  await until(node, async () => (await node.notifications.list(first.who, { limit: 50 })).items.length === 3)
  const mine = (await node.notifications.list(first.who, { limit: 50 })).items
  t.deepEqual(
    mine.map(({ reference }) => reference),
    ['N-0003', 'N-0002', 'N-0001'],
  )
  const newest = mine[0]?.id as string
  t.like(await t.throwsAsync(node.notifications.read(second.who, newest, second.origin)), { code: 'missing' })
  await node.notifications.read(first.who, newest, first.origin)
  await node.notifications.read(first.who, newest, first.origin)
  const page = await node.notifications.list(first.who, { limit: 2 })
  t.deepEqual(
    page.items.map(({ reference }) => reference),
    ['N-0002', 'N-0001'],
  )
  const rest = await node.notifications.list(first.who, { limit: 2, after: page.next })
  t.like(rest.items, [{ reference: 'N-0003', channels: [{ channel: 'screen', state: 'opened' }] }])
  t.is(rest.next, undefined)
  await node.notifications.readAll(first.who, first.origin)
  t.true((await node.notifications.list(first.who, { limit: 50 })).items.every(({ readAt }) => readAt))
  const opened = await act.journal.read({ types: ['notice-opened'] })
  t.is(opened.length, 3)
  t.true(opened.every(({ ids }) => ids['account'] === 'acc_rad1'))
})

test('a failed transfer is shown to the technicians of the study’s site', async t => {
  const node = t.context
  await begin(node, { captured: true })
  await node.act.db.write(tx =>
    node.act.journal.append(
      tx,
      {
        type: 'transfer-failed',
        site: 'nord',
        ids: { transfer: 'tra_1', study: 'std_1', peer: 'pacs-lecture' },
        body: { reason: CANARY },
      },
      { by: 'system', part: 'exchange' },
    ),
  )
  await until(
    node,
    async () => (await node.notifications.list(technician.who, { limit: 50 })).items.length === 1,
  )
  const { items } = await node.notifications.list(technician.who, { limit: 50 })
  t.like(items, [{ kind: 'transfer-failed', reference: 'pacs-lecture', channels: [{ channel: 'screen' }] }])
  t.is(items[0]?.channels.length, 1)
  t.deepEqual((await node.notifications.mailbox({ limit: 50 })).items, [])
})

test('the chained part of a notice’s facts holds our own ids only', async t => {
  const node = t.context
  await begin(node, { captured: true })
  await node.act.requests.create(referrer, URGENT)
  await until(node, async () => (await emailOf(node))?.state === 'sent')
  const sent = () => node.act.journal.read({ types: ['notice-sent'] })
  await until(node, async () => (await sent()).length === 4)
  const facts = await sent()
  for (const fact of facts) {
    for (const id of Object.values(fact.ids)) t.regex(id, /^(ntc|acc|req|lnk)_\w+$/)
    t.false(JSON.stringify(fact.body).includes('@'))
  }
})

const alertsOf = async (node: NoticesHouse, request: string) => node.notifications.alerts.ofRequest(request)
const firedIn = async (node: NoticesHouse, request: string, kind = 'claim') =>
  (await alertsOf(node, request)).find(alert => alert.kind === kind)?.rungs.filter(({ firedAt }) => firedAt)
    .length

test('an emergency nobody claims climbs: three waves, then the coordinators and a call that only a person ends', async t => {
  const node = t.context
  const [push, telephone] = [channel(node, 'push'), channel(node, 'telephone')]
  node.channels.push(push, telephone)
  node.pushed.add('acc_rad1')
  node.phones.set('acc_rad1', '+33600000001').set('acc_rad2', '+33600000002')
  await begin(node, { captured: true })
  const { id } = await node.act.requests.create(referrer, URGENT)
  await until(node, () => telephone.rung.length === 2 && push.rung.length === 1)
  const opened = node.act.clock.now()
  for (let wave = 1; wave <= 2; wave++) {
    await pass(node, 3 * MINUTE_MS - 1000)
    t.is(await firedIn(node, id), wave, 'not before its time')
    await pass(node, 1000)
    await until(node, async () => (await firedIn(node, id)) === wave + 1)
    await until(node, () => telephone.rung.length === 2 * (wave + 1))
  }
  await pass(node, 3 * MINUTE_MS)
  await until(node, async () => (await firedIn(node, id)) === 4)
  const [alert] = (await node.notifications.alerts.open(coordinator.who, { limit: 50 })).items
  t.like(alert, { kind: 'claim', state: 'open', urgency: 'emergency', request: id, siteName: 'Hôpital Nord' })
  t.is(alert?.nextAt, undefined, 'nothing ends it by itself')
  t.deepEqual(
    alert?.rungs.map(({ dueAt, firedAt }) => [
      Date.parse(dueAt) - opened,
      Date.parse(firedAt ?? '') - opened,
    ]),
    [0, 3, 6, 9].map(minutes => [minutes * MINUTE_MS, minutes * MINUTE_MS]),
  )
  t.like(alert?.rungs[3], { call: true, people: [{ name: 'Mme Régule' }, { name: 'Dr Exemple' }] })

  const { items } = await node.notifications.calls.open(coordinator.who)
  t.like(items, [
    {
      alert: alert?.id,
      reference: 'N-0001',
      numbers: [{ telephone: '+33600000001' }, { telephone: '+33600000002' }],
    },
  ])
  t.deepEqual((await node.notifications.calls.open(outsider.who)).items, [])
  const call = items[0]?.id as string
  await node.notifications.calls.record(coordinator.who, call, { outcome: 'no-answer' }, coordinator.origin)
  t.is(
    (await node.notifications.calls.open(coordinator.who)).items[0]?.attempts.length,
    1,
    'it still is to be made',
  )
  await t.throwsAsync(
    node.notifications.calls.record(coordinator.who, call, { outcome: 'reached' }, coordinator.origin),
    { message: /who was reached/ },
  )
  const reached = { outcome: 'reached' as const, reached: 'Dr Un, radiologue', note: 'prend le dossier' }
  await node.notifications.calls.record(coordinator.who, call, reached, coordinator.origin)
  t.like(
    await t.throwsAsync(node.notifications.calls.record(coordinator.who, call, reached, coordinator.origin)),
    { code: 'conflict' },
  )
  t.like((await alertsOf(node, id))[1], {
    state: 'acknowledged',
    by: { name: 'Mme Régule', role: 'coordinator' },
    note: 'prend le dossier',
  })
  const told = await node.act.journal.read({
    types: ['alert-opened', 'alert-escalated', 'call-recorded', 'alert-acknowledged'],
  })
  t.deepEqual(
    told.map(({ type }) => type.split('-')[1]),
    [
      'opened',
      'ended',
      'opened',
      'escalated',
      'escalated',
      'escalated',
      'recorded',
      'recorded',
      'acknowledged',
    ].filter(word => word !== 'ended'),
  )
  t.false(JSON.stringify(told).includes(CANARY))

  // As the record of the act says it to whoever reads it years later.
  const calls = await node.notifications.calls.ofRequest(id)
  t.like(calls, [
    {
      call,
      alert: alert?.id,
      attempts: [
        { by: 'Mme Régule', outcome: 'no-answer', reached: null },
        { by: 'Mme Régule', outcome: 'reached', reached: 'Dr Un, radiologue', note: 'prend le dossier' },
      ],
    },
  ])
  const alerts = await node.notifications.alerts.ofRequest(id)
  const said = ladderText(
    alerts.map(one => ({ ...one, calls: calls.filter(({ alert }) => alert === one.id) })),
  )
  for (const words of [
    /ALERTE : une demande que personne ne prend\n/,
    /vague 1 \(prévue à [\d :-]+\)\n {4}Dr Un : .*navigateur/,
    /vague 4 \(prévue à [\d :-]+\), appel demandé\n {4}Mme Régule : /,
    /Mme Régule : pas de réponse\n/,
    /Mme Régule : joint, Dr Un, radiologue, prend le dossier\n/,
    /prise en charge par Mme Régule \(coordinator\) : prend le dossier/,
  ])
    t.regex(said, words)
  t.false(said.includes(CANARY))

  // A row that says otherwise than the journal is found.
  const faults = () =>
    stateChecks.filter(({ name }) => /alert and call/.test(name)).flatMap(({ run }) => run(node.act.db.file))
  t.deepEqual(faults(), [])
  await node.act.db.write(async tx => {
    const sql = tx.sql<NotificationTables>()
    await sql
      .updateTable('alerts')
      .set({ state: 'ended' })
      .where('id', '=', alert?.id as string)
      .execute()
    await sql.deleteFrom('call_attempts').where('outcome', '=', 'no-answer').execute()
  })
  t.deepEqual(
    faults().map(({ what }) => what),
    [
      'an alert of N-0001 says "ended", its entries lead to "acknowledged"',
      'a call about N-0001 is not what was recorded of it',
    ],
  )
})

test('relais verify names an alert that is open though a recorded fact has answered it; what still waits for its follower is none', async t => {
  const node = t.context
  await begin(node, { captured: true })
  const { id } = await node.act.requests.create(referrer, URGENT)
  await until(node, async () => (await alertsOf(node, id)).some(({ kind }) => kind === 'claim'))
  const faults = () =>
    stateChecks
      .filter(({ name }) => /alert and call/.test(name))
      .flatMap(({ run }) => run(node.act.db.file))
      .map(({ what }) => what)
  t.deepEqual(faults(), [])
  // Whoever follows the journal stops, and goes on behind what has happened meanwhile.
  await node.act.followers.close()
  await node.act.requests.send(first, id, 'claim', {})
  t.deepEqual(faults(), [], 'it will be ended')
  const claimed = (await node.act.journal.read({ types: ['request-claimed'] }))[0]?.seq ?? 0
  const behind = (cursor: number) =>
    node.act.db.write(tx =>
      tx
        .sql<JournalTables>()
        .updateTable('followers')
        .set({ cursor })
        .where('name', '=', 'notifications')
        .execute(),
    )
  await behind(claimed)
  t.deepEqual(faults(), ['an alert of N-0001 (claim) is open, and "request-claimed" has ended it'])
  await node.act.db.write(tx =>
    tx
      .sql<JournalTables>()
      .insertInto('followers_parked')
      .values({ follower: 'notifications', seq: claimed, reason: 'x', at: 0, settled_at: null })
      .execute(),
  )
  t.deepEqual(faults(), [], 'it waits for a person, who sees it')
})

test('a claim stops the ladder, everybody’s notice is over, and what was still to go out is not sent', async t => {
  const node = t.context
  const probe = await postOffice(node)
  await probe.close()
  await begin(node, { smtpUrl: probe.url })
  const { id } = await node.act.requests.create(referrer, URGENT)
  await until(node, async () => (await emailOf(node))?.reason !== undefined)
  await node.act.requests.send(first, id, 'claim', {})
  await until(node, async () =>
    (await alertsOf(node, id)).some(({ kind, state }) => kind === 'claim' && state === 'ended'),
  )
  const [notice] = (await node.notifications.list(second.who, { limit: 50 })).items
  t.like(notice, { kind: 'request-offered', over: true, wave: 1 })
  t.is(notice?.channels.find(({ channel }) => channel === 'screen')?.state, 'delivered')
  const [taken] = (await node.notifications.list(first.who, { limit: 50 })).items
  t.is(taken?.channels.find(({ channel }) => channel === 'screen')?.state, 'acknowledged', 'by taking it')
  t.truthy(taken?.readAt)
  t.like((await node.act.journal.read({ types: ['notice-opened'] }))[0], {
    ids: { notice: taken?.id, account: 'acc_rad1' },
    origin: { by: 'account', account: 'acc_rad1' },
  })
  const post = await postOffice(node, {}, Number(new URL(probe.url).port))
  await until(node, async () => {
    later(node)
    return (await emailOf(node, second.who))?.state === 'cancelled'
  })
  t.deepEqual(
    post.recipients.filter(address => address.startsWith('acc_rad')),
    [],
  )
  t.is(await firedIn(node, id), 1, 'no further wave')
})

test('where a channel fails the person’s next one is tried within a minute, and a wave that reached nobody is followed at once', async t => {
  const node = t.context
  node.online.clear()
  const telephone = channel(node, 'telephone')
  node.channels.push(telephone)
  node.phones.set('acc_rad1', '+33600000001')
  node.contracts = [{ ...(CONTRACTS[0] as ContractView), ladder: { telephone: 'never' } }]
  const silent = createServer(socket => socket.on('error', () => undefined))
  silent.listen(0, '127.0.0.1')
  await once(silent, 'listening')
  node.undo.push(() => void silent.close())
  await begin(node, { smtpUrl: `smtp://127.0.0.1:${(silent.address() as { port: number }).port}` })
  const { id } = await node.act.requests.create(referrer, URGENT)
  await until(node, async () => (await emailOf(node)) !== undefined)
  t.deepEqual(telephone.rung, [], 'the contract says that it does not ring')
  await pass(node, 45_000)
  await until(node, () => telephone.rung.length === 1)
  t.deepEqual(telephone.rung, ['acc_rad1'])
  // The other one has no telephone: nothing of the first wave reached them, but it reached somebody.
  t.is(await firedIn(node, id), 1)
})

test('a wave whose every letter is refused leads to the call at once, not to the same people again', async t => {
  const node = t.context
  node.online.clear()
  const post = await postOffice(node, {
    onRcptTo: (_address, _session, done) =>
      done(Object.assign(new Error('no such mailbox'), { responseCode: 550 })),
  })
  await begin(node, { smtpUrl: post.url })
  const { id } = await node.act.requests.create(referrer, URGENT)
  await until(node, async () => (await firedIn(node, id)) === 2)
  const rungs = (await alertsOf(node, id)).find(({ kind }) => kind === 'claim')?.rungs
  t.deepEqual(
    rungs?.map(({ early }) => early ?? false),
    [false, false, false, true],
  )
  t.is((await node.notifications.calls.open(coordinator.who)).items.length, 1)
})

test('letters that can wait leave one after the other, and an emergency’s overtakes all of them but the one under way', async t => {
  const node = t.context
  await begin(node, { captured: true })
  for (let number = 0; number < 8; number++) await node.act.requests.create(referrer, ROUTINE)
  const letters = async () => {
    const facts = await node.act.journal.read({ types: ['notice-sent'], limit: 1000 })
    return facts.filter(({ body }) => body?.['channel'] === 'email')
  }
  await until(node, async () => (await letters()).length > 0)
  const { id } = await node.act.requests.create(referrer, URGENT)
  await until(node, async () => (await letters()).length === 18)
  const sent = await letters()
  const urgent = sent.flatMap(({ ids }, at) => (ids['request'] === id ? [at] : []))
  t.is(urgent.length, 2)
  const [owed] = (await node.act.journal.read({ types: ['notice-sent'], subject: id })).map(({ seq }) => seq)
  const between = sent
    .slice(0, urgent[1])
    .filter(({ seq, ids }) => seq > (owed ?? 0) && ids['request'] !== id)
  t.true(between.length <= 1, `${between.length} letters that could wait went before it`)
})

test('a crowd is told of what can wait lot by lot, each person once, over a restart and behind no emergency; who takes it ends it', async t => {
  const node = t.context
  const crowd = Array.from({ length: 130 }, (_, number) => ({
    account: `acc_crowd${number}`,
    name: `Dr Essai ${number}`,
    site: 'lecture',
  }))
  const { people } = node.act
  const members = people.members
  people.members = async (sites, role) =>
    role === 'radiologist' && sites.includes('lecture')
      ? [...(await members(sites, role)), ...crowd]
      : members(sites, role)
  await begin(node, { captured: true })
  const told = async (request: string) => {
    const facts = await node.act.journal.read({ types: ['notice-sent'], subject: request, limit: 1000 })
    return facts.filter(({ body }) => body?.['channel'] === 'screen').map(({ ids }) => ids['account'])
  }
  const lots = () =>
    node.act.db
      .sql<OutboxTables>()
      .selectFrom('outbox')
      .select('state')
      .where('kind', '=', 'notice-lot')
      .execute()

  const startAgain = async () => {
    configure(node, { captured: true })
    await node.outbox.start()
  }

  await node.outbox.close()
  const { id } = await node.act.requests.create(referrer, ROUTINE)
  await until(node, async () => (await told(id)).length > 0)
  t.is((await told(id)).length, 8, 'the first are told with the fact')
  t.deepEqual(
    (await lots()).map(({ state }) => state),
    Array(16).fill('waiting'),
  )
  // What is urgent is told whole, while the lots of what is not still wait.
  const { id: urgent } = await node.act.requests.create(referrer, URGENT)
  await until(node, async () => (await told(urgent)).length > 0)
  t.is((await told(urgent)).length, 132)
  // The node ends among the lots.
  await startAgain()
  await until(node, async () => (await told(id)).length > 8)
  await node.outbox.close()
  await startAgain()
  await until(node, async () => (await told(id)).length >= 132)
  const all = await told(id)
  t.deepEqual([all.length, new Set(all).size], [132, 132])

  // What came after the first thousand facts of an act is known of it all the same.
  await node.act.db.write(tx =>
    node.act.journal.appendMany(
      tx,
      Array.from({ length: 1000 }, () => ({
        fact: {
          type: 'notice-opened' as const,
          site: 'lecture',
          ids: { request: id, account: 'acc_crowd1' },
          body: { kind: 'request-offered', channel: 'screen' },
        },
        origin: { by: 'system' as const, part: 'test' },
      })),
    ),
  )
  const { timeline } = await node.act.requests.send(first, id, 'claim', {})
  await until(node, async () => (await alertsOf(node, id)).some(({ kind }) => kind === 'decision'))
  const [decision] = await node.act.db
    .sql<NotificationTables>()
    .selectFrom('alerts')
    .selectAll()
    .where('request', '=', id)
    .where('kind', '=', 'decision')
    .execute()
  t.is(decision?.holder, 'acc_rad1')
  t.true(timeline.some(({ fact }) => fact === 'request-claimed'))

  // One that is taken before their turn rings nobody else.
  await node.outbox.close()
  const { id: taken } = await node.act.requests.create(referrer, ROUTINE)
  await until(node, async () => (await told(taken)).length > 0)
  await node.act.requests.send(first, taken, 'claim', {})
  await until(node, async () => (await told(taken)).length > 8)
  await startAgain()
  await until(node, async () => (await lots()).every(({ state }) => state === 'done'))
  t.deepEqual([(await told(taken)).length, (await told(taken)).at(-1)], [9, referrer.who.account.id])
})

test('quiet hours hold the letter about a routine reading, and never an emergency', async t => {
  const node = t.context
  await begin(node, { captured: true })
  const quiet = { from: '22:00', to: '07:30', timeZone: 'Europe/Paris' } // 06:00 UTC is 07:00 there
  await node.act.db.write(tx =>
    node.notifications.reach.wish(tx, 'acc_rad1', { routineLetters: true, urgentRings: false, quiet }),
  )
  await node.act.requests.create(referrer, FORM)
  await node.act.requests.create(referrer, URGENT)
  const boxes = async () =>
    (await node.notifications.mailbox({ limit: 50 })).items
      .filter(({ to }) => to.startsWith('acc_rad1'))
      .map(({ subject }) => /N-000\d/.exec(subject)?.[0])
  await until(node, async () => (await node.notifications.mailbox({ limit: 50 })).items.length >= 3)
  t.deepEqual(await boxes(), ['N-0002'])
  await pass(node, 30 * MINUTE_MS)
  await until(node, async () => (await boxes()).includes('N-0001'))
  t.pass()
})

test('the ladder goes on where it stood when the program starts again, and doubles nothing', async t => {
  const node = t.context
  await begin(node, { captured: true })
  const { id } = await node.act.requests.create(referrer, URGENT)
  await until(node, async () => (await node.notifications.mailbox({ limit: 50 })).items.length === 2)
  await node.outbox.close()
  // It was down over the second wave, and half of the third.
  node.act.clock.advance(7 * MINUTE_MS)
  configure(node, { captured: true })
  await node.outbox.start()
  await until(node, async () => (await firedIn(node, id)) === 3)
  await until(node, async () => (await node.notifications.mailbox({ limit: 50 })).items.length === 6)
  t.is(await node.notifications.alerts.overdue(1000), 0)
  await t.throwsAsync(
    async () => {
      await node.notifications.alerts.acknowledge(
        first.who,
        (await alertsOf(node, id))[1]?.id as string,
        'x',
        first.origin,
      )
    },
    { message: /role/ },
  )
})

test('an alarm rings with site, urgency and kind; one tap from a locked screen claims it, and the journal says so', async t => {
  const node = t.context
  await begin(node, { captured: true })
  const { id } = await node.act.requests.create(referrer, URGENT)
  const locked: typeof first = {
    ...first,
    who: { ...first.who, session: { ...first.who.session, held: 'locked' } },
  }
  const { alarms } = node.notifications
  await until(node, async () => (await alarms.ringing(first)).items.length === 1)
  const [full] = (await alarms.ringing(first)).items
  t.like(full, { request: id, reference: 'N-0001', told: 2, seen: 0, claims: true })
  const [bare] = (await alarms.ringing(locked)).items
  t.deepEqual(Object.keys(bare ?? {}).sort(), [
    'alert',
    'claims',
    'dueAt',
    'kind',
    'openedAt',
    'siteName',
    'state',
    'urgency',
  ])
  t.false(JSON.stringify([full, bare]).includes(CANARY))
  t.deepEqual((await alarms.ringing(outsider)).items, [])
  t.like(await t.throwsAsync(alarms.claim(outsider, full?.alert ?? '')), { code: 'missing' })

  t.like(await alarms.claim(locked, full?.alert ?? ''), { state: 'over', mine: true, claims: false })
  t.like(await t.throwsAsync(alarms.claim(second, full?.alert ?? '')), {
    code: 'conflict',
    message: 'Dr Un holds this request.',
  })
  t.like(await alarms.one(second, full?.alert ?? ''), { state: 'over', by: 'Dr Un', claims: false })
  for (const who of [first, second, locked]) t.deepEqual((await alarms.ringing(who)).items, [])
  const [claimed] = await node.act.journal.read({ types: ['request-claimed'] })
  t.like(claimed, { origin: { account: 'acc_rad1' }, body: { session: 'locked' } })
})

test('what is urgent rings for who wishes so until somebody has it, not in their quiet hours and for nobody else; an emergency rings for all', async t => {
  const node = t.context
  await begin(node, { captured: true })
  const { alarms, reach, list } = node.notifications
  const ringsFor = async (who: typeof first) =>
    (await alarms.ringing(who)).items.map(({ urgency }) => urgency)
  const wish = (urgentRings: boolean, quiet?: { from: string; to: string; timeZone: string }) =>
    node.act.db.write(tx =>
      reach.wish(tx, 'acc_rad1', {
        routineLetters: true,
        urgentRings,
        ...(quiet === undefined ? {} : { quiet }),
      }),
    )
  const { id } = await node.act.requests.create(referrer, { ...URGENT, urgency: 'urgent' })
  await until(node, async () => (await list(first.who, { limit: 50 })).items.length === 1)
  t.deepEqual(await ringsFor(first), [])
  t.is((await list(first.who, { limit: 50 })).items[0]?.rings, undefined)
  await wish(true)
  t.deepEqual(await ringsFor(first), ['urgent'])
  t.deepEqual(await ringsFor(second), [])
  t.true((await list(first.who, { limit: 50 })).items[0]?.rings)
  const night = { from: '22:00', to: '07:30', timeZone: 'Europe/Paris' } // 06:00 UTC is 07:00 there
  await wish(true, night)
  t.deepEqual(await ringsFor(first), [], 'quiet hours hold it')
  await node.act.requests.create(referrer, URGENT)
  await until(node, async () => (await ringsFor(second)).length === 1)
  t.deepEqual(await ringsFor(first), ['emergency'], 'and never an emergency')
  node.act.clock.advance(30 * MINUTE_MS)
  t.deepEqual(await ringsFor(first), ['urgent', 'emergency'])
  const urgent = (await alarms.ringing(first)).items[0]?.alert ?? ''
  t.like(await alarms.claim(first, urgent), { request: id, mine: true })
  t.deepEqual(await ringsFor(first), ['emergency'])
  await node.act.requests.create(referrer, ROUTINE)
  await until(node, async () => (await list(first.who, { limit: 50 })).items.length >= 3)
  t.deepEqual(await ringsFor(first), ['emergency'])
})

test('of an offer that a radiologist declined nothing rings for them any more', async t => {
  const node = t.context
  await begin(node, { captured: true })
  const { id } = await node.act.requests.create(referrer, URGENT)
  const ringing = async (who: typeof first) =>
    (await node.notifications.alarms.ringing(who)).items.map(({ claims }) => claims)
  await until(node, async () => (await ringing(first)).length === 1)
  await node.act.requests.send(first, id, 'decline', { reason: 'Au bloc' })
  t.deepEqual([await ringing(first), await ringing(second)], [[], [true]])
})

test('every letter is shown in both languages, made by what makes the real ones, of nobody', t => {
  const letters = letterSamples({ nodeName: 'Relais', publicUrl: 'https://relais.example.test' })
  t.is(letters.length, 2 * (NOTICE_KINDS.length + LINK_LETTER_KINDS.length))
  t.is(new Set(letters.map(({ kind, language }) => `${kind} ${language}`)).size, letters.length)
  for (const { subject, text, html } of letters)
    t.true(
      [subject, text, html].every(part => part !== '' && !/undefined|\{\w+\}/.test(part)),
      subject,
    )
})
