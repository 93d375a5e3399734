import { Readable } from 'node:stream'
import { z } from 'zod'
import { type Bytes, produces, stream } from '../../http/answer.js'
import { type Asked, type Route, route } from '../../http/route.js'
import type { Objects } from '../../objects/objects.js'
import { type Found, REMAINING_MAX, type Search, type SearchLevel } from '../search.js'
import { acceptedRanges, jsonType } from './accept.js'
import { modelOf } from './models.js'
import { searchParameters } from './query.js'
import { base, type Resources, seesWithheld, seriesParams, studyParams } from './resources.js'

/** Headers of one answer read at once. */
const READ_AT_ONCE = 8
/** What is given twice is refused by name, where it is read. */
const texts = z.union([z.string(), z.array(z.string())]).optional()
/** Attributes by keyword or tag come beside these. */
const query = z.looseObject({
  limit: texts,
  offset: texts,
  includefield: texts,
  fuzzymatching: texts,
  emptyvaluematching: texts,
  accept: z.string().optional(),
})

interface Place {
  path: string
  level: SearchLevel
  summary: string
}

const PLACES: readonly Place[] = [
  { path: '/studies', level: 'study', summary: 'QIDO-RS: studies (PS3.18 10.6).' },
  { path: '/series', level: 'series', summary: 'QIDO-RS: series of all studies.' },
  { path: '/instances', level: 'instance', summary: 'QIDO-RS: instances of all studies.' },
  { path: '/studies/:study/series', level: 'series', summary: 'QIDO-RS: the series of a study.' },
  { path: '/studies/:study/instances', level: 'instance', summary: 'QIDO-RS: the instances of a study.' },
  {
    path: '/studies/:study/series/:series/instances',
    level: 'instance',
    summary: 'QIDO-RS: the instances of a series.',
  },
]

/** Searches (QIDO-RS) over what who asks may see: matching and paging in the database, the answer streamed. */
export function searchRoutes(parts: {
  search: Search
  resources: Resources
  objects: Pick<Objects, 'find'>
  resultsMax: number
  /** Where others reach this node. */
  publicUrl(): string
}): Route[] {
  const { search, resources, objects, resultsMax } = parts

  const answer = async (
    place: Place,
    asked: Pick<Asked<'viewer.open', undefined, typeof query, undefined>, 'query' | 'who' | 'ctx'>,
    within: { study?: string; series?: string },
  ): Promise<Bytes> => {
    const { who, ctx } = asked
    const type = jsonType(acceptedRanges(ctx.get('Accept'), asked.query.accept))
    const parameters = searchParameters(asked.query, place.level, resultsMax)
    const record = within.study === undefined ? undefined : await resources.study(within.study, who)
    const found = await search.find(
      {
        level: place.level,
        keys: parameters.keys,
        ...(record === undefined ? {} : { study: record.id }),
        ...(within.series === undefined ? {} : { series: within.series }),
        withheldToo: seesWithheld(who),
        limit: parameters.limit,
        offset: parameters.offset,
      },
      who,
    )
    const service = `${parts.publicUrl()}${base}`
    const warnings = [...parameters.warnings]
    if (found.remaining > 0)
      warnings.push(
        `There are ${found.remaining < REMAINING_MAX ? '' : 'at least '}${found.remaining} additional results that can be requested`,
      )
    if (warnings.length > 0)
      ctx.set(
        'Warning',
        warnings.map(text => `299 ${service}: ${text}`),
      )
    const wanted = {
      level: place.level,
      withStudy: within.study === undefined,
      withSeries: within.series === undefined,
      include: parameters.include,
      includeAll: parameters.includeAll,
      base: service,
    }
    const model = async (row: Found) => {
      const object = row.instance === undefined ? undefined : await objects.find(row.instance.object)
      const header =
        object === undefined
          ? undefined
          : await resources.header({
              bucket: object.bucket,
              object: object.name,
              datasetOffset: object.dataset_offset,
              transferSyntaxUID: object.transfer_syntax ?? '',
            })
      return JSON.stringify(modelOf(row, wanted, header))
    }
    async function* json() {
      let separator = '['
      for await (const page of found.pages())
        for (let at = 0; at < page.length; at += READ_AT_ONCE) {
          const texts = await Promise.all(page.slice(at, at + READ_AT_ONCE).map(model))
          yield `${separator}${texts.join(',')}`
          separator = ','
        }
      yield separator === '[' ? '[]' : ']'
    }
    return stream({ type, body: Readable.from(json(), { objectMode: false }) })
  }

  const common = (place: Place) => ({
    method: 'GET' as const,
    path: `${base}${place.path}`,
    summary: place.summary,
    action: 'viewer.open' as const,
    query,
    answer: produces('application/dicom+json'),
  })
  return PLACES.map(place => {
    if (place.path.includes(':series'))
      return route({
        ...common(place),
        params: seriesParams,
        run: asked => answer(place, asked, asked.params),
      })
    if (place.path.includes(':study'))
      return route({
        ...common(place),
        params: studyParams,
        run: asked => answer(place, asked, asked.params),
      })
    return route({ ...common(place), run: asked => answer(place, asked, {}) })
  })
}
