/**
 * Where everything stands on the picture of the network: requesting sites on the left, reading groups on the right,
 * the node between them. Pure geometry in the picture's own units (px at full width).
 */
import type { PeerView, RouteView } from '../../node/peers/view.js'
import type { SiteView } from '../../node/sites/view.js'

export const width = 1120
export const box = { width: 280, height: 54 }
const gap = 10
const siteHead = 34
const sitePad = 12
const siteGap = 22
const margin = 16

export interface PlacedPeer {
  peer: PeerView
  x: number
  y: number
}

export interface PlacedSite {
  site: SiteView
  side: 'left' | 'right'
  x: number
  y: number
  width: number
  height: number
  peers: PlacedPeer[]
}

export interface Arrow {
  route: RouteView
  /** SVG path, in the direction the images go. */
  path: string
  kind: 'in' | 'out'
  /** Where its number stands: on the line, a third of the way from the outside. */
  badge: { x: number; y: number }
}

export interface Layout {
  height: number
  sites: PlacedSite[]
  node: { x: number; y: number; width: number; height: number }
  arrows: Arrow[]
}

export function layOut(sites: SiteView[], peers: PeerView[], routes: RouteView[]): Layout {
  const known = new Set(sites.map(site => site.id))
  const orphans = peers.filter(peer => !known.has(peer.site))
  const shown: SiteView[] = [
    ...sites.filter(site => site.kind !== 'operator' || peers.some(peer => peer.site === site.id)),
    ...[...new Set(orphans.map(peer => peer.site))].map(id => ({
      id,
      name: peers.find(peer => peer.site === id)?.siteName ?? id,
      kind: 'requesting' as const,
    })),
  ]
  const left = column(
    shown.filter(site => site.kind !== 'reading'),
    peers,
    'left',
  )
  const right = column(
    shown.filter(site => site.kind === 'reading'),
    peers,
    'right',
  )
  const height = Math.max(left.height, right.height, 220)
  const placed = [...centred(left, height), ...centred(right, height)]
  const node = { x: width / 2 - 75, y: height / 2 - 38, width: 150, height: 76 }
  return { height, sites: placed, node, arrows: arrowsOf(routes, placed, node) }
}

interface Column {
  height: number
  sites: PlacedSite[]
}

function column(sites: SiteView[], peers: PeerView[], side: 'left' | 'right'): Column {
  const siteWidth = box.width + sitePad * 2
  const x = side === 'left' ? margin : width - margin - siteWidth
  let y = margin
  const placed = sites.map(site => {
    const own = peers.filter(peer => peer.site === site.id)
    const rows = Math.max(1, own.length)
    const height = siteHead + rows * box.height + (rows - 1) * gap + sitePad
    const at: PlacedSite = {
      site,
      side,
      x,
      y,
      width: siteWidth,
      height,
      peers: own.map((peer, i) => ({ peer, x: x + sitePad, y: y + siteHead + i * (box.height + gap) })),
    }
    y += height + siteGap
    return at
  })
  return { height: y - siteGap + margin, sites: placed }
}

function centred({ height, sites }: Column, whole: number): PlacedSite[] {
  const down = Math.max(0, (whole - height) / 2)
  return sites.map(site => ({
    ...site,
    y: site.y + down,
    peers: site.peers.map(peer => ({ ...peer, y: peer.y + down })),
  }))
}

/** Each route comes into the node from its source and leaves it to each destination. */
function arrowsOf(routes: RouteView[], sites: PlacedSite[], node: Layout['node']): Arrow[] {
  const middle = node.y + node.height / 2
  const edge = (side: 'left' | 'right') => (side === 'left' ? node.x : node.x + node.width)
  const spread = (i: number) => (i - (routes.length - 1) / 2) * Math.min(22, 60 / Math.max(1, routes.length))
  return routes.flatMap((route, i) => {
    const arrows: Arrow[] = []
    const from = sourceOf(route, sites)
    if (from) {
      const to = edge(from.side) + (from.side === 'left' ? -7 : 7)
      const line: Line = [from.x, from.y, to, middle + spread(i)]
      arrows.push({ route, kind: 'in', path: curve(line), badge: along(line, 0.34) })
    }
    for (const id of route.to) {
      for (const site of sites) {
        const placed = site.peers.find(each => each.peer.id === id)
        if (!placed) continue
        const x = site.side === 'left' ? placed.x + box.width + 7 : placed.x - 7
        // Several routes to one peer arrive one below the other.
        const shift = Math.max(-18, Math.min(18, spread(i)))
        const line: Line = [edge(site.side), middle + spread(i), x, placed.y + box.height / 2 + shift]
        arrows.push({ route, kind: 'out', path: curve(line), badge: along(line, 0.34 + 0.16 * (i % 3)) })
      }
    }
    return arrows
  })
}

function sourceOf(
  route: RouteView,
  sites: PlacedSite[],
): { x: number; y: number; side: 'left' | 'right' } | null {
  for (const site of sites) {
    const x = site.side === 'left' ? site.x + site.width : site.x
    const peer = site.peers.find(each => each.peer.id === route.when.peer)
    if (peer) {
      const edge = site.side === 'left' ? peer.x + box.width : peer.x
      return { x: edge, y: peer.y + box.height / 2, side: site.side }
    }
    if (!route.when.peer && site.site.id === route.when.site)
      return { x, y: site.y + site.height / 2, side: site.side }
  }
  return null
}

type Line = [x1: number, y1: number, x2: number, y2: number]

function curve([x1, y1, x2, y2]: Line): string {
  const bend = (x2 - x1) / 2
  return `M${x1} ${y1}C${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2} ${y2}`
}

/** The point of that curve (a cubic Bézier with level ends) at `t` from 0 to 1. */
function along([x1, y1, x2, y2]: Line, t: number): { x: number; y: number } {
  const bend = (x2 - x1) / 2
  const u = 1 - t
  const weigh = (a: number, b: number, c: number, d: number) =>
    u ** 3 * a + 3 * u ** 2 * t * b + 3 * u * t ** 2 * c + t ** 3 * d
  return { x: weigh(x1, x1 + bend, x2 - bend, x2), y: weigh(y1, y1, y2, y2) }
}

/** Between a peer and the node, in the direction the images go now. */
export function flowPath(
  placed: PlacedPeer,
  side: PlacedSite['side'],
  node: Layout['node'],
  direction: 'in' | 'out',
): string {
  const peer = { x: side === 'left' ? placed.x + box.width : placed.x, y: placed.y + box.height / 2 }
  const near = { x: side === 'left' ? node.x : node.x + node.width, y: node.y + node.height / 2 }
  const [from, to] = direction === 'in' ? [peer, near] : [near, peer]
  return curve([from.x, from.y, to.x, to.y])
}
