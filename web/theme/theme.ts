import { useSyncExternalStore } from 'react'

/** `system` follows the machine: a reading room is dark, an office light. */
export type Theme = 'system' | 'dark' | 'light'

const kept = 'relais.theme'
const listeners = new Set<() => void>()

export function currentTheme(): Theme {
  const value = localStorage.getItem(kept)
  return value === 'dark' || value === 'light' ? value : 'system'
}

/** Writes the kept choice onto the document; called once before the first paint. */
export function applyTheme(): void {
  const theme = currentTheme()
  if (theme === 'system') delete document.documentElement.dataset['theme']
  else document.documentElement.dataset['theme'] = theme
}

export function chooseTheme(theme: Theme): void {
  if (theme === 'system') localStorage.removeItem(kept)
  else localStorage.setItem(kept, theme)
  applyTheme()
  for (const listener of listeners) listener()
}

export function useTheme(): [Theme, (theme: Theme) => void] {
  const theme = useSyncExternalStore(listener => {
    listeners.add(listener)
    return () => listeners.delete(listener)
  }, currentTheme)
  return [theme, chooseTheme]
}
