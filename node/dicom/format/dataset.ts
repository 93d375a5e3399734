import iconv from 'iconv-lite'
import { fail } from '../../errors.js'
import { isUID, transferSyntaxTraits } from '../uids.js'
import { type DataSet, isNumericVR } from './dataset-reading.js'
import { attributeOfTag, printedTag, tagOf } from './dictionary.js'
import { readHeaderSync } from './header.js'

/** What an element may be given: text, numbers, bytes, items; empty (`''`, `[]`, null) is a universal match in a query. */
export type Value = string | number | Buffer | null | readonly (string | number)[] | readonly Values[]

/** A data set by keyword (or tag `GGGGEEEE`); keys that are undefined are left out. */
export interface Values {
  [keywordOrTag: string]: Value | undefined
}

/** A decoded element: text (padding removed), numbers, bytes, items; an array where there are several values. */
export type DecodedValue = string | number | Buffer | string[] | number[] | DecodedValues[]

/** A decoded data set by keyword, or by tag where there is none (private elements). */
export interface DecodedValues {
  [keywordOrTag: string]: DecodedValue
}

export interface EncodeOptions {
  /** For peers that do not read UTF-8; where a character does not fit, UTF-8 is written all the same. */
  preferLatin1?: boolean
  /** Say `ISO_IR 192` even where all is ASCII. */
  alwaysUTF8?: boolean
}

/**
 * Encodes a small data set in memory: C-FIND identifiers, command sets, objects we make ourselves. Elements come out
 * in the order of their tags, sequences with defined lengths. Specific Character Set is set for what is in it: none
 * for ASCII, else `ISO_IR 192` (or 100, see options).
 *
 * @throws Failure `unsupported` for a transfer syntax we do not write, `invalid` for a UID that is none, `too-large`
 * for a value that its VR cannot hold. Error for an unknown keyword.
 */
export function encodeDataset(
  values: Values,
  transferSyntaxUID: string,
  options: EncodeOptions = {},
): Buffer {
  const traits = transferSyntaxTraits(transferSyntaxUID)
  if (traits === undefined || !traits.littleEndian || traits.deflated) {
    return fail(
      'unsupported',
      `data sets are not written in transfer syntax ${transferSyntaxUID.slice(0, 64)}`,
    )
  }
  const { SpecificCharacterSet: _, ...rest } = values
  const texts: string[] = []
  collectTexts(rest, texts)
  const beyondASCII = texts.filter(text => Buffer.byteLength(text) > text.length)
  const latin1 = options.preferLatin1 === true && beyondASCII.every(fitsLatin1)
  const plain = beyondASCII.length === 0 && options.alwaysUTF8 !== true
  const term = plain ? undefined : latin1 ? 'ISO_IR 100' : 'ISO_IR 192'
  const encoding = { explicitVR: traits.explicitVR, text: term === 'ISO_IR 100' ? 'latin1' : 'utf8' } as const
  return encodeItem(term === undefined ? rest : { ...rest, SpecificCharacterSet: term }, encoding)
}

/** Decodes a small data set in memory, up to its pixels. The same failures as `readHeader`. */
export function decodeDataset(buffer: Buffer, transferSyntaxUID: string): DecodedValues {
  return valuesOf(readHeaderSync(buffer, { datasetOffset: 0, transferSyntaxUID }))
}

/** All values of a data set that were kept, by keyword. */
export function valuesOf(dataSet: DataSet): DecodedValues {
  const decoded: DecodedValues = {}
  for (const element of dataSet.elements.values()) {
    const key = attributeOfTag(element.tag)?.keyword ?? element.tag
    if (element.vr === 'SQ') decoded[key] = dataSet.sequence(element.tag).map(valuesOf)
    else if (isNumericVR(element.vr)) decoded[key] = single(dataSet.numbers(element.tag))
    else if (/^(O.|UN)$/.test(element.vr)) decoded[key] = element.bytes ?? ''
    else decoded[key] = single(dataSet.textsOf(element))
  }
  return decoded
}

function single(values: string[] | number[]): DecodedValue {
  return values.length > 1 ? values : (values[0] ?? '')
}

interface Encoding {
  explicitVR: boolean
  text: 'utf8' | 'latin1'
}

function encodeItem(values: Values, encoding: Encoding): Buffer {
  const signed = values['PixelRepresentation'] === 1
  const elements = Object.entries(values)
    .flatMap(([key, value]) => (value === undefined ? [] : [{ tag: tagOf(key), value }]))
    .sort((a, b) => (a.tag < b.tag ? -1 : 1))
  return Buffer.concat(
    elements.flatMap(({ tag, value }) => {
      const vr = writtenVR(tag, value, signed, values['BitsAllocated'])
      const bytes = valueBytes(tag, vr, value, encoding)
      return [headOf(tag, vr, bytes.length, encoding.explicitVR), bytes]
    }),
  )
}

function writtenVR(tag: string, value: Value, signed: boolean, bitsAllocated: Value | undefined): string {
  const vr = attributeOfTag(tag)?.vr
  if (vr === undefined) throw new Error(`the VR of ${printedTag(tag)} is not known`)
  if (vr === 'US|SS')
    return signed || (Array.isArray(value) ? value : [value]).some(each => Number(each) < 0) ? 'SS' : 'US'
  // Native pixels of up to eight bits are written as OB, wider ones as OW (PS3.5 8.1.1).
  if (tag === '7FE00010' && Number(bitsAllocated) <= 8) return 'OB'
  return vr
}

