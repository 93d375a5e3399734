import { opensAt } from '../../hours.js'
import type { ChannelName, NoticeView } from '../view.js'
import type { Channel, Reach } from './channel.js'

/** In this order another channel is tried where one failed. */
const FALLBACKS: readonly Channel['name'][] = ['push', 'email', 'telephone']

/**
 * The channels in which one person is told, of those asked for. The screen always; a letter where the person wants
 * letters of that urgency; the others where the person has them.
 */
export function channelsFor(
  asked: readonly ChannelName[],
  urgency: NoticeView['urgency'],
  reach: Reach,
  channels: readonly Channel[],
): ChannelName[] {
  return asked.filter(name => {
    if (name === 'screen') return true
    if (name === 'email') return urgency !== 'routine' || reach.routineLetters
    const channel = channels.find(one => one.name === name)
    return channel !== undefined && channel.unusable === undefined && channel.reaches(reach)
  })
}

/** The channel to try after those that were, or undefined. The telephone is not rung for what can wait. */
export function nextChannel(
  tried: readonly ChannelName[],
  urgency: NoticeView['urgency'],
  reach: Reach,
  channels: readonly Channel[],
): Channel | undefined {
  return FALLBACKS.filter(name => !tried.includes(name) && (name !== 'telephone' || urgency !== 'routine'))
    .map(name => channels.find(channel => channel.name === name))
    .find(channel => channel !== undefined && channel.unusable === undefined && channel.reaches(reach))
}

/**
 * When something may go out: now, or at the end of the person's quiet hours (UTC milliseconds). An emergency never
 * waits.
 */
export function mayGoAt(now: number, urgency: NoticeView['urgency'], quiet: Reach['quiet']): number {
  if (urgency === 'emergency' || quiet === undefined) return now
  return opensAt([{ from: quiet.to, to: quiet.from }], now, quiet.timeZone)
}
