import type { Failure } from '../../errors.js'
import { Broken } from './broken.js'
import { hexOfTag, printedTag, vrOfTagNumber } from './dictionary.js'
import type { Element, ElementLimits, Item, Need, Walked, Window } from './element.js'
import { type Head, hasVR, readHead, type Syntax, UNDEFINED } from './element-head.js'

type Frame = Syntax & {
  /** First byte after this frame; its parent's where the length is undefined. */
  end: number
  /** The length is undefined: a delimiter closes it. */
  open: boolean
  keep: boolean
  /** Its first byte. */
  offset: number
} & (
    | { kind: 'dataset'; item: Item }
    | { kind: 'sequence'; element: Element; items: Item[] }
    | { kind: 'fragments'; element: Element }
  )

const ITEM = 0xfffee000
const ITEM_END = 0xfffee00d
const SEQUENCE_END = 0xfffee0dd
const ICON_PIXELS = 0x7fe00010
const MAX_REMARKS = 50

/** Float Pixel Data, Double Float Pixel Data, Pixel Data. */
const pixelTags = new Set([0x7fe00008, 0x7fe00009, 0x7fe00010])

/**
 * Walks a data set up to its pixels. No recursion (nesting costs no stack), nothing allocated from a length that
 * was not yet checked against what is there. Yields what it needs; the driver moves the window and goes on.
 *
 * @throws Failure `invalid` where the bytes are no data set, `too-large` beyond a limit; the sentence names the byte.
 */
export function* walkElements(
  window: Window,
  from: number,
  syntax: Syntax,
  limits: ElementLimits,
): Generator<Need, Walked, void> {
  yield { offset: from, length: 12 }
  const walk = new Walk(window, from, syntax, limits)
  while (walk.result === undefined) {
    const wanted = walk.step()
    if (wanted === 0) continue
    yield { offset: walk.position, length: wanted }
    walk.starved = !walk.holds(wanted)
  }
  return walk.result
}

class Walk {
  position: number
  /** The bytes last asked for are not to be had: what misses now is missing for good. */
  starved = false
  result: Walked | undefined

  private readonly root: Item
  private readonly stack: Frame[]
  private readonly remarks: string[] = []
  private walkedBytes = 0
  private walkedElements = 0
  private kept = 0
  private depth = 0
  private saidAstray = false
  private saidDropped = false

  private readonly window: Window
  private readonly limits: ElementLimits

  constructor(window: Window, from: number, syntax: Syntax, limits: ElementLimits) {
    this.window = window
    this.limits = limits
    this.position = from
    this.root = { elements: new Map(), littleEndian: syntax.littleEndian, offset: from, length: 0 }
    const { littleEndian } = syntax
    // Read as implicit VR, two such letters would make the first element enormous: no first element is.
    const misstated = !syntax.explicitVR && this.holds(8) && hasVR(window.bytes, from - window.base)
    if (misstated) this.remark('the data set says implicit VR, but is written in explicit VR')
    const explicitVR = syntax.explicitVR || misstated
    const end = Number.POSITIVE_INFINITY
    const bounds = { end, open: false, keep: true, offset: from }
    this.stack = [{ kind: 'dataset', explicitVR, littleEndian, item: this.root, ...bounds }]
  }

  holds(count: number): boolean {
    const { base, bytes } = this.window
    return this.position >= base && this.position + count <= base + bytes.length
  }

  /** One element, item or delimiter further: 0; or how many bytes from `position` it cannot go on without. */
  step(): number {
    const frame = this.stack[this.stack.length - 1] as Frame
    if (this.position >= frame.end) {
      if (frame.open) this.remark('the delimiter of a value of undefined length is missing')
      this.close(frame)
      return 0
    }
    if (!this.holds(8)) {
      if (this.stack.length === 1 && this.atEnd()) return this.finish(undefined)
      return this.want(8, 'an element begins')
    }
    const { base, bytes, end } = this.window
    const room = Math.min(frame.end, end ?? Number.POSITIVE_INFINITY) - this.position
    const head = readHead(bytes, this.position - base, frame, room)
    if (!this.holds(head.headBytes)) return this.want(head.headBytes, 'the head of an element begins')
    if (frame.kind !== 'dataset') return this.stepBetweenItems(frame, head)
    if (head.tag >>> 16 === 0xfffe) return this.endItem(frame, head)
    if (this.stack.length === 1 && pixelTags.has(head.tag)) return this.finish(head)
    return this.takeElement(frame, head)
  }

  /** The end of the data, or a tail too short for an element: some writers pad a file with a few zero bytes. */
  private atEnd(): boolean {
    const { end } = this.window
    if (end === undefined || this.position + 8 <= end) return false
    if (this.position > end) throw cutOff('the last value ends beyond the data; it begins', this.position)
    if (this.position < end) this.remark(`${end - this.position} bytes are left over after the last element`)
    return true
  }

