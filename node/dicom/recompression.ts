import { mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fail } from '../errors.js'
import { type Header, readHeader } from './format/header.js'
import { FILE_HEADER_MAX_BYTES, readFileHeader } from './format/part10.js'
import { comparePixels } from './format/pixel-digest.js'
import { differingValues } from './format/same-values.js'
import { isUID, TransferSyntax, transferSyntaxTraits } from './uids.js'

/** A stored object to be written anew in another transfer syntax. */
export interface ToRecompress {
  file: string
  datasetOffset: number
  transferSyntaxUID: string
}

/** A derived file that says the same. */
export interface Recompressed {
  file: string
  datasetOffset: number
  bytes: number
}

/** The addon reads and writes whole objects in memory. */
export const RECOMPRESSED_BYTES_MAX = 256 * 1024 * 1024

const wholeValues = { maxValueBytes: 64 * 1024 * 1024, maxHeaderBytes: 192 * 1024 * 1024 }
/** What an encoder may say otherwise without changing the image: the order of colours is compared with the pixels. */
const PLANAR_CONFIGURATION = '00280006'
const DERIVATION_DESCRIPTION = '00082111'

/**
 * Has `addon` write the object into `folder`, which is its own and empty, and believes nothing it says: the result
 * must be in the transfer syntax asked for, with every value as it was, and decode to the same pixels by another
 * implementation. For a process that may be killed.
 *
 * @throws Failure `unsupported` for what is not tried, `invalid` where the result is not the same.
 */
export async function recompress(
  source: ToRecompress,
  to: string,
  folder: string,
  addon: (source: string, folder: string, transferSyntaxUID: string) => Promise<unknown>,
): Promise<Recompressed> {
  if (statSync(source.file).size > RECOMPRESSED_BYTES_MAX)
    fail('too-large', `objects of more than ${RECOMPRESSED_BYTES_MAX} bytes are sent as they are`)
  const before = await readHeader(source.file, { ...source, limits: wholeValues })
  const target = transferSyntaxTraits(to)
  // The addon names the file by the SOP Instance UID in the data set, whatever that is.
  const uid = before.text('SOPInstanceUID') ?? ''
  if (target === undefined || !isUID(uid)) fail('unsupported', 'it has no usable SOP Instance UID')
  if (target.encapsulated && before.pixels === undefined) fail('unsupported', 'it has no pixels')
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  await addon(source.file, folder, to)
  const file = join(folder, uid)
  if (!readdirSync(folder).includes(uid)) fail('invalid', 'the encoder made nothing of it')
  const { datasetOffset, transferSyntaxUID } = readFileHeader(
    readFileSync(file).subarray(0, FILE_HEADER_MAX_BYTES),
  )
  if (transferSyntaxUID !== to) fail('invalid', 'the encoder could not write it so')
  const after = await readHeader(file, { datasetOffset, transferSyntaxUID, limits: wholeValues })
  const [changed] = changedValues(before, after, to)
  if (changed !== undefined) fail('invalid', `the encoder changed ${changed}`)
  const pixels = await comparePixels({ ...source, header: before }, { file, datasetOffset, header: after })
  if (pixels !== 'same' && pixels !== 'none')
    fail('invalid', 'its decoded pixels are not proved to be the same')
  return { file, datasetOffset, bytes: statSync(file).size }
}

function changedValues(before: Header, after: Header, to: string): string[] {
  return differingValues(before, after, (_root, tag) => !tag.endsWith('0000') && tag !== PLANAR_CONFIGURATION)
    .filter(
      // It says in words that it compressed, before what stood there (PS3.3 C.7.6.1.1.3); nothing was lost.
      ({ root, a = '', b = '' }) =>
        !(
          root === DERIVATION_DESCRIPTION &&
          to === TransferSyntax.JPEGLosslessSV1 &&
          b.startsWith('Lossless JPEG compression') &&
          b.includes(a)
        ),
    )
    .map(({ path }) => path)
}
