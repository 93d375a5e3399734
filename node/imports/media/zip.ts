import { stat } from 'node:fs/promises'
import { basename } from 'node:path'
import { type Readable, Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import yauzl, { type Entry, type ZipFile } from 'yauzl'
import { Failure, fail, reasonOf } from '../../errors.js'
import { MAX_PATH_CHARACTERS, type Medium, type MediumFile, type MediumLimits, unreadable } from './medium.js'

interface ZippedFile extends MediumFile {
  entry: Entry
}

/** Local header without name and extra field (APPNOTE 4.3.7). */
const LOCAL_HEADER_BYTES = 30
/** Small files may be blank from end to end without being a bomb. */
const RATIO_GRACE_BYTES = 16 * 1024 * 1024

/** A ZIP archive, ZIP64 included. Real bytes are counted, not declared ones, over the whole archive. */
export async function openZip(path: string, limits: MediumLimits): Promise<Medium> {
  const { size } = await stat(path)
  const zip = await opened(path)
  let entries: Entry[]
  try {
    entries = await entriesOf(zip, limits)
    refuseOverlaps(entries)
  } catch (thrown) {
    zip.close()
    throw thrown instanceof Failure
      ? thrown
      : new Failure('invalid', `The ZIP archive is broken: ${reasonOf(thrown)}`, [], thrown)
  }
  let inflated = 0
  const maxBytes = Math.min(limits.maxBytes, Math.max(RATIO_GRACE_BYTES, size * limits.maxRatio))

  return {
    kind: 'zip',
    label: basename(path),
    files: async function* () {
      for (const entry of entries) {
        const name = nameOf(entry)
        if (name.endsWith('/')) continue
        const file: ZippedFile = {
          path: name.slice(0, MAX_PATH_CHARACTERS),
          bytes: entry.uncompressedSize,
          entry,
        }
        const method = entry.compressionMethod
        if (entry.isEncrypted()) Object.assign(file, unreadable('it is encrypted', { code: 'encrypted' }))
        else if (method !== 0 && method !== 8)
          Object.assign(
            file,
            unreadable(`compression method ${method} is not known`, { code: 'compression', method }),
          )
        yield file
      }
    },
    read: async file => {
      const source = await streamOf(zip, (file as ZippedFile).entry)
      let own = 0
      const counted = new Transform({
        transform: (chunk: Buffer, _, done) => {
          own += chunk.length
          inflated += chunk.length
          if (own > limits.maxFileBytes)
            done(new Failure('too-large', `more than ${limits.maxFileBytes} bytes`))
          else if (inflated > maxBytes)
            done(new Failure('too-large', `the archive of ${size} bytes grows beyond ${maxBytes}`))
          else done(null, chunk)
        },
      })
      // Whoever reads the far end hears of it.
      pipeline(source, counted).catch(thrown => counted.destroy(thrown))
      return counted
    },
    close: async () => zip.close(),
  }
}

function opened(path: string): Promise<ZipFile> {
  return new Promise((resolve, reject) => {
    // Names are decoded here: one bad name must not hide the files after it.
    yauzl.open(
      path,
      { lazyEntries: true, autoClose: false, decodeStrings: false, validateEntrySizes: true },
      (thrown, zip) => {
        if (thrown)
          reject(new Failure('invalid', `The ZIP archive cannot be read: ${thrown.message}`, [], thrown))
        else resolve(zip)
      },
    )
  })
}

function entriesOf(zip: ZipFile, limits: MediumLimits): Promise<Entry[]> {
  if (zip.entryCount > limits.maxFiles)
    fail('too-large', `The archive names ${zip.entryCount} files; ${limits.maxFiles} are read.`)
  return new Promise((resolve, reject) => {
    const entries: Entry[] = []
    zip.on('error', reject)
    zip.on('end', () => resolve(entries))
    zip.on('entry', entry => {
      entries.push(entry)
      if (entries.length > limits.maxFiles)
        reject(new Failure('too-large', `The archive holds more than ${limits.maxFiles} files.`))
      else zip.readEntry()
    })
    zip.readEntry()
  })
}

/** One run of bytes under many names is how small archives grow without end. */
function refuseOverlaps(entries: readonly Entry[]): void {
  const runs = entries
    .map(({ relativeOffsetOfLocalHeader: start, compressedSize, fileNameLength }) => ({
      start,
      end: start + LOCAL_HEADER_BYTES + fileNameLength + compressedSize,
    }))
    .sort((a, b) => a.start - b.start)
  for (const [at, run] of runs.entries()) {
    const next = runs[at + 1]
    if (next !== undefined && next.start < run.end)
      fail(
        'invalid',
        'The archive’s files lie over each other: it is made to grow without end, and is not read.',
      )
  }
}

function nameOf(entry: Entry): string {
  const raw = entry.fileName as unknown as Buffer
  // Not validated: it is text here, and never a path.
  return yauzl.getFileNameLowLevel(entry.generalPurposeBitFlag, raw, entry.extraFields, false)
}

function streamOf(zip: ZipFile, entry: Entry): Promise<Readable> {
  return new Promise((resolve, reject) =>
    zip.openReadStream(entry, (thrown, stream) => {
      if (thrown) reject(new Failure('invalid', thrown.message, [], thrown))
      else resolve(stream)
    }),
  )
}
