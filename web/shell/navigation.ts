import type { Role } from '../../node/accounts/view.js'

export type Place =
  | 'requests'
  | 'reports'
  | 'criticals'
  | 'studies'
  | 'imports'
  | 'conflicts'
  | 'transfers'
  | 'outbox'
  | 'network'
  | 'accounts'
  | 'journal'
  | 'rosters'
  | 'activity'
  | 'board'
  | 'doctor'
  | 'downtime'
  | 'channels'
  | 'mailbox'

/** The parts each role works in, in the order of its day. What else it may see is reached by links. */
const byRole: Record<Role, Place[]> = {
  referrer: ['requests', 'reports', 'criticals', 'studies', 'downtime'],
  technician: ['requests', 'studies', 'imports', 'conflicts', 'transfers', 'downtime'],
  radiologist: ['requests', 'reports', 'criticals', 'studies', 'rosters', 'transfers', 'activity'],
  coordinator: [
    'board',
    'requests',
    'reports',
    'criticals',
    'studies',
    'imports',
    'conflicts',
    'transfers',
    'outbox',
    'rosters',
    'activity',
    'downtime',
  ],
  administrator: [
    'network',
    'rosters',
    'transfers',
    'outbox',
    'accounts',
    'journal',
    'channels',
    'activity',
    'downtime',
  ],
  operator: [
    'network',
    'rosters',
    'transfers',
    'outbox',
    'accounts',
    'journal',
    'channels',
    'activity',
    'doctor',
  ],
  auditor: ['journal', 'requests', 'reports', 'activity'],
}

/** What one must be able to do for a part to hold anything. */
const needs: Record<Exclude<Place, 'mailbox'>, string> = {
  requests: 'request.see',
  reports: 'report.read',
  criticals: 'critical.see',
  studies: 'study.see',
  imports: 'import.see',
  conflicts: 'conflict.see',
  transfers: 'transfer.see',
  outbox: 'job.see',
  network: 'peer.see',
  accounts: 'account.see',
  journal: 'journal.read',
  channels: 'channel.see',
  rosters: 'roster.see',
  activity: 'activity.see',
  board: 'request.offer',
  doctor: 'node.examine',
  downtime: 'downtime.see',
}

/** `mailbox`: the node captures its mail (demonstration) and shows it. */
export function placesOf(role: Role, can: (action: string) => boolean, mailbox: boolean): Place[] {
  const places = byRole[role].filter(place => place === 'mailbox' || can(needs[place]))
  return mailbox ? [...places, 'mailbox'] : places
}

/** Second key after `g`. */
export const keyOf: Record<Place, string> = {
  requests: 'd',
  reports: 'c',
  criticals: 'k',
  studies: 'e',
  imports: 'i',
  conflicts: 'x',
  transfers: 't',
  outbox: 'r',
  network: 'n',
  accounts: 'u',
  journal: 'j',
  channels: 'v',
  rosters: 'p',
  activity: 'y',
  board: 'o',
  doctor: 'b',
  downtime: 'q',
  mailbox: 'm',
}
