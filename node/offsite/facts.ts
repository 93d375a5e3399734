/**
 * Of the roster of a reading group: `roster` is its site. Shifts (`shift`, `account`), repeated ones at once
 * (`pattern`), absences, swaps, what a reader can do, and who took duty with what their alarm did.
 */
export type OffsiteFactType =
  | 'roster-shift-added'
  | 'roster-shift-changed'
  | 'roster-shift-removed'
  | 'roster-absence-added'
  | 'roster-absence-removed'
  | 'roster-swap-proposed'
  | 'roster-swap-accepted'
  | 'roster-swap-declined'
  | 'roster-swap-withdrawn'
  | 'roster-reader-changed'
  | 'roster-duty-taken'
  | 'roster-duty-heard'
  | 'roster-duty-left'
