import anyTest, { type TestFn } from 'ava'
import { sql } from 'kysely'
import { openMarks } from '../../node/archive/retention/marks.js'
import { openRetention, retentionCsv } from '../../node/archive/retention/retention.js'
import type { CriticalTables } from '../../node/criticals/schema.js'
import { FORM, PEOPLE, person } from '../support/act.js'
import { openReadAct, type Story } from '../support/read-act.js'

const { referrer } = PEOPLE
const keeper = person('acc_adm', 'Mme Archive', 'administrator', 'nord')

interface Scene extends Story {
  marks: ReturnType<typeof openMarks>
  retention: ReturnType<typeof openRetention>
  year: number
}
const test = anyTest as TestFn<Scene>
test.beforeEach(async t => {
  const story = await openReadAct()
  const { act } = story
  t.context = {
    ...story,
    marks: openMarks(act),
    retention: openRetention(act),
    year: Number(act.clock.isoNow().slice(0, 4)),
  }
})
test.afterEach.always(t => t.context.act.close())

const actOf = async ({ retention, request }: Scene) => (await retention.ofAct(request)) ?? { from: 'none' }
const mark = (scene: Scene, kind: 'death' | 'claim' | 'hold', of: 'patient' | 'act', day?: string) =>
  scene.marks.record(
    keeper.who,
    { id: scene.request, reference: 'N-0001', site: 'nord' },
    { kind, of, day, reason: 'courrier du 3' },
    keeper.origin,
  )

test('what would be destroyed by the end of a year is what the law says of each act, of the site that asks', async t => {
  const { retention, request, year } = t.context
  t.like(await retention.dueInYear(year + 19), { year: year + 19, acts: 0, images: 0, items: [], counts: [] })
  const due = await retention.dueInYear(year + 20)
  t.is(due.acts, 2)
  t.deepEqual(due.counts, [{ site: 'nord', year: year + 20, acts: 2, held: 1 }], 'one of them is not over')
  const item = due.items.find(each => each.request === request)
  t.like(item, { because: 'last-contact', holds: [], images: 2, promised: 0 })
  for (const { from, lastContact } of due.items) t.is(from, `${year + 20}${lastContact.slice(4)}`)
  t.is((await retention.dueInYear(year + 60, 'sud')).acts, 0)
  const [head, ...lines] = retentionCsv(due).trim().split('\r\n')
  t.true(head?.startsWith('reference,site,lastContact,from,because'))
  t.is(lines.length, 2)
})

test('reading or keeping a record is no contact with its patient; what is done for them is', async t => {
  const { act, archive, request } = t.context
  const before = await actOf(t.context)
  act.clock.advance(400 * 86_400_000)
  await archive.read(request, keeper.origin)
  await mark(t.context, 'hold', 'act')
  t.is((await actOf(t.context)).from, before.from)
  await act.requests.create(referrer, FORM)
  t.true(
    (await actOf(t.context)).from > before.from,
    'another act of the same patient: the whole record goes on',
  )
})

test('a child is kept until their 28th birthday, one born on 29 February too', async t => {
  const { act, retention } = t.context
  const patient = { ...FORM.patient, id: 'P2', birthDate: '2024-02-29' }
  const { id } = await act.requests.create(referrer, { ...FORM, studies: [], patient })
  t.like(await retention.ofAct(id), { from: '2052-02-29', because: 'majority' })
  const unknown = await act.requests.create(referrer, {
    ...FORM,
    studies: [],
    patient: { ...FORM.patient, id: 'P3', birthDate: '2025-02-28' },
  })
  t.like(await retention.ofAct(unknown.id), { from: '2053-02-28', because: 'majority' })
})

test('a death shortens the period by a person’s word, and its release gives the old one back', async t => {
  const { act, marks, year, retention } = t.context
  await t.throwsAsync(mark(t.context, 'death', 'act', '2026-01-01'), { message: /patient/ })
  for (const day of [undefined, '2026-02-30', `${year + 1}-01-01`])
    t.like(await t.throwsAsync(mark(t.context, 'death', 'patient', day)), { code: 'invalid' })
  const today = act.clock.isoNow().slice(0, 10)
  const before = await actOf(t.context)
  const death = await mark(t.context, 'death', 'patient', today)
  t.like(death, { by: 'Mme Archive', day: today, reason: 'courrier du 3' })
  t.like(await actOf(t.context), { from: `${year + 10}${today.slice(4)}`, because: 'death', died: today })
  t.true((await retention.dueInYear(year + 10)).items.some(({ request }) => request === t.context.request))
  t.like(await t.throwsAsync(mark(t.context, 'death', 'patient', today)), { code: 'conflict' })
  await marks.release(keeper.who, death.id, 'erreur de patient', keeper.origin)
  t.is((await actOf(t.context)).from, before.from)
  t.like(await t.throwsAsync(marks.release(keeper.who, death.id, 'encore', keeper.origin)), {
    code: 'conflict',
  })
  t.like((await marks.list('nord'))[0]?.released, { by: 'Mme Archive', reason: 'erreur de patient' })
})

