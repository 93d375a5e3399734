import { decodeDataset } from '../format/dataset.js'
import { type CommandSet, encodeCommand, priority } from './command.js'
import { type Dialogue, endText } from './dialogue.js'
import { encodeMessage } from './fragments.js'
import { type DataSetReceiver, discard, gather } from './messages.js'
import type { QueryLimits } from './query-scu.js'
import { cancelRequest, getRequest, moveRequest } from './requests.js'
import { queryStatus, type StatusMeaning } from './status.js'
import { countsOf, type SubOperationCounts } from './sub-operations.js'

export interface RetrieveRequest {
  /** PS3.4 C.6: study root or patient root, move or get. It must have been accepted. */
  sopClassUID: string
  /** The AE title the peer shall send to: then it is a C-MOVE. Absent: a C-GET, which comes on this association. */
  destination?: string
  /** What the C-STOREs of a C-MOVE will name as (0000,1031); any free one where left out. 1 to 65535. */
  messageId?: number
  identifier: (transferSyntaxUID: string) => Buffer
  /** Aborted = C-CANCEL; where the peer does not heed it in time the association is aborted. */
  cancel: AbortSignal
  /** The counters, as often as the peer gives them. */
  onProgress(counts: SubOperationCounts): void
}

export type RetrieveOutcome =
  /** The final status, with what the peer counted; only `failed` instances are named by it. */
  | {
      outcome: 'answered'
      status: number
      meaning: StatusMeaning
      comment?: string
      counts: SubOperationCounts
      failed: string[]
    }
  /** The association ended first. */
  | { outcome: 'unanswered'; counts: SubOperationCounts; reason: string }
  /** The peer accepted no context for this SOP class. */
  | { outcome: 'not-negotiated' }

/** One C-MOVE or C-GET (PS3.4 C.4.2, C.4.3) on an association of ours. */
export function retrieve(
  dialogue: Dialogue,
  request: RetrieveRequest,
  limits: QueryLimits,
  abort: (cause: string) => void,
): Promise<RetrieveOutcome> {
  const context = [...dialogue.contexts.values()].find(each => each.abstractSyntax === request.sopClassUID)
  if (!context) return Promise.resolve({ outcome: 'not-negotiated' })
  const { id: contextId, transferSyntax } = context
  return new Promise(resolve => {
    let counts: SubOperationCounts = { remaining: 0, completed: 0, failed: 0, warning: 0 }
    let cancelTimer: NodeJS.Timeout | undefined

    const settle = (outcome: RetrieveOutcome) => {
      clearTimeout(cancelTimer)
      request.cancel.removeEventListener('abort', cancel)
      dialogue.settled(messageId)
      resolve(outcome)
    }
    const cancel = () => {
      cancelTimer = setTimeout(() => abort('the peer does not heed a cancel'), limits.cancelTimeoutMs)
      dialogue.say(contextId, cancelRequest(messageId))
    }
    const answered = (command: CommandSet, list?: Buffer) => {
      const status = command.Status ?? 0
      const meaning = queryStatus(status)
      const failed = list === undefined ? [] : failedInstances(list, transferSyntax)
      const comment = command.ErrorComment || undefined
      // After a cancel alone is anything left; a peer need not say so.
      const remaining = meaning.class === 'cancelled' ? counts.remaining : 0
      settle({
        outcome: 'answered',
        status,
        meaning,
        comment,
        counts: { ...counts, remaining },
        failed,
      })
    }
    const response = (command: CommandSet): DataSetReceiver | undefined => {
      counts = countsOf(command, counts)
      if (queryStatus(command.Status ?? 0).class === 'pending') {
        request.onProgress(counts)
        return command.hasDataSet ? discard(() => undefined) : undefined
      }
      if (!command.hasDataSet) {
        answered(command)
        return undefined
      }
      return gather(limits.maxIdentifierBytes, list => answered(command, list))
    }
    const messageId = dialogue.expect(
      {
        response,
        ended: end => settle({ outcome: 'unanswered', counts, reason: endText(end) }),
      },
      request.messageId,
    )
    const { sopClassUID, destination } = request
    const command =
      destination === undefined
        ? getRequest(messageId, sopClassUID, priority.medium)
        : moveRequest(messageId, sopClassUID, priority.medium, destination)
    const keys = request.identifier(transferSyntax)
    dialogue.transmit(send =>
      send([encodeMessage(contextId, dialogue.peerMaxPduBytes, encodeCommand(command), keys)]),
    )
    if (request.cancel.aborted) cancel()
    else request.cancel.addEventListener('abort', cancel, { once: true })
  })
}

/** Failed SOP Instance UID List (0008,0058); what cannot be read names nobody. */
function failedInstances(list: Buffer, transferSyntaxUID: string): string[] {
  try {
    const { FailedSOPInstanceUIDList: uids } = decodeDataset(list, transferSyntaxUID)
    return (Array.isArray(uids) ? uids : [uids]).filter(
      (uid): uid is string => typeof uid === 'string' && uid !== '',
    )
  } catch {
    // The counters have said how many failed; which ones, nobody will know.
    return []
  }
}
