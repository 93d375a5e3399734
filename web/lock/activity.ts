/** When somebody last did something, in any tab of this browser; in milliseconds of `performance.timeOrigin` time. */
let last = Date.now()
let told = 0
const listeners = new Set<() => void>()

/** Other tabs are told at most this often. */
const tellEveryMs = 1_000
const signs = ['pointerdown', 'pointermove', 'keydown', 'wheel', 'touchstart'] as const

function noted(at: number): void {
  if (at <= last) return
  last = at
  for (const listener of listeners) listener()
}

/** Watches for the person; gives the way to stop. */
export function watchActivity(): () => void {
  const channel = 'BroadcastChannel' in globalThis ? new BroadcastChannel('relais.activity') : undefined
  const sign = () => {
    const now = Date.now()
    noted(now)
    if (now - told < tellEveryMs) return
    told = now
    channel?.postMessage(now)
  }
  const heard = (event: MessageEvent) => noted(Math.min(Number(event.data), Date.now()))
  for (const kind of signs) addEventListener(kind, sign, { capture: true, passive: true })
  channel?.addEventListener('message', heard)
  return () => {
    for (const kind of signs) removeEventListener(kind, sign, { capture: true })
    channel?.close()
  }
}

export function lastActivity(): number {
  return last
}

/** Counts as the person being there: they just unlocked, or signed in. */
export function actNow(): void {
  noted(Date.now())
}

export function onActivity(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

/** A call within so long of something the person did is theirs; later the page asks by itself, which keeps nothing open. */
const personalMs = 30_000
export function isUnattended(): boolean {
  return Date.now() - last > personalMs
}
