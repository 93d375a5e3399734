import { z } from 'zod'
import { optional, whole } from './setting-kinds.js'

export const backup = z
  .strictObject({
    drillFolder: optional(
      'Folder of a backup that relais backup made, or of several side by side: the newest is restored each night in a scratch folder and verified. Nothing: no drill.',
    ),
    drillAtHour: whole(4, 0, 23, 'Hour of the day (of node.timeZone) at which the drill begins.'),
    drillPassphraseFile: optional(
      'File whose first line opens the keys in it; without one the drill says that the keys were not opened.',
    ),
  })
  .describe('Whether what is backed up can be restored.')
