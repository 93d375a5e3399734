import type { PeoplePort, SitePort } from './ports.js'
import type { RequestRecord } from './schema.js'
import type { RequestView } from './view.js'

/** Whom it may go to next, for who may send it on: the readers of its group, and for a coordinator the other groups. */
export function openChoices({ people, sites }: { people: PeoplePort; sites: SitePort }) {
  return async (
    record: RequestRecord,
    may: readonly string[],
    nameOf: (site: string) => string,
  ): Promise<Pick<RequestView, 'readers' | 'groups'>> => {
    const reroutes = may.includes('offer') || may.includes('reroute')
    if (!reroutes && !may.includes('hand-over')) return {}
    const { reading_site: group, holder } = record
    const members = group === null ? [] : await people.members([group], 'radiologist')
    const readers = members
      .filter(({ account }) => account !== holder)
      .map(({ account, name }) => ({ account, name }))
    if (!reroutes) return { readers }
    const asked = new Set(
      (await sites.contracts())
        .filter(({ requesting }) => requesting === record.site)
        .map(({ reading }) => reading),
    )
    return { readers, groups: [...asked].map(site => ({ site, name: nameOf(site) })) }
  }
}
