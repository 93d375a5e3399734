import type { Clock } from '../../clock.js'

export interface PatienceLimits {
  /** Associations of one address that ended by a fault, a refusal or in nothing, within a minute, before it waits. */
  maxFaultsPerAddressPerMinute: number
  /** How long each further connection of it then waits before it is read. */
  faultDelayMs: number
}

const MINUTE_MS = 60_000
/** Addresses remembered at once; beyond, the count of all begins anew. */
const ADDRESSES_MAX = 10_000

/**
 * Who keeps breaking the protocol is heard slowly: each broken association costs this program work that good senders need.
 * Nobody is shut out, for a good peer may live behind the same address as a broken one.
 */
export class Patience {
  readonly #limits: PatienceLimits
  readonly #clock: Clock
  readonly #faults = new Map<string, number>()
  #since: number

  constructor(limits: PatienceLimits, clock: Clock) {
    this.#limits = limits
    this.#clock = clock
    this.#since = clock.monotonic()
  }

  blame(address: string): void {
    this.#forget()
    if (this.#faults.size >= ADDRESSES_MAX && !this.#faults.has(address)) this.#faults.clear()
    this.#faults.set(address, (this.#faults.get(address) ?? 0) + 1)
  }

  /** Milliseconds a new connection of this address waits; 0 for almost everybody. */
  waitMs(address: string): number {
    this.#forget()
    const faults = this.#faults.get(address) ?? 0
    return faults > this.#limits.maxFaultsPerAddressPerMinute ? this.#limits.faultDelayMs : 0
  }

  #forget(): void {
    const now = this.#clock.monotonic()
    if (now - this.#since < MINUTE_MS) return
    this.#faults.clear()
    this.#since = now
  }
}
