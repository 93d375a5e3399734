import { useState } from 'react'
import type { PresetInput } from '../../node/imports/view.js'
import type { ListView } from '../../node/requests/view.js'
import { useData } from '../api/data.js'
import { useSession } from '../session.js'

const kept = (site: string) => `relais.preset ${site}`
/** Chosen by a person, unlike nothing chosen yet. */
const NONE = 'none'

/** The presets of this site, and the one this desk works with: remembered by the browser, the first until one is chosen. */
export function usePresets(): {
  presets: PresetInput[]
  chosen: PresetInput | undefined
  choose(id: string): void
  none: typeof NONE
} {
  const { session, can } = useSession()
  const { site } = session.account
  const found = useData<Pick<ListView<PresetInput>, 'items'>>(
    ['presets'],
    can('preset.see') ? '/api/presets' : null,
  )
  const [id, setId] = useState(() => localStorage.getItem(kept(site)))
  const presets = (found.data?.items ?? []).filter(preset => preset.site === site)
  return {
    presets,
    chosen: id === NONE ? undefined : (presets.find(preset => preset.id === id) ?? presets[0]),
    choose: next => {
      localStorage.setItem(kept(site), next)
      setId(next)
    },
    none: NONE,
  }
}
