/** What a person types about a peer, and what is wrong with it; the node checks the same again. */
import type { PeerInput, PeerView, Service } from '../../node/peers/view.js'

export interface PeerDraft {
  id: string
  site: string
  aeTitles: string
  host: string
  port: string
  callUs: string
  from: string
  tls: PeerInput['tls']
  certificate: string
  nextCertificate: string
  may: Service[]
  associations: string
  commitment: 'relay' | 'keeper'
}

export const services: Service[] = ['echo', 'store', 'find', 'move', 'get', 'commit']

export function draftOf(peer: PeerView | undefined, site: string): PeerDraft {
  return {
    id: peer?.id ?? '',
    site: peer?.site ?? site,
    aeTitles: peer?.aeTitles.join(', ') ?? '',
    host: peer?.host ?? '',
    port: String(peer?.port ?? 104),
    callUs: peer?.callUs ?? 'RELAIS',
    from: peer?.from.join(', ') ?? '',
    tls: peer?.tls ?? 'none',
    certificate: peer?.certificate ?? '',
    nextCertificate: peer?.nextCertificate ?? '',
    may: peer?.may ?? ['echo', 'store', 'find'],
    associations: String(peer?.associations ?? 4),
    commitment: peer?.commitment ?? 'relay',
  }
}

export function inputOf(draft: PeerDraft): PeerInput {
  return {
    id: draft.id.trim(),
    site: draft.site,
    aeTitles: listed(draft.aeTitles),
    host: draft.host.trim(),
    port: Number(draft.port),
    callUs: draft.callUs.trim(),
    from: listed(draft.from),
    tls: draft.tls,
    certificate: fingerprintOf(draft, 'certificate'),
    nextCertificate: fingerprintOf(draft, 'nextCertificate'),
    may: services.filter(service => draft.may.includes(service)),
    associations: Number(draft.associations),
    commitment: draft.commitment,
  }
}

function fingerprintOf(draft: PeerDraft, field: 'certificate' | 'nextCertificate'): string | null {
  const typed = draft[field].trim().toUpperCase()
  return draft.tls === 'none' || typed === '' ? null : typed
}

export type PeerFaultKey =
  | 'fault.id'
  | 'fault.site'
  | 'fault.ae'
  | 'fault.ae.none'
  | 'fault.host'
  | 'fault.port'
  | 'fault.from'
  | 'fault.from.none'
  | 'fault.certificate'
  | 'fault.associations'

export type PeerFaults = Partial<
  Record<keyof PeerDraft, { key: PeerFaultKey; title?: string; range?: string }>
>

/** 1–16 printable ASCII characters without backslash, no leading or trailing space (PS3.5 6.2, VR AE). */
const aeTitle = /^(?! )[\x20-\x5b\x5d-\x7e]{1,16}(?<! )$/

export function faultsOf(input: PeerInput): PeerFaults {
  const faults: PeerFaults = {}
  if (!/^[a-z0-9][a-z0-9-]{0,63}$/.test(input.id)) faults.id = { key: 'fault.id' }
  if (!input.site) faults.site = { key: 'fault.site' }
  const oddTitle = input.aeTitles.find(title => !aeTitle.test(title))
  if (input.aeTitles.length === 0) faults.aeTitles = { key: 'fault.ae.none' }
  else if (oddTitle !== undefined) faults.aeTitles = { key: 'fault.ae', title: oddTitle }
  if (!aeTitle.test(input.callUs)) faults.callUs = { key: 'fault.ae', title: input.callUs }
  if (input.host === '' || input.host.length > 253 || /[\s/@]/.test(input.host))
    faults.host = { key: 'fault.host' }
  if (!whole(input.port, 1, 65_535)) faults.port = { key: 'fault.port' }
  const oddRange = input.from.find(range => !isRange(range))
  if (input.from.length === 0) faults.from = { key: 'fault.from.none' }
  else if (oddRange !== undefined) faults.from = { key: 'fault.from', range: oddRange }
  if (
    input.certificate === null
      ? input.tls === 'mutual'
      : !/^([0-9A-F]{2}:){31}[0-9A-F]{2}$/.test(input.certificate)
  )
    faults.certificate = { key: 'fault.certificate' }
  if (!whole(input.associations, 1, 32)) faults.associations = { key: 'fault.associations' }
  return faults
}

function listed(text: string): string[] {
  return text
    .split(/[,;\n]/)
    .map(part => part.trim())
    .filter(Boolean)
}

function whole(value: number, from: number, to: number): boolean {
  return Number.isInteger(value) && value >= from && value <= to
}

function isRange(range: string): boolean {
  const [base = '', bits, more] = range.split('/')
  if (more !== undefined) return false
  const v4 = /^\d{1,3}(\.\d{1,3}){3}$/.test(base) && base.split('.').every(part => Number(part) <= 255)
  const v6 = /^[0-9a-f:.]+$/i.test(base) && base.includes(':')
  if (!v4 && !v6) return false
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (v6 ? 128 : 32))
}
