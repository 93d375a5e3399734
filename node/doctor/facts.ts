/**
 * What the journal keeps of examinations. node-examined: how many checks were `good`, `attention`, `broken`, `unchecked`,
 * and the names of what was `found` broken · letter-tried: a test letter to the person who asked; `outcome`.
 */
export type DoctorFactType = 'node-examined' | 'letter-tried'
