import { allows, type Standing } from '../accounts/permissions.js'
import type { Action } from '../accounts/view.js'
import type { Acting } from '../http/acting.js'
import type { Live, LiveFact, Sockets } from '../http/socket.js'
import type { StoredFact } from '../journal/facts.js'
import type { Journal } from '../journal/journal.js'
import type { Peers } from '../peers/peers.js'
import type { Requests } from '../requests/requests.js'
import type { Studies } from '../studies/studies.js'
import { type LiveRow, liveMessages, liveRowOf } from './live-table.js'

const PAGE = 500

/** Facts for the browsers: kinds and ids only, and only what this person may know of. */
export function openLive(options: {
  journal: Journal
  requests: Requests
  studies: Studies
  peers: Pick<Peers, 'find'>
}): Live {
  const { journal, requests, studies, peers } = options

  /** Whose the thing is that this action of the table is about; undefined where there is no such thing. */
  const standingFor = async (action: Action, fact: StoredFact): Promise<Standing | undefined> => {
    const { ids, site } = fact
    if (action === 'request.see') {
      const request = await requests.known(ids['request'] ?? '')
      if (request === undefined) return undefined
      // Who no longer takes part hears of what ended it, and of nothing since.
      const former = request.standing.former?.filter(({ seq }) => fact.seq <= seq) ?? []
      return { ...request.standing, former }
    }
    if (action === 'study.see' && ids['study'] !== undefined) {
      const study = await studies.byId(ids['study'])
      return study === undefined ? undefined : studies.standing(study.id, study.site)
    }
    if (action === 'transfer.see') {
      // Between two sites: the one the study belongs to, and the one whose PACS gets it.
      const destination = peers.find(ids['peer'] ?? '')?.site
      return { site: site ?? '', parties: destination === undefined ? [] : [destination] }
    }
    return { site: site ?? '' }
  }

  const sees = async (fact: StoredFact, row: LiveRow, who: Acting): Promise<boolean> => {
    if (row.personal !== undefined && fact.ids['account'] === who.account.id) return true
    if (row.personal === 'only') return false
    for (const action of row.actions) {
      const standing = await standingFor(action, fact)
      if (standing !== undefined && allows(who, action, standing)) return true
    }
    return false
  }

  /** What rings for the person on a locked screen too. */
  const rings = async (fact: StoredFact): Promise<boolean> => {
    const { request, notice } = fact.ids
    if (fact.type !== 'notice-sent' || notice === undefined || request === undefined) return false
    return (await requests.known(request))?.record.urgency === 'emergency'
  }

  return {
    head: journal.head,
    onCommit: wake => journal.onCommit(wake),
    factsSince: async (seq, who) => {
      const facts = await journal.read({ after: seq, limit: PAGE })
      const told: LiveFact[] = []
      for (const fact of facts) {
        const row = liveRowOf(fact.type)
        const id = row === undefined ? undefined : fact.ids[row.id]
        if (row !== undefined && id !== undefined && (await sees(fact, row, who)))
          told.push({ seq: fact.seq, kind: fact.type, id, rings: await rings(fact) })
      }
      return { facts: told, upTo: facts.at(-1)?.seq ?? seq }
    },
  }
}

type Told = (typeof liveMessages)[number]

/** Progress and presence, to those whom the row of the table lets know. */
export function openTelling(tell: () => Sockets['tell'] | undefined) {
  return (of: Told['of'], kind: Told['kind'], id: string, standing: Standing): void => {
    const row = liveMessages.find(each => each.kind === kind && each.of === of)
    if (row === undefined) throw new Error(`No row of the table says who is told of ${kind} of a ${of}.`)
    tell()?.({ kind, id }, who => allows(who, row.action, standing))
  }
}
