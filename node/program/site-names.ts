import type { SiteNames as Names } from '../exchange/study-routes.js'
import type { Journal } from '../journal/journal.js'
import type { Sites } from '../sites/sites.js'

export interface SiteNames extends Names {
  /** Called when what is at hand is another. */
  onChange(listener: () => void): void
}

/** Names and issuers of sites at hand, read again after each change. */
export async function openSiteNames(sites: Sites, journal: Journal): Promise<SiteNames> {
  const read = async () =>
    new Map(
      (await sites.sites()).map(site => [
        site.id,
        { name: site.name, issuer: site.issuer ?? site.id.toUpperCase(), closed: site.closed === true },
      ]),
    )
  const listeners: (() => void)[] = []
  let names = await read()
  journal.onCommit(({ type }) => {
    if (type === 'site-changed')
      void read().then(next => {
        names = next
        for (const listener of listeners) listener()
      })
  })
  return { site: id => names.get(id), onChange: listener => listeners.push(listener) }
}
