/** What lies on discs beside the images. */
export type ContentKind = 'pdf' | 'jpeg' | 'png' | 'text' | 'archive' | 'program' | 'other'

const STARTS: readonly (readonly [ContentKind, Buffer])[] = [
  ['pdf', Buffer.from('%PDF-')],
  ['jpeg', Buffer.from('ffd8ff', 'hex')],
  ['png', Buffer.from('89504e470d0a1a0a', 'hex')],
  ['archive', Buffer.from('504b0304', 'hex')],
  ['archive', Buffer.from('377abcaf271c', 'hex')],
  ['archive', Buffer.from('526172211a07', 'hex')],
  ['archive', Buffer.from('1f8b08', 'hex')],
  ['program', Buffer.from('7f454c46', 'hex')],
]
const MACH_O = new Set(['feedface', 'feedfacf', 'cefaedfe', 'cffaedfe', 'cafebabe'])
/** Where the header of a Windows program names the place of its second one. */
const PE_OFFSET_AT = 60

/**
 * What a file is by its first bytes. A preamble of a DICOM file may be a program at the same time (CVE-2019-11687): with the
 * prefix in its place it is DICOM, and its preamble never leaves the evidence.
 */
export function contentKind(head: Buffer): ContentKind {
  if (head.toString('latin1', 128, 132) === 'DICM') return 'other'
  for (const [kind, start] of STARTS) if (head.subarray(0, start.length).equals(start)) return kind
  if (isWindowsProgram(head) || MACH_O.has(head.toString('hex', 0, 4))) return 'program'
  return isText(head.subarray(0, 4096)) ? 'text' : 'other'
}

function isWindowsProgram(head: Buffer): boolean {
  if (head.toString('latin1', 0, 2) !== 'MZ') return false
  const at = head.length >= PE_OFFSET_AT + 4 ? head.readUInt32LE(PE_OFFSET_AT) : 0
  // A DOS program has no second header; its first is told by a sane number of pages.
  return head.toString('latin1', at, at + 2) === 'PE' || head.length > 64
}

/** No control characters but those of layout. */
function isText(head: Buffer): boolean {
  return (
    head.length > 0 && head.every(byte => byte >= 0x20 || (byte >= 0x09 && byte <= 0x0d) || byte === 0x1a)
  )
}
