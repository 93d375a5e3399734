import { fail } from '../errors.js'
import type { LocalHandler } from '../program/local-door.js'
import type { Services } from '../program/services.js'
import { accountAdd } from './account-add.js'
import { archiveExport } from './archive-export.js'
import { backup } from './backup.js'
import { caEnrol, caFingerprint, caList, caRevoke, caRotate } from './ca.js'
import type { Command } from './command.js'
import { doctor } from './doctor.js'
import { importDisc } from './import.js'
import { keysList, keysRotate } from './keys.js'
import { networkApply, networkExport } from './network.js'
import { send } from './send.js'

/** Commands that work on the services, in the running node or, when there is none, in the command's own process. */
export const commands: readonly Command[] = [
  accountAdd,
  networkApply,
  networkExport,
  send,
  importDisc,
  archiveExport,
  backup,
  caEnrol,
  caRotate,
  caRevoke,
  caList,
  caFingerprint,
  doctor,
  keysList,
  keysRotate,
]

/** What the running node does for a command that came through its local door. */
export function commandHandler(services: Services): LocalHandler {
  return ({ command, input, user }, onProgress) => {
    const found =
      commands.find(({ name }) => name === command) ?? fail('invalid', `No command is named "${command}".`)
    return found.run(input as never, { services, user, serving: true, progress: onProgress })
  }
}
