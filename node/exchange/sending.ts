import type { Clock } from '../clock.js'
import type { Tx } from '../database.js'
import type { Transcoder } from '../dicom/transcoder.js'
import { opensAt } from '../hours.js'
import type { Objects } from '../objects/objects.js'
import { backoffMs, type Handler, type Job, type Outcome, priorities } from '../outbox/job.js'
import type { Peer } from '../peers/peer.js'
import type { Peers } from '../peers/peers.js'
import type { ReceiverLink } from '../peers/receiver-link.js'
import { targetOf } from '../peers/target.js'
import type { Commitments } from './commitments.js'
import { confirmAt } from './confirming.js'
import type { Moved } from './flows.js'
import type { RoutesBook } from './routes-book.js'
import { sendInstances } from './sending-instances.js'
import type { WaitingInstance } from './transfer-instances.js'
import type { Transfer, Transfers } from './transfers.js'

/** A PACS indexes after it acknowledges: asked again this often before "it is not there" is believed. */
const CONFIRM_TRIES = 5
/** And this often what it acknowledged and does not list is sent once more. */
const SENT_AGAIN_MAX = 2

const ECHO_TIMEOUT_MS = 10_000
/** How long a change of a route's hours may go unnoticed by what waits for them. */
const HOURS_READ_EVERY_MS = 15 * 60_000

/**
 * Sends what a transfer still owes, then asks the destination whether it is there. Retried by itself until the
 * peer is back; what a peer refuses for good waits for a person. Only a status of success, or the destination's
 * own list, counts as arrived.
 */
