import { offeredExtended } from '../dicom/network/extended.js'
import { hardLimits } from '../dicom/network/limits.js'
import { sentStatuses } from '../dicom/network/sent-statuses.js'
import { queryStatus, statusText, storeStatus } from '../dicom/network/status.js'
import {
  IMPLEMENTATION_CLASS_UID,
  IMPLEMENTATION_VERSION_NAME,
  knownTransferSyntaxes,
  nameOfUID,
  SOPClass,
} from '../dicom/uids.js'
import type { Settings } from '../settings.js'
import { tlsProfile } from '../tls-profile.js'
import { ALARM_DAYS } from './certificates/expiry.js'
import { type InvokedService, invoked, type PerformedService, performed } from './service-table.js'

interface Named {
  uid: string
  name: string
}

export interface ConformanceService {
  name: string
  role: 'SCU' | 'SCP'
  /** The right a peer needs for it, where we are SCP. */
  right?: string
  /** The caller takes the other role by role selection (PS3.7 D.3.3.4). */
  roleSelection: boolean
  sopClasses: Named[]
  /** `any`: as it was received. */
  transferSyntaxes: Named[] | 'any'
}

/** What the statement of conformance (PS3.2) says, as a value; made of the tables the program works by. */
export interface Conformance {
  product: {
    name: string
    version: string
    implementationClassUID: string
    implementationVersionName: string
  }
  services: ConformanceService[]
  extendedNegotiation: { sopClass: Named; information: number[] }[]
  storedTransferSyntaxes: Named[]
  applicationEntity: {
    title: string
    port: number
    tlsPort: number
    associations: Record<string, number>
    timers: Record<string, number>
    calls: Record<string, number>
    asynchronousOperations: { performed: number; invoked: number }
  }
  statuses: { service: string; status: string; meaning: string; when: string }[]
  characterSets: { read: string[]; written: string[] }
  security: {
    tls: { versions: string[]; suites: string[]; profile: string; certificateAlarmDays: number[] }
    peers: string[]
  }
}

const CHARACTER_SETS = {
  read: [
    ...[
      'ISO_IR 6',
      'ISO_IR 100',
      'ISO_IR 101',
      'ISO_IR 109',
      'ISO_IR 110',
      'ISO_IR 144',
      'ISO_IR 127',
      'ISO_IR 126',
    ],
    ...['ISO_IR 138', 'ISO_IR 148', 'ISO_IR 203', 'ISO_IR 13', 'ISO_IR 166', 'ISO_IR 192', 'GB18030', 'GBK'],
    ...[
      'ISO 2022 IR 6',
      'ISO 2022 IR 100',
      'ISO 2022 IR 13',
      'ISO 2022 IR 87',
      'ISO 2022 IR 159',
      'ISO 2022 IR 149',
    ],
    'ISO 2022 IR 58',
  ],
  written: ['ISO_IR 6', 'ISO_IR 192'],
}

const named = (uid: string): Named => ({ uid, name: nameOfUID(uid) })
const syntaxes = (list: readonly string[] | 'any') => (list === 'any' ? list : list.map(named))

/** The statement of this program under these settings. Nothing in it is secret: no peer, no address, no file. */
export function conformanceOf(settings: Pick<Settings, 'dicom' | 'calls'>, version: string): Conformance {
  const { dicom, calls } = settings
  const asProvider = (service: PerformedService): ConformanceService => ({
    name: service.name,
    role: service.callerProvides === true ? 'SCU' : 'SCP',
    right: service.right,
    roleSelection: service.callerProvides === true,
    sopClasses: [...service.sopClasses].map(named),
    transferSyntaxes: syntaxes(service.transferSyntaxes),
  })
  const withPrivate = (service: PerformedService): PerformedService =>
    [...service.sopClasses].includes(SOPClass.CTImageStorage)
      ? { ...service, sopClasses: [...service.sopClasses, ...dicom.privateStorageClasses] }
      : service
  const asUser = (service: InvokedService): ConformanceService => ({
    name: service.name,
    role: 'SCU',
    roleSelection: false,
    sopClasses: [...service.sopClasses].map(named),
    transferSyntaxes: syntaxes(service.transferSyntaxes),
  })
  return {
    product: {
      name: 'Relais',
      version,
      implementationClassUID: IMPLEMENTATION_CLASS_UID,
      implementationVersionName: IMPLEMENTATION_VERSION_NAME,
    },
    services: [...performed.map(withPrivate).map(asProvider), ...Object.values(invoked).map(asUser)],
    extendedNegotiation: [...offeredExtended].map(([uid, information]) => ({
      sopClass: named(uid),
      information: [...information],
    })),
    storedTransferSyntaxes: knownTransferSyntaxes.map(({ uid, name }) => ({ uid, name })),
    applicationEntity: {
      title: dicom.aeTitle,
      port: dicom.port,
      tlsPort: dicom.tlsPort,
      associations: numbersIn(dicom, /^max/),
      timers: numbersIn(dicom, /(Ms|PerSecond)$/),
      calls: numbersIn(calls, /(Ms|PerSecond)$/),
      asynchronousOperations: { performed: hardLimits.window, invoked: hardLimits.window },
    },
    statuses: Object.entries(sentStatuses).flatMap(([service, list]) =>
      list.map(([status, when]) => ({
        service,
        status: statusText(status),
        meaning: (service === 'C-STORE' ? storeStatus : queryStatus)(status).meaning,
        when,
      })),
    ),
    characterSets: CHARACTER_SETS,
    security: {
      tls: {
        versions: ['TLS 1.2', 'TLS 1.3'],
        suites: tlsProfile.ciphers.split(':'),
        profile: 'Modified BCP 195 TLS Profile (PS3.15 B.12)',
        certificateAlarmDays: [...ALARM_DAYS],
      },
      peers: [
        'Every peer is registered with its AE titles, the called AE title, the addresses it comes from, and its rights.',
        'Per peer: none (in the clear only), server (over TLS only), mutual (over TLS only, its certificate pinned by SHA-256 fingerprint).',
        'Certificates that are expired, not yet valid or on a revocation list are refused in both directions.',
        'Without a certificate nothing is read from an address of which only mutual peers are registered.',
      ],
    },
  }
}

/** Settings whose names match, with the units they have in them. */
function numbersIn(section: object, names: RegExp): Record<string, number> {
  return Object.fromEntries(
    Object.entries(section).filter(
      (entry): entry is [string, number] => names.test(entry[0]) && typeof entry[1] === 'number',
    ),
  )
}
