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

/** What each word of a query must be found as; a hyphenated word counts as one. At most 8. */
export function searchTerms(query: string): string[] {
  return query
    .split(/\s+/)
    .map(part => words(part).join(''))
    .filter(term => term !== '')
    .slice(0, 8)
}
