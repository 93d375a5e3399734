import { z } from 'zod'
import { demand } from '../accounts/permissions.js'
import { type Clock, msOf } from '../clock.js'
import { fail } from '../errors.js'
import type { Acting } from '../http/acting.js'
import { nothing } from '../http/answer.js'
import { type Route, route } from '../http/route.js'
import { siteId } from '../sites/contract.js'
import { onDutyAnswer, ownAnswer } from './answers.js'
import type { Offsite } from './offsite.js'
import { weekOf } from './rules.js'
import { NO } from './words.js'

const id = z.string().trim().min(1).max(64)
const OWN_WEEKS_MS = 6 * 7 * 24 * 3_600_000

/** A reader's own duty, and who is on duty for a site that asks. */
export function dutyRoutes(options: { clock: Clock; offsite: Offsite }): Route[] {
  const { clock, offsite } = options
  const { rosters, swaps, duties, presence, views } = offsite

  const own = async (who: Acting, shift: string) => {
    const known = await rosters.shift(shift)
    demand(who, 'duty.take', { site: known?.site ?? '' }, NO.shift)
    if (known?.account !== who.account.id) fail('missing', NO.shift)
  }

  const swapper = ({ account: { id: account, language } }: Acting) => ({ account, language })

  return [
    route({
      method: 'GET',
      path: '/api/rosters/duty',
      summary:
        'Who would read such a request now, with the number to call, by the contracts of the site that asks.',
      action: 'duty.see',
      query: z.object({
        site: siteId,
        to: siteId.optional(),
        modality: z.string().trim().min(1).max(16),
        kind: z.enum(['reading', 'opinion']).default('reading'),
        urgency: z.enum(['emergency', 'urgent', 'routine']).default('emergency'),
        region: z.string().trim().max(200).optional(),
      }),
      answer: onDutyAnswer,
      run: async ({ query, who }) => {
        demand(who, 'duty.see', { site: query.site }, NO.site)
        const { region, ...asked } = query
        return views.onDuty(
          { ...asked, ...(region === undefined || region === '' ? {} : { region }) },
          who.account.language,
        )
      },
    }),
    route({
      method: 'GET',
      path: '/api/rosters/mine',
      summary: 'A reader’s own shifts of this week and the next five, with what is asked of them.',
      action: 'duty.take',
      answer: ownAnswer,
      run: async ({ who }) => {
        const { site } = who.membership
        const { from } = weekOf(clock.now(), await offsite.timeZoneOf(site))
        return views.own(who.account.id, [site], { from, to: from + OWN_WEEKS_MS })
      },
    }),
    route({
      method: 'POST',
      path: '/api/rosters/shifts/:id/duty',
      summary:
        'Takes a shift of one’s own for duty: the alarm rings, and whoever hears it says so. Again: rings again.',
      action: 'duty.take',
      params: z.object({ id }),
      answer: nothing,
      run: async ({ params, who, origin }) => {
        await own(who, params.id)
        await duties.take(who, params.id, origin)
        return undefined
      },
    }),
    route({
      method: 'DELETE',
      path: '/api/rosters/shifts/:id/duty',
      summary: 'Gives the duty back before its end.',
      action: 'duty.take',
      params: z.object({ id }),
      answer: nothing,
      run: async ({ params, who, origin }) => {
        await own(who, params.id)
        await duties.leave(who, params.id, origin)
        return undefined
      },
    }),
    route({
      method: 'PUT',
      path: '/api/rosters/presence',
      summary: 'Away until then, 24 hours at most: told after the others. Null: back.',
      action: 'duty.take',
      body: z.object({ awayUntil: z.iso.datetime().nullable() }),
      answer: nothing,
      run: async ({ body, who }) => {
        await presence.away(who.account.id, body.awayUntil === null ? null : msOf(body.awayUntil))
        return undefined
      },
    }),
    route({
      method: 'POST',
      path: '/api/rosters/swaps',
      summary: 'Offers a shift of one’s own to a colleague, maybe for one of theirs.',
      action: 'duty.take',
      body: z.object({
        shift: id,
        to: id,
        exchange: id.optional(),
        text: z.string().trim().min(1).max(400).optional(),
      }),
      answer: z.object({ id: z.string() }),
      status: 201,
      run: async ({ body, who, origin }) => {
        await own(who, body.shift)
        return { id: await swaps.propose(body, swapper(who), origin) }
      },
    }),
    route({
      method: 'POST',
      path: '/api/rosters/swaps/:id/:answer',
      summary: 'Accepts or declines a swap one was asked for, or withdraws one’s own.',
      action: 'duty.take',
      params: z.object({ id, answer: z.enum(['accept', 'decline', 'withdraw']) }),
      answer: nothing,
      run: async ({ params, who, origin }) => {
        const swap = await swaps.find(params.id)
        demand(who, 'duty.take', { site: swap?.site ?? '' }, NO.swap)
        await swaps[params.answer](params.id, swapper(who), origin)
        return undefined
      },
    }),
  ]
}
