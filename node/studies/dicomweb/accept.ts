import { Refusal } from '../../http/failures.js'

/** One range of an Accept header (RFC 9110 §12.5.1), in lower case but for the values of parameters. */
export interface MediaRange {
  type: string
  /** `type`, `transfer-syntax` and the like. */
  params: ReadonlyMap<string, string>
  q: number
}

const RANGES_MAX = 50

/**
 * What the asker takes, the best liked first. The query parameter goes before the header (PS3.18 8.3.3.1); neither:
 * anything.
 */
export function acceptedRanges(header: string | undefined, parameter: string | undefined): MediaRange[] {
  const said = [parameter, header].find(each => each !== undefined && each.trim() !== '') ?? '*/*'
  return outsideQuotes(said, ',')
    .slice(0, RANGES_MAX)
    .map(rangeOf)
    .filter(range => range !== undefined)
    .filter(({ q }) => q > 0)
    .sort((a, b) => b.q - a.q)
}

function rangeOf(text: string): MediaRange | undefined {
  const [type = '', ...rest] = outsideQuotes(text, ';').map(part => part.trim())
  if (!/^[\w!#$&^.+*-]+\/[\w!#$&^.+*-]+$/.test(type)) return undefined
  const params = new Map<string, string>()
  for (const part of rest) {
    const at = part.indexOf('=')
    if (at > 0) params.set(part.slice(0, at).trim().toLowerCase(), unquoted(part.slice(at + 1).trim()))
  }
  const q = Number(params.get('q') ?? 1)
  return { type: type.toLowerCase(), params, q: Number.isFinite(q) ? Math.min(1, Math.max(0, q)) : 1 }
}

function outsideQuotes(text: string, separator: ',' | ';'): string[] {
  const parts: string[] = []
  let part = ''
  let quoted = false
  for (let at = 0; at < text.length; at++) {
    const character = text.charAt(at)
    if (character === '\\' && quoted) {
      part += character + text.charAt(++at)
      continue
    }
    if (character === '"') quoted = !quoted
    if (character === separator && !quoted) {
      parts.push(part)
      part = ''
    } else part += character
  }
  return [...parts, part]
}

function unquoted(text: string): string {
  return /^".*"$/s.test(text) ? text.slice(1, -1).replace(/\\(.)/gs, '$1') : text
}

/** Whether a range takes a media type: itself, its family, or anything. */
export function takes(range: string, type: string): boolean {
  return range === '*/*' || range === type || range === `${type.split('/')[0]}/*`
}

/** The kind of body a range asks for: several parts, or one body alone; `type` is that of a part. */
export function wanted(range: MediaRange): {
  parts: boolean
  type: string
  transferSyntax: string | undefined
} {
  const parts = range.type === 'multipart/related' || range.type === 'multipart/*'
  return {
    parts,
    type: parts ? (range.params.get('type') ?? '*/*').toLowerCase() : range.type,
    transferSyntax: range.params.get('transfer-syntax'),
  }
}

/** None of what is asked for can be given; the sentence says what could. */
export function notAcceptable(detail: string): never {
  throw new Refusal(406, 'unsupported', detail)
}

const DICOM_JSON = 'application/dicom+json'

/** The media type of a DICOM JSON answer: its own name, or the plain one where only that is taken. */
export function jsonType(ranges: readonly MediaRange[]): string {
  for (const { type } of ranges) {
    if (takes(type, DICOM_JSON)) return DICOM_JSON
    if (type === 'application/json') return type
  }
  return notAcceptable('This is answered as application/dicom+json.')
}

/** Other names the same frames go by (PS3.18 Table 8.7.3-2, and names in use before their registration). */
const ALIASES: Readonly<Record<string, string>> = {
  'image/x-jls': 'image/jls',
  'image/x-jp2': 'image/jp2',
  'image/j2c': 'image/jp2',
  'image/x-dicom-rle': 'image/dicom-rle',
}

export interface StoredForm {
  mediaType: string
  transferSyntaxUID: string
}

/**
 * Whether the frames go out in parts or one alone, in the form they are stored in: nothing is decoded on the way.
 * `transfer-syntax=*` takes whatever it is, under whatever type was named with it.
 */
export function frameAnswer(
  ranges: readonly MediaRange[],
  stored: StoredForm,
  count: number,
): 'parts' | 'single' {
  for (const range of ranges) {
    const { parts, type, transferSyntax } = wanted(range)
    const named = ALIASES[type] ?? type
    const fits =
      transferSyntax === '*' ||
      (takes(named, stored.mediaType) &&
        (transferSyntax === undefined || transferSyntax === stored.transferSyntaxUID))
    if (!fits) continue
    if (parts || range.type === '*/*') return 'parts'
    if (count === 1) return 'single'
  }
  return notAcceptable(
    `These frames are stored as ${stored.mediaType}; transfer-syntax=${stored.transferSyntaxUID} and are given so: ask for that, or for transfer-syntax=*.`,
  )
}

/** The answer to a retrieval of instances: in parts, or one file alone, and the transfer syntaxes taken for each. */
export interface InstanceAnswer {
  parts: boolean
  /** `*`: as it is stored. Undefined: none was named, so Explicit VR Little Endian (PS3.18 8.7.3.5.2). */
  transferSyntax: string | undefined
}

const DICOM = 'application/dicom'

/** What is asked for, the best liked first; a file alone can only be given of one instance. */
export function instanceAnswers(ranges: readonly MediaRange[], several: boolean): InstanceAnswer[] {
  const answers = ranges.flatMap(range => {
    const { parts, type, transferSyntax } = wanted(range)
    if (!takes(type, DICOM)) return []
    const inParts = parts || range.type === '*/*'
    return inParts || !several ? [{ parts: inParts, transferSyntax }] : []
  })
  return answers.length > 0
    ? answers
    : notAcceptable(
        'Instances are given as multipart/related; type="application/dicom", one alone as application/dicom.',
      )
}

export type PictureType = 'image/jpeg' | 'image/png'
const PICTURES: readonly PictureType[] = ['image/jpeg', 'image/png']

/** The type of a rendered picture; JPEG where anything is taken. */
export function pictureType(ranges: readonly MediaRange[]): PictureType {
  for (const range of ranges) {
    const { type } = wanted(range)
    const found = PICTURES.find(each => takes(type, each))
    if (found !== undefined) return found
  }
  return notAcceptable('Pictures are given as image/jpeg or image/png.')
}
