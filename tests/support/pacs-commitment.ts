import type { ExecutionContext } from 'ava'
import { studyAttributes } from '../../node/dicom/format/attributes.js'
import { encodeDataset } from '../../node/dicom/format/dataset.js'
import { readHeader } from '../../node/dicom/format/header.js'
import { matches } from '../../node/dicom/matching.js'
import type { CommitmentReport, CommitmentRequest } from '../../node/dicom/network/commitment.js'
import type { CommitmentContext } from '../../node/dicom/network/services.js'
import { SOPClass, TransferSyntax } from '../../node/dicom/uids.js'
import { keysOf } from '../../node/peers/identifiers.js'
import { asking, everything, listen } from './acceptors.js'
import { eventually } from './children.js'

export type Answers = (
  request: CommitmentRequest,
  /** Which request of its life it is, from 1. */
  number: number,
) => Omit<CommitmentReport, 'transactionUID'>

/** A PACS (or a modality) of our own engine that asks for commitment and answers it as it is told to. */
export interface Committing {
  port: number
  stop(): Promise<void>
  /** SOP Instance UIDs that arrived, in order. */
  stored: string[]
  /** What it was asked to commit itself to. */
  requests: CommitmentRequest[]
  /** What it was told about its own requests. */
  reports: CommitmentReport[]
  /** Says something about a transaction, on an association of its own; gives the node's answer. */
  report(node: number, report: CommitmentReport, aeTitle?: string): Promise<Said>
  /** Asks the node; `stays` keeps the association until an answer has come on it. */
  ask(node: number, request: CommitmentRequest, options?: { stays: boolean }): Promise<Said>
}

type Said = { status: number; comment?: string | undefined } | undefined

const CONTEXTS = [
  {
    abstractSyntax: SOPClass.StorageCommitmentPushModel,
    transferSyntaxes: [TransferSyntax.ImplicitVRLittleEndian],
  },
]

/**
 * Without `answers` it takes requests and says nothing by itself. With them it answers on the same association, when
 * `before` is over. `refuses` is its status for every request.
 */
export async function openCommittingPacs(
  t: ExecutionContext,
  options: {
    aeTitle: string
    answers?: Answers
    before?: Promise<void>
    refuses?: number
    port?: number
    /** SOP classes it accepts; all unless told. */
    takes?: (uid: string) => boolean
    /** Where it calls when its answer is late. */
    node?: () => number
  },
): Promise<Committing> {
  const { aeTitle } = options
  const stored: string[] = []
  const requests: CommitmentRequest[] = []
  const reports: CommitmentReport[] = []
  const index = new Map<string, Record<string, string>>()
  const commitment = {
    reported: (_context: unknown, report: CommitmentReport) => {
      reports.push(report)
      return Promise.resolve({ status: 0 })
    },
  }
  const { port, acceptor } = await listen(t, {
    ...(options.port === undefined ? {} : { port: options.port }),
    admit: () => ({
      ...everything,
      abstractSyntaxes: options.takes ?? everything.abstractSyntaxes,
      scpRole: uid => uid === SOPClass.StorageCommitmentPushModel,
    }),
    services: {
      store: context => {
        const chunks: Buffer[] = []
        return {
          write: chunk => chunks.push(chunk) > 0,
          drained: () => Promise.resolve(),
          end: async () => {
            const header = await readHeader(Buffer.concat(chunks), { datasetOffset: 0, ...context })
            stored.push(context.sopInstanceUID)
            index.set(context.sopInstanceUID, { ...texts(studyAttributes(header)) })
            return { status: 0 }
          },
          abort: () => undefined,
        }
      },
      find: async function* (_context, identifier, syntax) {
        const keys = keysOf(identifier, syntax)
        for (const record of index.values())
          if (matches(keys, record))
            yield encodeDataset(
              Object.fromEntries(Object.keys(keys).map(key => [key, keys[key] || record[key] || ''])),
              syntax,
            )
      },
      commitment: {
        ...commitment,
        requested: (context, request) => {
          if (options.refuses !== undefined) return Promise.resolve({ status: options.refuses })
          requests.push(request)
          void answer(context, request, requests.length)
          return Promise.resolve({ status: 0 })
        },
      },
    },
  })
  const answer = async (context: CommitmentContext, request: CommitmentRequest, number: number) => {
    await options.before
    if (options.answers === undefined) return
    const report = { transactionUID: request.transactionUID, ...options.answers(request, number) }
    const said = await context.report(report)
    // The node does not stay for ever: then it is called.
    if (said.outcome !== 'answered' && options.node !== undefined) await pacs.report(options.node(), report)
  }
  const pacs: Committing = {
    port,
    stop: () => acceptor.close(),
    stored,
    requests,
    reports,
    report: async (node, report, callingAETitle = aeTitle) => {
      const association = await asking(node, {
        callingAETitle,
        contexts: CONTEXTS,
        roles: [{ sopClassUID: SOPClass.StorageCommitmentPushModel, scu: false, scp: true }],
      })
      const outcome = await association.reportCommitment(report)
      await association.release()
      return outcome.outcome === 'answered' ? outcome : undefined
    },
    ask: async (node, request, { stays } = { stays: false }) => {
      const association = await asking(node, { callingAETitle: aeTitle, contexts: CONTEXTS, commitment })
      const outcome = await association.requestCommitment(request)
      if (stays)
        await eventually('an answer on the association', () =>
          reports.some(({ transactionUID }) => transactionUID === request.transactionUID) ? true : undefined,
        )
      await association.release()
      return outcome.outcome === 'answered' ? outcome : undefined
    },
  }
  return pacs
}

function texts(attributes: object): Record<string, string> {
  return Object.fromEntries(
    Object.entries(attributes).flatMap(([keyword, value]) =>
      typeof value === 'string' || typeof value === 'number' ? [[keyword, String(value)]] : [],
    ),
  )
}
