import type { Catalogue } from './words.js'

/** Ties the two languages together: a key missing in one of them, or only there, does not compile. */
export function catalogue<const Key extends string>(words: {
  fr: Record<Key, string>
  en: Record<NoInfer<Key>, string>
}): Catalogue<Key> {
  return words
}
