import { join } from 'node:path'
import { type Bench, inFolder, median, rounded, say } from './measure.js'
import { startProgram } from './program.js'

/** From the spawn to the line that says where it listens: the first start makes the database, later ones find it. */
export const start: Bench = async options => {
  await inFolder('start', options, async house => {
    const data = join(house.folder, 'node')
    const takenMs: number[] = []
    for (let number = 0; number <= options.rounds; number += 1) {
      const { startedInMs, stop } = await startProgram(house, data)
      takenMs.push(startedInMs)
      await stop()
    }
    const [first = Number.NaN, ...later] = takenMs
    say(
      `start: it listens after ${rounded(first)} ms the first time, ${rounded(median(later))} ms from then on (${later.map(rounded).join(', ')})\n`,
    )
  })
}
