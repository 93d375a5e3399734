import {
  createContext,
  type ReactNode,
  useCallback,
  useContext,
  useEffect,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
} from 'react'
import { createPortal } from 'react-dom'
import type { SessionView } from '../../node/accounts/view.js'
import { call } from '../api/call.js'
import { keepGate, passGate } from '../api/gate.js'
import { ApiProblem } from '../api/problem.js'
import { useSessionState } from '../session.js'
import { actNow, lastActivity, onActivity, watchActivity } from './activity.js'
import { hidePage } from './hiding.js'
import { LockScreen } from './LockScreen.js'
import { LockSoon } from './LockSoon.js'

interface LockState {
  locked: boolean
  /** Locks now, in every tab. */
  lock(): void
}

const LockContext = createContext<LockState>({ locked: false, lock: () => undefined })
export const useLock = () => useContext(LockContext)

/** How long before it locks the screen says so. */
const warningMs = 60_000
/** While somebody works, the node hears of it at least this often, even when nothing else is asked of it. */
const beatMs = 60_000

/** What tabs of one browser tell each other. */
type Told = { kind: 'locked' } | { kind: 'unlocked'; account: string } | { kind: 'ended' }

/**
 * Locks the screen after the time nobody used it: the page leaves the document, and comes back as it was when its own
 * person unlocks it. The node locks by itself too; whichever comes first.
 */
export function LockProvider({ children }: { children: ReactNode }) {
  const { session, resume } = useSessionState()
  const [locked, setLocked] = useState(false)
  const [leftMs, setLeftMs] = useState<number | null>(null)
  const [place] = useState(makePlace)
  const opened = useRef<((open: boolean) => void) | null>(null)
  const [channel] = useState(() => new BroadcastChannel('relais.lock'))
  const account = session?.account.id
  const signedIn = account !== undefined

  const tell = useCallback((told: Told) => channel.postMessage(told), [channel])
  const shut = useCallback(() => setLocked(true), [])
  const lock = useCallback(() => {
    shut()
    tell({ kind: 'locked' })
    // The node locks when nobody uses it, should this not reach it; the screen is locked in any case.
    call({ method: 'POST', path: '/api/session/lock', ungated: true }).catch((problem: unknown) => {
      if (!(problem instanceof ApiProblem)) throw problem
    })
    void passGate(new ApiProblem('locked', 401, ''))
  }, [shut, tell])

  useEffect(
    () =>
      keepGate('locked', () => {
        shut()
        return new Promise<boolean>(resolve => {
          opened.current = resolve
        })
      }),
    [shut],
  )

  const open = useCallback(
    (view: SessionView) => {
      if (account !== undefined && view.account.id !== account) return location.reload()
      actNow()
      setLocked(false)
      if (signedIn) resume(view)
      opened.current?.(true)
      opened.current = null
    },
    [account, signedIn, resume],
  )
  const ended = useCallback(() => {
    // Nothing of the former person may come back: the page is begun anew.
    location.assign(`/sign-in?back=${encodeURIComponent(location.pathname + location.search)}`)
  }, [])

  useEffect(() => {
    const heard = ({ data }: MessageEvent<Told>) => {
      if (data.kind === 'locked' && signedIn) shut()
      else if (data.kind === 'ended') location.reload()
      else if (data.kind === 'unlocked' && locked) {
        if (data.account !== account) return location.reload()
        call<SessionView>({ method: 'GET', path: '/api/session', ungated: true }).then(
          open,
          (problem: unknown) => {
            if (!(problem instanceof ApiProblem)) throw problem
          },
        )
      }
    }
    channel.addEventListener('message', heard)
    return () => channel.removeEventListener('message', heard)
  }, [channel, account, signedIn, locked, open, shut])

  useEffect(watchActivity, [])

  const idleMs = (session?.locksAfterSeconds ?? 0) * 1000
  useEffect(() => {
    if (!signedIn || locked || idleMs === 0) return
    actNow()
    const look = () => {
      const left = lastActivity() + idleMs - Date.now()
      if (left <= 0) lock()
      setLeftMs(left > 0 && left <= Math.min(warningMs, idleMs / 2) ? left : null)
    }
    const timer = setInterval(look, 1_000)
    document.addEventListener('visibilitychange', look)
    const stop = onActivity(() => setLeftMs(null))
    return () => {
      clearInterval(timer)
      document.removeEventListener('visibilitychange', look)
      stop()
      setLeftMs(null)
    }
  }, [signedIn, locked, idleMs, lock])

  useEffect(() => {
    if (!signedIn || locked) return
    let beaten = Date.now()
    const timer = setInterval(() => {
      if (lastActivity() <= beaten) return
      beaten = Date.now()
      call({ method: 'POST', path: '/api/session/activity' }).catch((problem: unknown) => {
        if (!(problem instanceof ApiProblem)) throw problem
      })
    }, beatMs)
    return () => clearInterval(timer)
  }, [signedIn, locked])

  useLayoutEffect(() => (locked ? hidePage(place) : undefined), [locked, place])

  const value = useMemo(() => ({ locked, lock }), [locked, lock])
  return (
    <LockContext.Provider value={value}>
      {children}
      {leftMs !== null && !locked ? <LockSoon leftMs={leftMs} /> : null}
      {locked
        ? createPortal(
            <LockScreen
              onOpen={view => {
                tell({ kind: 'unlocked', account: view.account.id })
                open(view)
              }}
              onEnded={() => {
                tell({ kind: 'ended' })
                ended()
              }}
            />,
            place,
          )
        : null}
    </LockContext.Provider>
  )
}

/** Beside the page, and out of reach of whatever a dialog of the page hides around itself. */
function makePlace(): HTMLElement {
  const place = document.createElement('div')
  place.id = 'lock'
  place.dataset['reactAriaTopLayer'] = 'true'
  document.body.append(place)
  return place
}
