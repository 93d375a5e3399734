import { createCipheriv, createDecipheriv, createHash, randomBytes, scryptSync } from 'node:crypto'
import {
  closeSync,
  constants,
  copyFileSync,
  createReadStream,
  existsSync,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { copyFile, open, rename } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import Sqlite from 'better-sqlite3'
import { certificatesIn } from '../archive/retention/certificate.js'
import { type Clock, dateAt, isoAt } from '../clock.js'
import type { Database } from '../database.js'
import { Failure, fail, reasonOf } from '../errors.js'
import { relativePath } from '../objects/name.js'
import { writeWhole } from '../private-files.js'
import type { DataFolder } from './folder.js'

/** What a backup says of itself, `backup.json`: written last, so that a folder with it is whole. */
export interface BackupReport {
  format: 'relais-backup/1'
  at: string
  /** Last entry of the journal in it: nothing acknowledged before is missing. */
  head: { seq: number; sha256: string } | null
  /** SHA-256 of `relais.sqlite`. */
  database: string
  objects: number
  bytes: number
  /** Yearly files of the archive; absent in a backup from before it was counted. */
  volumes?: number
  keys: boolean
}

const REPORT = 'backup.json'
const DATABASE = 'relais.sqlite'
const KEYS = 'keys.sealed.json'
export const CERTIFICATES = 'certificates'
const SCRYPT = { N: 2 ** 16, r: 8, p: 1, maxmem: 256 * 1024 * 1024 }
const FILES_A_WORD = 100
/** After a file the disk is left to others for this share of what its copy took: images go on coming in meanwhile. */
const REST = 0.5

/**
 * A copy of everything into a folder, while the node works: the database by SQLite's own backup from the writer's
 * connection, then the objects it names (those already there are kept: the next backup into the same folder is quick), the
 * closed volumes, and the keys under a passphrase. Throws `invalid` where the folder holds something else.
 */
export async function backUp(options: {
  db: Database
  clock: Clock
  folder: DataFolder
  to: string
  /** null: the keys stay out. */
  passphrase: string | null
  progress(text: string): void
}): Promise<BackupReport> {
  const { db, clock, folder, to, passphrase, progress } = options
  mkdirSync(to, { recursive: true, mode: 0o700 })
  const strange = readdirSync(to).filter(name => !OURS.has(name))
  if (strange.length > 0) fail('invalid', `${to} holds something else (${strange[0]}): name another folder.`)
  rmSync(join(to, REPORT), { force: true })
  const part = join(to, `${DATABASE}.part`)
  for (const tail of ['', '-wal', '-shm', '-journal']) rmSync(`${part}${tail}`, { force: true })
  await db.backup(part)
  oneFile(part)
  renameSync(part, join(to, DATABASE))
  const copied = await copyObjects(
    join(to, DATABASE),
    folder.objects,
    join(to, 'objects'),
    progress,
    name => !isNamed(folder.database, name),
  )
  const volumes = await copyVolumes(folder.volumes, join(to, 'archive'))
  dropDestroyed(to)
  if (passphrase !== null) writeWhole(join(to, KEYS), sealedKeys(folder.keys, passphrase), 0o600)
  const report: BackupReport = {
    format: 'relais-backup/1',
    at: isoAt(clock.now()),
    head: headOf(join(to, DATABASE)),
    database: await digestOf(join(to, DATABASE)),
    ...copied,
    volumes,
    keys: passphrase !== null,
  }
  syncAll(to)
  writeWhole(join(to, REPORT), `${JSON.stringify(report, null, 2)}\n`, 0o600)
  const mark = join(folder.root, 'backup.done')
  writeFileSync(mark, '', { mode: 0o600 })
  utimesSync(mark, dateAt(clock.now()), dateAt(clock.now()))
  return report
}

const OURS = new Set([
  REPORT,
  DATABASE,
  `${DATABASE}.part`,
  KEYS,
  'objects',
  'archive',
  `${REPORT}.part`,
  `${KEYS}.part`,
])

/**
 * Puts a backup into an empty data folder. Throws `conflict` where the folder has data, `invalid` where the backup is not
 * whole or the passphrase is another.
 */
export async function restore(options: {
  from: string
  folder: Pick<DataFolder, 'root' | 'database' | 'objects' | 'volumes' | 'keys'>
  passphrase: string | null
  progress(text: string): void
  /** For a trial: the objects are read where they lie in the backup, and sealed keys without a passphrase stay shut. */
  trial?: true
}): Promise<BackupReport> {
  const { from, folder, passphrase, progress, trial } = options
  const report = reportIn(from)
  if (existsSync(folder.database))
    fail('conflict', `${folder.root} holds data already: restore into an empty folder.`)
  if (report.keys && passphrase === null && trial === undefined)
    fail('invalid', 'The keys in it are sealed: name --passphrase-file.')
  const opens = report.keys && passphrase !== null
  const keys = opens ? openedKeys(readFileSync(join(from, KEYS), 'utf8'), passphrase) : []
  if ((await digestOf(join(from, DATABASE))) !== report.database)
    fail('invalid', 'The database in it is not the one that was backed up.')
  await copyVolumes(join(from, 'archive'), folder.volumes)
  const destroyed = destroyedIn(folder.volumes)
  if (trial) symlinkSync(resolve(from, 'objects'), folder.objects)
  else
    await copyObjects(join(from, DATABASE), join(from, 'objects'), folder.objects, progress, (name, bucket) =>
      destroyed.has(`${bucket}/${name}`),
    )
  mkdirSync(folder.keys, { recursive: true, mode: 0o700 })
  for (const { name, bytes } of keys) writeFileSync(join(folder.keys, name), bytes, { mode: 0o600 })
  // Last: a restore that is cut off leaves a folder without data, to be begun again.
  const part = `${folder.database}.part`
  copyFileSync(join(from, DATABASE), part, constants.COPYFILE_FICLONE)
  sync(part)
  renameSync(part, folder.database)
  sync(folder.root)
  return report
}

export function reportIn(from: string): BackupReport {
  try {
    return JSON.parse(readFileSync(join(from, REPORT), 'utf8')) as BackupReport
  } catch (thrown) {
    throw new Failure('invalid', `${from} is no whole backup (${REPORT}: ${reasonOf(thrown)}).`, [], thrown)
  }
}

interface Stored {
  name: string
  bucket: string
  bytes: number
  dataset_offset: number
}

/**
 * Every object the database names; one of the same length is there already, and its name is its digest. One after the
 * other and never in the way of the event loop: a backup may take its time.
 */
async function copyObjects(
  database: string,
  from: string,
  to: string,
  progress: (text: string) => void,
  /** Whether a file that is not there was destroyed since the database was copied. */
  isDestroyed: (name: string, bucket: string) => boolean,
) {
  const db = new Sqlite(database, { readonly: true, fileMustExist: true })
  let [objects, bytes] = [0, 0]
  try {
    for (const row of db
      .prepare('SELECT name, bucket, bytes, dataset_offset FROM objects')
      .iterate() as IterableIterator<Stored>) {
      const path = relativePath(row)
      const [source, target] = [join(from, path), join(to, path)]
      const standing = statSync(target, { throwIfNoEntry: false })?.size
      if (standing !== row.bytes) {
        if (!existsSync(source) && isDestroyed(row.name, row.bucket)) continue
        const began = performance.now()
        mkdirSync(dirname(target), { recursive: true, mode: 0o700 })
        rmSync(`${target}.copy`, { force: true })
        await copyOne(source, `${target}.copy`)
        const copy = await open(`${target}.copy`)
        try {
          await copy.sync()
        } finally {
          await copy.close()
        }
        await rename(`${target}.copy`, target)
        await wait((performance.now() - began) * REST)
      } else if (objects % FILES_A_WORD === 0) await wait(0)
      objects++
      bytes += row.bytes
      if (objects % FILES_A_WORD === 0) progress(`${objects} objects`)
    }
  } finally {
    db.close()
  }
  return { objects, bytes }
}

/**
 * The yearly files of the archive. A closed one (nobody may write it) is copied byte for byte, once; the open one by SQLite's
 * own backup, for the node may be writing into it.
 */
async function copyVolumes(from: string, to: string): Promise<number> {
  if (!existsSync(from)) return 0
  mkdirSync(to, { recursive: true, mode: 0o700 })
  const names = readdirSync(from).filter(each => /^\d{4}\.sqlite(\.successor)?$/.test(each))
  for (const name of names) {
    const [source, target] = [join(from, name), join(to, name)]
    if (await isSame(source, target)) continue
    const part = `${target}.copy`
    rmSync(part, { force: true })
    if (isClosed(source)) await copyFile(source, part, constants.COPYFILE_FICLONE)
    else await copyOpen(source, part)
    sync(part)
    renameSync(part, target)
  }
  for (const name of readdirSync(to))
    if (name.endsWith('.successor') && !names.includes(name)) rmSync(join(to, name))
  await copyCertificates(join(from, CERTIFICATES), join(to, CERTIFICATES))
  sync(to)
  return names.filter(each => each.endsWith('.sqlite')).length
}

/** One stored file; throws `invalid` where it is not there. */
async function copyOne(source: string, target: string): Promise<void> {
  try {
    await copyFile(source, target, constants.COPYFILE_FICLONE)
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code !== 'ENOENT') throw thrown
    throw new Failure('invalid', `${source} is missing.`, [], thrown)
  }
}

