const shownHere = new Map<string, Notification>()

/** Where the person allowed it, and looks elsewhere: the desktop says it too, in the words of the notice. */
export async function showOnDesktop(said: {
  title: string
  body: string
  tag: string
  open: () => void
}): Promise<void> {
  if (!('Notification' in globalThis) || Notification.permission !== 'granted' || !document.hidden) return
  // A browser that is woken shows it by itself.
  if ((await navigator.serviceWorker?.getRegistration()) !== undefined) return
  const shown = new Notification(said.title, { body: said.body, tag: said.tag })
  shownHere.set(said.tag, shown)
  shown.onclose = () => shownHere.delete(said.tag)
  shown.onclick = () => {
    window.focus()
    shown.close()
    said.open()
  }
}

/** Nobody has to look any more: what the desktop still shows of it goes, whoever of this browser showed it. */
export async function takeFromDesktop(tag: string): Promise<void> {
  shownHere.get(tag)?.close()
  const registration = await navigator.serviceWorker?.getRegistration()
  for (const shown of (await registration?.getNotifications({ tag })) ?? []) shown.close()
}

/** Whoever presses a message of the browser is led to the page that shows it: each page says where it is when asked. */
export function sayWhereWeAre(): void {
  navigator.serviceWorker?.addEventListener('message', ({ data, ports }) => {
    if (data === 'where') ports[0]?.postMessage(location.pathname)
  })
}
