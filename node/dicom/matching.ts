/**
 * Matching of C-FIND keys against one record (PS3.4 C.2.2.2), both by DICOM keyword with text values.
 * Pure, and the same for the node's own answers and for the demo's PACS.
 */

/** Keywords compared without regard to case and accents, as PACS and people expect of names. */
const NAMES = new Set(['PatientName', 'ReferringPhysicianName'])
/** Range matching (C.2.2.2.5) applies to dates and times. */
const DATES = new Set(['StudyDate', 'SeriesDate', 'PatientBirthDate'])
const TIMES = new Set(['StudyTime', 'SeriesTime'])
/** Never compared: they steer the query or ask for a computed value. */
const NOT_KEYS = new Set([
  'QueryRetrieveLevel',
  'SpecificCharacterSet',
  'NumberOfStudyRelatedInstances',
  'NumberOfStudyRelatedSeries',
  'NumberOfSeriesRelatedInstances',
  'RetrieveAETitle',
  'TimezoneOffsetFromUTC',
])

/** True when every key matches; a key the record does not know matches only when it is universal. */
export function matches(
  keys: Readonly<Record<string, string>>,
  record: Readonly<Record<string, string>>,
): boolean {
  return Object.entries(keys).every(
    ([keyword, key]) =>
      key === '' || NOT_KEYS.has(keyword) || matchesKey(keyword, key, record[keyword] ?? ''),
  )
}

/** True when one key matches one value, by the rules of that attribute; `\\` parts several of either. */
export function matchesKey(keyword: string, key: string, value: string): boolean {
  if (keyword.endsWith('UID')) return key.split('\\').includes(value)
  if (DATES.has(keyword)) return matchesMoment(key.replaceAll('.', ''), value.replaceAll('.', ''))
  if (TIMES.has(keyword)) return matchesMoment(key.replaceAll(':', ''), value.replaceAll(':', ''))
  if (keyword === 'ModalitiesInStudy')
    return value.split('\\').some(modality => key.split('\\').some(one => wildcard(one, modality)))
  if (NAMES.has(keyword))
    return [value, ...value.split('=')].some(name => wildcard(foldedName(key), foldedName(name)))
  return wildcard(key, value)
}

/** One moment or a range of them; what is written less exactly stands for all of it (PS3.5 6.2, TM). */
function matchesMoment(key: string, value: string): boolean {
  if (key.includes('-')) return inRange(key, value)
  return key === '*' || (value !== '' && value.startsWith(key))
}

/** `a-b`, `a-`, `-b`; both ends included. Text comparison is right for DA and TM of equal precision. */
function inRange(key: string, value: string): boolean {
  if (value === '') return false
  const [from = '', to = ''] = key.split('-')
  return (from === '' || value >= from) && (to === '' || value.slice(0, to.length) <= to)
}

/** `*` any run, `?` any one character (C.2.2.2.4); linear in the text, so that no key can stall the answer. */
function wildcard(pattern: string, text: string): boolean {
  let p = 0
  let t = 0
  let star = -1
  let mark = 0
  while (t < text.length) {
    if (p < pattern.length && pattern[p] === '*') {
      star = p++
      mark = t
    } else if (p < pattern.length && (pattern[p] === '?' || pattern[p] === text[t])) {
      p++
      t++
    } else if (star >= 0) {
      p = star + 1
      t = ++mark
    } else return false
  }
  while (pattern[p] === '*') p++
  return p === pattern.length
}

/** Case, accents and hyphens apart; the empty components at the end of a name say nothing. */
function foldedName(name: string): string {
  return name
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .toUpperCase()
    .replace(/[-'’ ]+/g, ' ')
    .replace(/\^+$/, '')
}
