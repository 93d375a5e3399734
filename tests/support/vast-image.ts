import { randomInt } from 'node:crypto'
import { Readable } from 'node:stream'
import { readHeaderSync } from '../../node/dicom/format/header.js'
import { type PhantomInstance, phantomStudy } from '../../node/dicom/format/phantom.js'
import type { InstanceToStore } from '../../node/dicom/network/store-scu.js'
import { asking } from './acceptors.js'
import { ZOE } from './phantoms.js'

/** The most that the 32-bit length of a native data element can say (PS3.5 7.1), as whole pixels. */
export const LARGEST_PIXELS_BYTES = 0xffff_fffe

const CHUNK_BYTES = 256 * 1024

/**
 * A correct image of any size, to be sent: the header of a small CT before so many zero bytes of pixels, which are made
 * on their way and are never all in memory or on disk. Its UIDs are new each time.
 */
function vastImage(pixelBytes: number): InstanceToStore {
  const [small] = phantomStudy({
    kind: 'ct-head',
    patient: ZOE,
    StudyDate: '20261124',
    StudyTime: '024000',
    StudyInstanceUID: `2.25.${randomInt(2 ** 47)}${randomInt(2 ** 47)}`,
    rows: 16,
    images: 1,
  })
  const { sopClassUID, sopInstanceUID, transferSyntaxUID } = small as PhantomInstance
  return {
    sopClassUID,
    sopInstanceUID,
    transferSyntaxUID,
    dataset: Readable.from(pieces(small as PhantomInstance, pixelBytes)),
  }
}

function* pieces({ dataset, transferSyntaxUID }: PhantomInstance, pixelBytes: number): Generator<Buffer> {
  const { pixels } = readHeaderSync(dataset, { datasetOffset: 0, transferSyntaxUID })
  if (pixels === undefined) throw new Error('a phantom without pixels')
  const head = Buffer.from(dataset.subarray(0, pixels.offset))
  head.writeUInt32LE(pixelBytes, pixels.offset - 4)
  yield head
  const zeros = Buffer.alloc(CHUNK_BYTES)
  for (let left = pixelBytes; left > 0; left -= CHUNK_BYTES)
    yield zeros.subarray(0, Math.min(left, CHUNK_BYTES))
}

/** Sends one on an association of its own; throws unless it was stored. */
export async function storeVastImage(
  port: number,
  callingAETitle: string,
  pixelBytes: number,
): Promise<void> {
  const association = await asking(port, { callingAETitle })
  const outcome = await association.store(vastImage(pixelBytes))
  await association.release()
  if (outcome.outcome !== 'answered' || outcome.status !== 0)
    throw new Error(`an image of ${pixelBytes} bytes was not stored: ${JSON.stringify(outcome)}`)
}
