import type { Clock } from '../clock.js'
import type { Tx } from '../database.js'
import { storeStatus } from '../dicom/network/status.js'
import type { Objects } from '../objects/objects.js'
import { backoffMs, type Handler, type Job, type Outcome } from '../outbox/job.js'
import type { Peer } from '../peers/peer.js'
import type { Peers } from '../peers/peers.js'
import type { ReceiverLink } from '../peers/receiver-link.js'
import { targetOf } from '../peers/target.js'
import type { InstanceResult } from '../peers/wire.js'
import type { Commitments } from './commitments.js'
import { confirmAt } from './confirming.js'
import type { WaitingInstance } from './transfer-instances.js'
import type { Transfer, Transfers } from './transfers.js'

/** A PACS indexes after it acknowledges: asked again this often before "it is not there" is believed. */
const CONFIRM_TRIES = 5
/** And this often what it acknowledged and does not list is sent once more. */
const SENT_AGAIN_MAX = 2

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
  /** Something of it moved; `site` owns the study, `destination` the peer. */
  onProgress(transfer: string, site: string, destination: string): void
}): Handler {
  const { peers, transfers, objects, link, clock, commitments } = options

  async function run(job: Job): Promise<Outcome> {
    const id = String(job.body['transfer'])
    const transfer = await transfers.get(id)
    if (transfer === undefined || transfer.state === 'cancelled') return { result: 'done' }
    if (transfer.state === 'confirmed' && (await transfers.waiting(id)).length === 0)
      return { result: 'done' }
    const peer = peers.find(transfer.peer)
    if (peer === undefined) return failed(id, `The peer "${transfer.peer}" is not registered any more.`)
    await transfers.began(id)
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

  async function send(
    job: Job,
    transfer: Transfer,
    peer: Peer,
    waiting: WaitingInstance[],
  ): Promise<Outcome | undefined> {
    const bytes = new Map(waiting.map(instance => [instance.id, instance.bytes]))
    let kept: Promise<void> = Promise.resolve()
    let storing: unknown
    let arrived = 0
    const answer = await link.call(
      {
        method: 'send',
        target: targetOf(peer),
        associations: peer.associations,
        instances: waiting.map(instance => ({
          index: instance.id,
          path: objects.path(instance),
          datasetOffset: instance.datasetOffset,
          datasetBytes: instance.bytes - instance.datasetOffset,
          sopClassUID: instance.sopClassUID,
          sopInstanceUID: instance.uid,
          transferSyntaxUID: instance.transferSyntaxUID,
        })),
      },
      {
        signal: job.signal,
        onSent: results => {
          arrived += results.filter(({ outcome }) => outcome === 'stored' || outcome === 'warning').length
          kept = kept
            .then(() =>
              transfers.results(
                transfer.id,
                results.map(result => ({
                  ...result,
                  bytes: bytes.get(result.index) ?? 0,
                  permanent: isPermanent(result),
                })),
              ),
            )
            .then(() => options.onProgress(transfer.id, job.site ?? '', peer.site))
            .catch(thrown => {
              storing ??= thrown
            })
        },
      },
    )
    await kept
    if (storing !== undefined) throw storing
    const failure = answer.ok ? (answer.method === 'send' ? answer.failure : undefined) : answer.failure
    const left = await transfers.waiting(transfer.id)
    if (failure === undefined && left.length === 0) {
      peers.seen(peer.id)
      return undefined
    }
    const unreached = failure !== undefined && failure.step !== 'operation'
    if (!unreached) peers.seen(peer.id)
    const reason = failure?.detail ?? `${left.length} instances were not taken yet.`
    return {
      result: failure?.step === 'operation' ? 'ambiguous' : 'transient',
      reason,
      holdLane: unreached,
      progress: arrived > 0,
      settle: tx =>
        transfers.settle(tx, transfer.id, {
          state: 'queued',
          reason,
          retryAt: clock.now() + backoffMs(arrived > 0 ? 1 : job.attempt),
        }),
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

/** Whether trying again by itself is pointless (promises.md, "Sending"). */
function isPermanent(result: InstanceResult): boolean {
  if (result.outcome === 'not-accepted') return true
  if (result.outcome !== 'refused') return false
  return result.status === undefined || storeStatus(result.status).class !== 'failure-retry'
}
