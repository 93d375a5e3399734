import { z } from 'zod'
import type { DataSet } from '../../dicom/format/dataset-reading.js'
import type { Element } from '../../dicom/format/element.js'
import { type Frames, openFrames } from '../../dicom/format/frames.js'
import type { Header } from '../../dicom/format/header.js'
import { transferSyntaxTraits } from '../../dicom/uids.js'
import { Failure, fail } from '../../errors.js'
import type { Acting } from '../../http/acting.js'
import { type Bytes, produces, stream } from '../../http/answer.js'
import { type Asked, type Route, route } from '../../http/route.js'
import type { Origin } from '../../journal/facts.js'
import type { StoredInstance } from '../studies.js'
import {
  acceptedRanges,
  frameAnswer,
  instanceAnswers,
  type MediaRange,
  notAcceptable,
  takes,
  wanted,
} from './accept.js'
import { begun, multipart, type Part, single } from './multipart.js'
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
import type { Rewriting } from './rewriting.js'

type Context = Asked<'viewer.open', undefined, undefined, undefined>['ctx']

const query = z.object({ accept: z.string().optional() })
const OCTETS = 'application/octet-stream'

/** WADO-RS: instances, frames and bulk data (PS3.18 10.4.1.1) as they are stored, byte for byte, streamed. */
export function retrieveRoutes({
  resources,
  rewriting,
}: {
  resources: Resources
  rewriting: Rewriting
}): Route[] {
  const instances = async (
    address: Address,
    who: Acting,
    origin: Origin,
    ctx: Context,
    ranges: readonly MediaRange[],
  ): Promise<Bytes> => {
    const several = address.instance === undefined
    const answers = instanceAnswers(ranges, several)
    const inParts = answers[0]?.parts === true
    const taken = answers.filter(({ parts }) => parts === inParts).map(each => each.transferSyntax)
    const { images } = await resources.open(address, who, origin)
    const chosen = images.map(image => ({ image, to: chooseSyntax(image, taken) }))
    const anew = chosen.some(({ image, to }) => to !== image.transferSyntaxUID)
    const [first] = images
    if (!anew && !inParts && first !== undefined) return single(fileOf(first), validatorOf(images, 'file'))
    if (!anew) return multipart('application/dicom', images.map(fileOf), validatorOf(images, 'files'))
    // Nothing is written anew for who only asks whether it could be had.
    if (ctx.method === 'HEAD')
      return stream({ type: inParts ? 'multipart/related' : 'application/dicom', body: '' })
    const source = partsOf(chosen)
    // However the answer ends, also before it began, nothing that was made for it stays.
    ctx.res.once('close', () => void source.return(undefined))
    const { first: part, all } = await begun(source)
    return inParts
      ? multipart('application/dicom', all)
      : single(part, validatorOf(images, `file ${chosen[0]?.to}`))
  }

  /** As it is stored wherever that is taken; else in the first syntax named that it can be written in. */
  const chooseSyntax = (
    { transferSyntaxUID }: StoredInstance,
    taken: readonly (string | undefined)[],
  ): string => {
    // Who names none reads what the file itself says.
    if (taken.some(each => each === undefined || each === '*' || each === transferSyntaxUID))
      return transferSyntaxUID
    return (
      taken.find(each => each !== undefined && rewriting.can(transferSyntaxUID, each)) ??
      notAcceptable(
        `There are instances in transfer syntax ${transferSyntaxUID}, and none of those named can be made of it: ask for that, or for transfer-syntax=*.`,
      )
    )
  }

  async function* partsOf(chosen: readonly { image: StoredInstance; to: string }[]): AsyncGenerator<Part> {
    for (const { image, to } of chosen)
      if (to === image.transferSyntaxUID) yield fileOf(image)
      else yield* rewriting.part(image, resources.file(image), to)
  }

  const fileOf = (image: StoredInstance): Part => ({
    type: `application/dicom; transfer-syntax=${image.transferSyntaxUID}`,
    segments: [{ file: resources.file(image), offset: 0, length: image.bytes }],
  })

  const one = async (address: Address, who: Acting, origin: Origin) => {
    const { images } = await resources.open(address, who, origin)
    const image = images[0] as StoredInstance
    return { image, header: await resources.header(image), file: resources.file(image) }
  }

  const frames = async (
    { frames: list, ...address }: z.output<typeof framesParams>,
    who: Acting,
    origin: Origin,
    ranges: readonly MediaRange[],
  ): Promise<Bytes> => {
    const { image, header, file } = await one(address, who, origin)
    const source = framesOf(file, header)
    const numbers = list.split(',').map(Number)
    const located = []
    for (const number of numbers) located.push(await source.locate(number))
    const [form] = located
    if (form === undefined) return fail('missing', 'There is no such frame.')
    const how = frameAnswer(ranges, form, located.length)
    const parts = located.map(
      ({ mediaType, transferSyntaxUID, segments, swapBytes }): Part => ({
        type: `${mediaType}; transfer-syntax=${transferSyntaxUID}`,
        segments,
        swapBytes,
      }),
    )
    const etag = validatorOf([image], `frames ${list}`)
    return how === 'single' ? single(parts[0] as Part, etag) : multipart(form.mediaType, parts, etag)
  }

  const bulkData = async (
    { path, ...address }: z.output<typeof bulkParams>,
    who: Acting,
    origin: Origin,
    ranges: readonly MediaRange[],
  ): Promise<Bytes> => {
    const { image, header, file } = await one(address, who, origin)
    const parts = await valueParts(file, header, path)
    const type = parts[0]?.type.split(';')[0] ?? OCTETS
    const etag = validatorOf([image], `bulkdata ${path}`)
    for (const range of ranges) {
      const { parts: inParts, type: asked, transferSyntax } = wanted(range)
      if (!takes(asked, type) && transferSyntax !== '*') continue
      if (inParts || range.type === '*/*') return multipart(type, parts, etag)
      if (parts.length === 1) return single(parts[0] as Part, etag)
    }
    return notAcceptable(`This is given as ${type}.`)
  }

  const common = {
    method: 'GET' as const,
    action: 'viewer.open' as const,
    query,
  }
  const files = { ...common, answer: produces('multipart/related; type="application/dicom"') }
  const study = `${base}/studies/:study`
  const series = `${study}/series/:series`
  const instance = `${series}/instances/:instance`
  const rangesOf = (accept: string | undefined, header: string) => acceptedRanges(header, accept)
  return [
    route({
      ...files,
      path: study,
      summary:
        'WADO-RS: a study as DICOM files, byte for byte as stored unless another transfer syntax is named.',
      params: studyParams,
      run: ({ params, query: { accept }, who, origin, ctx }) =>
        instances(params, who, origin, ctx, rangesOf(accept, ctx.get('Accept'))),
    }),
    route({
      ...files,
      path: series,
      summary:
        'WADO-RS: a series as DICOM files, byte for byte as stored unless another transfer syntax is named.',
      params: seriesParams,
      run: ({ params, query: { accept }, who, origin, ctx }) =>
        instances(params, who, origin, ctx, rangesOf(accept, ctx.get('Accept'))),
    }),
    route({
      ...files,
      path: instance,
      summary:
        'WADO-RS: an instance as a DICOM file, byte for byte as stored unless another transfer syntax is named.',
      params: instanceParams,
      run: ({ params, query: { accept }, who, origin, ctx }) =>
        instances(params, who, origin, ctx, rangesOf(accept, ctx.get('Accept'))),
    }),
    route({
      ...common,
      path: `${instance}/frames/:frames`,
      summary: 'WADO-RS: frames by their numbers, in the transfer syntax they are stored in.',
      params: framesParams,
      answer: produces('multipart/related'),
      run: ({ params, query: { accept }, who, origin, ctx }) =>
        frames(params, who, origin, rangesOf(accept, ctx.get('Accept'))),
    }),
    route({
      ...common,
      path: `${instance}/bulkdata/:path`,
      summary: 'WADO-RS: a long value of an instance, by its tag or the way to it (GGGGEEEE.item.GGGGEEEE).',
      params: bulkParams,
      answer: produces('multipart/related'),
      run: ({ params, query: { accept }, who, origin, ctx }) =>
        bulkData(params, who, origin, rangesOf(accept, ctx.get('Accept'))),
    }),
  ]
}

