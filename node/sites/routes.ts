import type { Acting } from '../http/acting.js'
import { listOf } from '../http/answer.js'
import { type Route, route } from '../http/route.js'
import { contractSchema, neighboursOf, siteSchema } from './contract.js'
import type { Sites } from './sites.js'

export function siteRoutes({ sites }: { sites: Sites }): Route[] {
  return [
    route({
      method: 'GET',
      path: '/api/sites',
      summary: 'The sites the person may name: their own and those it deals with by contract.',
      action: 'site.see',
      answer: listOf(siteSchema),
      run: async ({ who }) => {
        const all = await sites.sites()
        const named = neighboursOf(who.membership.site, await sites.contracts())
        return { items: all.filter(site => seesAll(who) || named.has(site.id)) }
      },
    }),
    route({
      method: 'GET',
      path: '/api/contracts',
      summary: 'The contracts of the person’s site.',
      action: 'contract.see',
      answer: listOf(contractSchema),
      run: async ({ who }) => {
        const { site } = who.membership
        const all = await sites.contracts()
        return {
          items: all.filter(
            ({ requesting, reading }) => seesAll(who) || requesting === site || reading === site,
          ),
        }
      },
    }),
  ]
}

function seesAll({ membership }: Acting): boolean {
  return membership.everySite === true
}
