import type { Follower } from '../journal/followers.js'
import type { Requests } from './requests.js'

/** What requests do when images arrive: urgency goes onto the study, and the readers' clocks begin. */
export function requestFollower(requests: Pick<Requests, 'imagesArriving' | 'imagesArrived'>): Follower {
  return {
    name: 'requests',
    types: ['study-arriving', 'study-received'],
    handle: async (fact, tx) => {
      const uid = fact.body?.['StudyInstanceUID']
      if (typeof uid !== 'string' || fact.site === null) return // erased: nothing waits for it any more
      if (fact.type === 'study-arriving') await requests.imagesArriving(tx, fact.site, uid)
      else await requests.imagesArrived(tx, fact.site, uid, fact.at)
    },
  }
}
