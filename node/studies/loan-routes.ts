import { z } from 'zod'
import { type Route, route } from '../http/route.js'
import type { Lending } from './lending.js'
import type { LoansView, NewLoanView } from './view.js'

const uidParams = z.object({ uid: z.string().regex(/^[0-9.]{1,64}$/) })

const loansAnswer = z.object({
  items: z.array(
    z.object({
      id: z.string(),
      viewer: z.string(),
      by: z.string(),
      madeAt: z.string(),
      expiresAt: z.string(),
      standing: z.enum(['open', 'expired', 'used', 'revoked', 'guessed', 'replaced']),
      openings: z.array(z.object({ at: z.string(), address: z.string(), userAgent: z.string() })),
    }),
  ),
  viewers: z.array(z.string()),
  minutes: z.int(),
}) satisfies z.ZodType<LoansView>

const newLoan = z.object({
  id: z.string(),
  dicomweb: z.string(),
  token: z.string(),
  expiresAt: z.string(),
  open: z.string().optional(),
}) satisfies z.ZodType<NewLoanView>

/** A study for another viewer, for a while. */
export function loanRoutes({ lending }: { lending: Lending }): Route[] {
  return [
    route({
      method: 'GET',
      path: '/api/studies/:uid/loans',
      summary: 'To which other viewers a study was opened, and who read it there from where.',
      action: 'viewer.lend',
      params: uidParams,
      answer: loansAnswer,
      run: ({ params, who }) => lending.list(who, params.uid),
    }),
    route({
      method: 'POST',
      path: '/api/studies/:uid/loans',
      summary:
        'A token that reads this study over DICOMweb, and nothing else, for a while; it is in this answer alone.',
      action: 'viewer.lend',
      params: uidParams,
      body: z.object({ viewer: z.string().max(60).optional() }),
      answer: newLoan,
      status: 201,
      secret: true,
      run: ({ params, body, who, origin }) => lending.make(who, params.uid, body.viewer, origin),
    }),
    route({
      method: 'POST',
      path: '/api/studies/:uid/loans/:loan/revoke',
      summary: 'This token opens nothing any more; what is under way is cut off.',
      action: 'viewer.lend',
      params: uidParams.extend({ loan: z.string().max(64) }),
      answer: loansAnswer,
      run: ({ params, who, origin }) => lending.revoke(who, params.uid, params.loan, origin),
    }),
  ]
}
