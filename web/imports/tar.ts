/** One file of a folder: its path with `/` between the parts, and its bytes, which are read only when they are sent. */
export interface Packable {
  path: string
  file: Blob
  modifiedMs: number
}

const BLOCK_BYTES = 512
const NAME_MAX_BYTES = 100
/** What eleven octal digits can say: 8 GiB less one byte. */
const OCTAL_MAX_BYTES = 0o77_777_777_777

/**
 * A folder as one TAR stream (POSIX.1-2008 ustar, pax records for what does not fit into it). Only the headers are made
 * here: the files stay on the disc until the upload comes to them. The same files give the same bytes, in any order.
 */
export function packTar(files: readonly Packable[]): Blob {
  const parts: BlobPart[] = []
  for (const { path, file, modifiedMs } of inDiscOrder(files)) {
    const name = new TextEncoder().encode(path)
    const records = [
      ...(name.length > NAME_MAX_BYTES || name.length !== path.length ? [record('path', path)] : []),
      ...(file.size > OCTAL_MAX_BYTES ? [record('size', String(file.size))] : []),
    ].join('')
    if (records !== '') {
      const body = new TextEncoder().encode(records)
      parts.push(header(new TextEncoder().encode('pax'), body.length, modifiedMs, 'x'), ...padded(body))
    }
    parts.push(
      header(name.slice(0, NAME_MAX_BYTES), Math.min(file.size, OCTAL_MAX_BYTES), modifiedMs, '0'),
      file,
      padding(file.size),
    )
  }
  // Two blocks of zeros end it.
  parts.push(new Uint8Array(2 * BLOCK_BYTES))
  return new Blob(parts)
}

/** The directory of the disc first: what ought to be on it is known before the rest arrives. */
export function inDiscOrder(files: readonly Packable[]): Packable[] {
  const rank = ({ path }: Packable) => (/(^|\/)DICOMDIR$/i.test(path) ? 0 : 1)
  return [...files].sort((a, b) => rank(a) - rank(b) || (a.path < b.path ? -1 : a.path > b.path ? 1 : 0))
}

/** `length key=value\n`, where the length counts its own digits. */
function record(key: string, value: string): string {
  const bytes = new TextEncoder().encode(` ${key}=${value}\n`).length
  let length = bytes + String(bytes).length
  if (bytes + String(length).length !== length) length = bytes + String(length).length
  return `${length} ${key}=${value}\n`
}

function header(
  name: Uint8Array<ArrayBuffer>,
  bytes: number,
  modifiedMs: number,
  type: '0' | 'x',
): Uint8Array<ArrayBuffer> {
  const block = new Uint8Array(BLOCK_BYTES)
  const write = (at: number, text: string) => block.set(new TextEncoder().encode(text), at)
  const octal = (value: number, digits: number) => value.toString(8).padStart(digits, '0')
  block.set(name, 0)
  write(100, '0000644\0')
  write(108, '0000000\0')
  write(116, '0000000\0')
  write(124, `${octal(bytes, 11)}\0`)
  write(136, `${octal(Math.max(0, Math.floor(modifiedMs / 1000)), 11)}\0`)
  write(148, '        ')
  write(156, type)
  write(257, 'ustar\x0000')
  write(
    148,
    `${octal(
      block.reduce((sum, byte) => sum + byte, 0),
      6,
    )}\0 `,
  )
  return block
}

const padding = (bytes: number) => new Uint8Array((BLOCK_BYTES - (bytes % BLOCK_BYTES)) % BLOCK_BYTES)
const padded = (body: Uint8Array<ArrayBuffer>) => [body, padding(body.length)]
