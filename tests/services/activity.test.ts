import { join } from 'node:path'
import anyTest, { type TestFn } from 'ava'
import { accountMigrations } from '../../node/accounts/schema.js'
import { tallyOf } from '../../node/activity/act.js'
import { type Activity, openActivity } from '../../node/activity/activity.js'
import { activityCsv } from '../../node/activity/csv.js'
import { activityFollower, cellOf } from '../../node/activity/follow.js'
import { type ActivitySum, type ActivityTables, activityMigrations } from '../../node/activity/schema.js'
import { openSumming } from '../../node/activity/sums.js'
import { addTally, emptyTally, type Tally } from '../../node/activity/tally.js'
import { openDatabase } from '../../node/database.js'
import { openFollowers } from '../../node/journal/followers.js'
import type { JournalTables } from '../../node/journal/schema.js'
import { siteMigrations } from '../../node/sites/schema.js'
import { type Act, FORM, openAct, PASSWORD, PEOPLE, person, SITES, START_MS } from '../support/act.js'
import { temporary } from '../support/node.js'
import { dice, seed } from '../support/scale.js'

interface House {
  act: Act
  activity: Activity
}
const test = anyTest as TestFn<House>
const TIME_ZONE = 'Europe/Paris'
const { referrer, first, second, outsider, coordinator } = PEOPLE
const keeper = person('acc_adm', 'Mme Gestion', 'administrator', 'nord')
const theirs = person('acc_adm2', 'M. Gestion', 'administrator', 'sud')
const everywhere = {
  ...person('acc_ope', 'Mme Exploite', 'operator', 'lecture').who,
  membership: { id: 'mem_acc_ope', site: 'lecture', role: 'operator' as const, everySite: true },
}
const MINUTE_MS = 60_000

test.beforeEach(async t => {
  const act = await openAct([...siteMigrations, ...accountMigrations, ...activityMigrations])
  act.followers.add(activityFollower({ timeZone: TIME_ZONE }))
  await act.followers.start()
  const activity = openActivity({
    db: act.db,
    clock: act.clock,
    sites: { sites: async () => SITES },
    timeZone: TIME_ZONE,
  })
  t.context = { act, activity }
})
test.afterEach.always(t => t.context.act.close())

/** A request read so many minutes after it was sent. */
async function read({ act }: House, by = first, minutes = { claim: 4, sign: 20 }, form = FORM) {
  const { requests, reports, clock } = act
  const { id } = await requests.create(referrer, form)
  clock.advance(minutes.claim * MINUTE_MS)
  await requests.send(by, id, 'claim', {})
  clock.advance((minutes.sign - minutes.claim) * MINUTE_MS)
  const { report } = await reports.draft(by, id)
  const sections = { indication: 'x', technique: 'x', results: 'x', conclusion: 'x' }
  const { revision } = await reports.save(by, report.id, report.revision, sections)
  await reports.sign(by, report.id, {
    reauthentication: { password: PASSWORD },
    as: 'final',
    expectedRevision: revision,
  } as never)
  return { id, report: report.id }
}

const rows = async ({ act }: House) => {
  const sql = act.db.sql<ActivityTables>()
  return {
    acts: await sql.selectFrom('activity_acts').selectAll().orderBy('request').execute(),
    cells: await sql.selectFrom('activity_cells').selectAll().orderBy('period').orderBy('reader').execute(),
  }
}

test('an act counts where it was asked and where it was read, with each of its delays', async t => {
  const { act, activity } = t.context
  await read(t.context)
  await read(t.context, second, { claim: 10, sign: 60 })
  await act.requests.create(referrer, { ...FORM, urgency: 'emergency', modality: 'MR' })
  await act.followers.settled()
  const seen = await activity.read(coordinator.who, { by: 'radiologist' })
  t.like(seen, { from: '2026-11-01', to: '2026-11-30', timeZone: TIME_ZONE })
  t.like(seen.total, { requests: 3, acts: 2, refused: 0, enteredLater: 0 })
  t.deepEqual(seen.total.intervals.claimed, { count: 2, medianMs: 242_000, p90Ms: 600_000 })
  t.deepEqual(
    seen.items.map(({ key, requests, acts }) => [key, requests, acts]),
    [
      ['', 1, 0],
      ['acc_rad1', 1, 1],
      ['acc_rad2', 1, 1],
    ],
  )
  t.deepEqual(
    seen.hours.filter(({ requests }) => requests > 0).map(({ hour, requests }) => [hour, requests]),
    [
      [7, 2],
      [8, 1],
    ],
  )
  for (const by of ['site', 'group', 'modality', 'kind', 'urgency', 'month', 'day', 'hour'] as const) {
    const { total, items } = await activity.read(coordinator.who, { by })
    t.deepEqual(total, seen.total, by)
    if (by !== 'hour')
      t.is(
        items.reduce((sum, { requests }) => sum + requests, 0),
        3,
        by,
      )
  }
  t.like(await activity.read(coordinator.who, { by: 'site', modality: 'MR' }), { total: { requests: 1 } })
  t.like(await activity.read(coordinator.who, { by: 'site', from: '2026-12-01' }), { total: { requests: 0 } })
})

