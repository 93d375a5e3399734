/**
 * Worklists that are open, as the browser has them: each hears the live connection, decides with the page's own rules
 * when to read again, reads the list and its counts with the ETags it holds, and comes back where it was refused. A
 * screen shows a change when both have come whole, were parsed, and the list is without the request that was taken.
 */
import { setTimeout as wait } from 'node:timers/promises'
import { gunzipSync } from 'node:zlib'
import { WebSocket } from 'ws'
import { isWorthAnother, waitMs } from '../../web/api/patience.js'
import { ApiProblem } from '../../web/api/problem.js'
import type { LiveMessage } from '../../web/live/facts.js'
import { openGathering } from '../../web/live/gathering.js'
import { type LightAnswer, lightClient } from './light-http.js'

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

/** What is on a screen: the requests of its list, or nothing of the counts. */
interface Shown {
  requests: ReadonlySet<string>
}

/**
 * Bodies that came, by their bytes: each of a thousand browsers has a machine of its own to unpack and parse them on, and
 * this process does it once for those that are the same byte for byte.
 */
const parsed: { body: Buffer; shown: Shown }[] = []
const PARSED_MAX = 8

function shownOf({ body, encoding }: LightAnswer): Shown {
  const known = parsed.find(one => one.body.equals(body))
  if (known !== undefined) return known.shown
  const text = (encoding === 'gzip' ? gunzipSync(body) : body).toString()
  const { items = [] } = JSON.parse(text) as { items?: { id: string }[] }
  const shown = { requests: new Set(items.map(({ id }) => id)) }
  parsed.unshift({ body: Buffer.from(body), shown })
  parsed.length = Math.min(parsed.length, PARSED_MAX)
  return shown
}

/** One address that is read again and again over a connection of its own, as a browser's are. */
function reader(path: string, http: string, secret: string) {
  const ask = lightClient(http, {
    cookie: `relais=${secret}`,
    origin: http,
    'accept-encoding': 'gzip, deflate, br, zstd',
    'relais-background': '1',
  })
  let etag: string | undefined
  let shown: Shown = { requests: new Set() }
  const once = async () => {
    const answer = await ask(path, etag === undefined ? {} : { 'if-none-match': etag }).catch(thrown => {
      throw new ApiProblem('network', 0, String(thrown))
    })
    const { status, retryAfterMs } = answer
    if (status !== 200 && status !== 304)
      throw new ApiProblem('unavailable', status, path, [], {}, retryAfterMs)
    etag = answer.etag
    if (status === 200) shown = shownOf(answer)
    return answer.bytes
  }
  return async (): Promise<{ bytes: number; refused: number; shown: Shown }> => {
    for (let times = 0; ; times += 1)
      try {
        return { bytes: await once(), refused: times, shown }
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
      if (read.some(({ shown }) => shown.requests.has(id))) process.send?.({ gaveUp: `${id} is still shown` })
      else
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
    isTold: () => false,
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
