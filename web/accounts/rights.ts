import type { PermissionView } from '../../node/accounts/view.js'
import type { ListView } from '../../node/requests/view.js'
import { useData } from '../api/data.js'
import { useSession } from '../session.js'
import { accounts as words } from '../words/accounts.js'
import { knownKey } from '../words/known.js'
import { useWords } from '../words/words.js'

/** The permission table; it changes with the program only. */
export function usePermissions() {
  return useData<ListView<PermissionView>>(['permissions'], '/api/permissions', { staleTimeMs: 600_000 })
}

/** Actions by what is acted on, in their order. */
export function grouped(actions: readonly string[]): [group: string, actions: string[]][] {
  const groups = new Map<string, string[]>()
  for (const action of actions) {
    const group = action.split('.')[0] ?? ''
    groups.set(group, [...(groups.get(group) ?? []), action])
  }
  return [...groups]
}

/** What this person may hand to a program. */
export function useRightsToGive(): string[] {
  const { can } = useSession()
  const rows = usePermissions().data?.items ?? []
  return rows.filter(({ action, programs }) => programs && can(action)).map(({ action }) => action)
}

/** An action of the table in words; a code nobody has words for is shown as it is. */
export function useActionWords() {
  const t = useWords(words)
  const named = (prefix: string, code: string) => {
    const key = knownKey(words, prefix, code)
    return key ? t(key) : code
  }
  return {
    groupOf: (action: string) => named('group.', action.split('.')[0] ?? ''),
    verbOf: (action: string) => named('verb.', action.split('.')[1] ?? ''),
  }
}
