import type { Header } from '../../dicom/format/header.js'
import { type PictureLimits, pictureOf, representativeFrame } from '../../dicom/rendering/picture.js'
import type { Renderer, RenderOptions } from '../../dicom/rendering/renderer.js'
import { Failure, fail } from '../../errors.js'
import { type Bytes, produces, stream } from '../../http/answer.js'
import { Refusal, TooMany } from '../../http/failures.js'
import { type Asked, type Route, route } from '../../http/route.js'
import type { StoredInstance } from '../studies.js'
import { acceptedRanges, type MediaRange, notAcceptable, pictureType, takes, wanted } from './accept.js'
import { multipart, type Part, single } from './multipart.js'
import { renderedQuery, renderingOf } from './rendered-query.js'
import {
  type Address,
  base,
  framesParams,
  instanceParams,
  type Resources,
  seriesParams,
  studyParams,
  validatorOf,
} from './resources.js'

const study = `${base}/studies/:study`
const series = `${study}/series/:series`
const instance = `${series}/instances/:instance`
const KINDS = [
  { name: 'rendered', summary: 'WADO-RS: the pictures' },
  { name: 'thumbnail', summary: 'WADO-RS: a small picture' },
] as const

const THUMBNAIL = { width: 128, height: 128 }
const RETRY_AFTER_SECONDS = 2
const ENCAPSULATED_PDF = '1.2.840.10008.5.1.4.1.1.104.1'
const ENCAPSULATED_DOCUMENT = '00420011'
const FRAME_BYTES_MAX = 256 * 1024 * 1024

type AskedPicture = Pick<
  Asked<'viewer.open', undefined, typeof renderedQuery, undefined>,
  'query' | 'who' | 'origin' | 'ctx'
>

