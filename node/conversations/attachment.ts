import { contentKind } from '../objects/content.js'
import { paperOf } from '../objects/paper.js'
import type { AttachmentKind } from './view.js'

/** Why a file is not taken; words for a person are in `words.ts`. */
export type AttachmentFault = 'empty' | 'kind' | 'broken' | 'danger'

/** What a file is by its bytes: its name is not asked. A PDF that does more than being read is no attachment. */
export function attachmentOf(bytes: Buffer): { kind: AttachmentKind } | { fault: AttachmentFault } {
  if (bytes.length === 0) return { fault: 'empty' }
  const kind = contentKind(bytes)
  if (kind === 'text') return isPlainText(bytes) ? { kind } : { fault: 'kind' }
  if (kind === 'png') return isWholePng(bytes) ? { kind } : { fault: 'broken' }
  if (kind !== 'pdf' && kind !== 'jpeg') return { fault: 'kind' }
  const { fault, dangers } = paperOf(kind, bytes)
  if (dangers.length > 0) return { fault: 'danger' }
  // What DICOM could not hold (progressive, small, other colours) a screen shows all the same.
  return fault === 'broken' || fault === 'too-large' ? { fault: 'broken' } : { kind }
}

/** UTF-8 throughout, with no control characters but those of layout. */
function isPlainText(bytes: Buffer): boolean {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
    return !/[\u0000-\u0008\u000e-\u001f\u007f-\u009f]/.test(text)
  } catch (thrown) {
    if (thrown instanceof TypeError) return false
    throw thrown
  }
}

/** From its header (ISO/IEC 15948 §5.2, §11.2.2) to its end, chunk by chunk, with nothing behind. */
function isWholePng(bytes: Buffer): boolean {
  let at = 8
  for (let first = true; at + 12 <= bytes.length; first = false) {
    const length = bytes.readUInt32BE(at)
    const type = bytes.toString('latin1', at + 4, at + 8)
    if (first && (type !== 'IHDR' || length !== 13)) return false
    at += 12 + length
    if (type === 'IEND') return at === bytes.length
  }
  return false
}

/** The name it is shown and saved under: one line, no folders, nothing invisible or turned around. */
export function attachmentName(name: string, kind: AttachmentKind): string {
  const plain = (name.split(/[/\\]/).at(-1) ?? '')
    .normalize('NFC')
    .replace(/[\p{C}<>:"|?*]+/gu, '')
    .replace(/\.[A-Za-z0-9]{1,5}$/, '')
    .replace(/\s+/g, ' ')
    .replace(/^[. ]+|[. ]+$/g, '')
    .slice(0, 80)
  return `${plain === '' ? 'document' : plain}.${EXTENSION[kind]}`
}

export const EXTENSION: Readonly<Record<AttachmentKind, string>> = {
  pdf: 'pdf',
  jpeg: 'jpg',
  png: 'png',
  text: 'txt',
}

export const MEDIA_TYPE: Readonly<Record<AttachmentKind, string>> = {
  pdf: 'application/pdf',
  jpeg: 'image/jpeg',
  png: 'image/png',
  text: 'text/plain; charset=utf-8',
}
