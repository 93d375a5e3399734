import { z } from 'zod'
import { allows } from '../accounts/permissions.js'
import { isoAt } from '../clock.js'
import type { Database } from '../database.js'
import { Failure, fail, reasonOf } from '../errors.js'
import type { Acting } from '../http/acting.js'
import { listOf, nothing } from '../http/answer.js'
import { type Route, route } from '../http/route.js'
import type { Followers, ParkedFact } from '../journal/followers.js'
import type { OpenJob } from './open-jobs.js'
import type { Outbox } from './outbox.js'
import type { JobRow, ParkedFactRow } from './view.js'

const may = z.array(z.enum(['retry', 'give-up']))
const jobRow = z.object({
  id: z.string(),
  kind: z.string(),
  peer: z.string().optional(),
  state: z.enum(['parked', 'waiting', 'running']),
  site: z.string().optional(),
  siteName: z.string().optional(),
  attempts: z.int(),
  createdAt: z.string(),
  dueAt: z.string().optional(),
  reason: z.string().optional(),
  may,
}) satisfies z.ZodType<JobRow>
const parkedRow = z.object({
  id: z.string(),
  follower: z.string(),
  fact: z.string(),
  seq: z.int(),
  site: z.string().optional(),
  siteName: z.string().optional(),
  reason: z.string(),
  at: z.string(),
  may,
}) satisfies z.ZodType<ParkedFactRow>
const params = z.object({ id: z.string().max(64) })
const decision = z.object({ reason: z.string().trim().min(1).max(500) })
const STATES = { parked: ['parked'], pending: ['waiting', 'running'] } as const

