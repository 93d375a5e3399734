import { kindOf } from '../accounts/permissions.js'
import type { Acting } from '../http/acting.js'
import type { Journal } from '../journal/journal.js'

/**
 * Shorter than a screen waits before it reads again what it was told of: nobody is given what was read before the
 * change they ask about.
 */
const KEPT_MS = 100

/**
 * What is read once for all who are alike while nothing was journaled, and for a tenth of a second at most: a thousand
 * screens that hear of one change ask the same question.
 */
export function openShared<T>(journal: Pick<Journal, 'onCommit'>) {
  const kept = new Map<string, { commits: number; value: Promise<T> }>()
  let commits = 0
  journal.onCommit(() => {
    commits++
  })
  return (who: Acting, question: object, read: () => Promise<T>): Promise<T> => {
    const key = kindOf(who) + JSON.stringify(question)
    const known = kept.get(key)
    if (known !== undefined && known.commits === commits) return known.value
    const entry = { commits, value: read() }
    kept.set(key, entry)
    const forget = () => {
      if (kept.get(key) === entry) kept.delete(key)
    }
    entry.value.catch(forget)
    setTimeout(forget, KEPT_MS).unref()
    return entry.value
  }
}
