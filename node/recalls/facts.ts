/**
 * The recalls of an act that was entered in error, one for each who received something of it. recall-opened: `what` went
 * to whom (`channel`, `name`, `account` of a person here), and whether a note or a person takes it back (`state`).
 * recall-needed: the PACS did not take the note, with its `reason`: a person must. recall-settled: the `outcome`.
 */
export type RecallFactType = 'recall-opened' | 'recall-needed' | 'recall-settled'
