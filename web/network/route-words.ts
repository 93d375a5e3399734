import type { RouteHours, RouteView } from '../../node/peers/view.js'
import { days } from '../parts/hours.js'
import { network as words } from '../words/network.js'
import { routes as routeWords } from '../words/routes.js'
import { useWords } from '../words/words.js'
import type { Network } from './use-network.js'

/** A route's conditions as a sentence, and how it sends. */
export function useRouteWords({ sites }: Pick<Network, 'sites'>) {
  const t = useWords(words)
  const r = useWords(routeWords)
  const nameOf = (id: string) => sites.find(site => site.id === id)?.name ?? id
  const hours = ({ days: on, from, to }: RouteHours) => {
    const span = `${from}–${to}`
    if (on === undefined || on.length === days.length) return span
    return `${days
      .filter(day => on.includes(day))
      .map(day => r(`day.${day}`))
      .join(' ')} ${span}`
  }
  return {
    sentence({ when }: Pick<RouteView, 'when'>): string {
      const what = when.modality?.length
        ? t('route.modalities', { list: when.modality.join(', ') })
        : t('route.all')
      const from = when.peer
        ? t('route.from.peer', { peer: when.peer })
        : when.site
          ? t('route.from.site', { site: nameOf(when.site) })
          : t('route.from.any')
      const { bodyPart, description, urgency, request } = when
      return [
        t('route.sentence', { what, from }),
        ...(bodyPart ? [r('says.body-part', { list: bodyPart.join(', ') })] : []),
        ...(description
          ? [r('says.description', { list: description.map(text => r('quoted', { text })).join(r('or')) })]
          : []),
        ...(urgency ? [urgency.map(each => r(`urgency.${each}`)).join(r('or'))] : []),
        ...(request && !request.reading && !request.contract ? [r('says.request.some')] : []),
        ...(request?.reading ? [r('says.request.reading', { site: nameOf(request.reading) })] : []),
        ...(request?.contract ? [r('says.request.contract', { contract: request.contract })] : []),
      ].join(' · ')
    },
    /** What is not as usual about its sending. */
    manner({ hours: open, priority, transferSyntax }: RouteView): string[] {
      return [
        ...(open ?? []).map(hours),
        ...(priority === undefined || priority === 'normal' ? [] : [r(`priority.${priority}`)]),
        ...(transferSyntax === 'keep' ? [] : [r(`syntax.${transferSyntax}`)]),
      ]
    },
  }
}
