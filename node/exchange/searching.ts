import type { Acting } from '../http/acting.js'
import type { Peer } from '../peers/peer.js'
import type { Peers } from '../peers/peers.js'
import type { ReceiverLink } from '../peers/receiver-link.js'
import { targetOf } from '../peers/target.js'
import type { Studies } from '../studies/studies.js'
import type { StudySearchView } from '../studies/view.js'

export interface SearchKeys {
  PatientID?: string
  PatientName?: string
  PatientBirthDate?: string
  AccessionNumber?: string
  StudyDate?: string
  StudyInstanceUID?: string
  modality?: string
}

const FIND_TIMEOUT_MS = 15_000
const FIND_MAXIMUM = 200

const ASKED = [
  'StudyInstanceUID',
  'PatientID',
  'IssuerOfPatientID',
  'PatientName',
  'PatientBirthDate',
  'PatientSex',
  'StudyDate',
  'StudyTime',
  'StudyDescription',
  'AccessionNumber',
  'ModalitiesInStudy',
  'NumberOfStudyRelatedInstances',
  'ReferringPhysicianName',
]

/** Asks the site's PACS in parallel; "nothing there", "refused" and "did not answer" stay apart. */
export async function searchPacs(options: {
  peers: Peers
  studies: Studies
  link: ReceiverLink
  who: Acting
  site: string
  issuer: string
  keys: SearchKeys
}): Promise<StudySearchView> {
  const { peers, link, site, keys } = options
  const asked = peers.list().filter(peer => peer.site === site)
  const answers = await Promise.all(asked.map(peer => ask(link, peer, keys)))
  const items = await Promise.all(
    answers.flatMap(({ peer, matches }) => matches.map(match => itemOf(peer, match, options))),
  )
  for (const { peer, view } of answers)
    if (view.outcome === 'answered' || view.outcome === 'nothing') peers.seen(peer.id)
  items.sort((a, b) => (a.StudyDate + a.StudyTime < b.StudyDate + b.StudyTime ? 1 : -1))
  return { peers: answers.map(({ view }) => view), items }
}

async function ask(link: ReceiverLink, peer: Peer, { modality, PatientName, ...keys }: SearchKeys) {
  const answer = await link.call({
    method: 'find',
    target: targetOf(peer),
    timeoutMs: FIND_TIMEOUT_MS,
    level: 'STUDY',
    keys: {
      ...Object.fromEntries(ASKED.map(keyword => [keyword, ''])),
      ...Object.fromEntries(Object.entries(keys).filter(([, value]) => value !== undefined)),
      ...(modality === undefined ? {} : { ModalitiesInStudy: modality }),
      ...(PatientName === undefined ? {} : { PatientName: nameKey(PatientName) }),
    },
    maximum: FIND_MAXIMUM,
  })
  if (answer.ok && answer.method === 'find') {
    const outcome: StudySearchView['peers'][number]['outcome'] =
      answer.matches.length > 0 ? 'answered' : 'nothing'
    return { peer, matches: answer.matches, view: { peer: peer.id, outcome, ms: answer.ms } }
  }
  const failure = answer.ok ? { code: 'failed', detail: '' } : answer.failure
  const refused = /refused|unknown|rejected/.test(failure.code)
  const outcome: StudySearchView['peers'][number]['outcome'] = refused ? 'refused' : 'no-answer'
  return { peer, matches: [], view: { peer: peer.id, outcome, reason: failure.detail, ms: 0 } }
}

/** `dup ma` finds DUPONT^MARIE: each typed word begins a part of the name. */
function nameKey(typed: string): string {
  if (typed.includes('^') || typed.includes('*')) return typed
  return `${typed.trim().split(/\s+/).join('*')}*`
}

async function itemOf(
  peer: Peer,
  match: Record<string, string>,
  { studies, site, issuer }: { studies: Studies; site: string; issuer: string },
): Promise<StudySearchView['items'][number]> {
  const text = (keyword: string) => match[keyword] ?? ''
  const uid = text('StudyInstanceUID')
  const count = Number(match['NumberOfStudyRelatedInstances'])
  return {
    peer: peer.id,
    StudyInstanceUID: uid,
    PatientID: text('PatientID'),
    IssuerOfPatientID: text('IssuerOfPatientID') || issuer,
    PatientName: text('PatientName'),
    PatientBirthDate: text('PatientBirthDate'),
    PatientSex: text('PatientSex'),
    StudyDate: text('StudyDate'),
    StudyTime: text('StudyTime'),
    StudyDescription: text('StudyDescription'),
    AccessionNumber: text('AccessionNumber'),
    ModalitiesInStudy: text('ModalitiesInStudy').split('\\').filter(Boolean),
    ...(Number.isSafeInteger(count) && count > 0 ? { instances: count } : {}),
    here: (await studies.byUid(uid)).some(study => study.site === site),
    ...(text('ReferringPhysicianName') === ''
      ? {}
      : { ReferringPhysicianName: text('ReferringPhysicianName') }),
  }
}
