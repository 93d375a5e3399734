import {
  type CharacterSet,
  characterSet,
  defaultCharacterSet,
  type PersonName,
  personName,
} from './charset.js'
import { tagOf } from './dictionary.js'
import type { Element, Item } from './element.js'

/** VRs whose values are text in the data set's character set; the others are plain ASCII (PS3.5 6.1.2.3). */
const translatedVRs = new Set(['LO', 'LT', 'PN', 'SH', 'ST', 'UC', 'UT'])
const asciiVRs = new Set(['AE', 'AS', 'CS', 'DA', 'DS', 'DT', 'IS', 'TM', 'UI', 'UR'])
/** One value whatever it holds: a backslash is text in these. */
const singleValueVRs = new Set(['LT', 'ST', 'UT', 'UR'])

/** Reads the values of one data set (a root, or an item), by keyword or by tag `GGGGEEEE`. */
export class DataSet {
  readonly elements: ReadonlyMap<string, Element>
  readonly littleEndian: boolean
  readonly characterSet: CharacterSet

  constructor(item: Item, inherited: CharacterSet = defaultCharacterSet) {
    this.elements = item.elements
    this.littleEndian = item.littleEndian
    const own = item.elements.get('00080005')?.bytes
    // An item without its own character set has its parent's (PS3.5 6.1.2.3).
    this.characterSet =
      own === undefined
        ? inherited
        : characterSet(
            own
              .toString('latin1')
              .replace(/[\0 ]+$/, '')
              .split('\\'),
          )
  }

  element(keywordOrTag: string): Element | undefined {
    return this.elements.get(tagOf(keywordOrTag))
  }

  /** Whether the element stands in the data set, with or without a value. */
  has(keywordOrTag: string): boolean {
    return this.elements.has(tagOf(keywordOrTag))
  }

  /** The first value as text, padding removed; undefined where it is absent, empty, or not kept. Numbers are printed. */
  text(keywordOrTag: string): string | undefined {
    return this.texts(keywordOrTag)[0] || undefined
  }

  /** All values as text; none where it is absent. */
  texts(keywordOrTag: string): string[] {
    const element = this.element(keywordOrTag)
    return element === undefined ? [] : this.textsOf(element)
  }

  /** Whether every character of the value is surely what the writer meant. */
  exact(keywordOrTag: string): boolean {
    const element = this.element(keywordOrTag)
    if (element?.bytes === undefined || !translatedVRs.has(element.vr)) return true
    return this.characterSet.decode(element.bytes, { personName: element.vr === 'PN' }).exact
  }

  /** A person name's groups; undefined where there is none. */
  personName(keywordOrTag: string): PersonName | undefined {
    const text = this.text(keywordOrTag)
    return text === undefined ? undefined : personName(text)
  }

  /** The first value as a whole number; undefined where it is absent or no such number. */
  integer(keywordOrTag: string): number | undefined {
    const value = this.number(keywordOrTag)
    return value !== undefined && Number.isSafeInteger(value) ? value : undefined
  }

  /** The first value as a number; undefined where it is absent or none. */
  number(keywordOrTag: string): number | undefined {
    return this.numbers(keywordOrTag)[0]
  }

  /** All values as numbers; what is no number is left out. */
  numbers(keywordOrTag: string): number[] {
    const element = this.element(keywordOrTag)
    if (element === undefined) return []
    if (isNumericVR(element.vr)) return numbersOf(element, this.littleEndian).map(Number)
    return this.textsOf(element)
      .filter(text => /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(text))
      .map(Number)
  }

  /** The items of a sequence, as data sets; none where it is absent. */
  sequence(keywordOrTag: string): DataSet[] {
    const items = this.element(keywordOrTag)?.items ?? []
    return items.map(item => new DataSet(item, this.characterSet))
  }

  textsOf(element: Element): string[] {
    const { vr, bytes } = element
    if (bytes === undefined || bytes.length === 0) return []
    if (isNumericVR(vr)) return numbersOf(element, this.littleEndian).map(String)
    if (vr === 'AT') return attributeTags(bytes, this.littleEndian)
    if (!translatedVRs.has(vr) && !asciiVRs.has(vr)) return []
    const text = translatedVRs.has(vr)
      ? this.characterSet.decode(bytes, { personName: vr === 'PN' }).text
      : bytes.toString('latin1')
    if (singleValueVRs.has(vr)) return [text.replace(/[\0 ]+$/, '')]
    return text.split('\\').map(value => value.replace(/^[\0 ]+|[\0 ]+$/g, ''))
  }
}

const bytesOfNumber: Readonly<Record<string, number>> = {
  US: 2,
  SS: 2,
  UL: 4,
  SL: 4,
  FL: 4,
  FD: 8,
  UV: 8,
  SV: 8,
}

export function isNumericVR(vr: string): boolean {
  return bytesOfNumber[vr] !== undefined
}

/** The values of a binary number VR; 64-bit integers as bigint. A tail too short for a value is left out. */
export function numbersOf({ vr, bytes }: Element, littleEndian: boolean): (number | bigint)[] {
  const size = bytesOfNumber[vr]
  if (bytes === undefined || size === undefined) return []
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const values: (number | bigint)[] = []
  for (let at = 0; at + size <= bytes.length; at += size) {
    if (vr === 'US') values.push(view.getUint16(at, littleEndian))
    else if (vr === 'SS') values.push(view.getInt16(at, littleEndian))
    else if (vr === 'UL') values.push(view.getUint32(at, littleEndian))
    else if (vr === 'SL') values.push(view.getInt32(at, littleEndian))
    else if (vr === 'FL') values.push(view.getFloat32(at, littleEndian))
    else if (vr === 'FD') values.push(view.getFloat64(at, littleEndian))
    else if (vr === 'UV') values.push(view.getBigUint64(at, littleEndian))
    else values.push(view.getBigInt64(at, littleEndian))
  }
  return values
}

/** The values of an AT element as `GGGGEEEE`. */
function attributeTags(bytes: Buffer, littleEndian: boolean): string[] {
  const tags: string[] = []
  for (let at = 0; at + 4 <= bytes.length; at += 4) {
    const group = littleEndian ? bytes.readUInt16LE(at) : bytes.readUInt16BE(at)
    const element = littleEndian ? bytes.readUInt16LE(at + 2) : bytes.readUInt16BE(at + 2)
    tags.push((group * 0x10000 + element).toString(16).toUpperCase().padStart(8, '0'))
  }
  return tags
}
