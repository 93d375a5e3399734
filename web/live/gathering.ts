import { domainsOf, type LiveMessage } from './facts.js'

/** Facts come in bursts (a study's batches): they are gathered this long, so that a list is read once. */
export const gatherMs = 120
/** Facts after which an alarm may be over. */
const stills: ReadonlySet<string> = new Set(['request-claimed', 'alert-ended', 'alert-acknowledged'])
/** What rings, or what is told of it: neither waits for others, nor for somebody to look. */
const alarms = 'alarms'

export interface Gathering {
  heard(message: LiveMessage): void
  /** The screen is looked at again: what changed meanwhile is read once. */
  seen(): void
  close(): void
}

/**
 * Decides when a screen reads again what facts changed: gathered, in the turn the node gives each of the screens that
 * are open, and not while nobody looks. An alarm waits for its turn alone; one that rings here must be still everywhere
 * within a second, so that its end is read at once.
 */
export function openGathering(options: {
  /** Reads these domains again. */
  read(domains: readonly string[]): void
  isHidden(): boolean
  /** Whether an alarm rings on this screen. */
  isRinging(): boolean
}): Gathering {
  const { read, isHidden, isRinging } = options
  const changed = new Set<string>()
  let timer: ReturnType<typeof setTimeout> | undefined
  let alarm: ReturnType<typeof setTimeout> | undefined

  const readAll = () => {
    timer = undefined
    // They wait for somebody who looks.
    if (isHidden() || changed.size === 0) return
    const domains = [...changed]
    changed.clear()
    read(domains)
  }
  const readAlarms = () => {
    alarm = undefined
    read([alarms])
  }

  return {
    heard: message => {
      const turn = message.turn ?? 0
      const domains = domainsOf(message.kind)
      if (stills.has(message.kind) && isRinging()) readAlarms()
      else if (domains.includes(alarms)) alarm ??= setTimeout(readAlarms, turn)
      for (const domain of domains) if (domain !== alarms) changed.add(domain)
      if (changed.size > 0 && !isHidden()) timer ??= setTimeout(readAll, gatherMs + turn)
    },
    seen: () => {
      clearTimeout(timer)
      readAll()
    },
    close: () => {
      clearTimeout(timer)
      clearTimeout(alarm)
    },
  }
}
