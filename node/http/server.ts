import { type IncomingMessage, type RequestListener, type ServerResponse, STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'
import { Router } from '@koa/router'
import Koa, { type Context } from 'koa'
import compress from 'koa-compress'
import type { Clock } from '../clock.js'
import { type FailureCode, fail } from '../errors.js'
import type { Log } from '../log.js'
import type { Settings } from '../settings.js'
import type { Acting } from './acting.js'
import { isAny } from './addresses.js'
import { bearerSecret } from './bearer.js'
import { isSecure, sessionSecret } from './cookie.js'
import { crossOrigin } from './cors.js'
import { type Crowd, openCrowd } from './crowd.js'
import { admit, type Dispatcher, handlerOf } from './dispatch.js'
import { problem, Refusal, SIGN_IN_FIRST, sendProblem, TooMany, translateFailures } from './failures.js'
import { protectiveFields, setOnEach } from './headers.js'
import type { Idempotency } from './idempotency.js'
import { openRequestLimiter } from './limiter.js'
import { openListener, type ScreensCertificate } from './listener.js'
import type { Live } from './live-reading.js'
import { openApiDocument } from './openapi.js'
import { type Check, type Metrics, openMetrics, operations } from './operations.js'
import type { Route, RouteAction } from './route.js'
import { openShortWay } from './short-way.js'
import { openSockets, refuse, type Sockets } from './socket.js'
import { openThreshold } from './threshold.js'
import { openUnderWay } from './under-way.js'
import { website } from './website.js'

/**
 * Gives who a request's credentials stand for; null when for nobody. `touch`: the person is active. A request with a
 * bearer token is a program's: its cookies are not looked at.
 */
export type Authenticate = (credentials: {
  cookie?: string
  bearer?: string
  /** What calls itself how, as it wrote it. */
  agent?: string | undefined
  address: string
  touch: boolean
}) => Promise<Acting | null>

export type Mount = { prefix: string } & (
  | {
      action: Exclude<RouteAction, 'public' | 'session'>
      handle(request: IncomingMessage, response: ServerResponse, who: Acting): Promise<void>
    }
  /** Who may is asked by what stands behind it. */
  | {
      action: 'public'
      handle(request: IncomingMessage, response: ServerResponse, address: string): Promise<void>
    }
)

export interface HttpOptions {
  config: Settings['http']
  /** With it the node itself serves HTTPS. */
  certificate?: ScreensCertificate | null
  /** Origins whose pages may read DICOMweb with a token. */
  origins?: readonly string[]
  node: { name: string; version: string }
  log: Log
  clock: Clock
  authenticate: Authenticate
  may: Dispatcher['may']
  factorDue?: Dispatcher['factorDue']
  routes: readonly Route[]
  /** Protocols of their own below a path, spoken by a library; who may is asked here all the same. */
  mounts?: readonly Mount[]
  live?: Live
  /** Tells when a session ended or changed, so that its live connections close at once. */
  onSessionEnd?(listener: (session: string) => void): () => void
  /** Somebody opened a screen, or closed one. */
  onPresence?(account: string): void
  idempotency?: Idempotency
  checks?: Readonly<Record<string, Check>>
  /** What does not work while the node answers. */
  troubles?(): readonly string[]
  metrics?: Metrics
  /** Folder of the built web application. */
  staticDir?: string
}

export interface Http {
  handler: RequestListener
  /** Binds the configured address; rejects with a sentence when the port is taken. */
  listen(): Promise<{ url: string; host: string; port: number }>
  /** Progress and presence for the browsers that are connected. */
  tell: Sockets['tell']
  isOnline: Sockets['isOnline']
  askedMsAgo: Crowd['askedMsAgo']
  /** Another certificate, for the connections to come. */
  renew(certificate: ScreensCertificate): void
  /** Everything this door answers to, and what each asks of who calls. */
  calls: readonly DoorCall[]
  close(): Promise<void>
}

/** One address of the door. A mount takes every method, and what lies below its path. */
export interface DoorCall {
  method: Route['method'] | '*'
  path: string
  action: RouteAction | 'local'
  also?: readonly RouteAction[]
}

/** What the kit answers to by itself: health for anybody, metrics for this machine or who has their token. */
const OWN_CALLS: readonly DoorCall[] = [
  { method: 'GET', path: '/api/openapi.json', action: 'public' },
  { method: 'GET', path: '/healthz', action: 'public' },
  { method: 'GET', path: '/readyz', action: 'public' },
  { method: 'GET', path: '/metrics', action: 'local' },
  { method: 'GET', path: '/ws', action: 'session' },
]

/** Of what is turned away at the threshold. */
const CODES: Readonly<Record<number, FailureCode>> = { 403: 'forbidden', 431: 'too-large' }
const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS'])
/** Paths of the programming interface: an unknown one is a problem, never a page. */
const INTERFACE = /^\/(api|dicomweb|fhir|ws)(\/|$)/

export function openHttp(options: HttpOptions): Http {
  const { config, log, clock } = options
  const secure = isSecure(config)
  const metrics = options.metrics ?? openMetrics()
  let port = config.port

  const tls = (options.certificate ?? null) !== null
  const threshold = openThreshold({ config, tls, port: () => port })
  const limiter = openRequestLimiter(config)
  const crowd = openCrowd(config)
  const underWay = openUnderWay()
  const identify = (request: IncomingMessage, touch: boolean): Promise<Acting | null> => {
    const bearer = bearerSecret(request.headers)
    const cookie = bearer === undefined ? sessionSecret(request.headers, secure) : undefined
    return options.authenticate({
      ...(cookie === undefined ? {} : { cookie }),
      ...(bearer === undefined ? {} : { bearer }),
      agent: request.headers['user-agent'],
      address: threshold.wayOf(request).address,
      touch,
    })
  }

  /** Who asks; counted, so that nobody keeps the others waiting. */
  const asking = async (ctx: Context): Promise<Acting | null> => {
    const who = await identify(ctx.req, isActive(ctx.req))
    await limiter.asked(who, String(ctx.state['address']))
    underWay.begin(who, ctx.res)
    return who
  }

  const app = new Koa()
  app.on('error', (thrown: unknown) => {
    const { code } = thrown as { code?: string }
    // The browser went away in the middle of an answer.
    if (code === 'EPIPE' || code === 'ECONNRESET' || code === 'ERR_STREAM_PREMATURE_CLOSE') return
    log.error('http-answer-broken', {}, thrown)
  })
  app.use(async (ctx, next) => {
    ctx.state['address'] = threshold.wayOf(ctx.req).address
    const began = clock.monotonic()
    ctx.state['noRoom'] = crowd.enter(ctx.req, ctx.res)
    try {
      await next()
    } finally {
      const route = String(ctx.state['route'] ?? 'other')
      metrics.answered({ method: ctx.method, route, status: ctx.status }, (clock.monotonic() - began) / 1000)
    }
  })
  const fields = protectiveFields({ secure, connect: socketOrigins(config.publicUrl) })
  app.use(setOnEach(fields))
  app.use(translateFailures(log))
  app.use(async (ctx, next) => {
    const turned = threshold.turnedAway(ctx.req)
    // Whatever it goes on to send is not worth reading.
    if (turned !== undefined) ctx.set('Connection', 'close')
    if (turned?.location !== undefined) {
      ctx.status = turned.status
      ctx.set('Location', turned.location)
    } else if (turned !== undefined)
      throw new Refusal(turned.status, CODES[turned.status] ?? 'invalid', turned.detail)
    else if (ctx.state['noRoom'] === 'pipelined') {
      ctx.set('Connection', 'close')
      throw new TooMany(
        {
          fr: 'Trop de demandes avant la première réponse.',
          en: 'Too many requests before the first was answered.',
        },
        1,
      )
    } else if (ctx.state['noRoom'] === 'full') {
      ctx.set('Retry-After', '1')
      throw new Refusal(503, 'unavailable', {
        fr: 'Trop à la fois. Réessayez dans une seconde.',
        en: 'Too much at once. Try again in a second.',
      })
    } else await next()
  })
  app.use(crossOrigin({ prefix: '/dicomweb', origins: options.origins ?? [] }))
  app.use(compress({ threshold: 1024, filter: type => /json|text|javascript|svg|xml|wasm/i.test(type) }))
  app.use(
    operations({
      checks: options.checks ?? {},
      metrics,
      metricsToken: config.metricsToken,
      troubles: options.troubles,
    }),
  )
  app.use(async (ctx, next) => {
    // A page elsewhere can make a browser send our cookie, never a bearer token it does not have.
    if (
      !SAFE_METHODS.has(ctx.method) &&
      bearerSecret(ctx.headers) === undefined &&
      !threshold.isOurPage(ctx.req)
    )
      throw new Refusal(403, 'forbidden', {
        fr: 'Cette demande ne vient pas d’une de nos pages. L’adresse ouverte est-elle http.publicUrl ?',
        en: 'This request does not come from one of our own pages. Is http.publicUrl the address that was opened?',
      })
    await next()
  })
  for (const mount of options.mounts ?? [])
    app.use(async (ctx, next) => {
      const { prefix, action } = mount
      if (ctx.path !== prefix && !ctx.path.startsWith(`${prefix}/`)) return next()
      ctx.state['route'] = prefix
      if (action === 'public') {
        ctx.respond = false
        ctx.res.setHeader('Cache-Control', 'no-store')
        await mount.handle(ctx.req, ctx.res, String(ctx.state['address']))
        return
      }
      const who = (await asking(ctx)) ?? fail('unauthenticated', SIGN_IN_FIRST)
      admit(who, action, undefined, options)
      ctx.respond = false
      ctx.res.setHeader('Cache-Control', 'no-store')
      await mount.handle(ctx.req, ctx.res, who)
    })
  const { literal, router } = routerOf(options, asking)
  app.use((ctx, next) => literal.get(callOf(ctx.method, ctx.path))?.(ctx, next) ?? next())
  app.use(router.routes())
  app.use(async (ctx, next) => {
    if (!INTERFACE.test(ctx.path)) return next()
    const allowed = ctx.state['allowed'] as string[] | undefined
    if (allowed === undefined) return sendProblem(ctx, problem('missing', 'There is no such address.'))
    ctx.set('Allow', allowed.join(', '))
    sendProblem(ctx, problem('unsupported', `${ctx.method} is not possible here.`, { status: 405 }))
  })
  app.use(website(options.staticDir))
  app.use(ctx => sendProblem(ctx, problem('missing', 'There is no such address.')))

  const sockets =
    options.live === undefined
      ? undefined
      : openSockets({
          live: options.live,
          log,
          ...(options.onPresence === undefined ? {} : { onPresence: options.onPresence }),
          identify: request => identify(request, false),
          maxSockets: config.maxSockets,
          payloadMaxBytes: config.socketPayloadMaxBytes,
          bufferMaxBytes: config.socketBufferMaxBytes,
          recheckMs: config.socketRecheckMs,
          pingMs: config.socketPingMs,
        })
  const stopSessions = options.onSessionEnd?.(session => {
    sockets?.endSession(session)
    underWay.end(session)
  })
  const upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    socket.on('error', () => socket.destroy())
    const turned = threshold.turnedAway(request)
    if (turned !== undefined) refuse(socket, `${turned.status} ${STATUS_CODES[turned.status]}`)
    else if (sockets === undefined || request.url?.split('?')[0] !== '/ws') refuse(socket, '404 Not Found')
    else if (!threshold.isOurPage(request)) refuse(socket, '403 Forbidden')
    else
      sockets.upgrade(request, socket, head).catch(thrown => {
        log.error('socket-failed', {}, thrown)
        refuse(socket, '500 Internal Server Error')
      })
  }

  const handle = app.callback()
  const shortWay = openShortWay({
    ...{ routes: options.routes, threshold, crowd, kit: options, fields, metrics, log, clock },
    identify: request => identify(request, isActive(request)),
    asked: limiter.asked,
    waitingMax: Math.floor(config.requestsAtOnce / 2),
  })
  const handler = (request: IncomingMessage, response: ServerResponse): void => {
    const answering = shortWay(request, response)
    if (answering === false) void handle(request, response)
    else
      void answering.then(answered => {
        if (!answered) void handle(request, response)
      })
  }
  const listener = openListener({
    config,
    certificate: options.certificate ?? null,
    handler,
    isProxy: threshold.isProxy,
  })
  listener.server.on('upgrade', upgrade)

  return {
    handler,
    listen: async () => {
      port = await listener.listen()
      const name = isAny(config.host)
        ? '127.0.0.1'
        : config.host.includes(':')
          ? `[${config.host}]`
          : config.host
      return { url: `${tls ? 'https' : 'http'}://${name}:${port}`, host: config.host, port }
    },
    tell: (message, sees, audience) => sockets?.tell(message, sees, audience),
    isOnline: account => sockets?.isOnline(account) ?? false,
    askedMsAgo: crowd.askedMsAgo,
    renew: listener.renew,
    calls: [
      ...options.routes,
      ...(options.mounts ?? []).map(({ prefix, action }) => ({ method: '*' as const, path: prefix, action })),
      ...OWN_CALLS,
    ],
    close: async () => {
      stopSessions?.()
      sockets?.close()
      await listener.close()
    },
  }
}

