import type { Accounts } from '../accounts/accounts.js'
import type { Clock } from '../clock.js'
import { type Conversations, openConversations } from '../conversations/conversations.js'
import { type Criticals, openCriticals } from '../criticals/criticals.js'
import type { Database } from '../database.js'
import type { Renderer } from '../dicom/rendering/renderer.js'
import type { Exchange } from '../exchange/exchange.js'
import type { SiteNames } from '../exchange/study-routes.js'
import type { Ids } from '../ids.js'
import type { Checkpoints } from '../journal/checkpoints.js'
import type { Followers } from '../journal/followers.js'
import type { Journal } from '../journal/journal.js'
import type { Links } from '../links/links.js'
import type { Objects } from '../objects/objects.js'
import type { Outbox } from '../outbox/outbox.js'
import type { Peers } from '../peers/peers.js'
import { openRecalls, type Recalls } from '../recalls/recalls.js'
import { filingFollower, filingHandler } from '../reports/filing.js'
import { openReports, type Reports } from '../reports/reports.js'
import type { Requests } from '../requests/requests.js'
import type { Sites } from '../sites/sites.js'
import type { Lending } from '../studies/lending.js'
import type { Receive } from '../studies/receive.js'
import type { Studies } from '../studies/studies.js'

/** What comes of a request: findings, reports and where they go, the talk about it, and how all of it is taken back. */
export function openReporting(floors: {
  db: Database
  clock: Clock
  ids: Ids
  journal: Journal
  checkpoints: Checkpoints
  followers: Followers
  outbox: Outbox
  objects: Objects
  receive: Receive
  accounts: Accounts
  peers: Peers
  studies: Studies
  renderer: Renderer
  sites: Sites
  siteNames: SiteNames
  links: Links
  lending: Lending
  imagesKeptYears: number
  exchange: Pick<Exchange, 'transfers' | 'rejecting'>
  requests: Requests
  limits: Parameters<typeof openConversations>[0]['limits']
  publicUrl(): string
  onRead: Parameters<typeof openConversations>[0]['onRead']
}): { criticals: Criticals; reports: Reports; conversations: Conversations; recalls: Recalls } {
  const { followers, outbox, exchange, siteNames } = floors
  const { transfers, rejecting } = exchange
  const criticals = openCriticals(floors)
  const reports = openReports({ ...floors, criticals })
  const conversations = openConversations({ ...floors, people: floors.accounts })
  outbox.handle(
    'deliver-report-pacs',
    filingHandler({ ...floors, transfers, rejecting, sites: siteNames, reports }),
  )
  followers.add(filingFollower(reports))
  const recalls = openRecalls({ ...floors, rejecting, reports })
  outbox.handle('recall-act', recalls.handler)
  followers.add(recalls.follower)
  return { criticals, reports, conversations, recalls }
}
