import { createHash, timingSafeEqual } from 'node:crypto'
import type { Context, Middleware } from 'koa'
import { collectDefaultMetrics, Histogram, Registry } from 'prom-client'
import { reasonOf } from '../errors.js'
import { isLoopback } from './addresses.js'
import { problem, sendProblem } from './failures.js'

/** Asks one part of the node whether it can work; throws the reason when it cannot. */
export type Check = () => Promise<void> | void

export interface Metrics {
  registry: Registry
  /** One answered request: its route's pattern, never its path. */
  answered(labels: { method: string; route: string; status: number }, seconds: number): void
}

export function openMetrics(): Metrics {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const requests = new Histogram({
    name: 'relais_http_request_seconds',
    help: 'Time to answer, by route.',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.005, 0.02, 0.1, 0.3, 1, 5],
    registers: [registry],
  })
  return { registry, answered: (labels, seconds) => requests.observe(labels, seconds) }
}

/** `/healthz` (the process answers), `/readyz` (all its parts can work), `/metrics` (this machine, or a token). */
export function operations(options: {
  checks: Readonly<Record<string, Check>>
  metrics: Metrics
  metricsToken: string | null
  /** What does not work, and is not for a restart to mend by itself: said beside `/healthz`. */
  troubles?: (() => readonly string[]) | undefined
}): Middleware {
  return async (ctx, next) => {
    if (ctx.method !== 'GET' && ctx.method !== 'HEAD') return next()
    if (ctx.path === '/healthz') {
      ctx.set('Cache-Control', 'no-store')
      const troubles = options.troubles?.() ?? []
      ctx.body = troubles.length === 0 ? { status: 'ok' } : { status: 'degraded', troubles }
    } else if (ctx.path === '/readyz') {
      const checks = await run(options.checks)
      const ready = Object.values(checks).every(outcome => outcome === 'ok')
      ctx.set('Cache-Control', 'no-store')
      ctx.status = ready ? 200 : 503
      ctx.body = { status: ready ? 'ready' : 'not-ready', checks }
    } else if (ctx.path === '/metrics') {
      const direct = isLoopback(ctx.state['address']) && ctx.headers['x-forwarded-for'] === undefined
      const { metricsToken } = options
      const shown = metricsToken !== null && sameSecret(ctx.headers.authorization, `Bearer ${metricsToken}`)
      if (direct || shown) await show(ctx, options.metrics)
      else sendProblem(ctx, problem('missing', 'There is no such address.'))
    } else await next()
  }
}

async function show(ctx: Context, { registry }: Metrics): Promise<void> {
  ctx.set('Cache-Control', 'no-store')
  ctx.body = await registry.metrics()
  ctx.set('Content-Type', registry.contentType)
}

/** Compared in constant time. */
function sameSecret(given: string | undefined, wanted: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(given ?? ''), digest(wanted))
}

async function run(checks: Readonly<Record<string, Check>>): Promise<Record<string, string>> {
  const outcomes = Object.entries(checks).map(async ([name, check]) => {
    try {
      await check()
      return [name, 'ok'] as const
    } catch (thrown) {
      return [name, reasonOf(thrown)] as const
    }
  })
  return Object.fromEntries(await Promise.all(outcomes))
}
