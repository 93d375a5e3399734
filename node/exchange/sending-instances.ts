import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { storeStatus } from '../dicom/network/status.js'
import type { Transcoder } from '../dicom/transcoder.js'
import type { Objects } from '../objects/objects.js'
import type { Job } from '../outbox/job.js'
import type { Peer } from '../peers/peer.js'
import type { ReceiverLink } from '../peers/receiver-link.js'
import { targetOf } from '../peers/target.js'
import type { RouteView } from '../peers/view.js'
import type { CallFailure, InstanceResult, InstanceToSend } from '../peers/wire.js'
import { encodingAfterRefusal, encodingFor } from './encoding.js'
import type { WaitingInstance } from './transfer-instances.js'
import type { Transfers } from './transfers.js'

export interface Sent {
  /** Instances that arrived in this call. */
  arrived: number
  /** What ended it early; undefined where every instance has its own result, or it gave way. */
  failure: CallFailure | undefined
}

export interface SendingHouse {
  transfers: Pick<Transfers, 'results'>
  objects: Pick<Objects, 'path'>
  link: ReceiverLink
  transcoder: Transcoder
  /** Folder of derived files: each is there as long as it is being sent. */
  scratch: string
}

/** Written anew and sent together: while one batch is on the wire, the next is being written. */
const BATCH_INSTANCES = 16

/** One instance on its way: what it is to be written in, and what became of earlier attempts at that. */
interface Outgoing {
  instance: WaitingInstance
  /** Undefined: as it was received. */
  to: string | undefined
  remark?: string
}

/**
 * Sends what a transfer still owes; each result is kept as it comes, with the bytes that moved. Objects are written
 * in another transfer syntax where the route says so, or where the peer refuses theirs and the route allows it: what
 * cannot be written anew, or is refused so, goes as it was received.
 */
