import { BlockList, isIP } from 'node:net'

/**
 * Which addresses this program may be made to call. Peers and mail servers are named by people; a name that leads to
 * this machine, its cloud's secrets or nobody turns the node into somebody's tool.
 */
export interface Surroundings {
  /** Addresses of this machine besides loopback. */
  own: readonly string[]
  /** Ports this program itself listens on. */
  ownPorts: readonly number[]
  /** Demonstrations and tests call peers on this machine. */
  allowLoopback: boolean
  /** Addresses of private networks, where PACS and mail servers live. */
  allowPrivate: boolean
}

/** What for an address that a person named is called. */
export const purposes = ['peer', 'mail', 'telephone', 'webhook', 'witness', 'push'] as const
export type Purpose = (typeof purposes)[number]

const loopback = listOf('127.0.0.0/8', '0.0.0.0/8', '::1/128', '::/128')
const linkLocal = listOf('169.254.0.0/16', 'fe80::/10')
/** Where clouds keep the secrets of a machine, apart from 169.254.169.254. */
const metadata = listOf(
  ...['100.100.100.200', '168.63.129.16', '192.0.0.192'],
  ...['fd00:ec2::254', 'fd20:ce::254'],
)
/** Multicast, broadcast and reserved; tunnels (RFC 4380) that hide where they lead. */
const nobody = listOf('224.0.0.0/4', '240.0.0.0/4', 'ff00::/8', '2001::/32')
const privateNetworks = listOf(
  ...['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10'],
  ...['fc00::/7', 'fec0::/10'],
)

/** Why an address is not called; undefined where it may be. Numeric addresses only. */
export function addressFault(address: string, port: number, around: Surroundings): string | undefined {
  const plain = innermost(address)
  if (isIP(plain) === 0) return `${address} is no address`
  if (within(linkLocal, plain) || within(metadata, plain))
    return 'link-local and metadata addresses are never called'
  if (within(nobody, plain)) return 'nobody has this address'
  const here = within(loopback, plain) || around.own.includes(plain)
  if (here && around.ownPorts.includes(port)) return 'this is this node itself'
  if (within(loopback, plain) && !around.allowLoopback)
    return 'this machine itself is no peer (peers.allowLoopback is off)'
  if (within(privateNetworks, plain) && !around.allowPrivate)
    return 'addresses of private networks are not called for this (outgoing.privateAddresses)'
  return undefined
}

/** Loopback by address, however it is written, or by the names that always mean it. */
export function isLoopback(host: string): boolean {
  // `127.1` is no address here but is one to the resolver.
  return /(^|\.)localhost\.?$/i.test(host) || /^127\./.test(host) || within(loopback, innermost(host))
}

/**
 * A number, or numbers with dots, that is no address as people write it but one to the resolver: `0x7f.1`, `2130706433`,
 * `0177.0.0.1`.
 */
export function isDisguised(host: string): boolean {
  return isIP(host) === 0 && /^(0x[0-9a-f]*|\d+)(\.(0x[0-9a-f]*|\d+))*\.?$/i.test(host)
}

/** An address nobody may register, whatever the settings. */
export function isForbidden(host: string): boolean {
  const address = innermost(host)
  return within(linkLocal, address) || within(metadata, address) || within(nobody, address)
}

/** The IPv4 address inside an IPv6 one: mapped, translated (RFC 2765, RFC 6052) or tunnelled (RFC 3056); without a zone. */
function innermost(address: string): string {
  const bare = address.replace(/%.*$/, '')
  if (isIP(bare) !== 6) return bare
  const words = wordsOf(bare)
  const [a, b, c, d, e, f, g, h] = words as [number, number, number, number, number, number, number, number]
  const zeros = [a, b, c, d].every(word => word === 0)
  if (zeros && e === 0 && (f === 0xffff || (f === 0 && g !== 0))) return quad(g, h)
  if (zeros && e === 0xffff && f === 0) return quad(g, h)
  if (a === 0x64 && b === 0xff9b) return quad(g, h)
  if (a === 0x2002) return quad(b, c)
  return bare
}

/** An address, or a range of them in CIDR notation. */
export function isRange(range: string): boolean {
  const [base = '', bits, more] = range.split('/')
  const family = isIP(base)
  if (family === 0 || more !== undefined) return false
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (family === 6 ? 128 : 32))
}

/** Addresses and ranges as one list; asked by {@link within}. */
export function listOf(...ranges: string[]): BlockList {
  const list = new BlockList()
  for (const range of ranges) {
    const [base = '', bits] = range.split('/')
    const family = isIP(base) === 6 ? 'ipv6' : 'ipv4'
    if (bits === undefined) list.addAddress(base, family)
    else list.addSubnet(base, Number(bits), family)
  }
  return list
}

export function within(list: BlockList, address: string): boolean {
  const family = isIP(address)
  return family !== 0 && list.check(address, family === 6 ? 'ipv6' : 'ipv4')
}

/** The eight 16-bit words of an IPv6 address. */
function wordsOf(address: string): number[] {
  const dotted = /^(.*:)(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(address)
  const text =
    dotted === null
      ? address
      : `${dotted[1]}${hex(Number(dotted[2]), Number(dotted[3]))}:${hex(Number(dotted[4]), Number(dotted[5]))}`
  const [left = '', right] = text.split('::')
  const part = (words: string) =>
    words === '' ? [] : words.split(':').map(word => Number.parseInt(word, 16))
  const [before, after] = [part(left), part(right ?? '')]
  const gap = right === undefined ? 0 : 8 - before.length - after.length
  return [...before, ...Array<number>(gap).fill(0), ...after]
}

const hex = (high: number, low: number) => ((high << 8) | low).toString(16)
const quad = (high: number, low: number) => `${high >> 8}.${high & 255}.${low >> 8}.${low & 255}`
