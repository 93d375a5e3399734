import type { Catalogue } from './words.js'

/** The key made of a prefix and a code that came from the node, if the catalogue has words for it. */
export function knownKey<Key extends string>(
  words: Catalogue<Key>,
  prefix: string,
  code: string,
): Key | undefined {
  const key = `${prefix}${code}`
  return key in words.fr ? (key as Key) : undefined
}
