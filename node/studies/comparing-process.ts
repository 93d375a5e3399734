/**
 * The child process of `comparer.ts`: reads two stored objects and says what differs. Whatever hostile bytes do in
 * here, they do it to this process alone.
 */
import { workApart } from '../apart-process.js'
import { type StudyAttributes, studyAttributes } from '../dicom/format/attributes.js'
import { DataSet } from '../dicom/format/dataset-reading.js'
import { openFrames } from '../dicom/format/frames.js'
import { type Header, readHeader } from '../dicom/format/header.js'
import { comparePixels } from '../dicom/format/pixel-digest.js'
import { differingValues } from '../dicom/format/same-values.js'
import { transferSyntaxTraits } from '../dicom/uids.js'
import { type Difference, type PixelFinding, weightWithin, whatMatters } from './rules.js'

export interface ComparedObject {
  file: string
  datasetOffset: number
  transferSyntaxUID: string
}

export interface CompareCall {
  kept: ComparedObject
  beside: ComparedObject
}

export interface Comparison {
  differences: Difference[]
  pixels: PixelFinding
  /** Of the newcomer. */
  attributes: StudyAttributes
}

/** Documents inside an object are values too: read whole, where an index would step over them. */
const limits = { maxValueBytes: 64 * 1024 * 1024, maxHeaderBytes: 192 * 1024 * 1024 }
/** What a person is shown of one image; whoever differs more differs. */
const DIFFERENCES_MAX = 100

workApart(compare)

async function compare({ kept, beside }: CompareCall): Promise<Comparison> {
  const [a, b] = [await opened(kept), await opened(beside)]
  const looked = (root: string, tag: string) => weightWithin(root, tag) !== 'never'
  const found = [
    ...differingValues(a.header, b.header, looked),
    ...differingValues(await afterPixels(a), await afterPixels(b), looked),
  ]
  const reencoded =
    kept.transferSyntaxUID !== beside.transferSyntaxUID &&
    [kept, beside].some(({ transferSyntaxUID }) => transferSyntaxTraits(transferSyntaxUID)?.encapsulated)
  return {
    differences: whatMatters(found, reencoded).slice(0, DIFFERENCES_MAX),
    pixels: await comparePixels(a, b),
    attributes: studyAttributes(b.header),
  }
}

async function opened(object: ComparedObject) {
  const { file, datasetOffset, transferSyntaxUID } = object
  return { file, datasetOffset, header: await readHeader(file, { datasetOffset, transferSyntaxUID, limits }) }
}

const nothing = new DataSet({ elements: new Map(), littleEndian: true, offset: 0, length: 0 })

/** What stands behind the pixels: signatures, padding, and private data some vendors keep there. */
async function afterPixels({ file, header }: { file: string; header: Header }): Promise<DataSet> {
  const { pixels, transferSyntaxUID } = header
  const traits = transferSyntaxTraits(transferSyntaxUID)
  if (pixels === undefined || traits === undefined || traits.deflated) return nothing
  let end = pixels.offset + (pixels.length ?? 0)
  if (pixels.length === undefined) {
    const frames = openFrames(file, header)
    const { segments } = await frames.locate(frames.count)
    const last = segments.at(-1)
    if (last === undefined) return nothing
    end = last.offset + last.length + 8 // the delimiter of the fragments
  }
  try {
    return await readHeader(file, { datasetOffset: end, transferSyntaxUID, limits })
  } catch {
    // Bytes that are no data set: padding of another kind, which says nothing.
    return nothing
  }
}
