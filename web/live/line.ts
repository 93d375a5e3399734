import type { LiveMessage } from './facts.js'

export type LineState = 'connecting' | 'open' | 'lost'

export interface LineOptions {
  url: string
  onMessage: (message: LiveMessage) => void
  onState: (state: LineState) => void
}

const firstWaitMs = 500
const longestWaitMs = 15_000
/** The node pings at the socket's own level, which scripts cannot see: a try that hangs this long is given up. */
const openTimeoutMs = 10_000

/**
 * One WebSocket that stays: it resumes after the last fact seen, waits longer after each failure (with jitter, so that
 * a restarted node is not met by everybody at once) and tries at once when the machine is back online.
 */
export function openLine({ url, onMessage, onState }: LineOptions): () => void {
  let socket: WebSocket | undefined
  let seen: number | undefined
  let failures = 0
  let timer: ReturnType<typeof setTimeout> | undefined
  let closed = false

  const connect = () => {
    clearTimeout(timer)
    if (closed || (socket && socket.readyState <= WebSocket.OPEN)) return
    const opened = new WebSocket(seen === undefined ? url : `${url}?since=${seen}`)
    socket = opened
    timer = setTimeout(() => opened.close(), openTimeoutMs)
    opened.onmessage = event => {
      const message = JSON.parse(String(event.data)) as LiveMessage
      if (message.kind === 'hello') {
        clearTimeout(timer)
        failures = 0
        seen ??= message.seq
        onState('open')
      } else if (message.seq !== undefined) {
        seen = Math.max(seen ?? 0, message.seq)
      }
      onMessage(message)
    }
    opened.onclose = () => {
      if (socket !== opened || closed) return
      clearTimeout(timer)
      failures++
      onState('lost')
      const waitMs = Math.min(firstWaitMs * 2 ** (failures - 1), longestWaitMs)
      timer = setTimeout(connect, waitMs * (0.5 + Math.random()))
    }
  }

  const again = () => {
    if (document.visibilityState === 'visible') connect()
  }
  addEventListener('online', again)
  document.addEventListener('visibilitychange', again)
  connect()

  return () => {
    closed = true
    clearTimeout(timer)
    removeEventListener('online', again)
    document.removeEventListener('visibilitychange', again)
    socket?.close()
  }
}
