import type { SiteNames } from '../exchange/study-routes.js'
import type { Journal } from '../journal/journal.js'
import type { Sites } from '../sites/sites.js'

/** Names and issuers of sites at hand, read again after each change. */
export async function openSiteNames(sites: Sites, journal: Journal): Promise<SiteNames> {
  const read = async () =>
    new Map(
      (await sites.sites()).map(site => [
        site.id,
        { name: site.name, issuer: site.issuer ?? site.id.toUpperCase() },
      ]),
    )
  let names = await read()
  journal.onCommit(({ type }) => {
    if (type === 'site-changed')
      void read().then(next => {
        names = next
      })
  })
  return { site: id => names.get(id) }
}
