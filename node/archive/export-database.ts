import Sqlite from 'better-sqlite3'
import type { Excerpt } from '../journal/excerpt.js'
import type { ActIndex } from './act.js'

const DESCRIPTION = [
  ['file', 'The record of one act as tables. journal.json and act.json in the same folder say the same.'],
  [
    'entries',
    'Entries of the journal about the act. SHA-256 and SHA3-512 of the text `chained` (UTF-8) are sha256 and sha3_512; SHA-256 and SHA3-512 of the 32 bytes of `salt` (hex) followed by `body` (UTF-8) stand inside `chained` under `body`; a body that was lawfully erased is NULL.',
  ],
  ['timeline', 'The same as a person reads it: when (UTC), what, who, their role, site and address.'],
  ['reports', 'Signed versions of the report: digest is SHA-256 of the file `signed`.'],
  [
    'instances',
    'The images: sha256 is of the data set, from byte dataset_offset of the file the node keeps.',
  ],
] as const

/** The record as a SQLite file that describes itself. */
export function actDatabase(index: ActIndex, excerpt: Excerpt): Buffer {
  const db = new Sqlite(':memory:')
  try {
    db.exec(`
CREATE TABLE description (name TEXT PRIMARY KEY, text TEXT NOT NULL) STRICT;
CREATE TABLE entries (
  seq INTEGER PRIMARY KEY, at INTEGER NOT NULL, type TEXT NOT NULL, chained TEXT NOT NULL,
  sha256 TEXT NOT NULL, sha3_512 TEXT NOT NULL, salt TEXT, body TEXT
) STRICT;
CREATE TABLE timeline (
  seq INTEGER PRIMARY KEY, at TEXT NOT NULL, type TEXT NOT NULL, name TEXT, role TEXT, site TEXT, address TEXT
) STRICT;
CREATE TABLE reports (
  report TEXT NOT NULL, version INTEGER NOT NULL, kind TEXT NOT NULL, signed_at TEXT NOT NULL,
  signer TEXT, digest TEXT NOT NULL, signed TEXT NOT NULL, pdf TEXT, PRIMARY KEY (report, version)
) STRICT;
CREATE TABLE instances (
  study_uid TEXT NOT NULL, series_uid TEXT NOT NULL, sop_uid TEXT NOT NULL, sop_class TEXT NOT NULL,
  transfer_syntax TEXT NOT NULL, bytes INTEGER NOT NULL, dataset_offset INTEGER NOT NULL, sha256 TEXT NOT NULL
) STRICT;`)
    const into = (table: string, count: number) =>
      db.prepare(`INSERT INTO ${table} VALUES (${Array(count).fill('?').join(', ')})`)
    const [description, entries, timeline, reports, instances] = [
      into('description', 2),
      into('entries', 8),
      into('timeline', 7),
      into('reports', 8),
      into('instances', 8),
    ]
    for (const row of DESCRIPTION) description.run(...row)
    for (const { seq, at, type, chained, sha256, 'sha3-512': sha3, salt, body } of excerpt.entries)
      entries.run(seq, at, type, chained, sha256, sha3, salt, body)
    for (const { seq, at, type, by, site } of index.timeline)
      timeline.run(seq, at, type, by.name, by.role ?? null, by.site ?? site, by.address ?? null)
    for (const { report, version, kind, signedAt, signer, digest, files } of index.reports)
      reports.run(report, version, kind, signedAt, signer.name, digest, files.signed, files.pdf)
    for (const study of index.studies)
      for (const image of study.instances)
        instances.run(
          study.StudyInstanceUID,
          image.SeriesInstanceUID,
          image.SOPInstanceUID,
          image.SOPClassUID,
          image.TransferSyntaxUID,
          image.bytes,
          image.datasetOffset,
          image.sha256,
        )
    return db.serialize()
  } finally {
    db.close()
  }
}
