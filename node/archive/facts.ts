/**
 * archive-read: somebody opened the record of an act. archive-exported: `files` and `manifest`, the SHA-256 of
 * MANIFEST.sha256 · record-opened: somebody was shown a page about one patient; ids: `seen`, `seen:` and the id of the
 * request, report or study (not the id itself: an act's own record is what was done, not who looked); body: the `screen`, the
 * `right`, and `as` what · access-read: somebody asked who looked at a patient; body: what was asked.
 */
/**
 * clock-jumped: the wall clock moved against the one that only goes forward; body: `byMs` · witness-contradicted: another node
 * showed a head that does not continue the one witnessed here; ids: `key`, its name · witness-contradicts: at a start, the head in
 * archive.witnessFolder was not one of this journal; body: where `from`, its `size`.
 */
export type ArchiveFactType =
  | 'clock-jumped'
  | 'witness-contradicted'
  | 'witness-contradicts'
  | 'archive-read'
  | 'archive-exported'
  | 'record-opened'
  | 'access-read'
