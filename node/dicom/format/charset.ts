import { decodeWithExtensions } from './iso2022.js'
import { type Decoded, decodeMultiByte, decodeSingleByte } from './repertoires.js'

export type { Decoded }

export interface DecodeOptions {
  /** A person name: `^` and `=` also bring back the first character set (PS3.5 6.1.2.5.3). */
  personName?: boolean
}

/** How the text of one data set is written: the value of Specific Character Set (0008,0005), made ready. */
export interface CharacterSet {
  readonly terms: readonly string[]
  decode(bytes: Buffer, options?: DecodeOptions): Decoded
}

/**
 * The character set for the values of (0008,0005). An empty list is the default repertoire, ISO_IR 6.
 * A term that is unknown decodes as if it were the default; whatever then lies beyond ASCII is flagged.
 */
export function characterSet(terms: readonly string[]): CharacterSet {
  const numbers = terms.map(normalised)
  const first = numbers[0] ?? '6'
  return {
    terms,
    decode: (bytes, options = {}) => {
      if (isPlainASCII(bytes)) return { text: bytes.toString('latin1'), exact: true }
      if (first === '192') return decodeUTF8(bytes)
      if (first === 'GB18030') return decodeMultiByte(bytes, 'gb18030')
      if (first === 'GBK') return decodeMultiByte(bytes, 'gbk')
      const extended = numbers.length > 1 || bytes.includes(ESC)
      return extended ? decodeWithExtensions(bytes, numbers, options) : decodeSingleByte(bytes, first)
    },
  }
}

/** The default repertoire, ISO_IR 6: plain ASCII. */
export const defaultCharacterSet = characterSet([])

function decodeUTF8(bytes: Buffer): Decoded {
  const text = bytes.toString('utf8')
  return { text, exact: !text.includes('\ufffd') }
}

const ESC = 0x1b

/** Terms as found in the field: `ISO_IR 100`, `ISO 2022 IR 100`, `ISO-IR 100`, `iso_ir_100`, `UTF-8` … → `100`. */
function normalised(term: string): string {
  const plain = term.trim().toUpperCase()
  if (plain === '') return '6'
  if (plain === 'GB18030' || plain === 'GBK') return plain
  if (/^UTF[-_ ]?8$/.test(plain)) return '192'
  return /^ISO[-_ ]*(?:2022[-_ ]*)?IR[-_ ]*(\d+)$/.exec(plain)?.[1] ?? plain
}

function isPlainASCII(bytes: Buffer): boolean {
  for (const byte of bytes) if (byte >= 0x80 || byte === ESC) return false
  return true
}

/** The three groups of a person name (PS3.5 6.2.1.1); a missing one is undefined. */
export interface PersonName {
  alphabetic?: string
  ideographic?: string
  phonetic?: string
}

/** Splits `alphabetic=ideographic=phonetic`; trailing empty components (`^^`) and padding go. */
export function personName(text: string): PersonName {
  const [alphabetic, ideographic, phonetic] = text
    .split('=')
    .map(group => group.replace(/[\^ \0]+$/, '').trim())
  return {
    ...(alphabetic ? { alphabetic } : {}),
    ...(ideographic ? { ideographic } : {}),
    ...(phonetic ? { phonetic } : {}),
  }
}
