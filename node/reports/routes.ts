import { z } from 'zod'
import { passkeyAnswer } from '../accounts/own-routes.js'
import { fail } from '../errors.js'
import { listOf, produces, stream, withStatus } from '../http/answer.js'
import { type Route, route } from '../http/route.js'
import {
  checkCodeSchema,
  differenceSchema,
  reportRowSchema,
  reportSchema,
  sectionsSchema,
  signedSchema,
  signingCheckSchema,
  stateSchema,
  verificationSchema,
} from './answers.js'
import { keyImageRoutes } from './key-image-routes.js'
import type { Reports } from './reports.js'
import type { Reauthentication } from './signatures.js'
import { fittingSchema, templateRoutes } from './templates/routes.js'

const PAGE_MAX = 200
const PAGE_USUAL = 50
const REPORT_BODY_MAX_BYTES = 512 * 1024
const TEXT_MAX = 20_000

const idParams = z.object({ id: z.string().max(64) })

/** What is asked about before a signature, confirmed by who signs, each with a reason. */
const confirmed = z
  .array(z.object({ code: checkCodeSchema, reason: z.string().trim().min(1).max(1000) }))
  .max(20)
  .optional()

/** `{reauthentication: {password, code, passkey}}`, as much as the session view says; a bare `password` is taken too. */
export const proof = {
  reauthentication: z
    .object({
      password: z.string().max(1024).optional(),
      code: z.string().max(20).optional(),
      passkey: passkeyAnswer.optional(),
    })
    .optional(),
  password: z.string().max(1024).optional(),
}
export const given = (body: {
  reauthentication?: Reauthentication | undefined
  password?: string | undefined
}): Reauthentication => ({
  ...body.reauthentication,
  password: body.reauthentication?.password ?? body.password,
})

