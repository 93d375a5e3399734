import { Readable } from 'node:stream'
import { z } from 'zod'
import { toDicomJson } from '../../dicom/format/dicomjson.js'
import type { Acting } from '../../http/acting.js'
import { type Bytes, produces, stream } from '../../http/answer.js'
import { type Route, route } from '../../http/route.js'
import type { StoredInstance, StudyRecord } from '../studies.js'
import { acceptedRanges, jsonType } from './accept.js'
import { base, instanceParams, type Resources, seriesParams, studyParams, validatorOf } from './resources.js'

/** Headers of one answer read at once. */
const READ_AT_ONCE = 8
const query = z.object({ accept: z.string().optional() })

/** WADO-RS metadata (PS3.18 10.4.1.1.2): what stands before the pixels, in the DICOM JSON model, streamed. */
export function metadataRoutes({
  resources,
  publicUrl,
}: {
  resources: Resources
  publicUrl(): string
}): Route[] {
  const metadata = async (
    { record, images }: { record: StudyRecord; images: readonly StoredInstance[] },
    type: string,
    who: Acting,
  ): Promise<Bytes> => {
    // A page of ours asks under the name it was opened by; a program cannot guess it.
    const host = who.token === undefined ? '' : publicUrl()
    const model = async (image: StoredInstance) => {
      const where = `${host}${base}/studies/${record.uid}/series/${image.seriesUID}/instances/${image.uid}`
      const json = toDicomJson(await resources.header(image), {
        bulkDataURI: path => `${where}/bulkdata/${path}`,
      })
      json['00083002'] = { vr: 'UI', Value: [image.transferSyntaxUID] } // Available Transfer Syntax UID
      return JSON.stringify(json)
    }
    const texts = (at: number) => Promise.all(images.slice(at, at + READ_AT_ONCE).map(model))
    // Read before anything is said: most of what can fail fails here, and can still be told.
    const first = await texts(0)
    async function* json() {
      yield `[${first.join(',')}`
      for (let at = READ_AT_ONCE; at < images.length; at += READ_AT_ONCE)
        yield `,${(await texts(at)).join(',')}`
      yield ']'
    }
    return stream({
      type,
      body: Readable.from(json(), { objectMode: false }),
      etag: validatorOf(images, `metadata ${type} ${host}`),
      weak: true,
    })
  }

  const common = {
    method: 'GET' as const,
    action: 'viewer.open' as const,
    query,
    answer: produces('application/dicom+json'),
  }
  const study = `${base}/studies/:study`
  const series = `${study}/series/:series`
  return [
    route({
      ...common,
      path: `${study}/metadata`,
      summary: 'WADO-RS: metadata of all instances of a study.',
      params: studyParams,
      run: async ({ params, query: { accept }, who, origin, ctx }) => {
        const type = jsonType(acceptedRanges(ctx.get('Accept'), accept))
        return metadata(await resources.open(params, who, origin), type, who)
      },
    }),
    route({
      ...common,
      path: `${series}/metadata`,
      summary: 'WADO-RS: metadata of a series.',
      params: seriesParams,
      run: async ({ params, query: { accept }, who, origin, ctx }) => {
        const type = jsonType(acceptedRanges(ctx.get('Accept'), accept))
        return metadata(await resources.open(params, who, origin), type, who)
      },
    }),
    route({
      ...common,
      path: `${series}/instances/:instance/metadata`,
      summary: 'WADO-RS: metadata of an instance.',
      params: instanceParams,
      run: async ({ params, query: { accept }, who, origin, ctx }) => {
        const type = jsonType(acceptedRanges(ctx.get('Accept'), accept))
        return metadata(await resources.open(params, who, origin), type, who)
      },
    }),
  ]
}
