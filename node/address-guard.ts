import { type LookupAddress, type LookupAllOptions, lookup } from 'node:dns'
import { isIP, type LookupFunction } from 'node:net'
import { networkInterfaces } from 'node:os'
import { addressFault, type Surroundings } from './addresses.js'
import { Failure } from './errors.js'

/** The code of the error where an address is not called. */
export const ADDRESS_FORBIDDEN = 'ADDRESS_FORBIDDEN'

/**
 * Looks at the address itself, at the moment of the connection: a name may lead elsewhere than when it was registered,
 * or elsewhere at every question.
 */
export interface AddressGuard {
  /**
   * What `net.connect`, `tls.connect` and `http.request` are given to call there: an address is looked at now, a name
   * when it is resolved, all it has, and what was looked at is what is called. Throws `ADDRESS_FORBIDDEN`, or the call
   * fails with it. Where an answer leads elsewhere (a redirect), that is another call.
   */
  calling(host: string, port: number): { host: string; port: number; lookup: LookupFunction }
  /** The address a name has now, when all it has may be called. Rejects with a Failure `forbidden` or `unavailable`. */
  resolve(host: string, port: number): Promise<string>
}

type Ask = (
  host: string,
  options: LookupAllOptions,
  callback: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void

/** `ask`: who is asked for the addresses of a name. */
export function openAddressGuard(around: () => Omit<Surroundings, 'own'>, ask: Ask = lookup): AddressGuard {
  const fault = (address: string, port: number) =>
    addressFault(address, port, { ...around(), own: ownAddresses() })

  const demand = (host: string, port: number) => {
    const why = isIP(host) === 0 ? undefined : fault(host, port)
    if (why !== undefined) throw forbidden(host, why)
  }

  return {
    calling: (host, port) => {
      demand(host, port)
      return { host, port, lookup: lookupFor(port) }
    },
    resolve: (host, port) => resolved(host, port),
  }

  function lookupFor(port: number): LookupFunction {
    return (host, options, callback) => {
      ask(host, { ...options, all: true }, (error, addresses) => {
        if (error !== null) return callback(error, '', 0)
        const wrong = addresses.map(({ address }) => fault(address, port)).find(why => why !== undefined)
        if (wrong !== undefined) return callback(forbidden(host, wrong), '', 0)
        if (options.all === true) return callback(null, addresses)
        const [first] = addresses
        return first === undefined
          ? callback(forbidden(host, 'it has no address'), '', 0)
          : callback(null, first.address, first.family)
      })
    }
  }

  function resolved(host: string, port: number): Promise<string> {
    return new Promise((resolve, reject) => {
      ask(host, { all: true }, (error, addresses) => {
        if (error !== null) return reject(new Failure('unavailable', `${host} is not known here.`, [], error))
        const wrong = addresses.map(({ address }) => fault(address, port)).find(why => why !== undefined)
        const [first] = addresses
        if (wrong !== undefined || first === undefined)
          return reject(new Failure('forbidden', `${host} is not called: ${wrong ?? 'it has no address'}.`))
        resolve(first.address)
      })
    })
  }
}

/** The addresses of this machine; asked anew each time, for they come and go with networks. */
export function ownAddresses(): string[] {
  return Object.values(networkInterfaces()).flatMap(all => (all ?? []).map(({ address }) => address))
}

function forbidden(host: string, why: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`${host} is not called: ${why}`), { code: ADDRESS_FORBIDDEN })
}
