import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { inflateSync } from 'node:zlib'
import test from 'ava'
import { encodeDataset } from '../../node/dicom/format/dataset.js'
import { readHeader } from '../../node/dicom/format/header.js'
import { readFileHeader } from '../../node/dicom/format/part10.js'
import { type Picture, pictureOf, representativeFrame } from '../../node/dicom/rendering/picture.js'
import { pngOf } from '../../node/dicom/rendering/png.js'
import { openRenderer, type RendererLimits } from '../../node/dicom/rendering/renderer.js'
import { decodedRLE } from '../../node/dicom/rendering/rle.js'
import { fitted, type Raster } from '../../node/dicom/rendering/scaling.js'
import { SOPClass, TransferSyntax } from '../../node/dicom/uids.js'
import { Failure } from '../../node/errors.js'
import {
  acceptedRanges,
  frameAnswer,
  instanceAnswers,
  jsonType,
  pictureType,
} from '../../node/studies/dicomweb/accept.js'
import { temporary } from '../support/node.js'

const JPEG2000 = { mediaType: 'image/jp2', transferSyntaxUID: '1.2.840.10008.1.2.4.90' }
const NATIVE = { mediaType: 'application/octet-stream', transferSyntaxUID: '1.2.840.10008.1.2.1' }

test('an Accept header is read as RFC 9110 has it: quotes, weights, nonsense; the parameter goes before it', t => {
  const read = (header: string | undefined, parameter?: string) =>
    acceptedRanges(header, parameter).map(({ type, params }) =>
      [type, ...[...params].filter(([key]) => key !== 'q').map(([key, value]) => `${key}=${value}`)].join(
        ';',
      ),
    )
  t.deepEqual(read(undefined), ['*/*'])
  t.deepEqual(read('  '), ['*/*'])
  t.deepEqual(read('image/png;q=0.5, image/jpeg'), ['image/jpeg', 'image/png'])
  t.deepEqual(read('image/png;q=0, image/gif'), ['image/gif'])
  t.deepEqual(read('Multipart/Related; Type="application/dicom"; transfer-syntax=*'), [
    'multipart/related;type=application/dicom;transfer-syntax=*',
  ])
  t.deepEqual(read('a/b; x="1, \\"2; 3\\""; y=4, c/d'), ['a/b;x=1, "2; 3";y=4', 'c/d'])
  t.deepEqual(read('nonsense, /, a/, text/html'), ['text/html'])
  t.deepEqual(read('image/png', 'image/jpeg'), ['image/jpeg'])
  t.is(acceptedRanges(Array.from({ length: 500 }, () => 'a/b').join(','), undefined).length, 50)
})

test('frames go out as they are stored, in parts or alone, or not at all', t => {
  const of = (accept: string, stored = JPEG2000, count = 1) => {
    try {
      return frameAnswer(acceptedRanges(accept, undefined), stored, count)
    } catch (thrown) {
      return (thrown as { status?: number }).status
    }
  }
  for (const [accept, stored, count, answer] of [
    ['*/*', JPEG2000, 1, 'parts'],
    ['multipart/related', JPEG2000, 3, 'parts'],
    ['multipart/related; type="image/jp2"', JPEG2000, 1, 'parts'],
    ['multipart/related; type="image/*"', JPEG2000, 1, 'parts'],
    ['multipart/related; type="image/jp2"; transfer-syntax=1.2.840.10008.1.2.4.90', JPEG2000, 1, 'parts'],
    ['multipart/related; type="image/jp2"; transfer-syntax=1.2.840.10008.1.2.4.91', JPEG2000, 1, 406],
    ['multipart/related; type=application/octet-stream', JPEG2000, 1, 406],
    ['multipart/related; type=application/octet-stream; transfer-syntax=*', JPEG2000, 1, 'parts'],
    ['multipart/related; type=application/octet-stream', NATIVE, 2, 'parts'],
    ['application/octet-stream', NATIVE, 1, 'single'],
    ['application/octet-stream', NATIVE, 2, 406],
    ['image/jp2', JPEG2000, 1, 'single'],
    ['image/j2c', JPEG2000, 1, 'single'],
    ['text/html', NATIVE, 1, 406],
  ] as const)
    t.is(of(accept, stored, count), answer, accept)
})

