import { useCallback, useEffect, useState } from 'react'

/**
 * State that outlives a reload, a crash of the page and a session that ended: kept in this tab only, gone with it.
 * Gives the value, its setter, the way to forget it, and whether it was found here from before and not touched since.
 */
export function useKept<T>(
  name: string,
  fresh: () => T,
): [T, (next: T | ((now: T) => T)) => void, () => void, boolean] {
  const [found] = useState(() => read<T>(name))
  const [value, setValue] = useState<T>(() => found ?? fresh())
  const [untouched, setUntouched] = useState(true)
  useEffect(() => {
    if (!untouched) sessionStorage.setItem(name, JSON.stringify(value))
  }, [name, value, untouched])
  const change = useCallback((next: T | ((now: T) => T)) => {
    setUntouched(false)
    setValue(next)
  }, [])
  return [
    value,
    change,
    () => {
      sessionStorage.removeItem(name)
      setUntouched(true)
      setValue(fresh())
    },
    found !== undefined && untouched,
  ]
}

function read<T>(name: string): T | undefined {
  const text = sessionStorage.getItem(name)
  if (text === null) return undefined
  try {
    return JSON.parse(text) as T
  } catch {
    // Written by another version, or cut off: it can help nobody any more.
    sessionStorage.removeItem(name)
    return undefined
  }
}
