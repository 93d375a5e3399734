import type { Accounts } from '../accounts/accounts.js'
import type { Clock } from '../clock.js'
import type { Criticals } from '../criticals/criticals.js'
import type { Database } from '../database.js'
import type { Renderer } from '../dicom/rendering/renderer.js'
import type { Ids } from '../ids.js'
import type { Checkpoints } from '../journal/checkpoints.js'
import type { Journal } from '../journal/journal.js'
import type { Links } from '../links/links.js'
import type { Objects } from '../objects/objects.js'
import type { Outbox } from '../outbox/outbox.js'
import type { Peers } from '../peers/peers.js'
import type { SitePort } from '../requests/ports.js'
import type { Requests } from '../requests/requests.js'
import type { Lending } from '../studies/lending.js'
import type { Studies } from '../studies/studies.js'

/** What reports stand on. */
export interface ReportsDeps {
  db: Database
  clock: Clock
  ids: Ids
  journal: Journal
  /** The node's own signature. */
  checkpoints: Pick<Checkpoints, 'attest' | 'keys'>
  objects: Objects
  outbox: Outbox
  requests: Requests
  criticals: Pick<Criticals, 'known'>
  accounts: Pick<Accounts, 'reauthenticate' | 'members'>
  peers: Pick<Peers, 'list'>
  studies: Pick<Studies, 'byUid' | 'instances' | 'seen' | 'series'>
  renderer: Pick<Renderer, 'render'>
  sites: Pick<SitePort, 'contracts'>
  links: Pick<Links, 'make' | 'open' | 'close' | 'openings' | 'standing'>
  lending: Pick<Lending, 'toOutsider'>
  /** Years for which images are kept, as reports say. */
  imagesKeptYears: number
  /** Where people find the node, without a slash at the end. */
  publicUrl(): string
}
