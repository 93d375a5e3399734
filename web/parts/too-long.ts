import { useWords } from '../words/words.js'

/** Up to so many characters a value is a code: what is more is a slip of the finger, and the browser leaves it out. */
const CODE_MAX_CHARS = 64

/**
 * A text that was pasted is never cut without a word: it stays as it is, and the field says how long it may be. Gives what
 * the browser itself holds to, and what the field says.
 */
export function useTooLong(value: string, maxLength: number | undefined) {
  const t = useWords()
  if (maxLength === undefined) return {}
  if (maxLength <= CODE_MAX_CHARS) return { cutAt: maxLength }
  return value.length > maxLength ? { tooLong: t('too-long', { max: maxLength, is: value.length }) } : {}
}
