/**
 * Worklists that are open, as the browser has them: each hears the live connection, gathers what it hears, waits its
 * jitter, and reads the list and its counts again with the ETags it holds.
 */
import { Agent, type ClientRequest, request } from 'node:http'
import { WebSocket } from 'ws'

export interface ToScreens {
  http: string
  secrets: readonly string[]
}

/** Epoch milliseconds: the screen heard of it, and had read all of it again. `bytes` came over the network for it. */
export interface Seen {
  heardAt: number
  shownAt: number
  bytes: number
}

/** As web/live/live.tsx and web/requests/use-worklist.ts have them. */
const GATHER_MS = 120
const JITTER_MS = 250
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

async function open(http: string, secret: string): Promise<void> {
  const headers = { cookie: `relais=${secret}`, origin: http }
  const agent = new Agent({ keepAlive: true, maxSockets: READ.length })
  const etags = new Map<string, string>()
  const read = (path: string): Promise<number> =>
    new Promise((resolve, reject) => {
      const known = etags.get(path)
      const asked = {
        agent,
        headers: {
          ...headers,
          'accept-encoding': 'gzip, deflate, br, zstd',
          'relais-background': '1',
          ...(known === undefined ? {} : { 'if-none-match': known }),
        },
      }
      request(`${http}${path}`, asked, answer => {
        let bytes = 0
        answer.on('data', chunk => {
          bytes += chunk.length
        })
        answer.once('error', reject)
        answer.once('end', () => {
          if (answer.statusCode !== 200 && answer.statusCode !== 304)
            return reject(new Error(`${path} was answered with ${answer.statusCode}`))
          etags.set(path, String(answer.headers.etag))
          resolve(bytes)
        })
      })
        .once('error', function (this: ClientRequest, thrown: NodeJS.ErrnoException) {
          // A kept connection that the node closed just now: browsers ask again by themselves.
          if (this.reusedSocket && thrown.code === 'ECONNRESET') read(path).then(resolve, reject)
          else reject(thrown)
        })
        .end()
    })

  const heard = new Map<string, number>()
  let timer: NodeJS.Timeout | undefined
  const readAgain = async () => {
    timer = undefined
    const changes = [...heard]
    heard.clear()
    const bytes = (await Promise.all(READ.map(read))).reduce((sum, one) => sum + one, 0)
    const shownAt = now()
    for (const [id, heardAt] of changes)
      process.send?.({ shown: { request: id, heardAt, shownAt, bytes } satisfies Seen & { request: string } })
  }
  const again = () => {
    readAgain().catch(thrown => {
      process.stderr.write(`a screen could not read again: ${thrown}\n`)
    })
  }
  await Promise.all(READ.map(read))
  const socket = new WebSocket(`${http.replace('http', 'ws')}/ws`, { headers })
  await new Promise<void>((resolve, reject) => {
    socket.once('error', reject)
    socket.on('message', data => {
      const message = JSON.parse(String(data)) as { kind: string; id: string }
      if (message.kind === 'hello') resolve()
      if (!message.kind.startsWith('request-')) return
      heard.set(message.id, heard.get(message.id) ?? now())
      if (timer === undefined) timer = setTimeout(again, GATHER_MS + Math.random() * JITTER_MS)
    })
  })
}
