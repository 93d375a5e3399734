import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

/** Requests that are being answered: over all, and of each connection, which may send the next before it has heard. */
export interface Crowd {
  /**
   * Counts a request until it was answered or broken off, once however often it is asked; says why there is no room
   * for it.
   */
  enter(request: IncomingMessage, response: ServerResponse): 'full' | 'pipelined' | undefined
  /** How long ago anybody asked for anything: what can wait leaves more room where somebody just did. */
  askedMsAgo(): number
}

export function openCrowd(limits: { requestsAtOnce: number; pipelinedMax: number }): Crowd {
  const perConnection = new WeakMap<Socket, Set<ServerResponse>>()
  let underWay = 0
  /** By the monotonic clock. */
  let askedAt = Number.NEGATIVE_INFINITY

  const newcomer = (socket: Socket): Set<ServerResponse> => {
    const waiting = new Set<ServerResponse>()
    perConnection.set(socket, waiting)
    // Answers that waited behind another are told of nothing when their connection ends.
    socket.once('close', () => {
      underWay -= waiting.size
      waiting.clear()
    })
    return waiting
  }

  return {
    enter: ({ socket }, response) => {
      const waiting = perConnection.get(socket) ?? newcomer(socket)
      // That they go is told once: whoever is gone already would have their room for ever.
      if (!waiting.has(response) && !socket.destroyed && !response.destroyed) {
        waiting.add(response)
        underWay++
        askedAt = performance.now()
        response.once('close', () => {
          if (waiting.delete(response)) underWay--
        })
      }
      if (waiting.size > limits.pipelinedMax) return 'pipelined'
      return underWay > limits.requestsAtOnce ? 'full' : undefined
    },
    askedMsAgo: () => performance.now() - askedAt,
  }
}
