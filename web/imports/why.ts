import { useCallback } from 'react'
import type { ImportWhy } from '../../node/imports/view.js'
import { discContent } from '../words/disc-content.js'
import { useWords } from '../words/words.js'

/** Says a reason of the node in the reader's language; where it has no code, as the node said it. */
export function useWhy(): (why: ImportWhy | undefined, reason: string | undefined) => string {
  const t = useWords(discContent)
  return useCallback(
    (why, reason) =>
      why === undefined
        ? (reason ?? '')
        : t(`why.${why.code}`, {
            at: why.at ?? -1,
            file: why.file ?? 0,
            method: why.method ?? 0,
            named: why.named ?? '',
            rest: why.rest ?? '',
            count: why.count ?? 0,
            detail: why.detail ?? reason ?? '',
          }),
    [t],
  )
}
