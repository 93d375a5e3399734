import { Plus, Waypoints } from 'lucide-react'
import { Route, Switch, useLocation } from 'wouter'
import { ContractPage } from '../contracts/ContractPage.js'
import { PresetList } from '../imports/PresetList.js'
import { PresetPage } from '../imports/PresetPage.js'
import { ButtonLink } from '../parts/Button.js'
import { Empty } from '../parts/Empty.js'
import { ErrorBox } from '../parts/ErrorBox.js'
import { Page } from '../parts/Page.js'
import { Skeleton } from '../parts/Skeleton.js'
import { Tabs } from '../parts/Tabs.js'
import { useSession } from '../session.js'
import { NotFound } from '../shell/NotFound.js'
import { SitePage } from '../sites/SitePage.js'
import { SiteTable } from '../sites/SiteTable.js'
import { network as words } from '../words/network.js'
import { presets as presetWords } from '../words/presets.js'
import { routes as routeWords } from '../words/routes.js'
import { siteWords } from '../words/sites.js'
import { useWords } from '../words/words.js'
import { CertificateTable } from './CertificateTable.js'
import { ContractTable } from './ContractTable.js'
import { NetworkMap } from './NetworkMap.js'
import { PeerPage } from './PeerPage.js'
import { PeerTable } from './PeerTable.js'
import { RouteList } from './RouteList.js'
import { RouteTrial } from './RouteTrial.js'
import { type Network, useNetwork } from './use-network.js'
import { Webhooks } from './Webhooks.js'

const places = {
  map: '/network',
  peers: '/network/peers',
  routes: '/network/routes',
  trial: '/network/trial',
  sites: '/network/sites',
  contracts: '/network/contracts',
  certificates: '/network/certificates',
  presets: '/network/presets',
  webhooks: '/network/webhooks',
}
type Place = keyof typeof places

/** /network, /network/peers, /network/peers/:id, /network/routes, /network/trial, /network/sites, /network/sites/:id, /network/contracts, /network/contracts/:id, /network/certificates, /network/presets, /network/presets/:id, /network/webhooks */
export default function NetworkPages() {
  const t = useWords(words)
  const r = useWords(routeWords)
  const p = useWords(presetWords)
  const s = useWords(siteWords)
  const [here, go] = useLocation()
  const { can } = useSession()
  const { network, problem, readAgain } = useNetwork()
  const shown = (Object.keys(places) as Place[]).filter(
    place =>
      (place !== 'sites' || can('site.change')) &&
      (place !== 'certificates' || can('peer.see')) &&
      (place !== 'trial' || can('route.see')) &&
      (place !== 'webhooks' || can('webhook.see')) &&
      // Who works with discs finds them beside these.
      (place !== 'presets' || (can('preset.see') && !can('import.see'))),
  )
  const tabOf = (place: Place) =>
    place === 'trial'
      ? r('tab.trial')
      : place === 'presets'
        ? p('tab')
        : place === 'sites'
          ? s('tab')
          : t(`tab.${place}`)
  const peer = /^\/network\/peers\/([^/]+)$/.exec(here)?.[1]
  if (network && peer !== undefined) return <PeerPage id={decodeURIComponent(peer)} network={network} />

  const contract = /^\/network\/contracts\/([^/]+)$/.exec(here)?.[1]
  if (contract !== undefined)
    return <ContractPage key={contract} id={decodeURIComponent(contract)} base={places.contracts} />

  const site = /^\/network\/sites\/([^/]+)$/.exec(here)?.[1]
  if (site !== undefined) return <SitePage key={site} id={decodeURIComponent(site)} base={places.sites} />

  const preset = /^\/network\/presets\/([^/]+)$/.exec(here)?.[1]
  if (preset !== undefined)
    return <PresetPage key={preset} id={decodeURIComponent(preset)} base={places.presets} go={go} />

  return (
    <Page
      title={t('title')}
      filters={
        <Tabs
          label={t('parts')}
          tabs={shown.map(place => ({
            label: tabOf(place),
            href: places[place],
            current: here === places[place],
            ...(network &&
            place !== 'map' &&
            place !== 'certificates' &&
            place !== 'trial' &&
            place !== 'webhooks' &&
            place !== 'presets'
              ? { count: network[place].length }
              : {}),
          }))}
        />
      }
      actions={
        can('peer.change') && (here === places.map || here === places.peers) ? (
          <ButtonLink href="/network/peers/new" icon={<Plus aria-hidden />}>
            {t('peers.new')}
          </ButtonLink>
        ) : undefined
      }
    >
      {problem ? (
        <ErrorBox title={t('trouble')} trouble={problem} onRetry={readAgain} />
      ) : network ? (
        <Content network={network} />
      ) : (
        <Skeleton lines={6} height={36} />
      )}
    </Page>
  )
}

function Content({ network }: { network: Network }) {
  const [, go] = useLocation()
  const t = useWords(words)
  const empty = network.peers.length === 0 && network.sites.length === 0
  return (
    <Switch>
      <Route path={places.map}>
        {empty ? (
          <Empty icon={<Waypoints aria-hidden />} title={t('empty.title')}>
            {t('empty.text')}
          </Empty>
        ) : (
          <NetworkMap network={network} />
        )}
      </Route>
      <Route path={places.peers}>
        <PeerTable peers={network.peers} />
      </Route>
      <Route path={places.routes}>
        <RouteList network={network} />
      </Route>
      <Route path={places.trial}>
        <RouteTrial network={network} />
      </Route>
      <Route path={places.sites}>
        <SiteTable sites={network.sites} contracts={network.contracts} />
      </Route>
      <Route path={places.contracts}>
        <ContractTable network={network} />
      </Route>
      <Route path={places.certificates}>
        <CertificateTable />
      </Route>
      <Route path={places.webhooks}>
        <Webhooks />
      </Route>
      <Route path={places.presets}>
        <PresetList base={places.presets} go={go} />
      </Route>
      <Route component={NotFound} />
    </Switch>
  )
}
