import { z } from 'zod'
import { whole } from './setting-kinds.js'

export const links = z
  .strictObject({
    resetMinutes: whole(60, 5, 24 * 60, 'How long the link to set a new password can be used.'),
    noticeDays: whole(30, 1, 366, 'How long the link of a letter leads to what it tells of.'),
    codeTriesMax: whole(5, 1, 20, 'Wrong codes before a link that asks for one is closed.'),
    viewerMinutes: whole(60, 5, 24 * 60, 'How long another viewer may read a study that was opened to it.'),
    inboxHoursMax: whole(336, 1, 60 * 24, 'The longest time a link for an outside clinic can be made for.'),
    inboxMbMax: whole(16_384, 1, 1024 * 1024, 'MiB such a link can be made for at most.'),
    inboxGraceMinutes: whole(
      120,
      0,
      24 * 60,
      'An upload that began before its link ended may go on for so long.',
    ),
  })
  .describe('Links in letters and for people without an account.')
