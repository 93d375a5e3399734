import { open, stat } from 'node:fs/promises'
import { fail, reasonOf } from '../../errors.js'
import { openFolder } from './folder.js'
import { openIso } from './iso.js'
import { defaultMediumLimits, type Medium, type MediumLimits } from './medium.js'
import { type Growing, openTar } from './tar.js'
import { openZip } from './zip.js'

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
  // What is still on its way was packed by our own page.
  if (options.growing !== undefined) return openTar(path, limits, options.growing)
  const found = await stat(path).catch(thrown =>
    fail('missing', `${path} cannot be read: ${reasonOf(thrown)}`),
  )
  if (found.isDirectory()) return openFolder(path, limits)
  const file = await open(path, 'r')
  const head = Buffer.alloc(512)
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
  if (head.toString('latin1', 257, 262) === 'ustar') return openTar(path, limits)
  if (head.subarray(0, 12).equals(Buffer.from('00ffffffffffffffffffff00', 'hex')))
    return openIso(path, limits)
  return fail('unsupported', 'This is no folder, ZIP archive or ISO image.')
}
