import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import { isIP } from 'node:net'
import { listOf, within } from '../addresses.js'

/** An address as text people write: IPv4 inside IPv6 unwrapped, no zone. */
export function plainAddress(address: string | undefined): string {
  return (address ?? '').replace(/^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/i, '').replace(/%.*$/, '')
}

export function isLoopback(address: string): boolean {
  return address === '::1' || /^127\.\d+\.\d+\.\d+$/.test(address)
}

export function isAny(host: string): boolean {
  return host === '0.0.0.0' || host === '::'
}

/** Whether only this machine reaches a listener there. */
export function isLocal(host: string): boolean {
  return isLoopback(host) || host === 'localhost'
}

/** Whether an address is a proxy that the configuration trusts. */
export function proxiesOf(trustedProxies: readonly string[]): (address: string) => boolean {
  if (trustedProxies.length === 0) return () => false
  const list = listOf(...trustedProxies)
  return address => within(list, address)
}

/** How a request came: by whom, and over what, as far as those who say so are trusted. */
export interface Way {
  /** The machine that asks. */
  address: string
  scheme: 'http' | 'https'
  /** It came through a trusted proxy. */
  proxied: boolean
  /** That proxy says it was asked without TLS. */
  inTheClear: boolean
}

/**
 * Through trusted proxies X-Forwarded-For is read from its end, the entry of the nearest one, to the first address
 * that is no trusted proxy: what stands before it is whatever the asker wrote. From anybody else it counts nothing.
 */
export function wayOf(request: IncomingMessage, isProxy: (address: string) => boolean): Way {
  const direct = plainAddress(request.socket.remoteAddress)
  const encrypted = 'encrypted' in request.socket && request.socket.encrypted === true
  const scheme = encrypted ? 'https' : 'http'
  if (!isProxy(direct)) return { address: direct, scheme, proxied: false, inTheClear: false }
  let address = direct
  for (const entry of lastOf(request.headers['x-forwarded-for'], 32)) {
    const plain = plainAddress(withoutPort(entry))
    if (isIP(plain) === 0) break
    address = plain
    if (!isProxy(plain)) break
  }
  const [said] = lastOf(request.headers['x-forwarded-proto'], 1)
  return {
    address,
    scheme: said === 'https' || said === 'http' ? said : scheme,
    proxied: true,
    inTheClear: said === 'http',
  }
}

/** Entries of a list header from the last one on, at most so many. */
function lastOf(header: string | string[] | undefined, max: number): string[] {
  return String(header ?? '')
    .split(',')
    .slice(-max)
    .map(entry => entry.trim())
    .reverse()
}

/** `192.0.2.1:5000` and `[2001:db8::1]:5000`, as some proxies write them. */
function withoutPort(entry: string): string {
  const bracketed = /^\[([^\]]+)\](:\d+)?$/.exec(entry)
  return bracketed?.[1] ?? entry.replace(/^(\d+\.\d+\.\d+\.\d+):\d+$/, '$1')
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

/** The origins our pages are opened from, as far as the configuration names them. */
export function originsOf(options: {
  publicUrl: string | null
  host: string
  port: number
  secure: boolean
}): readonly string[] {
  const { publicUrl, host, port, secure } = options
  const origins = publicUrl === null ? [] : [publicUrl]
  const at = (name: string) => new URL(`http${secure ? 's' : ''}://${name}:${port}`).origin
  if (isLocal(host) || isAny(host)) origins.push(at('localhost'), at('127.0.0.1'), at('[::1]'))
  else origins.push(at(isIP(host) === 6 ? `[${host}]` : host))
  return [...new Set(origins)]
}

/**
 * Whether this node goes by the name a request is addressed to (Host, RFC 9112 §3.2): the one people type, the one it
 * listens under, those that always mean this machine, and its own numbers. A page of any other name that was made to
 * lead here (DNS rebinding) is not served. `own`: addresses of this machine.
 */
export function answersTo(
  authority: string,
  names: { publicUrl: string | null; host: string; own(): readonly string[] },
): boolean {
  const host = hostOf(authority)
  if (host === undefined) return false
  if (host === 'localhost' || host === names.host.toLowerCase()) return true
  if (names.publicUrl !== null && host === hostOf(new URL(names.publicUrl).host)) return true
  return isIP(host) !== 0 && (isLoopback(host) || names.own().some(each => plainAddress(each) === host))
}

/** The host of an authority, in lower case and without brackets; undefined for what is none. */
function hostOf(authority: string): string | undefined {
  const found = /^(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(:\d{1,5})?$/i.exec(authority)?.[1]
  return found?.replace(/^\[|\]$/g, '').toLowerCase()
}