/** WADO-RS rendered resources and thumbnails (PS3.18 10.4.1.1.3, 10.4.1.1.4): drawn in a process of their own. */
export function renderedRoutes(parts: {
  resources: Resources
  renderer: Renderer
  pixelsMax: number
  renderedMax: number
}): Route[] {
  const { resources, renderer } = parts
  const limits: PictureLimits = { pixelsMax: parts.pixelsMax, bytesMax: FRAME_BYTES_MAX }

  const drawn = async (
    image: StoredInstance,
    header: Header,
    number: number,
    options: RenderOptions,
  ): Promise<Buffer> => {
    try {
      const picture = await pictureOf(resources.file(image), header, number, limits)
      return await renderer.render(picture, options)
    } catch (thrown) {
      throw asAnswer(thrown)
    }
  }

  /** One picture, or several in parts: nothing is drawn before it is known that the asker does not have it. */
  const answer = async (
    { ctx }: AskedPicture,
    list: readonly { image: StoredInstance; header: Header; number: number }[],
    options: RenderOptions,
    inParts: boolean,
  ): Promise<Bytes> => {
    const { type } = options
    const numbers = list.map(({ number }) => number).join(' ')
    const etag = validatorOf(
      list.map(({ image }) => image),
      `${JSON.stringify(options)} ${numbers}`,
    )
    const known = ctx.get('If-None-Match').includes(`"${etag}"`)
    const [first] = list
    if (known || first === undefined) return stream({ type, body: '', etag, weak: inParts })
    const bytes = await drawn(first.image, first.header, first.number, options)
    if (!inParts) return stream({ type, body: bytes, length: bytes.length, etag })
    async function* pictures(): AsyncGenerator<Part> {
      yield { type, bytes }
      for (const { image, header, number } of list.slice(1))
        yield { type, bytes: await drawn(image, header, number, options) }
    }
    return multipart(type, pictures(), etag)
  }

  const rendered = async (address: Address & { frames?: string }, asked: AskedPicture): Promise<Bytes> => {
    const { query, who, origin, ctx } = asked
    const ranges = acceptedRanges(ctx.get('Accept'), query.accept)
    const options = renderingOf(query)
    const { images } = await resources.open(address, who, origin)
    if (address.instance !== undefined && images[0]?.sopClassUID === ENCAPSULATED_PDF)
      return document(images[0], ranges)
    const list = await pictures(images, address.frames)
    const inParts = list.length > 1 || askedInParts(ranges)
    return answer(asked, list, { ...options, type: pictureType(ranges) }, inParts)
  }

  const thumbnail = async (address: Address & { frames?: string }, asked: AskedPicture): Promise<Bytes> => {
    const { query, who, origin, ctx } = asked
    const type = pictureType(acceptedRanges(ctx.get('Accept'), query.accept))
    const options = { viewport: THUMBNAIL, ...renderingOf(query), type }
    const { images } = await resources.open(address, who, origin)
    return answer(asked, [await one(images, address.frames)], options, false)
  }

  /** The images among these, each by the frame that stands for it, or the frames asked for of one. */
  const pictures = async (images: readonly StoredInstance[], frames: string | undefined) => {
    const list: { image: StoredInstance; header: Header; number: number }[] = []
    for (const image of images) {
      const header = await resources.header(image)
      if (!isImage(header)) continue
      const numbers = frames?.split(',').map(Number) ?? [representativeFrame(header)]
      for (const number of numbers) list.push({ image, header, number })
      if (list.length > parts.renderedMax)
        fail('too-large', {
          fr: `Plus de ${parts.renderedMax} images : demandez-les une à une.`,
          en: `More than ${parts.renderedMax} pictures: ask for them one by one.`,
        })
    }
    return list.length > 0 ? list : notAnImage()
  }

  /** The one that stands for all: the middle of the first series that has images. */
  const one = async (images: readonly StoredInstance[], frames: string | undefined) => {
    const own = images.filter(({ seriesId }) => seriesId === images[0]?.seriesId)
    const middle = own.length >> 1
    // From the middle on, then what comes before and in other series: the first that is an image.
    for (const image of [...own.slice(middle), ...own.slice(0, middle), ...images.slice(own.length)]) {
      const header = await resources.header(image)
      if (isImage(header))
        return { image, header, number: Number(frames?.split(',')[0] ?? representativeFrame(header)) }
    }
    return notAnImage()
  }

  const document = async (image: StoredInstance, ranges: readonly MediaRange[]): Promise<Bytes> => {
    const type = 'application/pdf'
    if (!ranges.some(range => takes(wanted(range).type, type)))
      notAcceptable('This is a document: it is given as application/pdf.')
    const element = (await resources.header(image)).elements.get(ENCAPSULATED_DOCUMENT)
    if (element === undefined) return fail('missing', 'The document is empty.')
    const segments = [{ file: resources.file(image), offset: element.offset, length: element.length }]
    return single({ type, segments }, validatorOf([image], 'document'))
  }

  return KINDS.flatMap(({ name, summary }) => {
    const run = name === 'rendered' ? rendered : thumbnail
    const common = {
      method: 'GET' as const,
      action: 'viewer.open' as const,
      query: renderedQuery,
      answer: produces('image/jpeg'),
    }
    return [
      route({
        ...common,
        path: `${study}/${name}`,
        summary: `${summary} of a study.`,
        params: studyParams,
        run: asked => run(asked.params, asked),
      }),
      route({
        ...common,
        path: `${series}/${name}`,
        summary: `${summary} of a series.`,
        params: seriesParams,
        run: asked => run(asked.params, asked),
      }),
      route({
        ...common,
        path: `${instance}/${name}`,
        summary: `${summary} of an instance.`,
        params: instanceParams,
        run: asked => run(asked.params, asked),
      }),
      route({
        ...common,
        path: `${instance}/frames/:frames/${name}`,
        summary: `${summary} of frames.`,
        params: framesParams,
        run: asked => run(asked.params, asked),
      }),
    ]
  })
}

function isImage(header: Header): boolean {
  return header.pixels?.tag === '7FE00010' && (header.integer('Rows') ?? 0) > 0
}

function notAnImage(): never {
  return notAcceptable('This is no image: it is retrieved as application/dicom.')
}

/** Whether the range liked best asks for parts, also for one picture. */
function askedInParts(ranges: readonly MediaRange[]): boolean {
  const [best] = ranges
  return best !== undefined && wanted(best).parts
}

/** What stands in the way of a picture, as HTTP says it: it cannot be had so, or not now. */
function asAnswer(thrown: unknown): unknown {
  if (!(thrown instanceof Failure)) return thrown
  if (thrown.code === 'unsupported' || thrown.code === 'invalid')
    return new Refusal(406, 'unsupported', thrown.said ?? thrown.message)
  if (thrown.code === 'too-many') return new TooMany(thrown.said ?? thrown.message, RETRY_AFTER_SECONDS)
  return thrown
}
