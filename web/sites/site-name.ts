import type { ListView } from '../../node/requests/view.js'
import type { SiteView } from '../../node/sites/view.js'
import { useData } from '../api/data.js'

/** The name of a site by its id; the id itself until the names are known. */
export function useSiteName(): (site: string | undefined) => string {
  const sites = useData<ListView<SiteView>>(['sites'], '/api/sites')
  return site => sites.data?.items.find(({ id }) => id === site)?.name ?? site ?? ''
}
