import { domainsOf, type LiveMessage } from './facts.js'

/** Facts come in bursts (a study's batches): they are gathered this long, so that a list is read once. */
export const gatherMs = 120
/** Facts after which nobody has to look any more. */
const ends: ReadonlySet<string> = new Set(['alert-ended', 'alert-acknowledged'])
/** Facts after which an alarm may be over. */
const stills: ReadonlySet<string> = new Set(['request-claimed', ...ends])
/** What rings, or what is told of it: neither waits for others, nor for somebody to look. */
const alarms = 'alarms'
/** What is said to this person alone: the bell, the tab's title and the desktop say it while they look elsewhere. */
const news = 'notices'
const isForUs = (kind: string) => kind.startsWith('notice-')

export interface Gathering {
  heard(message: LiveMessage): void
  /** The screen is looked at again: what changed meanwhile is read once. */
  seen(): void
  close(): void
}

/**
 * Decides when a screen reads again what facts changed: gathered, in the turn the node gives each of the screens that
 * are open, and not while nobody looks, but for what is said to this person. An alarm waits for its turn alone; one that rings here must be still everywhere
 * within a second, so that its end is read at once.
 */
export function openGathering(options: {
  /** Reads these again: see {@link domainsOf}. */
  read(domains: readonly string[]): void
  isHidden(): boolean
  /** Whether an alarm rings on this screen. */
  isRinging(): boolean
  /** Whether the bell counts something about this request, and the desktop may show it. */
  isTold(request: string): boolean
}): Gathering {
  const { read, isHidden, isRinging, isTold } = options
  const changed = new Set<string>()
  let announced = false
  let timer: ReturnType<typeof setTimeout> | undefined
  let alarm: ReturnType<typeof setTimeout> | undefined

  const readAll = () => {
    timer = undefined
    // All but what is said to this person waits for somebody who looks.
    const domains = isHidden() ? (announced && changed.has(news) ? [news] : []) : [...changed]
    announced = false
    if (domains.length === 0) return
    for (const domain of domains) changed.delete(domain)
    read(domains)
  }
  const readAlarms = () => {
    alarm = undefined
    read([alarms])
  }

  return {
    heard: message => {
      const turn = message.turn ?? 0
      const domains = domainsOf(message)
      if (stills.has(message.kind) && isRinging()) readAlarms()
      else if (domains.includes(alarms)) alarm ??= setTimeout(readAlarms, turn)
      for (const domain of domains) if (domain !== alarms) changed.add(domain)
      announced ||=
        isForUs(message.kind) || (ends.has(message.kind) && message.id !== undefined && isTold(message.id))
      if (changed.size > 0 && (announced || !isHidden())) timer ??= setTimeout(readAll, gatherMs + turn)
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
