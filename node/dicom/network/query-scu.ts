import { type CommandSet, encodeCommand, priority } from './command.js'
import { type Dialogue, endText } from './dialogue.js'
import { encodeMessage } from './fragments.js'
import { type DataSetReceiver, discard, gather } from './messages.js'
import { cancelRequest, findRequest } from './requests.js'
import { dimseStatus, queryStatus, type StatusMeaning } from './status.js'

export interface FindQuery {
  /** PS3.4 C.6: study root, patient root, modality worklist… It must have been accepted. */
  sopClassUID: string
  /** Encoded in the transfer syntax of the accepted context; a function gets that one. */
  identifier: Buffer | ((transferSyntaxUID: string) => Buffer)
  /** At this many matches the query is cancelled. */
  maximum: number
  /** Each match's identifier in the given transfer syntax, at most `maximum` times. */
  onMatch(identifier: Buffer, transferSyntaxUID: string): void
}

export type FindOutcome =
  /** All there is; `matches` may be 0. */
  | { outcome: 'complete'; matches: number }
  /** There is more than `maximum`. */
  | { outcome: 'cut'; matches: number }
  /** The peer will not (A7xx, 0122, 0124…), now or ever: see `meaning.class`. */
  | { outcome: 'refused'; matches: number; status: number; meaning: StatusMeaning; comment?: string }
  /** The peer tried and could not (A9xx, Cxxx…). */
  | { outcome: 'failed'; matches: number; status: number; meaning: StatusMeaning; comment?: string }
  /** The association ended first. */
  | { outcome: 'unanswered'; matches: number; reason: string }
  /** The peer accepted no context for this SOP class. */
  | { outcome: 'not-negotiated' }

export interface QueryLimits {
  maxIdentifierBytes: number
  /** From C-CANCEL to the final response; then the association is aborted. */
  cancelTimeoutMs: number
}

/** One C-FIND (PS3.4 C.4.1) on an association of ours. */
export async function find(
  dialogue: Dialogue,
  query: FindQuery,
  limits: QueryLimits,
  abort: (cause: string) => void,
): Promise<FindOutcome> {
  const context = [...dialogue.contexts.values()].find(each => each.abstractSyntax === query.sopClassUID)
  if (!context) return { outcome: 'not-negotiated' }
  const { id: contextId, transferSyntax } = context
  const { identifier } = query
  const keys = typeof identifier === 'function' ? identifier(transferSyntax) : identifier
  return new Promise((resolve, reject) => {
    let matches = 0
    let cancelTimer: NodeJS.Timeout | undefined

    const settle = (outcome: FindOutcome) => {
      clearTimeout(cancelTimer)
      dialogue.settled(messageId)
      resolve(outcome)
    }
    const cancel = () => {
      if (cancelTimer) return
      cancelTimer = setTimeout(() => abort('the peer does not heed a cancel'), limits.cancelTimeoutMs)
      dialogue.say(contextId, cancelRequest(messageId))
    }
    const matched = (match: Buffer | undefined) => {
      if (match === undefined) return abort('the peer sends an identifier that is too long')
      if (matches === query.maximum) return cancel()
      matches += 1
      try {
        query.onMatch(match, transferSyntax)
      } catch (thrown) {
        reject(thrown)
        abort('a match could not be used')
      }
    }
    const response = (command: CommandSet): DataSetReceiver | undefined => {
      const status = command.Status ?? 0
      if (queryStatus(status).class === 'pending')
        return command.hasDataSet ? gather(limits.maxIdentifierBytes, matched) : undefined
      settle(finalOutcome(command, matches, cancelTimer !== undefined))
      return command.hasDataSet ? discard(() => undefined) : undefined
    }
    const messageId = dialogue.expect({
      response,
      ended: end => settle({ outcome: 'unanswered', matches, reason: endText(end) }),
    })
    const command = encodeCommand(findRequest(messageId, query.sopClassUID, priority.medium))
    dialogue.transmit(send => send([encodeMessage(contextId, dialogue.peerMaxPduBytes, command, keys)]))
  })
}

function finalOutcome(command: CommandSet, matches: number, cut: boolean): FindOutcome {
  const status = command.Status ?? 0
  if (cut && (status === dimseStatus.cancelled || status === dimseStatus.success))
    return { outcome: 'cut', matches }
  if (status === dimseStatus.success) return { outcome: 'complete', matches }
  const meaning = queryStatus(status)
  const comment = command.ErrorComment || undefined
  const refused = meaning.class === 'failure-retry' || isRefusal(status)
  return { outcome: refused ? 'refused' : 'failed', matches, status, meaning, comment }
}

/** The peer did not try: SOP class not supported, not authorised, unrecognised operation. */
function isRefusal(status: number): boolean {
  return (
    status === dimseStatus.sopClassNotSupported ||
    status === dimseStatus.notAuthorised ||
    status === dimseStatus.unrecognizedOperation
  )
}
