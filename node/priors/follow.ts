import type { Follower } from '../journal/followers.js'
import type { Requests } from '../requests/requests.js'
import type { Priors } from './priors.js'

/** Priors are looked for when a request has its study and when somebody takes it, and shown to its readers when they are here. */
export function priorFollower(options: {
  priors: Pick<Priors, 'seek' | 'arrived'>
  requests: Pick<Requests, 'known'>
  automatic: boolean
}): Follower {
  const { priors, requests, automatic } = options
  return {
    name: 'priors',
    types: ['request-linked', 'request-submitted', 'request-claimed', 'retrieval-ended'],
    handle: async (fact, tx) => {
      if (fact.type === 'retrieval-ended') {
        if (fact.body?.['state'] === 'complete') await priors.arrived(tx, fact.ids['retrieval'] as string)
        return
      }
      const request = fact.ids['request'] as string
      const known = await requests.known(request)
      if (!automatic || known === undefined || known.record.state === 'draft') return
      // Of several studies linked at once, and of a request that has none yet, one question.
      const key = fact.type === 'request-claimed' ? `claimed:${fact.seq}` : 'submitted'
      await priors.seek(tx, request, key, known.record.site)
    },
  }
}