  private want(count: number, what: string): number {
    if (this.starved) throw cutOff(what, this.position)
    return count
  }

  private finish(head: Head | undefined): 0 {
    this.root.length = this.position - this.root.offset
    const walked = { root: this.root, remarks: this.remarks }
    if (head === undefined) {
      this.result = { ...walked, pixels: undefined }
      return 0
    }
    const offset = this.position + head.headBytes
    const length = head.length === UNDEFINED ? undefined : head.length
    const { end } = this.window
    if (length !== undefined && end !== undefined && offset + length > end) {
      this.remark(`the pixel data says ${length} bytes, ${end - offset} are there`)
    }
    const pixels = { tag: hexOfTag(head.tag), vr: head.vr, start: this.position, offset, length }
    this.result = { ...walked, pixels }
    return 0
  }

  private endItem(frame: Frame, head: Head): 0 {
    if (head.tag !== ITEM_END || !frame.open) {
      throw broken(`${printedTag(hexOfTag(head.tag))} stands where an element should`, this.position)
    }
    this.position += 8
    this.close(frame)
    return 0
  }

  private takeElement(frame: Frame & { kind: 'dataset' }, head: Head): number {
    const start = this.position
    const offset = start + head.headBytes
    const undefinedLength = head.length === UNDEFINED
    const end = undefinedLength ? frame.end : offset + head.length
    const dataEnd = this.window.end ?? Number.POSITIVE_INFINITY
    if (!undefinedLength && end > Math.min(frame.end, dataEnd)) {
      const rest = Math.max(0, Math.min(frame.end, dataEnd) - offset)
      throw broken(`${printedTag(hexOfTag(head.tag))} says ${head.length} bytes, ${rest} are there`, start)
    }
    const small = !undefinedLength && head.length <= this.limits.maxValueBytes
    const value = `the value of an element ends beyond the data; the element begins`
    if (frame.keep && small && !this.holds(end - start)) return this.want(end - start, value)
    const toSequence = head.vr === 'SQ' || this.isSequenceInUN(frame, head, offset)
    if (toSequence === undefined) return this.want(head.headBytes + 4, value)

    this.spend(head.headBytes + (small && !toSequence ? head.length : 0))
    if (head.odd !== undefined) this.remarkOdd(head)
    const tag = frame.keep ? hexOfTag(head.tag) : ''
    const keep = frame.keep && this.mayKeep(frame, tag)
    const element: Element = { tag, vr: this.resolved(head.vr, frame), start, offset, length: head.length }
    if (keep) frame.item.elements.set(tag, element)
    this.position = offset
    if (undefinedLength && this.isFragments(frame, head)) {
      const { explicitVR, littleEndian } = frame
      this.stack.push({ kind: 'fragments', element, explicitVR, littleEndian, end, open: true, keep, offset })
    } else if (undefinedLength || (toSequence && keep)) {
      this.openSequence(frame, element, { end, open: undefinedLength, keep })
    } else {
      if (keep && small) {
        const { base, bytes } = this.window
        element.bytes = Buffer.from(bytes.subarray(offset - base, end - base))
      }
      // A known attribute that a gateway wrote as UN has the dictionary's VR (PS3.5 6.2.2).
      if (keep && head.vr === 'UN') element.vr = this.resolved(vrOfTagNumber(head.tag), frame)
      this.position = end
    }
    return 0
  }

  private mayKeep(frame: Frame & { kind: 'dataset' }, tag: string): boolean {
    if (frame.item.elements.has(tag)) {
      this.remark(() => `${printedTag(tag)} stands twice; the first counts`)
      return false
    }
    if (this.stack.length > 1) return this.mayKeepDeep()
    if (this.root.elements.size < this.limits.maxElements) return true
    throw tooLarge(`the data set has more than ${this.limits.maxElements} elements`, this.position)
  }

  private mayKeepDeep(): boolean {
    if (this.kept < this.limits.maxElements) {
      this.kept += 1
      return true
    }
    if (!this.saidDropped) this.remark(`what sequences hold beyond ${this.kept} elements is not kept`)
    this.saidDropped = true
    return false
  }

  /** An icon's compressed pixels, inside a sequence. */
  private isFragments(frame: Frame, head: Head): boolean {
    return head.tag === ICON_PIXELS || (frame.explicitVR && (head.vr === 'OB' || head.vr === 'OW'))
  }

