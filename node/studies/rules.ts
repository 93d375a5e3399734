/**
 * What it means that two objects with the same SOP Instance UID say different things (engine.md, "The upper layer").
 * Pure: values in, a word out.
 */

/**
 * How much an attribute weighs when it differs:
 * - `never`: how the object was written, kept or carried, not what it shows;
 * - `encoding`: follows the compression of the pixels, so it counts only where both are written in the same one;
 * - `identity`: whose image it is, or which;
 * - `clinical`: everything else an author wrote, and every attribute that is not in the table.
 */
export type Weight = 'never' | 'encoding' | 'identity' | 'clinical'

/** By tag `GGGGEEEE`. */
const WEIGHTS: Readonly<Record<string, Exclude<Weight, 'clinical'>>> = {
  '00080001': 'never', // Length to End
  '00080005': 'never', // Specific Character Set: text is compared decoded
  '00080012': 'never', // Instance Creation Date
  '00080013': 'never', // Instance Creation Time
  '00080014': 'never', // Instance Creator UID
  '00080015': 'never', // Instance Coercion DateTime
  '00080054': 'never', // Retrieve AE Title
  '00080056': 'never', // Instance Availability
  '00083001': 'never', // Alternate Representation Sequence
  '00083002': 'never', // Available Transfer Syntax UID
  '0018A001': 'never', // Contributing Equipment Sequence: each gateway adds itself
  '00880130': 'never', // Storage Media File-set ID
  '00880140': 'never', // Storage Media File-set UID
  '01000410': 'never', // SOP Instance Status
  '01000420': 'never', // SOP Authorization DateTime
  '01000424': 'never', // SOP Authorization Comment
  '01000426': 'never', // Authorization Equipment Certification Number
  '04000561': 'never', // Original Attributes Sequence: the history; what was changed differs by itself
  '4FFE0001': 'never', // MAC Parameters Sequence
  '7FE00001': 'never', // Extended Offset Table
  '7FE00002': 'never', // Extended Offset Table Lengths
  '7FE00003': 'never', // Encapsulated Pixel Data Value Total Length
  FFFAFFFA: 'never', // Digital Signatures Sequence
  FFFCFFFC: 'never', // Data Set Trailing Padding

  '00080008': 'encoding', // Image Type: lossy compression makes it DERIVED
  '00082111': 'encoding', // Derivation Description
  '00089215': 'encoding', // Derivation Code Sequence
  '00280004': 'encoding', // Photometric Interpretation
  '00280006': 'encoding', // Planar Configuration
  '00282110': 'encoding', // Lossy Image Compression
  '00282112': 'encoding', // Lossy Image Compression Ratio
  '00282114': 'encoding', // Lossy Image Compression Method
  '00880200': 'encoding', // Icon Image Sequence

  '00100010': 'identity', // Patient's Name
  '00100020': 'identity', // Patient ID
  '00100021': 'identity', // Issuer of Patient ID
  '00100022': 'identity', // Type of Patient ID
  '00100024': 'identity', // Issuer of Patient ID Qualifiers Sequence
  '00100030': 'identity', // Patient's Birth Date
  '00100032': 'identity', // Patient's Birth Time
  '00100040': 'identity', // Patient's Sex
  '00101000': 'identity', // Other Patient IDs
  '00101001': 'identity', // Other Patient Names
  '00101002': 'identity', // Other Patient IDs Sequence
  '00101005': 'identity', // Patient's Birth Name
  '00101060': 'identity', // Patient's Mother's Birth Name
  '00080016': 'identity', // SOP Class UID
  '00080018': 'identity', // SOP Instance UID
  '0020000D': 'identity', // Study Instance UID
  '0020000E': 'identity', // Series Instance UID
}

/** Group 2 and group lengths are the file's; private attributes are `clinical` where both sides have them, see below. */
export function weightOf(tag: string): Weight {
  if (tag.startsWith('0002') || tag.endsWith('0000')) return 'never'
  return WEIGHTS[tag] ?? 'clinical'
}

