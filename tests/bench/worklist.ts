import { askMany, signIn } from './asking.js'
import { waitedForCoreMs } from './machine.js'
import {
  type Bench,
  type Figure,
  filledFolder,
  inFolder,
  quantile,
  rounded,
  say,
  secondsOf,
  table,
  underWay,
} from './measure.js'
import { startProgram } from './program.js'
import { ASKER, fillFolder, READER } from './requests.js'

/** The greater one for each of `count`: a million at the default. */
const SMALL = 10_000
const EACH = 2_000
const WARMING = 100
const ASKED = 200
const AT_ONCE = 8
const GOAL_MS = 30
const GOAL_RATIO = 1.5
/** Longest text of a search. */
const SPACES = 150

/** What a radiologist's worklist, and that of whoever asks, want to know over HTTP, by pages as the screen reads them: a hundred rows first. `q` comes last. */
const QUESTIONS: readonly (readonly [what: string, who: 'reader' | 'asker', path: string])[] = [
  ['to claim, 100 rows', 'reader', '/api/requests?state=offered&limit=100&q='],
  ['to claim by me, 100 rows', 'reader', '/api/requests?toClaim=true&limit=100&q='],
  ['all, 50 rows', 'reader', '/api/requests?q='],
  ['all, 100 rows', 'reader', '/api/requests?limit=100&q='],
  ['all, 200 rows', 'reader', '/api/requests?limit=200&q='],
  ['mine', 'reader', '/api/requests?mine=true&q='],
  ['overdue', 'reader', '/api/requests?late=true&q='],
  ['no longer ours', 'reader', '/api/requests?former=true&q='],
  ['counts', 'reader', '/api/requests/counts?'],
  ['of one urgency and site', 'reader', '/api/requests?urgency=routine&site=nord&limit=100&q='],
  ['search that finds everything', 'reader', '/api/requests?q=essai'],
  ['search for a patient’s number', 'reader', '/api/requests?q=essai+100421'],
  ['search for a name many have', 'reader', '/api/requests?q=essai+corbel'],
  ['search for two letters', 'reader', '/api/requests?q=zo'],
  ['search that finds nothing', 'reader', '/api/requests?q=personne'],
  ['filters that fit nothing', 'reader', '/api/requests?kind=opinion&q='],
  [
    'asked for and open',
    'asker',
    '/api/requests?state=submitted,offered,claimed,accepted,reading&limit=100&q=',
  ],
  ['counts of who asks', 'asker', '/api/requests/counts?'],
]

/**
 * The same questions at ten thousand requests and at a million: one after the other, and the first several at once. What
 * the threads waited for a core, on a machine that does other things too, is told apart.
 */
export const worklist: Bench = async options => {
  const sizes = [SMALL, Math.max(SMALL, options.count * EACH)]
  const p99s = new Map<string, number[]>()
  const figures: Figure[] = []
  for (const size of sizes)
    await inFolder('worklist', options, async house => {
      let data = ''
      const filled = await secondsOf(async () => {
        data = await filledFolder(`requests-${size}`, options, house, folder =>
          fillFolder(folder, size, { lives: true }),
        )
      })
      const { http, startedInMs, pid } = await startProgram(house, data)
      const asking = {
        reader: await signIn(http, READER, { atOnce: AT_ONCE, teardown: house.teardown }),
        asker: await signIn(http, ASKER, { atOnce: 1, teardown: house.teardown }),
      }
      const rows = [[`GET, ${size} requests`, 'p50 ms', 'p99 ms', 'p99 less waiting for a core']]
      for (const [what, who, path] of QUESTIONS) {
        // What was asked for less than a second ago is kept for who asks alike: spaces change nothing but the question.
        let asked = 0
        const ask = () => asking[who](`${path}${'+'.repeat(asked++ % SPACES)}`)
        await askMany(ask, WARMING, 1)
        const [took, net]: [number[], number[]] = [[], []]
        for (let number = 0; number < ASKED; number += 1) {
          const waited = waitedForCoreMs(pid) + waitedForCoreMs()
          const began = performance.now()
          await ask()
          took.push(performance.now() - began)
          net.push((took.at(-1) ?? 0) - (waitedForCoreMs(pid) + waitedForCoreMs() - waited))
        }
        const p99 = quantile(net, 0.99)
        underWay(`${what}: ${rounded(p99)} ms`)
        rows.push([what, rounded(quantile(took, 0.5)), rounded(quantile(took, 0.99)), rounded(p99)])
        p99s.set(what, [...(p99s.get(what) ?? []), p99])
      }
      const { tookMs } = await askMany(() => asking.reader('/api/requests'), ASKED, AT_ONCE)
      rows.push([
        `all, ${AT_ONCE} at once`,
        rounded(quantile(tookMs, 0.5)),
        rounded(quantile(tookMs, 0.99)),
        '',
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
