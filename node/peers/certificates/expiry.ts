import type { CertificateFacts } from './certificate.js'

/** Whose certificate it is: this node's towards peers, of its screens, of its authority, or a peer's. */
export type Holder = 'node' | 'screens' | 'authority' | 'peer'

/** A certificate that works now and will not for ever. */
export interface KnownCertificate extends Pick<CertificateFacts, 'fingerprint' | 'subject' | 'until'> {
  holder: Holder
  /** The peer's id, where it is a peer's. */
  peer?: string
}

const DAY_MS = 86_400_000
/** Days left at which people are told; 0: it has expired. */
export const ALARM_DAYS = [30, 7, 1, 0] as const
export type AlarmDays = (typeof ALARM_DAYS)[number]

/** The alarm that is due: the smallest step reached; undefined while there is time. */
export function alarmDue(until: number, now: number): AlarmDays | undefined {
  const left = (until - now) / DAY_MS
  return ALARM_DAYS.findLast(days => left <= days)
}
