import { createHash } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import type { Context, Middleware } from 'koa'
import { z } from 'zod'
import { Failure, fail, notYourRole } from '../errors.js'
import type { Origin } from '../journal/facts.js'
import type { Log } from '../log.js'
import { type Acting, demandFree } from './acting.js'
import { Bytes, WithStatus } from './answer.js'
import { readJson } from './body.js'
import { languageAsked, SIGN_IN_FIRST } from './failures.js'
import type { Idempotency, Remembered } from './idempotency.js'
import { misfitWords } from './misfit-words.js'
import type { Route, RouteAction } from './route.js'

export interface Dispatcher {
  /** Who sent this request; null when nobody is signed in. */
  identify(ctx: Context): Promise<Acting | null>
  may(who: Acting, action: Exclude<RouteAction, 'public' | 'session'>): boolean
  /** Whether the action waits for a second factor this session has not shown. */
  factorDue?(who: Acting, action: Exclude<RouteAction, 'public' | 'session'>): boolean
  bodyMaxBytes: number
  jsonDepthMax: number
  log: Log
  idempotency?: Idempotency
}

/** One route as a handler: who → may they → does it fit → do it → answer. */
export function handlerOf(route: Route, kit: Dispatcher): Middleware {
  return async ctx => {
    ctx.state['route'] = route.path
    const who = await kit.identify(ctx)
    const language = who?.account.language ?? languageAsked(ctx)
    ctx.state['language'] = language
    if (route.action !== 'public') admit(who, route.action, route.even, kit)
    const params = route.params === undefined ? undefined : asParams(route.params, ctx['params'])
    const query =
      route.query === undefined ? undefined : fitting(route.query, { ...ctx.query }, 'query', language)
    const sent = ctx.method === 'GET' || ctx.method === 'HEAD' ? undefined : await readBody(ctx, route, kit)
    const body = route.body === undefined ? undefined : fitting(route.body, sent ?? {}, 'body', language)
    const address: string = ctx.state['address']
    const run = async () =>
      route.run({
        params,
        query,
        body,
        who,
        address,
        origin: originOf(who, address),
        headers: ctx.headers,
        ctx,
      })

    ctx.set('Cache-Control', 'no-store')
    const key = ctx.get('Idempotency-Key')
    const remembers = route.method === 'POST' && route.secret !== true
    if (remembers && key !== '' && who !== null && kit.idempotency !== undefined) {
      const asked = { account: who.account.id, key, method: ctx.method, path: ctx.path, body: sent }
      const { status, answer, replayed } = await kit.idempotency.once(asked, async () => {
        const value = await run()
        if (value instanceof Bytes)
          fail('invalid', {
            fr: 'Cet appel ne prend pas d’Idempotency-Key.',
            en: 'This call does not take an Idempotency-Key.',
          })
        return asJson(value, route, kit.log)
      })
      if (replayed) ctx.set('Idempotency-Replayed', 'true')
      return sendJson(ctx, { status, answer })
    }
    const value = await run()
    if (value instanceof Bytes) sendBytes(ctx, value, route.status ?? 200)
    else if (isShared(value)) sendShared(ctx, sharedOf(value, route, kit.log))
    else sendJson(ctx, asJson(value, route, kit.log))
  }
}

/** Throws unless this person, or program, may call what asks for the action now. */
export function admit(
  who: Acting | null,
  action: Exclude<RouteAction, 'public'>,
  even: Route['even'],
  kit: Pick<Dispatcher, 'may' | 'factorDue'>,
): void {
  if (who === null) fail('unauthenticated', SIGN_IN_FIRST)
  demandFree(who, even)
  if (action === 'session') {
    if (who.token !== undefined)
      fail('forbidden', {
        fr: 'C’est pour une personne connectée, non pour un jeton.',
        en: 'This is for a person who is signed in, not for a token.',
      })
  } else if (!kit.may(who, action)) {
    if (who.token?.rights.includes(action) === false)
      fail('forbidden', {
        fr: `Ce jeton n’a pas le droit ${action}.`,
        en: `This token does not have the right ${action}.`,
      })
    fail('forbidden', notYourRole(who.membership.role))
  } else if (kit.factorDue?.(who, action) === true)
    fail('second-factor-required', {
      fr: 'Ceci demande un second facteur : montrez-le, ou mettez-en un en place.',
      en: 'This asks for a second factor: show it, or set one up.',
    })
}

function readBody(ctx: Context, route: Route, kit: Dispatcher): Promise<unknown> {
  return readJson(ctx, route.bodyMaxBytes ?? kit.bodyMaxBytes, kit.jsonDepthMax)
}

/** A parameter that cannot be one names nothing: missing, not invalid. */
function asParams(schema: z.ZodType, params: unknown): unknown {
  const parsed = schema.safeParse(params)
  if (!parsed.success) fail('missing', 'There is no such thing.')
  return parsed.data
}