/** Paths without parameters are found by their name; the router, which tries one after the other, has all of them. */
function routerOf(
  options: HttpOptions,
  identify: Dispatcher['identify'],
): { literal: ReadonlyMap<string, Koa.Middleware>; router: Router } {
  const { config, log, may, factorDue, idempotency, node } = options
  const router = new Router()
  const kit: Dispatcher = {
    identify,
    may,
    ...(factorDue === undefined ? {} : { factorDue }),
    log,
    bodyMaxBytes: config.bodyMaxBytes,
    jsonDepthMax: config.jsonDepthMax,
    ...(idempotency === undefined ? {} : { idempotency }),
  }
  // Made when it is first asked for: half a second that a start does not have.
  let document: string | undefined
  router.get('/api/openapi.json', async ctx => {
    ctx.state['route'] = '/api/openapi.json'
    await identify(ctx)
    ctx.set('Cache-Control', 'no-cache')
    ctx.type = 'application/json'
    document ??= JSON.stringify(openApiDocument(options.routes, node))
    ctx.body = document
  })
  const methods = new Map<string, string[]>()
  const literal = new Map<string, Koa.Middleware>()
  for (const route of [...options.routes].sort(literalFirst)) {
    const known = methods.get(route.path) ?? []
    if (known.includes(route.method)) throw new Error(`Two routes answer ${route.method} ${route.path}.`)
    methods.set(route.path, [...known, route.method])
    const handler = handlerOf(route, kit)
    router.register(route.path, [route.method], handler)
    if (!route.path.includes(':')) literal.set(callOf(route.method, route.path), handler)
  }
  for (const [path, allowed] of methods)
    router.all(path, (ctx, next) => {
      ctx.state['allowed'] = allowed
      return next()
    })
  return { literal, router }
}

const callOf = (method: string, path: string) => `${method} ${path}`

/** `/api/studies/search` is asked before `/api/studies/:uid`, in whatever order they were declared. */
function literalFirst(a: Route, b: Route): number {
  const rank = ({ path }: Route) => path.replace(/:\w+/g, '\uffff')
  return rank(a) < rank(b) ? -1 : rank(a) > rank(b) ? 1 : 0
}

/** A page that refetches by itself says so: an unattended screen must lock. */
function isActive({ headers }: IncomingMessage): boolean {
  return headers['relais-background'] !== '1'
}

function socketOrigins(publicUrl: string | null): string[] {
  return publicUrl === null ? [] : [publicUrl.replace(/^http/, 'ws')]
}
