/** Why a picture cannot be shown, as something a person can be told. */
export type FaultKind = 'missing' | 'signed-out' | 'unreachable' | 'compression' | 'unreadable'

export interface Fault {
  kind: FaultKind
  /** The technical words, for whoever is called. */
  detail: string
}

/** The loader rejects with the XMLHttpRequest itself, or with the decoder's error. */
export function faultOf(error: unknown): Fault {
  const status = statusOf(error)
  if (status === 0) return { kind: 'unreachable', detail: 'HTTP 0' }
  if (status === 401) return { kind: 'signed-out', detail: 'HTTP 401' }
  if (status === 404 || status === 410) return { kind: 'missing', detail: `HTTP ${status}` }
  if (status !== undefined && status >= 400) return { kind: 'unreachable', detail: `HTTP ${status}` }
  const detail = error instanceof Error ? error.message : String(error)
  if (/no decoder for transfer syntax/i.test(detail)) return { kind: 'compression', detail }
  return { kind: 'unreadable', detail }
}

function statusOf(error: unknown): number | undefined {
  if (typeof error !== 'object' || error === null || !('status' in error)) return undefined
  return typeof error.status === 'number' ? error.status : undefined
}