export function reportRoutes({ reports }: { reports: Reports }): Route[] {
  return [
    route({
      method: 'POST',
      path: '/api/requests/:id/report',
      summary: 'The draft report of the claimer; 200 when it was begun before.',
      action: 'report.write',
      params: idParams,
      // Why images that say otherwise than the request are read all the same; asked for by 409 `mismatch`.
      body: z.object({ confirm: z.string().max(4000).optional() }),
      answer: reportSchema,
      status: 201,
      run: async asked => {
        const { report, created } = await reports.draft(asked, asked.params.id, asked.body.confirm)
        return withStatus(created ? 201 : 200, report)
      },
    }),
    route({
      method: 'GET',
      path: '/api/reports',
      summary: 'Reports, the newest first.',
      action: 'report.read',
      query: z.object({
        state: stateSchema.optional(),
        q: z.string().max(200).optional(),
        limit: z.coerce.number().int().min(1).max(PAGE_MAX).default(PAGE_USUAL),
        after: z.string().max(100).optional(),
      }),
      answer: listOf(reportRowSchema),
      run: asked => reports.list(asked, asked.query),
    }),
    route({
      method: 'GET',
      path: '/api/reports/:id',
      summary: 'One report: what is being written for its readers, what is signed for the site.',
      action: 'report.read',
      params: idParams,
      answer: reportSchema,
      run: asked => reports.view(asked, asked.params.id),
    }),
    route({
      method: 'PUT',
      path: '/api/reports/:id',
      summary: 'Saves the sections; 409 when another revision came first.',
      action: 'report.write',
      params: idParams,
      body: z.object({ revision: z.int().min(1), sections: sectionsSchema }),
      bodyMaxBytes: REPORT_BODY_MAX_BYTES,
      answer: reportSchema,
      run: asked => reports.save(asked, asked.params.id, asked.body.revision, asked.body.sections),
    }),
    route({
      method: 'GET',
      path: '/api/reports/:id/templates',
      summary:
        'What the report may begin with, fields filled from the images and the request: what fits first.',
      action: 'report.write',
      params: idParams,
      answer: fittingSchema,
      run: asked => reports.fitting(asked, asked.params.id),
    }),
    route({
      method: 'GET',
      path: '/api/verification/:code',
      summary: 'Whether the version that a printed code names is in force. No health data.',
      action: 'public',
      params: z.object({ code: z.string().max(40) }),
      answer: verificationSchema,
      run: async asked =>
        (await reports.verify(asked.params.code)) ?? fail('missing', 'No signed version has this code.'),
    }),
    ...templateRoutes(reports),
    ...keyImageRoutes(reports),
    route({
      method: 'GET',
      path: '/api/reports/:id/checks',
      summary: 'What stands against signing: what blocks, and what its signer confirms with a reason.',
      action: 'report.write',
      params: idParams,
      answer: listOf(signingCheckSchema),
      run: asked => reports.checks(asked, asked.params.id),
    }),
    route({
      method: 'POST',
      path: '/api/reports/:id/take-over',
      summary: 'What a colleague had begun or signed is gone on with by who holds the request now.',
      action: 'report.write',
      params: idParams,
      body: z.strictObject({ confirm: z.string().max(4000).optional() }),
      answer: reportSchema,
      run: asked => reports.takeOver(asked, asked.params.id, asked.body.confirm),
    }),
    route({
      method: 'POST',
      path: '/api/reports/:id/sign',
      summary: 'Signs what is written, as preliminary or final.',
      action: 'report.sign',
      params: idParams,
      body: z.object({
        ...proof,
        as: z.enum(['preliminary', 'final']).default('final'),
        difference: differenceSchema.optional(),
        confirmed,
        confirm: z.string().max(4000).optional(),
        happenedAt: z.iso.datetime().optional(),
      }),
      answer: signedSchema,
      run: asked =>
        reports.sign(asked, asked.params.id, {
          reauthentication: given(asked.body),
          as: asked.body.as,
          difference: asked.body.difference,
          confirmed: asked.body.confirmed,
          confirm: asked.body.confirm,
          happenedAt: asked.body.happenedAt,
        }),
    }),
    route({
      method: 'POST',
      path: '/api/reports/:id/addendum',
      summary: 'Adds to a signed report, as a new signed version.',
      action: 'report.addendum',
      params: idParams,
      body: z.object({ ...proof, text: z.string().max(TEXT_MAX) }),
      answer: reportSchema,
      run: asked =>
        reports.addendum(asked, asked.params.id, {
          text: asked.body.text,
          reauthentication: given(asked.body),
        }),
    }),
    route({
      method: 'POST',
      path: '/api/reports/:id/correction',
      summary: 'Replaces a signed report by a new signed version; `difference` says how far it differs.',
      action: 'report.addendum',
      params: idParams,
      body: z.object({
        ...proof,
        sections: sectionsSchema,
        reason: z.string().max(TEXT_MAX),
        difference: differenceSchema.optional(),
        confirmed,
      }),
      bodyMaxBytes: REPORT_BODY_MAX_BYTES,
      answer: reportSchema,
      run: asked => {
        const { sections, reason, difference, confirmed: said } = asked.body
        const reauthentication = given(asked.body)
        return reports.correct(asked, asked.params.id, {
          ...{ sections, reason, difference, reauthentication },
          confirmed: said,
        })
      },
    }),
    route({
      method: 'POST',
      path: '/api/reports/:id/withdrawal',
      summary: 'Takes a signed report back; everybody who got it is told.',
      action: 'report.withdraw',
      params: idParams,
      body: z.object({ ...proof, reason: z.string().max(TEXT_MAX) }),
      answer: reportSchema,
      run: asked =>
        reports.withdraw(asked, asked.params.id, {
          reason: asked.body.reason,
          reauthentication: given(asked.body),
        }),
    }),
    route({
      method: 'POST',
      path: '/api/reports/:id/acknowledge',
      summary: 'A named person of the site has read the newest version.',
      action: 'report.acknowledge',
      params: idParams,
      body: z.object({
        name: z.string().trim().min(1).max(200).optional(),
        role: z.string().trim().min(1).max(200).optional(),
      }),
      answer: reportSchema,
      run: asked => reports.acknowledge(asked, asked.params.id, asked.body),
    }),
    route({
      method: 'GET',
      path: '/api/reports/:id/pdf',
      summary: 'The PDF of a signed version, the newest unless told.',
      action: 'report.read',
      params: idParams,
      query: z.object({ version: z.coerce.number().int().min(1).optional() }),
      answer: produces('application/pdf'),
      run: async asked => {
        const { pdf, filename, digest } = await reports.pdf(asked, asked.params.id, asked.query.version)
        return stream({ type: 'application/pdf', body: pdf, filename, length: pdf.length, etag: digest })
      },
    }),
  ]
}
