import { SOPClass, STORAGE_COMMITMENT_INSTANCE } from '../uids.js'
import type { CommandSet } from './command.js'
import {
  COMMITMENT_ACTION,
  type CommitmentReport,
  type CommitmentRequest,
  commitmentEvent,
  encodeReport,
  encodeRequest,
} from './commitment.js'
import { type Dialogue, endText } from './dialogue.js'
import { discard } from './messages.js'
import { actionRequest, eventReportRequest } from './requests.js'
import { queryStatus, type StatusMeaning } from './status.js'

/** What the other side said to a request or a report of ours. */
export type CommitmentOutcome =
  | { outcome: 'answered'; status: number; meaning: StatusMeaning; comment?: string }
  /** The association ended first: whether it was taken is not known. */
  | { outcome: 'unanswered'; reason: string }
  /** The peer accepted no context for Storage Commitment. */
  | { outcome: 'not-negotiated' }

/** N-ACTION: asks the peer to commit itself to these instances (PS3.4 J.3.2). Its word on them comes later. */
export function requestCommitment(
  dialogue: Dialogue,
  request: CommitmentRequest,
): Promise<CommitmentOutcome> {
  return operate(dialogue, syntax => encodeRequest(request, syntax), {
    command: messageId =>
      actionRequest(messageId, {
        sopClassUID: SOPClass.StorageCommitmentPushModel,
        sopInstanceUID: STORAGE_COMMITMENT_INSTANCE,
        actionTypeId: COMMITMENT_ACTION,
        hasDataSet: true,
      }),
  })
}

/** N-EVENT-REPORT: says what became of a transaction the peer asked for (PS3.4 J.3.3). */
export function reportCommitment(dialogue: Dialogue, report: CommitmentReport): Promise<CommitmentOutcome> {
  return operate(dialogue, syntax => encodeReport(report, syntax), {
    command: messageId =>
      eventReportRequest(messageId, {
        sopClassUID: SOPClass.StorageCommitmentPushModel,
        sopInstanceUID: STORAGE_COMMITMENT_INSTANCE,
        eventTypeId: report.failed.length > 0 ? commitmentEvent.failuresExist : commitmentEvent.successful,
        hasDataSet: true,
      }),
  })
}

async function operate(
  dialogue: Dialogue,
  dataSet: (transferSyntaxUID: string) => Buffer,
  request: { command(messageId: number): CommandSet },
): Promise<CommitmentOutcome> {
  const context = [...dialogue.contexts.values()].find(
    each => each.abstractSyntax === SOPClass.StorageCommitmentPushModel,
  )
  if (!context) return { outcome: 'not-negotiated' }
  const bytes = dataSet(context.transferSyntax)
  return new Promise(resolve => {
    const messageId = dialogue.expect({
      response: ({ Status: status = 0, ErrorComment, hasDataSet }) => {
        dialogue.settled(messageId)
        const comment = ErrorComment || undefined
        resolve({ outcome: 'answered', status, meaning: queryStatus(status), comment })
        return hasDataSet ? discard(() => undefined) : undefined
      },
      ended: end => resolve({ outcome: 'unanswered', reason: endText(end) }),
    })
    dialogue.say(context.id, request.command(messageId), bytes)
  })
}
