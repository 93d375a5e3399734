import { createHash } from 'node:crypto'
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs'
import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { fileHeader } from '../dicom/format/part10.js'
import { reasonOf } from '../errors.js'
import type { Fault } from '../journal/verify.js'
import { relativePath } from '../objects/name.js'

export interface ObjectsProgress {
  files: number
  of: number
  bytes: number
}

export interface ObjectsCheck {
  files: number
  bytes: number
  /** One a study or report whose files are not what its rows say; at most {@link FAULTS_MAX}. */
  faults: Fault[]
  faultCount: number
}

/** A stored file with whom it belongs to. */
interface Row {
  name: string
  bucket: string
  bytes: number
  dataset_offset: number
  sha256: string
  transfer_syntax: string | null
  owner: string
  sop: string | null
  sop_class: string | null
}

const TROUBLES = ['missing', 'truncated', 'altered', 'unreadable'] as const
type Trouble = (typeof TROUBLES)[number]

interface Damage {
  counts: Map<Trouble, number>
  first: string
}

const FAULTS_MAX = 100
const CHUNK_BYTES = 1024 * 1024
const PROGRESS_BYTES = 64 * 1024 * 1024

const STORED = `
  SELECT o.*, 'study ' || s.uid || ' of ' || s.site AS owner, i.uid AS sop, i.sop_class
  FROM instances i JOIN objects o ON o.name = i.object JOIN studies s ON s.id = i.study
  UNION ALL
  SELECT o.*, 'study ' || s.uid || ' of ' || s.site, i.uid, i.sop_class
  FROM instance_variants v JOIN instances i ON i.id = v.instance JOIN objects o ON o.name = v.object
  JOIN studies s ON s.id = i.study
  UNION ALL
  SELECT o.*, 'report of ' || r.reference, NULL, NULL
  FROM report_versions v JOIN objects o ON o.name = v.pdf JOIN reports r ON r.id = v.report
  UNION ALL
  SELECT DISTINCT o.*, 'report of ' || r.reference, NULL, NULL
  FROM report_versions v
  JOIN json_each(iif(json_valid(v.signed), v.signed, '{}'), '$.keyImages') AS k
  JOIN objects o ON o.name = json_extract(k.value, '$.picture') JOIN reports r ON r.id = v.report
  UNION ALL
  SELECT o.*, 'conversation of ' || r.reference, NULL, NULL
  FROM message_attachments a JOIN objects o ON o.name = a.object JOIN messages m ON m.id = a.message
  JOIN requests r ON r.id = m.request`

/**
 * Reads every stored file again and compares it with the rows that name it: there, as long, with the header that
 * follows from its identity, and with the digest it was acknowledged under. Reads only; works while the node runs.
 */
export function checkObjects(
  file: string,
  folder: string,
  onProgress: (progress: ObjectsProgress) => void = () => {},
): ObjectsCheck {
  const db = new Sqlite(file, { readonly: true, fileMustExist: true })
  const damages = new Map<string, Damage>()
  const progress: ObjectsProgress = { files: 0, of: 0, bytes: 0 }
  let told = 0
  try {
    db.exec('BEGIN') // one snapshot: what is received meanwhile is not looked at
    progress.of = (db.prepare(`SELECT count(*) AS n FROM (${STORED})`).get() as { n: number }).n
    for (const row of db.prepare(STORED).iterate() as IterableIterator<Row>) {
      const trouble = troubleOf(row, folder, bytes => {
        progress.bytes += bytes
        if (progress.bytes - told < PROGRESS_BYTES) return
        told = progress.bytes
        onProgress({ ...progress })
      })
      progress.files++
      if (trouble !== undefined) note(damages, row, trouble)
    }
  } finally {
    db.close()
  }
  onProgress({ ...progress })
  const faults = [...damages].map(([owner, damage]) => ({ seq: null, what: wordsOf(owner, damage) }))
  return {
    files: progress.files,
    bytes: progress.bytes,
    faults: faults.slice(0, FAULTS_MAX),
    faultCount: faults.length,
  }
}

function note(damages: Map<string, Damage>, row: Row, trouble: Trouble): void {
  const damage = damages.get(row.owner) ?? { counts: new Map(), first: row.sop ?? row.name }
  damage.counts.set(trouble, (damage.counts.get(trouble) ?? 0) + 1)
  damages.set(row.owner, damage)
}

function wordsOf(owner: string, { counts, first }: Damage): string {
  const words = TROUBLES.flatMap(trouble => {
    const count = counts.get(trouble) ?? 0
    return count === 0 ? [] : [`${count} ${count === 1 ? 'file is' : 'files are'} ${trouble}`]
  })
  return `${owner}: ${words.join(', ')}; the first is ${first}`
}

function troubleOf(row: Row, folder: string, onRead: (bytes: number) => void): Trouble | undefined {
  let fd: number | undefined
  try {
    fd = openSync(join(folder, relativePath(row)), constants.O_RDONLY | constants.O_NOFOLLOW)
    const { size } = fstatSync(fd)
    if (size < row.bytes) return 'truncated'
    return size === row.bytes && headFits(fd, row) && digestOf(fd, row, onRead) === row.sha256
      ? undefined
      : 'altered'
  } catch (thrown) {
    const { code } = thrown as { code?: string }
    return code === 'ENOENT' || code === 'ENOTDIR' || /not one of ours/.test(reasonOf(thrown))
      ? 'missing'
      : 'unreadable'
  } finally {
    if (fd !== undefined) closeSync(fd)
  }
}

/** What stands before the data set follows from the identity alone, and is no part of the digest. */
function headFits(fd: number, row: Row): boolean {
  if (row.sop === null || row.sop_class === null || row.transfer_syntax === null)
    return row.dataset_offset === 0
  const expected = fileHeader({
    sopClassUID: row.sop_class,
    sopInstanceUID: row.sop,
    transferSyntaxUID: row.transfer_syntax,
  })
  const head = Buffer.alloc(row.dataset_offset)
  return readSync(fd, head, 0, head.length, 0) === head.length && head.equals(expected)
}

function digestOf(fd: number, row: Row, onRead: (bytes: number) => void): string {
  const hash = createHash('sha256')
  const chunk = Buffer.allocUnsafe(CHUNK_BYTES)
  for (let at = row.dataset_offset; ; ) {
    const bytes = readSync(fd, chunk, 0, chunk.length, at)
    if (bytes === 0) return hash.digest('hex')
    hash.update(chunk.subarray(0, bytes))
    at += bytes
    onRead(bytes)
  }
}
