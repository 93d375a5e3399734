import type { PeerView, RouteView } from '../../node/peers/view.js'
import type { ListView } from '../../node/requests/view.js'
import type { ContractView, SiteView } from '../../node/sites/view.js'
import { useData } from '../api/data.js'
import type { ApiProblem } from '../api/problem.js'
import { useSession } from '../session.js'

export interface Network {
  sites: SiteView[]
  peers: PeerView[]
  routes: RouteView[]
  contracts: ContractView[]
}

/** The whole network as far as this person may see it; what their role does not see is empty. */
export function useNetwork(): { network?: Network; problem: ApiProblem | null; readAgain: () => void } {
  const { can } = useSession()
  const sites = useData<ListView<SiteView>>(['sites'], '/api/sites')
  const contracts = useData<ListView<ContractView>>(['contracts'], '/api/contracts')
  const peers = useData<ListView<PeerView>>(['peers'], can('peer.see') ? '/api/peers' : null)
  const routes = useData<ListView<RouteView>>(['routes'], can('route.see') ? '/api/routes' : null)
  const all = [sites, contracts, peers, routes]
  const problem = all.find(each => each.error)?.error ?? null
  const waiting = all.some(each => each.isPending && each.fetchStatus !== 'idle')
  const readAgain = () => {
    for (const each of all) void each.refetch()
  }
  if (waiting || problem) return { problem, readAgain }
  return {
    network: {
      sites: sites.data?.items ?? [],
      contracts: contracts.data?.items ?? [],
      peers: peers.data?.items ?? [],
      routes: [...(routes.data?.items ?? [])].sort((a, b) => a.position - b.position),
    },
    problem,
    readAgain,
  }
}
