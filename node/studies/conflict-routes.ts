import { z } from 'zod'
import { allows } from '../accounts/permissions.js'
import { isoAt } from '../clock.js'
import type { Database } from '../database.js'
import { readHeader } from '../dicom/format/header.js'
import { pictureOf, representativeFrame } from '../dicom/rendering/picture.js'
import type { Renderer } from '../dicom/rendering/renderer.js'
import { fail } from '../errors.js'
import type { Acting } from '../http/acting.js'
import { listOf, produces, stream } from '../http/answer.js'
import { type Route, route } from '../http/route.js'
import type { Objects } from '../objects/objects.js'
import { conflictAnswer, conflictRow } from './answers.js'
import type { ConflictMember, ConflictRecord, Conflicts } from './conflicts.js'
import type { Difference, Summary } from './rules.js'
import type { Studies } from './studies.js'
import type { ConflictRow, ConflictView } from './view.js'

const MEMBERS_SHOWN = 200
const PICTURE = { width: 512, height: 512 }
const FRAME_BYTES_MAX = 256 * 1024 * 1024

const id = z.object({ id: z.string().min(1).max(60) })
const uid = z.string().regex(/^[0-9.]{1,64}$/)

/** Two objects with one UID, and a person who says which is right. */
export function conflictRoutes(options: {
  db: Database
  conflicts: Conflicts
  studies: Studies
  nameOf(site: string): string
  objects: Pick<Objects, 'path'>
  renderer: Renderer
  pixelsMax: number
}): Route[] {
  const { db, conflicts, studies, nameOf, objects, renderer, pixelsMax } = options

  const rowOf = (record: ConflictRecord, who: Acting): ConflictRow => {
    const { common, varying } = JSON.parse(record.differences) as Summary
    return {
      id: record.id,
      kind: record.kind,
      state: record.state === 'dissolved' ? 'kept' : record.state,
      StudyInstanceUID: record.uid,
      PatientName: record.name,
      PatientID: record.patient_id.startsWith('?') ? '' : record.patient_id,
      PatientBirthDate: record.birth_date,
      PatientSex: record.sex,
      StudyDescription: record.description,
      ModalitiesInStudy: record.modalities.split(' ').filter(Boolean),
      site: record.site,
      siteName: nameOf(record.site),
      source: record.source,
      instances: record.instances,
      common,
      varying,
      openedAt: isoAt(record.opened_at),
      ...(record.decided_at === null
        ? {}
        : {
            decision: {
              at: isoAt(record.decided_at),
              by: record.decided_by ?? '',
              reason: record.reason ?? '',
            },
          }),
      may:
        record.state === 'open' && allows(who, 'conflict.decide', { site: record.site })
          ? ['accept', 'keep']
          : [],
    }
  }

  const viewOf = async (record: ConflictRecord, who: Acting): Promise<ConflictView> => {
    const row = rowOf(record, who)
    const members = await conflicts.members(record.id, MEMBERS_SHOWN)
    return { ...row, members: members.map(member => memberView(member, row)) }
  }

  return [
    route({
      method: 'GET',
      path: '/api/conflicts',
      summary: 'Newcomers that disagree with what was here under the same UID, newest first.',
      action: 'conflict.see',
      query: z.object({
        state: z.enum(['open', 'decided']).default('open'),
        study: uid.optional(),
        limit: z.coerce.number().int().min(1).max(200).default(50),
        after: z.string().max(200).optional(),
      }),
      answer: listOf(conflictRow),
      run: async ({ query: { state, study, limit, after }, who }) => {
        const { site, everySite } = who.membership
        const { items, next } = await conflicts.list({
          open: state === 'open',
          limit,
          ...(everySite === true ? {} : { site }),
          ...(study === undefined ? {} : { study: (await studies.seen(study, who, 'study.see')).id }),
          ...(after === undefined ? {} : { after }),
        })
        return {
          items: items.map(record => rowOf(record, who)),
          ...(next === undefined ? {} : { next }),
        }
      },
    }),
    route({
      method: 'GET',
      path: '/api/conflicts/:id',
      summary: 'One conflict: both sides of every difference.',
      action: 'conflict.see',
      params: id,
      answer: conflictAnswer,
      run: async ({ params, who }) => viewOf(await conflicts.seen(params.id, who, 'conflict.see'), who),
    }),
    route({
      method: 'GET',
      path: '/api/conflicts/:id/picture',
      summary: 'A small picture of one side: what is kept, or what lies beside it.',
      action: 'conflict.see',
      params: id,
      query: z.object({ uid, side: z.enum(['kept', 'beside']) }),
      answer: produces('image/jpeg'),
      run: async ({ params, query, who }) => {
        await conflicts.seen(params.id, who, 'conflict.see')
        const [member] = await conflicts.members(params.id, 1, query.uid)
        const object = member?.[query.side] ?? fail('missing', 'There is no such image in this conflict.')
        const file = objects.path(object)
        const header = await readHeader(file, object)
        const picture = await pictureOf(file, header, representativeFrame(header), {
          pixelsMax,
          bytesMax: FRAME_BYTES_MAX,
        })
        const body = await renderer.render(picture, { type: 'image/jpeg', quality: 85, viewport: PICTURE })
        return stream({ type: 'image/jpeg', body, length: body.length })
      },
    }),
    route({
      method: 'POST',
      path: '/api/conflicts/:id/decision',
      summary: 'Accepts the newcomers as masters, or keeps the first; with a reason.',
      action: 'conflict.decide',
      params: id,
      body: z.object({
        decision: z.enum(['accept', 'keep']),
        reason: z.string().trim().min(1).max(500),
      }),
      answer: conflictAnswer,
      run: async ({ params, body, who, origin }) => {
        await conflicts.seen(params.id, who, 'conflict.decide')
        await db.write(tx => conflicts.decide(tx, params.id, { ...body, by: who.account.name }, origin))
        return viewOf(await conflicts.seen(params.id, who, 'conflict.see'), who)
      },
    }),
  ]
}

function memberView(member: ConflictMember, { common }: ConflictRow): ConflictView['members'][number] {
  const shared = new Set(common.map(({ attribute }) => attribute))
  const differences = JSON.parse(member.differences ?? '[]') as Difference[]
  return {
    SOPInstanceUID: member.uid,
    SeriesInstanceUID: member.seriesUID,
    SeriesNumber: member.seriesNumber === null ? '' : String(member.seriesNumber),
    InstanceNumber: member.number === null ? '' : String(member.number),
    pixels: member.pixels ?? 'unreadable',
    differences: differences.filter(({ attribute }) => !shared.has(attribute)),
  }
}
