import { accountMigrations } from '../accounts/schema.js'
import { activityMigrations } from '../activity/schema.js'
import { retentionMigrations } from '../archive/retention/schema.js'
import { archiveMigrations } from '../archive/schema.js'
import { conversationMigrations } from '../conversations/schema.js'
import { criticalMigrations } from '../criticals/schema.js'
import type { Migration } from '../database.js'
import { downtimeMigrations } from '../downtime/schema.js'
import { exchangeMigrations } from '../exchange/schema.js'
import { httpMigrations } from '../http/schema.js'
import { importMigrations } from '../imports/schema.js'
import { inboxMigrations } from '../inbox/schema.js'
import { journalMigrations } from '../journal/schema.js'
import { linkMigrations } from '../links/schema.js'
import { notificationMigrations } from '../notifications/schema.js'
import { objectMigrations } from '../objects/schema.js'
import { offsiteMigrations } from '../offsite/schema.js'
import { outboxMigrations } from '../outbox/schema.js'
import { peerMigrations } from '../peers/schema.js'
import { priorMigrations } from '../priors/schema.js'
import { recallMigrations } from '../recalls/schema.js'
import { reportMigrations } from '../reports/schema.js'
import { requestMigrations } from '../requests/schema.js'
import { siteMigrations } from '../sites/schema.js'
import { studyMigrations } from '../studies/schema.js'
import { webhookMigrations } from '../webhooks/schema.js'

/** Every domain's tables, floor by floor. */
export const migrations: readonly Migration[] = [
  ...journalMigrations,
  ...objectMigrations,
  ...httpMigrations,
  ...linkMigrations,
  ...siteMigrations,
  ...accountMigrations,
  ...outboxMigrations,
  ...peerMigrations,
  ...studyMigrations,
  ...exchangeMigrations,
  ...offsiteMigrations,
  ...requestMigrations,
  ...priorMigrations,
  ...criticalMigrations,
  ...reportMigrations,
  ...conversationMigrations,
  ...importMigrations,
  ...inboxMigrations,
  ...notificationMigrations,
  ...webhookMigrations,
  ...recallMigrations,
  ...archiveMigrations,
  ...activityMigrations,
  ...downtimeMigrations,
  // What goes by a certificate changes the guards of other domains' tables: after all of them.
  ...retentionMigrations,
]
