/** Codes of the node's failures, and `network` when it could not be asked at all. */
export type ProblemCode =
  | 'invalid'
  | 'unauthenticated'
  | 'locked'
  | 'second-factor-required'
  | 'confirmation-required'
  | 'password-change-required'
  | 'forbidden'
  | 'missing'
  | 'conflict'
  | 'mismatch'
  | 'outcome-unknown'
  | 'too-large'
  | 'too-many'
  | 'unavailable'
  | 'storage-full'
  | 'unsupported'
  | 'timeout'
  | 'internal'
  | 'network'

export interface ProblemField {
  /** Dotted path in the body, e.g. requester.phone */
  path: string
  message: string
}

/** An answer of application/problem+json (RFC 9457), or no answer at all (`network`). */
export class ApiProblem extends Error {
  readonly code: ProblemCode
  readonly status: number
  readonly detail: string
  readonly fields: ProblemField[]
  /** Further members of the problem, as they came. */
  readonly more: Readonly<Record<string, unknown>>
  /** How long the node asks to wait before the next try (Retry-After), where it does. */
  readonly retryAfterMs: number | undefined

  constructor(
    code: ProblemCode,
    status: number,
    detail: string,
    fields: ProblemField[] = [],
    more: Readonly<Record<string, unknown>> = {},
    retryAfterMs?: number,
  ) {
    super(`${code}: ${detail}`)
    this.name = 'ApiProblem'
    this.code = code
    this.status = status
    this.detail = detail
    this.fields = fields
    this.more = more
    this.retryAfterMs = retryAfterMs
  }

  /** What is wrong with one field, if that is known. */
  field(path: string): string | undefined {
    return this.fields.find(field => field.path === path)?.message
  }
}

const byStatus: Record<number, ProblemCode> = {
  400: 'invalid',
  401: 'unauthenticated',
  403: 'forbidden',
  404: 'missing',
  409: 'conflict',
  413: 'too-large',
  422: 'invalid',
  429: 'too-many',
  503: 'unavailable',
  504: 'timeout',
  507: 'storage-full',
}

/** Reads what the node said about a failure; an answer of another shape (a proxy's page) keeps its status. */
export async function problemOf(answer: Response): Promise<ApiProblem> {
  const seconds = Number(answer.headers.get('retry-after') ?? Number.NaN)
  const retryAfterMs = Number.isFinite(seconds) ? seconds * 1000 : undefined
  const fallback = byStatus[answer.status] ?? (answer.status === 502 ? 'unavailable' : 'internal')
  if (!answer.headers.get('content-type')?.includes('json')) {
    return new ApiProblem(fallback, answer.status, answer.statusText, [], {}, retryAfterMs)
  }
  const body = (await answer.json()) as {
    code?: ProblemCode
    detail?: string
    fields?: ProblemField[]
    [further: string]: unknown
  }
  const { code = fallback, detail = '', fields = [] } = body
  return new ApiProblem(code, answer.status, detail, fields, body, retryAfterMs)
}
