import { z } from 'zod'
import { listOf, produces } from '../http/answer.js'
import { type Route, route } from '../http/route.js'
import { sentFile } from '../http/sent-file.js'
import type { AttachmentLimits } from '../objects/attachment.js'
import {
  countsSchema,
  requestCandidatesSchema,
  requestRowSchema,
  requestSchema,
  similarSchema,
  studyCandidatesSchema,
} from './answers.js'
import {
  editedRequestSchema,
  eventInputSchema,
  namedPatientSchema,
  newRequestSchema,
  sentFilesSchema,
  uidSchema,
} from './form.js'
import { REQUEST_EVENTS, REQUEST_STATES, type RequestEvent } from './lifecycle.js'
import type { Requests } from './requests.js'
import { eventActions } from './standing.js'
import { triageSchema } from './triage.js'
import type { RequestState } from './view.js'
import { isShared } from './worklist.js'

const MB = 1024 * 1024
/** The form, and the braces around base 64. */
const ENVELOPE_BYTES = 256 * 1024
const PAGE_MAX = 200
const PAGE_USUAL = 50

/** Events a person sends by name; the others are consequences of signing, acknowledging, or time. */
const NOT_BY_NAME: readonly RequestEvent[] = ['report', 'deliver', 'close', 'reopen', 'expire']
const byName = z.enum(REQUEST_EVENTS).refine(event => !NOT_BY_NAME.includes(event))

const flag = z.enum(['true', 'false']).transform(value => value === 'true')

/** A comma list of states; an unknown one finds nothing rather than everything. */
const statesSchema = z
  .string()
  .transform(text => text.split(',').map(state => state.trim()))
  .pipe(z.array(z.enum(REQUEST_STATES)))

const listQuery = z.object({
  state: statesSchema.optional(),
  kind: z.enum(['reading', 'opinion']).optional(),
  urgency: z.enum(['emergency', 'urgent', 'routine']).optional(),
  site: z.string().max(64).optional(),
  modality: z.string().max(16).optional(),
  mine: flag.optional(),
  toFinish: flag.optional(),
  toClaim: flag.optional(),
  late: flag.optional(),
  former: flag.optional(),
  q: z.string().max(200).optional(),
  limit: z.coerce.number().int().min(1).max(PAGE_MAX).default(PAGE_USUAL),
  after: z.string().max(100).optional(),
  until: z.string().max(100).optional(),
})

const idParams = z.object({ id: z.string().max(64) })

