import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect, useRef, useState } from 'react'
import type { AlarmView } from '../../node/notifications/view.js'
import type { ListView } from '../../node/requests/view.js'
import { call, freshKey } from '../api/call.js'
import { ApiProblem } from '../api/problem.js'
import { takeFromDesktop } from './desktop.js'
import { useSilenced } from './silence.js'
import { ringUntilStopped } from './sounds.js'

/** The socket says when it is over; this is for a line that is lost meanwhile. */
const againMs = 5_000

/** What rings for this person; also asked while the session is locked. */
export function useAlarms(wanted: boolean): AlarmView[] {
  const asked = useQuery<ListView<AlarmView>, ApiProblem>({
    queryKey: ['alarms', 'ringing'],
    queryFn: ({ signal }) => call({ method: 'GET', path: '/api/alarms', signal, ungated: true }),
    enabled: wanted,
    staleTime: 0,
    refetchInterval: query => ((query.state.data?.items.length ?? 0) > 0 ? againMs : false),
  })
  return wanted ? (asked.data?.items ?? none) : none
}
const none: AlarmView[] = []

export function oneAlarm(alert: string): Promise<AlarmView> {
  return call<AlarmView>({ method: 'GET', path: `/api/alarms/${alert}`, ungated: true })
}

/** Those that were on the screen and are over, in the order of their end: with who took them. */
export function useEnded(ringing: AlarmView[], onEnded: (alarm: AlarmView) => void): void {
  const before = useRef<AlarmView[]>([])
  useEffect(() => {
    const gone = before.current.filter(({ alert }) => !ringing.some(one => one.alert === alert))
    before.current = ringing
    for (const { alert } of gone)
      oneAlarm(alert).then(
        alarm => {
          if (alarm.state !== 'over') return
          void takeFromDesktop(alert)
          onEnded(alarm)
        },
        (problem: unknown) => {
          // It left what this person is told of: then there is nobody to name.
          if (!(problem instanceof ApiProblem)) throw problem
        },
      )
  }, [ringing, onEnded])
}

/** One tap. Whoever was faster is shown by the alarm itself, which is read again. */
export function useClaim() {
  const client = useQueryClient()
  return useMutation<AlarmView, ApiProblem, string>({
    mutationFn: async alert => {
      const asked = { method: 'POST', path: `/api/alerts/${alert}/claim`, ungated: true } as const
      const idempotencyKey = freshKey()
      try {
        return await call<AlarmView>({ ...asked, idempotencyKey })
      } catch (problem) {
        if (!(problem instanceof ApiProblem) || problem.code !== 'network') throw problem
        return await call<AlarmView>({ ...asked, idempotencyKey })
      }
    },
    onSettled: () => client.invalidateQueries({ queryKey: ['alarms'] }),
  })
}

/** Rings while one of these is open and not silenced here. Gives whether it is heard. */
export function useRinging(alarms: readonly AlarmView[]): 'silent' | 'heard' | 'blocked' {
  const silenced = useSilenced()
  const rings = alarms.some(({ alert, state }) => state === 'open' && !silenced.has(alert))
  const [heard, setHeard] = useState<boolean | null>(null)
  useEffect(() => {
    if (!rings) return
    const stop = ringUntilStopped(setHeard)
    return () => {
      stop()
      setHeard(null)
    }
  }, [rings])
  // Another page of this browser may be the one that sounds.
  return !rings ? 'silent' : heard === false ? 'blocked' : 'heard'
}
