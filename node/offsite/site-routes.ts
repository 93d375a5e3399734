import { z } from 'zod'
import { demand, mayTry } from '../accounts/permissions.js'
import type { Clock } from '../clock.js'
import type { Database } from '../database.js'
import { Failure, fail } from '../errors.js'
import { demandSeen, revisionOf, seenIn } from '../http/revision.js'
import { type Route, route } from '../http/route.js'
import { groupSchema, runningWith, siteId, siteSchema } from '../sites/contract.js'
import type { Sites } from '../sites/sites.js'
import type { GroupView, SiteView } from '../sites/view.js'
import { type ClosingPort, closingFault } from './closing.js'
import type { SiteClosingView } from './view.js'
import { NO, SITE_FAULTS } from './words.js'

const revision = z.string().max(64).optional()
const siteAnswer = siteSchema.extend({ revision: z.string() })
const groupAnswer = groupSchema.extend({ revision: z.string() })
/** What belongs to no site is the business of who runs the node. */
const NODE = { site: '' }

const closingAnswer = z.object({
  peers: z.array(z.string()),
  routes: z.array(z.string()),
  contracts: z.array(z.string()),
  acts: z.int(),
  transfers: z.int(),
}) satisfies z.ZodType<SiteClosingView>

/** Hospitals, reading groups and the groups of them: made and closed by who runs the node, kept by their administrators. */
export function siteAdministration({
  db,
  clock,
  sites,
  closing,
}: {
  db: Database
  clock: Clock
  sites: Sites
  closing: ClosingPort
}): Route[] {
  const shown = <T extends SiteView | GroupView>(thing: T) => ({ ...thing, revision: revisionOf(thing) })
  const site = async (id: string) => (await sites.sites()).find(each => each.id === id)
  const group = async (id: string) => (await sites.groups()).find(each => each.id === id)

  const running = async (id: string) =>
    runningWith(id, await sites.contracts(), clock.isoNow().slice(0, 10)).map(contract => contract.id)

  return [
    route({
      method: 'GET',
      path: '/api/sites/:id/closing',
      summary: 'What closing a site would stop, and what keeps it from being closed.',
      action: 'site.make',
      params: z.object({ id: siteId }),
      answer: closingAnswer,
      run: async ({ params, who }) => {
        const known = await site(params.id)
        demand(who, 'site.make', { site: known?.id ?? '' }, NO.site)
        if (known === undefined) return fail('missing', NO.site)
        return {
          ...closing.stops(known.id),
          contracts: await running(known.id),
          ...(await closing.owed(known.id)),
        }
      },
    }),
    route({
      method: 'POST',
      path: '/api/sites',
      summary: 'Makes a hospital or a reading group.',
      action: 'site.make',
      body: siteSchema.omit({ closed: true }).extend({ kind: z.enum(['requesting', 'reading']) }),
      answer: siteAnswer,
      status: 201,
      run: async ({ body, who, origin }) => {
        demand(who, 'site.make', NODE, NO.site)
        const words = SITE_FAULTS[who.account.language]
        await db.write(async tx => {
          if ((await site(body.id)) !== undefined)
            fail('conflict', words.taken(body.id), [{ path: 'id', message: words.taken(body.id) }])
          await sites.apply(tx, { sites: [body] }, origin)
        })
        return shown(await sites.get(body.id))
      },
    }),
    route({
      method: 'PUT',
      path: '/api/sites/:id',
      summary:
        'Changes name, telephones and time zone, and for who runs the node the issuer; 409 when somebody changed it since `revision` (412: `If-Match`).',
      action: 'site.change',
      params: z.object({ id: siteId }),
      body: siteSchema.omit({ id: true, kind: true, closed: true }).extend({ revision }),
      answer: siteAnswer,
      run: async ({ params, body: { revision: said, ...change }, who, origin, headers }) => {
        const words = SITE_FAULTS[who.account.language]
        await db.write(async tx => {
          const before = await site(params.id)
          demand(who, 'site.change', { site: before?.id ?? '' }, NO.site)
          if (before === undefined) return fail('missing', NO.site)
          demandSeen(before, seenIn(headers, said))
          // Whose numbers a patient's are is no matter of one site alone.
          if (change.issuer !== before.issuer && !mayTry(who, 'site.make'))
            fail('forbidden', words.issuer, [{ path: 'issuer', message: words.issuer }])
          const { id, kind, closed } = before
          const next = { ...change, id, kind, ...(closed === true ? { closed } : {}) }
          await sites.apply(tx, { sites: [next as SiteView] }, origin)
        })
        return shown(await sites.get(params.id))
      },
    }),
    route({
      method: 'POST',
      path: '/api/sites/:id/closing',
      summary:
        'Closes a site, or opens it again, with the reason; 409 while a contract runs with it, or something is owed. Its PACS and routes rest meanwhile; what refers to it stays.',
      action: 'site.make',
      params: z.object({ id: siteId }),
      body: z.strictObject({
        closed: z.boolean(),
        reason: z.string().trim().min(1).max(1000),
        revision,
      }),
      answer: siteAnswer,
      run: async ({ params, body, who, origin, headers }) => {
        const words = SITE_FAULTS[who.account.language]
        await db.write(async tx => {
          const before = await site(params.id)
          demand(who, 'site.make', { site: before?.id ?? '' }, NO.site)
          if (before === undefined) return fail('missing', NO.site)
          demandSeen(before, seenIn(headers, body.revision))
          if (before.kind === 'operator') fail('conflict', words.node)
          if (body.closed) {
            const owed = { contracts: await running(before.id), ...(await closing.owed(before.id)) }
            const fault = closingFault(owed, who.account.language)
            if (fault !== undefined) fail('conflict', fault)
          }
          const { closed: _, ...open } = before
          await sites.apply(
            tx,
            { sites: [body.closed ? { ...open, closed: true } : open] },
            origin,
            body.reason,
          )
        })
        return shown(await sites.get(params.id))
      },
    }),
    route({
      method: 'POST',
      path: '/api/groups',
      summary: 'Makes a group of sites that work together.',
      action: 'group.change',
      body: groupSchema.omit({ closed: true }),
      answer: groupAnswer,
      status: 201,
      run: async ({ body, who, origin }) => {
        demand(who, 'group.change', NODE, NO.group)
        const words = SITE_FAULTS[who.account.language]
        await db.write(async tx => {
          if ((await group(body.id)) !== undefined)
            fail('conflict', words.taken(body.id), [{ path: 'id', message: words.taken(body.id) }])
          demandApart(body, await sites.groups(), words)
          await sites.apply(tx, { groups: [body] }, origin)
        })
        return shown((await group(body.id)) ?? fail('missing', NO.group))
      },
    }),
    route({
      method: 'PUT',
      path: '/api/groups/:id',
      summary:
        'Changes a group: its name, its sites, whether it is closed; 409 when somebody changed it since `revision` (412: `If-Match`).',
      action: 'group.change',
      params: z.object({ id: siteId }),
      body: groupSchema.omit({ id: true }).extend({ revision }),
      answer: groupAnswer,
      run: async ({ params, body: { revision: said, ...change }, who, origin, headers }) => {
        demand(who, 'group.change', NODE, NO.group)
        const words = SITE_FAULTS[who.account.language]
        await db.write(async tx => {
          const before = await group(params.id)
          if (before === undefined) return fail('missing', NO.group)
          demandSeen(before, seenIn(headers, said))
          const next = { ...change, id: params.id } as GroupView
          demandApart(next, await sites.groups(), words)
          await sites.apply(tx, { groups: [next] }, origin)
        })
        return shown((await group(params.id)) ?? fail('missing', NO.group))
      },
    }),
  ]
}

/** A site is in one group at a time. */
function demandApart(
  next: GroupView,
  groups: readonly GroupView[],
  words: (typeof SITE_FAULTS)['fr' | 'en'],
): void {
  if (next.closed === true) return
  for (const other of groups) {
    if (other.id === next.id || other.closed === true) continue
    const common = next.sites.find(each => other.sites.includes(each))
    if (common === undefined) continue
    const message = words.grouped(common, other.name)
    throw new Failure('invalid', message, [{ path: 'sites', message }])
  }
}
