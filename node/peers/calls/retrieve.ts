import { encodeDataset } from '../../dicom/format/dataset.js'
import type { RetrieveOutcome } from '../../dicom/network/requestor.js'
import { statusText } from '../../dicom/network/status.js'
import { knownTransferSyntaxes, SOPClass, storageSOPClasses, TransferSyntax } from '../../dicom/uids.js'
import { contextsOf, invoked } from '../service-table.js'
import type { CallAnswer, CallFailure, CallRequest } from '../wire.js'
import { associate, type CallHouse } from './house.js'

type Retrieve = Extract<CallRequest, { method: 'retrieve' }>

/** A peer may work for long without a word; the node watches what arrives, and gives up by a cancel. */
const BACKSTOP_MS = 60 * 60_000
/** One of the 128 is the retrieval's own. */
const STORAGE_CONTEXTS_MAX = 127

/** C-MOVE to ourselves, or C-GET (PS3.4 C.4.2, C.4.3). An end of the signal is a C-CANCEL. */
export async function retrieve(request: Retrieve, house: CallHouse): Promise<CallAnswer> {
  const { target, move } = request
  const patient = { ...house, timers: { ...house.timers, responseTimeoutMs: BACKSTOP_MS } }
  const association = move
    ? await associate(target, contextsOf(invoked.move), patient)
    : await associate(target, [...contextsOf(invoked.get), ...storageContexts(request.sopClasses)], patient, {
        roles: classesOf(request.sopClasses).map(sopClassUID => ({ sopClassUID, scu: false, scp: true })),
        store: context =>
          house.keep(
            {
              ...context,
              association: {
                id: request.association,
                peer: request.peer,
                callingAETitle: target.calledAETitle,
                calledAETitle: target.callingAETitle,
                address: target.host,
              },
            },
            request.retrieval,
          ),
      })
  try {
    const outcome = await association.retrieve({
      sopClassUID: move ? SOPClass.StudyRootMove : SOPClass.StudyRootGet,
      ...move,
      identifier: syntax => encodeDataset({ QueryRetrieveLevel: request.level, ...request.keys }, syntax),
      cancel: house.signal,
      onProgress: house.onCounts,
    })
    return answerOf(outcome, move ? 'C-MOVE' : 'C-GET')
  } finally {
    await association.release()
  }
}

function answerOf(outcome: RetrieveOutcome, service: string): CallAnswer {
  const failure = (code: string, detail: string): CallAnswer => ({
    method: 'retrieve',
    ok: false,
    failure: { step: 'operation', code, detail } satisfies CallFailure,
  })
  switch (outcome.outcome) {
    case 'answered': {
      const { status, meaning, comment, counts, failed } = outcome
      const words = `${statusText(status)} ${comment ?? meaning.meaning}`
      return { method: 'retrieve', ok: true, status, comment: words, counts, failed }
    }
    case 'unanswered':
      return failure('not-answering', outcome.reason)
    case 'not-negotiated':
      return failure('sop-class-refused', `${service} (Study Root) is not accepted`)
  }
}

function classesOf(known: readonly string[]): string[] {
  const classes = known.length > 0 ? known : [...storageSOPClasses.keys()]
  return classes.slice(0, STORAGE_CONTEXTS_MAX)
}

/** Compressed ones by how often they are met, since not all of them fit. */
const compressed = [
  TransferSyntax.JPEGLosslessSV1,
  TransferSyntax.JPEG2000Lossless,
  TransferSyntax.JPEGBaseline,
  TransferSyntax.JPEGLSLossless,
  TransferSyntax.JPEG2000,
  TransferSyntax.JPEGExtended,
  TransferSyntax.RLELossless,
  TransferSyntax.JPEGLossless,
]

/**
 * A context for each class uncompressed, and as many more as fit, one for each compressed transfer syntax: what a PACS
 * keeps compressed then comes as it is, and nothing is decoded on the way.
 */
function storageContexts(known: readonly string[]): { abstractSyntax: string; transferSyntaxes: string[] }[] {
  const classes = classesOf(known)
  const rest = knownTransferSyntaxes.map(({ uid }) => uid).filter(uid => !uncompressedUIDs.has(uid))
  const all = [...new Set<string>([...compressed, ...rest])]
  const each = Math.floor(STORAGE_CONTEXTS_MAX / classes.length)
  return classes.flatMap(abstractSyntax => [
    { abstractSyntax, transferSyntaxes: [...uncompressedUIDs] },
    ...all.slice(0, each - 1).map(uid => ({ abstractSyntax, transferSyntaxes: [uid] })),
  ])
}

const uncompressedUIDs = new Set<string>([
  TransferSyntax.ExplicitVRLittleEndian,
  TransferSyntax.ImplicitVRLittleEndian,
])
