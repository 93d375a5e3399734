/**
 * import-created: a disc is being read; ids: `import` · import-inventoried: what is on it, with its fingerprint, the count of
 * each verdict and the studies · import-decided: who gave which identity to what, and why where the disc contradicts it ·
 * import-taken: what became objects of ours, with the digest over them · import-finished: where it went and who confirmed
 * it · import-person-left: nothing of that person is taken, and why · import-withdrawn: a decision taken back, why, and how
 * many images were withdrawn with it; where they went is told by `instances-withdrawn` · import-certified: the digest of what
 * its certificate says, final until something changes · import-cancelled, import-failed.
 */
export type ImportFactType =
  | 'preset-changed'
  | 'preset-removed'
  | 'import-created'
  | 'import-inventoried'
  | 'import-decided'
  | 'import-taken'
  | 'import-person-left'
  | 'import-withdrawn'
  | 'import-finished'
  | 'import-certified'
  | 'import-cancelled'
  | 'import-failed'
