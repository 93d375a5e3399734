/** study-arriving: the first image of a study on an association; study-received: it is settled, with the digest over its instances; study-compared: what came again says the same in another writing; study-linked: a request laid its urgency or another reading site onto it. */
export type StudyFactType =
  | 'study-arriving'
  | 'study-received'
  | 'study-expected'
  | 'study-linked'
  | 'instance-conflict'
  | 'study-compared'
  | 'conflict-decided'
  | 'instance-refused'
  | 'images-opened'
  | 'instances-withdrawn'
  | 'instances-restored'
  | 'rejection-ignored'
