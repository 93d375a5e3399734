import { useState } from 'react'
import type { PresetView } from '../../node/imports/view.js'
import type { ListView } from '../../node/requests/view.js'
import { useData } from '../api/data.js'
import type { ApiProblem } from '../api/problem.js'
import { useSession } from '../session.js'

const kept = (site: string) => `relais.preset ${site}`
/** Chosen by a person, unlike nothing chosen yet. */
const NONE = 'none'

/** All presets this person sees; nobody else's are told of. */
export function usePresetList(): {
  items: PresetView[] | undefined
  problem: ApiProblem | null
  refetch: () => Promise<unknown>
} {
  const { can } = useSession()
  const found = useData<Pick<ListView<PresetView>, 'items'>>(
    ['presets'],
    can('preset.see') ? '/api/presets' : null,
  )
  return { items: found.data?.items, problem: found.error, refetch: () => found.refetch() }
}

/** The presets of this site, and the one this desk works with: remembered by the browser, the first until one is chosen. */
export function usePresets(): {
  presets: PresetView[]
  chosen: PresetView | undefined
  /** Before that nobody can say which one is chosen. */
  isKnown: boolean
  /** Why they could not be read, and the way to try again. */
  problem: ApiProblem | null
  refetch: () => Promise<unknown>
  choose(id: string): void
  none: typeof NONE
} {
  const { site } = useSession().session.account
  const { can } = useSession()
  const { items, problem, refetch } = usePresetList()
  const [id, setId] = useState(() => localStorage.getItem(kept(site)))
  const presets = (items ?? []).filter(preset => preset.site === site)
  return {
    presets,
    chosen: id === NONE ? undefined : (presets.find(preset => preset.id === id) ?? presets[0]),
    isKnown: items !== undefined || !can('preset.see'),
    problem,
    refetch,
    choose: next => {
      localStorage.setItem(kept(site), next)
      setId(next)
    },
    none: NONE,
  }
}