function fitting(schema: z.ZodType, value: unknown, where: 'query' | 'body', language: 'fr' | 'en'): unknown {
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  const fields = parsed.error.issues.map(issue => ({
    path: issue.path.join('.'),
    message: misfitWords(issue, language),
  }))
  const named = [...new Set(fields.map(field => field.path || where).slice(0, 5))].join(', ')
  throw new Failure(
    'invalid',
    { fr: `Ceci ne convient pas : ${named}.`, en: `The ${where} does not fit: ${named}.` },
    fields,
  )
}

export function originOf(who: Acting | null, address: string): Origin {
  if (who === null) return { by: 'system', part: 'http' }
  const { account, membership, token } = who
  if (token !== undefined)
    return { by: 'token', token: token.id, name: account.name, site: membership.site, address }
  return {
    by: 'account',
    account: account.id,
    name: account.name,
    role: membership.role,
    site: membership.site,
    membership: membership.id,
    address,
  }
}

export function asJson(value: unknown, route: Route, log: Log): Remembered {
  const status = value instanceof WithStatus ? value.status : (route.status ?? 200)
  const plain = value instanceof WithStatus ? value.value : value
  if (plain === undefined) return { status: 204, answer: '' }
  if (!(route.answer instanceof z.ZodType)) throw new Error(`${route.path} promised bytes and gave a value.`)
  const parsed = route.answer.safeParse(plain)
  if (!parsed.success) {
    const issue = parsed.error.issues[0]
    log.error('http-answer-misfit', {
      path: route.path,
      code: issue?.code ?? '',
      part: issue?.path.join('.') ?? '',
    })
    throw new Failure('internal', `The answer of ${route.method} ${route.path} does not fit its schema.`)
  }
  return { status, answer: JSON.stringify(parsed.data) }
}

function sendJson(ctx: Context, { status, answer }: Remembered): void {
  ctx.status = status
  if (answer === '') {
    ctx.body = null
    ctx.status = 204
    return
  }
  ctx.type = 'application/json'
  ctx.body = answer
  if (ctx.method === 'GET' || ctx.method === 'HEAD') validate(ctx, etagOf(answer))
}

/** Rows are alike: more effort saves little of what is sent, and costs the moment in which it is made. */
const SHARED_LEVEL = 3

/** An answer as it is given to many. */
export interface Shared extends Remembered {
  etag: string
  /** Made when somebody first asks for it. */
  gzip(): Buffer
}

const shared = new WeakMap<object, Shared>()

/** Whether many are given this very answer. */
export function isShared(value: unknown): value is object {
  return Object.isFrozen(value) && typeof value === 'object' && value !== null
}

/**
 * A frozen answer is given to many: it is checked, written, hashed and compressed once, and at once. A thousand screens
 * that waited for another thread to compress it would all count as being answered.
 */
export function sharedOf(value: object, route: Route, log: Log): Shared {
  const known = shared.get(value)
  if (known !== undefined) return known
  const remembered = asJson(value, route, log)
  let gzip: Buffer | undefined
  const made = {
    ...remembered,
    etag: etagOf(remembered.answer),
    gzip: () => {
      gzip ??= gzipSync(remembered.answer, { level: SHARED_LEVEL })
      return gzip
    },
  }
  shared.set(value, made)
  return made
}

function sendShared(ctx: Context, made: Shared): void {
  ctx.status = made.status
  ctx.type = 'application/json'
  ctx.body = made.answer
  validate(ctx, made.etag)
  if (ctx.status === 304 || ctx.acceptsEncodings('gzip') !== 'gzip') return
  ctx.body = made.gzip()
  ctx.vary('Accept-Encoding')
  ctx.set('Content-Encoding', 'gzip')
}

export const etagOf = (answer: string) =>
  `W/"${createHash('sha256').update(answer).digest('base64url').slice(0, 27)}"`

function sendBytes(ctx: Context, { type, body, filename, length, etag, weak }: Bytes, status: number): void {
  ctx.status = status
  if (filename !== undefined) ctx.attachment(filename)
  ctx.set('Content-Type', type)
  ctx.body = body
  if (length !== undefined) ctx.length = length
  if (etag !== undefined) validate(ctx, `${weak ? 'W/' : ''}"${etag}"`)
}

/** Sets the validator and answers 304 when the asker already has it. The cache itself keeps nothing (no-store). */
function validate(ctx: Context, etag: string): void {
  ctx.set('ETag', etag)
  if (!holds(ctx.get('If-None-Match'), etag)) return
  ctx.body = null
  ctx.status = 304
}

/** Whether the asker says it has what the validator stands for (RFC 9110 §13.1.2). */
export function holds(ifNoneMatch: string, etag: string): boolean {
  if (ifNoneMatch === etag) return true
  const known = ifNoneMatch.split(/\s*,\s*/)
  return known.some(one => one === '*' || one.replace(/^W\//, '') === etag.replace(/^W\//, ''))
}
