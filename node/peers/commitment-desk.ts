import type { CommitmentReport } from '../dicom/network/commitment.js'
import type { CommitmentOutcome } from '../dicom/network/commitment-scu.js'
import type { CommitmentContext, CommitmentService, StoreResult } from '../dicom/network/services.js'
import type { CommitmentWord, WordAnswer } from './wire.js'

export interface CommitmentDesk {
  /** What an association of this peer may say to us: it asks where it may store, it answers where it may commit. */
  service(peer: string, rights: { asks: boolean; answers: boolean }): CommitmentService
  answered(answer: WordAnswer): void
  /** N-EVENT-REPORT on the association the request came by; undefined where that is over. */
  reportOn(association: string, report: CommitmentReport): Promise<CommitmentOutcome> | undefined
}

/** Requests and answers of Storage Commitment between the sockets and the database: none is acknowledged before its commit. */
export function openCommitmentDesk(send: (word: CommitmentWord) => void): CommitmentDesk {
  const waiting = new Map<number, (answer: StoreResult) => void>()
  /** Associations on which somebody asked, to answer on where the peer cannot be called. */
  const asking = new Map<string, CommitmentContext>()
  let lastId = 0

  const hand = (word: Omit<CommitmentWord, 'id'>) =>
    new Promise<StoreResult>(resolve => {
      const id = ++lastId
      waiting.set(id, resolve)
      send({ ...word, id })
    })

  return {
    service: (peer, { asks, answers }) => ({
      ...(asks
        ? {
            requested: (context, { transactionUID, references }) => {
              for (const [id, each] of asking) if (!each.open) asking.delete(id)
              asking.set(context.association.id, context)
              return hand({ ...from(peer, context), kind: 'request', transactionUID, references, failed: [] })
            },
          }
        : {}),
      ...(answers
        ? {
            reported: (context, { transactionUID, committed, failed }) =>
              hand({ ...from(peer, context), kind: 'report', transactionUID, references: committed, failed }),
          }
        : {}),
    }),
    answered: ({ id, ...answer }) => {
      waiting.get(id)?.(answer)
      waiting.delete(id)
    },
    reportOn: (association, report) => {
      const context = asking.get(association)
      return context?.open === true ? context.report(report) : undefined
    },
  }
}

function from(peer: string, { association }: CommitmentContext) {
  const { id, callingAETitle, address } = association
  return { peer, association: id, callingAETitle, address }
}
