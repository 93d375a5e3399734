import { z } from 'zod'
import { allows, demand } from '../accounts/permissions.js'
import { type Clock, isoAt, msOf } from '../clock.js'
import { fail, refuse, type Said } from '../errors.js'
import type { Acting } from '../http/acting.js'
import { listOf, nothing } from '../http/answer.js'
import { seenIn } from '../http/revision.js'
import { type Route, route } from '../http/route.js'
import { competenceSchema, dateSchema, hoursSchema, siteId, telephoneSchema } from '../sites/contract.js'
import type { Sites } from '../sites/sites.js'
import type { Span } from '../spans.js'
import { rosterAnswer, shiftAnswer } from './answers.js'
import type { Offsite } from './offsite.js'
import type { ShiftChange } from './rosters.js'
import { weekOf } from './rules.js'
import type { NewShift } from './view.js'
import { NO, ROSTER_REFUSALS } from './words.js'

const id = z.string().trim().min(1).max(64)
const { from: time } = hoursSchema.shape
const weekdays = hoursSchema.shape.days.unwrap()
const revision = z.string().max(64)

const shiftShape = {
  account: id,
  kind: z.enum(['on-site', 'on-call', 'second-line']),
  date: dateSchema,
  from: time,
  to: time,
  telephone: telephoneSchema.optional(),
}

const DAY_MS = 24 * 3_600_000
/** Of one question. */
const DAYS_MAX = 62

