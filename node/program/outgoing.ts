import { type AddressGuard, openAddressGuard } from '../address-guard.js'
import { isLoopback, type Purpose } from '../addresses.js'
import type { Config } from '../config.js'

/** Looks at every address this program is made to call, by what it is called for. `ports`: what it listens on itself. */
export function outgoingGuards(config: Config, ports: () => number[]): (purpose: Purpose) => AddressGuard {
  const { smtpUrl } = config.mail
  const mailHost =
    smtpUrl !== null && URL.canParse(smtpUrl) ? new URL(smtpUrl).hostname.replace(/^\[|\]$/g, '') : ''
  return purpose =>
    openAddressGuard(() => ({
      ownPorts: config.http.redirectPort === null ? ports() : [...ports(), config.http.redirectPort],
      // A mail server on this machine is an ordinary thing, when the configuration says so in as many words.
      allowLoopback: config.peers.allowLoopback || (purpose === 'mail' && isLoopback(mailHost)),
      allowPrivate: config.outgoing.privateAddresses.includes(purpose),
    }))
}
