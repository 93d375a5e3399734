import { createHash } from 'node:crypto'
import { type DataSet, isNumericVR, numbersOf } from './dataset-reading.js'
import { attributeOfTag } from './dictionary.js'
import type { Element } from './element.js'

/** One attribute that two data sets do not agree on. */
export interface ValueDifference {
  /** The attribute in the data set itself, `GGGGEEEE`. */
  root: string
  /** The attribute that differs: the root, or one inside its items. */
  tag: string
  /** By keyword, with the number of the item: `OtherPatientIDsSequence[1].PatientID`; the tag where there is no keyword. */
  path: string
  /** As a person reads it, shortened; undefined where it is absent or empty. */
  a: string | undefined
  b: string | undefined
}

/** Whether an attribute is looked at; asked for every one, root and nested. */
export type Looked = (root: string, tag: string) => boolean

const SHOWN_LENGTH = 200
const textVRs = /^(AE|AS|CS|DA|DS|DT|IS|LO|LT|PN|SH|ST|TM|UC|UI|UR|UT)$/
/** Bytes of a word whose order follows the data set's (PS3.5 7.3). */
const wordBytes: Readonly<Record<string, 2 | 4 | 8>> = {
  OW: 2,
  US: 2,
  SS: 2,
  AT: 2,
  OF: 4,
  OL: 4,
  UL: 4,
  SL: 4,
  FL: 4,
  OD: 8,
  OV: 8,
  FD: 8,
  UV: 8,
  SV: 8,
}

/**
 * What two data sets say differently, whatever they are written in: implicit or explicit VR, either byte order,
 * sequences with or without lengths, any character set, any padding, `1.0` for `1`. An empty attribute says what an
 * absent one says. The pixels are no part of it.
 */
export function differingValues(a: DataSet, b: DataSet, looked: Looked): ValueDifference[] {
  return compareItems(a, b, looked, undefined, '')
}

function compareItems(
  a: DataSet,
  b: DataSet,
  looked: Looked,
  root: string | undefined,
  prefix: string,
): ValueDifference[] {
  const tags = [...new Set([...a.elements.keys(), ...b.elements.keys()])].sort()
  return tags.flatMap(tag => {
    const from = root ?? tag
    if (!looked(from, tag)) return []
    const path = `${prefix}${attributeOfTag(tag)?.keyword ?? tag}`
    const [x, y] = [a.elements.get(tag), b.elements.get(tag)]
    if (x?.items !== undefined && y?.items !== undefined && x.items.length === y.items.length) {
      const [left, right] = [a.sequence(tag), b.sequence(tag)]
      return left.flatMap((item, n) =>
        compareItems(item, right[n] as DataSet, looked, from, `${path}[${n + 1}].`),
      )
    }
    if (sameValue(a, x, b, y)) return []
    return [{ root: from, tag, path, a: shown(a, x), b: shown(b, y) }]
  })
}

function sameValue(a: DataSet, x: Element | undefined, b: DataSet, y: Element | undefined): boolean {
  if (isEmpty(x) && isEmpty(y)) return true
  if (x === undefined || y === undefined || isEmpty(x) || isEmpty(y)) return false
  if (x.items !== undefined || y.items !== undefined) return false // of another number, or one of them is none
  if (x.bytes === undefined || y.bytes === undefined) return false // too long to look at: never called the same
  if (textVRs.test(x.vr) && textVRs.test(y.vr)) {
    const vr = x.vr === y.vr ? x.vr : 'LO'
    return normal(a.textsOf(x), vr) === normal(b.textsOf(y), vr)
  }
  if (isNumericVR(x.vr) && isNumericVR(y.vr))
    return numbersOf(x, a.littleEndian).join('\\') === numbersOf(y, b.littleEndian).join('\\')
  // What one side calls UN (PS3.5 6.2.2) is compared as bytes.
  return plainBytes(a, x).equals(plainBytes(b, y))
}

function isEmpty(element: Element | undefined): boolean {
  if (element === undefined) return true
  if (element.items !== undefined) return element.items.length === 0
  if (element.length === 0) return true
  return textVRs.test(element.vr) && element.bytes !== undefined && unpadded(element.bytes).length === 0
}

/** Text values in one spelling. */
function normal(values: readonly string[], vr: string): string {
  return values.map(value => spelled(value, vr)).join('\\')
}

function spelled(value: string, vr: string): string {
  switch (vr) {
    case 'DS':
    case 'IS': {
      const text = value.trim()
      const number = Number(text)
      return text !== '' && Number.isFinite(number) ? String(number) : text
    }
    case 'DA':
      return value.trim().replaceAll('.', '') // 1993.08.22 of the standard's predecessor
    case 'TM':
    case 'DT':
      return value
        .trim()
        .replaceAll(':', '')
        .replace(/\.0+$/, '')
        .replace(/(\.\d*?)0+$/, '$1')
    case 'PN':
      // Trailing components and groups may be left out (PS3.5 6.2.1.2).
      return value
        .split('=')
        .map(group =>
          group
            .split('^')
            .map(part => part.trim())
            .join('^')
            .replace(/\^+$/, ''),
        )
        .join('=')
        .replace(/=+$/, '')
    default:
      return value.replace(/[\0 ]+$/, '')
  }
}

/** In little endian, without padding. */
function plainBytes(dataSet: DataSet, { vr, bytes }: Element): Buffer {
  const plain = Buffer.from(bytes ?? Buffer.alloc(0))
  const word = dataSet.littleEndian ? undefined : wordBytes[vr]
  if (word !== undefined && plain.length % word === 0) {
    if (word === 2) plain.swap16()
    else if (word === 4) plain.swap32()
    else plain.swap64()
  }
  return unpadded(plain)
}

function unpadded(bytes: Buffer): Buffer {
  let end = bytes.length
  while (end > 0 && (bytes[end - 1] === 0 || bytes[end - 1] === 0x20)) end -= 1
  return bytes.subarray(0, end)
}

/** For a person: text as it is, numbers, and of anything else how much of it there is. */
function shown(dataSet: DataSet, element: Element | undefined): string | undefined {
  if (element === undefined || isEmpty(element)) return undefined
  if (element.items !== undefined) return `${element.items.length} ×`
  if (element.bytes === undefined) return `${element.length} B`
  const texts = dataSet.textsOf(element)
  if (texts.length > 0) {
    const text = texts.join('\\')
    return text.length > SHOWN_LENGTH ? `${text.slice(0, SHOWN_LENGTH)}…` : text
  }
  const digest = createHash('sha256').update(element.bytes).digest('hex').slice(0, 12)
  return `${element.length} B · ${digest}`
}
