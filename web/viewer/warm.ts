import { Desk, Editor, RequestPage, Viewer, ViewerPage } from './ahead.js'

/**
 * Loads the viewer while nobody waits for it: a reader on the worklist will open images next, and then the first
 * picture costs its own bytes only. Does nothing on a line the person wants to spare.
 */
export function warmViewer(): () => void {
  const { connection } = navigator as { connection?: { saveData?: boolean } }
  if (connection?.saveData) return () => undefined
  const warm = () => {
    // Only ahead of time: where it fails, opening the images says so.
    import('./cornerstone.js').then(({ startCornerstone }) => startCornerstone()).catch(() => undefined)
    import('./pane.js').catch(() => undefined)
    for (const part of [ViewerPage, Viewer, Desk, Editor, RequestPage]) part.fetch().catch(() => undefined)
  }
  if (!('requestIdleCallback' in window)) {
    const timer = setTimeout(warm, 1_500)
    return () => clearTimeout(timer)
  }
  const idle = requestIdleCallback(warm, { timeout: 4_000 })
  return () => cancelIdleCallback(idle)
}
