import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'

/** Bytes on their way in one direction before whoever sends is held: a long fast line carries many, but not a study. */
const ON_THE_WAY_MAX_BYTES = 16 * 1024 * 1024

export interface DelayLine {
  port: number
  /** Seconds from the first connection to the last byte of what happened on it during the work. */
  secondsOf(work: () => Promise<unknown>): Promise<number>
}

/**
 * A TCP line to a port of this machine on which every byte, and every closing, takes half of `roundTripMs`, in order.
 * It stands in for a long line where the kernel cannot make one; its rate is that of this machine.
 */
export async function openDelayLine(
  t: { teardown(undo: () => unknown): void },
  { to, roundTripMs }: { to: number; roundTripMs: number },
): Promise<DelayLine> {
  const sockets = new Set<Socket>()
  const keep = (socket: Socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  }
  let firstAt: number | undefined
  let lastAt = 0
  const passed = () => {
    lastAt = performance.now()
  }
  const server = createServer({ noDelay: true, allowHalfOpen: true }, near => {
    firstAt ??= performance.now()
    const far = connect({ port: to, host: '127.0.0.1', noDelay: true, allowHalfOpen: true })
    keep(near)
    keep(far)
    delayed(near, far, roundTripMs / 2, passed)
    delayed(far, near, roundTripMs / 2, passed)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  const address = server.address()
  if (typeof address !== 'object' || address === null) throw new Error('the delay line has no address')
  return {
    port: address.port,
    secondsOf: async work => {
      firstAt = undefined
      await work()
      if (firstAt === undefined) throw new Error('nothing came over the delay line')
      return (lastAt - firstAt) / 1000
    },
  }
}

/** Carries one direction, its end too. */
function delayed(from: Socket, to: Socket, oneWayMs: number, passed: () => void): void {
  const onTheWay: { dueAt: number; bytes: Buffer | undefined }[] = []
  let waitingBytes = 0
  let timer: NodeJS.Timeout | undefined
  const arm = () => {
    const [first] = onTheWay
    if (first === undefined || timer !== undefined) return
    timer = setTimeout(deliver, Math.max(1, first.dueAt - performance.now()))
  }
  const deliver = () => {
    timer = undefined
    const now = performance.now()
    while (onTheWay[0] !== undefined && onTheWay[0].dueAt <= now) {
      const bytes = onTheWay.shift()?.bytes
      if (bytes === undefined) to.end()
      else {
        waitingBytes -= bytes.length
        if (!to.destroyed) to.write(bytes)
        passed()
      }
    }
    if (from.isPaused() && waitingBytes < ON_THE_WAY_MAX_BYTES) from.resume()
    arm()
  }
  const send = (bytes: Buffer | undefined) => {
    onTheWay.push({ dueAt: performance.now() + oneWayMs, bytes })
    waitingBytes += bytes?.length ?? 0
    if (waitingBytes >= ON_THE_WAY_MAX_BYTES) from.pause()
    arm()
  }
  from.on('data', send)
  from.on('end', () => send(undefined))
  // A broken connection is broken at both ends, at once: nobody measures that.
  from.on('error', () => to.destroy())
  from.on('close', () => {
    if (!from.readableEnded) to.destroy()
  })
}
