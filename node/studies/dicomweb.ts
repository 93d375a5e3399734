import { createReadStream } from 'node:fs'
import { Readable } from 'node:stream'
import { z } from 'zod'
import { type DicomJson, toDicomJson } from '../dicom/format/dicomjson.js'
import { openFrames, type Segment } from '../dicom/format/frames.js'
import { type Header, readHeader } from '../dicom/format/header.js'
import { fail } from '../errors.js'
import type { Acting } from '../http/acting.js'
import { type Bytes, produces, stream } from '../http/answer.js'
import { type Route, route } from '../http/route.js'
import type { Objects } from '../objects/objects.js'
import { openLatest } from './latest.js'
import type { StoredInstance, Studies, StudyRecord } from './studies.js'

/** An image never changes under its address: the browser may keep it, for this person's session only. */
const IMMUTABLE = 'private, max-age=43200, immutable'
/** Headers kept parsed: a viewer asks for the metadata of a series and then for each of its frames. */
const HEADERS_KEPT = 2000
/** Headers of one metadata answer read at once. */
const READ_AT_ONCE = 8

const uid = z.string().regex(/^[0-9.]{1,64}$/)
const study = z.object({ study: uid })
const series = study.extend({ series: uid })
const instance = series.extend({ instance: uid })
const frame = instance.extend({ frame: z.coerce.number().int().min(1).max(1_000_000) })
const base = '/dicomweb/studies'
const json = produces('application/dicom+json')

/**
 * WADO-RS and QIDO-RS (PS3.18 10.4 and 10.6) over what the signed-in person may see; bytes leave as they are stored.
 */
export function dicomwebRoutes({ studies, objects }: { studies: Studies; objects: Objects }): Route[] {
  const headers = openLatest<Promise<Header>>(HEADERS_KEPT)

  /** A filed report is read by those who may read reports, at its own address: never as an image. */
  const pictures = async (id: string, which?: { series?: string; uid?: string }) =>
    (await studies.instances(id, which)).filter(({ madeHere }) => !madeHere)

  const headerOf = (image: StoredInstance): Promise<Header> =>
    headers.get(image.object, () =>
      readHeader(objects.path({ bucket: image.bucket, name: image.object }), {
        datasetOffset: image.datasetOffset,
        transferSyntaxUID: image.transferSyntaxUID,
      }),
    )

  const one = async (asked: z.output<typeof instance>, who: Acting): Promise<StoredInstance> => {
    const record = await studies.seen(asked.study, who, 'viewer.open')
    const [found] = await pictures(record.id, { series: asked.series, uid: asked.instance })
    return found ?? fail('missing', 'There is no such instance.')
  }

  const metadata = async (images: readonly StoredInstance[], record: StudyRecord): Promise<Bytes> => {
    const answer: DicomJson[] = []
    for (let at = 0; at < images.length; at += READ_AT_ONCE)
      answer.push(
        ...(await Promise.all(
          images.slice(at, at + READ_AT_ONCE).map(async image => {
            const where = `${base}/${record.uid}/series/${image.seriesUID}/instances/${image.uid}`
            const model = toDicomJson(await headerOf(image), { bulkDataURI: () => `${where}/frames` })
            model['00083002'] = { vr: 'UI', Value: [image.transferSyntaxUID] } // Available Transfer Syntax UID
            return model
          }),
        )),
      )
    return stream({ type: 'application/dicom+json', body: JSON.stringify(answer) })
  }

  return [
    route({
      method: 'GET',
      path: `${base}`,
      summary: 'QIDO-RS: studies (PS3.18 10.6).',
      action: 'viewer.open',
      query: z.object({
        StudyInstanceUID: uid.optional(),
        PatientName: z.string().max(64).optional(),
        limit: z.coerce.number().int().min(1).max(200).default(100),
      }),
      answer: json,
      run: async ({ query, who }) => {
        const { items } = await studies.list(
          {
            limit: query.limit,
            ...(query.PatientName === undefined ? {} : { q: query.PatientName.replaceAll('*', ' ') }),
          },
          who,
          'viewer.open',
        )
        const found =
          query.StudyInstanceUID === undefined
            ? items
            : [await studies.seen(query.StudyInstanceUID, who, 'viewer.open')]
        return stream({ type: 'application/dicom+json', body: JSON.stringify(found.map(studyModel)) })
      },
    }),
    route({
      method: 'GET',
      path: `${base}/:study/series`,
      summary: 'QIDO-RS: the series of a study.',
      action: 'viewer.open',
      params: study,
      answer: json,
      run: async ({ params, who }) => {
        const record = await studies.seen(params.study, who, 'viewer.open')
        const shown = new Set((await pictures(record.id)).map(({ seriesId }) => seriesId))
        const list = (await studies.series(record.id)).filter(({ id }) => shown.has(id))
        return stream({
          type: 'application/dicom+json',
          body: JSON.stringify(
            list.map(each => ({
              ...studyModel(record),
              '0020000E': { vr: 'UI', Value: [each.uid] },
              '00080060': { vr: 'CS', Value: [each.modality] },
              '00200011': { vr: 'IS', Value: each.number === null ? [] : [each.number] },
              '0008103E': { vr: 'LO', Value: [each.description] },
              '00180015': { vr: 'CS', Value: [each.body_part] },
              '00201209': { vr: 'IS', Value: [each.instances] },
            })),
          ),
        })
      },
    }),
    route({
      method: 'GET',
      path: `${base}/:study/series/:series/instances`,
      summary: 'QIDO-RS: the instances of a series.',
      action: 'viewer.open',
      params: series,
      answer: json,
      run: async ({ params, who }) => {
        const record = await studies.seen(params.study, who, 'viewer.open')
        const images = await pictures(record.id, { series: params.series })
        return stream({
          type: 'application/dicom+json',
          body: JSON.stringify(
            images.map(image => ({
              '00080016': { vr: 'UI', Value: [image.sopClassUID] },
              '00080018': { vr: 'UI', Value: [image.uid] },
              '0020000D': { vr: 'UI', Value: [record.uid] },
              '0020000E': { vr: 'UI', Value: [image.seriesUID] },
              '00200013': { vr: 'IS', Value: image.number === null ? [] : [image.number] },
              '00280008': { vr: 'IS', Value: [image.frames] },
            })),
          ),
        })
      },
    }),
    route({
      method: 'GET',
      path: `${base}/:study/metadata`,
      summary: 'WADO-RS: metadata of all instances of a study.',
      action: 'viewer.open',
      params: study,
      answer: json,
      run: async ({ params, who }) => {
        const record = await studies.seen(params.study, who, 'viewer.open')
        return metadata(await pictures(record.id), record)
      },
    }),
    route({
      method: 'GET',
      path: `${base}/:study/series/:series/metadata`,
      summary: 'WADO-RS: metadata of a series.',
      action: 'viewer.open',
      params: series,
      answer: json,
      run: async ({ params, who }) => {
        const record = await studies.seen(params.study, who, 'viewer.open')
        return metadata(await pictures(record.id, { series: params.series }), record)
      },
    }),
    route({
      method: 'GET',
      path: `${base}/:study/series/:series/instances/:instance/metadata`,
      summary: 'WADO-RS: metadata of an instance.',
      action: 'viewer.open',
      params: instance,
      answer: json,
      run: async ({ params, who }) => {
        const record = await studies.seen(params.study, who, 'viewer.open')
        return metadata([await one(params, who)], record)
      },
    }),
    route({
      method: 'GET',
      path: `${base}/:study/series/:series/instances/:instance`,
      summary: 'WADO-RS: an instance as a DICOM file, byte for byte as stored.',
      action: 'viewer.open',
      params: instance,
      answer: produces('multipart/related; type="application/dicom"'),
      run: async ({ params, who, ctx }) => {
        const image = await one(params, who)
        const file = objects.path({ bucket: image.bucket, name: image.object })
        ctx.set('Cache-Control', IMMUTABLE)
        return multipart(
          'application/dicom',
          image.transferSyntaxUID,
          [{ file, offset: 0, length: image.bytes }],
          0,
        )
      },
      noStore: false,
    }),
    route({
      method: 'GET',
      path: `${base}/:study/series/:series/instances/:instance/frames/:frame`,
      summary: 'WADO-RS: one frame, in the transfer syntax it is stored in.',
      action: 'viewer.open',
      params: frame,
      answer: produces('multipart/related'),
      run: async ({ params, who, ctx }) => {
        const image = await one(params, who)
        const file = objects.path({ bucket: image.bucket, name: image.object })
        const found = await openFrames(file, await headerOf(image)).locate(params.frame)
        ctx.set('Cache-Control', IMMUTABLE)
        return multipart(found.mediaType, found.transferSyntaxUID, found.segments, found.swapBytes)
      },
      noStore: false,
    }),
  ]
}

