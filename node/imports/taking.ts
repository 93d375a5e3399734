import { inflateRawSync } from 'node:zlib'
import { type StudyAttributes, studyAttributes } from '../dicom/format/attributes.js'
import { breaks } from '../dicom/format/broken.js'
import { derivedUID } from '../dicom/format/derived-uid.js'
import { readHeader } from '../dicom/format/header.js'
import { fileHeader, readFileHeader } from '../dicom/format/part10.js'
import { renewedReferences } from '../dicom/format/references.js'
import { editsFor, type Modification, pieces } from '../dicom/format/rewriting.js'
import { TransferSyntax, transferSyntaxTraits } from '../dicom/uids.js'
import { fail } from '../errors.js'
import { dicomObjectName } from '../objects/name.js'
import { PAPER_BYTES_MAX } from '../objects/paper.js'
import type { ObjectSink, ObjectWriter, WrittenObject } from '../objects/writer.js'
import { FileBytes, type OnMedium } from './file-bytes.js'
import { type PaperObject, paperObject } from './paper-object.js'

/** One file of a disc, made durable as an object of ours, and what it said before a person gave it another identity. */
export interface Taken {
  object: WrittenObject
  datasetOffset: number
  transferSyntaxUID: string
  attributes: StudyAttributes
  /** The data set as it was on the disc; absent where nothing of it was changed. */
  original?: { object: WrittenObject; datasetOffset: number; transferSyntaxUID: string }
}

/**
 * Objects that were withdrawn come back as others (IHE RAD IOCM): a note that names the old UIDs shall not strike the new
 * ones. `uids` are those of studies, series and objects that get new ones, made of `seed`.
 */
export interface Renewal {
  seed: string
  uids: ReadonlySet<string>
}

/** A rewritten header reaches this far at most; longer ones do not leave modalities. */
const REWRITTEN_LIMITS = { maxElements: 500_000 }
const CHUNK_BYTES = 1024 * 1024
const CHANGED = 'the file changed since the inventory was taken'
const INFLATED_MAX_BYTES = 512 * 1024 * 1024

/**
 * Writes a file of a disc into the store, with the identity a person decided on. The file must still be what the inventory
 * found: `datasetSha256` is of its data set, whose digest is taken while it is written.
 *
 * @throws Failure where it changed since, cannot be read, or the disk has no room. Nothing stays behind then.
 */
export async function take(
  file: OnMedium,
  expected: { datasetSha256: string },
  options: { writer: ObjectWriter; scratch: string; modification?: Modification; renewal?: Renewal },
): Promise<Taken> {
  const bytes = await FileBytes.of(file, options.scratch, 'without')
  try {
    if (bytes.failure !== undefined) throw bytes.failure
    const { datasetOffset, transferSyntaxUID } = readFileHeader(bytes.head)
    const source = { bytes, datasetOffset, transferSyntaxUID }
    const taken =
      options.modification === undefined
        ? await asItIs(source, options.writer)
        : await withIdentity(source, options.modification, options.writer, options.renewal)
    const { sha256 } = (taken.original ?? taken).object
    if (sha256 === expected.datasetSha256) return taken
    await Promise.all([taken.object.drop(), taken.original?.object.drop()])
    return fail('conflict', CHANGED)
  } finally {
    await bytes.discard()
  }
}

/** As `take`, for a PDF or a picture that becomes an object of ours. */
export async function takePaper(
  file: OnMedium,
  expected: { sha256: string },
  paper: PaperObject,
  { writer, scratch }: { writer: ObjectWriter; scratch: string },
): Promise<Taken> {
  const bytes = await FileBytes.of(file, scratch)
  try {
    if (bytes.failure !== undefined) throw bytes.failure
    if (bytes.sha256 !== expected.sha256) fail('conflict', CHANGED)
    const made = paperObject(await bytes.read(0, Math.min(bytes.bytes, PAPER_BYTES_MAX + 1)), paper)
    const { dataset, transferSyntaxUID } = made
    const attributes = studyAttributes(await readHeader(dataset, { datasetOffset: 0, transferSyntaxUID }))
    const head = headOf(attributes, transferSyntaxUID)
    const object = await written(writer, head, transferSyntaxUID, sink => put(sink, dataset))
    return { object, datasetOffset: head.length, transferSyntaxUID, attributes }
  } finally {
    await bytes.discard()
  }
}

interface Source {
  bytes: FileBytes
  datasetOffset: number
  transferSyntaxUID: string
}

async function asItIs(
  { bytes, datasetOffset, transferSyntaxUID }: Source,
  writer: ObjectWriter,
): Promise<Taken> {
  const header = await readHeader(bytes.input, { datasetOffset, transferSyntaxUID })
  const attributes = studyAttributes(header)
  const head = headOf(attributes, transferSyntaxUID)
  const object = await written(writer, head, transferSyntaxUID, sink =>
    copy(sink, bytes, datasetOffset, bytes.bytes),
  )
  return { object, datasetOffset: head.length, transferSyntaxUID, attributes }
}

