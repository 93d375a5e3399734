import type { Migration } from '../database.js'

export interface ObjectTables {
  objects: {
    name: string
    bucket: string
    bytes: number
    /** 0 for objects that are not DICOM. */
    dataset_offset: number
    sha256: string
    transfer_syntax: string | null
    media_type: string
    created_at: number
  }
}

export const objectMigrations: Migration[] = [
  {
    name: 'objects-1',
    sql: `
CREATE TABLE objects (
  name TEXT PRIMARY KEY,
  bucket TEXT NOT NULL,
  bytes INTEGER NOT NULL,
  dataset_offset INTEGER NOT NULL,
  sha256 TEXT NOT NULL,
  transfer_syntax TEXT,
  media_type TEXT NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX objects_by_bucket ON objects (bucket);
`,
  },
]
