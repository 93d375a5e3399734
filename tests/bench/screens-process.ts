/**
 * Worklists that are open, as the browser has them: each hears the live connection, decides with the page's own rules
 * when to read again, reads the list and its counts with the ETags it holds, and comes back where it was refused.
 */
import { setTimeout as wait } from 'node:timers/promises'
import { WebSocket } from 'ws'
import { isWorthAnother, waitMs } from '../../web/api/patience.js'
import { ApiProblem } from '../../web/api/problem.js'
import type { LiveMessage } from '../../web/live/facts.js'
import { openGathering } from '../../web/live/gathering.js'
import { lightClient } from './light-http.js'

export interface ToScreens {
  http: string
  secrets: readonly string[]
}

/** Epoch milliseconds: the screen heard of it, and had read all of it again. `bytes` came over the network for it. */
export interface Seen {
  heardAt: number
  shownAt: number
  bytes: number
  /** How often it was told to come back later. */
  refused: number
}

/** As web/requests/use-worklist.ts and its page have them. */
const READ = ['/api/requests?state=offered&limit=200', '/api/requests/counts']
const OPENING_AT_ONCE = 20

const now = () => performance.timeOrigin + performance.now()

process.once('message', ({ http, secrets }: ToScreens) => {
  const waiting = [...secrets]
  const opener = async () => {
    for (let secret = waiting.pop(); secret !== undefined; secret = waiting.pop()) await open(http, secret)
  }
  void Promise.all(Array.from({ length: OPENING_AT_ONCE }, opener)).then(() => process.send?.({ open: true }))
})

/** One address that is read again and again over a connection of its own, as a browser's are. */
function reader(path: string, http: string, secret: string) {
  const ask = lightClient(http, {
    cookie: `relais=${secret}`,
    origin: http,
    'accept-encoding': 'gzip, deflate, br, zstd',
    'relais-background': '1',
  })
  let etag: string | undefined
  const once = async () => {
    const answer = await ask(path, etag === undefined ? {} : { 'if-none-match': etag }).catch(thrown => {
      throw new ApiProblem('network', 0, String(thrown))
    })
    const { status, retryAfterMs } = answer
    if (status !== 200 && status !== 304)
      throw new ApiProblem('unavailable', status, path, [], {}, retryAfterMs)
    etag = answer.etag
    return answer.bytes
  }
  return async (): Promise<{ bytes: number; refused: number }> => {
    for (let times = 0; ; times += 1)
      try {
        return { bytes: await once(), refused: times }
      } catch (problem) {
        if (!isWorthAnother(times, problem)) throw problem
        await wait(waitMs(times, problem, Math.random()))
      }
  }
}

async function open(http: string, secret: string): Promise<void> {
  const readers = READ.map(path => reader(path, http, secret))
  const heard = new Map<string, number>()
  let reading: Promise<void> = Promise.resolve()
  const readAgain = async () => {
    const changes = [...heard]
    heard.clear()
    const read = await Promise.all(readers.map(each => each()))
    const shownAt = now()
    const bytes = read.reduce((sum, one) => sum + one.bytes, 0)
    const refused = read.reduce((sum, one) => sum + one.refused, 0)
    for (const [id, heardAt] of changes)
      process.send?.({
        shown: { request: id, heardAt, shownAt, bytes, refused } satisfies Seen & { request: string },
      })
  }
  const gathering = openGathering({
    read: domains => {
      if (!domains.includes('requests')) return
      reading = reading.then(readAgain).catch(thrown => void process.send?.({ gaveUp: String(thrown) }))
    },
    isHidden: () => false,
    isRinging: () => false,
  })
  await Promise.all(readers.map(each => each()))
  const socket = new WebSocket(`${http.replace('http', 'ws')}/ws`, {
    headers: { cookie: `relais=${secret}`, origin: http },
    perMessageDeflate: false,
  })
  await new Promise<void>((resolve, reject) => {
    socket.once('error', reject)
    socket.on('message', data => {
      const message = JSON.parse(String(data)) as LiveMessage
      if (message.kind === 'hello') resolve()
      if (message.id !== undefined && message.kind.startsWith('request-'))
        heard.set(message.id, heard.get(message.id) ?? now())
      gathering.heard(message)
    })
  })
}
