import { isUnattended } from '../lock/activity.js'
import { atLock, passGate } from './gate.js'
import { ApiProblem, problemOf } from './problem.js'

export type Method = 'GET' | 'POST' | 'PUT' | 'DELETE'

export interface Call {
  method: Method
  path: string
  body?: unknown
  /** The same key twice is one write: sent with creates, and again when the first answer was lost. */
  idempotencyKey?: string
  signal?: AbortSignal
  /** Sent to its end though the page is left meanwhile; for small writes. */
  keepalive?: boolean
  /** Of the gates themselves: it neither waits at them nor asks the person. */
  ungated?: boolean
}

/**
 * Asks the node and gives back its JSON (undefined for an empty answer). Throws `ApiProblem`.
 * `no-cache` makes the browser revalidate with the ETag it holds: an unchanged list costs a 304.
 */
export async function call<T>(asked: Call): Promise<T> {
  if (asked.ungated) return once<T>(asked)
  await atLock()
  try {
    return await once<T>(asked)
  } catch (problem) {
    if (!(problem instanceof ApiProblem)) throw problem
    const again = isOfFormerSecret(asked, problem) ? await underWay(asked) : await passGate(problem)
    if (!again) throw problem
    return once<T>(asked)
  }
}

/** Whether this page has a session, as the node last said. */
let signedIn = false
/** After which the answer that gave the session its new secret has surely come. */
const newSecretMs = 300

/**
 * A session's secret changes with what was proved (OWASP ASVS 5.0 7.2.4): a reading that left with the former one is
 * refused, and the session goes on all the same. It is read once more before anybody is called signed out. What would
 * change something is not sent again: a wrong password at a signature is answered in the same way.
 */
const isOfFormerSecret = ({ method }: Call, { code }: ApiProblem) =>
  method === 'GET' && code === 'unauthenticated' && signedIn

async function underWay({ signal }: Call): Promise<boolean> {
  await new Promise(resolve => setTimeout(resolve, newSecretMs))
  return signal?.aborted !== true
}

async function once<T>({ method, path, body, idempotencyKey, signal, keepalive }: Call): Promise<T> {
  // Who is signed in has a language of their own; before that, it is the one this page speaks.
  const headers: Record<string, string> = {
    accept: 'application/json',
    'accept-language': document.documentElement.lang,
  }
  if (body !== undefined) headers['content-type'] = 'application/json'
  // An unattended screen must lock, however often it refreshes itself.
  if (isUnattended()) headers['relais-background'] = '1'
  if (idempotencyKey) headers['idempotency-key'] = idempotencyKey
  let answer: Response
  try {
    answer = await fetch(path, {
      method,
      headers,
      cache: method === 'GET' ? 'no-cache' : 'no-store',
      credentials: 'same-origin',
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(signal ? { signal } : {}),
      ...(keepalive ? { keepalive } : {}),
    })
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error
    throw new ApiProblem('network', 0, error instanceof Error ? error.message : '')
  }
  if (!answer.ok) throw await problemOf(answer)
  if (path === '/api/session') signedIn = method !== 'DELETE'
  if (answer.status === 204) return undefined as T
  return (await answer.json()) as T
}

/** Why what the browser itself asked for (a picture) did not come; undefined where it would come now. */
export async function problemAt(path: string): Promise<ApiProblem | undefined> {
  try {
    const answer = await fetch(path, { cache: 'no-store', credentials: 'same-origin' })
    if (!answer.ok) return await problemOf(answer)
    await answer.body?.cancel()
    return undefined
  } catch (error) {
    return new ApiProblem('network', 0, error instanceof Error ? error.message : '')
  }
}

/** A random key of 128 bits; `crypto.randomUUID` exists only under HTTPS and on this machine, this works everywhere. */
export function freshKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), byte =>
    byte.toString(16).padStart(2, '0'),
  ).join('')
}

/** A path with its query; empty values are left out. */
export function pathOf(
  base: string,
  query: Record<string, string | number | boolean | undefined> = {},
): string {
  const given = Object.entries(query).filter(
    ([, value]) => value !== undefined && value !== '' && value !== false,
  )
  if (given.length === 0) return base
  return `${base}?${new URLSearchParams(given.map(([name, value]) => [name, String(value)]))}`
}
