import { open, stat } from 'node:fs/promises'
import { setTimeout as pause } from 'node:timers/promises'
import { fail, reasonOf } from '../../errors.js'
import { openFolder } from './folder.js'
import { openIso } from './iso.js'
import { defaultMediumLimits, type Medium, type MediumLimits } from './medium.js'
import { type Growing, openTar } from './tar.js'
import { openZip } from './zip.js'

const HEAD_BYTES = 512
const LOOK_AGAIN_MS = 100
/** A local header, an empty archive, a spanned one (APPNOTE 4.3). */
const ZIP_STARTS = ['PK\x03\x04', 'PK\x05\x06', 'PK\x07\x08']

/**
 * Opens a folder, ZIP, ISO image or TAR stream, told apart by what stands in them and not by their names.
 *
 * @throws Failure `missing`, `unsupported` (with what to do instead), `invalid`, `too-large`.
 */
export async function openMedium(
  path: string,
  options: { limits?: Partial<MediumLimits>; growing?: Growing } = {},
): Promise<Medium> {
  const limits = { ...defaultMediumLimits, ...options.limits }
  // What our own page packs of a folder can be read while it comes; an archive has its directory at its end.
  if (options.growing !== undefined && (await beginsAsTar(path, options.growing)))
    return openTar(path, limits, options.growing)
  const found = await stat(path).catch(thrown =>
    fail('missing', `${path} cannot be read: ${reasonOf(thrown)}`),
  )
  if (found.isDirectory()) return openFolder(path, limits)
  const file = await open(path, 'r')
  const head = Buffer.alloc(HEAD_BYTES)
  const sector = Buffer.alloc(2048)
  try {
    await file.read(head, 0, head.length, 0)
    await file.read(sector, 0, sector.length, 32_768)
  } finally {
    await file.close()
  }
  // An image may begin with anything in its first 32 kB: what stands in the sixteenth sector decides first.
  if (/^(CD001|BEA01|NSR0[23])$/.test(sector.toString('latin1', 1, 6))) return openIso(path, limits)
  if (ZIP_STARTS.includes(head.toString('latin1', 0, 4))) return openZip(path, limits)
  if (isTar(head)) return openTar(path, limits)
  if (head.subarray(0, 12).equals(Buffer.from('00ffffffffffffffffffff00', 'hex')))
    return openIso(path, limits)
  return fail('unsupported', 'This is no folder, ZIP archive or ISO image.')
}

/** Waits for its first block; where that is no TAR's, for all of it. */
async function beginsAsTar(path: string, growing: Growing): Promise<boolean> {
  for (;;) {
    const { bytes, complete } = await growing()
    if (bytes >= HEAD_BYTES || complete) {
      const file = await open(path, 'r')
      const head = Buffer.alloc(HEAD_BYTES)
      await file.read(head, 0, HEAD_BYTES, 0).finally(() => file.close())
      if (isTar(head)) return true
      if (complete) return false
    }
    await pause(LOOK_AGAIN_MS)
  }
}

function isTar(head: Buffer): boolean {
  return head.toString('latin1', 257, 262) === 'ustar'
}
