import type { Sites } from '../sites/sites.js'
import { isListed, mayLeave } from '../studies/leaving.js'
import type { StoredInstance, Studies, StudyRecord } from '../studies/studies.js'
import type { StudyTraits } from './rules.js'
import type { Transfers } from './transfers.js'

export interface Traits {
  traits: StudyTraits
  /** What may go to others: images that arrived, and are not withheld. */
  images: StoredInstance[]
}

/** What routes look at in a study as it stands; `sources`: only those who brought this part of it. */
export async function traitsOf(
  study: StudyRecord,
  options: {
    studies: Pick<Studies, 'instances' | 'series' | 'arrivals' | 'broughtBy' | 'standing'>
    sites: Pick<Sites, 'contracts'>
    transfers: Pick<Transfers, 'confirmedThere'>
    sources?: readonly string[]
  },
): Promise<Traits> {
  const { studies, sites, transfers } = options
  const images = (await studies.instances(study.id)).filter(
    image => !image.madeHere && mayLeave(image) && isListed(image),
  )
  const arrivals = (await studies.arrivals(study.id)).filter(arrival => arrival.made_here === 0)
  const brought = await studies.broughtBy(study.id)
  const contracts = await sites.contracts()
  const { parties = [] } = await studies.standing(study.id, study.site)
  return {
    images,
    traits: {
      ...studyTraits(study, await studies.series(study.id)),
      sources: [...(options.sources ?? new Set(arrivals.map(({ source }) => source)))],
      requests: parties.map(reading => ({
        reading,
        contracts: contracts
          .filter(contract => contract.requesting === study.site && contract.reading === reading)
          .map(({ id }) => id),
      })),
      heldBy: holdersOfAll(
        images,
        brought.map(({ instance, source }) => ({ instance, peer: source })),
      ),
      confirmedBy: holdersOfAll(images, await transfers.confirmedThere(study.id)),
    },
  }
}

function studyTraits(study: StudyRecord, series: Awaited<ReturnType<Studies['series']>>) {
  return {
    site: study.site,
    modalities: study.modalities.split(' ').filter(Boolean),
    bodyParts: study.body_parts.split(' ').filter(Boolean),
    descriptions: [
      ...new Set([study.description, ...series.map(({ description }) => description)].filter(Boolean)),
    ],
    ...(study.urgency === null ? {} : { urgency: study.urgency }),
  }
}

/** Who has every one of these images. */
function holdersOfAll(
  images: readonly { id: number }[],
  held: readonly { instance: number; peer: string }[],
): string[] {
  const wanted = new Set(images.map(({ id }) => id))
  const counts = new Map<string, Set<number>>()
  for (const { instance, peer } of held) {
    if (!wanted.has(instance)) continue
    const known = counts.get(peer)
    if (known === undefined) counts.set(peer, new Set([instance]))
    else known.add(instance)
  }
  return [...counts].filter(([, some]) => some.size === wanted.size).map(([peer]) => peer)
}
