import type { StudyAttributes } from '../dicom/format/attributes.js'
import type { Modification } from '../dicom/format/rewriting.js'
import type { InventoryEnd, InventoryFile } from './inventory.js'

/** What the node and a reading child say to each other. The child may be killed at any moment. */
export type ReadingTask =
  | {
      task: 'inventory'
      path: string
      scratch: string
      /** More bytes are still coming: `grown` says how many are there. */
      growing: boolean
    }
  | {
      task: 'take'
      path: string
      scratch: string
      objectsFolder: string
      /** First part of the names of this child's buckets. */
      run: string
      bucketFiles: number
      freeBytesMin: number
      /** By their number in the inventory. */
      files: { number: number; sha256: string }[]
      modification?: Modification
    }

export interface TakenObject {
  bucket: string
  name: string
  bytes: number
  datasetOffset: number
  sha256: string
  transferSyntaxUID: string
}

/** One file taken: durable, waiting for its row. */
export type TakenFile =
  | { number: number; object: TakenObject; original?: TakenObject; attributes: StudyAttributes }
  | { number: number; refused: string; storageFull: boolean }

/** The node's word: which of the two files no row names. */
export interface TakenAnswer {
  number: number
  discard: boolean
  discardOriginal: boolean
}

export type ToReading =
  | ReadingTask
  | { type: 'grown'; bytes: number; complete: boolean }
  | { type: 'answers'; answers: TakenAnswer[] }

export type FromReading =
  | { type: 'files'; files: InventoryFile[] }
  | { type: 'end'; end: InventoryEnd }
  | { type: 'taken'; files: TakenFile[] }
  | { type: 'done' }
  /** The medium itself cannot be read: `code` is that of a Failure. */
  | { type: 'failed'; code: string; reason: string }