function isNamed(database: string, object: string): boolean {
  const db = new Sqlite(database, { readonly: true, fileMustExist: true })
  try {
    return db.prepare('SELECT 1 FROM objects WHERE name = ?').get(object) !== undefined
  } finally {
    db.close()
  }
}

/** Places of files that certificates say were destroyed. */
const destroyedIn = (volumes: string): Set<string> =>
  new Set(certificatesIn(join(volumes, CERTIFICATES)).flatMap(({ certificate }) => certificate.files))

/** What an earlier backup into the same folder left there of what was destroyed since. */
function dropDestroyed(to: string): void {
  for (const place of destroyedIn(join(to, 'archive'))) {
    const [bucket = '', name = ''] = place.split('/')
    if (!isNamed(join(to, DATABASE), name))
      rmSync(join(to, 'objects', relativePath({ bucket, name })), { force: true })
  }
}

/** After the volumes: what was destroyed meanwhile has its certificate, and is destroyed again where this is restored. */
export async function copyCertificates(from: string, to: string): Promise<void> {
  if (!existsSync(from)) return
  mkdirSync(to, { recursive: true, mode: 0o700 })
  for (const name of readdirSync(from).filter(each => /^relais-destruction-\w+\.json$/.test(each)))
    if (!existsSync(join(to, name))) writeWhole(join(to, name), readFileSync(join(from, name)), 0o600)
  sync(to)
}

