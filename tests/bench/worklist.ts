import { Agent, request } from 'node:http'
import { join } from 'node:path'
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
      const ask = await signIn(http, house.teardown)
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

type Ask = () => Promise<void>

/** Signs in as a browser does; what comes back asks for the worklist and reads the answer to its end. */
async function signIn(http: string, teardown: (undo: () => unknown) => void): Promise<Ask> {
  const answer = await fetch(`${http}/api/session`, {
    method: 'POST',
    headers: { origin: http, 'content-type': 'application/json' },
    body: JSON.stringify(READER),
  })
  if (!answer.ok) throw new Error(`the sign-in was answered with ${answer.status}`)
  const cookie = answer.headers.get('set-cookie')?.split(';')[0] ?? ''
  const agent = new Agent({ keepAlive: true, maxSockets: AT_ONCE })
  teardown(() => agent.destroy())
  return () =>
    new Promise((resolve, reject) => {
      request(`${http}/api/requests`, { agent, headers: { cookie, origin: http } }, response => {
        response.resume()
        response.once('error', reject)
        response.once('end', () =>
          response.statusCode === 200
            ? resolve()
            : reject(new Error(`the worklist was answered with ${response.statusCode}`)),
        )
      })
        .once('error', reject)
        .end()
    })
}

async function askMany(
  ask: Ask,
  count: number,
  atOnce: number,
): Promise<{ tookMs: number[]; seconds: number }> {
  const tookMs: number[] = []
  let left = count
  const began = performance.now()
  const client = async () => {
    while (left > 0) {
      left -= 1
      const asked = performance.now()
      await ask()
      tookMs.push(performance.now() - asked)
    }
  }
  await Promise.all(Array.from({ length: atOnce }, client))
  return { tookMs, seconds: (performance.now() - began) / 1000 }
}