const longVRs = /^(O.|SQ|UC|UN|UR|UT|SV|UV)$/

function headOf(tag: string, vr: string, length: number, explicitVR: boolean): Buffer {
  const long = explicitVR && longVRs.test(vr)
  if (explicitVR && !long && length > 0xffff)
    fail('too-large', `${printedTag(tag)} is longer than its VR ${vr} can hold`)
  const head = Buffer.alloc(long ? 12 : 8)
  head.writeUInt16LE(Number.parseInt(tag.slice(0, 4), 16), 0)
  head.writeUInt16LE(Number.parseInt(tag.slice(4), 16), 2)
  if (explicitVR) head.write(vr, 4, 'latin1')
  if (!explicitVR) head.writeUInt32LE(length, 4)
  else if (long) head.writeUInt32LE(length, 8)
  else head.writeUInt16LE(length, 6)
  return head
}

function valueBytes(tag: string, vr: string, value: Value, encoding: Encoding): Buffer {
  if (value === null || value === '') return Buffer.alloc(0)
  if (Buffer.isBuffer(value)) return padded(value, '\0')
  if (vr === 'SQ') return sequenceBytes(tag, value, encoding)
  const list = (Array.isArray(value) ? value : [value]) as readonly (string | number)[]
  if (isNumericVR(vr)) return Buffer.concat(list.map(each => numberBytes(tag, vr, Number(each))))
  if (vr === 'AT') return Buffer.concat(list.map(each => tagBytes(tagOf(String(each)))))
  const text = list.map(each => (typeof each === 'number' ? printedNumber(vr, each) : each)).join('\\')
  if (vr === 'UI' && !text.split('\\').every(uid => uid === '' || isUID(uid))) {
    fail('invalid', `${printedTag(tag)} is no UID: ${JSON.stringify(text.slice(0, 80))}`)
  }
  return padded(encodeText(text, encoding.text), vr === 'UI' ? '\0' : ' ')
}

function sequenceBytes(tag: string, value: Value, encoding: Encoding): Buffer {
  if (!Array.isArray(value))
    throw new Error(`${printedTag(tag)} is a sequence: its value is an array of items`)
  return Buffer.concat(
    (value as readonly Values[]).flatMap(item => {
      const bytes = encodeItem(item, encoding)
      const head = Buffer.from([0xfe, 0xff, 0x00, 0xe0, 0, 0, 0, 0])
      head.writeUInt32LE(bytes.length, 4)
      return [head, bytes]
    }),
  )
}

function numberBytes(tag: string, vr: string, value: number): Buffer {
  const bytes = Buffer.alloc(vr === 'US' || vr === 'SS' ? 2 : /^(FD|UV|SV)$/.test(vr) ? 8 : 4)
  if (!Number.isFinite(value)) fail('invalid', `${printedTag(tag)} is no number`)
  try {
    if (vr === 'US') bytes.writeUInt16LE(value)
    else if (vr === 'SS') bytes.writeInt16LE(value)
    else if (vr === 'UL') bytes.writeUInt32LE(value)
    else if (vr === 'SL') bytes.writeInt32LE(value)
    else if (vr === 'FL') bytes.writeFloatLE(value)
    else if (vr === 'FD') bytes.writeDoubleLE(value)
    else if (vr === 'UV') bytes.writeBigUInt64LE(BigInt(value))
    else bytes.writeBigInt64LE(BigInt(value))
  } catch (error) {
    if (error instanceof RangeError) fail('invalid', `${printedTag(tag)}: ${value} does not fit the VR ${vr}`)
    throw error
  }
  return bytes
}

function tagBytes(tag: string): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt16LE(Number.parseInt(tag.slice(0, 4), 16), 0)
  bytes.writeUInt16LE(Number.parseInt(tag.slice(4), 16), 2)
  return bytes
}

/** A decimal string has at most 16 characters (PS3.5 6.2): digits go before the value grows too long. */
function printedNumber(vr: string, value: number): string {
  if (vr !== 'DS') return String(value)
  for (let digits = 15; digits > 0; digits -= 1) {
    const text = String(Number(value.toPrecision(digits)))
    if (text.length <= 16) return text
  }
  return fail('invalid', `${value} cannot be written as a decimal string`)
}

function encodeText(text: string, encoding: 'utf8' | 'latin1'): Buffer {
  return encoding === 'latin1' ? iconv.encode(text, 'iso-8859-1') : Buffer.from(text, 'utf8')
}

function padded(bytes: Buffer, padding: string): Buffer {
  return bytes.length % 2 === 0 ? bytes : Buffer.concat([bytes, Buffer.from(padding, 'latin1')])
}

function fitsLatin1(text: string): boolean {
  return [...text].every(
    character => character < '\u0080' || (character >= '\u00a0' && character <= '\u00ff'),
  )
}

function collectTexts(values: Values, into: string[]) {
  for (const value of Object.values(values)) {
    if (typeof value === 'string') into.push(value)
    else if (Array.isArray(value)) {
      for (const each of value) {
        if (typeof each === 'string') into.push(each)
        else if (typeof each === 'object') collectTexts(each, into)
      }
    }
  }
}