test('files, lists and pictures are of a type that is taken', t => {
  const ranges = (accept: string) => acceptedRanges(accept, undefined)
  t.is(jsonType(ranges('*/*')), 'application/dicom+json')
  t.is(jsonType(ranges('text/html, application/json;q=0.9, */*;q=0.1')), 'application/json')
  t.throws(() => jsonType(ranges('application/dicom+xml')), { code: 'unsupported' })
  t.deepEqual(instanceAnswers(ranges('*/*'), true), [{ parts: true, transferSyntax: undefined }])
  t.deepEqual(instanceAnswers(ranges('application/dicom;transfer-syntax=*'), false), [
    { parts: false, transferSyntax: '*' },
  ])
  t.throws(() => instanceAnswers(ranges('application/dicom'), true), { code: 'unsupported' })
  t.is(pictureType(ranges('*/*')), 'image/jpeg')
  t.is(pictureType(ranges('image/png, image/jpeg')), 'image/png')
  t.is(pictureType(ranges('multipart/related; type="image/png"')), 'image/png')
  t.throws(() => pictureType(ranges('image/gif')), { code: 'unsupported' })
})

/** A picture made of one number a pixel. */
function raster(width: number, greys: readonly number[]): Raster {
  const data = new Uint8Array(greys.length * 4)
  for (const [at, grey] of greys.entries()) data.set([grey, grey, grey, 255], at * 4)
  return { width, height: greys.length / width, data }
}
const greysOf = ({ data }: Raster) => Array.from({ length: data.length / 4 }, (_, at) => data[at * 4])

test('a picture is fitted: the mean where it shrinks, in between where it grows, turned over where it is asked', t => {
  const four = raster(4, [0, 100, 200, 40])
  t.deepEqual(greysOf(fitted(four, 2, 1)), [50, 120])
  t.deepEqual(greysOf(fitted(raster(2, [0, 100]), 4, 9)), [0, 25, 75, 100, 0, 25, 75, 100])
  t.deepEqual(greysOf(fitted(four, 4, 1, { x: 0, y: 0, width: -4, height: 1 })), [40, 200, 100, 0])
  t.deepEqual(greysOf(fitted(four, 2, 1, { x: 1, y: 0, width: 2, height: 1 })), [100, 200])
  const { width, height } = fitted(
    raster(
      4,
      Array.from({ length: 8 }, () => 7),
    ),
    100,
    10,
  )
  t.deepEqual([width, height], [20, 10])
  t.deepEqual(greysOf(fitted(four, 3, 3, { x: 90, y: 90, width: 5, height: 5 })), Array(9).fill(40))
})

test('a PNG holds what was drawn, one byte a pixel where it is grey', t => {
  const read = (png: Buffer) => {
    const idat = png.indexOf('IDAT')
    return {
      colour: png[25],
      lines: [...inflateSync(png.subarray(idat + 4, idat + 4 + png.readUInt32BE(idat - 4)))],
    }
  }
  t.deepEqual(read(pngOf(raster(2, [1, 2, 5, 2]))), { colour: 0, lines: [2, 1, 2, 2, 4, 0] })
  const coloured = raster(1, [9])
  coloured.data[1] = 8
  t.deepEqual(read(pngOf(coloured)), { colour: 2, lines: [2, 9, 8, 9] })
})

const LIMITS = { pixelsMax: 1e6, bytesMax: 1e7 }
const MB = 1024 * 1024
const RENDERER: RendererLimits = { processes: 1, queueMax: 10, timeoutMs: 20_000, memoryBytesMax: 1024 * MB }
const PNG = { type: 'image/png', quality: 90 } as const

async function pictureIn(folder: string, values: Record<string, unknown>, number = 1): Promise<Picture> {
  const file = join(folder, 'image.dcm')
  const dataset = encodeDataset(
    {
      SOPClassUID: SOPClass.SecondaryCaptureImageStorage,
      SOPInstanceUID: '1.2.3',
      SamplesPerPixel: 1,
      PhotometricInterpretation: 'MONOCHROME2',
      Rows: 2,
      Columns: 2,
      BitsAllocated: 8,
      BitsStored: 8,
      HighBit: 7,
      PixelRepresentation: 0,
      ...values,
    } as never,
    TransferSyntax.ExplicitVRLittleEndian,
  )
  writeFileSync(file, dataset)
  const header = await readHeader(file, {
    datasetOffset: 0,
    transferSyntaxUID: TransferSyntax.ExplicitVRLittleEndian,
  })
  return pictureOf(file, header, number, LIMITS)
}

