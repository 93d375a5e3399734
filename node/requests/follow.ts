import type { Follower } from '../journal/followers.js'
import type { Requests } from './requests.js'
import { isOurOwn } from './timeline.js'

/** What requests do when images arrive: urgency goes onto the study, and the readers' clocks begin. */
export function requestFollower(
  requests: Pick<Requests, 'imagesArriving' | 'imagesArrived' | 'studyArriving'>,
): Follower {
  return {
    name: 'requests',
    types: ['study-arriving', 'study-received'],
    handle: async (fact, tx) => {
      const uid = fact.body?.['StudyInstanceUID']
      if (typeof uid !== 'string' || fact.site === null) return // erased: nothing waits for it any more
      if (isOurOwn(fact)) return
      const study = fact.ids['study'] as string
      await requests.studyArriving(tx, { site: fact.site, StudyInstanceUID: uid })
      // Again when it is settled: a request may have been written while the first images came.
      await requests.imagesArriving(tx, { site: fact.site, StudyInstanceUID: uid, study })
      if (fact.type === 'study-received') await requests.imagesArrived(tx, fact.site, uid, fact.at)
    },
  }
}
