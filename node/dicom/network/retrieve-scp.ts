import { encodeDataset } from '../format/dataset.js'
import type { CommandSet } from './command.js'
import type { Dialogue } from './dialogue.js'
import type { AcceptedContext } from './negotiation.js'
import { responseTo } from './requests.js'
import type { Retrieval } from './services.js'
import { dimseStatus, refusalOf } from './status.js'
import { counters, finalStatus, Tally } from './sub-operations.js'
import { raised, until } from './until.js'

/**
 * Answers a C-MOVE-RQ or C-GET-RQ (PS3.4 C.4.2, C.4.3): a pending response with the counters at the start and after each
 * group of results, then the final one with the instances that failed. A cancel is answered at once; what is on its way
 * then is the affair of the service.
 */
export async function answerRetrieve(options: {
  dialogue: Dialogue
  context: AcceptedContext
  command: CommandSet
  retrieval: () => Promise<Retrieval>
  cancelled: AbortSignal
  bug: (thrown: unknown) => void
  /** The final response is about to go out. */
  answering: () => void
}): Promise<void> {
  const { dialogue, context, command, cancelled } = options
  let tally = new Tally(0)
  let final: { status: number; comment?: string }
  const pending = () => {
    const { pending: status } = dimseStatus
    return dialogue.say(context.id, { ...responseTo(command, { status }), ...counters(tally.counts, status) })
  }
  try {
    const retrieval = await Promise.race([options.retrieval(), raised(cancelled)])
    if (retrieval !== undefined) {
      tally = new Tally(retrieval.total)
      if (retrieval.total > 0) await pending()
      for await (const group of until(cancelled, retrieval.results)) {
        for (const each of group) tally.add(each)
        if (tally.counts.remaining > 0) await pending()
      }
    }
    final = { status: cancelled.aborted ? dimseStatus.cancelled : finalStatus(tally.counts) }
  } catch (thrown) {
    const { isBug, ...refusal } = refusalOf(thrown)
    final = cancelled.aborted ? { status: dimseStatus.cancelled } : refusal
    if (isBug) options.bug(thrown)
  }
  options.answering()
  const failed = final.status === dimseStatus.success ? [] : tally.failed
  const dataSet =
    failed.length === 0
      ? undefined
      : encodeDataset({ FailedSOPInstanceUIDList: failed }, context.transferSyntax)
  await dialogue.say(
    context.id,
    {
      ...responseTo(command, { ...final, hasDataSet: dataSet !== undefined }),
      ...counters(tally.counts, final.status),
    },
    dataSet,
  )
}