/** Who reads when, over HTTP: seen by the group, and by coordinators of the sites it reads for; changed by its own. */
export function rosterRoutes(options: {
  clock: Clock
  sites: Pick<Sites, 'contracts' | 'sites'>
  offsite: Offsite
}): Route[] {
  const { clock, sites, offsite } = options
  const { rosters, views } = offsite

  /** The sites a group reads for may look at its roster. */
  const standingOf = async (site: string) => {
    if (!(await sites.sites()).some(each => each.id === site)) return { site: '' }
    const contracts = await sites.contracts()
    return {
      site,
      parties: contracts.filter(each => each.reading === site).map(({ requesting }) => requesting),
    }
  }
  const spanOf = async (site: string, from: string | undefined, to: string | undefined): Promise<Span> => {
    const week = weekOf(from === undefined ? clock.now() : msOf(from), await offsite.timeZoneOf(site))
    const span = {
      // Alone, `from` names the week it is in.
      from: from === undefined || to === undefined ? week.from : msOf(from),
      to: to === undefined ? week.to : msOf(to),
    }
    if (span.to <= span.from || span.to - span.from > DAYS_MAX * DAY_MS)
      refuse('invalid', ROSTER_REFUSALS.span(DAYS_MAX), 'to')
    return span
  }
  const theirs = async (who: Acting, shift: string) => {
    const known = await rosters.shift(shift)
    demand(who, 'roster.change', { site: known?.site ?? '' }, NO.shift)
    return known ?? fail('missing', NO.shift)
  }

  return [
    route({
      method: 'GET',
      path: '/api/rosters',
      summary:
        'The roster of a reading group, this week unless told: shifts, absences, swaps, who is there, holes.',
      action: 'roster.see',
      query: z.object({
        site: siteId.optional(),
        from: z.iso.datetime().optional(),
        to: z.iso.datetime().optional(),
      }),
      answer: rosterAnswer,
      run: async ({ query, who }) => {
        const site = query.site ?? who.membership.site
        demand(who, 'roster.see', await standingOf(site), NO.roster)
        return views.roster(site, await spanOf(site, query.from, query.to))
      },
    }),
    route({
      method: 'GET',
      path: '/api/rosters/groups',
      summary: 'The reading groups whose roster the person may look at.',
      action: 'roster.see',
      answer: listOf(
        z.object({ site: z.string(), name: z.string(), timeZone: z.string(), change: z.boolean() }),
      ),
      run: async ({ who }) => {
        const items = []
        for (const { id: site, name, kind } of await sites.sites()) {
          if (kind !== 'reading' || !allows(who, 'roster.see', await standingOf(site))) continue
          const timeZone = await offsite.timeZoneOf(site)
          items.push({ site, name, timeZone, change: allows(who, 'roster.change', { site }) })
        }
        return { items }
      },
    }),
    route({
      method: 'POST',
      path: '/api/rosters/shifts',
      summary:
        'Writes a shift down, or the shifts of many weeks; dates and times are those of the group’s wall.',
      action: 'roster.change',
      body: z.object({
        ...shiftShape,
        site: siteId,
        repeat: z
          .object({ days: weekdays, until: dateSchema, everyWeeks: z.int().min(1).max(52).optional() })
          .optional(),
      }),
      answer: z.object({ ids: z.array(z.string()) }),
      status: 201,
      run: async ({ body, who, origin }) => {
        demand(who, 'roster.change', { site: body.site }, NO.roster)
        return { ids: await rosters.add(body as NewShift, origin) }
      },
    }),
    route({
      method: 'PUT',
      path: '/api/rosters/shifts/:id',
      summary: 'Changes one shift; 409 when somebody changed it since `revision` (412: `If-Match`).',
      action: 'roster.change',
      params: z.object({ id }),
      body: z.object({ ...shiftShape, revision: revision.optional() }),
      answer: shiftAnswer.pick({ id: true, from: true, to: true }),
      run: async ({ params, body: { revision: known, ...change }, who, origin, headers }) => {
        await theirs(who, params.id)
        await rosters.change(params.id, change as ShiftChange, origin, seenIn(headers, known))
        const { from, to } = (await rosters.shift(params.id)) ?? fail('missing', NO.shift)
        return { id: params.id, from: isoAt(from), to: isoAt(to) }
      },
    }),
    route({
      method: 'DELETE',
      path: '/api/rosters/shifts/:id',
      summary: 'Takes a shift out of the roster; with `later` also those that repeat it afterwards.',
      action: 'roster.change',
      params: z.object({ id }),
      query: z.object({ later: z.enum(['true', 'false']).optional() }),
      answer: z.object({ removed: z.int() }),
      run: async ({ params, query, who, origin }) => {
        await theirs(who, params.id)
        return { removed: await rosters.remove(params.id, query.later === 'true', origin) }
      },
    }),
    route({
      method: 'POST',
      path: '/api/rosters/absences',
      summary:
        'A reader is absent on these days; readers say so of themselves, others of anybody of the group.',
      action: 'roster.see',
      also: ['duty.take', 'roster.change'],
      body: z.object({
        site: siteId,
        account: id.optional(),
        from: dateSchema,
        to: dateSchema,
        reason: z.string().trim().min(1).max(200).optional(),
      }),
      answer: z.object({ id: z.string() }),
      status: 201,
      run: async ({ body, who, origin }) => {
        const account = body.account ?? who.account.id
        demandOwnOrChange(who, body.site, account, NO.roster)
        return { id: await rosters.absent({ ...body, account }, origin) }
      },
    }),
    route({
      method: 'DELETE',
      path: '/api/rosters/absences/:id',
      summary: 'The absence is none.',
      action: 'roster.see',
      also: ['duty.take', 'roster.change'],
      params: z.object({ id }),
      answer: nothing,
      run: async ({ params, who, origin }) => {
        const known = await rosters.absence(params.id)
        demandOwnOrChange(who, known?.site ?? '', known?.account ?? '', NO.absence)
        await rosters.present(params.id, origin)
        return undefined
      },
    }),
    route({
      method: 'PUT',
      path: '/api/rosters/readers/:account',
      summary:
        'What a reader of the group can do: competences as the contracts name them, languages of reports.',
      action: 'roster.change',
      params: z.object({ account: id }),
      body: z.object({
        site: siteId,
        competences: z.array(competenceSchema).max(32),
        languages: z.array(z.enum(['fr', 'en'])).max(2),
      }),
      answer: nothing,
      run: async ({ params, body, who, origin }) => {
        demand(who, 'roster.change', { site: body.site }, NO.roster)
        await rosters.describe({ ...body, account: params.account }, origin)
        return undefined
      },
    }),
  ]
}

function demandOwnOrChange(who: Acting, site: string, account: string, sentence: Said): void {
  const own = account === who.account.id && allows(who, 'duty.take', { site })
  if (!own) demand(who, 'roster.change', { site }, sentence)
}
