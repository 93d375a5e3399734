import type { ApiProblem } from '../api/problem.js'
import { knownKey } from '../words/known.js'
import { retentionWords as words } from '../words/retention.js'
import { useWords } from '../words/words.js'

/** What holds an act, in words; undefined where one of them is none of the node's. */
function useHolds(): (holds: readonly string[]) => string | undefined {
  const t = useWords(words)
  return holds => {
    const keys = holds.map(hold => knownKey(words, 'hold.', hold))
    return keys.every(key => key !== undefined) ? keys.map(key => t(key)).join(', ') : undefined
  }
}

/** Why nothing was done, where more is known than that the state is another; `conflict`: what else it can be here. */
export function useRefusal(): (
  problem: ApiProblem | null,
  conflict: 'propose.twice' | 'confirm.late' | 'mark.twice',
) => string | undefined {
  const t = useWords(words)
  const holdsIn = useHolds()
  return (problem, conflict) => {
    if (problem?.code !== 'conflict') return undefined
    const { stops } = problem.more
    const by = Array.isArray(stops) ? holdsIn(stops.map(String)) : undefined
    return by === undefined ? t(conflict) : t('stopped', { by })
  }
}

/** Why a destruction came to nothing: what a person wrote, or what the node found. */
export function useNote(): (note: string) => string {
  const t = useWords(words)
  const holdsIn = useHolds()
  return note => {
    if (note === 'the act is gone') return t('note.gone')
    const certificate = /^destroyed by certificate (\w+)$/.exec(note)?.[1]
    if (certificate !== undefined) return t('note.replayed', { certificate })
    return holdsIn(note.split(' ')) ?? note
  }
}