/** The greys a PNG of ours shows, its filter undone. */
function shown(png: Buffer): number[] {
  const [width, height, idat] = [png.readUInt32BE(16), png.readUInt32BE(20), png.indexOf('IDAT')]
  const lines = inflateSync(png.subarray(idat + 4, idat + 4 + png.readUInt32BE(idat - 4)))
  const greys: number[] = []
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++)
      greys.push(
        ((lines[y * (width + 1) + 1 + x] as number) +
          (y === 0 ? 0 : (greys[(y - 1) * width + x] as number))) &
          0xff,
      )
  return greys
}

test('pixels become grey by their rescale and window, the image’s own or the one asked for; each frame by its own', async t => {
  const folder = temporary(t)
  const renderer = openRenderer(RENDERER)
  t.teardown(renderer.close)
  const draw = async (picture: Picture, window?: { center: number; width: number }) =>
    shown(
      await renderer.render(picture, {
        ...PNG,
        ...(window === undefined ? {} : { window: { ...window, shape: 'LINEAR' as const } }),
      }),
    )
  const pixels = Buffer.from([0, 50, 100, 200])
  const plain = await pictureIn(folder, { PixelData: pixels, WindowCenter: '128', WindowWidth: '256' })
  t.deepEqual(await draw(plain), [0, 50, 100, 200])
  t.deepEqual(await draw(plain, { center: 75, width: 1 }), [0, 0, 255, 255])
  const inverse = await pictureIn(folder, {
    PixelData: pixels,
    WindowCenter: '128',
    WindowWidth: '256',
    PhotometricInterpretation: 'MONOCHROME1',
  })
  t.deepEqual(await draw(inverse), [255, 205, 155, 55])
  const frames = await pictureIn(
    folder,
    {
      PixelData: Buffer.concat([pixels, Buffer.from([200, 100, 50, 0])]),
      NumberOfFrames: '2',
      WindowCenter: '128',
      WindowWidth: '256',
    },
    2,
  )
  t.deepEqual(await draw(frames), [200, 100, 50, 0])
  await t.throwsAsync(pictureIn(folder, { PixelData: pixels }, 2), { code: 'missing' })
  await t.throwsAsync(pictureIn(folder, {}), { code: 'unsupported' })
  await t.throwsAsync(pictureIn(folder, { PixelData: pixels, Rows: 2000, Columns: 2000 }), {
    code: 'too-large',
  })
  await t.throwsAsync(pictureIn(folder, { PixelData: pixels, Rows: 200 }), { code: 'invalid' })
})

test('a frame stands for its object: the one it names, else the one in the middle', async t => {
  const of = async (values: object) =>
    representativeFrame(
      await readHeader(encodeDataset(values as never, TransferSyntax.ExplicitVRLittleEndian), {
        datasetOffset: 0,
        transferSyntaxUID: TransferSyntax.ExplicitVRLittleEndian,
      }),
    )
  t.is(await of({}), 1)
  t.is(await of({ NumberOfFrames: '9' }), 5)
  t.is(await of({ NumberOfFrames: '9', RepresentativeFrameNumber: 2 }), 2)
  t.is(await of({ NumberOfFrames: '9', RepresentativeFrameNumber: 10 }), 5)
})

