import type { Bill, Lock, Reviewed } from './supply.mjs'

export function lockfile(): Lock
export function reviewed(): Reviewed
export function audit(): Promise<void>
/** npm's bill of materials (CycloneDX), checked against the lockfile. */
export function bill(): Promise<Bill & { metadata: { component: { name: string } } }>
export function sbom(args?: string[]): Promise<void>
export function licences(): void
