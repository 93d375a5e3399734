import type { Role } from '../../node/accounts/view.js'

export type Place =
  | 'requests'
  | 'reports'
  | 'studies'
  | 'transfers'
  | 'network'
  | 'accounts'
  | 'journal'
  | 'mailbox'

/** The parts each role works in, in the order of its day. What else it may see is reached by links. */
const byRole: Record<Role, Place[]> = {
  referrer: ['requests', 'reports', 'studies'],
  technician: ['requests', 'studies', 'transfers'],
  radiologist: ['requests', 'reports', 'studies', 'transfers'],
  coordinator: ['requests', 'reports', 'studies', 'transfers'],
  administrator: ['network', 'transfers', 'accounts', 'journal'],
  operator: ['network', 'transfers', 'accounts', 'journal'],
  auditor: ['journal', 'requests', 'reports'],
}

/** `mailbox`: the node captures its mail (demonstration) and shows it. */
export function placesOf(role: Role, mailbox: boolean): Place[] {
  return mailbox ? [...byRole[role], 'mailbox'] : byRole[role]
}

/** Second key after `g`. */
export const keyOf: Record<Place, string> = {
  requests: 'd',
  reports: 'c',
  studies: 'e',
  transfers: 't',
  network: 'n',
  accounts: 'u',
  journal: 'j',
  mailbox: 'm',
}
