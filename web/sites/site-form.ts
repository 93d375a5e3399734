import type { SiteView } from '../../node/sites/view.js'

/** A site as a form holds it. */
export interface SiteDraft {
  id: string
  name: string
  kind: '' | 'requesting' | 'reading'
  issuer: string
  timeZone: string
  telephones: { key: number; label: string; number: string }[]
}

export type Revised<T> = T & { revision: string }

export const draftOf = (site: SiteView | undefined): SiteDraft => ({
  id: site?.id ?? '',
  name: site?.name ?? '',
  kind: site === undefined || site.kind === 'operator' ? '' : site.kind,
  issuer: site?.issuer ?? '',
  timeZone: site?.timeZone ?? '',
  telephones: (site?.telephones ?? []).map((telephone, key) => ({ key, ...telephone })),
})

/** Rows nobody wrote in are left out. */
const written = ({ telephones }: SiteDraft) =>
  telephones
    .map(({ label, number }) => ({ label: label.trim(), number: number.trim() }))
    .filter(({ label, number }) => label !== '' || number !== '')

/** What is sent: what is empty is not said. */
export function siteOf(draft: SiteDraft) {
  const telephones = written(draft)
  return {
    name: draft.name.trim(),
    ...(draft.issuer.trim() === '' ? {} : { issuer: draft.issuer.trim() }),
    ...(draft.timeZone.trim() === '' ? {} : { timeZone: draft.timeZone.trim() }),
    ...(telephones.length === 0 ? {} : { telephones }),
  }
}

export type SiteFault = 'id' | 'name' | 'kind' | 'zone' | 'telephone'

/** What does not fit, before anything is sent; `made`: its id and kind are not asked any more. */
export function faultsOf(draft: SiteDraft, made: boolean): Set<SiteFault> {
  const faults = new Set<SiteFault>()
  const check = (fault: SiteFault, wrong: boolean) => {
    if (wrong) faults.add(fault)
  }
  check('id', !made && !/^[a-z0-9][a-z0-9-]{0,62}$/.test(draft.id))
  check('name', draft.name.trim() === '')
  check('kind', !made && draft.kind === '')
  check('zone', draft.timeZone.trim() !== '' && !isZone(draft.timeZone.trim()))
  check(
    'telephone',
    written(draft).some(({ label, number }) => label === '' || !/^\+?[0-9][0-9 .()/-]{2,30}$/.test(number)),
  )
  return faults
}

function isZone(timeZone: string): boolean {
  try {
    return timeZone.includes('/') && Boolean(new Intl.DateTimeFormat('en', { timeZone }))
  } catch {
    return false // RangeError: the browser knows no such place.
  }
}
