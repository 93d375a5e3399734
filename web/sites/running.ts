import type { ContractView } from '../../node/sites/view.js'

/** Contracts that run with a site, or will; what is only prepared covers nothing. */
export function runningWith(site: string, contracts: readonly ContractView[]): ContractView[] {
  const today = new Date().toISOString().slice(0, 10)
  return contracts.filter(
    ({ requesting, reading, prepared, until }) =>
      (requesting === site || reading === site) && !prepared && (until === undefined || until >= today),
  )
}
