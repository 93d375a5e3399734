import { z } from 'zod'
import type { Acting } from '../http/acting.js'
import { listOf } from '../http/answer.js'
import { revisionOf } from '../http/revision.js'
import { type Route, route } from '../http/route.js'
import { groupSchema, neighboursOf, siteSchema } from './contract.js'
import type { Sites } from './sites.js'

export function siteRoutes({ sites }: { sites: Sites }): Route[] {
  return [
    route({
      method: 'GET',
      path: '/api/sites',
      summary: 'The sites the person may name: their own and those it deals with by contract.',
      action: 'site.see',
      answer: listOf(siteSchema.extend({ revision: z.string() })),
      run: async ({ who }) => {
        const all = await sites.sites()
        const named = neighboursOf(who.membership.site, await sites.contracts())
        return { items: all.filter(site => seesAll(who) || named.has(site.id)).map(shown) }
      },
    }),
    route({
      method: 'GET',
      path: '/api/groups',
      summary: 'The groups of sites that the person’s site is in.',
      action: 'site.see',
      answer: listOf(groupSchema.extend({ revision: z.string() })),
      run: async ({ who }) => ({
        items: (await sites.groups())
          .filter(group => seesAll(who) || group.sites.includes(who.membership.site))
          .map(shown),
      }),
    }),
  ]
}

const shown = <T extends object>(thing: T) => ({ ...thing, revision: revisionOf(thing) })

function seesAll({ membership }: Acting): boolean {
  return membership.everySite === true
}
