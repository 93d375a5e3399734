import { join } from 'node:path'
import { askMany, signIn } from './asking.js'
import { type Bench, inFolder, quantile, rounded, say, table } from './measure.js'
import { startProgram } from './program.js'
import { fillFolder, READER } from './requests.js'

const SIZES = [1_000, 10_000]
const WARMING = 50
const ASKED = 400
const AT_ONCE = 8

/** The first page of a radiologist's worklist over HTTP, one after the other and several at once. */
export const worklist: Bench = async options => {
  const rows = [['GET /api/requests', 'p50 ms', 'p99 ms', `${AT_ONCE} at once p50 ms`, 'p99 ms', 'answers/s']]
  for (const size of SIZES)
    await inFolder('worklist', options, async house => {
      const data = join(house.folder, 'node')
      await fillFolder(data, size)
      const { http } = await startProgram(house, data)
      const asking = await signIn(http, READER, { atOnce: AT_ONCE, teardown: house.teardown })
      const ask = () => asking('/api/requests')
      await askMany(ask, WARMING, 1)
      const alone = await askMany(ask, ASKED, 1)
      const together = await askMany(ask, ASKED, AT_ONCE)
      const figures = [
        quantile(alone.tookMs, 0.5),
        quantile(alone.tookMs, 0.99),
        quantile(together.tookMs, 0.5),
        quantile(together.tookMs, 0.99),
        ASKED / together.seconds,
      ]
      rows.push([`${size} requests`, ...figures.map(rounded)])
    })
  say(`worklist:\n${table(rows)}\n`)
  return []
}
