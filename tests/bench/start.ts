import { join } from 'node:path'
import { fillWithInstances } from './instances.js'
import { type Bench, inFolder, median, rounded, say } from './measure.js'
import { startProgram } from './program.js'

/** So many for each of `count`: a million at the default. */
const INSTANCES_EACH = 2_000

/** From the spawn to the line that says where it listens: on an empty folder, then on one that holds a million instances. */
export const start: Bench = options =>
  inFolder('start', options, async house => {
    const instances = options.count * INSTANCES_EACH
    const full = join(house.folder, 'full')
    const [first, ...later] = await startsOf(join(house.folder, 'empty'))
    await fillWithInstances(full, instances)
    const withMany = await startsOf(full)
    say(
      `start: it listens after ${rounded(first ?? Number.NaN)} ms the first time, ${rounded(median(later))} ms from then on (${later.map(rounded).join(', ')}); with ${instances} instances after ${rounded(median(withMany))} ms (${withMany.map(rounded).join(', ')})\n`,
    )
    return [
      {
        what: `start with ${instances} instances`,
        measured: median(withMany) / 1000,
        goal: [3, 'at most'],
        unit: ' s',
      },
    ]

    async function startsOf(data: string): Promise<number[]> {
      const takenMs: number[] = []
      for (let number = 0; number <= options.rounds; number += 1) {
        const { startedInMs, stop } = await startProgram(house, data)
        takenMs.push(startedInMs)
        await stop()
      }
      return takenMs
    }
  })
