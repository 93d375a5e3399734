import type { IncomingHttpHeaders } from 'node:http'
import type { Context } from 'koa'
import type { z } from 'zod'
import type { Action } from '../accounts/view.js'
import type { Origin } from '../journal/facts.js'
import type { Acting } from './acting.js'
import type { Bytes, Produces, WithStatus } from './answer.js'

/** Who may call: anybody, anybody signed in, or a role that has the action on something. */
export type RouteAction = 'public' | 'session' | Action

type Parsed<Schema> = Schema extends z.ZodType ? z.output<Schema> : undefined

/** What a route is given: parsed by its own schemas, so that nothing else of the request need be read. */
export interface Asked<A extends RouteAction, P, Q, B> {
  params: Parsed<P>
  query: Parsed<Q>
  body: Parsed<B>
  who: A extends 'public' ? Acting | null : Acting
  /** Of the machine that asked, as text: an IPv4 or IPv6 address. */
  address: string
  /** Who and from where, for the journal. On a public route nobody is signed in on: the system's part `http`. */
  origin: Origin
  headers: IncomingHttpHeaders
  ctx: Context
}

type Answered<R> = R extends z.ZodType ? z.input<R> | WithStatus<z.input<R>> | Bytes : Bytes | undefined

export interface RouteSpec<A extends RouteAction, P, Q, B, R> {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  /** With `:name` for parameters, e.g. `/api/requests/:id`. */
  path: string
  /** One sentence for the OpenAPI document. */
  summary: string
  action: A
  /** Further rows of the permission table that the run itself asks. */
  also?: readonly Action[]
  params?: P
  query?: Q
  body?: B
  /** Schema of the JSON answer, or `produces(type)` for bytes. Unknown keys of an answer never leave. */
  answer: R
  /** 200 unless told; `withStatus` where it depends. A run that gives undefined answers 204. */
  status?: number
  /** Smaller or larger than `http.bodyMaxBytes`. */
  bodyMaxBytes?: number
  /** True: the answer holds what is to be kept nowhere, so no Idempotency-Key makes us remember it. */
  secret?: boolean
  /**
   * Every open screen asks it again when something changed, and this query is the one its answer is shared by or short
   * for: such a call goes the short way. Its run looks at who asks and at the query, at nothing else.
   */
  repeated?(query: Parsed<Q>): boolean
  /** May be called while the session is locked, or while its password must be changed. */
  even?: 'locked' | 'password'
  run(asked: Asked<A, P, Q, B>): Promise<Answered<R>> | Answered<R>
}

/** A route as the kit holds it, its types erased. */
export interface Route {
  method: RouteSpec<RouteAction, never, never, never, never>['method']
  path: string
  summary: string
  action: RouteAction
  also?: readonly Action[]
  params?: z.ZodType
  query?: z.ZodType
  body?: z.ZodType
  answer: z.ZodType | Produces
  status?: number
  bodyMaxBytes?: number
  secret?: boolean
  repeated?(query: unknown): boolean
  even?: 'locked' | 'password'
  run(asked: Asked<'public', z.ZodType, z.ZodType, z.ZodType>): Promise<unknown> | unknown
}

/** Declares one call of the interface: the same schemas check it, type it and document it. */
export function route<
  const A extends RouteAction,
  R extends z.ZodType | Produces,
  P extends z.ZodType | undefined = undefined,
  Q extends z.ZodType | undefined = undefined,
  B extends z.ZodType | undefined = undefined,
>(spec: RouteSpec<A, P, Q, B, R>): Route {
  return spec as unknown as Route
}
