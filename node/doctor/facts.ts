/**
 * What the journal keeps of examinations. node-examined: how many checks were `good`, `attention`, `broken`, `unchecked`,
 * and the names of what was `found` broken · letter-tried: a test letter to the person who asked; `outcome` ·
 * restore-drill-passed, -failed: the newest backup was restored for a trial; body: `of` when it is, how many `entries` and `files` were
 * verified, whether its `keys` opened, the `reason` it cannot be relied upon, and the `operators` who are told.
 */
export type DoctorFactType =
  | 'node-examined'
  | 'letter-tried'
  | 'restore-drill-passed'
  | 'restore-drill-failed'
