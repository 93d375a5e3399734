import { useCallback, useLayoutEffect, useRef } from 'react'

/**
 * The same function for as long as the component is there, which does what its latest drawing says: whoever is given it
 * need not be drawn again.
 */
export function useStable<Args extends unknown[], Answer>(
  run: (...args: Args) => Answer,
): (...args: Args) => Answer {
  const latest = useRef(run)
  useLayoutEffect(() => {
    latest.current = run
  })
  return useCallback((...args: Args) => latest.current(...args), [])
}
