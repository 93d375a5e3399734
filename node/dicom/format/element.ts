/** One data element as it stands in the file (PS3.5 7.1), with its byte offsets. */
export interface Element {
  /** `GGGGEEEE`, capital hexadecimal digits. */
  tag: string
  vr: string
  /** Byte offset of the tag. */
  start: number
  /** Byte offset of the value. */
  offset: number
  /** Bytes of the value; where the length was undefined, up to and including the delimiter. */
  length: number
  /** The value; undefined for sequences, and for values too long to keep. */
  bytes?: Buffer
  /** The items of a sequence. */
  items?: Item[]
}

/** A data set: the root, or one item of a sequence. Offsets are those of its first element's tag and its length. */
export interface Item {
  elements: Map<string, Element>
  littleEndian: boolean
  offset: number
  length: number
}

/** Where the pixels begin; reading stopped there. */
export interface PixelElement {
  tag: string
  vr: string
  start: number
  offset: number
  /** Bytes; undefined for encapsulated pixel data (PS3.5 A.4). */
  length: number | undefined
}

export interface ElementLimits {
  /** Sequences inside sequences. */
  maxDepth: number
  /** Elements of the root, and elements and items kept inside sequences: what lies beyond in sequences is walked, not kept. */
  maxElements: number
  /** Elements and items walked through before the pixels, kept or not. */
  maxWalkedElements: number
  /** Bytes walked through before the pixels; values too long to keep are stepped over and do not count. */
  maxHeaderBytes: number
  /** Longer values are not kept: only their offset and length are. */
  maxValueBytes: number
}

/** The bytes at hand: moved along by whoever drives `walkElements`. `end` is where the data ends, once known. */
export interface Window {
  bytes: Buffer
  base: number
  end: number | undefined
}

/** Bytes the walk cannot go on without. */
export interface Need {
  offset: number
  length: number
}

export interface Walked {
  root: Item
  pixels: PixelElement | undefined
  remarks: string[]
}
