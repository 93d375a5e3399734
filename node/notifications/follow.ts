import type { Follower } from '../journal/followers.js'
import type { Notifications } from './notifications.js'
import { FOLLOWED_FACTS } from './rules.js'

/** Whoever should know of a fact is told, once; a new node tells nobody old news. */
export function notificationFollower(notifications: Pick<Notifications, 'tell'>): Follower {
  return {
    name: 'notifications',
    types: FOLLOWED_FACTS,
    handle: (fact, tx) => notifications.tell(tx, fact),
  }
}
