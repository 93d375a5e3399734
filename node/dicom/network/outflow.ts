import type { Socket } from 'node:net'

/** What goes out on one socket: a write at a time, back-pressure, and a watch over bytes the other side does not take. */
export class Outflow {
  readonly #socket: Socket
  readonly #stallTimeoutMs: number
  readonly #stalled: () => void
  #stall: NodeJS.Timeout | undefined
  #unwritten = 0
  #waiting: (() => void)[] = []

  constructor(socket: Socket, stallTimeoutMs: number, stalled: () => void) {
    this.#socket = socket
    this.#stallTimeoutMs = stallTimeoutMs
    this.#stalled = stalled
    socket.on('drain', () => this.#letGo())
    socket.on('close', () => {
      clearTimeout(this.#stall)
      this.#letGo()
    })
  }

  /** Whether more would only pile up. */
  get isFull(): boolean {
    return this.#socket.writableNeedDrain
  }

  /** All buffers in one write. `written`: their memory is free again. */
  write(buffers: readonly Buffer[], written?: () => void): void {
    const socket = this.#socket
    if (socket.destroyed || !socket.writable) return
    this.#unwritten += 1
    this.#stall ??= setTimeout(this.#stalled, this.#stallTimeoutMs)
    const last = buffers.length - 1
    if (last > 0) socket.cork()
    buffers.forEach((bytes, index) => {
      socket.write(bytes, index === last ? () => this.#done(written) : undefined)
    })
    if (last > 0) socket.uncork()
  }

  /** Resolves when what was written has been taken, or the socket is closed. */
  drained(): Promise<void> {
    if (!this.isFull || this.#socket.destroyed) return Promise.resolve()
    return new Promise(resolve => this.#waiting.push(resolve))
  }

  #done(then: (() => void) | undefined): void {
    this.#unwritten -= 1
    // Each write is at most some hundred kilobytes, so that one a period is a fair rate.
    if (this.#unwritten > 0) this.#stall?.refresh()
    else {
      clearTimeout(this.#stall)
      this.#stall = undefined
    }
    then?.()
  }

  #letGo(): void {
    const waiting = this.#waiting
    this.#waiting = []
    for (const resolve of waiting) resolve()
  }
}
