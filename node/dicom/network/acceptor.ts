import { constants } from 'node:crypto'
import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from 'node:net'
import {
  createServer as createTlsServer,
  type SecureContextOptions,
  type TLSSocket,
  type TlsOptions,
  type Server as TlsServer,
} from 'node:tls'
import type { Clock } from '../../clock.js'
import { Failure, reasonOf } from '../../errors.js'
import { tlsListenerProfile } from '../../tls-profile.js'
import type { Admission, AssociationOffer } from './admission.js'
import type { AcceptorEvent } from './inbound.js'
import type { NetworkLimits } from './limits.js'
import { Lobby } from './lobby.js'
import type { AcceptorServices } from './services.js'

export type { Admission, Admitted, AssociationOffer, Refused } from './admission.js'
export type { AcceptorEvent, Caller } from './inbound.js'
export type * from './services.js'

/** Of `node:tls`: certificates, `requestCert`, `minVersion`, `ciphers`. */
export type SecureServerOptions = SecureContextOptions & TlsOptions

/** Where callers come in. */
export interface DoorOptions {
  host: string
  /** 0 = any free one. */
  port: number
  tls?: SecureServerOptions
}

export interface AcceptorOptions extends DoorOptions {
  limits: NetworkLimits
  clock: Clock
  /** Who may associate, and for what; asked once for each A-ASSOCIATE-RQ. */
  admit(offer: AssociationOffer): Admission
  /** Whether an address belongs to any peer; unknown ones get fewer connections at once. All are known where left out. */
  knowsAddress?(address: string): boolean
  /**
   * Asked after each TLS handshake and before the first byte of DICOM is read: why this caller is to be turned away,
   * or undefined.
   */
  vet?(socket: TLSSocket, address: string): string | undefined
  services: AcceptorServices
  onEvent(event: AcceptorEvent): void
}

export interface Door {
  readonly port: number
  /** Listens on another address under the same port; what is open goes on. Rejects where that cannot be had. */
  moveTo(host: string): Promise<void>
  /** New certificates for the handshakes to come; what is open goes on. */
  renew(tls: SecureContextOptions): void
}

/** The first door, and the house behind it. */
export interface Acceptor extends Door {
  /** One more door of the same house: its limits are counted over all of them. */
  open(door: DoorOptions): Promise<Door>
  /** Stops listening and aborts what is open; resolves when every socket is closed. */
  close(): Promise<void>
  /** How many are open. */
  associations(): number
}

/** Listens for associations. Rejects with a Failure `unavailable` where the address cannot be had. */
export async function openAcceptor(options: AcceptorOptions): Promise<Acceptor> {
  const lobby = new Lobby(options)
  const closing: (() => Promise<void>)[] = []

  const open = async (door: DoorOptions): Promise<Door> => {
    let secure = door.tls
    let server = await listening(door)
    const { port } = server.address() as AddressInfo
    closing.push(() => closed(server))
    return {
      port,
      moveTo: async host => {
        const before = server.address() as AddressInfo
        // One after the other: a port cannot be had on all addresses while it is taken on one.
        const left = closed(server)
        closing.push(() => left)
        const again = (at: string) =>
          listening({ host: at, port, ...(secure === undefined ? {} : { tls: secure }) })
        try {
          server = await again(host)
        } catch (thrown) {
          server = await again(before.address)
          throw thrown
        }
      },
      renew: tls => {
        secure = { ...secure, ...tls }
        if ('setSecureContext' in server) (server as TlsServer).setSecureContext(contextOf(secure))
      },
    }
  }

  async function listening({ host, port, tls }: DoorOptions): Promise<Server> {
    const server = listenerFor(tls, options.limits, lobby)
    await bound(server, host, port)
    // For example no file descriptors left: this connection is lost, the next one may come.
    server.on('error', error => lobby.acceptFailed(error))
    return server
  }

  const first = await open(options)
  return {
    ...first,
    open,
    close: async () => {
      const all = closing.map(close => close())
      lobby.closeAll()
      await Promise.all(all)
    },
    associations: () => lobby.associations,
  }
}

function listenerFor(tls: SecureServerOptions | undefined, limits: NetworkLimits, lobby: Lobby): Server {
  if (!tls) {
    const server = createTcpServer({ noDelay: true })
    server.on('connection', socket => {
      lobby.knock(socket)
      lobby.enter(socket)
    })
    return server
  }
  const server = createTlsServer({ ...contextOf(tls), handshakeTimeout: limits.tlsHandshakeTimeoutMs })
  // Until the handshake is done only the raw socket is known, and it must count.
  server.on('connection', (socket: Socket) => lobby.knock(socket))
  server.on('secureConnection', socket => lobby.vetted(socket))
  server.on('tlsClientError', (error, socket) => lobby.turnAway(socket, `TLS: ${reasonOf(error)}`))
  return server
}

/** A session that is resumed would bring back a certificate revoked since: every connection proves itself anew. */
function contextOf(tls: SecureServerOptions): SecureServerOptions {
  return {
    ...tlsListenerProfile,
    secureOptions: tlsListenerProfile.secureOptions | constants.SSL_OP_NO_TICKET,
    ...tls,
  }
}

function bound(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const failed = (error: Error) =>
      reject(new Failure('unavailable', `cannot listen on ${host}:${port}: ${error.message}`, [], error))
    server.once('error', failed)
    server.listen({ host, port, backlog: 511 }, () => {
      server.off('error', failed)
      resolve()
    })
  })
}

/** Listens no more; resolves when its last connection is closed. */
function closed(server: Server): Promise<void> {
  return new Promise(resolve => server.close(() => resolve()))
}
