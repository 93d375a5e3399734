import type { Clock } from '../clock.js'
import { queryStatus } from '../dicom/network/status.js'
import type { Handler, Job, Outcome } from '../outbox/job.js'
import type { Peer } from '../peers/peer.js'
import type { Peers } from '../peers/peers.js'
import type { ReceiverLink } from '../peers/receiver-link.js'
import { targetOf } from '../peers/target.js'
import type { CallAnswer, CallFailure } from '../peers/wire.js'
import type { Receive } from '../studies/receive.js'
import { listStudy } from './listing.js'
import { type ListedInstance, type Step, stepsFor } from './retrieval-plan.js'
import { messageIdOf, type Retrieval, type Retrievals } from './retrievals.js'
import type { RetrievalState } from './schema.js'

/** A PACS that gives less than it lists is asked this often, then a person. */
const SHORT_TRIES = 3

export interface Watches {
  /** An image of this retrieval has come: its PACS is at work. */
  heard(retrieval: string): void
}

type Ran =
  | { answer: CallAnswer }
  /** Nothing came and nothing was said for too long, and a cancel was sent. */
  | { silent: true }

/**
 * Fetches what a retrieval wants: by C-MOVE to ourselves, or by C-GET where the peer may get and not move. Asks first
 * what there is, so that only what is missing comes, and again afterwards. "Nothing there", "refused" and "did not
 * answer" stay apart; a PACS that does not answer is tried again for as long as the settings say.
 */
