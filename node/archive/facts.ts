/**
 * archive-read: somebody opened the record of an act. archive-exported: `files` and `manifest`, the SHA-256 of
 * MANIFEST.sha256 · record-opened: somebody was shown a page about one patient; ids: `seen`, `seen:` and the id of the
 * request, report or study (not the id itself: an act's own record is what was done, not who looked); body: the `screen`, the
 * `right`, and `as` what · access-read: somebody asked who looked at a patient; body: what was asked.
 */
export type ArchiveFactType = 'archive-read' | 'archive-exported' | 'record-opened' | 'access-read'
