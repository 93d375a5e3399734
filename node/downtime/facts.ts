/** downtime-papers-made: the papers of a site's `day`; body: `numbers` reserved for forms, `files` each with its `sha256`. */
export type DowntimeFactType = 'downtime-papers-made'
