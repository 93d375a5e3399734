import { z } from 'zod'
import { allows, demand } from '../accounts/permissions.js'
import { fail } from '../errors.js'
import type { SiteNames } from '../exchange/study-routes.js'
import type { Acting } from '../http/acting.js'
import { listOf, produces, stream } from '../http/answer.js'
import { type Route, route } from '../http/route.js'
import { candidatesFor } from './candidates.js'
import type { Certificates } from './certificates.js'
import type { Imports } from './imports.js'
import type { ImportRecord } from './rows.js'
import type { Uploads } from './uploads.js'
import type { ImportRow } from './view.js'
import { fileView, type ImportViews } from './views.js'

const text = z.string().max(200)
const id = z.string().trim().min(1).max(64)
const uid = z
  .string()
  .regex(/^[0-9]+(\.[0-9]+)*$/)
  .max(64)
const identity = z.object({
  PatientID: z.string().trim().max(64),
  IssuerOfPatientID: z.string().trim().max(64),
  PatientName: z.string().trim().max(192),
  PatientBirthDate: z.string().trim().max(8),
  PatientSex: z.string().trim().max(16),
})
const series = z.object({
  SeriesInstanceUID: z.string(),
  SeriesNumber: z.string(),
  SeriesDescription: z.string(),
  Modality: z.string(),
  images: z.int(),
  kind: z.enum(['captures', 'presentations', 'icons']).optional(),
  leftOut: z.boolean(),
  leftOutBy: z.object({ rule: z.enum(['kind', 'modality', 'description']), value: z.string() }).optional(),
  sample: z.int(),
})
const study = z.object({
  StudyInstanceUID: z.string(),
  StudyDate: z.string(),
  StudyDescription: z.string(),
  AccessionNumber: z.string(),
  Modalities: z.array(z.string()),
  identity,
  series: z.array(series),
  images: z.int(),
  bytes: z.int(),
  here: z.int(),
})
const decision = z.object({
  candidate: z.enum(['keep', 'request', 'node', 'pacs', 'new']),
  request: id.optional(),
  identity,
  accession: z.string().trim().max(16).optional(),
  series: z.array(uid).max(10_000),
  papers: z
    .array(z.object({ number: z.int().min(1), StudyInstanceUID: uid.optional() }))
    .max(200)
    .optional(),
  reason: z.string().trim().max(1000).optional(),
})
const state = z.enum([
  'uploading',
  'reading',
  'inventoried',
  'taking',
  'sending',
  'done',
  'cancelled',
  'failed',
  'entered-in-error',
])
const sender = z.object({
  inbox: z.string(),
  recipient: z.string(),
  organisation: z.string(),
  name: z.string(),
  phone: z.string(),
  patient: z.object({
    family: z.string(),
    given: z.string(),
    birthDate: z.string().optional(),
    sex: z.enum(['F', 'M', 'O']).optional(),
  }),
  why: z.string(),
  urgency: z.enum(['emergency', 'urgent', 'routine']),
})
const row = z.object({
  id: z.string(),
  state,
  site: z.string(),
  siteName: z.string(),
  preset: z.string().nullable(),
  name: z.string(),
  label: z.string(),
  medium: z.enum(['folder', 'zip', 'iso', 'tar']).nullable(),
  by: z.string(),
  sender: sender.optional(),
  createdAt: z.string(),
  decidedAt: z.string().optional(),
  decidedBy: z.string().optional(),
  finishedAt: z.string().optional(),
  bytes: z.object({ total: z.int(), there: z.int() }),
  files: z.int(),
  reason: z.string().optional(),
  taken: z.int(),
  refused: z.int(),
  may: z.array(z.enum(['decide', 'cancel'])),
})
const view = row.extend({
  certificate: z.object({ version: z.int(), at: z.string(), digest: z.string() }).optional(),
  verdicts: z.record(z.string(), z.int()),
  fingerprint: z.string().optional(),
  decision: decision.optional(),
  papers: z.array(
    z.object({
      number: z.int(),
      path: z.string(),
      title: z.string(),
      kind: z.enum(['pdf', 'jpeg', 'png']),
      bytes: z.int(),
      dangers: z.array(z.enum(['script', 'launch', 'attachment', 'locked', 'hidden'])),
      fault: z.enum(['too-large', 'broken', 'progressive', 'colours', 'png', 'small']).optional(),
      StudyInstanceUID: z.string().optional(),
      outcome: z.enum(['taken', 'duplicate', 'refused', 'left-out']).optional(),
    }),
  ),
  studies: z.array(study),
  destinations: z.array(
    z.object({ peer: z.string(), transfer: z.string(), state: z.string(), confirmed: z.int(), of: z.int() }),
  ),
})
const file = z.object({
  number: z.int(),
  path: z.string(),
  bytes: z.int(),
  kind: z.string(),
  verdict: z.enum(['readable', 'duplicate', 'directory', 'not-dicom', 'unreadable', 'missing']),
  reason: z.string().optional(),
  listed: z.boolean().optional(),
  SOPInstanceUID: z.string().optional(),
  outcome: z.enum(['taken', 'duplicate', 'refused', 'left-out']).optional(),
  outcomeReason: z.string().optional(),
})
const candidates = z.object({
  items: z.array(
    z.object({
      candidate: z.enum(['request', 'node', 'pacs']),
      from: z.string(),
      request: z.string().optional(),
      identity,
      accession: z.string().optional(),
      fields: z.array(
        z.object({
          field: z.enum(['PatientID', 'IssuerOfPatientID', 'PatientName', 'PatientBirthDate', 'PatientSex']),
          disc: z.string(),
          candidate: z.string(),
          result: z.enum(['same', 'similar', 'different', 'missing']),
        }),
      ),
      score: z.int(),
      contradicts: z.boolean(),
    }),
  ),
  peers: z.array(
    z.object({
      peer: z.string(),
      outcome: z.enum(['answered', 'nothing', 'refused', 'no-answer']),
      reason: z.string().optional(),
    }),
  ),
})
/** Discs over HTTP; their bytes come by the uploads. */
export function importRoutes(options: {
  imports: Imports
  uploads: Uploads
  views: ImportViews
  certificates: Certificates
  sites: SiteNames
  candidates: Parameters<typeof candidatesFor>[2]
}): Route[] {
  const { imports, uploads, views, certificates, sites } = options
  const mayOf = (who: Acting, record: ImportRecord): ImportRow['may'] => {
    const standing = { site: record.site }
    return allows(who, 'import.decide', standing) ? ['decide', 'cancel'] : []
  }
  const answer = (who: Acting, record: ImportRecord) => views.view(record, mayOf(who, record))
  const params = z.object({ id })

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
        const { request, accession, reason, ...rest } = body
        await imports.decide({ origin, name: who.account.name }, record.id, {
          ...rest,
          ...(request === undefined ? {} : { request }),
          ...(accession === undefined ? {} : { accession }),
          ...(reason === undefined ? {} : { reason }),
        })
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
