import type { Verdict } from './view.js'

/** All of them, in the order they are told. */
export const VERDICTS = [
  'readable',
  'duplicate',
  'already-here',
  'conflict',
  'other-patient',
  'rejected',
  'rejection-note',
  'directory',
  'not-dicom',
  'unreadable',
  'missing',
] as const satisfies readonly Verdict[]
