import type { Language } from '../accounts/view.js'
import type { SiteClosingView } from './view.js'
import { SITE_FAULTS } from './words.js'

/** What higher floors know of a site that is to be closed. */
export interface ClosingPort {
  stops(site: string): Pick<SiteClosingView, 'peers' | 'routes'>
  owed(site: string): Promise<Pick<SiteClosingView, 'acts' | 'transfers'>>
}

/** Why a site is not closed yet, whoever closes it: on screen or by the network file. Undefined: nothing keeps it. */
export function closingFault(
  { contracts, acts, transfers }: Omit<SiteClosingView, 'peers' | 'routes'>,
  language: Language,
): string | undefined {
  const words = SITE_FAULTS[language]
  if (contracts.length > 0) return words.running(contracts.join(', '))
  return acts + transfers > 0 ? words.owed(acts, transfers) : undefined
}
