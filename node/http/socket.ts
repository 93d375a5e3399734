import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { type WebSocket, WebSocketServer } from 'ws'
import type { Log } from '../log.js'
import type { Acting } from './acting.js'
import { type Bulletin, openBulletins, type Reader } from './bulletins.js'
import { type Follower, type Live, type LiveFact, type LiveReading, openLiveReading } from './live-reading.js'
import { inLots } from './lots.js'

export interface Sockets {
  /** Takes over an upgrade request whose Origin was already checked. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void>
  /** Progress or presence: no sequence, not kept, at most two a second for one item: see {@link Bulletins}. */
  tell(message: { kind: string; id: string }, sees: (who: Acting) => boolean, audience?: string): void
  /** Closes the connections of a session that ended or changed hands. */
  endSession(session: string): void
  /** Whether somebody has a screen open under this account. */
  isOnline(account: string): boolean
  readonly size: number
  close(): void
}

/** Further behind than this a browser reloads what it shows instead of being told every fact. */
const MAX_RESUME_FACTS = 5000
/** What is held back for one packet counts as what a browser has yet to read. */
const MESSAGES_A_PACKET = 100
/** Application close codes: the session ended, the browser reads too slowly. */
const SESSION_ENDED = 4401
const TOO_SLOW = 4408

export function openSockets(options: {
  live: Live
  log: Log
  identify(request: IncomingMessage): Promise<Acting | null>
  maxSockets: number
  payloadMaxBytes: number
  bufferMaxBytes: number
  /** Somebody opened a screen, or closed one. */
  onPresence?(account: string): void
  recheckMs: number
  pingMs: number
}): Sockets {
  const { live, maxSockets } = options
  const server = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    maxPayload: options.payloadMaxBytes,
    perMessageDeflate: false,
  })
  const connections = new Set<Connection>()
  /** How many screens are open under an account. */
  const screens = new Map<string, number>()
  const count = (account: string, by: 1 | -1) => {
    const now = (screens.get(account) ?? 0) + by
    if (now === 0) screens.delete(account)
    else screens.set(account, now)
    options.onPresence?.(account)
  }
  const reading = openLiveReading(live)
  const bulletins = openBulletins(connections, reading.turnMs, thrown =>
    options.log.error('bulletin-failed', {}, thrown),
  )
  let rechecking = false
  /** One after the other: a thousand at once would keep everybody else waiting. */
  const recheckAll = async (): Promise<void> => {
    if (rechecking) return
    rechecking = true
    for (const connection of [...connections]) {
      await connection.recheck()
      await nextTurn()
    }
    rechecking = false
  }
  const rechecks = setInterval(() => void recheckAll(), options.recheckMs)
  const pings = setInterval(() => void inLots(connections, one => one.ping()), options.pingMs)
  rechecks.unref()
  pings.unref()

  return {
    upgrade: async (request, socket, head) => {
      const who = connections.size < maxSockets ? await options.identify(request) : undefined
      if (who === undefined || who === null) {
        refuse(socket, who === null ? '401 Unauthorized' : '503 Service Unavailable')
        return
      }
      const since = sinceOf(request)
      server.handleUpgrade(request, socket, head, ws => {
        const connection = new Connection(ws, who, {
          ...options,
          socket,
          reading,
          again: () => options.identify(request),
        })
        connections.add(connection)
        count(who.account.id, 1)
        ws.on('close', () => {
          connections.delete(connection)
          count(who.account.id, -1)
          connection.stop()
        })
        connection
          .begin(since, reading.turnMs(connections.size - 1))
          .catch(thrown => connection.failed(thrown))
      })
    },
    tell: (message, sees, audience) => bulletins.tell({ message, sees }, audience),
    endSession: session => {
      for (const connection of connections) if (connection.who.session.id === session) connection.end()
    },
    isOnline: account => screens.has(account),
    get size() {
      return connections.size
    },
    close: () => {
      reading.close()
      clearInterval(rechecks)
      clearInterval(pings)
      bulletins.close()
      for (const connection of connections) connection.terminate()
      server.close()
    },
  }
}

function sinceOf(request: IncomingMessage): number | null {
  const since = new URLSearchParams((request.url ?? '').split('?')[1]).get('since')
  return since !== null && /^\d{1,15}$/.test(since) ? Number(since) : null
}

