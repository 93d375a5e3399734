import { useQuery } from '@tanstack/react-query'
import { useSearch } from 'wouter'
import { useHistoryState } from 'wouter/use-browser-location'
import type { StudyView } from '../../../node/studies/view.js'
import { call } from '../../api/call.js'
import type { ApiProblem } from '../../api/problem.js'
import type { FoundStudy, RequestForm } from './form.js'

const kinds = ['reading', 'opinion'] as const
const urgencies = ['emergency', 'urgent', 'routine'] as const

/** What the address says of the request to write: `?study=…&kind&urgency&to`, as a desk for discs opens it. */
export function useOpened(): {
  uids: string[]
  said: Partial<RequestForm>
  /** Once they are known here. */
  studies: FoundStudy[] | undefined
  problem: ApiProblem | null
  readAgain: () => void
} {
  const query = new URLSearchParams(useSearch())
  // A row of the search in the PACS: known whole, and perhaps nothing of it is here.
  const handed = useHistoryState<{ asks?: FoundStudy[] } | null>()?.asks
  const uids = handed?.map(study => study.StudyInstanceUID) ?? query.getAll('study')
  const kind = kinds.find(each => each === query.get('kind'))
  const urgency = urgencies.find(each => each === query.get('urgency'))
  const to = query.get('to')
  const found = useQuery<FoundStudy[], ApiProblem>({
    queryKey: ['studies', 'opened', ...uids],
    queryFn: async ({ signal }) =>
      (
        await Promise.all(
          uids.map(uid =>
            call<StudyView>({ method: 'GET', path: `/api/studies/${encodeURIComponent(uid)}`, signal }),
          ),
        )
      ).map(study => ({ ...study, here: true })),
    enabled: uids.length > 0 && !handed,
  })
  return {
    uids,
    said: { ...(kind ? { kind } : {}), ...(urgency ? { urgency } : {}), ...(to ? { to } : {}) },
    studies: handed ?? found.data,
    problem: found.error,
    readAgain: () => void found.refetch(),
  }
}
