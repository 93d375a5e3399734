import { fail } from '../../errors.js'
import { transferSyntaxTraits } from '../uids.js'
import { attributeOfKeyword } from './dictionary.js'
import type { Element } from './element.js'
import { type Syntax, UNDEFINED } from './element-head.js'
import { writeElement, writeHead, writeItem, writeSequence } from './element-writing.js'
import type { Header } from './header.js'
import { type WritingCharset, writingCharset } from './writing-charset.js'

/** What changes in a data set, and the word about it that stays in it (PS3.3 C.12.1, Original Attributes Sequence). */
export interface Modification {
  /** By keyword, text attributes of the root only; null takes the attribute away. */
  attributes: Readonly<Record<string, string | null>>
  /** Attribute Modification DateTime (0400,0562), a DT value: `20261126143000+0000`. */
  at: string
  /** Modifying System (0400,0563). */
  system: string
  /** Source of Previous Values (0400,0564): who had written what is replaced. */
  source: string
  /** Reason for the Attribute Modification (0400,0565). */
  reason: 'COERCE' | 'CORRECT'
}

/** At this byte of the original, so many bytes go and these come. */
export interface Edit {
  at: number
  remove: number
  insert: Buffer
}

const ORIGINAL_ATTRIBUTES = 0x0400_0561
const MODIFIED_ATTRIBUTES = 0x0400_0550
const SPECIFIC_CHARACTER_SET = 'SpecificCharacterSet'
const TEXT_VRS = new Set(['AE', 'AS', 'CS', 'DA', 'DT', 'LO', 'PN', 'SH', 'ST', 'TM', 'UI'])
const DELIMITER_BYTES = 8

/**
 * The edits that write a modification into a data set: only the elements concerned change, every other byte stays. What they
 * replace is kept, byte for byte, in a new item of Original Attributes Sequence (0400,0561); earlier items stay before it.
 * `more` are edits of other elements that go with it.
 *
 * `bytesOf` gives bytes of the original by the header's offsets: only bytes before the pixels are asked for.
 *
 * @throws Failure `unsupported` for a deflated data set (inflate it first) or letters that cannot be written.
 */
export function editsFor(
  header: Header,
  modification: Modification,
  bytesOf: (offset: number, length: number) => Buffer,
  more: readonly Edit[] = [],
): Edit[] {
  const traits = transferSyntaxTraits(header.transferSyntaxUID)
  if (traits === undefined || traits.deflated)
    return fail('unsupported', 'a deflated data set is inflated before it is rewritten')
  const texts = Object.values(modification.attributes).filter(value => value !== null)
  const charset = writingCharset(header, texts)
  const charsetChange =
    charset.terms === undefined ? {} : { [SPECIFIC_CHARACTER_SET]: charset.terms.join('\\') }
  const changes = Object.entries({ ...charsetChange, ...modification.attributes })
    .map(([keyword, value]) => {
      const attribute = attributeOfKeyword(keyword)
      if (attribute === undefined || !TEXT_VRS.has(attribute.vr))
        throw new Error(`${keyword} is no text attribute that can be rewritten`)
      return { tag: attribute.tag, vr: attribute.vr, value, element: header.element(keyword) }
    })
    .sort((a, b) => (a.tag < b.tag ? -1 : 1))

  const whole = ({ start, offset, length }: Element) => bytesOf(start, offset - start + length)
  const places = insertionPlaces(header)
  const edits = changes.flatMap(({ tag, vr, value, element }): Edit[] => {
    const insert =
      value === null
        ? Buffer.alloc(0)
        : writeElement(Number.parseInt(tag, 16), vr, encoded(vr, value, charset), traits)
    if (element !== undefined) {
      const removed = whole(element)
      return removed.equals(insert) ? [] : [{ at: element.start, remove: removed.length, insert }]
    }
    return value === null ? [] : [{ at: places(tag), remove: 0, insert }]
  })
  if (edits.length === 0) return []

  const kept = Buffer.concat([
    // The old bytes keep the meaning they had under the old character set (PS3.5 6.1.2.3: an item may have its own).
    ...(charset.terms === undefined || header.has(SPECIFIC_CHARACTER_SET)
      ? []
      : [writeElement(0x0008_0005, 'CS', Buffer.alloc(0), traits)]),
    ...changes.map(({ tag, vr, element }) =>
      element === undefined && tag !== '00080005'
        ? writeElement(Number.parseInt(tag, 16), vr, Buffer.alloc(0), traits)
        : element === undefined
          ? Buffer.alloc(0)
          : whole(element),
    ),
  ])
  edits.push(originalAttributes(header, itemOf(modification, kept, charset, traits), places, bytesOf, traits))
  // A group length (PS3.5 7.2, retired) would no longer be true.
  const groups = new Set([...changes.map(({ tag }) => tag.slice(0, 4)), '0400'])
  for (const group of groups) {
    const length = header.elements.get(`${group}0000`)
    if (length !== undefined)
      edits.push({ at: length.start, remove: whole(length).length, insert: Buffer.alloc(0) })
  }
  return inOrder([...edits, ...more])
}

