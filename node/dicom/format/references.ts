import { Failure } from '../../errors.js'
import { transferSyntaxTraits } from '../uids.js'
import { readHead, type Syntax, UNDEFINED } from './element-head.js'
import { writeElement, writeHead, writeItem } from './element-writing.js'
import type { Header } from './header.js'
import type { Edit } from './rewriting.js'

const ORIGINAL_ATTRIBUTES = '04000561'
const ITEM = 0xfffee000
const ITEM_END = 0xfffee00d
const SEQUENCE_END = 0xfffee0dd
/** What stands in a UN of undefined length is written so (PS3.5 6.2.2, note 2). */
const IMPLICIT: Syntax = { explicitVR: false, littleEndian: true }

/**
 * The edits that make the sequences of a data set name objects by their new UIDs: references of key objects, reports,
 * presentation states, and wherever else a UID stands for an object that got another one. `renew` gives the new UID, or
 * undefined for one that stays. What was said before a change (Original Attributes Sequence) stays what it said.
 *
 * @throws Failure `unsupported` where a sequence is not written as its own lengths say.
 */
export function renewedReferences(
  header: Header,
  renew: (uid: string) => string | undefined,
  bytesOf: (offset: number, length: number) => Buffer,
): Edit[] {
  const syntax = transferSyntaxTraits(header.transferSyntaxUID)
  if (syntax === undefined) return []
  const edits: Edit[] = []
  for (const { tag, vr, items, start, offset, length } of header.elements.values()) {
    if ((vr !== 'SQ' && items === undefined) || tag === ORIGINAL_ATTRIBUTES) continue
    const before = bytesOf(start, offset - start + length)
    const walk = new Renewing(before, renew)
    try {
      const after = walk.dataSet(0, before.length, syntax).bytes
      if (walk.changed) edits.push({ at: start, remove: before.length, insert: after })
    } catch (thrown) {
      if (!(thrown instanceof RangeError)) throw thrown
      throw new Failure('unsupported', `the sequence ${tag} is not as long as it says`, [], thrown)
    }
  }
  return edits
}

/** Writes elements again with other UIDs in them; all lengths become defined. */
class Renewing {
  changed = false
  readonly #bytes: Buffer
  readonly #renew: (uid: string) => string | undefined

  constructor(bytes: Buffer, renew: (uid: string) => string | undefined) {
    this.#bytes = bytes
    this.#renew = renew
  }

  /** Elements up to `end`, or to the delimiter of their item. */
  dataSet(from: number, end: number, syntax: Syntax): { bytes: Buffer; at: number } {
    const written: Buffer[] = []
    let at = from
    while (at < end) {
      const head = readHead(this.#bytes, at, syntax, end - at)
      const value = at + head.headBytes
      if (head.tag === ITEM_END) {
        at = value
        break
      }
      if (head.vr === 'SQ' || head.length === UNDEFINED) {
        const isOpen = head.length === UNDEFINED
        const inner = head.vr === 'UN' && isOpen ? IMPLICIT : syntax
        const sequence = this.#items(value, isOpen ? end : value + head.length, inner)
        written.push(writeHead(head.tag, head.vr || 'UN', sequence.bytes.length, syntax), sequence.bytes)
        at = sequence.at
        continue
      }
      const next = value + head.length
      if (next > end) throw new RangeError('an element is longer than what holds it')
      const renewed = head.vr === 'UI' ? this.#renewed(value, next) : undefined
      written.push(
        renewed === undefined
          ? this.#bytes.subarray(at, next)
          : writeElement(head.tag, 'UI', renewed, syntax),
      )
      at = next
    }
    return { bytes: Buffer.concat(written), at }
  }

  #items(from: number, end: number, syntax: Syntax): { bytes: Buffer; at: number } {
    const written: Buffer[] = []
    let at = from
    while (at < end) {
      const { tag, length, headBytes } = readHead(this.#bytes, at, syntax, end - at)
      at += headBytes
      if (tag === SEQUENCE_END) break
      if (tag !== ITEM) throw new RangeError('something else than an item')
      const item = this.dataSet(at, length === UNDEFINED ? end : at + length, syntax)
      written.push(writeItem(item.bytes, syntax))
      at = item.at
    }
    return { bytes: Buffer.concat(written), at }
  }

  #renewed(from: number, to: number): Buffer | undefined {
    const old = this.#bytes.toString('latin1', from, to).split('\\')
    const uids = old.map(each => {
      const uid = each.replace(/[\0 ]+$/, '')
      return this.#renew(uid) ?? uid
    })
    if (uids.every((uid, at) => uid === old[at]?.replace(/[\0 ]+$/, ''))) return undefined
    this.changed = true
    return Buffer.from(uids.join('\\'), 'latin1')
  }
}
