import { hostname } from 'node:os'
import { type AddressGuard, openAddressGuard } from '../address-guard.js'
import { isLoopback, type Purpose } from '../addresses.js'
import type { Config } from '../config.js'
import { isAny } from '../http/addresses.js'

/** Looks at every address this program is made to call, by what it is called for. `ports`: what it listens on itself. */
export function outgoingGuards(config: Config, ports: () => number[]): (purpose: Purpose) => AddressGuard {
  // A mail server, or the gateway of a modem, on this machine is an ordinary thing, when the configuration says so in
  // as many words.
  const named: Partial<Record<Purpose, string | null>> = {
    mail: config.mail.smtpUrl,
    telephone: config.telephone.gatewayUrl,
  }
  return purpose =>
    openAddressGuard(() => ({
      ownPorts: config.http.redirectPort === null ? ports() : [...ports(), config.http.redirectPort],
      allowLoopback: config.peers.allowLoopback || isLoopback(hostOf(named[purpose] ?? null)),
      allowPrivate: config.outgoing.privateAddresses.includes(purpose),
    }))
}

function hostOf(url: string | null): string {
  return url !== null && URL.canParse(url) ? new URL(url).hostname.replace(/^\[|\]$/g, '') : ''
}

/** What peers may call this node: a certificate made here is made out to all of it. */
export function namesOfThisMachine({ http, dicom }: Config): string[] {
  const publicName = http.publicUrl === null ? [] : [new URL(http.publicUrl).hostname]
  const given = [dicom.tlsHost, ...publicName].filter(host => !isAny(host))
  return [...new Set([...given, hostname(), 'localhost', '127.0.0.1', '::1'])]
}
