import { fail } from '../../errors.js'
import { characterSet } from './charset.js'
import type { DataSet } from './dataset-reading.js'
import { encodeSingleByte } from './repertoires.js'

/** How text is written into a data set that exists: its own character set, or one that leaves all that stands there true. */
export interface WritingCharset {
  /** Values of Specific Character Set (0008,0005) to be written; undefined where it stays as it is. */
  terms: readonly string[] | undefined
  encode(text: string): Buffer
}

/** Repertoires beyond ASCII with their escape into G1 (PS3.3 Table C.12-3), the most common in Europe first. */
const EXTENSIONS: readonly (readonly [string, string])[] = [
  ['100', '\x1b-A'],
  ['101', '\x1b-B'],
  ['109', '\x1b-C'],
  ['110', '\x1b-D'],
  ['148', '\x1b-M'],
  ['126', '\x1b-F'],
  ['144', '\x1b-L'],
  ['138', '\x1b-H'],
  ['127', '\x1b-G'],
]
const TEXT_VRS = new Set(['LO', 'LT', 'PN', 'SH', 'ST', 'UC', 'UT'])

/**
 * The character set for writing these texts. Nothing that stands in the data set may change its meaning: where its own set
 * does not have the letters, another one is declared only if all other text is plain ASCII; else the letters come by code
 * extension (PS3.5 6.1.2.5), before which every text keeps the meaning it had.
 *
 * @throws Failure `unsupported` where no way is left: a person must choose another spelling.
 */
export function writingCharset(dataSet: DataSet, texts: readonly string[]): WritingCharset {
  const all = texts.join('')
  const { terms } = dataSet.characterSet
  const own = encoderOf(terms, all)
  if (own !== undefined) return { terms: undefined, encode: own }
  if (allTextIsASCII(dataSet))
    for (const candidate of ['ISO_IR 100', 'ISO_IR 192']) {
      const encode = encoderOf([candidate], all)
      if (encode !== undefined) return { terms: [candidate], encode }
    }
  const first = terms[0] ?? ''
  const number = /(\d+)$/.exec(first)?.[1]
  // before any escape the first value is in force: without code extensions it must name a single-byte set, or none.
  if (terms.length <= 1 && (first === '' || /^ISO_IR \d+$/.test(first)) && number !== '192')
    for (const [extension, designator] of EXTENSIONS) {
      if (extension === number || encodeSingleByte(all, extension) === undefined) continue
      return {
        terms: [first === '' || number === '6' ? '' : `ISO 2022 IR ${number}`, `ISO 2022 IR ${extension}`],
        encode: text => extended(text, extension, designator),
      }
    }
  return fail(
    'unsupported',
    `These letters cannot be written beside what stands in the object (character set ${terms.join('\\') || 'none'}): choose a spelling without them.`,
  )
}

/** Encodes with these terms alone; undefined where they do not have all letters. */
function encoderOf(terms: readonly string[], text: string): ((text: string) => Buffer) | undefined {
  const [first = ''] = terms
  if (isASCII(Buffer.from(text, 'utf8'))) return plain => Buffer.from(plain, 'latin1')
  if (first === 'ISO_IR 192') return plain => Buffer.from(plain, 'utf8')
  const number = /^ISO_IR (\d+)$/.exec(first)?.[1]
  if (terms.length !== 1 || number === undefined || encodeSingleByte(text, number) === undefined)
    return undefined
  // Read back as this program and any other reads it: what is not the same was not written.
  const written = encodeSingleByte(text, number)
  if (written === undefined || characterSet(terms).decode(written).text !== text) return undefined
  return plain => encodeSingleByte(plain, number) ?? Buffer.alloc(0)
}

/** After each delimiter the first set is in force again (PS3.5 6.1.2.5.3): each part brings its own escape. */
function extended(text: string, number: string, designator: string): Buffer {
  const parts = text.split(/([\\^=\r\n\f\t])/)
  return Buffer.concat(
    parts.map(part => {
      const bytes = encodeSingleByte(part, number) ?? Buffer.alloc(0)
      return isASCII(bytes) ? bytes : Buffer.concat([Buffer.from(designator, 'latin1'), bytes])
    }),
  )
}

function isASCII(bytes: Buffer): boolean {
  return bytes.every(byte => byte < 0x80 && byte !== 0x1b)
}

/** A text too long to be kept may hold anything. */
function allTextIsASCII(dataSet: DataSet): boolean {
  for (const { vr, bytes, tag, items } of dataSet.elements.values()) {
    if (items !== undefined && !dataSet.sequence(tag).every(allTextIsASCII)) return false
    if (TEXT_VRS.has(vr) && (bytes === undefined || !isASCII(bytes))) return false
  }
  return true
}