test('a picture that takes too long or too much costs its process and itself, and the next one is drawn', async t => {
  const folder = temporary(t)
  const picture = await pictureIn(folder, { PixelData: Buffer.from([1, 2, 3, 4]) })
  const code = async (limits: Partial<RendererLimits>) => {
    const renderer = openRenderer({ ...RENDERER, ...limits })
    t.teardown(renderer.close)
    const failure = await t.throwsAsync(renderer.render(picture, PNG))
    return (failure as Failure).code
  }
  // A start alone takes longer than that, and more memory.
  t.is(await code({ timeoutMs: 1 }), 'timeout')
  t.is(await code({ memoryBytesMax: MB }), 'too-large')

  const renderer = openRenderer({ ...RENDERER, queueMax: 2 })
  t.teardown(renderer.close)
  const broken = { ...picture, transferSyntaxUID: TransferSyntax.JPEG2000Lossless }
  const outcomes = await Promise.allSettled(
    [broken, picture, picture, picture].map(each => renderer.render(each, PNG)),
  )
  t.deepEqual(
    outcomes.map(each => (each.status === 'fulfilled' ? 'drawn' : (each.reason as Failure).code)),
    ['unsupported', 'drawn', 'drawn', 'too-many'],
  )
  const last = renderer.render(picture, PNG)
  renderer.close()
  await t.throwsAsync(last, { code: 'unavailable' })
  await t.throwsAsync(renderer.render(picture, PNG), { code: 'unavailable' })
})

const folder = process.env['RELAIS_TEST_DICOM_DIR']
const outside = folder === undefined ? test.skip : test

outside('every image found outside is drawn, or refused with a sentence', async t => {
  const renderer = openRenderer({ ...RENDERER, processes: 2, queueMax: 1000 })
  t.teardown(renderer.close)
  let drawn = 0
  for (const name of readdirSync(folder ?? '').filter(each => each.endsWith('.dcm'))) {
    const file = join(folder ?? '', name)
    try {
      const { datasetOffset, transferSyntaxUID } = readFileHeader(readFileSync(file))
      const header = await readHeader(file, { datasetOffset, transferSyntaxUID })
      const picture = await pictureOf(file, header, representativeFrame(header), {
        pixelsMax: 1e8,
        bytesMax: 1e9,
      })
      const png = await renderer.render(picture, PNG)
      drawn++
      if (process.env['RELAIS_TEST_SCREENS'] !== undefined)
        writeFileSync(join(process.env['RELAIS_TEST_SCREENS'], `${name}.png`), png)
    } catch (thrown) {
      t.true(thrown instanceof Failure, `${name}: ${thrown}`)
      t.log(`${name}: ${(thrown as Failure).message}`)
    }
  }
  t.true(drawn > 0)
})

test('RLE is unpacked plane by plane into pixels; what breaks off or lies outside is refused', t => {
  const frame = (segments: number[][]) => {
    const head = Buffer.alloc(64)
    head.writeUInt32LE(segments.length, 0)
    let at = 64
    segments.forEach((segment, n) => {
      head.writeUInt32LE(at, 4 + n * 4)
      at += segment.length
    })
    return Buffer.concat([head, ...segments.map(each => Buffer.from(each))])
  }
  const shape = { rows: 1, columns: 3, samples: 1, bytesPerSample: 1 }
  t.deepEqual([...decodedRLE(frame([[2, 7, 8, 9, 0]]), shape)], [7, 8, 9])
  t.deepEqual([...decodedRLE(frame([[0xfe, 5]]), shape)], [5, 5, 5])
  t.deepEqual([...decodedRLE(frame([[0x80, 0, 1, 0xff, 2, 0]]), shape)], [1, 2, 2])
  const words = { ...shape, bytesPerSample: 2 }
  t.deepEqual(
    [
      ...decodedRLE(
        frame([
          [0xfe, 1],
          [2, 7, 8, 9],
        ]),
        words,
      ),
    ],
    [7, 1, 8, 1, 9, 1],
    'least significant first',
  )
  const colours = { ...shape, samples: 3 }
  t.deepEqual(
    [
      ...decodedRLE(
        frame([
          [0xfe, 1],
          [0xfe, 2],
          [0xfe, 3],
        ]),
        colours,
      ),
    ],
    [1, 2, 3, 1, 2, 3, 1, 2, 3],
  )
  for (const wrong of [
    Buffer.alloc(10),
    frame([[2, 7, 8]]),
    frame([
      [0xfe, 1],
      [0xfe, 1],
    ]),
    frame([[]]),
  ])
    t.throws(() => decodedRLE(wrong, shape))
  const outside = frame([[0xfe, 1]])
  outside.writeUInt32LE(4_000_000_000, 4)
  t.throws(() => decodedRLE(outside, shape), { message: /lies outside/ })
})