test('a claim and a legal hold hold the act, or every act of its patient, and are facts of the journal by name', async t => {
  const { act, retention, request, marks } = t.context
  const other = await act.requests.create(referrer, FORM)
  const hold = await mark(t.context, 'hold', 'act')
  t.true((await retention.ofAct(request))?.holds.includes('hold'))
  t.false((await retention.ofAct(other.id))?.holds.includes('hold'))
  const claim = await mark(t.context, 'claim', 'patient')
  t.true((await retention.ofAct(request))?.holds.includes('claim'))
  t.true((await retention.ofAct(other.id))?.holds.includes('claim'))
  const stranger = await act.requests.create(referrer, {
    ...FORM,
    studies: [],
    patient: { ...FORM.patient, id: 'P9' },
  })
  t.false((await retention.ofAct(stranger.id))?.holds.includes('claim'))
  await marks.release(keeper.who, hold.id, 'levé', keeper.origin)
  await marks.release(keeper.who, claim.id, 'jugée', keeper.origin)
  t.deepEqual((await retention.ofAct(request))?.holds, [])
  const facts = await act.journal.read({ types: ['retention-marked', 'retention-released'] })
  t.is(facts.length, 4)
  t.true(facts.every(({ origin }) => origin?.by === 'account' && origin.name === 'Mme Archive'))
})

test('what is not over holds: an open critical finding, images under way, images that were promised', async t => {
  const { act, retention, request } = t.context
  const reader = PEOPLE.first
  await act.criticals.raise(reader, request, {
    class: 1,
    finding: 'Hématome',
    foundAt: act.clock.isoNow(),
  })
  t.true((await retention.ofAct(request))?.holds.includes('open-critical'))
  await act.db.write(tx =>
    tx
      .sql<CriticalTables>()
      .updateTable('criticals')
      .set({ state: 'closed' })
      .where('request', '=', request)
      .execute(),
  )
  t.false((await retention.ofAct(request))?.holds.includes('open-critical'))
  await act.db.write(async tx => {
    const run = (text: string) => sql.raw(text).execute(tx.sql())
    await run("UPDATE transfers SET state = 'moving' WHERE cause = 'rte_1'")
    await run(
      "INSERT INTO commitment_requests VALUES ('cmr_1', 'nord-pacs', '2.25.9', 'keeper', 'reported', 'a', 1, 1, 1, NULL)",
    )
    await run("INSERT INTO holds SELECT id, 'cmr_1', 1 FROM instances LIMIT 1")
  })
  t.like(await retention.ofAct(request), { promised: 1 })
  t.true((await retention.ofAct(request))?.holds.includes('sending'))
  t.false(
    (await retention.ofAct(request))?.holds.includes('promised'),
    'the record may go without its images',
  )
  t.true((await retention.ofAct(request))?.imageHolds?.includes('promised'))
})

test('a site keeps longer than the law where it says so, never shorter; its images have a clock of their own', async t => {
  const { marks, retention, request, year } = t.context
  t.deepEqual(await marks.policies('nord'), [{ site: 'nord', recordYears: 20, imageYears: 20 }])
  const set = (recordYears: number, imageYears: number) =>
    marks.setPolicy(keeper.who, 'nord', { recordYears, imageYears, reason: 'décision 12' }, keeper.origin)
  t.like(await t.throwsAsync(set(19, 5)), { code: 'invalid' })
  await set(30, 5)
  const act = await retention.ofAct(request)
  t.is(act?.from.slice(0, 4), String(year + 30))
  t.is(act?.imagesFrom?.slice(0, 4), String(year + 5))
  t.like(await retention.dueInYear(year + 5), { acts: 0, images: 2 })
  t.like(await t.throwsAsync(set(20, 25)), { code: 'invalid' })
  await set(30, 25)
  t.is((await retention.ofAct(request))?.imagesFrom?.slice(0, 4), String(year + 25))
  t.like((await marks.policies('nord'))[0], { by: 'Mme Archive', reason: 'décision 12' })
})