/** What the node owes to others and could not do, for the people who decide about it. */
export function outboxRoutes(options: {
  db: Database
  outbox: Pick<Outbox, 'open' | 'openJob' | 'retry' | 'giveUp'>
  followers: Pick<Followers, 'parked' | 'retryParked' | 'giveUpParked'>
  sites: { site(id: string): { name: string } | undefined }
}): Route[] {
  const { db, outbox, followers, sites } = options

  const placeOf = (site: string | null) =>
    site === null ? {} : { site, siteName: sites.site(site)?.name ?? site }
  const decides = (who: Acting, site: string | null) => allows(who, 'job.decide', { site: site ?? '' })

  const jobView = (job: OpenJob, who: Acting): JobRow => {
    const [, peer] = /^[a-z]+:(.+)$/.exec(job.lane) ?? []
    return {
      id: job.id,
      kind: job.kind,
      ...(peer === undefined ? {} : { peer }),
      state: job.state,
      ...placeOf(job.site),
      attempts: job.attempts,
      createdAt: isoAt(job.createdAt),
      ...(job.state === 'waiting' ? { dueAt: isoAt(job.dueAt) } : {}),
      ...(job.reason === null ? {} : { reason: wordsFor(who, job.site, job.reason) }),
      may: !decides(who, job.site) ? [] : job.state === 'running' ? ['give-up'] : ['retry', 'give-up'],
    }
  }
  const parkedView = ({ id, follower, type, seq, site, reason, at }: ParkedFact, who: Acting) => ({
    id,
    follower,
    fact: type,
    seq,
    ...placeOf(site),
    reason: wordsFor(who, site, reason),
    at: isoAt(at),
    may: decides(who, site) ? (['retry', 'give-up'] as const).slice() : [],
  })

  /** What the person may not see does not exist for them; what is done is no longer here. */
  const job = async (id: string, who: Acting) => {
    const found = await outbox.openJob(id)
    if (found === undefined || !allows(who, 'job.decide', { site: found.site ?? '' }))
      fail('missing', 'There is no such task, or it is settled.')
    return found
  }
  const parked = async (id: string, who: Acting) => {
    const found = (await followers.parked()).find(fact => fact.id === id)
    if (found === undefined || !allows(who, 'job.decide', { site: found.site ?? '' }))
      fail('missing', 'There is no such task, or it is settled.')
  }

  return [
    route({
      method: 'GET',
      path: '/api/outbox',
      summary: 'What is owed to others: what waits for a person first, then by the time of the next try.',
      action: 'job.see',
      query: z.object({
        /** `parked` waits for a person; `pending` goes on by itself. */
        state: z.enum(['parked', 'pending']).optional(),
        limit: z.coerce.number().int().min(1).max(200).default(50),
        after: z.string().max(64).optional(),
      }),
      answer: listOf(jobRow),
      run: async ({ query: { state, limit, after }, who }) => {
        const { everySite, site } = who.membership
        const last = after === undefined ? undefined : await outbox.openJob(after)
        const jobs = await outbox.open({
          limit: limit + 1,
          ...(everySite === true ? {} : { site }),
          ...(state === undefined ? {} : { states: STATES[state] }),
          ...(last === undefined ? {} : { after: last }),
        })
        const page = jobs.slice(0, limit)
        const end = jobs.length > limit ? page.at(-1) : undefined
        return {
          items: page.map(each => jobView(each, who)),
          ...(end === undefined ? {} : { next: end.id }),
        }
      },
    }),
    route({
      method: 'POST',
      path: '/api/outbox/:id/retry',
      summary: 'Tries a task again now.',
      action: 'job.decide',
      params,
      answer: nothing,
      run: async ({ params: { id }, who, origin }) => {
        await job(id, who)
        await db.write(tx => outbox.retry(tx, id, origin))
        return undefined
      },
    }),
    route({
      method: 'POST',
      path: '/api/outbox/:id/give-up',
      summary: 'Gives a task up, with a reason that stays.',
      action: 'job.decide',
      params,
      body: decision,
      answer: nothing,
      run: async ({ params: { id }, body: { reason }, who, origin }) => {
        await job(id, who)
        await db.write(tx => outbox.giveUp(tx, id, reason, origin))
        return undefined
      },
    }),
    route({
      method: 'GET',
      path: '/api/outbox/facts',
      summary: 'Recorded facts whose consequence failed and waits for a person, oldest first.',
      action: 'job.see',
      answer: listOf(parkedRow),
      run: async ({ who }) => ({
        items: (await followers.parked())
          .filter(({ site }) => allows(who, 'job.see', { site: site ?? '' }))
          .map(fact => parkedView(fact, who)),
      }),
    }),
    route({
      method: 'POST',
      path: '/api/outbox/facts/:id/retry',
      summary: 'Handles the fact once more; 409 with the reason when it fails again.',
      action: 'job.decide',
      params,
      answer: nothing,
      run: async ({ params: { id }, who, origin }) => {
        await parked(id, who)
        try {
          await followers.retryParked(id, origin)
        } catch (thrown) {
          if (thrown instanceof Failure) throw thrown
          throw new Failure(
            'conflict',
            { fr: `Nouvel échec : ${reasonOf(thrown)}`, en: `It failed again: ${reasonOf(thrown)}` },
            [],
            thrown,
          )
        }
        return undefined
      },
    }),
    route({
      method: 'POST',
      path: '/api/outbox/facts/:id/give-up',
      summary: 'Gives up what should have followed from the fact, with a reason that stays.',
      action: 'job.decide',
      params,
      body: decision,
      answer: nothing,
      run: async ({ params: { id }, body: { reason }, who, origin }) => {
        await parked(id, who)
        await followers.giveUpParked(id, reason, origin)
        return undefined
      },
    }),
  ]
}

/** A peer's own words after its status may say anything, a name too: only who sees patients is shown them. */
function wordsFor(who: Acting, site: string | null, reason: string): string {
  return allows(who, 'study.see', { site: site ?? '' })
    ? reason
    : reason.replace(/^([0ABCF][0-9A-F]{3}) .+$/s, '$1')
}
