import { Check, Plus } from 'lucide-react'
import { knownFieldWords } from '../words/known-fields.js'
import { useWords } from '../words/words.js'
import styles from './KnownFields.module.css'
import type { Known } from './use-known.js'

/** What is known of the exam, each with who says so; what the text does not say yet is one action away. */
export function KnownFields({
  known,
  text,
  readOnly,
  onInsert,
}: {
  known: readonly Known[]
  text: string
  readOnly: boolean
  onInsert: (sentence: string) => void
}) {
  const t = useWords(knownFieldWords)
  if (known.length === 0) return null
  return (
    <ul className={styles.known} aria-label={t('title')}>
      {known.map(({ field, label, value, source, sentence }) => (
        <li key={field}>
          {text.includes(value) || readOnly ? (
            <span>
              <Check aria-hidden="true" />
              {label} <small>{source}</small>
            </span>
          ) : (
            <button type="button" title={t('insert', { sentence })} onClick={() => onInsert(sentence)}>
              <Plus aria-hidden="true" />
              {label} <b>{value}</b> <small>{source}</small>
            </button>
          )}
        </li>
      ))}
    </ul>
  )
}
