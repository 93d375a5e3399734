/**
 * downtime-papers-made: the papers of a site's `day`; body: `numbers` reserved for forms, `files` each with its
 * `sha256`. Made anew, because who reads has changed, is the duty list alone: it reserves no numbers.
 */
export type DowntimeFactType = 'downtime-papers-made'
