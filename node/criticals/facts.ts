/**
 * Each names its critical finding and request. critical-raised: `class`, `finding`, `foundAt`, and `readBack` where it was
 * said and read back at once · critical-called: a call without read-back · critical-acknowledged: `receiver`, `role`,
 * `at`, `method`, `readBack` · critical-closed: `note`.
 */
export type CriticalFactType =
  | 'critical-raised'
  | 'critical-called'
  | 'critical-acknowledged'
  | 'critical-closed'
