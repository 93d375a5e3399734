import { type Attribute, attributeOfKeyword, attributeOfTag } from '../../dicom/format/dictionary.js'
import { isUID } from '../../dicom/uids.js'
import { Refusal } from '../../http/failures.js'
import { type SearchLevel, searchedAt, searchLevels } from '../search.js'

/** Query parameters as they came: one value, or several under one name. */
export type RawQuery = Readonly<Record<string, unknown>>

export interface SearchParameters {
  keys: Record<string, string>
  /** Tags asked for beside what every answer has. */
  include: ReadonlySet<string>
  includeAll: boolean
  limit: number
  offset: number
  /** Sentences for Warning headers: what was asked and not done. */
  warnings: string[]
}

const UIDS_MAX = 500
const INCLUDES_MAX = 200
const VALUE_MAX_CHARACTERS = 1024
/** Parameters of the transaction itself; `accept` and `charset` were read before (answers are always UTF-8). */
const OWN = new Set([
  'limit',
  'offset',
  'includefield',
  'fuzzymatching',
  'emptyvaluematching',
  'accept',
  'charset',
])

/**
 * The query parameters of a search (PS3.18 8.3.4): attributes by keyword or tag, includefield, limit, offset. What is
 * written wrongly is refused; what is right but cannot be done here is left out, and said.
 *
 * @throws Refusal 400.
 */
export function searchParameters(raw: RawQuery, level: SearchLevel, resultsMax: number): SearchParameters {
  const warnings: string[] = []
  const keys: Record<string, string> = {}
  for (const [name, value] of Object.entries(raw)) {
    if (OWN.has(name.toLowerCase())) continue
    const attribute = attributeNamed(name)
    const key = textsOf(value)
    if (key.length !== 1) refuse(`${name} is given ${key.length} times.`)
    if (attribute === undefined) {
      warnings.push(`${name} cannot be matched here and was left out.`)
      continue
    }
    const { keyword } = attribute
    if (keyword in keys) refuse(`${keyword} is given twice.`)
    const at = searchedAt(keyword)
    if (at === undefined || searchLevels.indexOf(at) > searchLevels.indexOf(level))
      warnings.push(`${keyword} cannot be matched here and was left out.`)
    else keys[keyword] = checkedKey(attribute, key[0] ?? '')
  }
  const only = (name: string) => textsOf(raw[name])
  if (only('fuzzymatching').includes('true'))
    warnings.push('The fuzzymatching parameter is not supported. Only literal matching has been performed.')
  if (only('emptyvaluematching').includes('true'))
    warnings.push(
      'The emptyvaluematching parameter is not supported. Empty Value Matching has not been performed.',
    )
  const { include, includeAll } = included(only('includefield'), warnings)
  const limit = wholeNumber(only('limit'), 'limit') ?? resultsMax
  return {
    keys,
    include,
    includeAll,
    limit: Math.min(limit, resultsMax),
    offset: wholeNumber(only('offset'), 'offset') ?? 0,
    warnings,
  }
}

function textsOf(value: unknown): string[] {
  if (value === undefined) return []
  return (Array.isArray(value) ? value : [value]).map(String)
}

function wholeNumber(given: readonly string[], name: string): number | undefined {
  const [text] = given
  if (text === undefined) return undefined
  if (given.length > 1 || !/^\d{1,9}$/.test(text)) refuse(`${name} is no whole number.`)
  return Number(text)
}

/** The attribute a parameter names, by keyword or tag; undefined for one inside a sequence, or a private one. */
function attributeNamed(name: string): Attribute | undefined {
  const parts = name.split('.')
  const attributes = parts.map(part => attributeOfKeyword(part) ?? attributeOfTag(part.toUpperCase()))
  const unknown = parts.find((part, at) => attributes[at] === undefined && !/^[0-9A-F]{8}$/i.test(part))
  if (unknown !== undefined) refuse(`${name.slice(0, 64)} is neither a parameter nor an attribute.`)
  return parts.length === 1 ? attributes[0] : undefined
}

function included(given: readonly string[], warnings: string[]) {
  const names = given.flatMap(each => each.split(',')).map(each => each.trim())
  if (names.length > INCLUDES_MAX) refuse(`More than ${INCLUDES_MAX} fields are asked for.`)
  const include = new Set<string>()
  for (const name of names.filter(each => each !== '' && each !== 'all')) {
    const attribute = attributeNamed(name)
    if (attribute === undefined) warnings.push(`${name} cannot be included here and was left out.`)
    else include.add(attribute.tag)
  }
  return { include, includeAll: names.includes('all') }
}

/** A matching value that its attribute can have; several UIDs stand as the matching functions take them. */
function checkedKey({ keyword, vr }: Attribute, value: string): string {
  if (vr === 'UI') {
    const uids = value === '' ? [] : value.split(/[,\\]/).map(each => each.trim())
    if (uids.length > UIDS_MAX) refuse(`${keyword} lists more than ${UIDS_MAX} UIDs.`)
    for (const uid of uids)
      if (!isUID(uid)) refuse(`${keyword}: ${JSON.stringify(uid.slice(0, 80))} is no UID.`)
    return uids.join('\\')
  }
  if (value.length > VALUE_MAX_CHARACTERS)
    refuse(`${keyword} is longer than ${VALUE_MAX_CHARACTERS} characters.`)
  if (vr === 'DA' && !/^$|^(\d{8}(-(\d{8})?)?|-\d{8})$/.test(value))
    refuse(`${keyword} is no date and no range of dates (YYYYMMDD-YYYYMMDD).`)
  if (vr === 'TM' && !/^$|^(\d{2,6}(\.\d{1,6})?(-(\d{2,6}(\.\d{1,6})?)?)?|-\d{2,6}(\.\d{1,6})?)$/.test(value))
    refuse(`${keyword} is no time and no range of times (HHMMSS-HHMMSS).`)
  // Everything matches an empty key, and a run of any length (PS3.4 C.2.2.2.3, C.2.2.2.4).
  return /^\*+$/.test(value) ? '' : value
}

function refuse(detail: string): never {
  throw new Refusal(400, 'invalid', detail)
}
