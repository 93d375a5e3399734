import { mkdir, readdir, rm, rmdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Kysely } from 'kysely'
import type { Clock } from '../clock.js'
import type { Database, Tx } from '../database.js'
import { prepare } from '../database-prepared.js'
import { relativePath } from './name.js'
import type { ObjectTables } from './schema.js'
import { type ObjectWriter, openObjectWriter, type WrittenObject } from './writer.js'

export type StoredObject = ObjectTables['objects']

export interface NewObject {
  name: string
  bucket: string
  bytes: number
  datasetOffset: number
  sha256: string
  transferSyntaxUID: string | null
  mediaType: string
}

export interface Objects {
  readonly folder: string
  /** Absolute path of a stored object. */
  path(place: { bucket: string; name: string }): string
  /** Makes bytes durable as a file of ours (papers, PDFs); the caller's row follows, see {@link record}. */
  write(bytes: Buffer, head?: Buffer, nameOf?: (sha256: string) => string): Promise<WrittenObject>
  /** Removes a written object whose content was already stored under another place. */
  discard(place: { bucket: string; name: string }): Promise<void>
  /** The row of a written object; false when the same content is already stored (the new file is then superfluous). */
  record(tx: Tx, object: NewObject): Promise<boolean>
  find(name: string): Promise<StoredObject | undefined>
  /** Removes what a crash left in a run's buckets: files that no row names. Gives how many. */
  sweep(exceptRuns: readonly string[]): Promise<number>
  /** The same for one run that is over, while others go on. */
  sweepRun(run: string): Promise<number>
}

/** The node's side of the store: rows and papers. Images are written by the receiver into buckets of its own. */
export async function openObjects(options: {
  db: Database
  clock: Clock
  folder: string
  run: string
  bucketFiles: number
  freeBytesMin: number
}): Promise<Objects> {
  const { db, clock, folder } = options
  await mkdir(folder, { recursive: true, mode: 0o700 })
  // Opened at the first paper: most runs of the command line write none.
  let writer: Promise<ObjectWriter> | undefined

  const sweep = async (over: (bucket: string) => boolean) => {
    let removed = 0
    for (const bucket of await readdir(folder))
      if (over(bucket)) removed += await sweepBucket(db, folder, bucket)
    return removed
  }

  return {
    folder,
    path: place => join(folder, relativePath(place)),
    write: async (bytes, head, nameOf = sha256 => sha256) => {
      writer ??= openObjectWriter(options)
      const sink = (await writer).begin(head)
      sink.write(bytes)
      return sink.finish(nameOf)
    },
    discard: async place => {
      // Only when no row names exactly this file: the same content may have come to lie here by a repetition.
      const row = await db
        .sql<ObjectTables>()
        .selectFrom('objects')
        .select('bucket')
        .where('name', '=', place.name)
        .executeTakeFirst()
      if (row?.bucket !== place.bucket) await rm(join(folder, relativePath(place)), { force: true })
    },
    record: async (tx, object) => {
      const [row] = await insertObject(tx.sql<ObjectTables>(), {
        name: object.name,
        bucket: object.bucket,
        bytes: object.bytes,
        dataset_offset: object.datasetOffset,
        sha256: object.sha256,
        transfer_syntax: object.transferSyntaxUID,
        media_type: object.mediaType,
        created_at: clock.now(),
      })
      return row !== undefined
    },
    find: name =>
      db.sql<ObjectTables>().selectFrom('objects').selectAll().where('name', '=', name).executeTakeFirst(),
    sweep: exceptRuns => sweep(bucket => !exceptRuns.some(run => isOf(bucket, run))),
    sweepRun: run => sweep(bucket => isOf(bucket, run)),
  }
}

const insertObject = prepare(
  {
    name: '',
    bucket: '',
    bytes: 0,
    dataset_offset: 0,
    sha256: '',
    transfer_syntax: null as string | null,
    media_type: '',
    created_at: 0,
  },
  (sql: Kysely<ObjectTables>, object) =>
    sql
      .insertInto('objects')
      .values(object)
      .onConflict(conflict => conflict.column('name').doNothing())
      .returning('name'),
)

const isOf = (bucket: string, run: string) => bucket.startsWith(`${run}-`)

const SWEPT = '.swept'

async function sweepBucket(db: Database, folder: string, bucket: string): Promise<number> {
  const files = await readdir(join(folder, bucket))
  // Nothing is added to a bucket after its run: once swept, it stays clean and is not read again.
  if (files.includes(SWEPT)) return 0
  const rows = await db
    .sql<ObjectTables>()
    .selectFrom('objects')
    .select('name')
    .where('bucket', '=', bucket)
    .execute()
  const named = new Set(rows.map(row => row.name))
  let removed = 0
  for (const file of files) {
    if (named.has(file)) continue
    await rm(join(folder, bucket, file))
    removed++
  }
  if (named.size === 0) await rmdir(join(folder, bucket))
  else await writeFile(join(folder, bucket, SWEPT), '')
  return removed
}
