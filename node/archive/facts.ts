/**
 * archive-read: somebody opened the record of an act. archive-exported: `files` and `manifest`, the SHA-256 of
 * MANIFEST.sha256 · record-opened: somebody was shown a page about one patient; ids: `seen`, `seen:` and the id of the
 * request, report or study (not the id itself: the page of an act shows what was done; its record in the archive, also who looked); body: the `screen`, the
 * `right`, and `as` what · access-read: somebody asked who looked at a patient; body: what was asked · journal-read, journal-exported:
 * somebody was shown entries of the journal, or took them away; body: which, in what `format`, how many `entries`.
 */
/**
 * clock-jumped: the wall clock moved against the one that only goes forward; body: `byMs` · clock-skewed, clock-right: it began,
 * or ceased, to differ from what somebody outside says; body: `against` whom, `byMs` ours is ahead · witness-contradicted: another node
 * showed a head that does not continue the one witnessed here; ids: `key`, its name · witness-contradicts: at a start, the head in
 * archive.witnessFolder was not one of this journal; body: where `from`, its `size` · act-sealed: the record of an act as it lies in
 * the volume of a year; body: `part`, `manifest` (SHA-256 of its MANIFEST.sha256), `sha256` of the ZIP archive, `volume`, the
 * entry of the part before as `previous` · volume-closed: a year is over; body: `year`, `sha256` of the whole file, `acts`, `bytes`,
 * and the entries whose `bodies` lie in it, `first` to `last`.
 */
/**
 * retention-marked: a death, a claim or a legal hold; ids: `mark`, and the `request` it was recorded at; body: `kind`, `of` the
 * patient or the act, the `day` of a death, the `reason` · retention-released · retention-policy-set: how long a site keeps ·
 * destruction-proposed, -withdrawn, -confirmed: by whom is the entry's origin; ids: `destruction`, `request` ·
 * destruction-stopped: something holds it now · the destruction itself is `bodies-erased` · destruction-done: no byte of it is
 * left.
 */
export type ArchiveFactType =
  | 'act-sealed'
  | 'volume-closed'
  | 'retention-marked'
  | 'retention-released'
  | 'retention-policy-set'
  | 'destruction-proposed'
  | 'destruction-withdrawn'
  | 'destruction-confirmed'
  | 'destruction-stopped'
  | 'destruction-done'
  | 'clock-jumped'
  | 'clock-skewed'
  | 'clock-right'
  | 'witness-contradicted'
  | 'witness-contradicts'
  | 'archive-read'
  | 'archive-exported'
  | 'record-opened'
  | 'access-read'
  | 'journal-read'
  | 'journal-exported'
