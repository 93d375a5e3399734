import type { Clock } from '../clock.js'
import type { Handler, Outcome } from '../outbox/job.js'
import type { Peers } from '../peers/peers.js'
import type { ReceiverLink } from '../peers/receiver-link.js'
import { targetOf } from '../peers/target.js'
import type { CommitmentRequests } from './commitment-requests.js'

const REPORT_TIMEOUT_MS = 60_000
/** A modality may be switched off for the night: after the first tries it is not called more often than this. */
const BACKOFF_MAX_MS = 10 * 60_000

/** Tells a peer what became of its request (N-EVENT-REPORT): by calling it, until it has heard or the time is over. */
export function reportingHandler(options: {
  clock: Clock
  peers: Peers
  link: ReceiverLink
  requests: CommitmentRequests
  /** After this an answer nobody could be given is put aside. */
  reportMs: number
}): Handler {
  const { clock, peers, link, requests, reportMs } = options

  return {
    backoffMs: attempt => Math.min(1000 * 2 ** Math.min(attempt - 1, 20), BACKOFF_MAX_MS),
    run: async job => {
      const id = String(job.body['request'])
      const request = await requests.find(id)
      if (request?.state !== 'reporting') return { result: 'done' }
      const undelivered = (reason: string): Outcome => ({
        result: 'done',
        settle: tx => requests.settled(tx, id, 'undelivered', reason),
      })
      const peer = peers.find(request.peer)
      if (peer === undefined) return undelivered('The peer is not registered any more.')
      const answer = await link.call(
        {
          method: 'report',
          target: targetOf(peer),
          timeoutMs: REPORT_TIMEOUT_MS,
          association: request.association,
          report: await requests.report(id),
        },
        { signal: job.signal },
      )
      if (answer.ok) {
        peers.seen(peer.id)
        return { result: 'done', settle: tx => requests.settled(tx, id, 'reported') }
      }
      const { code, detail, step } = answer.failure
      // It heard, and will not have it: said again it would be no truer.
      if (code === 'commitment-refused') return undelivered(detail)
      if (clock.now() >= request.received_at + reportMs) return undelivered(detail)
      return { result: 'transient', reason: detail, holdLane: step !== 'operation' }
    },
  }
}

/** The routes' destinations have had their time. */
export function relayOverdueHandler(requests: CommitmentRequests): Handler {
  return {
    run: job =>
      Promise.resolve({ result: 'done', settle: tx => requests.overdue(tx, String(job.body['request'])) }),
  }
}
