import { personName } from './charset.js'
import type { DataSet } from './dataset-reading.js'
import { isNumericVR, numbersOf } from './dataset-reading.js'
import type { Element } from './element.js'
import { Header } from './header.js'

export interface DicomJsonName {
  Alphabetic?: string
  Ideographic?: string
  Phonetic?: string
}

export type DicomJsonValue = string | number | null | DicomJsonName | DicomJson

export interface DicomJsonElement {
  vr: string
  Value?: DicomJsonValue[]
  BulkDataURI?: string
  InlineBinary?: string
}

/** One data set in the DICOM JSON model (PS3.18 Annex F), by tag `GGGGEEEE`. */
export interface DicomJson {
  [tag: string]: DicomJsonElement
}

export interface DicomJsonOptions {
  /**
   * Where the pixels, and values too long to inline, can be fetched; undefined leaves the value out. The path is the
   * tag, inside sequences `GGGGEEEE.item.GGGGEEEE` with items counted from 0.
   */
  bulkDataURI?: (path: string) => string | undefined
  /** Elements of the root that are left out where this says no. */
  only?: (tag: string) => boolean
  /** Longer binary values of private elements are left out: they are of no use to a viewer. */
  maxPrivateInlineBytes?: number
}

/**
 * A header as WADO-RS metadata (PS3.18 10.4.1.1.2): text in UTF-8, numbers as numbers, names in their groups, pixels
 * by reference. Group lengths, which belong to an encoding and not to the object, are left out.
 */
export function toDicomJson(dataSet: DataSet, options: DicomJsonOptions = {}): DicomJson {
  return jsonOf(dataSet, options, '')
}

function jsonOf(dataSet: DataSet, options: DicomJsonOptions, path: string): DicomJson {
  const json: DicomJson = {}
  for (const element of dataSet.elements.values()) {
    if (element.tag.endsWith('0000') || (path === '' && options.only?.(element.tag) === false)) continue
    json[element.tag] = jsonElement(dataSet, element, options, `${path}${element.tag}`)
  }
  if (json['00080005'] !== undefined) json['00080005'] = { vr: 'CS', Value: ['ISO_IR 192'] }
  if (dataSet instanceof Header && dataSet.pixels !== undefined) {
    const { tag, vr } = dataSet.pixels
    if (options.only?.(tag) !== false) json[tag] = { vr, ...reference(tag, options) }
  }
  return json
}

function jsonElement(
  dataSet: DataSet,
  element: Element,
  options: DicomJsonOptions,
  path: string,
): DicomJsonElement {
  const { tag, vr, bytes } = element
  if (vr === 'SQ') {
    const items = dataSet.sequence(tag).map((item, at) => jsonOf(item, options, `${path}.${at}.`))
    return items.length > 0 ? { vr, Value: items } : { vr }
  }
  if (element.length === 0) return { vr }
  if (bytes === undefined) return { vr, ...reference(path, options) }
  if (vr === 'UN' || vr.startsWith('O')) {
    const isPrivate = Number.parseInt(tag.slice(0, 4), 16) % 2 === 1
    if (isPrivate && bytes.length > (options.maxPrivateInlineBytes ?? 1024)) return { vr }
    return { vr, InlineBinary: littleEndianBytes(vr, bytes, dataSet.littleEndian).toString('base64') }
  }
  const Value = jsonValues(dataSet, element)
  return Value.some(value => value !== null) ? { vr, Value } : { vr }
}

function jsonValues(dataSet: DataSet, element: Element): DicomJsonValue[] {
  if (isNumericVR(element.vr)) return numbersOf(element, dataSet.littleEndian).map(jsonNumber)
  const texts = dataSet.textsOf(element)
  if (element.vr === 'PN') return texts.map(jsonName)
  if (element.vr === 'DS' || element.vr === 'IS') return texts.map(jsonNumberText)
  return texts.map(text => (text === '' ? null : text))
}

/** Infinity and NaN have no place in JSON; a 64-bit integer beyond 2⁵³ is a string (F.2.3). */
function jsonNumber(value: number | bigint): DicomJsonValue {
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : String(value)
  return Number.isFinite(value) ? value : null
}

/** A decimal or integer string is a number; one that is written wrongly stays a string (F.2.3 allows both). */
function jsonNumberText(text: string): DicomJsonValue {
  if (text === '') return null
  const value = Number(text)
  return Number.isFinite(value) ? value : text
}

/** A person name in its groups; null for an empty one. */
export function jsonName(text: string): DicomJsonName | null {
  const { alphabetic, ideographic, phonetic } = personName(text)
  if (alphabetic === undefined && ideographic === undefined && phonetic === undefined) return null
  return {
    ...(alphabetic === undefined ? {} : { Alphabetic: alphabetic }),
    ...(ideographic === undefined ? {} : { Ideographic: ideographic }),
    ...(phonetic === undefined ? {} : { Phonetic: phonetic }),
  }
}

function reference(path: string, options: DicomJsonOptions): { BulkDataURI?: string } {
  const uri = options.bulkDataURI?.(path)
  return uri === undefined ? {} : { BulkDataURI: uri }
}

/** Inline binary is little endian whatever the file was (F.2.7). */
function littleEndianBytes(vr: string, bytes: Buffer, littleEndian: boolean): Buffer {
  if (littleEndian) return bytes
  const copy = Buffer.from(bytes)
  if (vr === 'OW' && copy.length % 2 === 0) return copy.swap16()
  if ((vr === 'OF' || vr === 'OL') && copy.length % 4 === 0) return copy.swap32()
  if ((vr === 'OD' || vr === 'OV') && copy.length % 8 === 0) return copy.swap64()
  return copy
}
