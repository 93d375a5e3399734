import iconv from 'iconv-lite'

/** Text as read, and whether it is surely what the writer meant. What is not exact is shown with a mark, never silently. */
export interface Decoded {
  text: string
  exact: boolean
}

/** Single-byte repertoires of PS3.3 C.12.1.1.2 (tables C.12-2 and C.12-3): the number of ISO_IR → iconv's name. */
const singleByte: Readonly<Record<string, string>> = {
  '100': 'iso-8859-1',
  '101': 'iso-8859-2',
  '109': 'iso-8859-3',
  '110': 'iso-8859-4',
  '126': 'iso-8859-7',
  '127': 'iso-8859-6',
  '138': 'iso-8859-8',
  '144': 'iso-8859-5',
  '148': 'iso-8859-9',
  '166': 'tis620',
  '203': 'iso-8859-15',
}

/**
 * One single-byte repertoire, by its ISO_IR number.
 * Bytes the repertoire does not have are shown as Latin 1 (what most writers meant) and flagged.
 */
export function decodeSingleByte(bytes: Buffer, number: string): Decoded {
  if (number === '13') return decodeKatakana(bytes)
  const name = singleByte[number]
  if (name === undefined)
    return { text: iconv.decode(bytes, 'windows-1252'), exact: bytes.every(byte => byte < 0x80) }
  const text = iconv.decode(bytes, name)
  if (!/[\u0080-\u009f\ufffd]/.test(text)) return { text, exact: true }
  // 80–9F are control characters in all of ISO 8859: a Windows code page was meant.
  return { text: name === 'iso-8859-1' ? iconv.decode(bytes, 'windows-1252') : text, exact: false }
}

/** Text in one single-byte repertoire; undefined where that does not have all its letters, or is not known. */
export function encodeSingleByte(text: string, number: string): Buffer | undefined {
  const name = singleByte[number]
  if (name === undefined) return undefined
  const bytes = iconv.encode(text, name)
  return iconv.decode(bytes, name) === text && bytes.length === [...text].length ? bytes : undefined
}

/** JIS X 0201: ASCII (but for two signs that are kept as ASCII, being delimiters here) and half-width katakana. */
function decodeKatakana(bytes: Buffer): Decoded {
  let text = ''
  let exact = true
  for (const byte of bytes) {
    if (byte < 0x80) text += String.fromCharCode(byte)
    else if (byte >= 0xa1 && byte <= 0xdf) text += String.fromCharCode(0xff61 + byte - 0xa1)
    else {
      text += '\ufffd'
      exact = false
    }
  }
  return { text, exact }
}

/** One of iconv's multi-byte encodings; flagged where a byte sequence has no character. */
export function decodeMultiByte(bytes: Buffer, name: string): Decoded {
  const text = iconv.decode(bytes, name)
  return { text, exact: !text.includes('\ufffd') }
}

/** Whether this ISO_IR number is a single-byte repertoire that can stand in force before any escape. */
export function isSingleByte(number: string): boolean {
  return number === '13' || singleByte[number] !== undefined
}
