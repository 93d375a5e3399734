import { allows } from '../accounts/permissions.js'
import type { Acting } from '../http/acting.js'
import type { Live, LiveFact } from '../http/socket.js'
import type { StoredFact } from '../journal/facts.js'
import type { Journal } from '../journal/journal.js'
import type { Peers } from '../peers/peers.js'
import type { Requests } from '../requests/requests.js'
import type { Studies } from '../studies/studies.js'

const PAGE = 500

/** What a browser refetches, by the prefix of the fact's type: the id it may know it under. */
const SUBJECT: readonly [prefix: string, id: string][] = [
  ['request-', 'request'],
  ['report-', 'request'],
  ['notice-', 'account'],
  ['transfer-', 'transfer'],
  ['study-sent', 'transfer'],
  ['retrieval-', 'retrieval'],
  ['priors-', 'request'],
  ['study-', 'study'],
  ['instance-', 'study'],
  ['instances-', 'study'],
  ['rejection-', 'study'],
  ['commitment-', 'transfer'],
  ['conflict-', 'conflict'],
  ['peer-', 'peer'],
  ['route-', 'route'],
  ['import-', 'import'],
  ['preset-', 'preset'],
  ['token-', 'token'],
  ['account-', 'account'],
  ['membership-', 'account'],
  ['site-', 'site'],
  ['contract-', 'contract'],
  ['job-', 'job'],
  ['fact-', 'parked'],
]

/** Facts for the browsers: kinds and ids only, and only what this person may know of. */
export function openLive(options: {
  journal: Journal
  requests: Requests
  studies: Studies
  peers: Pick<Peers, 'find'>
}): Live {
  const { journal, requests, studies, peers } = options

  const sees = async (fact: StoredFact, who: Acting): Promise<boolean> => {
    if (fact.type.startsWith('notice-')) return fact.ids['account'] === who.account.id
    if (fact.ids['request'] !== undefined) {
      const request = await requests.known(fact.ids['request'])
      if (request === undefined) return false
      // Who no longer takes part hears of what ended it, and of nothing since.
      const former = request.standing.former?.filter(({ seq }) => fact.seq <= seq) ?? []
      return allows(who, 'request.see', { ...request.standing, former })
    }
    if (fact.ids['transfer'] !== undefined && fact.site !== null) {
      // Between two sites: the one the study belongs to, and the one whose PACS gets it.
      const destination = peers.find(fact.ids['peer'] ?? '')?.site
      const parties = destination === undefined ? [] : [destination]
      if (allows(who, 'transfer.see', { site: fact.site, parties })) return true
    }
    if (fact.ids['study'] !== undefined) {
      const study = await studies.byId(fact.ids['study'])
      return study !== undefined && allows(who, 'study.see', await studies.standing(study.id, study.site))
    }
    if (fact.ids['import'] !== undefined) return allows(who, 'import.see', { site: fact.site ?? '' })
    if (fact.ids['job'] !== undefined || fact.ids['parked'] !== undefined)
      return allows(who, 'job.see', { site: fact.site ?? '' })
    return fact.site !== null && allows(who, 'site.see', { site: fact.site })
  }

  return {
    head: journal.head,
    onCommit: wake => journal.onCommit(wake),
    factsSince: async (seq, who) => {
      const facts = await journal.read({ after: seq, limit: PAGE })
      const told: LiveFact[] = []
      for (const fact of facts) {
        const [, key] = SUBJECT.find(([prefix]) => fact.type.startsWith(prefix)) ?? []
        const id = key === undefined ? undefined : fact.ids[key]
        if (id !== undefined && (await sees(fact, who))) told.push({ seq: fact.seq, kind: fact.type, id })
      }
      return { facts: told, upTo: facts.at(-1)?.seq ?? seq }
    },
  }
}
