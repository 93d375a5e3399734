import type { ScreenView } from '../../node/accounts/view.js'
import { useData } from '../api/data.js'
import { useSessionState } from '../session.js'

const kept = 'relais.screen'

/** What this browser calls itself to the node: nothing of the machine, only the same each time. */
function device(): string {
  const known = localStorage.getItem(kept)
  if (known !== null && /^[0-9a-f]{32}$/.test(known)) return known
  const made = [...crypto.getRandomValues(new Uint8Array(16))]
    .map(byte => byte.toString(16).padStart(2, '0'))
    .join('')
  localStorage.setItem(kept, made)
  return made
}

/** The screen the person sits at; `view` undefined for whoever may not validate one, or until it is known. */
export function useScreen(): { path: string; view: ScreenView | undefined; may: boolean } {
  // Also where nobody is signed in: the sentence stands there too.
  const { session } = useSessionState()
  const may = session?.actions.includes('screen.validate') ?? false
  const path = may ? `/api/screens/${device()}` : ''
  const { data } = useData<ScreenView>(['screens'], may ? path : null, { staleTimeMs: 300_000 })
  return { path, view: data, may }
}
