import { z } from 'zod'
import { demand, mayTry } from '../accounts/permissions.js'
import { type Clock, msOf } from '../clock.js'
import { fail, refuse } from '../errors.js'
import type { Acting } from '../http/acting.js'
import { listOf } from '../http/answer.js'
import { revisionOf, seenIn } from '../http/revision.js'
import { type Route, route } from '../http/route.js'
import { contractSchema, dateSchema, termsSchema } from '../sites/contract.js'
import { USUAL_MINUTES, USUAL_WAVES } from '../sites/usual.js'
import type { ContractView } from '../sites/view.js'
import { contractAnswer, contractTerms, coverageAnswer } from './answers.js'
import type { Offsite } from './offsite.js'
import { weekOf } from './rules.js'
import { CONTRACT_REFUSALS, NO } from './words.js'

const id = z.string().trim().min(1).max(64)
const revision = z.string().max(64)
const WEEK_MS = 7 * 24 * 3_600_000

/** Contracts between sites and reading groups: seen and changed by both. They begin when somebody starts them. */
export function contractRoutes(options: { clock: Clock; offsite: Offsite }): Route[] {
  const { clock, offsite } = options
  const { contracts, views } = offsite

  const standing = ({ requesting, reading }: ContractView) => ({ site: requesting, parties: [reading] })
  const shown = (contract: ContractView) => ({ ...contract, revision: revisionOf(contract) })
  const known = async (who: Acting, contract: string, action: 'contract.see' | 'contract.change') => {
    const found = (await contracts.list()).find(each => each.id === contract)
    demand(who, action, found === undefined ? { site: '' } : standing(found), NO.contract)
    return found ?? fail('missing', NO.contract)
  }

  return [
    route({
      method: 'GET',
      path: '/api/contracts',
      summary: 'The contracts of the person’s site.',
      action: 'contract.see',
      answer: listOf(contractAnswer),
      run: async ({ who: { membership } }) => ({
        items: (await contracts.list())
          .filter(
            ({ requesting, reading }) =>
              membership.everySite === true || requesting === membership.site || reading === membership.site,
          )
          .map(shown),
      }),
    }),
    route({
      method: 'GET',
      path: '/api/contract-terms',
      summary:
        'What a contract can be made with: the usual times where it says nothing, and for who may agree one the groups that read.',
      action: 'contract.see',
      answer: contractTerms,
      run: async ({ who }) => ({
        usual: USUAL_MINUTES,
        waves: USUAL_WAVES,
        readingGroups: mayTry(who, 'contract.change') ? await contracts.readingGroups() : [],
      }),
    }),
    route({
      method: 'POST',
      path: '/api/contracts',
      summary: 'Prepares a contract: it covers nothing until somebody starts it.',
      action: 'contract.change',
      body: contractSchema.omit({ prepared: true }),
      answer: contractAnswer,
      status: 201,
      run: async ({ body, who, origin }) => {
        demand(who, 'contract.change', { site: body.requesting }, NO.site)
        if ((await contracts.list()).some(each => each.id === body.id))
          refuse('conflict', CONTRACT_REFUSALS.taken(body.id), 'id')
        await contracts.put(untested({ ...(body as ContractView), prepared: true }), origin)
        return shown(await contracts.get(body.id))
      },
    }),
    route({
      method: 'GET',
      path: '/api/contracts/:id',
      summary: 'One contract.',
      action: 'contract.see',
      params: z.object({ id }),
      answer: contractAnswer,
      run: async ({ params, who }) => shown(await known(who, params.id, 'contract.see')),
    }),
    route({
      method: 'PUT',
      path: '/api/contracts/:id',
      summary:
        'Changes what is agreed; 409 when somebody changed it since `revision` (412: `If-Match`). Another telephone is untested.',
      action: 'contract.change',
      params: z.object({ id }),
      body: termsSchema.extend({ revision: revision.optional() }),
      answer: contractAnswer,
      run: async ({ params, body: { revision: said, ...terms }, who, origin, headers }) => {
        const { requesting, reading, prepared, lastRung } = await known(who, params.id, 'contract.change')
        const next = untested(
          {
            ...(terms as Omit<ContractView, 'id' | 'requesting' | 'reading'>),
            id: params.id,
            requesting,
            reading,
            ...(prepared === true ? { prepared } : {}),
          },
          lastRung,
        )
        await contracts.put(next, origin, { seen: seenIn(headers, said), language: who.account.language })
        return shown(await contracts.get(params.id))
      },
    }),
    route({
      method: 'POST',
      path: '/api/contracts/:id/start',
      summary:
        'The contract begins on this day; 400 with every hour that nobody reads in, and the telephone that nobody tested.',
      action: 'contract.change',
      params: z.object({ id }),
      body: z.object({ from: dateSchema }),
      answer: contractAnswer,
      run: async ({ params, body, who, origin }) => {
        const { prepared, ...contract } = await known(who, params.id, 'contract.change')
        if (prepared !== true) fail('conflict', CONTRACT_REFUSALS.begun)
        await contracts.put({ ...contract, from: body.from }, origin, { language: who.account.language })
        return shown(await contracts.get(params.id))
      },
    }),
    route({
      method: 'POST',
      path: '/api/contracts/:id/telephone',
      summary: 'The telephone of the last rung was called, and somebody answered.',
      action: 'contract.change',
      params: z.object({ id }),
      body: z.object({ answeredBy: z.string().trim().min(1).max(200) }),
      answer: contractAnswer,
      run: async ({ params, body, who, origin }) => {
        await known(who, params.id, 'contract.change')
        await contracts.tested(params.id, body.answeredBy, origin)
        return shown(await contracts.get(params.id))
      },
    }),
    route({
      method: 'GET',
      path: '/api/contracts/:id/coverage',
      summary: 'When the contract runs in the weeks from `from`, and when nobody reads then.',
      action: 'contract.see',
      params: z.object({ id }),
      query: z.object({
        from: z.iso.datetime().optional(),
        weeks: z.coerce.number().int().min(1).max(8).optional(),
      }),
      answer: coverageAnswer,
      run: async ({ params, query, who }) => {
        const contract = await known(who, params.id, 'contract.see')
        const timeZone = contract.timeZone ?? (await offsite.timeZoneOf(contract.reading))
        const week = weekOf(query.from === undefined ? clock.now() : msOf(query.from), timeZone)
        const span = { from: week.from, to: week.from + (query.weeks ?? 1) * WEEK_MS }
        return views.coverage(contract, span)
      },
    }),
  ]
}

/** Whether a telephone was tested is recorded by whoever tested it, never said with the contract. */
function untested(contract: ContractView, before?: ContractView['lastRung']): ContractView {
  const { lastRung, ...rest } = contract
  if (lastRung === undefined) return rest
  const { telephone } = lastRung
  return { ...rest, lastRung: before?.telephone === telephone ? before : { telephone } }
}
