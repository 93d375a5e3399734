import { join } from 'node:path'
import { PASSWORD } from '../support/people.js'
import { askMany, signIn } from './asking.js'
import { fillWithInstances } from './instances.js'
import { type Bench, type Figure, inFolder, quantile, rounded, say, table } from './measure.js'
import { startProgram } from './program.js'
import { withServices } from './services.js'

/** So many for each of `count`: a million at the default, in fifty thousand studies. */
const INSTANCES_EACH = 2_000
const IMAGES = 20
const WARMING = 20
const ASKED = 300
const GOAL_MS = 30
const TECHNICIAN = {
  email: 'bench@nord.example',
  name: 'Bench',
  role: 'technician',
  site: 'nord',
  language: 'fr',
  password: PASSWORD,
} as const

/** What a technician asks of the list of studies, over HTTP: the first page, a search, a filter that fits nothing. */
const QUESTIONS: readonly (readonly [what: string, path: string])[] = [
  ['first page', '/api/studies'],
  ['search that finds few', '/api/studies?q=essai+10042'],
  ['search that finds nothing', '/api/studies?q=personne'],
  ['filter that fits nothing', '/api/studies?modality=MG'],
]

export const studies: Bench = options =>
  inFolder('studies', options, async house => {
    const data = join(house.folder, 'node')
    const instances = options.count * INSTANCES_EACH
    await fillWithInstances(data, instances, IMAGES)
    await withServices(data, async services => {
      await services.accounts.create(null, TECHNICIAN, { by: 'command', user: 'bench' })
    })
    const { http } = await startProgram(house, data)
    const ask = await signIn(http, TECHNICIAN, { atOnce: 1, teardown: house.teardown })
    const rows = [[`GET /api/studies, ${instances} instances`, 'p50 ms', 'p99 ms']]
    const figures: Figure[] = []
    for (const [what, path] of QUESTIONS) {
      await askMany(() => ask(path), WARMING, 1)
      const { tookMs } = await askMany(() => ask(path), ASKED, 1)
      const p99 = quantile(tookMs, 0.99)
      rows.push([what, rounded(quantile(tookMs, 0.5)), rounded(p99)])
      figures.push({ what: `studies: ${what}, p99`, measured: p99, goal: [GOAL_MS, 'at most'], unit: ' ms' })
    }
    say(`studies:\n${table(rows)}\n`)
    return figures
  })
