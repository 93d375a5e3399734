import type { CommandSet } from './command.js'
import type { Dialogue } from './dialogue.js'
import type { AcceptedContext } from './negotiation.js'
import { responseTo } from './requests.js'
import { dimseStatus } from './status.js'

/** Answers a C-ECHO-RQ (PS3.7 §9.1.5): the association is alive, nothing more. */
export function answerEcho(dialogue: Dialogue, context: AcceptedContext, command: CommandSet): Promise<void> {
  return dialogue.say(context.id, responseTo(command, { status: dimseStatus.success }))
}