export async function sendInstances(
  waiting: readonly WaitingInstance[],
  options: SendingHouse & {
    transfer: string
    job: Job
    peer: Peer
    route: RouteView | undefined
    onProgress(arrived: { instances: number; bytes: number }): void
  },
): Promise<Sent> {
  const { transfer, job, route } = options
  const folder = join(options.scratch, 'transcoded', transfer)
  const sent: Sent = { arrived: 0, failure: undefined }
  let round: Outgoing[] = waiting.map(instance => ({
    instance,
    to: encodingFor(instance.transferSyntaxUID, route),
  }))
  try {
    while (round.length > 0 && sent.failure === undefined) {
      const refused: Outgoing[] = []
      const batches = batchesOf(round)
      let prepared = prepare(batches[0] ?? [], folder, options)
      for (const [at] of batches.entries()) {
        const ready = await prepared
        const next = batches[at + 1]
        if (next !== undefined) prepared = prepare(next, folder, options)
        const { arrived, failure } = await sendBatch(ready, refused, options)
        sent.arrived += arrived
        sent.failure = failure
        for (const { derived } of ready)
          if (derived !== undefined) await rm(derived.folder, { recursive: true, force: true })
        if (failure !== undefined || job.giveWay.aborted || job.signal.aborted) {
          await prepared // nothing is written behind our back
          return sent
        }
      }
      round = refused
    }
    return sent
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** Everything at once where nothing is written anew. */
function batchesOf(round: readonly Outgoing[]): Outgoing[][] {
  if (round.every(({ to }) => to === undefined)) return [[...round]]
  const batches: Outgoing[][] = []
  for (let at = 0; at < round.length; at += BATCH_INSTANCES)
    batches.push(round.slice(at, at + BATCH_INSTANCES))
  return batches
}

interface Ready extends Outgoing {
  send: InstanceToSend
  derived: { folder: string } | undefined
}

async function prepare(
  batch: readonly Outgoing[],
  folder: string,
  { objects, transcoder, job }: SendingHouse & { job: Job },
): Promise<Ready[]> {
  const ready: Ready[] = []
  for (const outgoing of batch) {
    const { instance, to } = outgoing
    const file = objects.path(instance)
    const asReceived: InstanceToSend = {
      index: instance.id,
      path: file,
      datasetOffset: instance.datasetOffset,
      datasetBytes: instance.bytes - instance.datasetOffset,
      sopClassUID: instance.sopClassUID,
      sopInstanceUID: instance.uid,
      transferSyntaxUID: instance.transferSyntaxUID,
    }
    if (to === undefined || job.signal.aborted || job.giveWay.aborted) {
      ready.push({ ...outgoing, to: undefined, send: asReceived, derived: undefined })
      continue
    }
    const own = join(folder, `${instance.name}-${to}`)
    const transcoded = await transcoder.transcode({ file, ...instance }, to, own)
    if ('failed' in transcoded) {
      const remark = `sent as received: ${transcoded.failed}`
      ready.push({ ...outgoing, to: undefined, remark, send: asReceived, derived: undefined })
      continue
    }
    const { made } = transcoded
    ready.push({
      ...outgoing,
      derived: { folder: own },
      send: {
        ...asReceived,
        path: made.file,
        datasetOffset: made.datasetOffset,
        datasetBytes: made.bytes - made.datasetOffset,
        transferSyntaxUID: to,
      },
    })
  }
  return ready
}

async function sendBatch(
  batch: readonly Ready[],
  refused: Outgoing[],
  options: Omit<SendingHouse, 'scratch' | 'transcoder'> & {
    transfer: string
    job: Job
    peer: Peer
    route: RouteView | undefined
    onProgress(arrived: { instances: number; bytes: number }): void
  },
): Promise<Sent> {
  const { transfer, job, peer, transfers, link, route } = options
  const outgoing = new Map(batch.map(ready => [ready.instance.id, ready]))
  const bytesOf = (index: number) => outgoing.get(index)?.instance.bytes ?? 0
  let kept: Promise<void> = Promise.resolve()
  let storing: unknown
  let arrived = 0

  const keep = async (results: readonly InstanceResult[]) => {
    const final = results.filter(result => {
      const again = afterRefusal(result, outgoing.get(result.index), route)
      if (again !== undefined) refused.push(again)
      return again === undefined
    })
    await transfers.results(
      transfer,
      final.map(result => {
        const { to, remark } = outgoing.get(result.index) ?? {}
        const reason = [result.reason, remark].filter(text => text !== undefined).join('; ')
        return {
          ...result,
          ...(reason === '' ? {} : { reason }),
          ...(to === undefined ? {} : { sentAs: to }),
          bytes: bytesOf(result.index),
          permanent: isPermanent(result),
        }
      }),
    )
    const here = final.filter(({ outcome }) => outcome === 'stored' || outcome === 'warning')
    arrived += here.length
    options.onProgress({
      instances: here.length,
      bytes: here.reduce((sum, { index }) => sum + bytesOf(index), 0),
    })
  }

  const answer = await link.call(
    {
      method: 'send',
      target: targetOf(peer),
      associations: peer.associations,
      instances: batch.map(({ send }) => send),
    },
    {
      signal: job.signal,
      giveWay: job.giveWay,
      onSent: results => {
        kept = kept
          .then(() => keep(results))
          .catch(thrown => {
            storing ??= thrown
          })
      },
    },
  )
  await kept
  if (storing !== undefined) throw storing
  return {
    arrived,
    failure: answer.ok ? (answer.method === 'send' ? answer.failure : undefined) : answer.failure,
  }
}

/** Written anew and not wanted so: as it was received. Not wanted so either: in what the peer does take, where that is allowed. */
function afterRefusal(
  { outcome, alternative, reason }: InstanceResult,
  outgoing: Outgoing | undefined,
  route: RouteView | undefined,
): Outgoing | undefined {
  if (outcome !== 'not-accepted' || outgoing === undefined) return undefined
  const { instance, to, remark } = outgoing
  if (to !== undefined && to === encodingFor(instance.transferSyntaxUID, route))
    return {
      instance,
      to: undefined,
      remark: `sent as received: ${reason ?? 'its new encoding is not taken'}`,
    }
  // Tried once: what could not be written in it, or is still not taken, is not tried for ever.
  if (to !== undefined || remark !== undefined) return undefined
  const next = encodingAfterRefusal(instance.transferSyntaxUID, alternative, route)
  return next === undefined ? undefined : { instance, to: next }
}

/** Whether trying again by itself is pointless. */
function isPermanent(result: InstanceResult): boolean {
  if (result.outcome === 'not-accepted') return true
  if (result.outcome !== 'refused') return false
  return result.status === undefined || storeStatus(result.status).class !== 'failure-retry'
}
