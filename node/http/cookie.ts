import type { IncomingHttpHeaders } from 'node:http'
import type { Settings } from '../settings.js'

/** True when browsers reach the node over TLS: cookies are Secure then, and HSTS is sent. */
export function isSecure(config: Pick<Settings['http'], 'publicUrl' | 'certificateFile'>): boolean {
  return config.certificateFile !== null || config.publicUrl?.startsWith('https:') === true
}

/** `__Host-` binds the cookie to this host, to HTTPS and to the path `/` (RFC 6265bis §4.1.3.2). */
export function cookieName(secure: boolean, kind: CookieKind = 'relais'): string {
  return secure ? `__Host-${kind}` : kind
}

/** A signed-in person's, and that of somebody who has no account and came by a link: both can be in one browser. */
export type CookieKind = 'relais' | 'relais-inbox'

/** The Set-Cookie line that begins a session, or ends it when `secret` is null. */
export function sessionCookie(
  secret: string | null,
  options: { secure: boolean; maxAgeSeconds: number; kind?: CookieKind },
): string {
  const age = secret === null ? 0 : Math.max(0, Math.floor(options.maxAgeSeconds))
  const line = `${cookieName(options.secure, options.kind)}=${secret ?? ''}; Path=/; Max-Age=${age}; HttpOnly; SameSite=Strict`
  return options.secure ? `${line}; Secure` : line
}

/**
 * The session's secret as the browser sent it; undefined when there is none, or two: then somebody else of this host,
 * another port of it, laid theirs beside it, and whose it is that the person acts under cannot be told.
 */
export function sessionSecret(
  headers: IncomingHttpHeaders,
  secure: boolean,
  kind?: CookieKind,
): string | undefined {
  const name = `${cookieName(secure, kind)}=`
  const found = (headers.cookie ?? '')
    .split(';')
    .map(part => part.trim())
    .filter(part => part.startsWith(name))
  return found.length === 1 ? found[0]?.slice(name.length) || undefined : undefined
}
