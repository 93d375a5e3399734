import { createHash } from 'node:crypto'
import { open, stat } from 'node:fs/promises'
import type { Readable } from 'node:stream'
import { type Header, readHeader } from '../dicom/format/header.js'
import { FILE_HEADER_MAX_BYTES, readFileHeader } from '../dicom/format/part10.js'
import { type Picture, pictureOf, representativeFrame } from '../dicom/rendering/picture.js'
import { Failure, fail, reasonOf } from '../errors.js'
import { inOrder } from './inventory.js'
import type { Medium, MediumFile } from './media/medium.js'
import { openMedium } from './media/open.js'
import type { FromReading, Look } from './reading-wire.js'

/**
 * Brings single files out of a medium, in the child, and says how they are drawn. The medium is walked as far as it was
 * asked for: while an upload is on its way, what the inventory has numbered is there.
 */
export function openLooking({ path, growing }: { path: string; growing: boolean }) {
  const files: MediumFile[] = []
  let medium: Promise<Medium> | undefined
  let walk: AsyncIterator<MediumFile> | undefined
  let brought: { file: string; head: Buffer; header?: Header } | undefined
  const there = async () => ({ bytes: (await stat(path)).size, complete: false })

  const bytesOf = async (number: number): Promise<Readable> => {
    medium ??= openMedium(path, growing ? { growing: there } : {})
    const opened = await medium
    walk ??= inOrder(opened)[Symbol.asyncIterator]()
    while (files.length < number) {
      const step = await walk.next()
      if (step.done === true) return fail('missing', 'there is no such file on the disc')
      files.push(step.value)
    }
    return opened.read(files[number - 1] ?? fail('missing', 'there is no such file on the disc'))
  }

  const bring = async ({ number, sha256, file, bytesMax }: Look): Promise<Buffer> => {
    const stream = await bytesOf(number)
    const handle = await open(file, 'wx', 0o600)
    const hash = createHash('sha256')
    let bytes = 0
    const head: Buffer[] = []
    try {
      for await (const chunk of stream as AsyncIterable<Buffer>) {
        if (bytes + chunk.length > bytesMax)
          fail('too-large', {
            fr: `Un fichier de plus de ${bytesMax} octets ne se montre pas avant l’import.`,
            en: `A file of more than ${bytesMax} bytes is not shown before it is imported.`,
          })
        if (bytes < FILE_HEADER_MAX_BYTES) head.push(chunk)
        bytes += chunk.length
        hash.update(chunk)
        await handle.writeFile(chunk)
      }
    } finally {
      await handle.close()
    }
    if (hash.digest('hex') !== sha256)
      fail('conflict', {
        fr: 'Le fichier a changé depuis sa lecture.',
        en: 'The file changed since it was read.',
      })
    return Buffer.concat(head).subarray(0, FILE_HEADER_MAX_BYTES)
  }

  const look = async (asked: Look): Promise<Picture | undefined> => {
    const { file, picture } = asked
    if (brought?.file !== file) {
      brought = undefined
      brought = { file, head: await bring(asked) }
    }
    if (picture === undefined) return undefined
    brought.header ??= await readHeader(file, readFileHeader(brought.head))
    const { header } = brought
    return pictureOf(file, header, asked.frame ?? representativeFrame(header), picture)
  }

  return async (asked: Look): Promise<FromReading> => {
    const { id } = asked
    try {
      const picture = await look(asked)
      return { type: 'looked', id, ...(picture === undefined ? {} : { picture }) }
    } catch (thrown) {
      const code = thrown instanceof Failure ? thrown.code : 'unsupported'
      return { type: 'unseen', id, code, reason: reasonOf(thrown) }
    }
  }
}
