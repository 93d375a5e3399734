/**
 * Whether a transfer carries what we made ourselves, by its cause: a report as a document or as text, a note of rejection. It
 * says nothing of the images of the study it stands in.
 */
export const isOfOurOwn = (cause: string): boolean => /^(report|report-text|rejection):/.test(cause)
