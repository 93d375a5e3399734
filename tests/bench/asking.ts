import { Agent, type ClientRequest, request } from 'node:http'

/** Asks for a path and reads the answer to its end; anything but 200 is thrown. */
export type Ask = (path: string) => Promise<void>

export interface Who {
  email: string
  password: string
}

/** The session of a browser that signed in: `name=value`. */
export async function cookieOf(http: string, who: Who): Promise<string> {
  const answer = await fetch(`${http}/api/session`, {
    method: 'POST',
    headers: { origin: http, 'content-type': 'application/json' },
    body: JSON.stringify(who),
  })
  if (!answer.ok) throw new Error(`the sign-in was answered with ${answer.status}`)
  return answer.headers.get('set-cookie')?.split(';')[0] ?? ''
}

/** Signs in, reads and writes as a browser does; anything but success is thrown. */
export async function browser(
  http: string,
  who: Who,
): Promise<{ get<T>(path: string): Promise<T>; post(path: string, body: object): Promise<void> }> {
  const headers = { cookie: await cookieOf(http, who), origin: http, 'content-type': 'application/json' }
  const ask = async (path: string, init: RequestInit = {}): Promise<string> => {
    const answer = await fetch(`${http}${path}`, { headers, ...init })
    const text = await answer.text()
    if (!answer.ok) throw new Error(`${path} was answered with ${answer.status}: ${text.slice(0, 300)}`)
    return text
  }
  return {
    get: async <T>(path: string) => JSON.parse(await ask(path)) as T,
    post: async (path, body) => {
      await ask(path, { method: 'POST', body: JSON.stringify(body) })
    },
  }
}

/** Signs in as a browser does; what comes back asks as that person, over connections that are kept. */
export async function signIn(
  http: string,
  who: Who,
  options: { atOnce: number; teardown(undo: () => unknown): void },
): Promise<Ask> {
  const cookie = await cookieOf(http, who)
  const agent = new Agent({ keepAlive: true, maxSockets: options.atOnce })
  options.teardown(() => agent.destroy())
  const ask: Ask = path =>
    new Promise((resolve, reject) => {
      request(`${http}${path}`, { agent, headers: { cookie, origin: http } }, response => {
        response.resume()
        response.once('error', reject)
        response.once('end', () =>
          response.statusCode === 200
            ? resolve()
            : reject(new Error(`${path} was answered with ${response.statusCode}`)),
        )
      })
        .once('error', function (this: ClientRequest, thrown: NodeJS.ErrnoException) {
          // A kept connection that the node closed just now: browsers ask again by themselves.
          if (this.reusedSocket && thrown.code === 'ECONNRESET') ask(path).then(resolve, reject)
          else reject(thrown)
        })
        .end()
    })
  return ask
}

/** The same question so many times, so many at once. */
export async function askMany(
  ask: () => Promise<void>,
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