export function retrievingHandler(options: {
  peers: Peers
  retrievals: Retrievals
  receive: Receive
  link: ReceiverLink
  clock: Clock
  silenceMs: number
  waitMs: number
  onProgress(retrieval: string, site: string): void
}): { handler: Handler; watches: Watches } {
  const { peers, retrievals, receive, link, clock, silenceMs, waitMs } = options
  const watched = new Map<string, () => void>()

  async function run(job: Job): Promise<Outcome> {
    const row = await retrievals.get(String(job.body['retrieval']))
    if (row === undefined || row.state === 'cancelled') return { result: 'done' }
    const peer = peers.find(row.peer)
    if (peer === undefined)
      return ended(row, 'failed', 'unknown-peer', `The peer "${row.peer}" is not registered any more.`)
    if (!peer.may.includes('move') && !peer.may.includes('get'))
      return ended(row, 'refused', 'no-right', `${peer.id} is registered with neither move nor get.`)
    await retrievals.began(row.id)
    const before = await list(row, peer, job.signal)
    if (before.result === 'unreached') return later(row, 'no-answer', before.reason)
    const listed = before.result === 'known' ? before.instances : undefined
    if (listed?.length === 0) return ended(row, 'nothing', 'nothing', `${peer.id} has nothing of it.`)
    const held = await retrievals.held(row.site, row.study_uid)
    const steps = stepsFor({ study: row.study_uid, series: row.series_uid, listed, held })
    let last: Ran | undefined
    for (const [index, step] of steps.entries()) {
      last = await perform(job, row, peer, step, index, listed)
      if ('silent' in last || !last.answer.ok) break
    }
    return conclude(job, row, peer, { listed, held, last })
  }

  /** What the PACS lists; unknown where it may not be asked. */
  async function list(row: Retrieval, peer: Peer, signal: AbortSignal) {
    if (!peer.may.includes('find')) return { result: 'unknown' as const, reason: '' }
    const series = row.series_uid === '' ? {} : { series: [row.series_uid] }
    return listStudy({ link, peer, study: row.study_uid, ...series, signal })
  }

  async function perform(
    job: Job,
    row: Retrieval,
    peer: Peer,
    step: Step,
    index: number,
    listed: readonly ListedInstance[] | undefined,
  ): Promise<Ran> {
    const association = `retrieval:${row.id}:${job.id}:${job.attempt}:${index}`
    const giveUp = new AbortController()
    const stop = () => giveUp.abort()
    job.signal.addEventListener('abort', stop, { once: true })
    let silent = false
    const timer = setTimeout(() => {
      silent = true
      stop()
    }, silenceMs)
    watched.set(row.id, () => {
      timer.refresh()
      options.onProgress(row.id, row.site)
    })
    let counts = { completed: 0, failed: 0, warning: 0 }
    try {
      const answer = await link.call(
        {
          method: 'retrieve',
          target: targetOf(peer),
          peer: peer.id,
          retrieval: row.id,
          association,
          ...(peer.may.includes('move')
            ? { move: { destination: peer.callUs, messageId: messageIdOf(row) } }
            : {}),
          ...step,
          sopClasses: [...new Set((listed ?? []).map(({ sopClass }) => sopClass).filter(Boolean))],
        },
        { signal: giveUp.signal, onCounts: () => watched.get(row.id)?.() },
      )
      if (answer.ok && answer.method === 'retrieve') counts = answer.counts
      return silent ? { silent } : { answer }
    } finally {
      clearTimeout(timer)
      job.signal.removeEventListener('abort', stop)
      watched.delete(row.id)
      await receive.ended(association)
      const here = await countHere(row, listed)
      const { completed, failed, warning } = counts
      await retrievals.counted(row.id, { completed, failed, warning, total: listed?.length ?? null, here })
    }
  }

  async function countHere(row: Retrieval, listed: readonly ListedInstance[] | undefined): Promise<number> {
    const held = await retrievals.held(row.site, row.study_uid)
    return listed === undefined ? held.size : listed.filter(({ uid }) => held.has(uid)).length
  }

  async function conclude(
    job: Job,
    row: Retrieval,
    peer: Peer,
    ran: { listed: readonly ListedInstance[] | undefined; held: ReadonlySet<string>; last: Ran | undefined },
  ): Promise<Outcome> {
    const { listed, held, last } = ran
    const now = await retrievals.held(row.site, row.study_uid)
    const arrived = [...now].filter(uid => !held.has(uid)).length
    const missing = listed?.filter(({ uid }) => !now.has(uid)).length
    if (arrived > 0 || last !== undefined) peers.seen(peer.id)
    if (missing === 0 || last === undefined) return ended(row, 'complete')
    if ('silent' in last)
      return later(
        row,
        'no-answer',
        `${peer.id} began and then said nothing for ${Math.round(silenceMs / 1000)} s.`,
        arrived > 0,
      )
    if (!last.answer.ok) return failed(row, last.answer.failure, arrived > 0)
    if (last.answer.method !== 'retrieve') return { result: 'done' }
    const { status, comment, counts } = last.answer
    const { class: kind } = queryStatus(status)
    if (kind === 'failure-permanent')
      return ended(row, 'refused', status === 0xa801 ? 'destination-unknown' : 'refused', comment)
    if (kind === 'failure-retry') return short(job, row, comment, arrived > 0)
    if (missing === undefined && kind === 'success')
      return counts.completed + counts.warning === 0 && arrived === 0
        ? ended(row, 'nothing', 'nothing', `${peer.id} has nothing of it.`)
        : ended(row, 'complete')
    return short(
      job,
      row,
      missing === undefined ? comment : `${missing} of ${listed?.length} instances did not come: ${comment}`,
      arrived > 0,
    )
  }

  function failed(row: Retrieval, failure: CallFailure, progress: boolean): Outcome {
    if (
      failure.code === 'sop-class-refused' ||
      (failure.step === 'association' && /unknown|rejected/.test(failure.code))
    )
      return ended(row, 'refused', failure.code, failure.detail)
    return later(row, 'no-answer', failure.detail, progress)
  }

  /** It answered, and gave less than there is. */
  function short(job: Job, row: Retrieval, reason: string, progress: boolean): Outcome {
    if (!progress && job.attempt >= SHORT_TRIES) return ended(row, 'incomplete', 'incomplete', reason)
    return waits(row, 'incomplete', reason, progress, false)
  }

  function later(row: Retrieval, trouble: string, reason: string, progress = false): Outcome {
    if (clock.now() - row.queued_at > waitMs) return ended(row, 'no-answer', trouble, reason)
    return waits(row, trouble, reason, progress, true)
  }

  function waits(
    row: Retrieval,
    trouble: string,
    reason: string,
    progress: boolean,
    holdLane: boolean,
  ): Outcome {
    return {
      result: 'transient',
      reason,
      progress,
      holdLane,
      settle: (tx, retryAt) => retrievals.settle(tx, row.id, { state: 'queued', trouble, reason, retryAt }),
    }
  }

  function ended(row: Retrieval, state: RetrievalState, trouble?: string, reason?: string): Outcome {
    return {
      result: 'done',
      settle: tx =>
        retrievals.settle(tx, row.id, {
          state,
          ...(trouble === undefined ? {} : { trouble }),
          ...(reason === undefined ? {} : { reason }),
        }),
    }
  }

  const handler: Handler = {
    run,
    givenUp: (tx, job, reason, origin) =>
      retrievals.abandon(tx, String(job.body['retrieval']), reason, origin),
  }
  return { handler, watches: { heard: id => watched.get(id)?.() } }
}
