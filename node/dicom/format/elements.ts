import { Failure } from '../../errors.js'
import { hexOfTag, printedTag, vrOfTagNumber } from './dictionary.js'

/** One data element as it stands in the file (PS3.5 7.1), with its byte offsets. */
export interface Element {
  /** `GGGGEEEE`, capital hexadecimal digits. */
  tag: string
  vr: string
  /** Byte offset of the tag. */
  start: number
  /** Byte offset of the value. */
  offset: number
  /** Bytes of the value; where the length was undefined, up to and including the delimiter. */
  length: number
  /** The value; undefined for sequences, and for values too long to keep. */
  bytes?: Buffer
  /** The items of a sequence. */
  items?: Item[]
}

/** A data set: the root, or one item of a sequence. Offsets are those of its first element's tag and its length. */
export interface Item {
  elements: Map<string, Element>
  littleEndian: boolean
  offset: number
  length: number
}

/** Where the pixels begin; reading stopped there. */
export interface PixelElement {
  tag: string
  vr: string
  start: number
  offset: number
  /** Bytes; undefined for encapsulated pixel data (PS3.5 A.4). */
  length: number | undefined
}

export interface ElementLimits {
  /** Sequences inside sequences. */
  maxDepth: number
  /** Elements of the root, and elements kept inside sequences: what lies beyond in sequences is walked, not kept. */
  maxElements: number
  /** Bytes walked through before the pixels; values too long to keep are stepped over and do not count. */
  maxHeaderBytes: number
  /** Longer values are not kept: only their offset and length are. */
  maxValueBytes: number
}

/** The bytes at hand: moved along by whoever drives {@link walkElements}. `end` is where the data ends, once known. */
export interface Window {
  bytes: Buffer
  base: number
  end: number | undefined
}

/** Bytes the walk cannot go on without. */
export interface Need {
  offset: number
  length: number
}

export interface Walked {
  root: Item
  pixels: PixelElement | undefined
  remarks: string[]
}

interface Syntax {
  explicitVR: boolean
  littleEndian: boolean
}

type Frame = Syntax & {
  /** First byte after this frame; its parent's where the length is undefined. */
  end: number
  open: boolean
  keep: boolean
  offset: number
} & (
    | { kind: 'dataset'; item: Item }
    | { kind: 'sequence'; element: Element; items: Item[] }
    | { kind: 'fragments'; element: Element }
  )

interface Head {
  tag: number
  vr: string
  headBytes: number
  length: number
}

const UNDEFINED = 0xffffffff
const ITEM = 0xfffee000
const ITEM_END = 0xfffee00d
const SEQUENCE_END = 0xfffee0dd
const MAX_REMARKS = 50

