import { createServer as createTcpServer, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer, type SecureContextOptions, type TlsOptions } from 'node:tls'
import type { Clock } from '../../clock.js'
import { Failure, reasonOf } from '../../errors.js'
import type { Admission, AssociationOffer } from './admission.js'
import type { AcceptorEvent } from './inbound.js'
import type { NetworkLimits } from './limits.js'
import { Lobby } from './lobby.js'
import type { AcceptorServices } from './services.js'
import { tlsProfile } from './tls-profile.js'

export type { Admission, Admitted, AssociationOffer, Refused } from './admission.js'
export type { AcceptorEvent, Caller } from './inbound.js'
export type * from './services.js'

/** Of `node:tls`: certificates, `requestCert`, `minVersion`, `ciphers`. */
export type SecureServerOptions = SecureContextOptions & TlsOptions

export interface AcceptorOptions {
  host: string
  /** 0 = any free one. */
  port: number
  tls?: SecureServerOptions
  limits: NetworkLimits
  clock: Clock
  /** Who may associate, and for what; asked once for each A-ASSOCIATE-RQ. */
  admit(offer: AssociationOffer): Admission
  /** Whether an address belongs to any peer; unknown ones get fewer connections at once. All are known where left out. */
  knowsAddress?(address: string): boolean
  services: AcceptorServices
  onEvent(event: AcceptorEvent): void
}

export interface Acceptor {
  port: number
  /** Stops listening and aborts what is open; resolves when every socket is closed. */
  close(): Promise<void>
  /** How many are open. */
  associations(): number
}

/** Listens for associations. Rejects with a Failure `unavailable` where the address cannot be had. */
export async function openAcceptor(options: AcceptorOptions): Promise<Acceptor> {
  const lobby = new Lobby(options)
  const server = listenerFor(options, lobby)
  await listening(server, options)
  // For example no file descriptors left: this connection is lost, the next one may come.
  server.on('error', error => lobby.acceptFailed(error))
  const address = server.address()
  return {
    port: typeof address === 'object' && address ? address.port : options.port,
    close: async () => {
      const closed = new Promise<void>(resolve => server.close(() => resolve()))
      lobby.closeAll()
      await closed
    },
    associations: () => lobby.associations,
  }
}

function listenerFor(options: AcceptorOptions, lobby: Lobby): Server {
  if (!options.tls) {
    const server = createTcpServer({ noDelay: true })
    server.on('connection', socket => {
      lobby.knock(socket)
      lobby.enter(socket)
    })
    return server
  }
  const server = createTlsServer({
    ...tlsProfile,
    ...options.tls,
    handshakeTimeout: options.limits.tlsHandshakeTimeoutMs,
  })
  // Until the handshake is done only the raw socket is known, and it must count.
  server.on('connection', (socket: Socket) => lobby.knock(socket))
  server.on('secureConnection', socket => lobby.enter(socket))
  server.on('tlsClientError', (error, socket) => lobby.handshakeFailed(socket, reasonOf(error)))
  return server
}

function listening(server: Server, { host, port }: AcceptorOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', error =>
      reject(new Failure('unavailable', `cannot listen on ${host}:${port}: ${error.message}`, [], error)),
    )
    server.listen({ host, port, backlog: 511 }, resolve)
  })
}
