import { kindOf } from '../accounts/permissions.js'
import type { Database } from '../database.js'
import type { Acting } from '../http/acting.js'
import type { Journal } from '../journal/journal.js'

/**
 * Shorter than a screen waits before it reads again what it was told of: nobody is given what was read before the
 * change they ask about.
 */
const KEPT_MS = 100
/**
 * Facts that leave every request as it was, whatever they are about: ten thousand letters are no reason to read the list
 * ten thousand times, nor is what an act sets off beside it.
 */
const ELSEWHERE = /^(notice|link|session|channel|alert|call|priors)-/
/** Where the requests themselves are written down: with a fact of that kind or another, a change here is one. */
const OWN = ['requests', 'request_parties', 'request_offers', 'request_handovers', 'request_studies']
/**
 * What no list is read from: the journal and those who follow it, what is owed to others, what people are told and how
 * their sessions go on.
 */
const BESIDE: ReadonlySet<string> = new Set([
  ...['journal', 'journal_bodies', 'journal_subjects', 'journal_tiles', 'checkpoints', 'followers'],
  ...['outbox', 'notices', 'notice_channels', 'mailbox', 'links', 'alerts', 'alert_rungs', 'sessions'],
  ...['activity_acts', 'activity_cells', 'prior_searches'],
])
/** Where nothing else was written since, what was read is what would be read: only the time of day went on. */
const STILL_MS = 1000

/**
 * What is read once for all who are alike while nothing was journaled, and for a tenth of a second at most, or a second
 * where nothing was written that a list is read from: a thousand screens that hear of one change ask the same question.
 */
export function openShared<T>({
  db,
  journal,
}: {
  db: Pick<Database, 'written' | 'writtenBeside'>
  journal: Pick<Journal, 'onCommit'>
}) {
  interface Entry {
    facts: number
    own: number
    beside: number
    at: number
    value: Promise<T>
  }
  const kept = new Map<string, Entry>()
  let facts = 0
  journal.onCommit(({ type }) => {
    if (!ELSEWHERE.test(type)) facts++
  })
  const stands = (entry: Entry) =>
    entry.facts === facts &&
    entry.own === db.written(OWN) &&
    performance.now() - entry.at < (entry.beside === db.writtenBeside(BESIDE) ? STILL_MS : KEPT_MS)
  return (who: Acting, question: object, read: () => Promise<T>): Promise<T> => {
    const key = kindOf(who) + JSON.stringify(question)
    const known = kept.get(key)
    if (known !== undefined && stands(known)) return known.value
    const entry: Entry = {
      ...{ facts, own: db.written(OWN), beside: db.writtenBeside(BESIDE), at: performance.now() },
      value: read(),
    }
    kept.set(key, entry)
    const forget = () => {
      if (kept.get(key) === entry) kept.delete(key)
    }
    entry.value.catch(forget)
    setTimeout(forget, STILL_MS).unref()
    return entry.value
  }
}
