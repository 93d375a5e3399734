import type { RouteView } from '../../node/peers/view.js'
import { network as words } from '../words/network.js'
import { useWords } from '../words/words.js'
import type { Network } from './use-network.js'

/** A route's conditions as a sentence. */
export function useRouteWords({ sites }: Pick<Network, 'sites'>) {
  const t = useWords(words)
  return {
    sentence({ when }: Pick<RouteView, 'when'>): string {
      const what = when.modality?.length
        ? t('route.modalities', { list: when.modality.join(', ') })
        : t('route.all')
      const from = when.peer
        ? t('route.from.peer', { peer: when.peer })
        : when.site
          ? t('route.from.site', { site: sites.find(site => site.id === when.site)?.name ?? when.site })
          : t('route.from.any')
      return t('route.sentence', { what, from })
    },
  }
}
