import { useEffect, useMemo, useState } from 'react'
import type { RequestRow } from '../../node/requests/view.js'
import { pathOf } from '../api/call.js'
import { usePagesInSight } from '../api/pages-in-sight.js'
import { useStable } from '../parts/stable.js'
import { type Arrangement, arrange, settle } from './arrangement.js'
import type { SavedList } from './lists.js'
import { sorted } from './order.js'

export interface WorklistFilter {
  list: SavedList
  q: string
  site: string
  modality: string
  sort: string
}

/** Several screens full, there in half the time that two hundred take; who scrolls further reads fewer, longer pages. */
const firstRows = 100
const pageRows = 200

/** The rows of a list as they stand on the screen, and what waits to be let in. */
export function useWorklist({ list, q, site, modality, sort }: WorklistFilter) {
  const asked = (limit: number) => pathOf('/api/requests', { ...list.query, q, site, modality, limit })
  const path = asked(pageRows)
  const pages = usePagesInSight<RequestRow>(['requests', 'list'], path, asked(firstRows))
  const { items, hasMore, isReadingMore, readMore } = pages
  const view = `${path} ${sort}`
  const [shown, setShown] = useState<{ view: string; is: Arrangement<RequestRow> } | null>(null)

  // Only the node's own order can be cut into pages: another one needs the whole list.
  useEffect(() => {
    if (sort && hasMore && !isReadingMore) readMore()
  }, [sort, hasMore, isReadingMore, readMore])

  const incoming = useMemo(() => (items ? sorted(items, sort) : undefined), [items, sort])
  useEffect(() => {
    if (!incoming) return
    setShown(before => ({
      view,
      is: before?.view === view ? settle(before.is, incoming, !hasMore) : arrange(incoming),
    }))
  }, [incoming, view, hasMore])

  const letIn = useStable(() => {
    if (incoming) setShown({ view, is: arrange(incoming) })
  })

  return { ...pages, shown: shown?.is, letIn }
}
