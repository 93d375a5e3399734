import { useEffect, useState } from 'react'

/** The value once it has stood still for so many milliseconds; with none, as it is. */
export function useRested<T>(value: T, forMs: number): T {
  const [rested, setRested] = useState(value)
  useEffect(() => {
    const timer = setTimeout(() => setRested(value), forMs)
    return () => clearTimeout(timer)
  }, [value, forMs])
  return forMs === 0 ? value : rested
}
