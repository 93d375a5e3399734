import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import { isIP } from 'node:net'

/** An address as text people write: IPv4 inside IPv6 unwrapped, no zone. */
export function plainAddress(address: string | undefined): string {
  return (address ?? '').replace(/^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/i, '').replace(/%.*$/, '')
}

export function isLoopback(address: string): boolean {
  return address === '::1' || /^127\.\d+\.\d+\.\d+$/.test(address)
}

/** The machine that asks. X-Forwarded-For counts only from a proxy the configuration trusts, and only its last entry. */
export function addressOf(request: IncomingMessage, trustedProxies: readonly string[]): string {
  const direct = plainAddress(request.socket.remoteAddress)
  if (!trustedProxies.includes(direct)) return direct
  const forwarded = String(request.headers['x-forwarded-for'] ?? '')
  const last = plainAddress(forwarded.split(',').at(-1)?.trim())
  return isIP(last) === 0 ? direct : last
}

/**
 * Whether a browser says the request comes from one of our own pages. Programs send neither header and are let
 * through to the authentication; a foreign page cannot forge them.
 */
export function isOurPage(headers: IncomingHttpHeaders, ourOrigins: readonly string[]): boolean {
  const site = headers['sec-fetch-site']
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return false
  const { origin } = headers
  return origin === undefined || ourOrigins.includes(origin)
}

/** The origins our pages are opened from. `null` where the configuration leaves it open and any host name may be ours. */
export function originsOf(options: {
  publicUrl: string | null
  host: string
  port: number
  secure: boolean
}): readonly string[] | null {
  const { publicUrl, host, port, secure } = options
  const origins = publicUrl === null ? [] : [publicUrl]
  const at = (name: string) => new URL(`http${secure ? 's' : ''}://${name}:${port}`).origin
  const local = isLoopback(host) || host === 'localhost'
  if (!local && publicUrl === null) return null
  if (local || isAny(host)) origins.push(at('localhost'), at('127.0.0.1'), at('[::1]'))
  else if (isIP(host) !== 0) origins.push(at(isIP(host) === 6 ? `[${host}]` : host))
  return [...new Set(origins)]
}

export function isAny(host: string): boolean {
  return host === '0.0.0.0' || host === '::'
}
