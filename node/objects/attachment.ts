import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import type { Language } from '../accounts/view.js'
import type { Tx } from '../database.js'
import { fail } from '../errors.js'
import { attachmentFault, attachmentWord } from './attachment-words.js'
import { contentKind } from './content.js'
import type { Objects } from './objects.js'
import { paperOf } from './paper.js'
import type { AttachmentKind } from './view.js'
import type { WrittenObject } from './writer.js'

/** Why a file is not taken; words for a person are in `attachment-words.ts`. */
export type AttachmentFault = 'empty' | 'kind' | 'broken' | 'danger'

/** What a file is by its bytes: its name is not asked. A PDF that does more than being read is no attachment. */
export function attachmentOf(bytes: Buffer): { kind: AttachmentKind } | { fault: AttachmentFault } {
  if (bytes.length === 0) return { fault: 'empty' }
  const kind = contentKind(bytes)
  if (kind === 'text') return isPlainText(bytes) ? { kind } : { fault: 'kind' }
  if (kind === 'png') return isWholePng(bytes) ? { kind } : { fault: 'broken' }
  if (kind !== 'pdf' && kind !== 'jpeg') return { fault: 'kind' }
  const { fault, dangers } = paperOf(kind, bytes)
  if (dangers.length > 0) return { fault: 'danger' }
  // What DICOM could not hold (progressive, small, other colours) a screen shows all the same.
  return fault === 'broken' || fault === 'too-large' ? { fault: 'broken' } : { kind }
}

/** UTF-8 throughout, with no control characters but those of layout. */
function isPlainText(bytes: Buffer): boolean {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
    return !/[\u0000-\u0008\u000e-\u001f\u007f-\u009f]/.test(text)
  } catch (thrown) {
    if (thrown instanceof TypeError) return false
    throw thrown
  }
}

/** From its header (ISO/IEC 15948 §5.2, §11.2.2) to its end, chunk by chunk, with nothing behind. */
function isWholePng(bytes: Buffer): boolean {
  let at = 8
  for (let first = true; at + 12 <= bytes.length; first = false) {
    const length = bytes.readUInt32BE(at)
    const type = bytes.toString('latin1', at + 4, at + 8)
    if (first && (type !== 'IHDR' || length !== 13)) return false
    at += 12 + length
    if (type === 'IEND') return at === bytes.length
  }
  return false
}

/** The name it is shown and saved under: one line, no folders, nothing invisible or turned around. */
export function attachmentName(name: string, kind: AttachmentKind): string {
  const plain = (name.split(/[/\\]/).at(-1) ?? '')
    .normalize('NFC')
    .replace(/[\p{C}<>:"|?*]+/gu, '')
    .replace(/\.[A-Za-z0-9]{1,5}$/, '')
    .replace(/\s+/g, ' ')
    .replace(/^[. ]+|[. ]+$/g, '')
    .slice(0, 80)
  return `${plain === '' ? 'document' : plain}.${EXTENSION[kind]}`
}

export const EXTENSION: Readonly<Record<AttachmentKind, string>> = {
  pdf: 'pdf',
  jpeg: 'jpg',
  png: 'png',
  text: 'txt',
}

export const MEDIA_TYPE: Readonly<Record<AttachmentKind, string>> = {
  pdf: 'application/pdf',
  jpeg: 'image/jpeg',
  png: 'image/png',
  text: 'text/plain; charset=utf-8',
}

/** A file as somebody sends it: base 64. */
export interface SentFile {
  name: string
  content: string
}

export interface AttachedFile {
  name: string
  kind: AttachmentKind
  bytes: Buffer
  sha256: string
}

export interface AttachmentLimits {
  attachmentsMax: number
  attachmentsMbMax: number
}

const MB = 1024 * 1024

/** The files of one sending as they will be stored; throws for the first that may not be. */
export function attachedFiles(
  sent: readonly SentFile[],
  limits: AttachmentLimits,
  language: Language,
): AttachedFile[] {
  if (sent.length > limits.attachmentsMax)
    fail('invalid', attachmentWord('many', language, limits.attachmentsMax))
  const files = sent.map(({ name, content }) => {
    const bytes = Buffer.from(content, 'base64')
    const found = attachmentOf(bytes)
    if ('fault' in found)
      fail('invalid', attachmentFault(found.fault, attachmentName(name, 'pdf').slice(0, -4), language))
    return { name: attachmentName(name, found.kind), kind: found.kind, bytes }
  })
  if (files.reduce((sum, { bytes }) => sum + bytes.length, 0) > limits.attachmentsMbMax * MB)
    fail('too-large', attachmentWord('large', language, limits.attachmentsMbMax))
  return files.map(file => ({ ...file, sha256: sha256(file.bytes) }))
}

export type FileStore = Pick<Objects, 'write' | 'record' | 'discard' | 'find' | 'path'>

/**
 * File, then row, then yes: what is written before `run` is taken away again where `run` throws, where it did not keep
 * it, or where the same content is stored already. `keep` records the objects in the transaction and gives their names.
 */
export async function withStored<T>(
  objects: FileStore,
  files: readonly AttachedFile[],
  run: (keep: (tx: Tx) => Promise<string[]>) => Promise<T>,
): Promise<T> {
  const written: WrittenObject[] = []
  const kept = new Set<WrittenObject>()
  let isDone = false
  try {
    for (const { bytes } of files) written.push(await objects.write(bytes))
    const result = await run(async tx => {
      kept.clear()
      for (const [index, { kind }] of files.entries()) {
        const object = written[index] as WrittenObject
        const { name, bucket, bytes, sha256 } = object
        const row = { name, bucket, bytes, sha256, datasetOffset: 0, transferSyntaxUID: null }
        if (await objects.record(tx, { ...row, mediaType: MEDIA_TYPE[kind] })) kept.add(object)
      }
      return written.map(({ name }) => name)
    })
    isDone = true
    return result
  } finally {
    for (const object of written) if (!isDone || !kept.has(object)) await objects.discard(object)
  }
}

/** The bytes of a stored attachment, proved against the digest that was journaled. Throws `unavailable`. */
export async function attachedBytes(
  objects: FileStore,
  { object, sha256: digest }: { object: string; sha256: string },
): Promise<Buffer> {
  const stored = await objects.find(object)
  if (stored === undefined)
    fail('unavailable', {
      fr: 'Cette pièce jointe n’est pas conservée ici.',
      en: 'This attachment is not stored.',
    })
  const bytes = await readFile(objects.path(stored))
  if (sha256(bytes) !== digest)
    fail('unavailable', {
      fr: 'Cette pièce jointe n’est plus celle qui a été envoyée.',
      en: 'This attachment is not what was sent any more.',
    })
  return bytes
}

const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex')
