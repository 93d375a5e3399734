import type { Readable } from 'node:stream'
import { z } from 'zod'

/** Bytes instead of JSON: a PDF, an archive, a multipart of instances. */
export class Bytes {
  readonly type: string
  readonly body: Readable | Buffer | string
  readonly filename: string | undefined
  readonly length: number | undefined
  /** Validator, without quotes. */
  readonly etag: string | undefined
  /** The validator stands for the same content, not for the same bytes (a multipart's boundary differs). */
  readonly weak: boolean

  constructor(options: {
    type: string
    body: Readable | Buffer | string
    filename?: string
    length?: number
    etag?: string
    weak?: boolean
  }) {
    this.type = options.type
    this.body = options.body
    this.filename = options.filename
    this.length = options.length
    this.etag = options.etag
    this.weak = options.weak === true
  }
}

/** The answer of a run that sends bytes. `filename` makes the browser save it under that name. */
export function stream(options: ConstructorParameters<typeof Bytes>[0]): Bytes {
  return new Bytes(options)
}

/** A JSON answer with another status than the route's. */
export class WithStatus<T> {
  readonly status: number
  readonly value: T

  constructor(status: number, value: T) {
    this.status = status
    this.value = value
  }
}

export function withStatus<T>(status: number, value: T): WithStatus<T> {
  return new WithStatus(status, value)
}

/** In the place of an answer's schema: the media type of the bytes, for the document. */
export interface Produces {
  produces: string
}

export function produces(type: string): Produces {
  return { produces: type }
}

/** The answer of a run that gives nothing: 204. */
export const nothing: Produces = { produces: '' }

/** A page of a list: `next` is passed as `after` for the following one. */
export function listOf<T extends z.ZodType>(item: T) {
  return z.object({ items: z.array(item), next: z.string().optional() })
}
