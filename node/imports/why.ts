import { Broken } from '../dicom/format/broken.js'
import { Failure, reasonOf } from '../errors.js'
import type { ImportWhy } from './view.js'

/** What a failure says, in a form that every language has words for. */
export function whyOf(thrown: unknown): ImportWhy {
  if (thrown instanceof Broken) return { code: thrown.how, at: thrown.at }
  if (thrown instanceof Failure && thrown.code === 'storage-full') return { code: 'storage' }
  return { code: 'other', detail: reasonOf(thrown).slice(0, DETAIL_MAX_CHARACTERS) }
}

const DETAIL_MAX_CHARACTERS = 300

/** As it stands in a row. */
export function whyIn(text: string | null): ImportWhy | undefined {
  return text === null ? undefined : (JSON.parse(text) as ImportWhy)
}
