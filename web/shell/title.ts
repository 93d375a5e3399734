import { useEffect } from 'react'

let page = 'Relais'
let unread = 0

function write(): void {
  document.title = unread > 0 ? `(${unread}) ${page}` : page
}

/** Names the page in the browser's tab. No patient's name goes there: tabs are seen and kept. */
export function useTitle(title: string): void {
  useEffect(() => {
    page = `${title} · Relais`
    write()
  }, [title])
}

/** The number of unread notices before the title. */
export function badgeTitle(count: number): void {
  unread = count
  write()
}
