import type { StoredFact } from '../journal/facts.js'
import type { Journal } from '../journal/journal.js'
import { NOTICE_FACTS } from './timeline.js'

/** Of each of the two. */
const FACTS_MAX = 1000

/**
 * The facts of an act, oldest first: what was done, and what people were told of it, each with a bound of its own. Where a
 * hundred readers are asked the notices would push out what came after them.
 */
export async function readActFacts(journal: Pick<Journal, 'read'>, request: string): Promise<StoredFact[]> {
  const [done, told] = [
    await journal.read({ subject: request, without: NOTICE_FACTS, limit: FACTS_MAX }),
    await journal.read({ subject: request, types: NOTICE_FACTS, limit: FACTS_MAX }),
  ]
  return [...done, ...told].sort((a, b) => a.seq - b.seq)
}

/** What was done in each of these acts, oldest first; nothing of what people were told of it. By request. */
export async function readActsFacts(
  journal: Pick<Journal, 'read'>,
  requests: readonly string[],
): Promise<Map<string, StoredFact[]>> {
  const found = new Map<string, StoredFact[]>(requests.map(request => [request, []]))
  for (let after: number | undefined = 0; after !== undefined; ) {
    const facts: StoredFact[] = await journal.read({
      subjects: requests,
      without: NOTICE_FACTS,
      after,
      limit: FACTS_MAX,
    })
    for (const fact of facts) for (const id of new Set(Object.values(fact.ids))) found.get(id)?.push(fact)
    after = facts.length < FACTS_MAX ? undefined : facts.at(-1)?.seq
  }
  return found
}