test('a site counts its own, a group what it reads, a radiologist their own and no colleague’s', async t => {
  const { act, activity } = t.context
  await read(t.context)
  await read(t.context, second)
  await act.followers.settled()
  const counted = async (who: typeof first.who) => {
    const { total, items } = await activity.read(who, { by: 'radiologist' })
    return [total.requests, ...items.map(({ key }) => key)]
  }
  t.deepEqual(await counted(first.who), [1, 'acc_rad1'])
  t.deepEqual(await counted(second.who), [1, 'acc_rad2'])
  t.deepEqual(await counted(outsider.who), [0])
  t.deepEqual(await counted(coordinator.who), [2, 'acc_rad1', 'acc_rad2'])
  t.deepEqual(await counted(keeper.who), [2, 'acc_rad1', 'acc_rad2'])
  t.deepEqual(await counted(theirs.who), [0])
  t.deepEqual(await counted(everywhere), [2, 'acc_rad1', 'acc_rad2'])
  // Nor by asking for them.
  t.like(await activity.read(first.who, { by: 'site', radiologist: 'acc_rad2' }), { total: { requests: 0 } })
})

test('what is refused, cancelled or entered in error is told apart and never billed as read', async t => {
  const { act, activity } = t.context
  const { requests } = act
  const refused = await requests.create(referrer, FORM)
  await requests.send(first, refused.id, 'claim', {})
  await requests.send(first, refused.id, 'refuse', { reason: 'non indiqué', alternative: 'IRM' })
  const cancelled = await requests.create(referrer, FORM)
  await requests.send(coordinator, cancelled.id, 'cancel', { reason: 'sorti' })
  await requests.create(referrer, { ...FORM, submit: false })
  await act.followers.settled()
  t.like(await activity.read(coordinator.who, { by: 'site' }), {
    total: { requests: 2, acts: 0, refused: 1, cancelled: 1 },
  })
})

test('whatever was put together and whatever changed since, each question has the answer the cells give', async t => {
  t.log(`seed ${seed}`)
  const { act, activity } = t.context
  const roll = dice(seed)
  const summing = openSumming({
    db: act.db,
    onTrouble: thrown => t.fail(String(thrown)),
  })
  const some = async (count: number) => {
    for (let number = 0; number < count; number++) {
      act.clock.advance(roll(50) * 3_600_000)
      const modality = (['CT', 'MR'] as const)[roll(2)] ?? 'CT'
      const urgency = (['urgent', 'routine'] as const)[roll(2)] ?? 'routine'
      const form = { ...FORM, modality, urgency }
      if (roll(3) === 0) await act.requests.create(referrer, form)
      else await read(t.context, roll(2) === 0 ? first : second, { claim: 3, sign: 9 + roll(90) }, form)
    }
    await act.followers.settled()
  }
  const days = { from: '2026-11-20', to: '2027-02-10' }
  const questions = (
    ['site', 'group', 'radiologist', 'modality', 'kind', 'urgency', 'month', 'day', 'hour'] as const
  ).flatMap(by =>
    [
      {},
      { modality: 'CT' },
      { radiologist: 'acc_rad1' },
      { site: 'nord', urgency: 'urgent' as const },
      { modality: 'MR', kind: 'reading' as const },
      { group: 'nowhere' },
    ].map(filter => ({ by, ...days, ...filter })),
  )
  const people = [coordinator.who, first.who, keeper.who, everywhere]
  const answers = async () => {
    const found: unknown[] = []
    for (const who of people) for (const question of questions) found.push(await activity.read(who, question))
    return found
  }
  const unsummed = async () =>
    (await act.db.sql<ActivityTables>().selectFrom('activity_unsummed').selectAll().execute()).length
  await some(12)
  const plain = await answers()
  t.true((await unsummed()) > 3)
  await summing.sumUp()
  t.is(await unsummed(), 0)
  t.deepEqual(await answers(), plain)
  await some(6)
  t.true((await unsummed()) > 0)
  const mixed = await answers()
  await act.db.write(tx => tx.sql<ActivityTables>().deleteFrom('activity_sums').execute())
  await act.db.write(tx =>
    tx.sql<ActivityTables>().updateTable('activity_cells').set({ kind: 'reading' }).execute(),
  )
  t.deepEqual(mixed, await answers())
  await summing.sumUp()
  t.deepEqual(mixed, await answers())
})

