import { openActivity } from '../activity/activity.js'
import { activityFollower } from '../activity/follow.js'
import { activityRoutes } from '../activity/routes.js'
import type { Route } from '../http/route.js'
import { openBoard } from './board.js'
import { boardRoutes } from './board-routes.js'
import { openHandOver } from './hand-over.js'
import type { Services } from './services.js'

/** What those who watch over the work look at: how much there was, and how fast it was answered. */
export function openOversight(services: Services): { routes: Route[] } {
  const { followers, exchange } = services
  const { timeZone } = exchange
  const activity = openActivity({ ...services, timeZone })
  followers.add(activityFollower({ timeZone }))
  return {
    routes: [
      ...activityRoutes({ activity }),
      ...boardRoutes({ board: openBoard(services), handOver: openHandOver(services) }),
    ],
  }
}
