import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Transcoder } from '../../dicom/transcoder.js'
import { TransferSyntax, transferSyntaxTraits } from '../../dicom/uids.js'
import { TooMany } from '../../http/failures.js'
import type { Ids } from '../../ids.js'
import type { StoredInstance } from '../studies.js'
import { notAcceptable } from './accept.js'
import type { Part } from './multipart.js'

/** What an object can be written anew in without loss, and proved to be the same. */
const TARGETS: ReadonlySet<string> = new Set([
  TransferSyntax.ImplicitVRLittleEndian,
  TransferSyntax.ExplicitVRLittleEndian,
  TransferSyntax.JPEGLosslessSV1,
  TransferSyntax.JPEGLSLossless,
  TransferSyntax.RLELossless,
])
/** Objects on the disk for answers that are being given, and waiting for their turn. */
const AT_ONCE_MAX = 8
const RETRY_AFTER_SECONDS = 5

export interface Rewriting {
  /** Whether it is tried at all: never with what was compressed with loss, where no proof is possible. */
  can(from: string, to: string): boolean
  /** One object in another transfer syntax, as a part; its file goes when the part was taken. Refuses with 406. */
  part(image: StoredInstance, file: string, to: string): AsyncGenerator<Part>
}

/** Writes objects anew for who names another transfer syntax than the stored one; what is here stays as it is. */
export function openRewriting(options: { transcoder: Transcoder; scratch: string; ids: Ids }): Rewriting {
  const { transcoder, ids } = options
  const home = join(options.scratch, 'dicomweb')
  let writing = 0
  // What a crash left half given is nobody's.
  const clean = rm(home, { recursive: true, force: true })

  return {
    can: (from, to) => TARGETS.has(to) && transferSyntaxTraits(from)?.lossy === false,
    part: async function* (image, file, to) {
      if (writing >= AT_ONCE_MAX)
        throw new TooMany(
          {
            fr: 'Trop d’objets sont en cours de réécriture : redemandez plus tard.',
            en: 'Too many objects are being written anew: ask again later.',
          },
          RETRY_AFTER_SECONDS,
        )
      writing++
      const folder = join(home, ids.next('web'))
      try {
        await clean
        const transcoded = await transcoder.transcode({ file, ...image }, to, folder)
        if ('failed' in transcoded)
          notAcceptable(`An instance cannot be given in transfer syntax ${to}: ${transcoded.failed}.`)
        const { made } = transcoded
        yield {
          type: `application/dicom; transfer-syntax=${to}`,
          segments: [{ file: made.file, offset: 0, length: made.bytes }],
        }
      } finally {
        writing--
        await rm(folder, { recursive: true, force: true })
      }
    },
  }
}
