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
  shown.onclick = () => {
    window.focus()
    shown.close()
    said.open()
  }
}
