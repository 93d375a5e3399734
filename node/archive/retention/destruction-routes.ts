import { z } from 'zod'
import type { Own } from '../../accounts/own.js'
import { demand } from '../../accounts/permissions.js'
import type { Action } from '../../accounts/view.js'
import { fail } from '../../errors.js'
import type { Acting } from '../../http/acting.js'
import { Bytes, produces } from '../../http/answer.js'
import { type Route, route } from '../../http/route.js'
import { given, proof } from '../../reports/routes.js'
import type { Archive } from '../archive.js'
import type { DestructionView } from '../view.js'
import type { Destructions } from './destructions.js'
import { id, keptAct, reach, reason } from './routes.js'

const destructionView = z.object({
  id,
  what: z.enum(['act', 'images']),
  reference: z.string(),
  site: z.string(),
  state: z.enum(['proposed', 'withdrawn', 'confirmed', 'executing', 'done']),
  reason: z.string(),
  proposedAt: z.string(),
  proposedBy: z.string(),
  confirmedAt: z.string().optional(),
  confirmedBy: z.string().optional(),
  note: z.string().optional(),
  fact: z.int().optional(),
  doneAt: z.string().optional(),
  replays: z.string().optional(),
  own: z.boolean(),
}) satisfies z.ZodType<DestructionView>

/** The end of a record: proposed by one named person, confirmed by another with their second factor. */
export function destructionRoutes({
  archive,
  destructions,
  accounts,
}: {
  archive: Pick<Archive, 'known'>
  destructions: Destructions
  accounts: Pick<Own, 'reauthenticate' | 'standing'>
}): Route[] {
  const known = async (who: Acting, action: Action, destruction: string) => {
    const row = await destructions.one(destruction)
    if (row === undefined) fail('missing', 'There is no such thing.')
    demand(who, action, { site: row.site })
  }
  const params = z.object({ id })
  return [
    route({
      method: 'GET',
      path: '/api/archive/destructions',
      summary: 'Destructions that are proposed, under way, done or withdrawn, newest first.',
      action: 'retention.see',
      answer: z.object({ items: z.array(destructionView) }),
      run: async ({ who }) => ({ items: await destructions.list(who, reach(who)) }),
    }),
    route({
      method: 'POST',
      path: '/api/archive/destructions',
      summary:
        'Proposes to destroy a record, or its images alone; nothing is done before a second person confirms.',
      action: 'retention.destroy',
      body: z.object({ act: id, what: z.enum(['act', 'images']).default('act'), reason }),
      answer: destructionView,
      status: 201,
      run: async ({ who, body: { act, ...asked }, origin }) =>
        destructions.propose(who, await keptAct(archive, who, 'retention.destroy', act), asked, origin),
    }),
    route({
      method: 'POST',
      path: '/api/archive/destructions/:id/confirm',
      summary: 'The second person confirms, with their second factor; from then on it is done.',
      action: 'retention.destroy',
      params,
      body: z.object(proof),
      answer: destructionView,
      run: async ({ who, params, body, address, origin }) => {
        await known(who, 'retention.destroy', params.id)
        const { secondFactor } = await accounts.standing(who)
        if (!secondFactor.enrolled)
          fail(
            'invalid',
            {
              fr: 'Une destruction se confirme avec un second facteur : mettez-en un en place d’abord.',
              en: 'A destruction is confirmed with a second factor: set one up first.',
            },
            [{ path: 'reauthentication.code', message: 'not set up', fr: 'pas en place' }],
          )
        await accounts.reauthenticate(who, given(body), address)
        return destructions.confirm(who, params.id, origin)
      },
    }),
    route({
      method: 'POST',
      path: '/api/archive/destructions/:id/withdraw',
      summary: 'Takes a proposal back, with a reason.',
      action: 'retention.destroy',
      params,
      body: z.object({ reason }),
      answer: destructionView,
      run: async ({ who, params, body, origin }) => {
        await known(who, 'retention.destroy', params.id)
        return destructions.withdraw(who, params.id, body.reason, origin)
      },
    }),
    route({
      method: 'GET',
      path: '/api/archive/destructions/:id/certificate',
      summary: 'The certificate of a destruction, signed with the key of the journal.',
      action: 'retention.see',
      params,
      answer: produces('application/json'),
      run: async ({ who, params }) => {
        await known(who, 'retention.see', params.id)
        const { filename, signed } = await destructions.certificate(params.id)
        return new Bytes({
          type: 'application/json',
          body: `${JSON.stringify(signed, null, 2)}\n`,
          filename,
        })
      },
    }),
  ]
}
