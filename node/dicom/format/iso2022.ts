import type { DecodeOptions } from './charset.js'
import { type Decoded, decodeMultiByte, decodeSingleByte, isSingleByte } from './repertoires.js'

/** What an escape sequence puts into G0 (7-bit) or G1 (8-bit) (PS3.3 tables C.12-3 and C.12-4). */
type Designation = { into: 'g0' | 'g1'; number: string }

const designations: Readonly<Record<string, Designation>> = {
  '(B': { into: 'g0', number: '6' },
  '(J': { into: 'g0', number: '6' },
  $B: { into: 'g0', number: '87' },
  // The 1978 edition of JIS X 0208, from old Japanese consoles.
  '$@': { into: 'g0', number: '87' },
  '$(D': { into: 'g0', number: '159' },
  ')I': { into: 'g1', number: '13' },
  '$)C': { into: 'g1', number: '149' },
  '$)A': { into: 'g1', number: '58' },
  '-A': { into: 'g1', number: '100' },
  '-B': { into: 'g1', number: '101' },
  '-C': { into: 'g1', number: '109' },
  '-D': { into: 'g1', number: '110' },
  '-F': { into: 'g1', number: '126' },
  '-G': { into: 'g1', number: '127' },
  '-H': { into: 'g1', number: '138' },
  '-L': { into: 'g1', number: '144' },
  '-M': { into: 'g1', number: '148' },
  '-T': { into: 'g1', number: '166' },
  '-b': { into: 'g1', number: '203' },
}

const ESC = 0x1b

/**
 * Text with code extensions (ISO 2022, PS3.5 6.1.2.5). The state falls back to the first character set at each line
 * end, at each `\`, and in person names at `^` and `=`. Writers who forget the escape after such a delimiter are
 * read with the set they last chose, flagged.
 */
export function decodeWithExtensions(
  bytes: Buffer,
  numbers: readonly string[],
  options: DecodeOptions,
): Decoded {
  const initialG1 = initial(numbers[0] ?? '6')
  let g0 = '6'
  let g1 = initialG1
  let lastG1 = numbers[0] ?? '6'
  let text = ''
  let exact = true
  let position = 0

  const emit = (from: number, to: number) => {
    if (from === to) return
    const run = bytes.subarray(from, to)
    const beyondASCII = run.some(byte => byte >= 0x80)
    if (beyondASCII && g0 === '6' && g1 === '6') exact = false
    const decoded = g0 === '6' ? decodeG1(run, g1 === '6' ? lastG1 : g1) : decodeDoubleByteG0(run, g0)
    text += decoded.text
    exact &&= decoded.exact
  }

  let runStart = 0
  while (position < bytes.length) {
    const byte = bytes[position] as number
    if (byte === ESC) {
      emit(runStart, position)
      const found = escapeAt(bytes, position)
      if (found === undefined) {
        exact = false
        text += '\ufffd'
        position += 1
      } else {
        if (found.into === 'g0') g0 = found.number
        else {
          g1 = found.number
          lastG1 = g1
        }
        position += found.bytes
      }
      runStart = position
    } else if (resets(byte, g0, options)) {
      emit(runStart, position)
      text += String.fromCharCode(byte)
      g0 = '6'
      g1 = initialG1
      position += 1
      runStart = position
    } else {
      position += 1
    }
  }
  emit(runStart, position)
  return { text, exact }
}

/** Control characters always reset; printable delimiters only where they cannot be half of a two-byte character. */
function resets(byte: number, g0: string, options: DecodeOptions): boolean {
  if (byte === 0x0a || byte === 0x0c || byte === 0x0d || byte === 0x09) return true
  if (g0 !== '6') return false
  return byte === 0x5c || (options.personName === true && (byte === 0x5e || byte === 0x3d))
}

function escapeAt(bytes: Buffer, at: number): (Designation & { bytes: number }) | undefined {
  for (const length of [3, 2]) {
    const found = designations[bytes.toString('latin1', at + 1, at + 1 + length)]
    if (found !== undefined) return { ...found, bytes: length + 1 }
  }
  return undefined
}

/** Before any escape the first value's repertoire is in force; a multi-byte one still waits for its escape. */
function initial(number: string): string {
  return isSingleByte(number) ? number : '6'
}

function decodeG1(run: Buffer, g1: string): Decoded {
  if (g1 === '149') return decodeMultiByte(run, 'euc-kr')
  if (g1 === '58') return decodeMultiByte(run, 'gb2312')
  return decodeSingleByte(run, g1)
}

/** JIS X 0208 and 0212 in seven bits are EUC-JP with the high bits taken off. */
function decodeDoubleByteG0(run: Buffer, g0: string): Decoded {
  const bytes: number[] = []
  for (let index = 0; index < run.length; index += 2) {
    const high = run[index] as number
    const low = run[index + 1]
    // Padding spaces follow without an escape in many files.
    if (low === undefined || high === 0x20) {
      bytes.push(high)
      if (low !== undefined) index -= 1
      continue
    }
    if (g0 === '159') bytes.push(0x8f)
    bytes.push(high | 0x80, low | 0x80)
  }
  return decodeMultiByte(Buffer.from(bytes), 'euc-jp')
}
