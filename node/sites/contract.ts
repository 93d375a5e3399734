import { z } from 'zod'
import { isTimeZone } from '../zone.js'
import { timersSchema } from './promised.js'
import type { ContractView, GroupView, SiteView } from './view.js'

/** An id people write in the network file and read in addresses. */
export const siteId = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'lower-case letters, digits and hyphens, at most 63')

const timeZone = z.string().refine(isTimeZone, 'a time zone of the IANA data base, such as Europe/Paris')

/** As people write it; digits, and what stands between them. */
export const telephoneSchema = z
  .string()
  .trim()
  .regex(/^\+?[0-9][0-9 .()/-]{2,30}$/, 'a telephone number')

export const siteSchema = z.strictObject({
  id: siteId,
  name: z.string().trim().min(1).max(200),
  kind: z.enum(['requesting', 'reading', 'operator']),
  issuer: z.string().trim().min(1).max(64).optional(),
  timeZone: timeZone.optional(),
  telephones: z
    .array(z.strictObject({ label: z.string().trim().min(1).max(100), number: telephoneSchema }))
    .min(1)
    .max(12)
    .optional(),
  closed: z.literal(true).optional(),
}) satisfies z.ZodType<SiteView>

export const groupSchema = z.strictObject({
  id: siteId,
  name: z.string().trim().min(1).max(200),
  sites: z.array(siteId).min(1).max(256),
  closed: z.literal(true).optional(),
}) satisfies z.ZodType<GroupView>

const time = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'HH:MM, 00:00 to 23:59')

/** Hours of a week; `to` at or before `from` is on the next day. */
export const hoursSchema = z.strictObject({
  days: z
    .array(z.enum(['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun']))
    .min(1)
    .max(7)
    .optional(),
  from: time,
  to: time,
})

/** A day of the calendar, YYYY-MM-DD. */
export const dateSchema = z.iso.date()
const word = z.string().trim().min(1).max(64)
/** A competence, as contracts and readers name it. */
export const competenceSchema = word.regex(/^[\p{L}\p{N}][\p{L}\p{N} -]*$/u, 'letters, digits, spaces')
const modality = z.string().regex(/^[A-Z0-9_ ]{1,16}$/)

/** What is agreed, apart from between whom. */
export const termsSchema = z.strictObject({
  modalities: z.array(modality).min(1).max(64),
  kinds: z.array(z.enum(['reading', 'opinion'])).min(1),
  urgencies: z.array(z.enum(['emergency', 'urgent', 'routine'])).min(1),
  ladder: z
    .strictObject({
      waveMinutes: z.number().int().min(1).max(1440).optional(),
      waves: z.number().int().min(1).max(10).optional(),
      telephone: z.enum(['first-wave', 'second-wave', 'never']).optional(),
    })
    .optional(),
  from: dateSchema.optional(),
  until: dateSchema.optional(),
  timeZone: timeZone.optional(),
  hours: z.array(hoursSchema).max(32).optional(),
  holidays: z.array(dateSchema).max(400).optional(),
  regions: z.array(word).max(64).optional(),
  languages: z
    .array(z.enum(['fr', 'en']))
    .max(2)
    .optional(),
  competences: z
    .array(
      z.strictObject({
        modalities: z.array(modality).min(1).max(64).optional(),
        regions: z.array(word).min(1).max(64).optional(),
        competence: competenceSchema,
      }),
    )
    .max(32)
    .optional(),
  preliminary: z.enum(['never', 'allowed', 'to-pacs']).optional(),
  timers: timersSchema.optional(),
  lastRung: z
    .strictObject({
      telephone: telephoneSchema,
      testedAt: z.iso.datetime().optional(),
      answeredBy: z.string().trim().min(1).max(200).optional(),
    })
    .optional(),
})

export const contractSchema = termsSchema.extend({
  id: siteId,
  requesting: siteId,
  reading: siteId,
  prepared: z.literal(true).optional(),
}) satisfies z.ZodType<ContractView>

/** The sites one site deals with by contract, itself included: those its people may name. */
export function neighboursOf(site: string, contracts: readonly ContractView[]): Set<string> {
  const known = contracts
    .filter(contract => contract.requesting === site || contract.reading === site)
    .flatMap(contract => [contract.requesting, contract.reading])
  return new Set([site, ...known])
}

/** Contracts that run, or will, with a site; `today` is YYYY-MM-DD. What is only prepared covers nothing. */
export function runningWith(site: string, contracts: readonly ContractView[], today: string): ContractView[] {
  return contracts.filter(
    ({ requesting, reading, prepared, until }) =>
      (requesting === site || reading === site) &&
      prepared !== true &&
      (until === undefined || until >= today),
  )
}

/** Nobody is left to wait at a site that is closed: no contract runs with it. Paths as in {@link networkFaults}. */
export function closingFaults(
  sites: readonly SiteView[],
  contracts: readonly ContractView[],
  today: string,
): { path: string; message: string }[] {
  return sites.flatMap((site, index) =>
    site.closed !== true
      ? []
      : runningWith(site.id, contracts, today).map(({ id }) => ({
          path: `sites.${index}.closed`,
          message: `the contract ${id} runs with "${site.id}", which is closed`,
        })),
  )
}

/** Faults of a set of sites, contracts and groups taken together, as paths and sentences; empty when it stands. */
export function networkFaults(
  sites: readonly SiteView[],
  contracts: readonly ContractView[],
  groups: readonly GroupView[] = [],
) {
  const faults: { path: string; message: string }[] = []
  const byId = new Map(sites.map(site => [site.id, site]))
  const grouped = new Map<string, string>()
  groups.forEach((group, index) => {
    if (group.closed === true) return
    group.sites.forEach((site, place) => {
      const path = `groups.${index}.sites.${place}`
      const other = grouped.get(site)
      if (!byId.has(site))
        faults.push({ path, message: `group ${group.id} names the unknown site "${site}"` })
      else if (other !== undefined)
        faults.push({ path, message: `"${site}" is in the group ${other} already` })
      grouped.set(site, group.id)
    })
  })
  contracts.forEach(({ id, requesting, reading, from, until }, index) => {
    if (from !== undefined && until !== undefined && until < from)
      faults.push({ path: `contracts.${index}.until`, message: `contract ${id} ends before it begins` })
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
