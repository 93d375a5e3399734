/**
 * report-drafted · report-signed: version, kind, digest, pdf, previous, `from` and `state` of the request, and the
 * `recipients` it is owed to · report-acknowledged: version, name, role · report-delivered: version, peer.
 */
export type ReportFactType =
  | 'report-drafted'
  /** Gone on with by a colleague: `had` and `colleague` (account and name of who had it), `state`. */
  | 'report-taken-over'
  | 'report-signed'
  | 'report-acknowledged'
  | 'report-delivered'
  /** To somebody without an account, by link: `name`, `role`, `hours`, version (ids: share). */
  | 'report-shared'
  /** An image marked as a key image, or no longer: `SOPInstanceUID`, `frame` (0: the whole object). */
  | 'report-key-image-marked'
  | 'report-key-image-unmarked'
  /** Of a group's own: `kind`, `revision`, `title` (ids: template). */
  | 'template-changed'
  | 'template-archived'
