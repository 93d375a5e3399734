import { z } from 'zod'
import type { ContractView, SiteView } from './view.js'

/** An id people write in the network file and read in addresses. */
export const siteId = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'lower-case letters, digits and hyphens, at most 63')

export const siteSchema = z.strictObject({
  id: siteId,
  name: z.string().trim().min(1).max(200),
  kind: z.enum(['requesting', 'reading', 'operator']),
  issuer: z.string().trim().min(1).max(64).optional(),
}) satisfies z.ZodType<SiteView>

export const contractSchema = z.strictObject({
  id: siteId,
  requesting: siteId,
  reading: siteId,
  modalities: z
    .array(z.string().regex(/^[A-Z0-9_ ]{1,16}$/))
    .min(1)
    .max(64),
  kinds: z.array(z.enum(['reading', 'opinion'])).min(1),
  urgencies: z.array(z.enum(['emergency', 'urgent', 'routine'])).min(1),
  ladder: z
    .strictObject({
      waveMinutes: z.number().int().min(1).max(1440).optional(),
      waves: z.number().int().min(1).max(10).optional(),
      telephone: z.enum(['first-wave', 'second-wave', 'never']).optional(),
    })
    .optional(),
}) satisfies z.ZodType<ContractView>

/** The sites one site deals with by contract, itself included: those its people may name. */
export function neighboursOf(site: string, contracts: readonly ContractView[]): Set<string> {
  const known = contracts
    .filter(contract => contract.requesting === site || contract.reading === site)
    .flatMap(contract => [contract.requesting, contract.reading])
  return new Set([site, ...known])
}

/** Faults of a set of sites and contracts taken together, as paths and sentences; empty when it stands. */
export function networkFaults(sites: readonly SiteView[], contracts: readonly ContractView[]) {
  const faults: { path: string; message: string }[] = []
  const byId = new Map(sites.map(site => [site.id, site]))
  contracts.forEach(({ id, requesting, reading }, index) => {
    for (const [end, site] of [
      ['requesting', requesting],
      ['reading', reading],
    ] as const) {
      const kind = byId.get(site)?.kind
      const path = `contracts.${index}.${end}`
      if (kind === undefined)
        faults.push({ path, message: `contract ${id} names the unknown site "${site}"` })
      else if (kind === 'operator')
        faults.push({ path, message: `contract ${id}: "${site}" runs the node, it takes no part in care` })
      else if (end === 'reading' && kind !== 'reading')
        faults.push({ path, message: `contract ${id}: "${site}" is no reading group` })
    }
  })
  return faults
}
