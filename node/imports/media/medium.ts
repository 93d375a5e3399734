import type { Readable } from 'node:stream'
import type { ImportWhy } from '../view.js'

/** One file as the medium names it. */
export interface MediumFile {
  /**
   * Its place on the medium, `/` between the parts, in the medium's own spelling: to be shown, and looked up in the map of
   * what is there. It is never joined to a path of ours.
   */
  path: string
  /** Bytes, as the medium says; what is read is counted. */
  bytes: number
  /** Why it cannot be read, where the medium itself already says so (encrypted, interleaved, a link). */
  unreadable?: string
  why?: ImportWhy
}

/** Of a file that the medium itself cannot give: the sentence, and what it says in any language. */
export function unreadable(sentence: string, why: ImportWhy): Pick<MediumFile, 'unreadable' | 'why'> {
  return { unreadable: sentence, why }
}

/** A folder, a ZIP, an ISO image or a TAR stream: whatever it is, it looks like this. */
export interface Medium {
  kind: 'folder' | 'zip' | 'iso' | 'tar'
  /** The volume's name where it has one. */
  label: string
  /**
   * Every file once, in the medium's order. Throws a Failure where the medium cannot be read on; what was given before that
   * is good.
   */
  files(): AsyncIterable<MediumFile>
  /** The bytes of a file that `files` gave. The stream fails where there are more or fewer than may be. */
  read(file: MediumFile): Promise<Readable>
  /**
   * The same at once, into this memory, for files that lie open on this machine: gives how many bytes there were, as far
   * as there is room for them.
   */
  readInto?(file: MediumFile, memory: Buffer): Promise<number>
  close(): Promise<void>
}

/** promises.md, "Discs". */
export interface MediumLimits {
  maxFiles: number
  /** Depth of folders. */
  maxDepth: number
  /** One file. */
  maxFileBytes: number
  /** All files together. */
  maxBytes: number
  /** Inflated bytes against those of the archive; blank images compress well. */
  maxRatio: number
}

export const defaultMediumLimits: MediumLimits = {
  maxFiles: 200_000,
  maxDepth: 64,
  maxFileBytes: 16 * 1024 ** 3,
  maxBytes: 64 * 1024 ** 3,
  maxRatio: 200,
}

/** Longer names are cut for showing; two that become one are told apart by their number on the medium. */
export const MAX_PATH_CHARACTERS = 1000