export function refuse(socket: Duplex, status: string): void {
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`)
}

class Connection implements Follower, Reader {
  who: Acting
  cursor = 0
  readonly #ws: WebSocket
  readonly #socket: Duplex
  readonly #live: Live
  readonly #reading: LiveReading
  readonly #log: Log
  readonly #bufferMaxBytes: number
  readonly #again: () => Promise<Acting | null>
  #answered = true
  #stopped = false

  constructor(
    ws: WebSocket,
    who: Acting,
    options: {
      socket: Duplex
      live: Live
      reading: LiveReading
      log: Log
      bufferMaxBytes: number
      again: () => Promise<Acting | null>
    },
  ) {
    this.#ws = ws
    this.#socket = options.socket
    this.who = who
    this.#live = options.live
    this.#reading = options.reading
    this.#log = options.log
    this.#bufferMaxBytes = options.bufferMaxBytes
    this.#again = options.again
    ws.on('pong', () => {
      this.#answered = true
    })
    // A protocol error closes the connection by itself (ws), which is all there is to do.
    ws.on('error', () => undefined)
  }

  async begin(since: number | null, turn: number): Promise<void> {
    const head = await this.#live.head()
    const reachable = since !== null && since <= head && head - since <= MAX_RESUME_FACTS
    this.cursor = reachable ? since : head
    this.send({ kind: 'hello', seq: head, ...(turn === 0 ? {} : { turn }) })
    if (since !== null && !reachable) this.send({ kind: 'reset', seq: head })
    await this.#reading.follow(this)
    if (this.#stopped) this.#reading.leave(this)
  }

  take(facts: readonly LiveFact[], upTo: number, turn: number): void {
    const { held } = this.who.session
    // Several facts of one act go in one packet.
    this.#socket.cork()
    try {
      for (const { seq, kind, id, rings, seenBy } of facts) {
        if (this.#stopped) break
        if (seq <= this.cursor || !seenBy(this.who)) continue
        if (held === undefined) this.send({ seq, kind, id, ...(turn === 0 ? {} : { turn }) })
        else if (rings !== undefined) this.send({ kind: rings })
      }
    } finally {
      this.#socket.uncork()
    }
    this.cursor = upTo
  }

  get isOpen(): boolean {
    return !this.#stopped
  }

  takeBulletins(bulletins: readonly Bulletin[], turn: number): boolean {
    if (this.who.session.held !== undefined) return false
    const seen = new Map<string, Bulletin['message']>()
    for (const { message, sees } of bulletins)
      if (sees(this.who)) seen.set(`${message.kind} ${message.id}`, message)
    const messages = [...seen.values()]
    for (let at = 0; at < messages.length; at += MESSAGES_A_PACKET) {
      this.#socket.cork()
      for (const message of messages.slice(at, at + MESSAGES_A_PACKET))
        this.send(turn === 0 ? message : { ...message, turn })
      this.#socket.uncork()
    }
    return messages.length > 0
  }

  failed(thrown: unknown): void {
    this.#log.error('socket-failed', { session: this.who.session.id }, thrown)
    this.terminate()
  }

  send(message: object): void {
    if (this.#ws.readyState !== this.#ws.OPEN) return
    if (this.#ws.bufferedAmount > this.#bufferMaxBytes) this.#ws.close(TOO_SLOW, 'read faster')
    else this.#ws.send(JSON.stringify(message))
  }

  ping(): void {
    if (!this.#answered) {
      this.terminate()
      return
    }
    this.#answered = false
    this.#ws.ping()
  }

  async recheck(): Promise<void> {
    try {
      const who = await this.#again()
      if (who === null) this.end()
      else this.who = who
    } catch (thrown) {
      // Nobody knows whether the session still stands: closed by default.
      this.#log.error('socket-recheck-failed', { session: this.who.session.id }, thrown)
      this.end()
    }
  }

  end(): void {
    this.#ws.close(SESSION_ENDED, 'session ended')
    this.stop()
    // A browser that does not answer the close frame is cut off within the promised second.
    setTimeout(() => this.#ws.terminate(), 500).unref()
  }

  stop(): void {
    this.#stopped = true
    this.#reading.leave(this)
  }

  terminate(): void {
    this.stop()
    this.#ws.terminate()
  }
}
