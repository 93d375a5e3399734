import type { Peer } from '../peers/peer.js'
import type { ReceiverLink } from '../peers/receiver-link.js'
import { targetOf } from '../peers/target.js'
import type { ListedInstance } from './retrieval-plan.js'

const FIND_TIMEOUT_MS = 60_000
const FIND_MAXIMUM = 50_000

/** Failures that say nothing of what the peer would answer. */
export const UNREACHED = new Set([
  'port-closed',
  'not-reached',
  'unreachable',
  'host-unknown',
  'association-cut',
  'association-not-answering',
  'not-dicom',
  'tls-not-answering',
  'tls-failed',
  'not-answering',
  'peer-busy',
  'peer-limit',
])

export type Listing =
  | { result: 'known'; instances: ListedInstance[] }
  /** It does not answer C-FIND, or not for us. */
  | { result: 'unknown'; reason: string }
  /** It is not there just now. */
  | { result: 'unreached'; reason: string }

/** What a PACS lists of a study, series by series (C-FIND at SERIES and IMAGE level). */
export async function listStudy(options: {
  link: ReceiverLink
  peer: Peer
  study: string
  /** Only these; all of the study where left out. */
  series?: readonly string[]
  signal: AbortSignal
}): Promise<Listing> {
  const { link, peer, study, signal } = options
  const find = async (level: 'SERIES' | 'IMAGE', keys: Record<string, string>) => {
    const answer = await link.call(
      {
        method: 'find',
        target: targetOf(peer),
        timeoutMs: FIND_TIMEOUT_MS,
        level,
        keys: { StudyInstanceUID: study, ...keys },
        maximum: FIND_MAXIMUM,
      },
      { signal },
    )
    if (answer.ok && answer.method === 'find') return answer.matches
    const failure = answer.ok ? { code: 'failed', detail: '' } : answer.failure
    const result = UNREACHED.has(failure.code) ? ('unreached' as const) : ('unknown' as const)
    return { result, reason: failure.detail }
  }
  let series = options.series
  if (series === undefined) {
    const found = await find('SERIES', { SeriesInstanceUID: '' })
    if (!Array.isArray(found)) return found
    series = [...new Set(found.map(match => match['SeriesInstanceUID'] ?? ''))].filter(Boolean)
  }
  const instances: ListedInstance[] = []
  for (const one of series) {
    const found = await find('IMAGE', { SeriesInstanceUID: one, SOPInstanceUID: '', SOPClassUID: '' })
    if (!Array.isArray(found)) return found
    for (const match of found)
      if (match['SOPInstanceUID'])
        instances.push({ series: one, uid: match['SOPInstanceUID'], sopClass: match['SOPClassUID'] ?? '' })
  }
  return { result: 'known', instances }
}
