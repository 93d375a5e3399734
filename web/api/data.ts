import {
  keepPreviousData,
  QueryClient,
  type QueryKey,
  type UseMutationResult,
  type UseQueryResult,
  useMutation,
  useQuery,
  useQueryClient,
} from '@tanstack/react-query'
import { type Call, call, freshKey } from './call.js'
import { isWorthAnother, waitMs } from './patience.js'
import { ApiProblem } from './problem.js'
import { readAgain } from './read-again.js'

export function openClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        // The socket says when something changed; this is only for what was not on screen meanwhile.
        staleTime: 20_000,
        gcTime: 5 * 60_000,
        retry: isWorthAnother,
        retryDelay: (times, error) => waitMs(times, error, Math.random()),
        // A line that is down shows at once and not after a pause.
        networkMode: 'always',
      },
      mutations: { networkMode: 'always' },
    },
  })
}

export interface DataOptions<T = unknown> {
  /** Keep showing the former list while another filter loads. */
  keep?: boolean
  staleTimeMs?: number
  /** What is known already is shown, and nothing is asked of the node yet. */
  wait?: boolean
  /** Read again after so many milliseconds, for what the socket does not tell of; false: not any more. */
  repeat?: (data: T | undefined) => number | false
}

/**
 * What is at `path`, refreshed when the socket tells of a change under `key` (the first word is the domain:
 * requests, reports, studies, transfers, peers, routes, notices, accounts, journal). `path` null: not yet wanted.
 */
export function useData<T>(
  key: QueryKey,
  path: string | null,
  options: DataOptions<T> = {},
): UseQueryResult<T, ApiProblem> {
  return useQuery<T, ApiProblem>({
    queryKey: path === null ? key : [...key, path],
    queryFn: ({ signal }) => call<T>({ method: 'GET', path: path ?? '', signal }),
    enabled: path !== null && options.wait !== true,
    ...(options.repeat ? { refetchInterval: query => options.repeat?.(query.state.data) ?? false } : {}),
    ...(options.keep ? { placeholderData: keepPreviousData } : {}),
    ...(options.staleTimeMs === undefined ? {} : { staleTime: options.staleTimeMs }),
  })
}

export interface ActOptions<T, Input> {
  /** Domains (or longer keys) to read again afterwards, also after a failure: the state may be another one. */
  refresh?: QueryKey[]
  onDone?: (answer: T, input: Input) => void
  onProblem?: (problem: ApiProblem, input: Input) => void
}

/** A write. Each POST carries an Idempotency-Key, so that it is sent once more when its answer got lost on the way. */
export function useAct<T, Input = void>(
  describe: (input: Input) => Omit<Call, 'idempotencyKey' | 'signal'>,
  options: ActOptions<T, Input> = {},
): UseMutationResult<T, ApiProblem, Input> {
  const client = useQueryClient()
  return useMutation<T, ApiProblem, Input>({
    mutationFn: async input => {
      const described = describe(input)
      const asked = described.method === 'POST' ? { ...described, idempotencyKey: freshKey() } : described
      try {
        return await call<T>(asked)
      } catch (problem) {
        if (!(problem instanceof ApiProblem) || problem.code !== 'network') throw problem
        return await call<T>(asked)
      }
    },
    onSettled: () => {
      for (const queryKey of options.refresh ?? []) readAgain(client, { queryKey })
    },
    ...(options.onDone ? { onSuccess: options.onDone } : {}),
    ...(options.onProblem ? { onError: options.onProblem } : {}),
  })
}