const isClosed = (volume: string) => (statSync(volume).mode & 0o200) === 0

async function isSame(source: string, target: string): Promise<boolean> {
  const [there, here] = [statSync(source), statSync(target, { throwIfNoEntry: false })]
  return (
    here !== undefined &&
    isClosed(source) &&
    here.size === there.size &&
    (await digestOf(source)) === (await digestOf(target))
  )
}

async function copyOpen(source: string, target: string): Promise<void> {
  const db = new Sqlite(source, { readonly: true, fileMustExist: true })
  try {
    await db.backup(target)
  } finally {
    db.close()
  }
}

/** Nothing beside it: what is read from a folder of backups leaves no traces there. */
function oneFile(database: string): void {
  const db = new Sqlite(database)
  try {
    db.pragma('journal_mode = DELETE')
  } finally {
    db.close()
  }
}

function headOf(database: string): BackupReport['head'] {
  const db = new Sqlite(database, { readonly: true, fileMustExist: true })
  try {
    const row = db.prepare('SELECT seq, sha256 FROM journal ORDER BY seq DESC LIMIT 1').get() as
      | { seq: number; sha256: Buffer }
      | undefined
    return row === undefined ? null : { seq: row.seq, sha256: row.sha256.toString('hex') }
  } finally {
    db.close()
  }
}

async function digestOf(file: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(file)) hash.update(chunk)
  return hash.digest('hex')
}

function sync(path: string): void {
  const file = openSync(path, 'r')
  try {
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}

function syncAll(folder: string): void {
  for (const name of readdirSync(folder)) {
    const path = join(folder, name)
    if (name !== 'objects' && lstatSync(path).isFile()) sync(path)
  }
  sync(folder)
}

interface KeyFile {
  name: string
  bytes: Buffer
}

/** AES-256-GCM under a key that scrypt (RFC 7914) makes of the passphrase. */
function sealedKeys(folder: string, passphrase: string): string {
  const files = readdirSync(folder)
    .filter(name => lstatSync(join(folder, name)).isFile())
    .map(name => ({ name, bytes: readFileSync(join(folder, name)).toString('base64') }))
  const [salt, nonce] = [randomBytes(16), randomBytes(12)]
  const cipher = createCipheriv('aes-256-gcm', scryptSync(passphrase, salt, 32, SCRYPT), nonce)
  const sealed = Buffer.concat([cipher.update(JSON.stringify(files)), cipher.final(), cipher.getAuthTag()])
  const texts = { salt, nonce, sealed }
  return `${JSON.stringify({ format: 'relais-keys/1', ...Object.fromEntries(Object.entries(texts).map(([name, bytes]) => [name, bytes.toString('base64')])) })}\n`
}

function openedKeys(text: string, passphrase: string): KeyFile[] {
  const said = JSON.parse(text) as Record<'salt' | 'nonce' | 'sealed', string>
  const [salt, nonce, sealed] = [said.salt, said.nonce, said.sealed].map(each =>
    Buffer.from(each, 'base64'),
  ) as [Buffer, Buffer, Buffer]
  const decipher = createDecipheriv('aes-256-gcm', scryptSync(passphrase, salt, 32, SCRYPT), nonce)
  decipher.setAuthTag(sealed.subarray(-16))
  try {
    const plain = Buffer.concat([decipher.update(sealed.subarray(0, -16)), decipher.final()])
    return (JSON.parse(plain.toString('utf8')) as { name: string; bytes: string }[])
      .filter(({ name }) => /^[\w.-]+$/.test(name))
      .map(({ name, bytes }) => ({ name, bytes: Buffer.from(bytes, 'base64') }))
  } catch (thrown) {
    throw new Failure('invalid', 'The keys do not open with this passphrase.', [], thrown)
  }
}
