import type { Follower } from '../journal/followers.js'
import type { Requests } from '../requests/requests.js'
import type { Priors } from './priors.js'

/** Priors are looked for when a request has its study and when somebody takes it, and shown to its readers when they are here. */
export function priorFollower(options: {
  priors: Pick<Priors, 'seek' | 'arrived'>
  requests: Pick<Requests, 'known' | 'answerPriors'>
  automatic: boolean
}): Follower {
  const { priors, requests, automatic } = options
  return {
    name: 'priors',
    types: [
      'request-linked',
      'request-submitted',
      'request-claimed',
      'request-info-requested',
      'priors-searched',
      'retrieval-ended',
    ],
    handle: async (fact, tx) => {
      if (fact.type === 'retrieval-ended') {
        if (fact.body?.['state'] === 'complete') await priors.arrived(tx, fact.ids['retrieval'] as string)
        return
      }
      const request = fact.ids['request'] as string
      if (fact.type === 'priors-searched') {
        // What nobody knew of answers whoever asked for it.
        const fresh = Number(fact.body?.['fresh'] ?? 0)
        if (fresh > 0) await requests.answerPriors(tx, request, fresh)
        return
      }
      const known = await requests.known(request)
      if (fact.type === 'request-info-requested') {
        const items = (fact.body?.['items'] ?? []) as { kind?: string }[]
        if (known !== undefined && items.some(({ kind }) => kind === 'prior'))
          await priors.seek(tx, request, `asked:${fact.seq}`, known.record.site)
        return
      }
      if (!automatic || known === undefined || known.record.state === 'draft') return
      // Of several studies linked at once, and of a request that has none yet, one question.
      const key = fact.type === 'request-claimed' ? `claimed:${fact.seq}` : 'submitted'
      await priors.seek(tx, request, key, known.record.site)
    },
  }
}
