// Wakes for messages that come while no page is open, and for nothing else: it keeps nothing, it answers no request of
// a page, so that no health data ever lies in it. What it shows came encrypted for this browser and names no patient.

const ANSWER_MS = 500

self.addEventListener('install', () => self.skipWaiting())
self.addEventListener('activate', event => event.waitUntil(self.clients.claim()))

self.addEventListener('push', event => {
  const message = event.data?.json()
  if (message) event.waitUntil(Promise.all([show(message), sayReceived(message)]))
})

/** Only a path of our own: a message leads nowhere else. */
function pathOf(message) {
  const url = new URL(message.path, self.location.origin)
  return url.origin === self.location.origin ? url.pathname + url.search + url.hash : '/'
}

function show(message) {
  const path = pathOf(message)
  const alert = /^\/alarm\/([\w-]+)/.exec(path)?.[1]
  const rings = message.rings === true
  return self.registration.showNotification(message.title, {
    body: message.body,
    // Each wave of one alarm takes the place of the one before it, and rings anew.
    tag: alert ?? message.id,
    renotify: true,
    requireInteraction: rings,
    silent: false,
    vibrate: rings ? [400, 150, 400, 150, 400] : [200],
    icon: '/icon.svg',
    data: { path, ...(message.act ? { act: pathOf({ path: message.act }) } : {}) },
  })
}

/** The node counts a message as delivered when the browser itself says so; the proof came with it. */
async function sayReceived({ id, device, proof }) {
  await fetch('/api/push/received', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    cache: 'no-store',
    body: JSON.stringify({ notice: id, device, proof }),
  })
}

self.addEventListener('notificationclick', event => {
  event.notification.close()
  const { path = '/', act } = event.notification.data ?? {}
  event.waitUntil(lead(path, act))
})

/** A page that shows it, or its act: what rings does so over any of them. No page that shows something else is taken away. */
async function lead(path, act) {
  const pages = await self.clients.matchAll({ type: 'window', includeUncontrolled: true })
  const places = await Promise.all(pages.map(placeOf))
  for (const wanted of [path, act]) {
    const at = places.findIndex(place => place === wanted || place?.startsWith(`${wanted}/`))
    if (at !== -1) return pages[at].focus()
  }
  return self.clients.openWindow(path)
}

/** The address a page was opened with says nothing of where it is now: it is asked, and does not answer when it sleeps. */
function placeOf(page) {
  return new Promise(resolve => {
    const { port1, port2 } = new MessageChannel()
    const timer = setTimeout(resolve, ANSWER_MS)
    port1.onmessage = ({ data }) => {
      clearTimeout(timer)
      resolve(data)
    }
    page.postMessage('where', [port2])
  })
}

/** The push service gave this browser another address: the node is told, as the signed-in person. */
self.addEventListener('pushsubscriptionchange', event => {
  event.waitUntil(renew(event.oldSubscription, event.newSubscription))
})

async function renew(before, given) {
  const subscription =
    given ?? (await self.registration.pushManager.subscribe(before?.options ?? (await terms())))
  const { endpoint, keys } = subscription.toJSON()
  // Signed out or locked it is refused; the next page that is opened tells it then.
  await fetch('/api/reach/devices', {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'relais-background': '1' },
    credentials: 'same-origin',
    cache: 'no-store',
    body: JSON.stringify({
      endpoint,
      keys,
      name: self.navigator.userAgent.slice(0, 100),
      ...(before ? { replaces: before.endpoint } : {}),
    }),
  })
}

/** Where the browser does not say what it had subscribed under, the node does. */
async function terms() {
  const answer = await fetch('/api/reach', { headers: { 'relais-background': '1' }, cache: 'no-store' })
  const { pushKey } = await answer.json()
  return { userVisibleOnly: true, applicationServerKey: pushKey }
}
