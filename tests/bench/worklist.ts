import { join } from 'node:path'
import { askMany, signIn } from './asking.js'
import { type Bench, type Figure, inFolder, quantile, rounded, say, secondsOf, table } from './measure.js'
import { startProgram } from './program.js'
import { fillFolder, READER } from './requests.js'

/** The greater one for each of `count`: a million at the default. */
const SMALL = 10_000
const EACH = 2_000
const WARMING = 50
const ASKED = 400
const AT_ONCE = 8
const GOAL_MS = 30
const GOAL_RATIO = 1.5

/** What a radiologist's worklist asks for, over HTTP. */
const QUESTIONS: readonly (readonly [what: string, path: string])[] = [
  ['to claim', '/api/requests?state=offered&limit=200'],
  ['all', '/api/requests'],
  ['mine', '/api/requests?mine=true'],
  ['overdue', '/api/requests?late=true'],
  ['counts', '/api/requests/counts'],
  ['search that finds everything', '/api/requests?q=essai'],
  ['search that finds some', '/api/requests?q=essai+20042'],
  ['search that finds nothing', '/api/requests?q=personne'],
  ['filter that fits nothing', '/api/requests?modality=MG'],
]

/** The same questions at ten thousand requests and at a million: one after the other, and the first several at once. */
export const worklist: Bench = async options => {
  const sizes = [SMALL, Math.max(SMALL, options.count * EACH)]
  const p99s = new Map<string, number[]>()
  const figures: Figure[] = []
  for (const size of sizes)
    await inFolder('worklist', options, async house => {
      const data = join(house.folder, 'node')
      const filled = await secondsOf(() => fillFolder(data, size))
      const { http, startedInMs } = await startProgram(house, data)
      const asking = await signIn(http, READER, { atOnce: AT_ONCE, teardown: house.teardown })
      const rows = [[`GET, ${size} requests`, 'p50 ms', 'p99 ms']]
      const note = (what: string, tookMs: readonly number[]) => {
        const p99 = quantile(tookMs, 0.99)
        rows.push([what, rounded(quantile(tookMs, 0.5)), rounded(p99)])
        p99s.set(what, [...(p99s.get(what) ?? []), p99])
      }
      for (const [what, path] of QUESTIONS) {
        const ask = () => asking(path)
        await askMany(ask, WARMING, 1)
        note(what, (await askMany(ask, ASKED, 1)).tookMs)
      }
      const together = await askMany(() => asking('/api/requests'), ASKED, AT_ONCE)
      rows.push([
        `all, ${AT_ONCE} at once`,
        rounded(quantile(together.tookMs, 0.5)),
        rounded(quantile(together.tookMs, 0.99)),
      ])
      say(
        `worklist (filled in ${rounded(filled)} s, started in ${rounded(startedInMs)} ms):\n${table(rows)}\n`,
      )
    })
  for (const [what, [small = Number.NaN, large = Number.NaN]] of p99s) {
    figures.push({ what: `worklist: ${what}, p99`, measured: large, goal: [GOAL_MS, 'at most'], unit: ' ms' })
    figures.push({
      what: `worklist: ${what}, p99 against ${SMALL}`,
      measured: large / small,
      goal: [GOAL_RATIO, 'at most'],
    })
  }
  return figures
}
