import { createHash } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import { refuse } from '../errors.js'
import { Refusal } from './failures.js'

const REMOVED = { fr: 'Quelqu’un l’a retiré entre-temps.', en: 'It was removed meanwhile.' }
const CHANGED = {
  fr: 'Quelqu’un l’a modifié depuis que vous l’avez ouvert : relisez, puis modifiez de nouveau.',
  en: 'Somebody changed it since you opened it: look at what it is now, then change it again.',
}

/** Which state of a thing somebody has before them who changes it, and how they said so. */
export interface Seen {
  revisions: readonly string[]
  by: 'body' | 'if-match'
}

/** Names a state by its content: two alike have one revision, whenever they were. */
export function revisionOf(state: object): string {
  return createHash('sha256').update(JSON.stringify(state)).digest('base64url').slice(0, 22)
}

/** From `If-Match` (RFC 9110 §13.1.1), else from what the call itself says; undefined where it says nothing. */
export function seenIn(headers: IncomingHttpHeaders, revision: string | undefined): Seen | undefined {
  const condition = headers['if-match']
  if (condition !== undefined) {
    const revisions = condition.split(',').map(each => each.trim().replace(/^(W\/)?"(.*)"$/, '$2'))
    return { revisions, by: 'if-match' }
  }
  return revision === undefined ? undefined : { revisions: [revision], by: 'body' }
}

/**
 * Asked inside the transaction that writes: throws `conflict` (412 where it was a condition, else 409) when somebody
 * came between. Who says nothing of what they saw writes over whatever is there.
 */
export function demandSeen(current: object | undefined, seen: Seen | undefined): void {
  if (seen === undefined) return
  if (current !== undefined && (seen.revisions.includes('*') || seen.revisions.includes(revisionOf(current))))
    return
  const words = current === undefined ? REMOVED : CHANGED
  if (seen.by === 'if-match') throw new Refusal(412, 'conflict', words)
  refuse('conflict', words)
}
