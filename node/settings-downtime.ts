import { z } from 'zod'
import { whole } from './setting-kinds.js'

export const downtime = z
  .strictObject({
    madeAtHour: whole(3, 0, 23, 'Hour of the day (of the site) at which the papers of the day are made.'),
    formsCount: whole(5, 0, 100, 'Blank forms a site gets each night, each with a number of its own.'),
    keptDays: whole(7, 1, 90, 'The papers of a day are kept so long; their numbers stay reserved for ever.'),
    enteredLaterDaysMax: whole(
      14,
      1,
      90,
      'What happened longer ago cannot be entered as done during a breakdown.',
    ),
  })
  .describe('Papers for a breakdown, in <data>/downtime, and what is entered after one.')