const bulkParams = instanceParams.extend({
  path: z
    .string()
    .max(500)
    .regex(/^[0-9A-Fa-f]{8}(\.\d{1,6}\.[0-9A-Fa-f]{8})*$/),
})

/** The frames of an object; what cannot be cut into frames cannot be given as such. */
export function framesOf(file: string, header: Header): Frames {
  try {
    return openFrames(file, header)
  } catch (thrown) {
    if (thrown instanceof Failure && thrown.code === 'unsupported') notAcceptable(thrown.message)
    throw thrown
  }
}

/** The value at a path: pixels frame by frame where they are compressed, anything else as one body. */
async function valueParts(file: string, header: Header, path: string): Promise<Part[]> {
  const traits = transferSyntaxTraits(header.transferSyntaxUID)
  if (traits?.deflated === true) notAcceptable('The values of a deflated object cannot be read in place.')
  const { pixels } = header
  if (pixels !== undefined && path.toUpperCase() === pixels.tag) {
    const { offset, length, vr } = pixels
    if (length !== undefined)
      return [
        { type: OCTETS, segments: [{ file, offset, length }], swapBytes: swapOf(vr, header.littleEndian) },
      ]
    const source = openFrames(file, header)
    const parts: Part[] = []
    for (let number = 1; number <= source.count; number++) {
      const { segments, mediaType, transferSyntaxUID } = await source.locate(number)
      parts.push({ type: `${mediaType}; transfer-syntax=${transferSyntaxUID}`, segments })
    }
    return parts
  }
  const { vr, offset, length } = elementAt(header, path)
  const type = path.toUpperCase() === '00420011' ? header.text('MIMETypeOfEncapsulatedDocument') : undefined
  return [
    {
      type: type !== undefined && /^[\w.+-]+\/[\w.+-]+$/.test(type) ? type : OCTETS,
      segments: [{ file, offset, length }],
      swapBytes: swapOf(vr, header.littleEndian),
    },
  ]
}

function elementAt(header: Header, path: string): Element {
  const steps = path.toUpperCase().split('.')
  let dataSet: DataSet | undefined = header
  for (let at = 0; at + 2 < steps.length; at += 2)
    dataSet = dataSet?.sequence(steps[at] as string)[Number(steps[at + 1])]
  const element = dataSet?.elements.get(steps.at(-1) as string)
  if (element === undefined || element.items !== undefined) return fail('missing', 'There is no such value.')
  return element
}

/** Bulk data is little endian whatever the file is (PS3.18 8.7.3.5.2). */
function swapOf(vr: string, littleEndian: boolean): 0 | 2 | 4 {
  if (littleEndian || vr === 'OB' || vr === 'UN') return 0
  if (vr === 'OW' || vr === 'US' || vr === 'SS') return 2
  if (['OF', 'OL', 'FL', 'UL', 'SL'].includes(vr)) return 4
  return notAcceptable(`Values of ${vr} stored big endian are not given.`)
}
