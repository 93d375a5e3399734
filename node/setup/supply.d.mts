export interface Locked {
  version?: string
  integrity?: string
  resolved?: string
  link?: boolean
  license?: string
  name?: string
  hasInstallScript?: boolean
}
export interface Lock {
  lockfileVersion?: number
  packages: Record<string, Locked>
}
export interface Reviewed {
  licences: string[]
  licencesRead: Record<string, { is: string; why: string }>
  installScripts: Record<string, string>
  advisories: { id: string; package: string; until: string; reason: string }[]
}
export interface Bill {
  bomFormat?: string
  components?: { name: string; version: string; hashes?: { alg: string; content: string }[] }[]
}
export interface Advisories {
  vulnerabilities?: Record<
    string,
    { via: (string | { source?: number; url?: string; title?: string; severity?: string })[] }
  >
}
export function lockedPackages(lock: Lock): (Locked & { id: string; name: string })[]
export function lockFaults(lock: Lock): string[]
export function scriptFaults(lock: Lock, reviewed: Reviewed): string[]
export function licencesOf(lock: Lock, reviewed: Reviewed): Map<string, string[]>
export function licenceFaults(lock: Lock, reviewed: Reviewed): string[]
export function acceptable(expression: string, agreed: string[]): boolean
export function billFaults(bill: Bill, lock: Lock): string[]
export function auditVerdict(
  answer: Advisories | undefined,
  reviewed: Reviewed,
  today: string,
): { open: string[]; excepted: string[]; minor: string[] } | undefined
export function reviewFaults(reviewed: Reviewed): string[]
