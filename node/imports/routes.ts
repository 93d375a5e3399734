import { z } from 'zod'
import { allows, demand } from '../accounts/permissions.js'
import { fail } from '../errors.js'
import type { SiteNames } from '../exchange/study-routes.js'
import type { Acting } from '../http/acting.js'
import { listOf, produces, stream } from '../http/answer.js'
import { type Route, route } from '../http/route.js'
import { candidates, decision, file, id, row, text, uid, view } from './answers.js'
import { candidatesFor } from './candidates.js'
import type { Certificates } from './certificates.js'
import type { Imports } from './imports.js'
import type { Looks } from './looks.js'
import type { ImportRecord } from './rows.js'
import type { Uploads } from './uploads.js'
import { fileView, type ImportViews, type MayWithDiscs } from './views.js'

/** Discs over HTTP; their bytes come by the uploads. */
export function importRoutes(options: {
  imports: Imports
  uploads: Uploads
  views: ImportViews
  certificates: Certificates
  looks: Pick<Looks, 'warm'>
  sites: SiteNames
  candidates: Parameters<typeof candidatesFor>[2]
}): Route[] {
  const { imports, uploads, views, certificates, looks, sites } = options
  const mayOf = (who: Acting, { site }: ImportRecord): MayWithDiscs => ({
    decide: allows(who, 'import.decide', { site }),
    withdraw: allows(who, 'import.withdraw', { site }),
    reject: allows(who, 'study.reject', { site }),
  })
  const answer = (who: Acting, record: ImportRecord) => views.view(record, mayOf(who, record))
  const params = z.object({ id })
  const onDisc = z.object({ id, person: uid })
  const reasoned = z.object({ reason: z.string().trim().min(1).max(500) })

  return [
    route({
      method: 'POST',
      path: '/api/imports',
      summary: 'Begins to read an upload as a disc, also while its bytes are still coming.',
      action: 'import.create',
      body: z.object({
        upload: z.string().max(64),
        preset: id.nullable().default(null),
        site: id,
        name: text.optional(),
      }),
      answer: view,
      status: 201,
      run: async ({ body, who, origin }) => {
        demand(who, 'import.create', { site: body.site })
        const upload = (await uploads.find(body.upload, who)) ?? fail('missing', 'There is no such upload.')
        const made = await imports.begin(
          {
            site: body.site,
            preset: body.preset,
            name: body.name ?? upload.name,
            path: upload.path,
            upload: body.upload,
            bytesTotal: upload.bytes,
          },
          { name: who.account.name, account: who.account.id, origin },
        )
        looks.warm({ id: made, path: upload.path, growing: true })
        // Asked again: the last of it may have come before anybody waited for it.
        const { there, bytes } = (await uploads.find(body.upload, who)) ?? upload
        await imports.grown(body.upload, there, there >= bytes)
        return answer(who, await imports.seen(who, made))
      },
    }),
    route({
      method: 'GET',
      path: '/api/imports',
      summary: 'Discs of the site, newest first.',
      action: 'import.see',
      query: z.object({
        site: id.optional(),
        limit: z.coerce.number().int().min(1).max(200).default(50),
        after: text.optional(),
      }),
      answer: listOf(row),
      run: async ({ query, who }) => {
        const site = who.membership.everySite === true ? query.site : who.membership.site
        const { limit, after } = query
        const found = await imports.rows.list({
          limit: limit + 1,
          ...(site === undefined ? {} : { site }),
          ...(after === undefined ? {} : { after }),
        })
        const page = found.slice(0, limit)
        const last = page.at(-1)
        return {
          items: await Promise.all(page.map(record => views.row(record, mayOf(who, record)))),
          ...(found.length > limit && last !== undefined ? { next: `${last.created_at}:${last.id}` } : {}),
        }
      },
    }),
    route({
      method: 'GET',
      path: '/api/imports/:id',
      summary: 'What is on a disc, what was decided, and where it stands.',
      action: 'import.see',
      params,
      answer: view,
      run: async ({ params: asked, who }) => answer(who, await imports.seen(who, asked.id)),
    }),
    route({
      method: 'GET',
      path: '/api/imports/:id/files',
      summary: 'Every file of a disc with its verdict.',
      action: 'import.see',
      params,
      query: z.object({
        limit: z.coerce.number().int().min(1).max(1000).default(200),
        after: z.coerce.number().int().min(0).optional(),
        /** `faults`: only what could not be read, is missing or was refused. */
        only: z.enum(['faults']).optional(),
      }),
      answer: listOf(file),
      run: async ({ params: asked, query, who }) => {
        const record = await imports.seen(who, asked.id)
        const { limit, after } = query
        const found = await imports.rows.files(record.id, {
          limit: limit + 1,
          onlyFaults: query.only === 'faults',
          ...(after === undefined ? {} : { after }),
        })
        const page = found.slice(0, limit)
        return {
          items: page.map(fileView),
          ...(found.length > limit ? { next: String(page.at(-1)?.number ?? 0) } : {}),
        }
      },
    }),
    route({
      method: 'GET',
      path: '/api/imports/:id/candidates',
      summary:
        'Whom a study of the disc may show: the request at hand, the node’s patients and those of the site’s PACS.',
      action: 'import.decide',
      params,
      query: z.object({ study: uid, request: id.optional() }),
      answer: candidates,
      run: async ({ params: asked, query, who }) => {
        const record = await imports.seen(who, asked.id)
        const found = (await imports.rows.studies(record.id)).find(
          each => each.StudyInstanceUID === query.study,
        )
        if (found === undefined) return fail('missing', 'There is no such study on this disc.')
        const issuer = sites.site(record.site)?.issuer ?? record.site
        const { request } = query
        return candidatesFor(
          found.identity,
          { who, site: record.site, issuer, ...(request === undefined ? {} : { request }) },
          options.candidates,
        )
      },
    }),
    route({
      method: 'GET',
      path: '/api/imports/:id/certificate.pdf',
      summary: 'The certificate of an import: the newest final version, or the state of the moment.',
      action: 'import.see',
      params,
      query: z.object({
        language: z.enum(['fr', 'en']).optional(),
        version: z.coerce.number().int().min(1).optional(),
      }),
      answer: produces('application/pdf'),
      run: async ({ params: asked, query, who }) => {
        const record = await imports.seen(who, asked.id)
        const language = query.language ?? who.account.language
        const { pdf, filename, digest } = await certificates.pdf(record, language, query.version)
        return stream({ type: 'application/pdf', body: pdf, filename, length: pdf.length, etag: digest })
      },
    }),
    route({
      method: 'POST',
      path: '/api/imports/:id/decision',
      summary: 'A named person decides who the disc shows and what is taken of it.',
      action: 'import.decide',
      params,
      body: decision,
      answer: view,
      run: async ({ params: asked, body, who, origin }) => {
        const record = await imports.seen(who, asked.id)
        demand(who, 'import.decide', { site: record.site })
        const { request, accession, today, reason, ...rest } = body
        await imports.decide({ origin, name: who.account.name }, record.id, {
          ...rest,
          ...(request === undefined ? {} : { request }),
          ...(accession === undefined ? {} : { accession }),
          ...(today === undefined ? {} : { today }),
          ...(reason === undefined ? {} : { reason }),
        })
        return answer(who, await imports.seen(who, record.id))
      },
    }),
    route({
      method: 'POST',
      path: '/api/imports/:id/people/:person/left',
      summary: 'Nothing of this person of the disc is taken, and why.',
      action: 'import.decide',
      params: onDisc,
      body: reasoned,
      answer: view,
      run: async ({ params: asked, body, who, origin }) => {
        const record = await imports.seen(who, asked.id)
        demand(who, 'import.decide', { site: record.site })
        await imports.leave({ origin, name: who.account.name }, record.id, asked.person, body.reason)
        return answer(who, await imports.seen(who, record.id))
      },
    }),
    route({
      method: 'POST',
      path: '/api/imports/:id/people/:person/withdrawal',
      summary:
        'Takes back what was decided about a person of the disc: withdrawn here, recalled at everyone who holds it.',
      action: 'import.withdraw',
      params: onDisc,
      body: reasoned,
      answer: view,
      run: async ({ params: asked, body, who, origin }) => {
        const record = await imports.seen(who, asked.id)
        demand(who, 'import.withdraw', { site: record.site })
        await imports.withdraw({ origin, name: who.account.name }, record.id, asked.person, body.reason)
        return answer(who, await imports.seen(who, record.id))
      },
    }),
    route({
      method: 'POST',
      path: '/api/imports/:id/cancel',
      summary: 'Forgets a disc of which nothing was taken.',
      action: 'import.decide',
      params,
      answer: view,
      run: async ({ params: asked, who, origin }) => {
        const record = await imports.seen(who, asked.id)
        demand(who, 'import.decide', { site: record.site })
        await imports.cancel({ origin }, record.id)
        return answer(who, await imports.seen(who, record.id))
      },
    }),
  ]
}
