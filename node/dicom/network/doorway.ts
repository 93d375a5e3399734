/** Sockets that are no association (yet, or any more), and who must leave when it gets crowded. */
export interface DoorwayLimits {
  maxPendingConnections: number
  maxPendingPerAddress: number
  maxPendingPerUnknownAddress: number
}

interface Waiting {
  address: string
  leave: () => void
}

/**
 * A caller that means it says its A-ASSOCIATE-RQ at once; so when there are too many who have not, the one that has waited
 * longest makes room for the newest: idle sockets cannot shut the door on a good sender, whatever their number.
 */
export class Doorway {
  readonly #limits: DoorwayLimits
  readonly #isKnown: (address: string) => boolean
  /** In order of arrival. */
  readonly #waiting = new Map<symbol, Waiting>()
  readonly #perAddress = new Map<string, number>()

  constructor(limits: DoorwayLimits, isKnown: (address: string) => boolean) {
    this.#limits = limits
    this.#isKnown = isKnown
  }

  get size(): number {
    return this.#waiting.size
  }

  /** `makeRoom` closes the socket. Gives the function that says it is no longer waiting here. */
  enter(address: string, makeRoom: () => void): () => void {
    const here = Symbol(address)
    const leave = () => {
      if (!this.#waiting.delete(here)) return
      const left = (this.#perAddress.get(address) ?? 1) - 1
      if (left === 0) this.#perAddress.delete(address)
      else this.#perAddress.set(address, left)
    }
    this.#waiting.set(here, {
      address,
      leave: () => {
        leave()
        makeRoom()
      },
    })
    const count = (this.#perAddress.get(address) ?? 0) + 1
    this.#perAddress.set(address, count)
    if (count > this.#allowed(address)) this.#oldest(address)?.leave()
    else if (this.#waiting.size > this.#limits.maxPendingConnections) this.#oldest()?.leave()
    return leave
  }

  #allowed(address: string): number {
    return this.#isKnown(address)
      ? this.#limits.maxPendingPerAddress
      : this.#limits.maxPendingPerUnknownAddress
  }

  #oldest(address?: string): Waiting | undefined {
    for (const waiting of this.#waiting.values())
      if (address === undefined || waiting.address === address) return waiting
    return undefined
  }
}
