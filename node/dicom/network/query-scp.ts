import type { CommandSet } from './command.js'
import type { Dialogue } from './dialogue.js'
import type { AcceptedContext } from './negotiation.js'
import { responseTo } from './requests.js'
import { dimseStatus, refusalOf } from './status.js'
import { until } from './until.js'

/**
 * Answers a C-FIND-RQ (PS3.4 C.4.1): one pending response for each match, as fast as the peer takes them, then the final
 * one: 0000, FE00 after a cancel, or the status of what the matches threw.
 */
export async function answerFind(options: {
  dialogue: Dialogue
  context: AcceptedContext
  command: CommandSet
  matches: () => AsyncIterable<Buffer>
  cancelled: AbortSignal
  bug: (thrown: unknown) => void
  /** The final response is about to go out. */
  answering: () => void
}): Promise<void> {
  const { dialogue, context, command, cancelled } = options
  const pending = responseTo(command, { status: dimseStatus.pending, hasDataSet: true })
  let final: { status: number; comment?: string } = { status: dimseStatus.success }
  try {
    for await (const match of until(cancelled, options.matches()))
      await dialogue.say(context.id, pending, match)
    if (cancelled.aborted) final = { status: dimseStatus.cancelled }
  } catch (thrown) {
    const { isBug, ...refusal } = refusalOf(thrown)
    final = refusal
    if (isBug) options.bug(thrown)
  }
  options.answering()
  await dialogue.say(context.id, responseTo(command, final))
}
