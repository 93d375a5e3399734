import type { Clock } from '../clock.js'
import type { Database, Tx } from '../database.js'
import type { Renderer } from '../dicom/rendering/renderer.js'
import { reasonOf } from '../errors.js'
import type { Rejecting } from '../exchange/rejecting.js'
import type { SiteNames } from '../exchange/study-routes.js'
import type { Transfers } from '../exchange/transfers.js'
import type { Ids } from '../ids.js'
import type { Follower } from '../journal/followers.js'
import type { Journal } from '../journal/journal.js'
import type { Log } from '../log.js'
import type { Objects } from '../objects/objects.js'
import type { Handler } from '../outbox/job.js'
import type { Outbox } from '../outbox/outbox.js'
import type { Peers } from '../peers/peers.js'
import type { Conflicts } from '../studies/conflicts.js'
import type { Receive } from '../studies/receive.js'
import type { Studies, StudyRecord } from '../studies/studies.js'
import { type Certificates, openCertificates } from './certificates.js'
import { openDecisionRows } from './decision-rows.js'
import { openDecisions } from './decisions.js'
import { importFollower } from './follow.js'
import { type Imports, openImports } from './imports.js'
import { type Looks, openLooks } from './looks.js'
import { openPresets, type Presets } from './presets.js'
import { openImportRows } from './rows.js'
import { takeHandler } from './take-job.js'
import { openUploads, type Uploads } from './uploads.js'
import { type ImportViews, openImportViews } from './views.js'

export interface Importing {
  presets: Presets
  imports: Imports
  uploads: Uploads
  views: ImportViews
  certificates: Certificates
  looks: Looks
  /** Outbox jobs `take-import`. */
  take: Handler
  follower: Follower
  /** Removes what is abandoned or was kept long enough; done by itself every ten minutes. */
  clean(): Promise<void>
  /** Goes on with what a crash interrupted, and cleans what was abandoned or is kept long enough. */
  start(): Promise<void>
  close(): Promise<void>
}

export interface ImportLimits {
  uploadBytesMax: number
  siteQuotaBytes: number
  /** An upload nobody decided on goes after this. */
  abandonedMs: number
  /** The upload of a finished import goes after this; originals of what was rewritten stay in the store. */
  keptMs: number
  /** Pixels of an image that is drawn before anything is decided. */
  picturePixelsMax: number
}

const CLEAN_EVERY_MS = 10 * 60_000
/** A picture is looked at before its disc is imported: larger ones wait until it is. */
const LOOK_FILE_BYTES_MAX = 512 * 1024 * 1024
const LOOK_FRAME_BYTES_MAX = 256 * 1024 * 1024
const LOOK_TIMEOUT_MS = 20_000

/** Discs, from their first byte to the last confirmation. */
export function openImporting(options: {
  db: Database
  clock: Clock
  ids: Ids
  journal: Journal
  log: Log
  outbox: Outbox
  objects: Objects
  receive: Receive
  studies: Studies
  conflicts: Conflicts
  rejecting: Rejecting
  transfers: Transfers
  /** The study is an earlier one of the request's patient: its readers see it beside the images. */
  prior(tx: Tx, request: string, study: StudyRecord): Promise<void>
  linked(tx: Tx, request: string, StudyInstanceUID: string): Promise<void>
  peers: Peers
  renderer: Renderer
  sites: SiteNames
  folder: { uploads: string; scratch: string }
  storage: { bucketFiles: number; freeBytesMin: number }
  limits: ImportLimits
  /** What Modifying System (0400,0563) says. */
  system: string
}): Importing {
  const { db, clock, log, limits, folder } = options
  const rows = openImportRows(db)
  const presets = openPresets(options)
  const decisionRows = openDecisionRows(db)
  const decisions = openDecisions({ ...options, rows, decisions: decisionRows })
  const house = { ...options, presets, rows, decisionRows, decisions, scratch: folder.scratch }
  const imports = openImports(house)
  const uploads = openUploads({
    ...options,
    folder: folder.uploads,
    maxBytes: limits.uploadBytesMax,
    quotaBytes: limits.siteQuotaBytes,
    onGrown: imports.grown,
  })
  const looks = openLooks({
    ...options,
    scratch: folder.scratch,
    limits: {
      picture: { pixelsMax: limits.picturePixelsMax, bytesMax: LOOK_FRAME_BYTES_MAX },
      fileBytesMax: LOOK_FILE_BYTES_MAX,
      timeoutMs: LOOK_TIMEOUT_MS,
    },
  })
  const certificates = openCertificates(house)
  let cleaning: NodeJS.Timeout | undefined

  const clean = async () => {
    const now = clock.now()
    for (const record of await rows.toClean({
      undecidedBefore: now - limits.abandonedMs,
      finishedBefore: now - limits.keptMs,
    })) {
      if (['uploading', 'reading', 'inventoried'].includes(record.state)) await imports.lapse(record.id)
      if (record.upload !== null) await uploads.remove(record.upload)
      await db.write(tx => rows.update(tx, record.id, { cleaned: 1 }))
    }
    await uploads.removeForgotten(now - limits.abandonedMs, upload =>
      rows.ofUpload(upload).then(found => found !== undefined),
    )
  }

  return {
    presets,
    imports,
    uploads,
    looks,
    views: openImportViews({ ...house, certificates, limits }),
    certificates,
    take: takeHandler(house),
    follower: importFollower(house),
    clean,
    start: async () => {
      await imports.start()
      const again = () =>
        clean().catch(thrown => log.error('uploads-not-cleaned', { reason: reasonOf(thrown) }, thrown))
      void again()
      cleaning = setInterval(again, CLEAN_EVERY_MS)
      cleaning.unref()
    },
    close: async () => {
      clearInterval(cleaning)
      await looks.close()
      await imports.close()
    },
  }
}
