import { openActivity } from '../activity/activity.js'
import { activityFollower } from '../activity/follow.js'
import { activityRoutes } from '../activity/routes.js'
import { openSumming } from '../activity/sums.js'
import type { Route } from '../http/route.js'
import { openBoard } from './board.js'
import { boardRoutes } from './board-routes.js'
import { openHandOver } from './hand-over.js'
import type { Services } from './services.js'

/** What those who watch over the work look at: how much there was, and how fast it was answered. */
export function openOversight(services: Services): {
  routes: Route[]
  start(): void
  close(): Promise<void>
} {
  const { followers, exchange, db, log } = services
  const { timeZone } = exchange
  const activity = openActivity({ ...services, timeZone })
  const summing = openSumming({
    db,
    onTrouble: thrown => log.error('activity-sums-failed', {}, thrown),
  })
  followers.add(activityFollower({ timeZone }))
  return {
    start: summing.start,
    close: summing.close,
    routes: [
      ...activityRoutes({ activity }),
      ...boardRoutes({ board: openBoard(services), handOver: openHandOver(services) }),
    ],
  }
}
