import type { InvalidateQueryFilters, Query, QueryClient } from '@tanstack/react-query'

const owed = new WeakSet<Query>()

/**
 * What these queries showed may be old: those in sight are read again, the others when they come into sight. A first
 * reading that is still under way is not interrupted (it would never end where much happens), but what it brings may be
 * from before the change: it is followed by one more.
 */
export function readAgain(client: QueryClient, filters: InvalidateQueryFilters): void {
  for (const query of client.getQueryCache().findAll(filters)) {
    if (query.state.fetchStatus === 'idle' || query.state.data !== undefined || owed.has(query)) continue
    owed.add(query)
    const once = () => {
      owed.delete(query)
      void client.invalidateQueries({ queryKey: query.queryKey, exact: true })
    }
    void query.promise?.then(once, once)
  }
  void client.invalidateQueries(filters)
}
