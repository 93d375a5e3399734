import { outsideHeads } from '../archive/witness/folder.js'
import type { Clock } from '../clock.js'
import type { Database } from '../database.js'
import type { Journal } from '../journal/journal.js'
import type { VerifyingView, VerifyView } from '../journal/view.js'
import type { Settings } from '../settings.js'
import { asView, verifyApart } from './verification.js'

/** The check of the chain as a person at a screen asks for it, who sees how far it is. */
export function openChainVerification(options: {
  db: Database
  clock: Clock
  journal: Pick<Journal, 'head'>
  config: Pick<Settings, 'archive'>
}) {
  const { db, clock, journal, config } = options
  let view: VerifyingView = { running: false, entries: 0, of: 0 }
  return {
    verifying: () => view,
    verify: async (): Promise<VerifyView> => {
      const began = clock.monotonic()
      const of = await journal.head()
      const own: VerifyingView = { running: true, entries: 0, of }
      view = own
      try {
        const { witnessFolder } = config.archive
        const result = await verifyApart(db.file, {
          outside: witnessFolder === null ? [] : outsideHeads(witnessFolder),
          onProgress: entries => {
            own.entries = Math.min(entries, of)
          },
        })
        return asView(result, clock.monotonic() - began)
      } finally {
        own.running = false
      }
    },
  }
}
