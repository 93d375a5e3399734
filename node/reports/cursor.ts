import { fail } from '../errors.js'

/** Where a page of reports goes on: after the report that was begun then. Throws `invalid`. */
export function parseCursor(after: string): { at: number; id: string } {
  const match = /^(\d{1,15})\.(rep_[0-9a-z]{26})$/.exec(after)
  if (match === null)
    fail(
      'invalid',
      {
        fr: 'Cette page n’existe pas : reprenez à la première.',
        en: 'This page does not exist: start from the first one.',
      },
      [{ path: 'after', message: 'not a page of this list', fr: 'pas une page de cette liste' }],
    )
  return { at: Number(match[1]), id: match[2] as string }
}