async function withIdentity(
  source: Source,
  modification: Modification,
  writer: ObjectWriter,
  renewal: Renewal | undefined,
): Promise<Taken> {
  const { bytes, datasetOffset, transferSyntaxUID } = source
  const plain = await inflated(source)
  const header = await readHeader(plain.input, {
    datasetOffset: plain.datasetOffset,
    transferSyntaxUID: plain.transferSyntaxUID,
    limits: REWRITTEN_LIMITS,
  })
  // What is rewritten stands before the pixels: that much is brought to hand.
  const end = header.pixels?.start ?? plain.bytes
  const front = await plain.read(plain.datasetOffset, end - plain.datasetOffset)
  const bytesOf = (offset: number, length: number) =>
    front.subarray(offset - plain.datasetOffset, offset - plain.datasetOffset + length)
  const before = studyAttributes(header)
  const edits =
    renewal === undefined
      ? editsFor(header, modification, bytesOf)
      : editsFor(
          header,
          { ...modification, attributes: { ...modification.attributes, ...ownUIDs(before, renewal.seed) } },
          bytesOf,
          renewedReferences(
            header,
            uid => (renewal.uids.has(uid) ? derivedUID(renewal.seed, uid) : undefined),
            bytesOf,
          ),
        )
  if (edits.length === 0) return asItIs(source, writer)

  const originalHead = headOf(before, transferSyntaxUID)
  const original = await written(writer, originalHead, transferSyntaxUID, sink =>
    copy(sink, bytes, datasetOffset, bytes.bytes),
  )
  try {
    const head = headOf(
      renewal === undefined ? before : { ...before, ...ownUIDs(before, renewal.seed) },
      plain.transferSyntaxUID,
    )
    const rewritten: Buffer[] = []
    const object = await written(writer, head, plain.transferSyntaxUID, async sink => {
      for (const piece of pieces(edits, plain.datasetOffset, plain.bytes)) {
        if (Buffer.isBuffer(piece)) await put(sink, piece)
        else await copy(sink, plain, piece.from, piece.to)
        if (Buffer.isBuffer(piece)) rewritten.push(piece)
        else if (piece.from < end)
          rewritten.push(await plain.read(piece.from, Math.min(piece.to, end) - piece.from))
      }
    })
    const after = await readHeader(Buffer.concat(rewritten), {
      datasetOffset: 0,
      transferSyntaxUID: plain.transferSyntaxUID,
      limits: REWRITTEN_LIMITS,
    })
    return {
      object,
      datasetOffset: head.length,
      transferSyntaxUID: plain.transferSyntaxUID,
      attributes: studyAttributes(after),
      original: { object: original, datasetOffset: originalHead.length, transferSyntaxUID },
    }
  } catch (thrown) {
    await original.drop()
    throw thrown
  }
}

function ownUIDs({ StudyInstanceUID, SeriesInstanceUID, SOPInstanceUID }: StudyAttributes, seed: string) {
  return {
    StudyInstanceUID: derivedUID(seed, StudyInstanceUID),
    SeriesInstanceUID: derivedUID(seed, SeriesInstanceUID),
    SOPInstanceUID: derivedUID(seed, SOPInstanceUID),
  }
}

/** Bytes by offset, from memory or from a file. */
interface Readables {
  input: string | Buffer
  bytes: number
  datasetOffset: number
  transferSyntaxUID: string
  read(offset: number, bytes: number): Promise<Buffer>
}

/** A deflated data set is written on without deflation: its bytes change anyway, and the original is kept. */
async function inflated({ bytes, datasetOffset, transferSyntaxUID }: Source): Promise<Readables> {
  if (transferSyntaxTraits(transferSyntaxUID)?.deflated !== true)
    return {
      input: bytes.input,
      bytes: bytes.bytes,
      datasetOffset,
      transferSyntaxUID,
      read: (offset, length) => bytes.read(offset, length),
    }
  const whole = inflateRawSync(await bytes.read(datasetOffset, bytes.bytes - datasetOffset), {
    maxOutputLength: INFLATED_MAX_BYTES,
  })
  return {
    input: whole,
    bytes: whole.length,
    datasetOffset: 0,
    transferSyntaxUID: TransferSyntax.ExplicitVRLittleEndian,
    read: async (offset, length) => whole.subarray(offset, offset + length),
  }
}

function headOf({ SOPClassUID, SOPInstanceUID }: StudyAttributes, transferSyntaxUID: string): Buffer {
  return fileHeader({ sopClassUID: SOPClassUID, sopInstanceUID: SOPInstanceUID, transferSyntaxUID })
}

async function written(
  writer: ObjectWriter,
  head: Buffer,
  transferSyntaxUID: string,
  fill: (sink: ObjectSink) => Promise<void>,
): Promise<WrittenObject> {
  const sink = writer.begin(head)
  try {
    await fill(sink)
  } catch (thrown) {
    await sink.abort()
    throw thrown
  }
  return sink.finish(sha256 => dicomObjectName(sha256, transferSyntaxUID))
}

async function copy(
  sink: ObjectSink,
  source: { read(offset: number, bytes: number): Promise<Buffer> },
  from: number,
  to: number,
): Promise<void> {
  for (let at = from; at < to; ) {
    const chunk = await source.read(at, Math.min(CHUNK_BYTES, to - at))
    if (chunk.length === 0) breaks('ends', at, `the file ends at byte ${at}`)
    await put(sink, chunk)
    at += chunk.length
  }
}

async function put(sink: ObjectSink, chunk: Buffer): Promise<void> {
  if (!sink.write(chunk)) await sink.drained()
}
