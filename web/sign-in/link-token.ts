import { useState } from 'react'

/**
 * The secret of a link, which stands after its `#` and so goes into no log on its way. It is taken out of the address bar
 * at once and kept in this tab, so that signing in or a reload in between loses nothing.
 */
export function useLinkToken(page: string): [token: string, forget: () => void] {
  const kept = `relais.link ${page}`
  const [token] = useState(() => {
    const given = new URLSearchParams(location.hash.replace(/^#/, '')).get('token')
    if (given === null) return sessionStorage.getItem(kept) ?? ''
    sessionStorage.setItem(kept, given)
    history.replaceState(history.state, '', location.pathname + location.search)
    return given
  })
  return [token, () => sessionStorage.removeItem(kept)]
}
