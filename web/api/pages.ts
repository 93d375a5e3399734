import { keepPreviousData, type QueryKey, useInfiniteQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import { call } from './call.js'
import type { ApiProblem } from './problem.js'

interface Page<T> {
  items: T[]
  next?: string
}

/** A list of any length, read page by page as far as it is looked at; refreshed like `useData`. */
export function usePages<T>(key: QueryKey, path: string) {
  const asked = useInfiniteQuery<Page<T>, ApiProblem, { pages: Page<T>[] }, QueryKey, string>({
    queryKey: [...key, path],
    initialPageParam: '',
    queryFn: ({ pageParam, signal }) => {
      const joint = path.includes('?') ? '&' : '?'
      const after = pageParam ? `${joint}after=${encodeURIComponent(pageParam)}` : ''
      return call<Page<T>>({ method: 'GET', path: path + after, signal })
    },
    getNextPageParam: page => page.next,
    placeholderData: keepPreviousData,
  })
  const { data } = asked
  const items = useMemo(() => data?.pages.flatMap(page => page.items), [data])
  return {
    items,
    problem: asked.error,
    /** Nothing read yet. */
    isPending: asked.isPending,
    /** What is shown belongs to the former filter. */
    isFormer: asked.isPlaceholderData,
    hasMore: asked.hasNextPage,
    isReadingMore: asked.isFetchingNextPage,
    readMore: asked.fetchNextPage,
    readAgain: asked.refetch,
    readAt: asked.dataUpdatedAt,
  }
}
