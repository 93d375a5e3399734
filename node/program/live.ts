import { allows, kindOf, type Standing } from '../accounts/permissions.js'
import type { Action } from '../accounts/view.js'
import type { Live, LiveFact } from '../http/live-reading.js'
import type { Sockets } from '../http/socket.js'
import type { StoredFact } from '../journal/facts.js'
import type { Journal } from '../journal/journal.js'
import type { Reaching } from '../notifications/reach.js'
import type { Peers } from '../peers/peers.js'
import type { KnownRequest, Requests } from '../requests/requests.js'
import type { Studies } from '../studies/studies.js'
import { type LiveRow, liveMessages, liveRowOf } from './live-table.js'

const PAGE = 500
/** What facts of an emergency, and of what a person lets ring as one, do to the screens that are locked. */
const RINGING: Readonly<Record<string, 'ring' | 'still'>> = {
  'notice-sent': 'ring',
  'request-claimed': 'still',
  'alert-ended': 'still',
  'alert-acknowledged': 'still',
}

/** Facts for the browsers: kinds and ids only. What a page of them is about is read once, whoever asks who may know. */
export function openLive(options: {
  journal: Pick<Journal, 'head' | 'read' | 'onCommit'>
  requests: Pick<Requests, 'known'>
  studies: Pick<Studies, 'byId' | 'standing'>
  peers: Pick<Peers, 'find'>
  reach: Pick<Reaching, 'rings'>
}): Live {
  const { journal, requests, studies, peers, reach } = options

  /** Requests are read once a page: one step of an act is several facts. */
  const openPage = () => {
    const read = new Map<string, Promise<KnownRequest | undefined>>()
    return (id: string): Promise<KnownRequest | undefined> => {
      const known = read.get(id) ?? requests.known(id)
      read.set(id, known)
      return known
    }
  }
  type Known = ReturnType<typeof openPage>

  /** Whose the thing is that this action of the table is about; undefined where there is no such thing. */
  const standingFor = async (
    action: Action,
    fact: StoredFact,
    known: Known,
  ): Promise<Standing | undefined> => {
    const { ids, site } = fact
    if (action === 'request.see' || action === 'conversation.see' || action === 'critical.see') {
      const request = await known(ids['request'] ?? '')
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

  /** Who may know of a fact, as it stands now: everything is read here, and each kind of person is decided on once. */
  const openSeeing = async (fact: StoredFact, row: LiveRow, known: Known): Promise<LiveFact['seenBy']> => {
    const account = row.personal === undefined ? undefined : fact.ids['account']
    const standings: [Action, Standing][] = []
    if (row.personal !== 'only')
      for (const action of row.actions) {
        const standing = await standingFor(action, fact, known)
        if (standing !== undefined) standings.push([action, standing])
      }
    const decided = new Map<string, boolean>()
    return who => {
      if (account !== undefined && account === who.account.id) return true
      if (standings.length === 0) return false
      const kind = kindOf(who)
      const sees = decided.get(kind) ?? standings.some(([action, standing]) => allows(who, action, standing))
      decided.set(kind, sees)
      return sees
    }
  }

  /** What begins or ends the ringing on a locked screen too. */
  const rings = async (fact: StoredFact, known: Known): Promise<Pick<LiveFact, 'rings'>> => {
    const what = RINGING[fact.type]
    const { request } = fact.ids
    if (what === undefined || request === undefined) return {}
    // A word in a talk that goes on is read, not rung for.
    const kind = fact.body?.['kind']
    if (kind === 'message') return {}
    const urgency = (await known(request))?.record.urgency
    if (urgency === 'emergency') return { rings: what }
    if (urgency !== 'urgent') return {}
    // An offer alone, and to the one person who is told of it; that it is over is no secret to those who were.
    const account = fact.ids['account'] ?? ''
    return what === 'still' || (kind === 'request-offered' && (await reach.rings(account, urgency)))
      ? { rings: what }
      : {}
  }

  return {
    head: journal.head,
    onCommit: wake => journal.onCommit(wake),
    factsSince: async seq => {
      const facts = await journal.read({ after: seq, limit: PAGE })
      const known = openPage()
      const told: LiveFact[] = []
      for (const fact of facts) {
        const row = liveRowOf(fact.type)
        const id = row === undefined ? undefined : fact.ids[row.id]
        if (row === undefined || id === undefined) continue
        const [seenBy, ringing] = [await openSeeing(fact, row, known), await rings(fact, known)]
        told.push({ seq: fact.seq, kind: fact.type, id, ...ringing, seenBy })
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
    // A reader of three groups is told of to each of them.
    const audience = [of, standing.site, ...(standing.parties ?? [])].join(' ')
    tell()?.({ kind, id }, who => allows(who, row.action, standing), audience)
  }
}