export function requestRoutes(requests: Requests, limits: AttachmentLimits): Route[] {
  const bodyMaxBytes = Math.ceil((limits.attachmentsMbMax * MB * 4) / 3) + ENVELOPE_BYTES
  return [
    route({
      method: 'GET',
      path: '/api/requests',
      summary: 'The worklist: urgency first, then the oldest.',
      action: 'request.see',
      query: listQuery,
      repeated: isShared,
      answer: listOf(requestRowSchema),
      run: asked => requests.list(asked, asked.query as typeof asked.query & { state?: RequestState[] }),
    }),
    route({
      method: 'GET',
      path: '/api/requests/counts',
      summary: 'How many requests each of the saved lists holds.',
      action: 'request.see',
      repeated: () => true,
      answer: countsSchema,
      run: asked => requests.counts(asked),
    }),
    route({
      method: 'GET',
      path: '/api/requests/similar',
      summary: 'Requests and exams already known of the same patient, region and modality.',
      action: 'request.create',
      query: z.object({
        site: z.string().max(64),
        id: z.string().trim().max(200),
        issuer: z.string().trim().max(200),
        region: z.string().trim().max(200),
        modality: z.string().trim().max(16),
        studies: z.string().max(2000).optional(),
      }),
      answer: similarSchema,
      run: asked => {
        const { id, issuer, studies, ...exam } = asked.query
        return requests.similar(asked, {
          ...exam,
          patient: { id, issuer },
          studies: studies === undefined ? [] : studies.split(','),
        })
      },
    }),
    route({
      method: 'POST',
      path: '/api/requests',
      summary: 'A new request; with "submit" it is sent and offered at once.',
      action: 'request.create',
      body: newRequestSchema,
      bodyMaxBytes,
      answer: requestSchema,
      status: 201,
      run: asked => requests.create(asked, asked.body),
    }),
    route({
      method: 'GET',
      path: '/api/requests/:id',
      summary: 'One request with its studies, timeline and clock.',
      action: 'request.see',
      params: idParams,
      answer: requestSchema,
      run: asked => requests.view(asked, asked.params.id),
    }),
    route({
      method: 'PUT',
      path: '/api/requests/:id',
      summary: 'The form corrected before anybody claimed it: another version, the earlier ones are kept.',
      action: 'request.edit',
      params: idParams,
      body: editedRequestSchema,
      answer: requestSchema,
      run: asked => requests.edit(asked, asked.params.id, asked.body),
    }),
    route({
      method: 'PUT',
      path: '/api/requests/:id/triage',
      summary:
        'A hint of how pressing it is, 0 to 100, by whom, which version, when: it moves the request in the lists, and hides none.',
      action: 'request.triage',
      params: idParams,
      body: triageSchema,
      answer: requestSchema,
      run: asked => requests.triage(asked, asked.params.id, asked.body),
    }),
    route({
      method: 'POST',
      path: '/api/requests/:id/patient',
      summary: 'Who an unknown patient turned out to be: another version, with who says so and why.',
      action: 'request.edit',
      params: idParams,
      body: namedPatientSchema,
      answer: requestSchema,
      run: asked => requests.namePatient(asked, asked.params.id, asked.body),
    }),
    route({
      method: 'POST',
      path: '/api/requests/:id/offer/seen',
      summary: 'The reader it is offered to has it before their eyes.',
      action: 'request.claim',
      params: idParams,
      answer: requestSchema,
      run: asked => requests.offerSeen(asked, asked.params.id),
    }),
    route({
      method: 'GET',
      path: '/api/requests/:id/candidates',
      summary: 'Studies of the site that may be the one asked about, each with what it says otherwise.',
      action: 'request.link',
      params: idParams,
      answer: studyCandidatesSchema,
      run: async asked => ({ items: await requests.studiesFor(asked, asked.params.id) }),
    }),
    route({
      method: 'GET',
      path: '/api/studies/:uid/candidates',
      summary: 'Requests of the site that may have asked for a study, each with what differs.',
      action: 'request.link',
      params: z.object({ uid: uidSchema }),
      answer: requestCandidatesSchema,
      run: async asked => ({
        items: await requests.requestsFor(asked, asked.who.membership.site, asked.params.uid),
      }),
    }),
    route({
      method: 'POST',
      path: '/api/requests/:id/studies',
      summary: 'Links a study; one that says otherwise than the request asks for a reason.',
      action: 'request.link',
      params: idParams,
      body: z.strictObject({ StudyInstanceUID: uidSchema, reason: z.string().trim().max(4000).optional() }),
      answer: requestSchema,
      run: asked => requests.link(asked, asked.params.id, asked.body.StudyInstanceUID, asked.body.reason),
    }),
    route({
      method: 'POST',
      path: '/api/requests/:id/studies/:uid/removal',
      summary: 'Takes a study off a request, with the reason.',
      action: 'request.link',
      params: idParams.extend({ uid: uidSchema }),
      body: z.strictObject({ reason: z.string().trim().min(1).max(4000) }),
      answer: requestSchema,
      run: asked => requests.unlink(asked, asked.params.id, asked.params.uid, asked.body.reason),
    }),
    route({
      method: 'POST',
      path: '/api/requests/:id/asks/:item',
      summary:
        'One item of what was asked back: given, or not to be had. With the last one the reader goes on.',
      action: 'request.answer',
      params: idParams.extend({ item: z.string().max(64) }),
      body: z.strictObject({ available: z.boolean(), text: z.string().trim().max(4000).optional() }),
      answer: requestSchema,
      run: asked => requests.answerItem(asked, asked.params.id, asked.params.item, asked.body),
    }),
    route({
      method: 'POST',
      path: '/api/requests/:id/documents',
      summary: 'Papers that go with the request, in base 64: PDF, JPEG, PNG or text, told by their content.',
      action: 'request.edit',
      params: idParams,
      body: z.strictObject({ attachments: sentFilesSchema.min(1) }),
      bodyMaxBytes,
      answer: requestSchema,
      run: asked => requests.attach(asked, asked.params.id, asked.body.attachments),
    }),
    route({
      method: 'GET',
      path: '/api/requests/:id/documents/:document',
      summary: 'A paper of a request, as it was sent.',
      action: 'request.see',
      params: idParams.extend({ document: z.string().max(64) }),
      answer: produces('application/octet-stream'),
      run: async asked => {
        const { row, bytes } = await requests.document(asked, asked.params.id, asked.params.document)
        return sentFile(asked.ctx, row, bytes)
      },
    }),
    route({
      method: 'POST',
      path: '/api/requests/:id/:event',
      summary:
        'One event of the request’s life: submit, claim, accept, refuse, release, ask, answer, start, cancel …',
      action: 'request.see',
      also: eventActions,
      params: idParams.extend({ event: byName }),
      body: eventInputSchema,
      answer: requestSchema,
      run: asked => requests.send(asked, asked.params.id, asked.params.event, asked.body),
    }),
  ]
}
