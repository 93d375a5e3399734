import type { CommandSet } from './command.js'
import type { Dialogue } from './dialogue.js'
import type { AcceptedContext } from './negotiation.js'
import { responseTo } from './requests.js'
import { dimseStatus, refusalOf } from './status.js'

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
}): Promise<void> {
  const { dialogue, context, command, cancelled } = options
  const pending = responseTo(command, { status: dimseStatus.pending, hasDataSet: true })
  let final: { status: number; comment?: string } = { status: dimseStatus.success }
  try {
    for await (const match of options.matches()) {
      if (cancelled.aborted) break
      await dialogue.say(context.id, pending, match)
    }
    if (cancelled.aborted) final = { status: dimseStatus.cancelled }
  } catch (thrown) {
    const { isBug, ...refusal } = refusalOf(thrown)
    final = cancelled.aborted ? { status: dimseStatus.cancelled } : refusal
    if (isBug && !cancelled.aborted) options.bug(thrown)
  }
  await dialogue.say(context.id, responseTo(command, final))
}
