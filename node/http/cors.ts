import type { Middleware } from 'koa'

const SECONDS_KEPT = 600

/**
 * Lets pages of the named origins read what lies below a path (the CORS protocol of the Fetch standard). They must show a
 * bearer token: credentials of the browser are never allowed, so that no cookie of ours counts for a page elsewhere.
 */
export function crossOrigin(options: { prefix: string; origins: readonly string[] }): Middleware {
  const origins = new Set(options.origins)
  return (ctx, next) => {
    if (origins.size === 0 || !ctx.path.startsWith(`${options.prefix}/`)) return next()
    ctx.vary('Origin')
    const origin = ctx.get('Origin')
    if (!origins.has(origin)) return next()
    ctx.set('Access-Control-Allow-Origin', origin)
    if (ctx.method !== 'OPTIONS') {
      ctx.set('Access-Control-Expose-Headers', 'ETag, Warning, Retry-After')
      return next()
    }
    ctx.status = 204
    ctx.set('Access-Control-Allow-Methods', 'GET, HEAD')
    ctx.set('Access-Control-Allow-Headers', 'Accept, Authorization, If-None-Match')
    ctx.set('Access-Control-Max-Age', String(SECONDS_KEPT))
  }
}
