import { useSyncExternalStore } from 'react'

/** Alarms that somebody at this browser has silenced: they stay on its screens, and ring on all others. */
let silenced: ReadonlySet<string> = new Set()
const listeners = new Set<() => void>()
const channel = new BroadcastChannel('relais.silence')

function note(alert: string): void {
  if (silenced.has(alert)) return
  silenced = new Set([...silenced, alert])
  for (const listener of listeners) listener()
}
channel.addEventListener('message', ({ data }) => note(String(data)))

/** On all pages of this browser. */
export function silence(alert: string): void {
  note(alert)
  channel.postMessage(alert)
}

export function useSilenced(): ReadonlySet<string> {
  return useSyncExternalStore(
    listener => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    () => silenced,
  )
}
