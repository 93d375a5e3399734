import { common } from '../words/common.js'
import { journal as words } from '../words/journal.js'
import { knownKey } from '../words/known.js'
import { useWords } from '../words/words.js'

/** Facts, subjects and authors in words; a code nobody has words for is shown as it is. */
export function useFactWords() {
  const t = useWords(words)
  return {
    factOf(type: string): string {
      const key = knownKey(words, 'fact.', type)
      return key ? t(key) : type
    },
    subjectOf(kind: string): string {
      const key = knownKey(words, 'subject.', kind)
      return key ? t(key) : kind
    },
    /** "Dr Essai (radiologist, lecture)" → "Dr Essai, radiologue" */
    authorOf(by: string): string {
      if (by === '') return t('by.unknown')
      const command = /^relais \(([^)]*)\)$/.exec(by)
      if (command) return t('by.command', { user: command[1] })
      // The node's own parts sign with their bare name.
      if (/^[a-z-]+$/.test(by)) return t('by.system', { part: by })
      const program = /^(.*) \(token, [^)]*\)$/.exec(by)
      if (program) return t('by.token', { name: program[1] })
      const found = /^(.*) \(([a-z]+), [^)]*\)$/.exec(by)
      const role = found?.[2] ? knownKey(common, 'role.', found[2]) : undefined
      return role ? t('by.person', { name: found?.[1], role: t(role) }) : by
    },
  }
}
