/** What an association is doing, seen from its timers. */
export type Activity =
  /** A message has begun and is not complete: the sender owes us bytes. */
  | 'receiving'
  /** We ourselves hold the line (back-pressure): nobody owes anything. */
  | 'held'
  /** We owe an answer, or are sending. */
  | 'working'
  /** The other side could speak and does not. */
  | 'silent'

export interface PaceLimits {
  silenceTimeoutMs: number
  minimumBytesPerSecond: number
  rateWindowMs: number
}

/**
 * Watches one association with a single interval, whatever its traffic: silence, and a minimum rate inside a message.
 * It counts ticks, not time, so that a suspended machine does not find every association overdue when it wakes.
 */
export class Pace {
  readonly #activity: () => Activity
  readonly #expired: (cause: string) => void
  readonly #timer: NodeJS.Timeout
  readonly #slots: number[] = []
  readonly #slotCount: number
  readonly #minimumBytes: number
  readonly #silentTicksAllowed: number
  #slotBytes = 0
  #receiving = false
  #silentTicks = 0

  constructor(limits: PaceLimits, activity: () => Activity, expired: (cause: string) => void) {
    this.#activity = activity
    this.#expired = expired
    const tickMs = Math.max(10, Math.min(limits.rateWindowMs / 10, limits.silenceTimeoutMs / 4))
    // The slot in which a message begins is not measured; with it, nine full ones of ten make up the window.
    this.#slotCount = Math.max(1, Math.floor((limits.rateWindowMs * 0.9) / tickMs))
    this.#minimumBytes = (limits.minimumBytesPerSecond * this.#slotCount * tickMs) / 1000
    this.#silentTicksAllowed = Math.ceil(limits.silenceTimeoutMs / tickMs)
    this.#timer = setInterval(() => this.#tick(), tickMs)
  }

  received(bytes: number): void {
    this.#slotBytes += bytes
  }

  /** A complete message came or went. */
  spoke(): void {
    this.#silentTicks = 0
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  #tick(): void {
    const activity = this.#activity()
    if (activity === 'held') return
    const bytes = this.#slotBytes
    this.#slotBytes = 0
    if (activity === 'receiving') {
      this.#silentTicks = 0
      this.#measure(bytes)
      return
    }
    this.#receiving = false
    this.#silentTicks = activity === 'silent' ? this.#silentTicks + 1 : 0
    if (this.#silentTicks > this.#silentTicksAllowed) this.#expired('nothing was said for too long')
  }

  #measure(bytes: number): void {
    if (!this.#receiving) {
      this.#receiving = true
      this.#slots.length = 0
      return
    }
    this.#slots.push(bytes)
    if (this.#slots.length > this.#slotCount) this.#slots.shift()
    if (this.#slots.length < this.#slotCount) return
    const sum = this.#slots.reduce((total, slot) => total + slot, 0)
    if (sum < this.#minimumBytes) this.#expired('a message came too slowly')
  }
}
