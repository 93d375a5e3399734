import anyTest, { type TestFn } from 'ava'
import Sqlite from 'better-sqlite3'
import { isoAt } from '../../node/clock.js'
import type { RaisedInput } from '../../node/criticals/criticals.js'
import { replayCritical } from '../../node/criticals/lifecycle.js'
import { stateChecks } from '../../node/program/state-checks.js'
import { readOpenActs } from '../../node/requests/open-acts.js'
import { type Act, FORM, openAct, PASSWORD, PEOPLE, START_MS } from '../support/act.js'

const test = anyTest as TestFn<Act>
test.beforeEach(async t => {
  t.context = await openAct()
})
test.afterEach.always(t => t.context.close())

const { referrer, technician, stranger, first, second, outsider, coordinator } = PEOPLE
const AT = isoAt(START_MS)
const FOUND: RaisedInput = { class: 1, finding: 'Dissection aortique', foundAt: AT }
const CALLED = { receiver: 'Dr Garde', role: 'urgentiste', at: AT, method: 'téléphone', readBack: true }

async function claimed({ requests }: Act): Promise<string> {
  const { id } = await requests.create(referrer, FORM)
  await requests.send(first, id, 'claim', {})
  return id
}

test('a critical finding needs no report, and nothing but a read-back ends it', async t => {
  const { criticals, requests, journal } = t.context
  const id = await claimed(t.context)
  const raised = await criticals.raise(first, id, FOUND)
  t.like(raised, {
    class: 1,
    state: 'notifying',
    finding: 'Dissection aortique',
    radiologist: { name: 'Dr Un' },
    callback: { name: 'Dr Exemple', phone: '+33 1 00 00 00 00' },
    may: ['acknowledge'],
    calls: [],
  })
  // Looking at it, by whoever may, changes nothing.
  t.like(await criticals.view(referrer, raised.id), { state: 'notifying', may: ['acknowledge'] })
  t.like(await t.throwsAsync(criticals.close(first, raised.id, undefined)), { code: 'conflict' })
  t.like(await criticals.acknowledge(first, raised.id, { ...CALLED, readBack: false }), {
    state: 'notifying',
    calls: [{ receiver: 'Dr Garde', readBack: false }],
  })
  const done = await criticals.acknowledge(coordinator, raised.id, CALLED)
  t.like(done, {
    state: 'acknowledged',
    acknowledged: { receiver: 'Dr Garde', role: 'urgentiste', at: AT, method: 'téléphone', by: 'Mme Régule' },
  })
  t.like(await t.throwsAsync(criticals.acknowledge(referrer, raised.id, CALLED)), { code: 'conflict' })
  t.like(await criticals.close(first, raised.id, 'Patient transféré'), { state: 'closed', may: [] })
  t.deepEqual(
    (await journal.read({ subject: raised.id })).map(fact => fact.type),
    ['critical-raised', 'critical-called', 'critical-acknowledged', 'critical-closed'],
  )
  t.like(await requests.view(referrer, id), { state: 'accepted' })
})

test('"I have called" is one act: raised, received and read back', async t => {
  const { criticals, journal } = t.context
  const id = await claimed(t.context)
  const raised = await criticals.raise(first, id, { ...FOUND, called: CALLED })
  t.like(raised, { state: 'acknowledged', acknowledged: { receiver: 'Dr Garde', readBack: true } })
  const [fact] = await journal.read({ subject: raised.id, types: ['critical-raised'] })
  t.like(fact?.body, { finding: 'Dissection aortique', class: 1, readBack: true })
})

test('while one is open the act does not close, whoever has the report; its read-back lets it go', async t => {
  const { criticals, requests, reports, db } = t.context
  const id = await claimed(t.context)
  const { report } = await reports.draft(first, id)
  await reports.save(first, report.id, 1, {
    indication: 'i',
    technique: 't',
    results: 'r',
    conclusion: 'Dissection.',
  })
  const { id: critical } = await criticals.raise(first, id, FOUND)
  await reports.sign(first, report.id, { reauthentication: { password: PASSWORD }, as: 'final' })
  // The PACS of a routine request would deliver it: not while a person must be told.
  const settled = { report: report.id, version: 1, peer: 'nord-pacs', state: 'confirmed' as const }
  await db.write(tx => reports.pacsSettled(tx, settled))
  t.is((await requests.view(referrer, id)).state, 'reported')
  await reports.acknowledge(referrer, report.id, {})
  t.is((await requests.view(referrer, id)).state, 'delivered')
  await criticals.acknowledge(referrer, critical, CALLED)
  t.is((await requests.view(referrer, id)).state, 'closed')
})

