import type { StudyAttributes } from '../dicom/format/attributes.js'
import type { How } from '../dicom/format/broken.js'
import type { Modification } from '../dicom/format/rewriting.js'
import type { Picture, PictureLimits } from '../dicom/rendering/picture.js'
import type { InventoryEnd, InventoryFile } from './inventory.js'
import type { PaperObject } from './paper-object.js'
import type { Renewal } from './taking.js'
import type { ImportWhy } from './view.js'

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
      files: (
        | { number: number; datasetSha256: string }
        | { number: number; sha256: string; paper: PaperObject }
      )[]
      modification?: Modification
      renewal?: Renewal
    }
  | {
      /** Gives pictures of single files until its node goes away. */
      task: 'look'
      path: string
      growing: boolean
    }

/** One file to be brought out of the medium, and described as a picture where it is to be drawn. */
export interface Look {
  type: 'look'
  id: number
  /** In the inventory, and what it was then. */
  number: number
  sha256: string
  /** From 1; the one that stands for the object unless told. */
  frame?: number
  /** Where its bytes shall lie, a path of ours. They lie there already where the look before was at the same file. */
  file: string
  bytesMax: number
  /** Absent: its bytes are all that is wanted. */
  picture?: PictureLimits
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
  | { number: number; refused: string; why: ImportWhy; storageFull: boolean }

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
  | Look

export type FromReading =
  | { type: 'files'; files: InventoryFile[] }
  | { type: 'end'; end: InventoryEnd }
  | { type: 'taken'; files: TakenFile[] }
  | { type: 'done' }
  | { type: 'looked'; id: number; picture?: Picture }
  | { type: 'unseen'; id: number; code: string; reason: string }
  /** The medium itself cannot be read: `code` is that of a Failure. */
  | { type: 'failed'; code: string; reason: string; broken?: { how: How; at: number } }
