import { storeStatus } from '../dicom/network/status.js'
import type { Objects } from '../objects/objects.js'
import type { Job } from '../outbox/job.js'
import type { Peer } from '../peers/peer.js'
import type { ReceiverLink } from '../peers/receiver-link.js'
import { targetOf } from '../peers/target.js'
import type { CallFailure, InstanceResult } from '../peers/wire.js'
import type { WaitingInstance } from './transfer-instances.js'
import type { Transfers } from './transfers.js'

export interface Sent {
  /** Instances that arrived in this call. */
  arrived: number
  /** What ended it early; undefined where every instance has its own result, or it gave way. */
  failure: CallFailure | undefined
}

/** One C-STORE call with what a transfer still owes; each result is kept as it comes, with the bytes that moved. */
export async function sendInstances(
  waiting: readonly WaitingInstance[],
  options: {
    transfer: string
    job: Job
    peer: Peer
    transfers: Pick<Transfers, 'results'>
    objects: Pick<Objects, 'path'>
    link: ReceiverLink
    onProgress(arrived: { instances: number; bytes: number }): void
  },
): Promise<Sent> {
  const { transfer, job, peer, transfers, objects, link } = options
  const bytes = new Map(waiting.map(instance => [instance.id, instance.bytes]))
  let kept: Promise<void> = Promise.resolve()
  let storing: unknown
  let arrived = 0
  const keep = async (results: InstanceResult[]) => {
    await transfers.results(
      transfer,
      results.map(result => ({
        ...result,
        bytes: bytes.get(result.index) ?? 0,
        permanent: isPermanent(result),
      })),
    )
    const here = results.filter(({ outcome }) => outcome === 'stored' || outcome === 'warning')
    arrived += here.length
    options.onProgress({
      instances: here.length,
      bytes: here.reduce((sum, { index }) => sum + (bytes.get(index) ?? 0), 0),
    })
  }
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

/** Whether trying again by itself is pointless (promises.md, "Sending"). */
function isPermanent(result: InstanceResult): boolean {
  if (result.outcome === 'not-accepted') return true
  if (result.outcome !== 'refused') return false
  return result.status === undefined || storeStatus(result.status).class !== 'failure-retry'
}
