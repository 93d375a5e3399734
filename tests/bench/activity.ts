import { tallyOf } from '../../node/activity/act.js'
import { cellOf } from '../../node/activity/follow.js'
import type { ActivityRecord, ActivityTables } from '../../node/activity/schema.js'
import { openSumming } from '../../node/activity/sums.js'
import { addTally, emptyTally, type Tally } from '../../node/activity/tally.js'
import { applyNetwork, networkFile } from '../../node/commands/network-file.js'
import type { Database } from '../../node/database.js'
import { CONTRACTS, SITES } from '../support/node.js'
import { CAST, PASSWORD } from '../support/people.js'
import { dice } from '../support/scale.js'
import { askMany, signIn } from './asking.js'
import {
  type Bench,
  type Figure,
  filledFolder,
  inFolder,
  quantile,
  rounded,
  say,
  table,
  underWay,
} from './measure.js'
import { startProgram } from './program.js'
import { withServices } from './services.js'

/** So many acts for each of `count`: a million at the default, over three years. */
const EACH = 2_000
const DAYS = 1095
const READERS = 30
const AT_A_TIME = 500
const ASKED = 40
const COMMAND = { by: 'command', user: 'bench' } as const
const FIRST = Date.UTC(2024, 0, 1)
const DAY_MS = 86_400_000
const GOAL_MS = 300

const QUESTIONS: readonly (readonly [what: string, path: string])[] = [
  ['a day by hour', '/api/activity?from=2026-11-24&to=2026-11-24&by=hour'],
  ['a month by radiologist', '/api/activity?from=2026-11-01&to=2026-11-30&by=radiologist'],
  ['a month by day', '/api/activity?from=2026-11-01&to=2026-11-30&by=day'],
  ['a year by day', '/api/activity?from=2026-01-01&to=2026-12-31&by=day'],
  ['a year by day, of one modality', '/api/activity?from=2026-01-01&to=2026-12-31&by=day&modality=CT'],
  ['three years by radiologist', '/api/activity?from=2024-01-01&to=2026-12-31&by=radiologist'],
  [
    'three years by radiologist, of one modality and urgency',
    '/api/activity?from=2024-01-01&to=2026-12-31&by=radiologist&modality=CT&urgency=routine',
  ],
  ['three years by month', '/api/activity?from=2024-01-01&to=2026-12-31&by=month'],
]

function actOf(number: number, ofDay: number, roll: (below: number) => number): ActivityRecord {
  const at = FIRST + ofDay * DAY_MS + roll(24) * 3_600_000
  const minutes = (below: number) => at + roll(below) * 60_000
  const day = new Date(at).toISOString()
  return {
    request: `req_bench_${number}`,
    reference: `B-${number}`,
    site: roll(3) === 0 ? 'sud' : 'nord',
    reading_site: CAST.first.site,
    reader: `acc_bench_${roll(READERS)}`,
    modality: ['CT', 'MR', 'DX', 'US'][roll(4)] ?? 'CT',
    kind: roll(5) === 0 ? 'opinion' : 'reading',
    urgency: (['emergency', 'urgent', 'routine'] as const)[roll(3)] ?? 'routine',
    state: 'closed',
    day: day.slice(0, 10),
    hour: Number(day.slice(11, 13)),
    submitted_at: at,
    claimed_at: minutes(60),
    accepted_at: minutes(90),
    images_at: minutes(30),
    reported_at: minutes(1440),
    seen_at: minutes(2880),
    entered_later: 0,
  }
}

/**
 * The acts of one day after the other, each day's sums once it is over and a month's at its end, as the follower would
 * have left them: nothing but one month is held in memory.
 */
async function fillActs(db: Database, count: number): Promise<void> {
  const roll = dice(1)
  const perDay = Math.ceil(count / DAYS)
  let months = new Map<string, Tally>()
  for (let day = 0; day < DAYS; day += 1) {
    const first = day * perDay
    const acts = Array.from({ length: Math.max(0, Math.min(perDay, count - first)) }, (_, at) =>
      actOf(first + at, day, roll),
    )
    const days = new Map<string, Tally>()
    for (const act of acts)
      for (const [grain, sums] of [
        ['day', days],
        ['month', months],
      ] as const) {
        const key = JSON.stringify(cellOf(act, grain))
        const sum = sums.get(key) ?? emptyTally()
        addTally(sum, tallyOf(act) ?? emptyTally())
        sums.set(key, sum)
      }
    const isMonthOver = new Date(FIRST + (day + 1) * DAY_MS).getUTCDate() === 1 || day === DAYS - 1
    const sums = [...days, ...(isMonthOver ? months : [])]
    const cells = sums.map(([key, tally]) => ({ ...JSON.parse(key), tally: JSON.stringify(tally) }))
    await db.write(async tx => {
      const sql = tx.sql<ActivityTables>()
      for (let at = 0; at < acts.length; at += AT_A_TIME)
        await sql
          .insertInto('activity_acts')
          .values(acts.slice(at, at + AT_A_TIME))
          .execute()
      for (let at = 0; at < cells.length; at += AT_A_TIME)
        await sql
          .insertInto('activity_cells')
          .values(cells.slice(at, at + AT_A_TIME))
          .execute()
    })
    if (!isMonthOver) continue
    months = new Map()
    underWay(`filled with ${Math.min(count, first + perDay)} of ${count} acts`)
  }
}

/** What those who watch over the work ask, with a million acts behind it; whatever the answer takes, others are answered meanwhile. */
export const activity: Bench = options =>
  inFolder('activity', options, async house => {
    const count = options.count * EACH
    const fill = async (data: string) =>
      withServices(data, async services => {
        const network = networkFile.parse({ sites: SITES, contracts: CONTRACTS.map(one => ({ ...one })) })
        await applyNetwork(services, network, COMMAND)
        const who = { ...CAST.dispatcher, language: 'fr', password: PASSWORD } as const
        await services.accounts.create(null, who, COMMAND)
        await fillActs(services.db, count)
        underWay('putting the sums together')
        await openSumming({
          db: services.db,
          onTrouble: thrown => {
            throw thrown
          },
        }).sumUp()
      })
    const data = await filledFolder(`acts-${count}`, options, house, fill)
    const { http } = await startProgram(house, data)
    const ask = await signIn(
      http,
      { email: CAST.dispatcher.email, password: PASSWORD },
      { atOnce: 2, teardown: house.teardown },
    )
    const rows = [
      [`GET /api/activity, ${count} acts`, 'p50 ms', 'p99 ms', 'GET /api/session beside it, p99 ms'],
    ]
    const figures: Figure[] = []
    for (const [what, path] of QUESTIONS) {
      const beside: number[] = []
      let asking = true
      const others = (async () => {
        while (asking) beside.push(...(await askMany(() => ask('/api/session'), 1, 1)).tookMs)
      })()
      const { tookMs } = await askMany(() => ask(path), ASKED, 1)
      asking = false
      await others
      const p99 = quantile(tookMs, 0.99)
      underWay(`${what}: ${rounded(p99)} ms`)
      rows.push([what, rounded(quantile(tookMs, 0.5)), rounded(p99), rounded(quantile(beside, 0.99))])
      figures.push({ what: `activity: ${what}, p99`, measured: p99, goal: [GOAL_MS, 'at most'], unit: ' ms' })
      figures.push({
        what: `activity: others beside ${what}, p99`,
        measured: quantile(beside, 0.99),
        goal: [GOAL_MS, 'at most'],
        unit: ' ms',
      })
    }
    say(`activity:\n${table(rows)}\n`)
    return figures
  })