export function sendingHandler(options: {
  peers: Peers
  transfers: Transfers
  objects: Objects
  link: ReceiverLink
  clock: Clock
  commitments: Commitments
  routes: Pick<RoutesBook, 'find'>
  timeZone: string
  transcoder: Transcoder
  scratch: string
  /** Something of it moved; `site` owns the study. */
  onProgress(transfer: string, site: string, destination: Peer, moved: Moved): void
}): Handler {
  const { peers, transfers, objects, link, clock, commitments, routes } = options

  async function run(job: Job): Promise<Outcome> {
    const id = String(job.body['transfer'])
    const transfer = await transfers.get(id)
    if (transfer === undefined || transfer.state === 'cancelled') return { result: 'done' }
    if (transfer.state === 'confirmed' && (await transfers.waiting(id)).length === 0)
      return { result: 'done' }
    const peer = peers.find(transfer.peer)
    if (peer === undefined) return failed(id, `The peer "${transfer.peer}" is not registered any more.`)
    if ((await transfers.contents(id)).length === 0)
      return {
        result: 'done',
        settle: tx =>
          transfers.abandon(tx, id, 'All of it was withdrawn.', { by: 'system', part: 'exchange' }),
      }
    const closed = untilItsHours(transfer)
    if (closed !== undefined) return closed
    await transfers.began(id)
    const absent = job.probing ? await probe(job, transfer, peer) : undefined
    if (absent !== undefined) return absent
    // Nobody knows how far the last run came: what the other side already lists is not sent again.
    if (job.ambiguous)
      await confirmAt({
        ...{ link, peer, transfers, transfer: id, signal: job.signal },
        ...(commits(peer) ? { listedIs: { from: 'waiting', to: 'sent' } } : {}),
      })
    const waiting = await transfers.waiting(id)
    if (waiting.length > 0) {
      const trouble = await send(job, transfer, peer, waiting)
      if (trouble !== undefined) return trouble
    }
    return confirm(job, id, peer)
  }

  /** A route with hours waits for them, an emergency does not. Asked again now and then, since routes change. */
  function untilItsHours({ id, cause, priority }: Transfer): Outcome | undefined {
    if (priority === priorities.emergency) return undefined
    const now = clock.now()
    const at = opensAt(routes.find(cause)?.hours, now, options.timeZone)
    if (at <= now) return undefined
    return {
      result: 'later',
      dueAt: Math.min(at, now + HOURS_READ_EVERY_MS),
      settle: tx =>
        transfers.settle(tx, id, {
          state: 'queued',
          reason: 'Waits for the hours of its route.',
          retryAt: at,
        }),
    }
  }

  /** After an outage one C-ECHO for the whole lane, before images are carried there. */
  async function probe(job: Job, { id }: Transfer, peer: Peer): Promise<Outcome | undefined> {
    const answer = await link.call(
      { method: 'echo', target: targetOf(peer), timeoutMs: ECHO_TIMEOUT_MS },
      { signal: job.signal },
    )
    // Whether it likes an echo or not: whoever answers is there.
    if (answer.ok || answer.failure.step === 'operation') return undefined
    const reason = answer.failure.detail
    return {
      result: 'transient',
      reason,
      holdLane: true,
      settle: (tx, retryAt) => transfers.settle(tx, id, { state: 'queued', reason, retryAt }),
    }
  }

  async function send(
    job: Job,
    transfer: Transfer,
    peer: Peer,
    waiting: WaitingInstance[],
  ): Promise<Outcome | undefined> {
    const { arrived, failure } = await sendInstances(waiting, {
      ...{ transfer: transfer.id, job, peer, transfers, objects, link },
      ...{ transcoder: options.transcoder, scratch: options.scratch, route: routes.find(transfer.cause) },
      onProgress: moved => options.onProgress(transfer.id, job.site ?? '', peer, moved),
    })
    const left = await transfers.waiting(transfer.id)
    if (failure === undefined && left.length === 0) {
      peers.seen(peer.id)
      return undefined
    }
    if (failure === undefined && job.giveWay.aborted)
      return {
        result: 'later',
        dueAt: clock.now(),
        settle: tx =>
          transfers.settle(tx, transfer.id, {
            state: 'queued',
            reason: 'A more urgent transfer goes first.',
          }),
      }
    const unreached = failure !== undefined && failure.step !== 'operation'
    if (!unreached) peers.seen(peer.id)
    const reason = failure?.detail ?? `${left.length} instances were not taken yet.`
    return {
      result: failure?.step === 'operation' ? 'ambiguous' : 'transient',
      reason,
      holdLane: unreached,
      progress: arrived > 0,
      settle: (tx, retryAt) => transfers.settle(tx, transfer.id, { state: 'queued', reason, retryAt }),
    }
  }

  async function confirm(job: Job, id: string, peer: Peer): Promise<Outcome> {
    const committing = commits(peer) ? await askToCommit(id, peer) : undefined
    if (committing !== undefined) return committing
    const seen = await confirmAt({
      ...{ link, peer, transfers, transfer: id, signal: job.signal },
      // What it would not commit itself to is not made good by its list.
      ...(commits(peer) ? { listedIs: { from: 'sent', to: 'confirmed' } } : {}),
    })
    const waitMs = backoffMs(job.attempt)
    const later = (reason: string, before: (tx: Tx) => Promise<void> = async () => {}): Outcome => ({
      result: 'transient',
      reason,
      settle: async tx => {
        await before(tx)
        await transfers.settle(tx, id, { state: 'queued', reason, retryAt: clock.now() + waitMs })
      },
    })
    if (seen.result === 'unreached') return later(seen.reason)
    // Refused in this run or in an earlier one, and not listed there either.
    const { refused, reason } = await transfers.refusals(id)
    if (refused > 0) return failed(id, `${refused} instances were refused: ${reason}`)
    const missing = seen.result === 'known' ? seen.missing : []
    if (missing.length > 0) return unlisted(id, peer, missing, later)
    const silence = await commitments.givenUpBecause(id)
    return {
      result: 'done',
      settle: tx =>
        transfers.settle(
          tx,
          id,
          // Every instance was acknowledged; what this PACS holds it does not say, and that is shown as it is.
          seen.result === 'known'
            ? {
                state: 'confirmed',
                ...(silence === undefined ? {} : { reason: `Listed there; ${silence}.` }),
              }
            : { state: 'sent', reason: seen.reason },
        ),
    }
  }

  /** A peer that commits itself is asked to; undefined where that came to nothing, or where something was refused. */
  async function askToCommit(id: string, peer: Peer): Promise<Outcome | undefined> {
    if ((await transfers.refusals(id)).refused > 0) return undefined
    const { unasked, awaited } = await commitments.standing(id)
    if (unasked.length > 0)
      return { result: 'done', settle: tx => commitments.ask(tx, { id, peer: peer.id }, unasked) }
    return awaited > 0 ? { result: 'done', settle: tx => transfers.awaits(tx, id) } : undefined
  }

  /** Asked again, then sent again, then a person's: a PACS that acknowledges and never lists would be fed for ever. */
  async function unlisted(
    id: string,
    peer: Peer,
    missing: readonly number[],
    later: (reason: string, before: (tx: Tx) => Promise<void>) => Outcome,
  ): Promise<Outcome> {
    const reason = `${missing.length} acknowledged instances are not listed by ${peer.id}.`
    const times = ((await transfers.get(id))?.unlisted ?? 0) + 1
    if (times > CONFIRM_TRIES * SENT_AGAIN_MAX) return failed(id, reason)
    return later(reason, async tx => {
      await transfers.unlisted(tx, id)
      if (times % CONFIRM_TRIES === 0) await transfers.oweAgain(tx, id, missing)
    })
  }

  function failed(id: string, reason: string): Outcome {
    // The transfer itself waits for a person (retry or cancel); its job is over.
    return { result: 'done', settle: tx => transfers.settle(tx, id, { state: 'failed', reason }) }
  }

  return {
    run,
    givenUp: (tx, job, reason, origin) => transfers.abandon(tx, String(job.body['transfer']), reason, origin),
  }
}

/** It answers Storage Commitment for us. */
const commits = (peer: Peer) => peer.may.includes('commit')
