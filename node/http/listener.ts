import { createServer, type RequestListener, type Server } from 'node:http'
import { createServer as createTlsServer, type Server as TlsServer } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import type { SecureContextOptions } from 'node:tls'
import { Failure, reasonOf } from '../errors.js'
import type { Settings } from '../settings.js'
import { tlsListenerProfile } from '../tls-profile.js'
import { isLoopback, plainAddress } from './addresses.js'

/** The certificate of the screens, PEM. */
export interface ScreensCertificate {
  chain: string
  key: string
}

export interface Listener {
  readonly server: Server
  /** Binds the configured address and gives its port; rejects with a sentence when it cannot be had. */
  listen(): Promise<number>
  /** Another certificate for the connections to come; what is open goes on. */
  renew(certificate: ScreensCertificate): void
  close(): Promise<void>
}

/** Requests whose header was not whole in time are looked for this often. */
const TIMEOUT_CHECK_MS = 1000
/** An answer under way gets so long when the node stops; an idle browser none. */
const LAST_ANSWERS_MS = 2000

/**
 * The socket the screens are served on. `isProxy`: addresses through which many come; they are not counted, and
 * neither is this machine.
 */
export function openListener(options: {
  config: Settings['http']
  certificate: ScreensCertificate | null
  handler: RequestListener
  isProxy(address: string): boolean
}): Listener {
  const { config, handler, isProxy } = options
  const limits = {
    maxHeaderSize: config.headerMaxBytes,
    headersTimeout: config.headerTimeoutMs,
    requestTimeout: config.requestTimeoutMs,
    keepAliveTimeout: config.keepAliveTimeoutMs,
    connectionsCheckingInterval: TIMEOUT_CHECK_MS,
  }
  const server =
    options.certificate === null
      ? createServer(limits, handler)
      : createTlsServer(
          { ...limits, ...contextOf(options.certificate), handshakeTimeout: config.headerTimeoutMs },
          handler,
        )
  server.maxConnections = config.maxConnections
  boundPerAddress(server, config.maxConnectionsPerAddress, isProxy)
  const redirect = redirectOf(config)

  return {
    server,
    listen: async () => {
      await bound(server, config, config.port, 'port')
      if (redirect !== undefined) await bound(redirect, config, config.redirectPort ?? 0, 'redirectPort')
      return (server.address() as AddressInfo).port
    },
    renew: certificate => {
      if ('setSecureContext' in server) (server as TlsServer).setSecureContext(contextOf(certificate))
    },
    close: async () => {
      const all = [server, ...(redirect?.listening === true ? [redirect] : [])]
      const closed = all.map(each => new Promise<void>(resolve => each.close(() => resolve())))
      for (const each of all) each.closeIdleConnections()
      const cut = setTimeout(() => {
        for (const each of all) each.closeAllConnections()
      }, LAST_ANSWERS_MS)
      await Promise.all(closed)
      clearTimeout(cut)
    },
  }
}

function contextOf({ chain, key }: ScreensCertificate): SecureContextOptions {
  return { ...tlsListenerProfile, cert: chain, key }
}

/** One address cannot take all connections; counted from the first byte of TCP on, before any handshake. */
function boundPerAddress(server: Server, max: number, isProxy: (address: string) => boolean): void {
  const open = new Map<string, number>()
  server.on('connection', (socket: Socket) => {
    const address = plainAddress(socket.remoteAddress)
    if (isLoopback(address) || isProxy(address)) return
    const count = (open.get(address) ?? 0) + 1
    if (count > max) {
      socket.destroy()
      return
    }
    open.set(address, count)
    socket.once('close', () => {
      const left = (open.get(address) ?? 1) - 1
      if (left === 0) open.delete(address)
      else open.set(address, left)
    })
  })
}

/** Sends people who typed no https:// to the right door. The name comes from the configuration, never from Host. */
function redirectOf({ redirectPort, publicUrl, headerTimeoutMs }: Settings['http']): Server | undefined {
  if (redirectPort === null || publicUrl === null) return undefined
  const server = createServer(
    { maxHeaderSize: 8192, headersTimeout: headerTimeoutMs, requestTimeout: headerTimeoutMs },
    (request, response) => {
      const path = request.url?.startsWith('/') === true ? request.url : '/'
      response.writeHead(308, { Location: `${publicUrl}${path}`, Connection: 'close', 'Content-Length': 0 })
      response.end()
    },
  )
  server.maxConnections = 64
  return server
}

function bound(
  server: Server,
  config: Settings['http'],
  port: number,
  setting: 'port' | 'redirectPort',
): Promise<void> {
  return new Promise((resolve, reject) => {
    const failed = (thrown: unknown) => reject(cannotListen(config.host, port, setting, thrown))
    server.once('error', failed)
    server.listen(port, config.host, () => {
      server.off('error', failed)
      resolve()
    })
  })
}

function cannotListen(
  host: string,
  port: number,
  setting: 'port' | 'redirectPort',
  thrown: unknown,
): Failure {
  const { code } = thrown as { code?: string }
  const name = setting === 'port' ? 'http.port (RELAIS_HTTP_PORT)' : 'http.redirectPort'
  const sentences: Record<string, string> = {
    EADDRINUSE: `Port ${port} is taken by another program: set ${name} to a free one.`,
    EACCES: `This user may not open port ${port}: set ${name} to one above 1023.`,
    EADDRNOTAVAIL: `This machine does not have the address ${host}: set http.host (RELAIS_HTTP_HOST).`,
  }
  return new Failure(
    'unavailable',
    sentences[code ?? ''] ?? `Cannot listen on ${host}:${port}: ${reasonOf(thrown)}.`,
    [],
    thrown,
  )
}
