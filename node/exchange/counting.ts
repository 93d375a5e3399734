import type { Database, Tx } from '../database.js'
import { isUID } from '../dicom/uids.js'
import type { Handler, NewJob } from '../outbox/job.js'
import { priorities } from '../outbox/job.js'
import type { Peers } from '../peers/peers.js'
import type { ReceiverLink } from '../peers/receiver-link.js'
import { targetOf } from '../peers/target.js'
import type { CallAnswer } from '../peers/wire.js'
import type { ToldInstance, ToldSeries } from '../studies/expectations.js'
import type { Studies } from '../studies/studies.js'
import { UNREACHED } from './listing.js'
import { isOfOurOwn } from './own-cause.js'
import type { Transfers } from './transfers.js'

/** A PACS that does not answer this is not asked for ever: the count then stays unknown, and is shown so. */
const TRIES_MAX = 6
const FIND_TIMEOUT_MS = 30_000
/** More than this is counted, not listed. */
const SERIES_MAX = 500
const INSTANCES_MAX = 50_000

/** Asks the sender how many instances the study has: soon after the first came, and when an arrival is settled. */
export function countingJob(ask: {
  study: string
  site: string
  peer: string
  fact: number
  /** Asked while it arrives: not at all where it is settled by then. */
  early?: { dueAt: number }
}): NewJob {
  return {
    // Its own lane: a question never waits behind a transfer.
    lane: `count:${ask.peer}`,
    kind: 'count-study',
    key: `count:${ask.study}:${ask.fact}`,
    body: { study: ask.study, peer: ask.peer, ...(ask.early === undefined ? {} : { early: true }) },
    priority: priorities.background,
    ...(ask.early === undefined ? {} : { dueAt: ask.early.dueAt }),
    site: ask.site,
  }
}

/**
 * What the sender's own index says of the study (domain.md, "Completeness"): Number of Study Related Instances
 * (0020,1208), and series by series the instances themselves where it lists them. What we made ourselves and filed
 * there is taken out.
 */
export function countingHandler(options: {
  db: Database
  peers: Peers
  studies: Studies
  transfers: Pick<Transfers, 'list'>
  link: ReceiverLink
}): Handler {
  const { db, peers, studies, transfers, link } = options
  return {
    run: async job => {
      const study = await studies.byId(String(job.body['study']))
      const peer = peers.find(String(job.body['peer']))
      if (study === undefined || peer === undefined) return { result: 'done' }
      if (job.body['early'] === true && study.arriving === 0) return { result: 'done' }
      const find = async (
        level: 'STUDY' | 'SERIES' | 'IMAGE',
        keys: Record<string, string>,
        maximum: number,
      ) =>
        link.call(
          {
            method: 'find',
            target: targetOf(peer),
            timeoutMs: FIND_TIMEOUT_MS,
            level,
            keys: { StudyInstanceUID: study.uid, ...keys },
            maximum,
          },
          { signal: job.signal },
        )
      const unanswered = { result: 'done' as const, settle: (tx: Tx) => studies.unanswered(tx, study.id) }
      const answer = await find('STUDY', { NumberOfStudyRelatedInstances: '' }, 2)
      if (!answer.ok)
        // One that is there and refuses the question will not answer it the next time either.
        return job.attempt >= TRIES_MAX || !UNREACHED.has(answer.failure.code)
          ? unanswered
          : { result: 'transient', reason: answer.failure.detail }
      peers.seen(peer.id)
      const ours = new Set(
        (await studies.instances(study.id)).filter(({ madeHere }) => madeHere).map(({ uid }) => uid),
      )
      const series = await seriesOf(find, ours)
      const match =
        answer.method === 'find'
          ? answer.matches.find(one => one['StudyInstanceUID'] === study.uid)
          : undefined
      const counted = Number(match?.['NumberOfStudyRelatedInstances'] ?? '')
      const filed = (await transfers.list({ study: study.id, peer: peer.id, limit: 100 }))
        .filter(({ cause }) => isOfOurOwn(cause))
        .reduce((sum, { sent }) => sum + sent, 0)
      // Its lists go before its count, which may be cached, or counted in another way.
      const expected = series?.reduce((sum, { list }) => sum + list.length, 0) ?? counted - filed
      if (!Number.isSafeInteger(expected) || expected <= 0) return unanswered
      await db.write(tx =>
        studies.told(
          tx,
          study.id,
          { expected, source: peer.id, ...(series === undefined ? {} : { series }) },
          { by: 'system', part: `asked ${peer.id}` },
        ),
      )
      return { result: 'done' }
    },
  }
}

/** Series and instances as the sender lists them; undefined where it does not answer at these levels. */
async function seriesOf(
  find: (level: 'SERIES' | 'IMAGE', keys: Record<string, string>, maximum: number) => Promise<CallAnswer>,
  ours: ReadonlySet<string>,
): Promise<(ToldSeries & { list: ToldInstance[] })[] | undefined> {
  const keys = {
    SeriesInstanceUID: '',
    SeriesNumber: '',
    Modality: '',
    SeriesDescription: '',
    NumberOfSeriesRelatedInstances: '',
  }
  const answer = await find('SERIES', keys, SERIES_MAX)
  if (!answer.ok || answer.method !== 'find' || !answer.complete || answer.matches.length === 0)
    return undefined
  const series: (ToldSeries & { list: ToldInstance[] })[] = []
  let left = INSTANCES_MAX
  for (const match of answer.matches) {
    const uid = match['SeriesInstanceUID'] ?? ''
    if (!isUID(uid) || series.some(one => one.uid === uid)) continue
    const images = await find(
      'IMAGE',
      { SeriesInstanceUID: uid, SOPInstanceUID: '', InstanceNumber: '' },
      left,
    )
    if (!images.ok || images.method !== 'find' || !images.complete) return undefined
    const all = new Map<string, ToldInstance>()
    for (const image of images.matches) {
      const instance = image['SOPInstanceUID'] ?? ''
      if (isUID(instance) && !ours.has(instance))
        all.set(instance, { uid: instance, number: wholeNumber(image['InstanceNumber']) })
    }
    left -= images.matches.length
    // Nothing in it but what we filed ourselves.
    if (all.size === 0 && images.matches.length > 0) continue
    // It names a series and lists nothing of it: it does not answer at this level.
    if (all.size === 0) return undefined
    series.push({
      uid,
      number: wholeNumber(match['SeriesNumber']),
      modality: match['Modality'] ?? '',
      description: match['SeriesDescription'] ?? '',
      instances: all.size,
      list: [...all.values()],
    })
  }
  return series.length === 0 ? undefined : series
}

function wholeNumber(text: string | undefined): number | null {
  return text !== undefined && /^\s*\d{1,9}\s*$/.test(text) ? Number(text) : null
}