/** A nested attribute weighs what its sequence weighs, unless it never matters itself. */
export function weightWithin(root: string, tag: string): Weight {
  return weightOf(tag) === 'never' ? 'never' : weightOf(root)
}

/** Private: its group is odd (PS3.5 7.8). */
export function isPrivate(tag: string): boolean {
  return Number.parseInt(tag.slice(3, 4), 16) % 2 === 1
}

/** One attribute two objects do not agree on, as it is kept for a person. */
export interface Difference {
  /** Keyword, or path of keywords inside sequences. */
  attribute: string
  weight: 'identity' | 'clinical'
  /** What the object says that is master, and what the newcomer says; absent where it says nothing. */
  kept?: string
  beside?: string
}

/** What became of the pixels: `uncompared` where no cheap way tells, as between a lossy and a lossless encoding. */
export type PixelFinding = 'same' | 'different' | 'uncompared' | 'none'

export interface Found {
  root: string
  tag: string
  path: string
  a: string | undefined
  b: string | undefined
}

/** The differences that matter. `reencoded`: the pixels of the two are written in different compressions. */
export function whatMatters(found: readonly Found[], reencoded: boolean): Difference[] {
  return found.flatMap(({ root, tag, path, a, b }) => {
    const weight = weightWithin(root, tag)
    if (weight === 'never' || (weight === 'encoding' && reencoded)) return []
    // Archives add private attributes of their own and strip those of others: only a changed value says something.
    if ((isPrivate(root) || isPrivate(tag)) && (a === undefined || b === undefined)) return []
    return [
      {
        attribute: path,
        weight: weight === 'identity' ? ('identity' as const) : ('clinical' as const),
        ...(a === undefined ? {} : { kept: a }),
        ...(b === undefined ? {} : { beside: b }),
      },
    ]
  })
}

/**
 * - `alternative`: the same values in another writing; the first stays master and nothing is asked of anybody;
 * - `correction`: the same pixels under changed headers: one decision for all of them;
 * - `pixels`: another image under the same UID.
 */
export type Verdict = 'alternative' | 'correction' | 'pixels'

export function verdictOf(differences: readonly Difference[], pixels: PixelFinding): Verdict {
  if (pixels === 'different') return 'pixels'
  return differences.length > 0 ? 'correction' : 'alternative'
}

/** The differences of many instances in one view. */
export interface Summary {
  /** The same in every one of them. */
  common: Difference[]
  /** What differs in some, or in each in its own way; how many of them it concerns. */
  varying: { attribute: string; weight: Difference['weight']; instances: number }[]
}

export function summaryOf(all: readonly (readonly Difference[])[]): Summary {
  const counts = new Map<string, { difference: Difference; instances: number }>()
  const attributes = new Map<string, Summary['varying'][number]>()
  for (const differences of all)
    for (const difference of differences) {
      const key = JSON.stringify([difference.attribute, difference.kept ?? null, difference.beside ?? null])
      const known = counts.get(key)
      counts.set(key, { difference, instances: (known?.instances ?? 0) + 1 })
      const { attribute, weight } = difference
      const before = attributes.get(attribute)?.instances ?? 0
      attributes.set(attribute, { attribute, weight, instances: before + 1 })
    }
  const common = [...counts.values()]
    .filter(({ instances }) => instances === all.length)
    .map(({ difference }) => difference)
  const shared = new Set(common.map(({ attribute }) => attribute))
  return { common, varying: [...attributes.values()].filter(({ attribute }) => !shared.has(attribute)) }
}

/** Whether what came apart is one and the same correction: it changes something in the same way. */
export function sameCorrection(a: Summary, b: Summary): boolean {
  const key = ({ attribute, kept, beside }: Difference) => JSON.stringify([attribute, kept, beside])
  const keys = new Set(a.common.map(key))
  return b.common.some(difference => keys.has(key(difference)))
}
