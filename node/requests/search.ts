/** Lower case, without accents, ligatures apart, words of letters and digits only. */
function words(text: string): string[] {
  return text
    .replaceAll('œ', 'oe')
    .replaceAll('Œ', 'oe')
    .replaceAll('æ', 'ae')
    .replaceAll('Æ', 'ae')
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter(word => word !== '')
}

/**
 * The searchable form of some texts: `Zoé Jean-Pierre` is found by `zoe`, `jean pierre`, `Jean-Pierre` and
 * `jeanpierre` alike.
 */
export function searchable(texts: readonly (string | undefined)[]): string {
  const known = texts.filter(text => text !== undefined && text !== '') as string[]
  const spaced = known.flatMap(words)
  const squeezed = known.flatMap(text => text.split(/\s+/).map(part => words(part).join('')))
  return ` ${[...new Set([...spaced, ...squeezed])].filter(word => word !== '').join(' ')} `
}

/** Letters of scripts that have words of one: those of others tell nothing yet. */
const WORD_OF_ONE = /^\p{Lo}$/u

/**
 * What each word of a query must be found as: three letters anywhere, two at the beginning of a word; a single one is
 * a word or nothing. A hyphenated word counts as one. At most 8.
 */
export function searchTerms(query: string): string[] {
  return query
    .split(/\s+/)
    .map(part => words(part).join(''))
    .flatMap(term => {
      const { length } = [...term]
      if (length === 1) return WORD_OF_ONE.test(term) ? [` ${term} `] : []
      return length === 0 ? [] : [length === 2 ? ` ${term}` : term]
    })
    .slice(0, 8)
}