test('what is found in an act that has closed opens it again until it is read back; told at once, it closes at once', async t => {
  const { criticals, requests, reports, journal, db } = t.context
  const id = await claimed(t.context)
  const { report } = await reports.draft(first, id)
  const sections = { indication: 'i', technique: 't', results: 'r', conclusion: 'Pas de lésion.' }
  await reports.save(first, report.id, 1, sections)
  await reports.sign(first, report.id, { reauthentication: { password: PASSWORD }, as: 'final' })
  await reports.acknowledge(referrer, report.id, {})
  t.is((await requests.view(referrer, id)).state, 'closed')
  t.deepEqual((await readOpenActs(db.sql(), coordinator.who, 10)).total, 0)

  const late = await criticals.raise(first, id, FOUND)
  t.like(await requests.view(referrer, id), { state: 'delivered', holder: { name: 'Dr Un' } })
  // The board shows it first, for as long as somebody must be told.
  const open = await readOpenActs(db.sql(), coordinator.who, 10, [id])
  t.deepEqual([open.total, open.acts.map(act => [act.id, act.state])], [1, [[id, 'delivered']]])
  t.is((await readOpenActs(db.sql(), stranger.who, 10, [id])).total, 0)
  await criticals.acknowledge(referrer, late.id, CALLED)
  t.is((await requests.view(referrer, id)).state, 'closed')
  await criticals.raise(first, id, { ...FOUND, called: CALLED })
  t.is((await requests.view(referrer, id)).state, 'closed')

  const types = ['critical-raised', 'critical-acknowledged', 'request-reopened', 'request-closed']
  const facts = await journal.read({ subject: id, types })
  t.deepEqual(
    facts.map(({ type }) => type),
    [
      ...['request-closed', 'critical-raised', 'request-reopened', 'critical-acknowledged'],
      ...['request-closed', 'critical-raised', 'request-reopened', 'critical-acknowledged', 'request-closed'],
    ],
  )
  t.like(facts[2], {
    origin: { by: 'account', name: 'Dr Un' },
    body: { from: 'closed', state: 'delivered', because: `critical:${late.id}` },
  })
})

test('a finding of another site never was; who may not raise or acknowledge is told so', async t => {
  const { criticals, requests } = t.context
  const id = await claimed(t.context)
  const { id: critical } = await criticals.raise(second, id, FOUND)
  for (const who of [stranger, outsider]) {
    t.like(await t.throwsAsync(criticals.view(who, critical)), { code: 'missing' })
    t.like(await t.throwsAsync(criticals.acknowledge(who, critical, CALLED)), { code: 'missing' })
    t.like(await t.throwsAsync(criticals.raise(who, id, FOUND)), { code: 'missing' })
    t.deepEqual((await criticals.list(who, { limit: 10 })).items, [])
  }
  t.like(await t.throwsAsync(criticals.raise(referrer, id, FOUND)), { code: 'forbidden' })
  t.like(await t.throwsAsync(criticals.view(technician, critical)), { code: 'missing' })
  t.like(await t.throwsAsync(criticals.raise(first, id, { ...FOUND, foundAt: '2027-01-01T00:00:00Z' })), {
    code: 'invalid',
    fields: [{ path: 'foundAt' }],
  })
  const draft = await requests.create(referrer, { ...FORM, submit: false })
  t.like(await t.throwsAsync(criticals.raise(first, draft.id, FOUND)), { code: 'missing' })
})

test('the board has the gravest first, then the oldest, page by page', async t => {
  const { criticals, clock } = t.context
  const id = await claimed(t.context)
  const made: string[] = []
  for (const grade of [3, 1, 2, 1] as const) {
    made.push((await criticals.raise(first, id, { ...FOUND, class: grade })).id)
    clock.advance(1000)
  }
  const order = [made[1], made[3], made[2], made[0]]
  const listed = await criticals.list(referrer, { limit: 10 })
  t.deepEqual(
    listed.items.map(item => item.id),
    order,
  )
  const page = await criticals.list(first, { limit: 3 })
  t.deepEqual(
    (await criticals.list(first, { limit: 3, after: page.next })).items.map(item => item.id),
    order.slice(3),
  )
  await criticals.acknowledge(first, made[1] ?? '', CALLED)
  t.is((await criticals.list(first, { limit: 10, state: 'notifying' })).items.length, 3)
})

test('what was found cannot be written over, and a state that nobody recorded is found', async t => {
  const { criticals, db } = t.context
  const id = await claimed(t.context)
  const { id: critical } = await criticals.raise(first, id, { ...FOUND, called: CALLED })
  const other = new Sqlite(db.file)
  for (const sql of [
    "UPDATE criticals SET finding = 'rien'",
    'DELETE FROM criticals',
    "UPDATE critical_calls SET receiver = 'x'",
    'DELETE FROM critical_calls',
  ])
    t.throws(() => other.exec(sql), { any: true, message: /criticals:/ })
  const faults = () =>
    stateChecks.filter(check => /critical/.test(check.name)).flatMap(check => check.run(db.file))
  t.deepEqual(faults(), [])
  other.prepare("UPDATE criticals SET state = 'closed' WHERE id = ?").run(critical)
  t.is(faults().length, 1)
  other.prepare("UPDATE criticals SET state = 'acknowledged' WHERE id = ?").run(critical)
  other.exec('DROP TRIGGER criticals_say_what_they_said')
  other.exec("UPDATE criticals SET finding = 'rien'")
  t.is(faults().length, 1)
  other.close()
})

test('its recorded steps lead to its state, and to no other', t => {
  t.is(replayCritical([]), undefined)
  t.is(replayCritical(['critical-raised', 'critical-called']), 'notifying')
  t.is(replayCritical(['critical-raised', 'critical-acknowledged', 'critical-closed']), 'closed')
  t.throws(() => replayCritical(['critical-raised', 'critical-closed']), { any: true })
})
