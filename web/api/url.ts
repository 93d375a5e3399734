import { useCallback } from 'react'
import { useLocation, useSearch } from 'wouter'

/**
 * Filters live in the address: shareable, survive a reload, and "back" works. Writing '' removes a name. `replace` is
 * for what is typed letter by letter, so that "back" does not go through each of them.
 */
export function useAddress(): {
  get(name: string): string
  set(values: Record<string, string>, options?: { replace?: boolean }): void
} {
  const search = useSearch()
  const [path, go] = useLocation()
  const get = useCallback((name: string) => new URLSearchParams(search).get(name) ?? '', [search])
  const set = useCallback(
    (values: Record<string, string>, options: { replace?: boolean } = {}) => {
      const next = new URLSearchParams(location.search)
      for (const [name, value] of Object.entries(values)) {
        if (value) next.set(name, value)
        else next.delete(name)
      }
      const query = next.toString()
      go(query ? `${path}?${query}` : path, { replace: options.replace ?? false })
    },
    [go, path],
  )
  return { get, set }
}
