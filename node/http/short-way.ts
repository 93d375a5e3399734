import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Clock } from '../clock.js'
import { Failure } from '../errors.js'
import type { Log } from '../log.js'
import type { Acting } from './acting.js'
import type { Crowd } from './crowd.js'
import { admit, asJson, type Dispatcher, etagOf, holds, isShared, originOf, sharedOf } from './dispatch.js'
import type { Fields } from './headers.js'
import type { Metrics } from './operations.js'
import { openQueue } from './queue.js'
import type { Route } from './route.js'
import type { Threshold } from './threshold.js'

/** An answer of another form than a JSON answer of ours, or above this and given to one alone, is compressed by the long way. */
const ALONE_MAX_CHARACTERS = 1000
/** Questions of one route whose reading is kept: the lists there are, in the ways people filter them. */
const QUESTIONS_MAX = 500
/** A query whose words mean what they say: nothing in it is escaped. */
const PLAIN_QUERY = /^[\w.,=&-]*$/

interface Question {
  query: unknown
}

/**
 * Answers what a thousand screens ask again at the same time without going through the middleware one after the other:
 * who asks, whether they may, the answer, all by the same functions as the long way's, with the same head and body.
 * Nothing is refused here. Whoever is not plainly to be answered (false) goes the long way, which says why.
 */
export function openShortWay(options: {
  routes: readonly Route[]
  threshold: Pick<Threshold, 'turnedAway' | 'wayOf'>
  crowd: Crowd
  /** So many wait for others at most, who all count as being answered. */
  waitingMax: number
  identify(request: IncomingMessage): Promise<Acting | null>
  /** Counts the call; throws where there were enough. */
  asked(who: Acting, address: string): Promise<void>
  kit: Pick<Dispatcher, 'may' | 'factorDue' | 'log'>
  fields: Fields
  metrics: Metrics
  log: Log
  clock: Pick<Clock, 'monotonic'>
}): (request: IncomingMessage, response: ServerResponse) => Promise<boolean> | false {
  const { threshold, crowd, kit, metrics, log, clock } = options
  const repeated = new Map(
    options.routes
      .filter(({ method, path, repeated: is }) => method === 'GET' && is !== undefined && !path.includes(':'))
      .map(route => [route.path, { route, questionOf: openQuestions(route) }]),
  )
  /** Before a screen that reads in the background nobody touched anything lately; whoever did goes before it. */
  const inTurn = openQueue(options.waitingMax)
  const head = options.fields.flat()
  head.push('Vary', 'Accept-Encoding', 'Cache-Control', 'no-store')

  const answer = async (
    request: IncomingMessage,
    response: ServerResponse,
    route: Route,
    query: unknown,
    began: number,
  ): Promise<boolean> => {
    // Who went while they waited is answered by nobody.
    if (response.destroyed) return true
    const { address } = threshold.wayOf(request)
    const who = await options.identify(request)
    if (who === null || route.action === 'public') return false
    admit(who, route.action, route.even, kit)
    await options.asked(who, address)
    const { headers } = request
    const value = await route.run({
      ...{ params: undefined, query, body: undefined, who, address, origin: originOf(who, address), headers },
      get ctx(): never {
        throw new Error(`${route.path} says it is repeated, and looks at more than who asks and the query.`)
      },
    })
    const known = headers['if-none-match'] ?? ''
    const done = isShared(value)
      ? sendShared(sharedOf(value, route, log))
      : sendAlone(asJson(value, route, log).answer)
    if (done)
      metrics.answered(
        { method: 'GET', route: route.path, status: response.statusCode },
        (clock.monotonic() - began) / 1000,
      )
    return done

    function sendShared({ etag, gzip }: ReturnType<typeof sharedOf>): boolean {
      if (holds(known, etag)) return send(304, ['ETag', etag])
      return send(200, ['ETag', etag, 'Content-Encoding', 'gzip'], gzip())
    }

    function sendAlone(text: string): boolean {
      if (text === '' || text.length > ALONE_MAX_CHARACTERS) return false
      const etag = etagOf(text)
      return holds(known, etag) ? send(304, ['ETag', etag]) : send(200, ['ETag', etag], Buffer.from(text))
    }

    function send(status: number, more: readonly string[], body?: Buffer): boolean {
      const of =
        body === undefined
          ? []
          : ['Content-Type', 'application/json; charset=utf-8', 'Content-Length', String(body.length)]
      response.writeHead(status, [...head, ...more, ...of])
      response.end(body)
      return true
    }
  }

  return (request, response) => {
    const { url = '', headers } = request
    const cut = url.indexOf('?')
    const found = repeated.get(cut < 0 ? url : url.slice(0, cut))
    if (found === undefined || request.method !== 'GET') return false
    // A program's answers are broken off with its token; what comes with a body, or takes no gzip, is no screen of ours.
    if (headers.authorization !== undefined || headers['content-length'] !== undefined) return false
    if (headers['transfer-encoding'] !== undefined || !takesGzip(headers['accept-encoding'])) return false
    const question = found.questionOf(cut < 0 ? '' : url.slice(cut + 1))
    if (question === undefined) return false
    // What has no room, or no business here, does not wait in line: the long way refuses it.
    if (threshold.turnedAway(request) !== undefined) return false
    if (crowd.enter(request, response) !== undefined) return false
    const began = clock.monotonic()
    const answering = () => answer(request, response, found.route, question.query, began)
    return (headers['relais-background'] === '1' ? inTurn(answering) : answering()).catch(thrown => {
      if (response.headersSent) {
        log.error('http-answer-broken', { path: found.route.path }, thrown)
        response.destroy()
        return true
      }
      // A refusal is said by the long way; so is a bug, which happens there again or is at least known of.
      if (!(thrown instanceof Failure)) log.error('http-short-way', { path: found.route.path }, thrown)
      return false
    })
  }
}

/** The plain list every browser sends: what weighs one encoding against another is weighed by the long way. */
function takesGzip(accepted: string | string[] | undefined): boolean {
  const list = String(accepted ?? '')
  return !list.includes(';') && list.split(/\s*,\s*/).includes('gzip')
}

/** Reads a query as the long way does, once each; undefined for one that is for the long way. */
function openQuestions(route: Route): (search: string) => Question | undefined {
  const kept = new Map<string, Question | undefined>()
  const read = (search: string): Question | undefined => {
    if (!PLAIN_QUERY.test(search)) return undefined
    const params = [...new URLSearchParams(search)]
    const plain = Object.fromEntries(params)
    if (Object.keys(plain).length < params.length) return undefined
    const parsed = route.query === undefined ? undefined : route.query.safeParse(plain)
    if (parsed?.success === false || route.repeated?.(parsed?.data) !== true) return undefined
    // Many are given this one.
    return { query: Object.freeze(parsed?.data) }
  }
  return search => {
    if (!kept.has(search)) {
      if (kept.size >= QUESTIONS_MAX) kept.delete(kept.keys().next().value as string)
      kept.set(search, read(search))
    }
    return kept.get(search)
  }
}
