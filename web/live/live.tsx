import { useQueryClient } from '@tanstack/react-query'
import { createContext, type ReactNode, useContext, useEffect, useState } from 'react'
import { domainsOf } from './facts.js'
import { type LineState, openLine } from './line.js'

/** How the screen stands to the node: what it shows is only called current while the line is open. */
export interface Live {
  state: LineState
  /** When the line was lost (ms); what is shown may be older than that. */
  lostAt?: number
}

const LiveContext = createContext<Live>({ state: 'connecting' })

/** Facts come in bursts (a study's batches): they are gathered this long, so that a list is read once. */
const gatherMs = 120
/** Spread of the reading, so that all screens of a department do not ask in the same instant. */
const jitterMs = 250
/** Facts after which an alarm may be over. */
const stills: ReadonlySet<string> = new Set(['request-claimed', 'alert-ended', 'alert-acknowledged'])
/** Without a line the screen asks by itself. */
const pollMs = 10_000

export function LiveProvider({ children }: { children: ReactNode }) {
  const client = useQueryClient()
  const [live, setLive] = useState<Live>({ state: 'connecting' })

  useEffect(() => {
    const changed = new Set<string>()
    let timer: ReturnType<typeof setTimeout> | undefined
    const readAgain = () => {
      timer = undefined
      for (const domain of changed) void client.invalidateQueries({ queryKey: [domain] })
      changed.clear()
    }
    const protocol = location.protocol === 'https:' ? 'wss' : 'ws'
    const close = openLine({
      url: `${protocol}://${location.host}/ws`,
      onMessage: message => {
        // What rings must be still everywhere within a second: this one question is not spread.
        if (stills.has(message.kind)) void client.invalidateQueries({ queryKey: ['alarms'] })
        for (const domain of domainsOf(message.kind)) changed.add(domain)
        if (changed.size > 0) timer ??= setTimeout(readAgain, gatherMs + Math.random() * jitterMs)
      },
      onState: state => {
        setLive(before => {
          if (state !== 'lost') return { state }
          return before.state === 'lost' ? before : { state, lostAt: Date.now() }
        })
        // A line is also cut when the session ends elsewhere: then nothing may stay on this screen.
        if (state === 'lost') void client.invalidateQueries({ queryKey: ['session'] })
        // Facts missed while away come with the resume; reading once more also covers a node restored from a backup.
        if (state === 'open')
          void client.invalidateQueries({ predicate: query => query.queryKey[0] !== 'session' })
      },
    })
    return () => {
      clearTimeout(timer)
      close()
    }
  }, [client])

  useEffect(() => {
    if (live.state === 'open') return
    const timer = setInterval(() => {
      void client.invalidateQueries({ predicate: query => query.queryKey[0] !== 'session' })
    }, pollMs)
    return () => clearInterval(timer)
  }, [client, live.state])

  return <LiveContext.Provider value={live}>{children}</LiveContext.Provider>
}

export function useLive(): Live {
  return useContext(LiveContext)
}