const longVRs = new Set(['OB', 'OD', 'OF', 'OL', 'OV', 'OW', 'SQ', 'SV', 'UC', 'UN', 'UR', 'UT', 'UV'])
const shortVRs = new Set('AE AS AT CS DA DS DT FL FD IS LO LT PN SH SL SS ST TM UI UL US'.split(' '))
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
  const remarks: string[] = []
  const root: Item = { elements: new Map(), littleEndian: syntax.littleEndian, offset: from, length: 0 }
  const stack: Frame[] = [
    {
      kind: 'dataset',
      ...syntax,
      item: root,
      end: Number.POSITIVE_INFINITY,
      open: false,
      keep: true,
      offset: from,
    },
  ]
  let position = from
  let walkedBytes = 0
  let kept = 0
  let depth = 0
  let astray = false

  const holds = (count: number) =>
    position >= window.base && position + count <= window.base + window.bytes.length
  const remark = (sentence: string) => {
    if (remarks.length < MAX_REMARKS) remarks.push(`${sentence}, at byte ${position}`)
  }
  const spend = (count: number) => {
    walkedBytes += count
    if (walkedBytes > limits.maxHeaderBytes) {
      throw tooLarge(`the header is longer than ${limits.maxHeaderBytes} bytes`, position)
    }
  }

  if (!syntax.explicitVR) {
    yield { offset: position, length: 12 }
    if (beginsExplicit()) {
      remark('the data set says implicit VR, but is written in explicit VR')
      ;(stack[0] as Frame).explicitVR = true
    }
  }

  for (;;) {
    const frame = stack[stack.length - 1] as Frame
    if (position >= frame.end) {
      if (frame.open) remark('the delimiter of a value of undefined length is missing')
      close(frame)
      continue
    }
    if (frame.kind !== 'dataset') {
      yield* stepInto(frame)
      continue
    }
    if (!holds(12)) yield { offset: position, length: 12 }
    if (frame.item === root && atEnd()) break
    if (!holds(8)) throw cutOff('an element begins', position)
    const head = readHead(frame)
    if (head.tag === ITEM_END || head.tag === SEQUENCE_END || head.tag === ITEM) {
      if (head.tag !== ITEM_END || !frame.open) {
        throw broken(`${printedTag(hexOfTag(head.tag))} stands where an element should`, position)
      }
      position += 8
      close(frame)
      continue
    }
    if (!holds(head.headBytes)) throw cutOff(`the head of ${printedTag(hexOfTag(head.tag))} begins`, position)
    if (frame.item === root && pixelTags.has(head.tag)) return finish(head)
    yield* takeElement(frame, head)
  }
  return finish(undefined)

  /** Read as implicit VR, two such letters would make the first element tens of thousands of bytes long: no first element is. */
  function beginsExplicit(): boolean {
    if (!holds(8)) return false
    const vr = window.bytes.toString('latin1', position - window.base + 4, position - window.base + 6)
    return shortVRs.has(vr) || longVRs.has(vr)
  }

  /** The end of the data, or a tail too short for an element: some writers pad a file with a few zero bytes. */
  function atEnd(): boolean {
    if (window.end === undefined || holds(8)) return false
    if (position > window.end) throw cutOff('the last value ends beyond the data; it begins', position)
    if (position < window.end) remark(`${window.end - position} bytes are left over after the last element`)
    return true
  }

  function finish(head: Head | undefined): Walked {
    root.length = position - from
    if (head === undefined) return { root, pixels: undefined, remarks }
    const offset = position + head.headBytes
    const length = head.length === UNDEFINED ? undefined : head.length
    if (length !== undefined && window.end !== undefined && offset + length > window.end) {
      remark(`the pixel data says ${length} bytes, ${window.end - offset} are there`)
    }
    return {
      root,
      pixels: { tag: hexOfTag(head.tag), vr: head.vr, start: position, offset, length },
      remarks,
    }
  }

  function readHead(frame: Frame): Head {
    const at = position - window.base
    const { bytes } = window
    const u16 = (offset: number) =>
      frame.littleEndian ? bytes.readUInt16LE(at + offset) : bytes.readUInt16BE(at + offset)
    const u32 = (offset: number) =>
      frame.littleEndian ? bytes.readUInt32LE(at + offset) : bytes.readUInt32BE(at + offset)
    const tag = u16(0) * 0x10000 + u16(2)
    if (tag >>> 16 === 0xfffe) return { tag, vr: '', headBytes: 8, length: u32(4) }
    if (!frame.explicitVR)
      return { tag, vr: resolved(vrOfTagNumber(tag), frame), headBytes: 8, length: u32(4) }
    const vr = bytes.toString('latin1', at + 4, at + 6)
    if (shortVRs.has(vr)) return { tag, vr, headBytes: 8, length: u16(6) }
    const long = () => (holds(12) ? u32(8) : 0)
    if (longVRs.has(vr)) return { tag, vr, headBytes: 12, length: long() }
    return oddHead(frame, tag, vr, { u16: u16(6), u32: u32(4), long: long() })
  }

  /** A VR that is none: of a later edition (PS3.5 6.2 keeps the long form for those), or an implicit element astray. */
  function oddHead(
    frame: Frame,
    tag: number,
    vr: string,
    lengths: { u16: number; u32: number; long: number },
  ): Head {
    const end = Math.min(frame.end, window.end ?? Number.POSITIVE_INFINITY)
    const fits = (length: number, headBytes: number) => position + headBytes + length <= end
    const letters = /^[A-Z]{2}$/.test(vr)
    if (letters) remark(`${printedTag(hexOfTag(tag))} has the unknown VR ${vr}`)
    else if (!astray) remark('the data set says explicit VR, but elements without a VR stand in it')
    astray ||= !letters
    const known = resolved(vrOfTagNumber(tag), frame)
    if (letters && fits(lengths.long, 12)) return { tag, vr: 'UN', headBytes: 12, length: lengths.long }
    if (!letters && (lengths.u32 === UNDEFINED || fits(lengths.u32, 8))) {
      return { tag, vr: known, headBytes: 8, length: lengths.u32 }
    }
    return { tag, vr: known, headBytes: 8, length: lengths.u16 }
  }

  function resolved(vr: string, frame: Frame): string {
    if (vr !== 'US|SS') return vr
    const here = frame.kind === 'dataset' ? frame.item.elements.get('00280103') : undefined
    const signed = (here ?? root.elements.get('00280103'))?.bytes
    return signed !== undefined && signed.length >= 2 && (signed[0] === 1 || signed[1] === 1) ? 'SS' : 'US'
  }

  function* takeElement(frame: Frame & { kind: 'dataset' }, head: Head): Generator<Need, void, void> {
    const start = position
    const offset = position + head.headBytes
    const element: Element = { tag: hexOfTag(head.tag), vr: head.vr, start, offset, length: head.length }
    const keep = mayKeep(frame, element)
    if (head.length === UNDEFINED) {
      spend(head.headBytes)
      position = offset
      element.length = 0
      if (keep) frame.item.elements.set(element.tag, element)
      const fragments = head.tag === 0x7fe00010 || (frame.explicitVR && ['OB', 'OW'].includes(head.vr))
      if (fragments)
        push({ ...syntaxOf(frame), kind: 'fragments', element, end: frame.end, open: true, keep, offset })
      else openSequence(frame, element, frame.end, true, keep)
      return
    }
    const end = offset + head.length
    if (end > frame.end || (window.end !== undefined && end > window.end)) {
      const rest = Math.min(frame.end, window.end ?? frame.end) - offset
      throw broken(
        `${printedTag(element.tag)} says ${head.length} bytes, ${Math.max(0, rest)} are there`,
        start,
      )
    }
    position = offset
    const sequence = head.vr === 'SQ' || (yield* sequenceInUN(frame, head))
    if (sequence && keep) {
      spend(head.headBytes)
      frame.item.elements.set(element.tag, element)
      openSequence(frame, element, end, false, keep)
      return
    }
    const small = head.length <= limits.maxValueBytes
    spend(head.headBytes + (small ? head.length : 0))
    if (keep && small) {
      if (!holds(head.length)) yield { offset: position, length: head.length }
      if (!holds(head.length)) throw cutOff(`the value of ${printedTag(element.tag)} begins`, position)
      element.bytes = Buffer.from(window.bytes.subarray(position - window.base, end - window.base))
    }
    if (keep) {
      if (head.vr === 'UN') element.vr = resolved(vrOfTagNumber(head.tag), frame)
      frame.item.elements.set(element.tag, element)
    }
    position = end
  }

  function mayKeep(frame: Frame & { kind: 'dataset' }, element: Element): boolean {
    if (!frame.keep) return false
    if (frame.item.elements.has(element.tag)) {
      remark(`${printedTag(element.tag)} stands twice; the first counts`)
      return false
    }
    if (frame.item === root) {
      if (root.elements.size >= limits.maxElements) {
        throw tooLarge(`the data set has more than ${limits.maxElements} elements`, position)
      }
      return true
    }
    kept += 1
    if (kept === limits.maxElements + 1)
      remark(`elements in sequences beyond the ${limits.maxElements}th are not kept`)
    return kept <= limits.maxElements
  }

  /** A sequence an older gateway wrote as UN is in implicit VR little endian (PS3.5 6.2.2). */
  function* sequenceInUN(frame: Frame, head: Head): Generator<Need, boolean, void> {
    if (!frame.explicitVR || head.vr !== 'UN' || head.length < 8 || vrOfTagNumber(head.tag) !== 'SQ')
      return false
    if (!holds(4)) yield { offset: position, length: 4 }
    return holds(4) && window.bytes.readUInt32LE(position - window.base) === 0xe000fffe
  }

  function openSequence(frame: Frame, element: Element, end: number, open: boolean, keep: boolean) {
    depth += 1
    if (depth > limits.maxDepth)
      throw tooLarge(`sequences are nested deeper than ${limits.maxDepth}`, position)
    const implicit = frame.explicitVR && element.vr === 'UN'
    const inner = implicit ? { explicitVR: false, littleEndian: true } : syntaxOf(frame)
    if (element.vr !== 'SQ' && element.vr !== 'UN') remark(`${printedTag(element.tag)} is read as a sequence`)
    element.vr = 'SQ'
    const items: Item[] = []
    if (keep) element.items = items
    push({ ...inner, kind: 'sequence', element, items, end, open, keep, offset: position })
  }

  /** Between the items of a sequence, or the fragments of encapsulated data inside one (an icon's pixels). */
  function* stepInto(frame: Frame & { kind: 'sequence' | 'fragments' }): Generator<Need, void, void> {
    if (!holds(8)) yield { offset: position, length: 8 }
    if (!holds(8)) throw cutOff('an item begins', position)
    const { tag, length } = readHead(frame)
    spend(8)
    if (tag === SEQUENCE_END && frame.open) {
      position += 8
      close(frame)
      return
    }
    if (tag !== ITEM) throw broken(`an item should stand here, not ${printedTag(hexOfTag(tag))}`, position)
    const undefinedLength = length === UNDEFINED
    if (undefinedLength && frame.kind === 'fragments') throw broken('a fragment has no length', position)
    const end = undefinedLength ? frame.end : position + 8 + length
    if (end > frame.end || (!undefinedLength && window.end !== undefined && end > window.end)) {
      throw broken(`an item says ${length} bytes, more than are there`, position)
    }
    position += 8
    if (frame.kind === 'fragments') {
      position = end
      return
    }
    const item: Item = { elements: new Map(), littleEndian: frame.littleEndian, offset: position, length: 0 }
    const keep = frame.keep && kept < limits.maxElements
    if (keep) frame.items.push(item)
    push({ ...syntaxOf(frame), kind: 'dataset', item, end, open: undefinedLength, keep, offset: position })
  }

  function push(frame: Frame) {
    stack.push(frame)
  }

  function close(frame: Frame) {
    stack.pop()
    if (frame.kind === 'sequence') depth -= 1
    if (frame.kind === 'dataset') frame.item.length = position - frame.offset
    else frame.element.length = position - frame.offset
  }
}

function syntaxOf({ explicitVR, littleEndian }: Syntax): Syntax {
  return { explicitVR, littleEndian }
}

function broken(sentence: string, at: number): Failure {
  return new Failure('invalid', `${sentence}, at byte ${at}`)
}

function cutOff(what: string, at: number): Failure {
  return new Failure('invalid', `the data breaks off: ${what} at byte ${at}`)
}

function tooLarge(sentence: string, at: number): Failure {
  return new Failure('too-large', `${sentence}, at byte ${at}`)
}
