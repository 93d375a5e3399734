import { setTimeout } from 'node:timers/promises'
import type { Context, Middleware } from 'koa'
import { systemClock } from '../clock.js'
import { Failure, type FailureCode, type FieldFault, type Said } from '../errors.js'
import type { Log } from '../log.js'
import { operationOutcome } from './operation-outcome.js'

/** Below it refusals are said in FHIR. */
const FHIR = /^\/fhir(\/|$)/

/** Failure → HTTP status: the only place that knows. */
export const statusOf: Readonly<Record<FailureCode, number>> = {
  invalid: 422,
  unauthenticated: 401,
  locked: 401,
  'second-factor-required': 403,
  'confirmation-required': 403,
  'password-change-required': 403,
  forbidden: 403,
  missing: 404,
  conflict: 409,
  mismatch: 409,
  'outcome-unknown': 409,
  'too-large': 413,
  'too-many': 429,
  unavailable: 503,
  'storage-full': 507,
  unsupported: 415,
  timeout: 504,
  internal: 500,
}

const TITLES: Readonly<Record<FailureCode, string>> = {
  invalid: 'What was sent does not fit',
  unauthenticated: 'Not signed in',
  locked: 'The session is locked',
  'second-factor-required': 'A second factor is asked for',
  'confirmation-required': 'Who you are is asked once more',
  'password-change-required': 'The password must be changed',
  forbidden: 'Not allowed',
  missing: 'Not found',
  conflict: 'Somebody or something came first',
  mismatch: 'The images say otherwise than the request',
  'outcome-unknown': 'Nobody knows whether it was done',
  'too-large': 'Too large',
  'too-many': 'Too many at once',
  unavailable: 'Not available now',
  'storage-full': 'The disk is full',
  unsupported: 'Not supported',
  timeout: 'No answer in time',
  internal: 'Internal error',
}

/** RFC 9457, with our stable `code`. */
export interface Problem {
  type: string
  title: string
  status: number
  code: FailureCode
  detail: string
  fields?: readonly FieldFault[]
}

export function problem(
  code: FailureCode,
  detail: string,
  options: { status?: number; fields?: readonly FieldFault[]; more?: Failure['more'] } = {},
): Problem {
  const { status = statusOf[code], fields = [], more = {} } = options
  return {
    ...more,
    type: `/problems/${code}`,
    title: TITLES[code],
    status,
    code,
    detail,
    ...(fields.length === 0 ? {} : { fields }),
  }
}

export function sendProblem(ctx: Context, answer: Problem): void {
  ctx.status = answer.status
  ctx.set('Cache-Control', 'no-store')
  ctx.remove('ETag')
  ctx.remove('Content-Disposition')
  const fhir = FHIR.test(ctx.path)
  ctx.body = JSON.stringify(fhir ? operationOutcome(answer) : answer)
  ctx.type = fhir ? 'application/fhir+json; charset=utf-8' : 'application/problem+json'
}

/** A failure that says how long to wait, in seconds. */
export class TooMany extends Failure {
  readonly retryAfterSeconds: number

  constructor(detail: string | Said, retryAfterSeconds: number) {
    super('too-many', detail)
    this.retryAfterSeconds = retryAfterSeconds
  }
}

/** A request the HTTP layer itself refuses, with the exact status of RFC 9110 where ours is coarser. */
export class Refusal extends Failure {
  readonly status: number

  constructor(status: number, code: FailureCode, detail: string | Said, more: Failure['more'] = {}) {
    super(code, detail, [], undefined, more)
    this.status = status
  }
}

/**
 * What is missing is said on a beat, counted from the beginning of the request: finding that there is nothing, and
 * finding whose it is, take different times, and neither is to be heard.
 */
const BEAT_MS = 10
/** Who listens has a watch of their own: a node whose clock is moved by hand is heard in real time too. */
const real = systemClock()

/**
 * Until the clock itself has reached it: a timer counts from when its turn of the event loop began, so after a long turn
 * it goes off early by as much.
 */
async function nextBeat(began: number): Promise<void> {
  const spent = real.monotonic() - began
  const beat = began + BEAT_MS * (Math.floor(spent / BEAT_MS) + 1)
  for (let left = beat - real.monotonic(); left > 0; left = beat - real.monotonic())
    await setTimeout(Math.ceil(left))
}

/** Everything thrown below becomes a problem; what is no Failure is a bug, logged whole and shown as "internal error". */
export function translateFailures(log: Log): Middleware {
  return async (ctx, next) => {
    const began = real.monotonic()
    try {
      await next()
    } catch (thrown) {
      if (thrown instanceof TooMany) ctx.set('Retry-After', String(thrown.retryAfterSeconds))
      if (thrown instanceof Failure && thrown.code !== 'internal') {
        // RFC 9110 §11.6.1. No browser asks its user for a bearer token, so no window opens over our own page.
        if (thrown.code === 'unauthenticated') ctx.set('WWW-Authenticate', 'Bearer realm="Relais"')
        const status = thrown instanceof Refusal ? thrown.status : statusOf[thrown.code]
        const { detail, fields } = saidTo(thrown, ctx.state['language'] ?? languageAsked(ctx))
        const { more } = thrown
        if (thrown.code === 'missing') await nextBeat(began)
        sendProblem(ctx, problem(thrown.code, detail, { status, fields, more }))
        return
      }
      const path = String(ctx.state['route'] ?? 'unmatched')
      log.error('http-bug', { method: ctx.method, path }, thrown)
      sendProblem(ctx, problem('internal', 'Internal error. It was recorded for those who run this node.'))
    }
  }
}

export const SIGN_IN_FIRST: Said = { fr: 'Connectez-vous d’abord.', en: 'Sign in first.' }

/** Of whoever is not signed in: what their page, or their browser, speaks (RFC 9110 §12.5.4). */
export function languageAsked(ctx: Context): 'fr' | 'en' {
  return ctx.acceptsLanguages('en', 'fr') === 'fr' ? 'fr' : 'en'
}

/** In the language of whoever asked. A field that says what the whole says, says it so too. */
function saidTo({ message, fields, said }: Failure, language: unknown) {
  const inFrench = language === 'fr'
  const detail = said === undefined || !inFrench ? message : said.fr
  return {
    detail,
    fields: fields.map(field => ({
      path: field.path,
      message: (inFrench ? field.fr : undefined) ?? (field.message === message ? detail : field.message),
    })),
  }
}
