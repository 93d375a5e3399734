import { type StudyAttributes, studyAttributes } from '../dicom/format/attributes.js'
import { type ListedFile, listedFiles, MEDIA_STORAGE_DIRECTORY } from '../dicom/format/dicomdir.js'
import { type Header, readHeader } from '../dicom/format/header.js'
import { readFileHeader } from '../dicom/format/part10.js'
import { demandWholePixels } from '../dicom/format/pixels-whole.js'
import { rejectionNoteIn } from '../dicom/format/rejection-note.js'
import { transferSyntaxTraits } from '../dicom/uids.js'
import { Failure, reasonOf } from '../errors.js'
import { type ContentKind, contentKind } from '../objects/content.js'
import { PAPER_BYTES_MAX, type Paper, paperOf } from '../objects/paper.js'
import { FileBytes, type OnMedium } from './file-bytes.js'
import type { ImportWhy } from './view.js'
import { whyOf } from './why.js'

/** What one file of a disc holds, by its content and not by its name. */
export interface Inspection {
  kind: ContentKind | 'dicom' | 'dicomdir'
  /** Bytes that were really there. */
  bytes: number
  /** Of the whole file, hex. */
  sha256: string
  /** Why it cannot be used, with the byte where it broke. */
  unreadable?: string
  why?: ImportWhy
  dicom?: InspectedObject
  /** Of a PDF or a picture that is no mere button. */
  paper?: Paper
  /** Of a DICOMDIR. */
  listed?: ListedFile[]
}

export interface InspectedObject {
  attributes: StudyAttributes
  transferSyntaxUID: string
  datasetOffset: number
  /** SHA-256 of the data set as it stands in the file, hex: what an object's name is made of. */
  datasetSha256: string
  /** What is odd about it, one sentence each. */
  remarks: string[]
  /** Of a rejection note (IHE RAD IOCM): the objects it withdraws. */
  rejects?: { StudyInstanceUID: string; SOPInstanceUID: string }[]
}

/**
 * Reads a file to its end and says what it is. `scratch` is a folder of ours; what is put there is gone afterwards.
 * Never throws for what the file holds: that is its inspection.
 */
export async function inspect(file: OnMedium, scratch: string): Promise<Inspection> {
  const content = await FileBytes.of(file, scratch)
  try {
    const { bytes, sha256, failure } = content
    const told = { bytes, sha256 }
    if (failure !== undefined)
      return { kind: contentKind(content.head), ...told, unreadable: reasonOf(failure), why: whyOf(failure) }
    const kind = contentKind(content.head)
    // A picture or a program is not DICOM by chance; a file without preamble may be (PDF and text begin like nothing else).
    if (kind === 'pdf' || kind === 'jpeg' || kind === 'png')
      return { kind, ...told, ...(await inspectPaper(content, kind)) }
    if (kind !== 'other' && kind !== 'text') return { kind, ...told }
    return await inspectDicom(content, kind, told)
  } finally {
    await content.discard()
  }
}

async function inspectDicom(
  content: FileBytes,
  kind: ContentKind,
  told: { bytes: number; sha256: string },
): Promise<Inspection> {
  // With the prefix in its place it is one, whatever else is wrong; without it the data set must prove it.
  let found: 'dicom' | 'dicomdir' | undefined =
    content.head.toString('latin1', 128, 132) === 'DICM' ? 'dicom' : undefined
  try {
    const file = readFileHeader(content.head)
    const { datasetOffset, transferSyntaxUID } = file
    const isDirectory = file.sopClassUID === MEDIA_STORAGE_DIRECTORY
    if (isDirectory) found = 'dicomdir'
    const limits = isDirectory ? DIRECTORY_LIMITS : {}
    const header = await readHeader(content.input, { datasetOffset, transferSyntaxUID, limits })
    if (isDirectory) return { kind: 'dicomdir', ...told, listed: listedFiles(header) }
    // A few bytes that look like elements are not enough: any file may begin so by chance.
    if (header.has('SOPClassUID') || header.has('StudyInstanceUID')) found ??= 'dicom'
    if (found === undefined) return { kind, ...told }
    await demandWhole(header, content)
    const note = rejectionNoteIn(header)
    const dicom = {
      attributes: studyAttributes(header),
      transferSyntaxUID,
      datasetOffset,
      datasetSha256: await content.sha256From(datasetOffset),
      remarks: [...file.remarks, ...header.remarks],
      ...(note === undefined
        ? {}
        : {
            rejects: note.references.map(({ StudyInstanceUID, sopInstanceUID }) => ({
              StudyInstanceUID,
              SOPInstanceUID: sopInstanceUID,
            })),
          }),
    }
    return { kind: found, ...told, dicom }
  } catch (thrown) {
    if (!(thrown instanceof Failure)) throw thrown
    return found === undefined
      ? { kind, ...told }
      : { kind: found, ...told, unreadable: thrown.message, why: whyOf(thrown) }
  }
}

async function inspectPaper(content: FileBytes, kind: 'pdf' | 'jpeg' | 'png'): Promise<{ paper?: Paper }> {
  // One byte more than may be is enough to know that it is too large.
  const paper = paperOf(kind, await content.read(0, Math.min(content.bytes, PAPER_BYTES_MAX + 1)))
  return paper.fault === 'small' ? {} : { paper }
}

async function demandWhole(header: Header, content: FileBytes): Promise<void> {
  if (transferSyntaxTraits(header.transferSyntaxUID)?.deflated) return
  await demandWholePixels(header, content.bytes, (offset, bytes) => content.read(offset, bytes))
}

/** A DICOMDIR holds some ten elements for each file it lists: more than any image has before its pixels. */
const DIRECTORY_LIMITS = {
  maxElements: 1_000_000,
  maxWalkedElements: 1_000_000,
  maxHeaderBytes: 256 * 1024 * 1024,
}
