import { type Candidates, candidates } from '../offsite/candidates.js'
import type { Situation } from '../offsite/situation.js'
import type { ContractView } from '../sites/view.js'
import type { PeoplePort, SitePort } from './ports.js'
import type { RequestRecord } from './schema.js'
import type { NewRequest } from './view.js'
import { formOf } from './views.js'

/** Whom a request would be offered to now, and what the contract of that group says of its offers. */
export interface Dispatched extends Candidates {
  ladder?: ContractView['ladder']
  timers?: ContractView['timers']
}

/** Read before the transaction, recorded in it. */
export type Dispatch = (form: NewRequest) => Promise<Dispatched>

export function openDispatch({
  sites,
  people,
  situation,
}: {
  sites: SitePort
  people: PeoplePort
  situation(): Promise<Situation>
}): Dispatch {
  return async form => {
    const contracts = await sites.contracts()
    const groups = contracts
      .filter(contract => contract.requesting === form.site)
      .map(contract => contract.reading)
    const readers = await people.members([...new Set(groups)], 'radiologist')
    const found = candidates(form, contracts, readers, await situation())
    const contract = contracts.find(({ id }) => id === found.group?.contract)
    return contract === undefined ? found : { ...found, ladder: contract.ladder, timers: contract.timers }
  }
}

/** The form as it is offered: to the group that is asked now, whomever the requester named. */
export function asOffered(record: RequestRecord): NewRequest {
  const form = formOf(record)
  return record.reading_site === null ? form : { ...form, to: record.reading_site }
}
