// Wakes for messages that come while no page is open, and for nothing else: it keeps nothing, it answers no request of
// a page, so that no health data ever lies in it. What it shows came encrypted for this browser and names no patient.

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
  const rings = message.urgency === 'emergency'
  return self.registration.showNotification(message.title, {
    body: message.body,
    // Each wave of one alarm takes the place of the one before it, and rings anew.
    tag: alert ?? message.id,
    renotify: true,
    requireInteraction: rings,
    silent: false,
    vibrate: rings ? [400, 150, 400, 150, 400] : [200],
    icon: '/icon.svg',
    data: { path },
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
  event.waitUntil(open(event.notification.data?.path ?? '/'))
})

async function open(path) {
  const pages = await self.clients.matchAll({ type: 'window', includeUncontrolled: true })
  const there = pages.find(page => new URL(page.url).pathname === path)
  if (there) return there.focus()
  return self.clients.openWindow(path)
}

/** The push service gave this browser another address: the node is told, as the signed-in person. */
self.addEventListener('pushsubscriptionchange', event => {
  event.waitUntil(renew(event.oldSubscription, event.newSubscription))
})

async function renew(before, given) {
  const subscription = given ?? (before && (await self.registration.pushManager.subscribe(before.options)))
  if (!subscription) return
  const { endpoint, keys } = subscription.toJSON()
  // Signed out or locked it is refused; the next page that is opened tells it then.
  await fetch('/api/reach/devices', {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'relais-background': '1' },
    credentials: 'same-origin',
    cache: 'no-store',
    body: JSON.stringify({ endpoint, keys, name: self.navigator.userAgent.slice(0, 100) }),
  })
}
