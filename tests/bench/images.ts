import { randomInt } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileHeader } from '../../node/dicom/format/part10.js'
import { type PhantomInstance, phantomStudy } from '../../node/dicom/format/phantom.js'
import type { InstanceToSend } from '../../node/peers/wire.js'

const STUDY = '2.25.170141183460469231731687303715884105727'

/** The distinct slices of the phantom: 512 rows, half a megabyte each. */
export function makeSlices(): PhantomInstance[] {
  return [
    ...phantomStudy({
      kind: 'ct-head',
      patient: {
        PatientName: 'ESSAI^Zoé',
        PatientID: 'BENCH-1',
        PatientBirthDate: '19700514',
        PatientSex: 'F',
      },
      StudyInstanceUID: STUDY,
      StudyDate: '20261124',
      StudyTime: '024000',
      StudyDescription: 'Synthetic CT for a measurement',
      rows: 512,
    }),
  ]
}

/** A CT study on disk, as both kinds of sender take it. */
export interface Study {
  files: string[]
  instances: InstanceToSend[]
}

/**
 * One CT study of `count` instances as files, durable so that their writing back does not disturb what is measured.
 * All UIDs are new: no receiver has seen any of it before.
 */
export async function writeStudy(
  slices: readonly PhantomInstance[],
  folder: string,
  count: number,
): Promise<Study> {
  mkdirSync(folder, { recursive: true })
  const study = anotherUid(STUDY)
  const series = anotherUid((slices[0] as PhantomInstance).seriesInstanceUID)
  const instances: InstanceToSend[] = []
  for (let index = 0; index < count; index += 1) {
    const slice = slices[index % slices.length] as PhantomInstance
    const sopInstanceUID = anotherUid(slice.sopInstanceUID)
    const dataset = renamed(slice.dataset, [
      [STUDY, study],
      [slice.seriesInstanceUID, series],
      [slice.sopInstanceUID, sopInstanceUID],
    ])
    const head = fileHeader({ ...slice, sopInstanceUID })
    const path = join(folder, `${String(index + 1).padStart(6, '0')}.dcm`)
    await writeFile(path, Buffer.concat([head, dataset]), { flush: true })
    instances.push({
      index,
      path,
      datasetOffset: head.length,
      datasetBytes: dataset.length,
      sopClassUID: slice.sopClassUID,
      sopInstanceUID,
      transferSyntaxUID: slice.transferSyntaxUID,
    })
  }
  return { files: instances.map(({ path }) => path), instances }
}

/** A UID of the same length, so that it can take the other's place. */
function anotherUid(uid: string): string {
  const digits = Array.from({ length: uid.length - '2.25.1'.length }, () => randomInt(10))
  return `2.25.1${digits.join('')}`
}

/** The data set with these UIDs exchanged, wherever they stand before the pixels. */
function renamed(dataset: Buffer, names: readonly (readonly [string, string])[]): Buffer {
  const copy = Buffer.from(dataset)
  for (const [from, to] of names)
    for (let at = copy.indexOf(from); at >= 0; at = copy.indexOf(from, at + from.length))
      copy.write(to, at, 'latin1')
  return copy
}
