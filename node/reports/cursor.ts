import { noSuchPage } from '../errors.js'

/** Where a page of reports goes on: after the report that was begun then. Throws `invalid`. */
export function parseCursor(after: string): { at: number; id: string } {
  const match = /^(\d{1,15})\.(rep_[0-9a-z]{26})$/.exec(after)
  if (match === null) noSuchPage()
  return { at: Number(match[1]), id: match[2] as string }
}
