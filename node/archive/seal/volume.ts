import { createHash } from 'node:crypto'
import { chmodSync, createReadStream, existsSync, mkdirSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { Failure, fail, reasonOf } from '../../errors.js'
import type { KeptBody } from '../../journal/moves.js'

/** One sealed part of the record of an act, as it lies in its volume. */
export interface SealedPart {
  request: string
  /** 1, and one more each time something came after a seal. */
  part: number
  reference: string
  /** UTC milliseconds. */
  at: number
  /** SHA-256 (hex) of the MANIFEST.sha256 inside. */
  manifest: string
  /** SHA-256 (hex) of `bundle`. */
  sha256: string
  /** The record as a ZIP archive. */
  bundle: Buffer
}

/** The head of the journal when a part was sealed. */
export interface SealedHead {
  text: string
  publicKey: string
  signature: string
}

/** The yearly files of the archive, `<data>/archive/<year>.sqlite`: rows only come, and each file explains itself. */
export interface Volumes {
  /** Durable when it returns. The part as it lies there: the one of an earlier try where there was one. */
  put(year: number, part: SealedPart, head: SealedHead): SealedPart
  /** `unavailable`, with its name, where the file is missing or cannot be read. */
  part(year: number, request: string, part: number): SealedPart | undefined
  /** Bodies of entries of the journal, in steps: those that lie there already stay as they are. Durable when it returns. */
  keepBodies(year: number, bodies: readonly KeptBody[]): void
  /** Out of a volume that is still open: bodies that were lawfully erased before it closed. */
  forgetBodies(year: number, seqs: readonly number[]): void
  /** Out of a volume that is still open: the sealed parts of an act that was destroyed. */
  forgetAct(year: number, request: string): void
  /** Those of entries `first` to `last`, in order. */
  bodies(year: number, first: number, last: number): KeptBody[]
  /** SHA-256 (hex) of the whole file as it is now; `unavailable` where it is missing or cannot be read. */
  digest(year: number): Promise<string>
  /** Undoes what a kill left half written in the files that are still open; only a writer can. */
  recover(): void
  /** Years there is a file of. */
  years(): number[]
  /** Whole-file digest; nothing is put into it any more. */
  close(year: number): Promise<{ sha256: string; acts: number; bytes: number }>
}

const DESCRIPTION = [
  [
    'file',
    'Sealed records of acts of telemedicine of one year. Rows are added and never changed or removed; when the year is over the SHA-256 of the whole file is written into the journal of the node (entry volume-closed).',
  ],
  [
    'acts',
    'One sealed part of a record: bundle is a ZIP archive, sha256 its SHA-256 (hex), manifest the SHA-256 of MANIFEST.sha256 inside, sealed_at UTC milliseconds. The archive holds FORMAT.html, which explains the rest, and verifier.html, which checks it by a double click.',
  ],
  [
    'heads',
    'Signed heads of the Merkle tree over the journal (RFC 9162) at the time of each seal: text is what was signed (Ed25519, RFC 8032) with public_key; FORMAT.html in each bundle explains them.',
  ],
  [
    'bodies',
    'What the entries of the journal said, moved here when the year was closed: salt (32 bytes) followed by body (UTF-8) is what the SHA-256 and SHA3-512 in the entry number seq are of. The entries themselves stay in the database of the node.',
  ],
] as const

export const SCHEMA = `
CREATE TABLE IF NOT EXISTS description (name TEXT PRIMARY KEY, text TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS acts (
  request TEXT NOT NULL, part INTEGER NOT NULL CHECK (part >= 1), reference TEXT NOT NULL, sealed_at INTEGER NOT NULL,
  manifest TEXT NOT NULL CHECK (length(manifest) = 64), sha256 TEXT NOT NULL CHECK (length(sha256) = 64),
  bundle BLOB NOT NULL, PRIMARY KEY (request, part)
) STRICT;
CREATE TABLE IF NOT EXISTS heads (text TEXT PRIMARY KEY, public_key TEXT NOT NULL, signature TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS bodies (
  seq INTEGER PRIMARY KEY, salt BLOB NOT NULL CHECK (length(salt) = 32), body TEXT NOT NULL
) STRICT;
${['description', 'acts', 'heads', 'bodies']
  .flatMap(table => [
    `CREATE TRIGGER IF NOT EXISTS ${table}_do_not_change BEFORE UPDATE ON ${table} BEGIN SELECT RAISE(ABORT, 'volume: rows do not change'); END;`,
    `CREATE TRIGGER IF NOT EXISTS ${table}_do_not_go BEFORE DELETE ON ${table} BEGIN SELECT RAISE(ABORT, 'volume: rows do not go'); END;`,
  ])
  .join('\n')}
`

export function openVolumes(folder: string): Volumes {
  const fileOf = (year: number) => join(folder, `${year}.sqlite`)

  const years = (): number[] =>
    existsSync(folder)
      ? readdirSync(folder)
          .flatMap(name => /^(\d{4})\.sqlite$/.exec(name)?.[1] ?? [])
          .map(Number)
          .sort((a, b) => a - b)
      : []

  function writing<T>(year: number, work: (db: Sqlite.Database) => T): T {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    const db = new Sqlite(fileOf(year))
    try {
      // One file and nothing beside it: it is read by others, and digested whole.
      db.pragma('journal_mode = DELETE')
      db.pragma('synchronous = EXTRA')
      db.pragma('recursive_triggers = ON')
      db.pragma('secure_delete = ON')
      return db.transaction(() => {
        db.exec(SCHEMA)
        const describe = db.prepare(
          'INSERT INTO description SELECT ?, ? WHERE NOT EXISTS (SELECT 1 FROM description WHERE name = ?)',
        )
        for (const [name, text] of DESCRIPTION) describe.run(name, text, name)
        return work(db)
      })()
    } finally {
      db.close()
    }
  }

  function reading<T>(year: number, work: (db: Sqlite.Database) => T): T {
    let db: Sqlite.Database | undefined
    try {
      db = new Sqlite(fileOf(year), { readonly: true, fileMustExist: true })
      return work(db)
    } catch (thrown) {
      throw unreadable(year, thrown)
    } finally {
      db?.close()
    }
  }

  const unreadable = (year: number, thrown: unknown) => {
    if (thrown instanceof Failure) return thrown
    const [fr, en] = existsSync(fileOf(year))
      ? [`ne se lit pas : ${reasonOf(thrown)}`, `cannot be read: ${reasonOf(thrown)}`]
      : ['n’est pas là', 'is not there']
    const said = {
      fr: `Le volume ${year}.sqlite de l’archive ${fr}. Ramenez-le de la sauvegarde.`,
      en: `The archive volume ${year}.sqlite ${en}. Bring it back from the backup.`,
    }
    return new Failure('unavailable', said, [], thrown)
  }

  const read = (db: Sqlite.Database, request: string, part: number): SealedPart | undefined => {
    const row = db.prepare('SELECT * FROM acts WHERE request = ? AND part = ?').get(request, part) as
      | (Omit<SealedPart, 'at'> & { sealed_at: number })
      | undefined
    if (row === undefined) return undefined
    const { sealed_at: at, ...rest } = row
    return { ...rest, at }
  }

  return {
    put: (year, part, head) =>
      writing(year, db => {
        const standing = read(db, part.request, part.part)
        if (standing !== undefined) return standing
        const { request, part: number, reference, at, manifest, sha256, bundle } = part
        db.prepare('INSERT INTO acts VALUES (?, ?, ?, ?, ?, ?, ?)').run(
          request,
          number,
          reference,
          at,
          manifest,
          sha256,
          bundle,
        )
        db.prepare(
          'INSERT INTO heads SELECT ?, ?, ? WHERE NOT EXISTS (SELECT 1 FROM heads WHERE text = ?)',
        ).run(head.text, head.publicKey, head.signature, head.text)
        return part
      }),
    part: (year, request, part) =>
      reading(year, db => {
        const found = read(db, request, part)
        if (found !== undefined && createHash('sha256').update(found.bundle).digest('hex') !== found.sha256)
          fail('unavailable', {
            fr: `Le dossier que contient le volume de ${year} n’est pas celui qui a été scellé.`,
            en: `The sealed record in the volume of ${year} is not the one that was sealed.`,
          })
        return found
      }),
    keepBodies: (year, bodies) =>
      writing(year, db => {
        const keep = db.prepare(
          'INSERT INTO bodies SELECT ?, ?, ? WHERE NOT EXISTS (SELECT 1 FROM bodies WHERE seq = ?)',
        )
        for (const { seq, salt, body } of bodies) keep.run(seq, salt, body, seq)
      }),
    forgetBodies: (year, seqs) =>
      writing(year, db => {
        db.exec('DROP TRIGGER bodies_do_not_go')
        const forget = db.prepare('DELETE FROM bodies WHERE seq = ?')
        for (const seq of seqs) forget.run(seq)
        db.exec(SCHEMA)
      }),
    forgetAct: (year, request) =>
      writing(year, db => {
        db.exec('DROP TRIGGER acts_do_not_go')
        db.prepare('DELETE FROM acts WHERE request = ?').run(request)
        db.exec(SCHEMA)
      }),
    bodies: (year, first, last) =>
      reading(year, db =>
        db
          .prepare('SELECT seq, salt, body FROM bodies WHERE seq BETWEEN ? AND ? ORDER BY seq')
          .all(first, last),
      ) as KeptBody[],
    digest: async year => {
      try {
        return await digestOf(fileOf(year))
      } catch (thrown) {
        throw unreadable(year, thrown)
      }
    },
    recover: () => {
      for (const year of years())
        if ((statSync(fileOf(year)).mode & 0o200) !== 0) writing(year, () => undefined)
    },
    years,
    close: async year => {
      // Of a closing that was cut off: it is finished, not refused.
      if (existsSync(fileOf(year))) chmodSync(fileOf(year), 0o600)
      const acts = writing(year, db => db.prepare('SELECT count(*) FROM acts').pluck().get() as number)
      chmodSync(fileOf(year), 0o400)
      return { sha256: await digestOf(fileOf(year)), acts, bytes: statSync(fileOf(year)).size }
    },
  }
}

/** SHA-256 (hex) of a whole file. */
export async function digestOf(file: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(file)) hash.update(chunk)
  return hash.digest('hex')
}
