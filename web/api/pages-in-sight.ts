import { type QueryKey, useQueries } from '@tanstack/react-query'
import { useEffect, useMemo, useState } from 'react'
import { useStable } from '../parts/stable.js'
import { call } from './call.js'
import { joined, type Page, type Starts, withSplits } from './page-chain.js'
import type { ApiProblem } from './problem.js'

/** A page out of sight is read again in its turn, one in so many milliseconds: what came up there is told too. */
const TURN_MS = 10_000
const first: Starts = ['']

/**
 * A long list, read page by page as far as it is looked at. What changed is read again where it is in sight, and at the
 * beginning of the list; elsewhere when it comes into sight, or in its turn. Each page is asked for between the places it
 * lies between (`after`, `until`), so that it needs no other. `path` asks for a page; `firstPath` for the first one, which may
 * be shorter: it is there sooner, and is read again at every change.
 */
export function usePagesInSight<T extends { id: string }>(key: QueryKey, path: string, firstPath = path) {
  const [kept, setKept] = useState<{ path: string; starts: Starts }>({ path, starts: first })
  const starts = kept.path === path ? kept.starts : first
  const [sight, setSight] = useState<ReadonlySet<string>>(new Set())
  const [turn, setTurn] = useState(0)
  const pages = useQueries({
    queries: starts.map((after, at) => {
      const until = starts[at + 1]
      const isLooked = at === 0 || sight.has(after)
      return {
        queryKey: [...key, path, after],
        queryFn: async ({ signal }: { signal: AbortSignal }): Promise<Page<T>> => {
          const cut = [after && `after=${after}`, until && `until=${until}`].filter(Boolean).join('&')
          const from = after === '' ? firstPath : path
          const asked = cut === '' ? from : `${from}${from.includes('?') ? '&' : '?'}${cut}`
          const page = await call<Page<T>>({ method: 'GET', path: asked, signal })
          return until === undefined || page.next !== undefined ? page : { ...page, next: until }
        },
        enabled: (query: { state: { data?: unknown } }) =>
          isLooked || at === turn || query.state.data === undefined,
        ...(isLooked ? {} : { staleTime: Number.POSITIVE_INFINITY }),
      }
    }),
  })
  const version = pages.map(({ dataUpdatedAt }) => dataUpdatedAt).join(' ')
  const last = pages.at(-1)

  const split = withSplits(
    starts,
    pages.map(({ data }) => data?.next),
  )
  useEffect(() => {
    if (split !== starts) setKept({ path, starts: split })
  }, [path, split, starts])

  // While a page between two others is on its way its rows are neither there nor gone.
  const isTorn = split !== starts || pages.slice(0, -1).some(({ data }) => data === undefined)
  const read = useMemo(() => {
    if (isTorn || pages[0]?.data === undefined) return undefined
    const there = pages.flatMap(({ data, dataUpdatedAt }) =>
      data === undefined ? [] : [{ page: data, at: dataUpdatedAt }],
    )
    return joined(there, starts)
  }, [starts, path, version, isTorn])

  useEffect(() => {
    if (starts.length < 2) return
    const timer = setInterval(() => setTurn(before => (before + 1) % starts.length), TURN_MS)
    return () => clearInterval(timer)
  }, [starts.length])

  const next = last?.data?.next
  const problem = pages.find(({ error }) => error !== null)?.error as ApiProblem | undefined
  return {
    /** Undefined while nothing can be said of it. */
    items: read?.items,
    problem,
    hasMore: next !== undefined || last?.data === undefined,
    isReadingMore: last?.data === undefined,
    readMore: useStable(() => {
      if (next !== undefined) setKept({ path, starts: [...starts, next] })
    }),
    readAgain: useStable(() => {
      for (const page of pages) void page.refetch()
    }),
    /** These are in sight now. */
    look: useStable((ids: readonly string[]) => {
      if (read === undefined) return
      const seen = new Set(ids.flatMap(id => read.pageOf(id) ?? []))
      if (seen.size !== sight.size || [...seen].some(start => !sight.has(start))) setSight(seen)
    }),
  }
}
