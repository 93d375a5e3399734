import type { Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import type { AcceptorOptions } from './acceptor.js'
import type { Occupancy } from './admission.js'
import { Doorway } from './doorway.js'
import { type AcceptorEvent, type House, Inbound } from './inbound.js'
import { Patience } from './patience.js'

/** One socket that came in, from its first moment to its last. */
interface Connection {
  raw: Socket
  address: string
  inbound?: Inbound
  peer?: string
  /** Takes it out of the doorway. */
  leave: () => void
}

/** Every inbound connection of one acceptor: who is at the door, who is inside, and how many of each. */
export class Lobby {
  readonly #options: AcceptorOptions
  readonly #doorway: Doorway
  readonly #patience: Patience
  readonly #connections = new Map<string, Connection>()
  readonly #perPeer = new Map<string, number>()
  #associations = 0

  constructor(options: AcceptorOptions) {
    this.#options = options
    this.#doorway = new Doorway(options.limits, options.knowsAddress ?? (() => true))
    this.#patience = new Patience(options.limits, options.clock)
  }

  get associations(): number {
    return this.#associations
  }

  /** A TCP connection is there. */
  knock(raw: Socket): void {
    const key = keyOf(raw)
    if (key === undefined) {
      // It was closed before it could be looked at.
      raw.destroy()
      return
    }
    const connection: Connection = { raw, address: addressOf(raw), leave: () => undefined }
    this.#connections.set(key, connection)
    raw.once('close', () => {
      connection.leave()
      // The same address and port may have come back already.
      if (this.#connections.get(key) === connection) this.#connections.delete(key)
    })
    // A socket without listener for errors would end the program.
    raw.on('error', () => undefined)
    this.#waitAtDoor(connection)
  }

  /** Its bytes may be read. */
  enter(socket: Socket): void {
    const connection = this.#connections.get(keyOf(socket) ?? '')
    if (!connection) {
      socket.destroy()
      return
    }
    const waitMs = this.#patience.waitMs(connection.address)
    if (waitMs === 0) {
      this.#receive(socket, connection)
      return
    }
    // Not read and not answered meanwhile; in a crowd it is the first to make room.
    const timer = setTimeout(() => this.#receive(socket, connection), waitMs)
    connection.raw.once('close', () => clearTimeout(timer))
  }

  #receive(socket: Socket, connection: Connection): void {
    if (!socket.destroyed)
      connection.inbound = new Inbound(socket, connection.address, this.#house(connection))
  }

  /** The TLS handshake is done: whoever may not speak is turned away before the first byte is read. */
  vetted(socket: TLSSocket): void {
    const address = this.#connections.get(keyOf(socket) ?? '')?.address ?? addressOf(socket)
    const cause = this.#options.vet?.(socket, address)
    if (cause === undefined) this.enter(socket)
    else this.turnAway(socket, cause)
  }

  /** Closes a connection of which nothing has reached the engine. */
  turnAway(socket: Socket, cause: string): void {
    const connection = this.#connections.get(keyOf(socket) ?? '')
    this.#options.onEvent({
      type: 'rejected',
      association: '',
      address: connection?.address ?? addressOf(socket),
      port: socket.remotePort ?? 0,
      result: 1,
      source: 1,
      reason: 1,
      cause,
    })
    socket.destroy()
  }

  acceptFailed(error: Error): void {
    this.#options.onEvent({ type: 'fault', association: '', address: '', port: 0, error })
  }

  closeAll(): void {
    for (const { raw, inbound } of this.#connections.values()) {
      if (inbound) inbound.close('the node is closing')
      else raw.destroy()
    }
  }

  #waitAtDoor(connection: Connection): void {
    connection.leave = this.#doorway.enter(connection.address, () => {
      if (connection.inbound) connection.inbound.destroy('room was needed for newer callers')
      else connection.raw.destroy()
    })
  }

  #house(connection: Connection): House {
    const { limits, clock, services, admit, onEvent } = this.#options
    return {
      limits,
      clock,
      services,
      admit,
      onEvent: event => {
        if (isFault(event)) this.#patience.blame(event.address)
        onEvent(event)
      },
      occupancy: peer => this.#occupancy(peer),
      associated: peer => {
        connection.leave()
        connection.peer = peer
        this.#associations += 1
        this.#perPeer.set(peer, this.#ofPeer(peer) + 1)
      },
      ended: () => {
        const { peer } = connection
        if (peer === undefined) return
        connection.peer = undefined
        this.#associations -= 1
        if (this.#ofPeer(peer) > 1) this.#perPeer.set(peer, this.#ofPeer(peer) - 1)
        else this.#perPeer.delete(peer)
        // Its socket lingers in Sta13 for a moment.
        if (!connection.raw.destroyed) this.#waitAtDoor(connection)
      },
    }
  }

  #ofPeer(peer: string): number {
    return this.#perPeer.get(peer) ?? 0
  }

  #occupancy(peer: string): Occupancy {
    return {
      associations: this.#associations,
      maxAssociations: this.#options.limits.maxAssociations,
      associationsOfPeer: this.#ofPeer(peer),
    }
  }
}

/** An association that broke the protocol, was refused for good, or did nothing before it broke off. */
function isFault(event: AcceptorEvent): boolean {
  if (event.type === 'rejected') return event.result === 1
  return event.type === 'aborted' && (event.by === 'us' || event.operations === 0)
}

/** The same for a raw socket and the TLS socket around it. */
function keyOf(socket: Socket): string | undefined {
  const { remoteAddress, remotePort } = socket
  return remoteAddress === undefined ? undefined : `${remoteAddress} ${remotePort}`
}

function addressOf(socket: Socket): string {
  return (socket.remoteAddress ?? '').replace(/^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/, '')
}
