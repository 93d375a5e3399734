import { reasonOf } from '../errors.js'
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

/** How long a PACS may take, and how many studies are taken from it. */
export interface SearchBounds {
  timeoutMs: number
  maximum: number
  signal?: AbortSignal
}

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
  bounds: SearchBounds
}): Promise<StudySearchView> {
  const { peers, link, site, keys, bounds } = options
  const asked = peers.open(site)
  const answers = await Promise.all(asked.map(peer => askPacs(link, peer, keys, bounds)))
  const items = await Promise.all(
    answers.flatMap(({ peer, matches }) => matches.map(match => itemOf(peer, match, options))),
  )
  for (const { peer, view } of answers)
    if (view.outcome === 'answered' || view.outcome === 'nothing') peers.seen(peer.id)
  items.sort((a, b) => (a.StudyDate + a.StudyTime < b.StudyDate + b.StudyTime ? 1 : -1))
  return { peers: answers.map(({ view }) => view), items }
}

/** One PACS; whatever becomes of the question is told as an outcome. */
export async function askPacs(
  link: ReceiverLink,
  peer: Peer,
  { modality, PatientName, ...keys }: SearchKeys,
  { timeoutMs, maximum, signal }: SearchBounds,
): Promise<{
  peer: Peer
  matches: Record<string, string>[]
  view: StudySearchView['peers'][number] & { cut?: boolean }
}> {
  const answer = await link
    .call(
      {
        method: 'find',
        target: targetOf(peer),
        timeoutMs,
        level: 'STUDY',
        keys: {
          ...Object.fromEntries(ASKED.map(keyword => [keyword, ''])),
          ...Object.fromEntries(Object.entries(keys).filter(([, value]) => value !== undefined)),
          ...(modality === undefined ? {} : { ModalitiesInStudy: modality }),
          ...(PatientName === undefined ? {} : { PatientName: nameKey(PatientName) }),
        },
        maximum,
      },
      signal === undefined ? {} : { signal },
    )
    .catch((thrown: unknown) => ({
      ok: false as const,
      failure: { step: 'operation', code: 'failed', detail: reasonOf(thrown) },
    }))
  if (answer.ok && answer.method === 'find') {
    const outcome = answer.matches.length > 0 ? 'answered' : 'nothing'
    const cut = answer.complete ? {} : { cut: true }
    return { peer, matches: answer.matches, view: { peer: peer.id, outcome, ...cut, ms: answer.ms } }
  }
  const failure = answer.ok ? { step: 'operation', code: 'failed', detail: '' } : answer.failure
  // A name that does not resolve is no refusal.
  const refused = failure.step !== 'tcp' && /refused|unknown|rejected/.test(failure.code)
  const outcome = refused ? 'refused' : 'no-answer'
  return { peer, matches: [], view: { peer: peer.id, outcome, reason: failure.detail, ms: 0 } }
}

/** `dup ma` finds DUPONT^MARIE: each typed word begins a part of the name. */
function nameKey(typed: string): string {
  if (typed.includes('^') || typed.includes('*')) return typed
  return `${typed.trim().split(/\s+/).join('*')}*`
}

export async function itemOf(
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
