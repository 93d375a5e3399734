import { useMemo, useState } from 'react'
import { Link, useLocation } from 'wouter'
import type { FlowView } from '../../node/exchange/view.js'
import type { RouteView } from '../../node/peers/view.js'
import type { ListView } from '../../node/requests/view.js'
import { useData } from '../api/data.js'
import { useSession } from '../session.js'
import { useNode } from '../shell/node.js'
import { useFormats } from '../words/format.js'
import { network as words } from '../words/network.js'
import { useWords } from '../words/words.js'
import { FlowList, flowWords } from './FlowList.js'
import { HealthSign } from './Health.js'
import { box, flowPath, layOut, type PlacedPeer, width } from './layout.js'
import styles from './Map.module.css'
import shared from './Network.module.css'
import { useRouteWords } from './route-words.js'
import type { Network } from './use-network.js'

/** The picture, and beside it the same in words: whoever does not see the arrows reads the list. */
export function NetworkMap({ network }: { network: Network }) {
  const t = useWords(words)
  const { session, role } = useSession()
  const seesPeersOf = (site: string) => role === 'operator' || site === session.account.site
  const say = useRouteWords(network)
  const node = useNode()
  const { sites, peers, routes } = network
  const { can } = useSession()
  const moving = useData<ListView<FlowView>>(['flows'], can('peer.see') ? '/api/flows' : null)
  const flows = moving.data?.items ?? []
  const layout = useMemo(() => layOut(sites, peers, routes), [sites, peers, routes])
  const [lit, setLit] = useState<string | null>(null)
  const dim = (route: RouteView) => lit !== null && lit !== route.id
  const active = routes.filter(route => route.enabled && !route.stopped).length
  return (
    <div className={styles.map}>
      <div className={styles.picture}>
        {/* biome-ignore lint/a11y/useSemanticElements: the picture holds links, no form fields */}
        <svg
          viewBox={`0 0 ${width} ${layout.height}`}
          role="group"
          aria-label={t('map.label', { sites: sites.length, peers: peers.length, routes: active })}
        >
          <defs>
            <marker
              id="arrow"
              viewBox="0 0 8 8"
              refX="6"
              refY="4"
              markerWidth="7"
              markerHeight="7"
              orient="auto"
            >
              <path d="M0 .5 7 4 0 7.5z" fill="context-stroke" />
            </marker>
          </defs>
          {layout.sites.map(site => (
            <g key={site.site.id}>
              <rect
                x={site.x}
                y={site.y}
                width={site.width}
                height={site.height}
                rx="10"
                className={styles.site}
              />
              <text x={site.x + 14} y={site.y + 22} className={styles.siteName}>
                {site.site.name}
              </text>
              <text x={site.x + site.width - 14} y={site.y + 22} textAnchor="end" className={styles.siteKind}>
                {t(`site.${site.site.kind}`)}
              </text>
              {site.peers.length === 0 ? (
                <text x={site.x + 14} y={site.y + 62} className={styles.siteKind}>
                  {t(seesPeersOf(site.site.id) ? 'map.nobody' : 'map.unseen')}
                </text>
              ) : null}
            </g>
          ))}
          {layout.arrows.map(({ route, path, kind }) => (
            <path
              key={`${route.id} ${kind} ${path}`}
              d={path}
              markerEnd="url(#arrow)"
              className={[
                styles.arrow,
                route.enabled && !route.stopped ? '' : styles.off,
                dim(route) ? styles.dim : '',
                lit === route.id ? styles.lit : '',
              ].join(' ')}
            />
          ))}
          {layout.sites.flatMap(site =>
            site.peers.flatMap(placed =>
              flows
                .filter(flow => flow.peer === placed.peer.id)
                .map(({ direction }) => (
                  <path
                    key={`${placed.peer.id} ${direction}`}
                    d={flowPath(placed, site.side, layout.node, direction)}
                    className={styles.flow}
                  />
                )),
            ),
          )}
          {layout.sites.flatMap(site =>
            site.peers.map(placed => (
              <PeerBox
                key={placed.peer.id}
                placed={placed}
                flows={flows.filter(flow => flow.peer === placed.peer.id)}
              />
            )),
          )}
          {layout.arrows.map(({ route, kind, badge }) => (
            <g
              key={`${route.id} ${kind} ${badge.x} ${badge.y}`}
              className={dim(route) ? `${styles.badge} ${styles.dim}` : styles.badge}
            >
              <circle cx={badge.x} cy={badge.y} r="10" />
              <text x={badge.x} y={badge.y + 4} textAnchor="middle">
                {routes.indexOf(route) + 1}
              </text>
            </g>
          ))}
          <rect {...layout.node} rx="12" className={styles.node} />
          <text x={width / 2} y={layout.height / 2 - 2} textAnchor="middle" className={styles.nodeName}>
            {node?.name ?? 'Relais'}
          </text>
          <text x={width / 2} y={layout.height / 2 + 17} textAnchor="middle" className={styles.siteKind}>
            {t('map.node')}
          </text>
        </svg>
      </div>
      {can('peer.see') ? <FlowList flows={flows} /> : null}
      {routes.length > 0 ? (
        <ol className={styles.legend}>
          {routes.map((route, i) => (
            <li
              key={route.id}
              className={route.enabled && !route.stopped ? undefined : shared.stopped}
              onPointerEnter={() => setLit(route.id)}
              onPointerLeave={() => setLit(null)}
            >
              <span className={shared.position}>{i + 1}</span>
              <span>
                <Link href={`/network/routes?route=${encodeURIComponent(route.id)}`}>{route.id}</Link>
                {' · '}
                {say.sentence(route)} {t('route.to')} <b>{route.to.join(', ')}</b>
                {route.stopped ? ` · ${t('stopped')}` : route.enabled ? '' : ` · ${t('map.off')}`}
              </span>
            </li>
          ))}
        </ol>
      ) : null}
      <p className="small third">{t('map.legend')}</p>
    </div>
  )
}

function PeerBox({ placed: { peer, x, y }, flows }: { placed: PlacedPeer; flows: FlowView[] }) {
  const t = useWords(words)
  const format = useFormats()
  const [, go] = useLocation()
  const href = `/network/peers/${encodeURIComponent(peer.id)}`
  const state =
    peer.queued > 0
      ? `${t(`health.${peer.health}`)} · ${t('health.queued', { n: peer.queued })}`
      : t(`health.${peer.health}`)
  return (
    <a
      href={href}
      className={styles.peer}
      aria-label={`${peer.id}, ${state}`}
      onClick={event => {
        if (event.metaKey || event.ctrlKey || event.shiftKey) return
        event.preventDefault()
        go(href)
      }}
    >
      <rect x={x} y={y} width={box.width} height={box.height} rx="7" />
      <text x={x + 14} y={y + 22} className={styles.peerName}>
        {peer.id}
      </text>
      <text
        x={x + box.width - 14}
        y={y + 22}
        textAnchor="end"
        className={flows.length > 0 ? styles.peerFlow : styles.peerAe}
      >
        {flows.length > 0 ? flows.map(flow => flowWords(flow, format)).join('  ') : peer.aeTitles[0]}
      </text>
      <svg x={x + 14} y={y + 31} width="14" height="14" viewBox="0 0 14 14" aria-hidden="true">
        <HealthSign health={peer.health} />
      </svg>
      <text x={x + 34} y={y + 42} className={styles.peerState}>
        {state}
      </text>
    </a>
  )
}
