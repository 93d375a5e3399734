import type { ImportView } from '../../node/imports/view.js'
import { eventually } from '../support/children.js'
import type { deskAt } from '../support/desk.js'

export interface FirstPicture {
  /** From the first bytes of the upload being there to the first picture in hand. */
  ms: number
  /** The disc as it was then: still on its way. */
  disc: ImportView
  picture: Buffer
  /** Sends what was held back. */
  finish(): Promise<void>
}

/**
 * Sends the first part of a disc (a TAR stream, as the page makes of a folder) and waits for a picture of it; the rest is
 * held back until then.
 */
export async function firstPicture(
  desk: Awaited<ReturnType<typeof deskAt>>,
  disc: Buffer,
  firstBytes: number,
): Promise<FirstPicture> {
  const { upload, send } = await desk.piecemeal(disc.length, 'disc')
  const begun = await desk.call<ImportView>('POST', '/api/imports', { upload, preset: null, site: 'nord' })
  const began = performance.now()
  await send(disc.subarray(0, firstBytes), 0)
  const found = await eventually('a study of the disc', async () => {
    const { body } = await desk.call<ImportView>('GET', `/api/imports/${begun.body.id}`)
    return body.studies.length > 0 ? body : undefined
  })
  const sample = found.studies[0]?.series[0]?.sample ?? 0
  const { status, body: picture } = await desk.bytes(`/api/imports/${found.id}/files/${sample}/picture`)
  if (status !== 200) throw new Error(`the picture was answered ${status}: ${picture.toString()}`)
  const ms = performance.now() - began
  return { ms, disc: found, picture, finish: () => send(disc.subarray(firstBytes), firstBytes) }
}