test('sums of an older folder are read as they were: their hours only move to a place of their own', async t => {
  const file = join(temporary(t), 'relais.db')
  const { clock } = t.context.act
  const older = openDatabase({ file, migrations: activityMigrations.slice(0, 2), clock })
  const pairs = [3, 2, 40, 1]
  const parts = { c: [3, 3, 0, 0, 0, 0], i: [pairs, [], [], pairs, []], r: ['acc_1'], m: ['CT'] }
  const hours = [[8, 3, pairs]]
  const sum = {
    grain: 'month',
    period: '2026-11',
    shape: 'all',
    site: 'nord',
    reading_site: 'lecture',
    key: '',
  }
  const packed = JSON.stringify({ ...parts, h: hours })
  await older.write(tx =>
    tx
      .sql<{ activity_sums: object }>()
      .insertInto('activity_sums')
      .values({ ...sum, packed })
      .execute(),
  )
  await older.close()
  const newer = openDatabase({ file, migrations: activityMigrations, clock })
  t.teardown(() => newer.close())
  t.deepEqual(await newer.sql<ActivityTables>().selectFrom('activity_sums').selectAll().execute(), [
    { ...sum, packed: JSON.stringify(parts), hours: JSON.stringify(hours) } as ActivitySum,
  ])
})

test('read again from the first entry the journal gives the same rows and the same sums', async t => {
  t.log(`seed ${seed}`)
  const { act } = t.context
  const { requests, clock } = act
  const roll = dice(seed)
  for (let number = 0; number < 25; number++) {
    const by = roll(2) === 0 ? first : second
    clock.advance(roll(40) * 3_600_000)
    const form = { ...FORM, urgency: (['emergency', 'urgent', 'routine'] as const)[roll(3)] ?? 'routine' }
    const fate = roll(4)
    if (fate === 0) await read(t.context, by, { claim: roll(30), sign: 30 + roll(300) }, form)
    else {
      const { id } = await requests.create(referrer, form)
      if (fate === 1) continue
      clock.advance(roll(90) * MINUTE_MS)
      await requests.send(by, id, 'claim', {})
      if (fate === 2) await requests.send(by, id, 'release', { reason: 'fin de vacation' })
    }
  }
  await act.followers.settled()
  const before = await rows(t.context)
  t.is(before.acts.length, 25)

  const sums = new Map<string, Tally>()
  for (const one of before.acts)
    for (const grain of ['day', 'month'] as const) {
      const tally = tallyOf(one)
      if (tally === undefined) continue
      const key = JSON.stringify(cellOf(one, grain))
      const sum = sums.get(key) ?? emptyTally()
      addTally(sum, tally)
      sums.set(key, sum)
    }
  const byKey = (entries: [string, Tally][]) => entries.sort(([a], [b]) => (a < b ? -1 : 1))
  t.deepEqual(
    byKey(before.cells.map(({ tally, ...cell }) => [JSON.stringify(cell), JSON.parse(tally) as Tally])),
    byKey([...sums]),
  )

  await act.followers.close()
  await act.db.write(async tx => {
    for (const table of ['activity_acts', 'activity_cells'] as const)
      await tx.sql<ActivityTables>().deleteFrom(table).execute()
    await tx.sql<JournalTables>().deleteFrom('followers').where('name', '=', 'activity').execute()
  })
  const onTrouble = (trouble: unknown) => {
    throw new Error(JSON.stringify(trouble))
  }
  const again = openFollowers({ db: act.db, journal: act.journal, clock, onTrouble })
  again.add(activityFollower({ timeZone: TIME_ZONE }))
  await again.start()
  await again.settled()
  await again.close()
  t.deepEqual(await rows(t.context), before)
})

test('the acts leave as a file a spreadsheet opens in its language, without a patient', async t => {
  const { act, activity } = t.context
  await read(t.context)
  await act.followers.settled()
  const text = async (language: 'fr' | 'en') => {
    let all = ''
    for await (const piece of activityCsv(activity.acts(coordinator.who, {}), language, TIME_ZONE))
      all += piece
    return all
  }
  const french = (await text('fr')).split('\r\n')
  t.regex(french[0] ?? '', /^\ufeffréférence;demandée le;/)
  t.regex(french[1] ?? '', /^N-0001;2026-11-24 07:00;Hôpital Nord;Groupe de lecture;acc_rad1;CT;reading;/)
  t.regex(french[1] ?? '', /;2026-11-24 07:20;4;4;0;20;;0$/)
  t.notRegex(french.join(), /ESSAI|P1/)
  t.regex((await text('en')).split('\r\n')[0] ?? '', /^\ufeffreference,requested at,/)
  t.throws(() => activity.acts(coordinator.who, { from: '2026-02-30' }), { message: /./ })
  t.is(act.clock.now(), START_MS + 20 * MINUTE_MS)
})
