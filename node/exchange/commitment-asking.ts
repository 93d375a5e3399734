import type { Handler, Outcome } from '../outbox/job.js'
import type { Peers } from '../peers/peers.js'
import type { ReceiverLink } from '../peers/receiver-link.js'
import { targetOf } from '../peers/target.js'
import type { Commitments } from './commitments.js'
import { UNREACHED } from './listing.js'
import type { Transfers } from './transfers.js'

/** A PACS that fails at the question itself so often is asked by C-FIND instead. */
const TRIES_MAX = 6
const ANSWER_TIMEOUT_MS = 60_000

/** Puts the question (N-ACTION) to the destination. Asked anew after a crash with the same Transaction UID: it is one question. */
export function askingHandler(options: {
  peers: Peers
  link: ReceiverLink
  commitments: Commitments
  /** How long the association is kept open for an answer on it. */
  waitMs: number
}): Handler {
  const { peers, link, commitments, waitMs } = options

  const refused = (transaction: string, reason: string): Outcome => ({
    result: 'done',
    settle: tx => commitments.givenUp(tx, transaction, 'refused', reason),
  })

  return {
    run: async job => {
      const transaction = String(job.body['transaction'])
      const asked = await commitments.find(transaction)
      if (asked?.state !== 'asking') return { result: 'done' }
      const peer = peers.find(asked.peer)
      if (peer === undefined || !peer.may.includes('commit'))
        return refused(transaction, `${asked.peer} does not answer commitment any more`)
      const answer = await link.call(
        {
          method: 'commit',
          peer: peer.id,
          target: targetOf(peer),
          timeoutMs: ANSWER_TIMEOUT_MS,
          waitMs,
          transactionUID: transaction,
          references: await commitments.references(transaction),
        },
        { signal: job.signal },
      )
      if (answer.ok) {
        peers.seen(peer.id)
        return { result: 'done', settle: tx => commitments.asked(tx, transaction) }
      }
      const { code, detail, step } = answer.failure
      if (UNREACHED.has(code) && step !== 'operation')
        return { result: 'transient', reason: detail, holdLane: true }
      if (code === 'commitment-refused' || code === 'sop-class-refused' || job.attempt >= TRIES_MAX)
        return refused(transaction, `${peer.id} does not take the question: ${detail}`)
      return { result: 'ambiguous', reason: detail }
    },
  }
}

/** The time for an answer is over. */
export function overdueHandler(options: { commitments: Commitments; transfers: Transfers }): Handler {
  const { commitments, transfers } = options
  return {
    run: job => {
      const transaction = String(job.body['transaction'])
      const reason = 'no answer about commitment came in time'
      return Promise.resolve({
        result: 'done',
        settle: tx => commitments.givenUp(tx, transaction, 'overdue', reason),
      })
    },
    // Whoever gives up what waits for an answer gives up the transfer.
    givenUp: async (tx, job, reason, origin) => {
      const asked = await commitments.find(String(job.body['transaction']))
      if (asked !== undefined) await transfers.abandon(tx, asked.transfer, reason, origin)
    },
  }
}