  /** A sequence an older gateway wrote as UN is in implicit VR little endian (PS3.5 6.2.2). Undefined: not known yet. */
  private isSequenceInUN(frame: Frame, head: Head, offset: number): boolean | undefined {
    const possible = frame.explicitVR && head.vr === 'UN' && head.length >= 8 && head.length !== UNDEFINED
    if (!possible || vrOfTagNumber(head.tag) !== 'SQ') return false
    if (!this.holds(head.headBytes + 4)) return undefined
    return this.window.bytes.readUInt32LE(offset - this.window.base) === 0xe000fffe
  }

  private openSequence(
    frame: Frame,
    element: Element,
    bounds: { end: number; open: boolean; keep: boolean },
  ) {
    this.depth += 1
    if (this.depth > this.limits.maxDepth) {
      throw tooLarge(`sequences are nested deeper than ${this.limits.maxDepth}`, this.position)
    }
    if (element.vr !== 'SQ' && element.vr !== 'UN') {
      this.remark(() => `a value of undefined length with the VR ${element.vr} is read as a sequence`)
    }
    const implicit = frame.explicitVR && element.vr === 'UN'
    const explicitVR = frame.explicitVR && !implicit
    const littleEndian = frame.littleEndian || implicit
    element.vr = 'SQ'
    const items: Item[] = []
    if (bounds.keep) element.items = items
    const offset = this.position
    this.stack.push({ kind: 'sequence', element, items, explicitVR, littleEndian, offset, ...bounds })
  }

  private stepBetweenItems(frame: Frame & { kind: 'sequence' | 'fragments' }, head: Head): 0 {
    this.spend(8)
    if (head.tag === SEQUENCE_END && frame.open) {
      this.position += 8
      this.close(frame)
      return 0
    }
    if (head.tag !== ITEM) {
      throw broken(`an item should stand here, not ${printedTag(hexOfTag(head.tag))}`, this.position)
    }
    const open = head.length === UNDEFINED
    if (open && frame.kind === 'fragments') throw broken('a fragment has no length', this.position)
    const offset = this.position + 8
    const end = open ? frame.end : offset + head.length
    if (!open && end > Math.min(frame.end, this.window.end ?? Number.POSITIVE_INFINITY)) {
      throw broken(`an item says ${head.length} bytes, more than are there`, this.position)
    }
    this.position = frame.kind === 'fragments' ? end : offset
    if (frame.kind === 'fragments') return 0
    const { explicitVR, littleEndian } = frame
    const item: Item = { elements: new Map(), littleEndian, offset, length: 0 }
    const keep = frame.keep && this.mayKeepDeep()
    if (keep) frame.items.push(item)
    this.stack.push({ kind: 'dataset', item, explicitVR, littleEndian, end, open, keep, offset })
    return 0
  }

  private close(frame: Frame) {
    this.stack.pop()
    if (frame.kind === 'sequence') this.depth -= 1
    const length = this.position - frame.offset
    if (frame.kind === 'dataset') frame.item.length = length
    else frame.element.length = length
  }

  /** `US|SS` of the dictionary is settled by Pixel Representation, here or in the root. */
  private resolved(vr: string, frame: Frame): string {
    if (vr !== 'US|SS') return vr
    const here = frame.kind === 'dataset' ? frame.item.elements.get('00280103') : undefined
    const signed = (here ?? this.root.elements.get('00280103'))?.bytes
    return signed !== undefined && (signed[0] === 1 || signed[1] === 1) ? 'SS' : 'US'
  }

  private spend(bytes: number) {
    this.walkedBytes += bytes
    this.walkedElements += 1
    if (this.walkedBytes > this.limits.maxHeaderBytes) {
      throw tooLarge(`the header is longer than ${this.limits.maxHeaderBytes} bytes`, this.position)
    }
    if (this.walkedElements > this.limits.maxWalkedElements) {
      throw tooLarge(`the header has more than ${this.limits.maxWalkedElements} elements`, this.position)
    }
  }

  private remarkOdd(head: Head) {
    if (head.odd === 'unknown')
      return this.remark(() => `${printedTag(hexOfTag(head.tag))} has an unknown VR`)
    if (!this.saidAstray) this.remark('the data set says explicit VR, but elements without a VR stand in it')
    this.saidAstray = true
  }

  private remark(sentence: string | (() => string)) {
    if (this.remarks.length >= MAX_REMARKS) return
    this.remarks.push(`${typeof sentence === 'string' ? sentence : sentence()}, at byte ${this.position}`)
  }
}

function broken(sentence: string, at: number): Failure {
  return new Broken('damaged', at, `${sentence}, at byte ${at}`)
}

function cutOff(what: string, at: number): Failure {
  return new Broken('ends', at, `the data breaks off: ${what} at byte ${at}`)
}

function tooLarge(sentence: string, at: number): Failure {
  return new Broken('too-much', at, `${sentence}, at byte ${at}`)
}
