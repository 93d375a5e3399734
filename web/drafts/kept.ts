import { use, useCallback, useEffect, useState } from 'react'
import { useSession } from '../session.js'
import { draftsOf } from './drafts.js'

/**
 * State that outlives a reload, a crash of the page and a session that ended, until its person signs out. Gives the
 * value, its setter, the way to forget it, and whether it was found here from before and not touched since. Suspends
 * while the drafts are being read.
 */
export function useKept<T>(
  name: string,
  fresh: () => T,
): [T, (next: T | ((now: T) => T)) => void, () => void, boolean] {
  const drafts = use(draftsOf(useSession().session.account.id))
  const [found] = useState(() => drafts.read<T>(name))
  const [value, setValue] = useState<T>(() => found ?? fresh())
  const [untouched, setUntouched] = useState(true)
  useEffect(() => {
    if (!untouched) drafts.write(name, value)
  }, [drafts, name, value, untouched])
  const change = useCallback((next: T | ((now: T) => T)) => {
    setUntouched(false)
    setValue(next)
  }, [])
  return [
    value,
    change,
    () => {
      drafts.forget(name)
      setUntouched(true)
      setValue(fresh())
    },
    found !== undefined && untouched,
  ]
}
