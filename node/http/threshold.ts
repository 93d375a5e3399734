import type { IncomingMessage } from 'node:http'
import { ownAddresses } from '../address-guard.js'
import type { Settings } from '../settings.js'
import {
  answersTo,
  isLocal,
  isLoopback,
  isOurPage,
  originsOf,
  proxiesOf,
  type Way,
  wayOf,
} from './addresses.js'

/** Why a request is not even read. */
export interface TurnedAway {
  status: 308 | 400 | 403 | 421 | 431
  detail: string
  /** Where to go instead, of 308. */
  location?: string
}

/** What is decided of a request from its connection and the names in its head alone. */
export interface Threshold {
  isProxy(address: string): boolean
  wayOf(request: IncomingMessage): Way
  /** Undefined where it may come in. */
  turnedAway(request: IncomingMessage): TurnedAway | undefined
  /** Whether a browser says it comes from a page of ours. Asked of what was not turned away. */
  isOurPage(request: IncomingMessage): boolean
}

/** Those who watch over the node ask by the address they have, and through proxies that say what they like. */
const WATCHING = /^\/(healthz|readyz|metrics)$/

/** `port`: what is listened on, once it is; `tls`: the node itself serves HTTPS. */
export function openThreshold(options: {
  config: Settings['http']
  tls: boolean
  port(): number
}): Threshold {
  const { config, tls } = options
  const { publicUrl, host } = config
  const isProxy = proxiesOf(config.trustedProxies)
  const proxiesOnly = !tls && !isLocal(host) && !config.plainOnNetwork

  function misaddressed(request: IncomingMessage): TurnedAway | undefined {
    const { url = '', rawHeaders, headers } = request
    const hosts = rawHeaders.filter((name, index) => index % 2 === 0 && name.toLowerCase() === 'host').length
    if (hosts > 1) return { status: 400, detail: 'A request names one host.' }
    const targets = [headers.host, url.startsWith('/') || url === '*' ? undefined : authorityOf(url)]
    const wrong = targets.some(
      target => target !== undefined && !answersTo(target, { publicUrl, host, own: ownAddresses }),
    )
    if (!wrong) return undefined
    return {
      status: 421,
      detail: 'This node does not go by that name. Is http.publicUrl the address that was opened?',
    }
  }

  return {
    isProxy,
    wayOf: request => wayOf(request, isProxy),
    turnedAway: request => {
      if (request.rawHeaders.length / 2 > config.headerFieldsMax)
        return { status: 431, detail: `A request has at most ${config.headerFieldsMax} header fields.` }
      const wrong = misaddressed(request)
      if (wrong !== undefined) return wrong
      const way = wayOf(request, isProxy)
      if (proxiesOnly && !way.proxied && !isLoopback(way.address))
        return { status: 403, detail: 'This node is reached through its proxy only.' }
      const { url = '/', method } = request
      if (!way.inTheClear || publicUrl?.startsWith('https:') !== true) return undefined
      if (WATCHING.test(url.split('?')[0] ?? '')) return undefined
      return (method === 'GET' || method === 'HEAD') && url.startsWith('/')
        ? { status: 308, detail: 'Come by https.', location: `${publicUrl}${url}` }
        : { status: 403, detail: 'This came without TLS.' }
    },
    isOurPage: request => {
      const origins = originsOf({ publicUrl, host, port: options.port(), secure: tls })
      // Of the names that were let in, the one it was asked under: its page is ours, the cookie belongs to it only.
      const here = `${wayOf(request, isProxy).scheme}://${request.headers.host}`
      return isOurPage(request.headers, [...origins, here])
    },
  }
}

/** The authority of an absolute target (RFC 9112 §3.2.2); one that cannot be read leads nowhere. */
function authorityOf(target: string): string {
  return URL.canParse(target) ? new URL(target).host : ''
}