function studyModel(record: StudyRecord): DicomJson {
  return {
    '0020000D': { vr: 'UI', Value: [record.uid] },
    '00080020': { vr: 'DA', Value: [record.date] },
    '00080030': { vr: 'TM', Value: [record.time] },
    '00080050': { vr: 'SH', Value: [record.accession] },
    '00080061': { vr: 'CS', Value: record.modalities.split(' ').filter(Boolean) },
    '00081030': { vr: 'LO', Value: [record.description] },
    '00100010': { vr: 'PN', Value: [{ Alphabetic: record.name }] },
    '00100020': { vr: 'LO', Value: [record.patient_id.startsWith('?') ? '' : record.patient_id] },
    '00100030': { vr: 'DA', Value: [record.birth_date] },
    '00100040': { vr: 'CS', Value: [record.sex] },
    '00201208': { vr: 'IS', Value: [record.instances] },
  }
}

const BOUNDARY = 'relais-part'

/** One part (PS3.18 8.7.3): the bytes are streamed from the stored file. */
function multipart(
  mediaType: string,
  transferSyntaxUID: string,
  segments: readonly Segment[],
  swapBytes: 0 | 2 | 4,
): Bytes {
  const head = Buffer.from(
    `--${BOUNDARY}\r\nContent-Type: ${mediaType}; transfer-syntax=${transferSyntaxUID}\r\n\r\n`,
  )
  const tail = Buffer.from(`\r\n--${BOUNDARY}--\r\n`)
  const length = segments.reduce((sum, segment) => sum + segment.length, head.length + tail.length)
  async function* bytes() {
    yield head
    for (const { file, offset, length: count } of segments) {
      if (count === 0) continue
      const part = createReadStream(file, {
        start: offset,
        end: offset + count - 1,
        highWaterMark: 1024 * 1024,
      })
      for await (const chunk of part) yield swapBytes === 0 ? chunk : swapped(chunk as Buffer, swapBytes)
    }
    yield tail
  }
  return stream({
    type: `multipart/related; type="${mediaType}"; transfer-syntax=${transferSyntaxUID}; boundary=${BOUNDARY}`,
    body: Readable.from(bytes(), { objectMode: false }),
    length,
  })
}

/** Chunks are a MiB but for the last: always whole words. */
function swapped(chunk: Buffer, swapBytes: 2 | 4): Buffer {
  return swapBytes === 2 ? chunk.swap16() : chunk.swap32()
}
