import type { ReachView } from '../../node/notifications/view.js'
import { call } from '../api/call.js'
import { ApiProblem } from '../api/problem.js'

/** What stands in the way of waking this browser; undefined: nothing. */
export function pushLack(pushKey: string | undefined): 'node' | 'browser' | 'denied' | undefined {
  if (pushKey === undefined) return 'node'
  if (!('serviceWorker' in navigator) || !('PushManager' in globalThis)) return 'browser'
  return Notification.permission === 'denied' ? 'denied' : undefined
}

/** The endpoint the node was last told of, on this device. */
const kept = 'relais.push'

function deviceName(): string {
  const { userAgent } = navigator
  const browser = /Firefox|Edg|OPR|Chrome|Safari/.exec(userAgent)?.[0] ?? 'Navigateur'
  const system = /Android|iPhone|iPad|Windows|Mac OS|Linux/.exec(userAgent)?.[0]
  return [browser === 'Edg' ? 'Edge' : browser === 'OPR' ? 'Opera' : browser, system]
    .filter(Boolean)
    .join(' · ')
}

async function tellNode(subscription: PushSubscription): Promise<void> {
  const { endpoint, keys } = subscription.toJSON()
  const replaces = localStorage.getItem(kept) ?? undefined
  const body = { endpoint, keys, name: deviceName(), ...(replaces === undefined ? {} : { replaces }) }
  await call({ method: 'POST', path: '/api/reach/devices', body })
  localStorage.setItem(kept, endpoint ?? '')
}

export async function subscriptionHere(): Promise<PushSubscription | null> {
  const registration = await navigator.serviceWorker?.getRegistration('/')
  return (await registration?.pushManager.getSubscription()) ?? null
}

export type Woken = 'on' | 'denied' | 'failed'

/** Asks for the browser's permission, which is why a press leads here, and tells the node. */
export async function wakeThisBrowser(pushKey: string): Promise<Woken> {
  if ((await Notification.requestPermission()) !== 'granted') return 'denied'
  await navigator.serviceWorker.register('/sw.js', { scope: '/' })
  const { pushManager } = await navigator.serviceWorker.ready
  try {
    await tellNode(await pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: pushKey }))
  } catch (thrown) {
    // The browser's push service cannot be reached, or is switched off.
    if (thrown instanceof DOMException) return 'failed'
    throw thrown
  }
  return 'on'
}

export async function letThisBrowserSleep(): Promise<void> {
  await (await subscriptionHere())?.unsubscribe()
  const registration = await navigator.serviceWorker?.getRegistration('/')
  await registration?.unregister()
  localStorage.removeItem(kept)
}

/** Subscribes anew under the node's key, where the browser has lost what it had and still is allowed to. */
async function subscribedAgain(): Promise<PushSubscription | null> {
  const registration = await navigator.serviceWorker?.getRegistration('/')
  if (registration === undefined || Notification.permission !== 'granted') return null
  const { pushKey } = await call<ReachView>({ method: 'GET', path: '/api/reach' })
  if (pushKey === undefined) return null
  return registration.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: pushKey })
}

/** The push service may have given the browser another address, or none, while no page was open. */
export async function tellNewAddress(): Promise<void> {
  if (!('PushManager' in globalThis) || localStorage.getItem(kept) === null) return
  try {
    const subscription = (await subscriptionHere()) ?? (await subscribedAgain())
    if (subscription !== null && subscription.endpoint !== localStorage.getItem(kept))
      await tellNode(subscription)
  } catch (problem) {
    // Told at the next opening.
    if (!(problem instanceof ApiProblem) && !(problem instanceof DOMException)) throw problem
  }
}
