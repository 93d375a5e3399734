/**
 * Takes the whole page out of the document, with what is typed in it, and gives the way to put it back. It lives on in
 * memory, where nothing shows or reads it: no screen, no search of the page, no extension. `keep` is what stays: the
 * lock itself. What the page adds meanwhile (a message, a dialog) goes with the rest.
 */
export function hidePage(keep: HTMLElement): () => void {
  const away = document.createElement('div')
  const focused = document.activeElement
  const title = document.title
  const scrolled = [...document.querySelectorAll<HTMLElement>('*')]
    .filter(({ scrollTop, scrollLeft }) => scrollTop !== 0 || scrollLeft !== 0)
    .map(element => ({ element, top: element.scrollTop, left: element.scrollLeft }))
  const take = () => {
    for (const node of [...document.body.childNodes]) if (node !== keep) away.append(node)
  }
  take()
  document.title = 'Relais'
  const watching = new MutationObserver(take)
  watching.observe(document.body, { childList: true })
  return () => {
    watching.disconnect()
    keep.before(...away.childNodes)
    document.title = title
    for (const { element, top, left } of scrolled) element.scrollTo({ top, left, behavior: 'instant' })
    if (focused instanceof HTMLElement && focused.isConnected) focused.focus({ preventScroll: true })
  }
}
