import { useQueryClient } from '@tanstack/react-query'
import { createContext, type ReactNode, useContext, useEffect, useState } from 'react'
import type { AlarmView, NoticeView } from '../../node/notifications/view.js'
import type { ListView } from '../../node/requests/view.js'
import { readAgain } from '../api/read-again.js'
import { openGathering } from './gathering.js'
import { type LineState, openLine } from './line.js'

/** How the screen stands to the node: what it shows is only called current while the line is open. */
export interface Live {
  state: LineState
  /** When the line was lost (ms); what is shown may be older than that. */
  lostAt?: number
}

const LiveContext = createContext<Live>({ state: 'connecting' })

/** Without a line the screen asks by itself. */
const pollMs = 10_000

export function LiveProvider({ children }: { children: ReactNode }) {
  const client = useQueryClient()
  const [live, setLive] = useState<Live>({ state: 'connecting' })

  useEffect(() => {
    const gathering = openGathering({
      read: domains => {
        for (const domain of domains) readAgain(client, { queryKey: domain.split('/') })
      },
      isHidden: () => document.visibilityState === 'hidden',
      isRinging: () =>
        (client.getQueryData<ListView<AlarmView>>(['alarms', 'ringing'])?.items.length ?? 0) > 0,
      isTold: request =>
        client
          .getQueriesData<ListView<NoticeView>>({ queryKey: ['notices', '/api/notices'] })
          .some(([, told]) =>
            told?.items.some(one => one.request === request && one.readAt === undefined && one.over !== true),
          ),
    })
    const looked = () => {
      if (document.visibilityState === 'visible') gathering.seen()
    }
    document.addEventListener('visibilitychange', looked)
    let reopening: ReturnType<typeof setTimeout> | undefined
    let opened = false
    const protocol = location.protocol === 'https:' ? 'wss' : 'ws'
    const close = openLine({
      url: `${protocol}://${location.host}/ws`,
      onMessage: message => {
        gathering.heard(message)
        if (message.kind !== 'hello') return
        // Facts missed while away come with the resume; reading once more also covers a node restored from a backup.
        // After a restart everybody comes back at the same time: each in its turn.
        clearTimeout(reopening)
        reopening = setTimeout(
          () => readAgain(client, { predicate: query => query.queryKey[0] !== 'session' }),
          opened ? (message.turn ?? 0) : 0,
        )
        opened = true
      },
      onState: state => {
        setLive(before => {
          if (state !== 'lost') return { state }
          return before.state === 'lost' ? before : { state, lostAt: Date.now() }
        })
        // A line is also cut when the session ends elsewhere: then nothing may stay on this screen.
        if (state === 'lost') void client.invalidateQueries({ queryKey: ['session'] })
      },
    })
    return () => {
      document.removeEventListener('visibilitychange', looked)
      clearTimeout(reopening)
      gathering.close()
      close()
    }
  }, [client])

  useEffect(() => {
    if (live.state === 'open') return
    const timer = setInterval(() => {
      readAgain(client, { predicate: query => query.queryKey[0] !== 'session' })
    }, pollMs)
    return () => clearInterval(timer)
  }, [client, live.state])

  return <LiveContext.Provider value={live}>{children}</LiveContext.Provider>
}

export function useLive(): Live {
  return useContext(LiveContext)
}
