import { useMemo } from 'react'
import type { KnownFieldView } from '../../node/reports/view.js'
import { knownFieldWords } from '../words/known-fields.js'
import { useWords } from '../words/words.js'
import type { KnownValue } from './section-text.js'

export interface Known extends KnownValue {
  field: string
  label: string
  /** Who says it, in words. */
  source: string
  /** As it may be written into a text. */
  sentence: string
}

const nothing: readonly KnownFieldView[] = []

/** What images and room say of an exam, in words. Question and side stand at the head of the desk, and in words of every text. */
export function useKnown(fields: readonly KnownFieldView[] = nothing): readonly Known[] {
  const t = useWords(knownFieldWords)
  return useMemo(
    () =>
      fields.flatMap(({ field, value, sources }) => {
        if (field === 'question' || field === 'side') return []
        const label = t(`field.${field}`)
        const source = sources.map(one => t(`source.${one}`)).join(', ')
        const sentence = t('sentence', { label, value })
        return [{ field, label, value, source, sentence, says: t('from', { source }) }]
      }),
    [fields, t],
  )
}
