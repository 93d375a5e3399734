import dcmjs from 'dcmjs'

/** One attribute of the data dictionary (PS3.6 section 6). */
export interface Attribute {
  /** Eight capital hexadecimal digits, `GGGGEEEE`: the spelling of the DICOM JSON model. */
  tag: string
  keyword: string
  /** Where the standard leaves a choice: `US|SS` (by Pixel Representation) or `OB|OW`; else one VR. */
  vr: string
  /** Value multiplicity as printed: `1`, `1-n`, `2-2n` … */
  vm: string
}

/** dcmjs writes the standard's choices in two small letters. */
const choices: Record<string, string> = { ox: 'OW', xs: 'US|SS', lt: 'OW', up: 'UL', na: 'UN' }

const byKeyword = new Map<string, Attribute>()
const byTag = new Map<string, Attribute>()
const byTagNumber = new Map<number, Attribute>()

for (const entry of Object.values(dcmjs.data.DicomMetaDictionary.nameMap)) {
  const keyword = entry.name.replace(/^RETIRED_/, '')
  const tag = `${entry.tag.slice(1, 5)}${entry.tag.slice(6, 10)}`.toUpperCase()
  if (!/^[0-9A-F]{8}$/.test(tag)) continue
  const attribute = { tag, keyword, vr: choices[entry.vr] ?? entry.vr, vm: entry.vm }
  // A retired attribute never takes the keyword, or the tag, of one in force.
  const retired = entry.name !== keyword
  if (!retired || !byKeyword.has(keyword)) byKeyword.set(keyword, attribute)
  if (!retired || !byTag.has(tag)) {
    byTag.set(tag, attribute)
    byTagNumber.set(Number.parseInt(tag, 16), attribute)
  }
}

/** The attribute of a tag (`GGGGEEEE`); undefined for private and unknown ones. Repeating groups 50xx and 60xx included. */
export function attributeOfTag(tag: string): Attribute | undefined {
  return byTag.get(tag) ?? byTag.get(repeatingTag(tag))
}

/** The attribute with a keyword; undefined where there is none. */
export function attributeOfKeyword(keyword: string): Attribute | undefined {
  return byKeyword.get(keyword)
}

/**
 * The tag `GGGGEEEE` of a keyword, or of a tag already.
 * @throws Error for a keyword that is not in the dictionary: it can only have been written by us.
 */
export function tagOf(keywordOrTag: string): string {
  const attribute = byKeyword.get(keywordOrTag)
  if (attribute !== undefined) return attribute.tag
  if (/^[0-9A-F]{8}$/i.test(keywordOrTag)) return keywordOrTag.toUpperCase()
  throw new Error(`no attribute of the data dictionary is called ${JSON.stringify(keywordOrTag)}`)
}

/** The dictionary's VR for a tag given as a number, as implicit VR needs it: UL for group lengths, LO for private creators. */
export function vrOfTagNumber(tag: number): string {
  const known = byTagNumber.get(tag)
  if (known !== undefined) return known.vr
  const element = tag & 0xffff
  if (element === 0) return 'UL'
  const group = tag >>> 16
  if (group % 2 === 1) return element >= 0x10 && element <= 0xff ? 'LO' : 'UN'
  return byTag.get(repeatingTag(hexOfTag(tag)))?.vr ?? 'UN'
}

/** A tag number as `GGGGEEEE`. */
export function hexOfTag(tag: number): string {
  return tag.toString(16).toUpperCase().padStart(8, '0')
}

/** A tag for a person: `(0010,0020)`. */
export function printedTag(tag: string): string {
  return `(${tag.slice(0, 4)},${tag.slice(4)})`
}

/** The dictionary lists 50xx and 60xx under their first group. */
function repeatingTag(tag: string): string {
  return /^(50|60)[0-9A-F][02468ACE]/.test(tag) ? `${tag.slice(0, 2)}00${tag.slice(4)}` : tag
}
