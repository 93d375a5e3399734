import { createHash } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { derivedUID } from '../../node/dicom/format/derived-uid.js'
import { fileHeader, readFileHeader } from '../../node/dicom/format/part10.js'
import { type PhantomOptions, phantomStudy } from '../../node/dicom/format/phantom.js'

/** One synthetic image as a file, and what its data set must still be wherever it arrives. */
export interface PhantomFile {
  file: string
  sopInstanceUID: string
  sopClassUID: string
  transferSyntaxUID: string
  /** SHA-256 of the data set alone, hex. */
  digest: string
  datasetOffset: number
  bytes: number
}

export interface PhantomStudy {
  uid: string
  folder: string
  files: PhantomFile[]
}

export const ZOE = {
  PatientName: 'ESSAI^Zoé',
  PatientID: '10001',
  PatientBirthDate: '19700514',
  PatientSex: 'F' as const,
}

/** UIDs that differ from test to test and from run to run. */
export function studyUid(name: string): string {
  return derivedUID('test', String(process.pid), name)
}

/** Small synthetic images (64 rows unless told), written into a folder of their own below `folder`. */
export function writePhantom(
  folder: string,
  name: string,
  options: Partial<PhantomOptions> & { images?: number } = {},
): PhantomStudy {
  const uid = options.StudyInstanceUID ?? studyUid(name)
  const own = join(folder, name)
  mkdirSync(own, { recursive: true })
  const files: PhantomFile[] = []
  for (const image of phantomStudy({
    kind: 'ct-head',
    patient: ZOE,
    StudyDate: '20261124',
    StudyTime: '024000',
    AccessionNumber: `A-${name}`.slice(0, 16),
    rows: 64,
    ...options,
    StudyInstanceUID: uid,
  })) {
    const { sopInstanceUID, sopClassUID, transferSyntaxUID, dataset } = image
    const head = fileHeader(image)
    const file = join(own, `${String(files.length + 1).padStart(4, '0')}.dcm`)
    writeFileSync(file, Buffer.concat([head, dataset]))
    files.push({
      file,
      sopInstanceUID,
      sopClassUID,
      transferSyntaxUID,
      digest: digestOf(dataset),
      datasetOffset: head.length,
      bytes: head.length + dataset.length,
    })
  }
  return { uid, folder: own, files }
}

export function digestOf(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex')
}

/** The digest of the data set in a Part 10 file, whoever wrote its header. */
export function datasetDigest(file: Buffer): string {
  return digestOf(file.subarray(readFileHeader(file).datasetOffset))
}

/** Digests by SOP Instance UID, in one order, so that two of them can be compared. */
export function inOrder(entries: Iterable<readonly [string, string]>): Map<string, string> {
  return new Map([...entries].sort(([a], [b]) => (a < b ? -1 : 1)))
}

/** What must be found wherever these files arrive. */
export function digestsOf(files: readonly PhantomFile[]): Map<string, string> {
  return inOrder(files.map(({ sopInstanceUID, digest }) => [sopInstanceUID, digest] as const))
}

/** As the engine's C-STORE takes an instance. */
export function toStore(image: PhantomFile) {
  const { sopClassUID, sopInstanceUID, transferSyntaxUID, file, datasetOffset, bytes } = image
  return {
    sopClassUID,
    sopInstanceUID,
    transferSyntaxUID,
    dataset: { file, offset: datasetOffset, length: bytes - datasetOffset },
  }
}