/** The pieces of the rewritten data, in order: runs of the original by offset, and what is new. */
export function* pieces(
  edits: readonly Edit[],
  from: number,
  end: number,
): Generator<{ from: number; to: number } | Buffer> {
  let at = from
  for (const edit of edits) {
    if (edit.at > at) yield { from: at, to: edit.at }
    if (edit.insert.length > 0) yield edit.insert
    at = edit.at + edit.remove
  }
  if (at < end) yield { from: at, to: end }
}

function encoded(vr: string, value: string, charset: WritingCharset): Buffer {
  return ['LO', 'PN', 'SH', 'ST'].includes(vr) ? charset.encode(value) : Buffer.from(value, 'latin1')
}

/** Where an element of that tag belongs in the root: before the first one with a greater tag, else before the pixels or the end. */
function insertionPlaces(header: Header): (tag: string) => number {
  const sorted = [...header.elements.values()].sort((a, b) => a.start - b.start)
  const last = sorted.at(-1)
  const end = header.pixels?.start ?? (last === undefined ? 0 : last.offset + last.length)
  return tag => sorted.find(element => element.tag > tag)?.start ?? end
}

function itemOf(modification: Modification, kept: Buffer, charset: WritingCharset, syntax: Syntax): Buffer {
  const { at, system, source, reason } = modification
  const text = (tag: number, vr: string, value: string) =>
    writeElement(tag, vr, encoded(vr, value, charset), syntax)
  return writeItem(
    Buffer.concat([
      writeSequence(MODIFIED_ATTRIBUTES, [kept], syntax),
      writeElement(0x0400_0562, 'DT', Buffer.from(at, 'latin1'), syntax),
      text(0x0400_0563, 'LO', ascii(system)),
      text(0x0400_0564, 'LO', ascii(source)),
      writeElement(0x0400_0565, 'CS', Buffer.from(reason, 'latin1'), syntax),
    ]),
    syntax,
  )
}

/** Names of systems are ours: without accents they need no character set. */
function ascii(text: string): string {
  return text
    .normalize('NFD')
    .replace(/[^\x20-\x5b\x5d-\x7e]/g, '')
    .slice(0, 64)
}

/** One more item at the end of the sequence, or a sequence of this one. */
function originalAttributes(
  header: Header,
  item: Buffer,
  places: (tag: string) => number,
  bytesOf: (offset: number, length: number) => Buffer,
  syntax: Syntax,
): Edit {
  const sequence = header.elements.get('04000561')
  if (sequence === undefined)
    return {
      at: places('04000561'),
      remove: 0,
      insert: Buffer.concat([writeHead(ORIGINAL_ATTRIBUTES, 'SQ', item.length, syntax), item]),
    }
  const head = bytesOf(sequence.start, sequence.offset - sequence.start)
  const lengthAt = head.length - 4
  const stated = syntax.littleEndian ? head.readUInt32LE(lengthAt) : head.readUInt32BE(lengthAt)
  const isOpen = stated === UNDEFINED
  const items = bytesOf(sequence.offset, sequence.length - (isOpen ? DELIMITER_BYTES : 0))
  return {
    at: sequence.start,
    remove: head.length + sequence.length,
    insert: Buffer.concat([
      writeHead(ORIGINAL_ATTRIBUTES, 'SQ', items.length + item.length, syntax),
      items,
      item,
    ]),
  }
}

/** Several elements may belong in one gap: there their own order counts, which they have. */
function inOrder(edits: readonly Edit[]): Edit[] {
  return edits
    .map((edit, at) => ({ edit, at }))
    .sort((a, b) => a.edit.at - b.edit.at || a.edit.remove - b.edit.remove || a.at - b.at)
    .map(({ edit }) => edit)
}
