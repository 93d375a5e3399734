import type { IncomingHttpHeaders } from 'node:http'

/** The secret of `Authorization: Bearer …` (RFC 6750 §2.1); undefined where the request carries none. */
export function bearerSecret(headers: IncomingHttpHeaders): string | undefined {
  return /^Bearer +([\w~+/.=-]+) *$/i.exec(headers.authorization ?? '')?.[1]
}
