import { connect, type Socket } from 'node:net'

export interface LightAnswer {
  status: number
  etag: string | undefined
  retryAfterMs: number | undefined
  /** Of head and body, over the network. */
  bytes: number
  encoding: string | undefined
  /** As it came. */
  body: Buffer
}

/**
 * GET over one kept connection: a thousand clients of Node's own would take more of the machine than the node that is
 * measured.
 */
export function lightClient(http: string, fields: Readonly<Record<string, string>>) {
  const { hostname, port, host } = new URL(http)
  const always = Object.entries({ host, ...fields })
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join('')
  let socket: Socket | undefined
  let waiting: { resolve(answer: LightAnswer): void; reject(thrown: unknown): void } | undefined
  let got: Buffer[] = []
  let bytes = 0
  let wanted = 0
  /** Whether something was answered over it already. */
  let kept = false

  const settle = (act: (one: NonNullable<typeof waiting>) => void) => {
    const one = waiting
    waiting = undefined
    if (one !== undefined) act(one)
  }
  const opened = (): Socket => {
    if (socket !== undefined && !socket.destroyed) return socket
    const fresh = connect(Number(port), hostname).setNoDelay(true)
    socket = fresh
    kept = false
    fresh.on('data', chunk => {
      got.push(chunk)
      bytes += chunk.length
      if (wanted === 0) wanted = lengthOf(got.length === 1 ? chunk : Buffer.concat(got))
      if (wanted === 0 || bytes < wanted) return
      const whole = got.length === 1 && got[0] !== undefined ? got[0] : Buffer.concat(got)
      got = []
      kept = true
      settle(({ resolve }) => resolve(answerIn(whole)))
    })
    // What becomes of a connection that was given up is nobody's answer.
    const ended = (thrown: Error) => {
      if (socket !== fresh) return
      socket = undefined
      settle(({ reject }) => reject(thrown))
    }
    fresh.on('error', ended)
    fresh.once('close', () => ended(new Error('the connection was closed')))
    return fresh
  }
  const ask = (path: string, more: Readonly<Record<string, string>> = {}): Promise<LightAnswer> =>
    new Promise((resolve, reject) => {
      const connection = opened()
      const reused = kept
      // A kept connection that the node closed just now: browsers ask again by themselves.
      const failed = (thrown: unknown) =>
        reused && bytes === 0 ? ask(path, more).then(resolve, reject) : reject(thrown)
      waiting = { resolve, reject: failed }
      got = []
      bytes = 0
      wanted = 0
      const own = Object.entries(more).map(([name, value]) => `${name}: ${value}\r\n`)
      connection.write(`GET ${path} HTTP/1.1\r\n${always}${own.join('')}\r\n`)
    })
  return ask
}

/** Bytes of the whole answer; 0 where its head is not all there. */
function lengthOf(start: Buffer): number {
  const end = start.indexOf('\r\n\r\n')
  if (end < 0) return 0
  const head = start.toString('latin1', 0, end)
  if (/^HTTP\/1\.1 (304|204)/.test(head)) return end + 4
  const length = field(head, 'content-length')
  if (length === undefined) throw new Error(`an answer without a length: ${head.slice(0, 200)}`)
  return end + 4 + Number(length)
}

function answerIn(whole: Buffer): LightAnswer {
  const end = whole.indexOf('\r\n\r\n')
  const head = whole.toString('latin1', 0, end)
  const retryAfter = field(head, 'retry-after')
  return {
    status: Number(head.slice(9, 12)),
    etag: field(head, 'etag'),
    retryAfterMs: retryAfter === undefined ? undefined : Number(retryAfter) * 1000,
    bytes: whole.length,
    encoding: field(head, 'content-encoding'),
    body: whole.subarray(end + 4),
  }
}

function field(head: string, name: string): string | undefined {
  return new RegExp(`\\r\\n${name}: ([^\\r]*)`, 'i').exec(head)?.[1]
}
