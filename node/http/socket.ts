import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { type WebSocket, WebSocketServer } from 'ws'
import type { Log } from '../log.js'
import type { Acting } from './acting.js'
import { throttlePerKey } from './throttle.js'

/** What a browser is told of a fact: enough to know what to fetch again, never what it says. */
export interface LiveFact {
  seq: number
  kind: string
  id: string
  /** It rings on a locked screen too, which learns that and nothing else. */
  rings?: boolean
}

/** Where the live facts come from; injected, so that the kit knows no domain. */
export interface Live {
  head(): Promise<number>
  /** The facts after `seq` that this person may know of, oldest first; `upTo` is the last sequence looked at. */
  factsSince(seq: number, who: Acting): Promise<{ facts: readonly LiveFact[]; upTo: number }>
  /** Called when something was committed. Gives the way to stop. */
  onCommit(wake: () => void): () => void
}

export interface Sockets {
  /** Takes over an upgrade request whose Origin was already checked. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void>
  /** Progress or presence: no sequence, not kept, at most two a second for one item. */
  tell(message: { kind: string; id: string }, sees: (who: Acting) => boolean): void
  /** Closes the connections of a session that ended or changed hands. */
  endSession(session: string): void
  /** Whether somebody has a screen open under this account. */
  isOnline(account: string): boolean
  readonly size: number
  close(): void
}

/** Commits come in bursts; a browser is told at most ten times a second. */
const GATHER_MS = 100
const PROGRESS_WINDOW_MS = 500
/** Further behind than this a browser reloads what it shows instead of being told every fact. */
const MAX_RESUME_FACTS = 5000
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
  recheckMs: number
  pingMs: number
}): Sockets {
  const { live, log, maxSockets } = options
  const server = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    maxPayload: options.payloadMaxBytes,
    perMessageDeflate: false,
  })
  const connections = new Set<Connection>()
  const progress = throttlePerKey(PROGRESS_WINDOW_MS)
  const stopListening = live.onCommit(() => {
    for (const connection of connections) connection.wake()
  })
  const rechecks = setInterval(() => {
    for (const connection of connections) void connection.recheck()
  }, options.recheckMs)
  const pings = setInterval(() => {
    for (const connection of connections) connection.ping()
  }, options.pingMs)
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
        const connection = new Connection(ws, who, { ...options, again: () => options.identify(request) })
        connections.add(connection)
        ws.on('close', () => {
          connections.delete(connection)
          connection.stop()
        })
        connection.begin(since).catch(thrown => {
          log.error('socket-failed', {}, thrown)
          ws.terminate()
        })
      })
    },
    tell: (message, sees) =>
      progress.run(`${message.kind} ${message.id}`, () => {
        for (const connection of connections)
          if (connection.who.session.held === undefined && sees(connection.who)) connection.send(message)
      }),
    endSession: session => {
      for (const connection of connections) if (connection.who.session.id === session) connection.end()
    },
    isOnline: account => [...connections].some(({ who }) => who.account.id === account),
    get size() {
      return connections.size
    },
    close: () => {
      stopListening()
      clearInterval(rechecks)
      clearInterval(pings)
      progress.close()
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

class Connection {
  who: Acting
  readonly #ws: WebSocket
  readonly #live: Live
  readonly #log: Log
  readonly #bufferMaxBytes: number
  readonly #again: () => Promise<Acting | null>
  #cursor = 0
  #ready = false
  #answered = true
  #reading = false
  #gather: NodeJS.Timeout | undefined

  constructor(
    ws: WebSocket,
    who: Acting,
    options: { live: Live; log: Log; bufferMaxBytes: number; again: () => Promise<Acting | null> },
  ) {
    this.#ws = ws
    this.who = who
    this.#live = options.live
    this.#log = options.log
    this.#bufferMaxBytes = options.bufferMaxBytes
    this.#again = options.again
    ws.on('pong', () => {
      this.#answered = true
    })
    // A protocol error closes the connection by itself (ws), which is all there is to do.
    ws.on('error', () => undefined)
  }

  async begin(since: number | null): Promise<void> {
    const head = await this.#live.head()
    const reachable = since !== null && since <= head && head - since <= MAX_RESUME_FACTS
    this.#cursor = reachable ? since : head
    this.send({ kind: 'hello', seq: head })
    if (since !== null && !reachable) this.send({ kind: 'reset', seq: head })
    this.#ready = true
    this.wake()
  }

  wake(): void {
    if (!this.#ready || this.#gather !== undefined) return
    this.#gather = setTimeout(() => {
      this.#gather = undefined
      this.#catchUp().catch(thrown => {
        this.#log.error('socket-failed', { session: this.who.session.id }, thrown)
        this.terminate()
      })
    }, GATHER_MS)
  }

  async #catchUp(): Promise<void> {
    if (this.#reading) {
      this.wake()
      return
    }
    this.#reading = true
    try {
      for (;;) {
        const { facts, upTo } = await this.#live.factsSince(this.#cursor, this.who)
        const { held } = this.who.session
        for (const { seq, kind, id, rings } of facts)
          if (held === undefined) this.send({ seq, kind, id })
          else if (rings === true) this.send({ kind: 'ring' })
        if (upTo <= this.#cursor) return
        this.#cursor = upTo
      }
    } finally {
      this.#reading = false
    }
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
    this.#ready = false
    clearTimeout(this.#gather)
  }

  terminate(): void {
    this.stop()
    this.#ws.terminate()
  }
}
