/** study-arriving: the first image of a study on an association; study-received: it is settled, with the digest over its instances. */
export type StudyFactType =
  | 'study-arriving'
  | 'study-received'
  | 'study-expected'
  | 'instance-conflict'
  | 'instance-refused'
  | 'images-opened'
