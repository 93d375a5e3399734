/** archive-read: somebody opened the record of an act. archive-exported: `files` and `manifest`, the SHA-256 of MANIFEST.sha256. */
export type ArchiveFactType = 'archive-read' | 'archive-exported'
