import type { ImportSeries, LeftOutKind } from '../../node/imports/view.js'
import { presets as words } from '../words/presets.js'
import { useWords } from '../words/words.js'
import { leftOutKinds } from './preset-form.js'

/** By which rule a preset leaves a series out, in words. */
export function useWhy(): (by: NonNullable<ImportSeries['leftOutBy']>) => string {
  const t = useWords(words)
  const isKind = (value: string): value is LeftOutKind => leftOutKinds.some(kind => kind === value)
  return ({ rule, value }) =>
    rule === 'kind' && isKind(value)
      ? t(`why.kind.${value}`)
      : t(rule === 'modality' ? 'why.modality' : 'why.description', { value })
}
