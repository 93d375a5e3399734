import { openAccounts } from '../accounts/accounts.js'
import type { Standing } from '../accounts/permissions.js'
import { openKeeping } from '../archive/keeping.js'
import type { Clock } from '../clock.js'
import type { Config } from '../config.js'
import { type Database, openDatabase } from '../database.js'
import { lockFile } from '../database-lock.js'
import { openSecondOpinion } from '../dicom/native.js'
import { openRenderer } from '../dicom/rendering/renderer.js'
import { openTranscoder } from '../dicom/transcoder.js'
import { openDowntime } from '../downtime/downtime.js'
import { openExchange } from '../exchange/exchange.js'
import { openIds } from '../ids.js'
import { openImporting } from '../imports/importing.js'
import { openArriving } from '../inbox/arriving.js'
import { openInboxes } from '../inbox/inboxes.js'
import { openFollowers } from '../journal/followers.js'
import { openJournal } from '../journal/journal.js'
import { openProof } from '../journal/proof.js'
import { openLinks } from '../links/links.js'
import type { Log } from '../log.js'
import { notificationFollower } from '../notifications/follow.js'
import { openNotifications } from '../notifications/notifications.js'
import { openObjects } from '../objects/objects.js'
import { openOffsite } from '../offsite/offsite.js'
import { openOutbox } from '../outbox/outbox.js'
import { openCertificates } from '../peers/certificates/keeper.js'
import { openPeers } from '../peers/peers.js'
import { priorFollower } from '../priors/follow.js'
import { openPriors } from '../priors/priors.js'
import { requestFollower } from '../requests/follow.js'
import { openRequests, type Requests } from '../requests/requests.js'
import { studyPort } from '../requests/study-port.js'
import { openSites } from '../sites/sites.js'
import { openComparer } from '../studies/comparer.js'
import { openComparisons } from '../studies/comparisons.js'
import { openConflicts } from '../studies/conflicts.js'
import { openRewriting } from '../studies/dicomweb/rewriting.js'
import { openLending } from '../studies/lending.js'
import { openPatients } from '../studies/patients.js'
import { openReceive } from '../studies/receive.js'
import { openSearch, searchFunctions } from '../studies/search.js'
import { openStudies } from '../studies/studies.js'
import { openWebhooks } from '../webhooks/webhooks.js'
import { arrivalTeller } from './arriving.js'
import { exchangeSettings } from './exchange-settings.js'
import { type DataFolder, openDataFolder, verifierPage } from './folder.js'
import { migrations } from './migrations.js'
import { namesOfThisMachine, outgoingGuards } from './outgoing.js'
import { openReporting } from './reporting.js'
import { openSiteNames } from './site-names.js'

const MB = 1024 * 1024
const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS

export interface ServiceOptions {
  config: Config
  clock: Clock
  log: Log
  /** Where people find the node, for links in letters; without a slash at the end. */
  publicUrl(): string
  onProgress(transfer: string, site: string, destination: string): void
  onFlow(peer: string, site: string): void
  onArriving(study: string, standing: Standing): void
  /** Whether this person has a screen open on the live connection. */
  isOnline(account: string): boolean
  /** How long ago anybody asked for anything over HTTP; nobody does where it is absent. */
  askedMsAgo?(): number
  onRead(request: string, standing: Standing): void
  /** A reader came to their screen, left it, or reads. */
  onPresence(account: string, site: string, parties: readonly string[]): void
  /** Alarms may not go out. */
  onTrouble(): void
  /** PEM of who signed the push services' certificates: tests. */
  webCa?: string
  /** A task of the outbox moved. */
  onJob(job: { id: string; site: string | null }): void
}

/**
 * Everything the node is, floor by floor, without a listener: nothing is sent, received or served yet. Throws
 * `conflict`, and leaves the folder as it is, while another node or command is at work on it.
 */
export async function openServices(options: ServiceOptions) {
  const folder = openDataFolder(options.config.data.dir)
  // First of all: two at work on one folder would both believe to be its only writer.
  const lock = lockFile(folder.lock)
  let db: Database | undefined
  try {
    db = openDatabase({
      file: folder.database,
      migrations,
      clock: options.clock,
      functions: searchFunctions,
    })
    const close = db.close
    return {
      ...(await openFloors({ ...options, folder, db })),
      /** After everything else: the folder is free for the next one. */
      close: async () => {
        await close()
        lock.release()
      },
    }
  } catch (thrown) {
    await db?.close()
    lock.release()
    throw thrown
  }
}

async function openFloors(options: ServiceOptions & { folder: DataFolder; db: Database }) {
  const { config, clock, log, folder, db } = options
  const ids = openIds(clock)
  const journal = openJournal({ db, clock })
  const proof = await openProof({ db, clock, journal, log, keysFolder: folder.keys })
  const core = { db, clock, ids, journal }
  const followers = openFollowers({
    db,
    journal,
    clock,
    onTrouble: ({ follower, seq, reason, parked }) =>
      log.error(parked ? 'fact-parked' : 'fact-handling-failed', { follower, seq, reason }),
  })
  const storage = { bucketFiles: config.storage.bucketFiles, freeBytesMin: config.storage.freeMbMin * MB }
  const objects = await openObjects({
    db,
    clock,
    folder: folder.objects,
    run: `${journal.boot.slice(0, 16)}n`,
    ...storage,
  })
  const sites = openSites({ db, clock, journal })
  const operators = async () => (await sites.sites()).find(({ kind }) => kind === 'operator')?.id
  const siteNames = await openSiteNames(sites, journal)
  const links = openLinks({ db, clock, ids, journal, codeTriesMax: config.links.codeTriesMax })
  const accounts = openAccounts({
    db,
    clock,
    ids,
    journal,
    sites,
    links,
    config,
    keysFolder: folder.keys,
    publicUrl: options.publicUrl,
    onTrouble: (what, thrown) => log.error(what, {}, thrown),
  })
  const outbox = openOutbox({
    db,
    clock,
    ids,
    journal,
    onTrouble: ({ lane, kind, id, result, reason }) =>
      log.warn('job-failed', { lane, kind, job: id, outcome: result, reason }),
    onMoved: options.onJob,
  })
  const isClosed = (site: string) => siteNames.site(site)?.closed === true
  const peers = await openPeers({ ...core, isClosed, allowLoopbackPeers: config.peers.allowLoopback })
  siteNames.onChange(peers.sitesChanged)
  const studies = openStudies({ db, clock, journal })
  const search = openSearch({ db })
  const lending = openLending({ ...core, links, studies, sites, config, publicUrl: options.publicUrl })
  const patients = openPatients(db)
  const certificates = await openCertificates({
    db,
    clock,
    journal,
    log,
    peers,
    operators,
    folder: config.dicom.certsDir,
    keysFolder: folder.keys,
    dicom: config.dicom,
    http: config.http,
    hosts: namesOfThisMachine(config),
  })
  const comparisons = openComparisons({
    db,
    clock,
    ids,
    journal,
    objects,
    comparer: openComparer(),
    onTrouble: (reason, thrown) => log.error('comparison-failed', { reason }, thrown),
  })
  const conflicts = openConflicts({
    db,
    clock,
    ids,
    journal,
    issuerOf: site => siteNames.site(site)?.issuer ?? site,
    onPending: comparisons.wake,
  })
  const receive = openReceive({
    db,
    clock,
    ids,
    journal,
    objects,
    onBeside: comparisons.wake,
    onArriving: arrivalTeller({
      clock,
      standing: studies.standing,
      tell: options.onArriving,
      onTrouble: thrown => log.error('arrival-not-told', {}, thrown),
    }),
  })
  const exchange = await openExchange({
    ...core,
    log,
    followers,
    outbox,
    objects,
    peers,
    studies,
    conflicts,
    receive,
    certificates,
    sites: siteNames,
    contracts: sites,
    scratch: folder.scratch,
    ...exchangeSettings(config, { objectsFolder: folder.objects, ...storage }),
    onProgress: options.onProgress,
    onFlow: options.onFlow,
  })
  const secondOpinion = openSecondOpinion({ folder: folder.scratch, clock })
  const transcoder = openTranscoder({ folder: folder.scratch })
  const rewriting = openRewriting({ transcoder, scratch: folder.scratch, ids })
  const renderer = openRenderer({
    processes: config.dicomweb.renderProcesses,
    queueMax: config.dicomweb.renderQueueMax,
    timeoutMs: config.dicomweb.renderTimeoutMs,
    memoryBytesMax: config.dicomweb.renderMemoryMb * MB,
  })
  const offsite = openOffsite({
    ...core,
    sites,
    people: accounts,
    timeZone: exchange.timeZone,
    isOnline: options.isOnline,
    inHand: () => requests.inHand(),
    ringAlarm: who => notifications.trials.ringAll(who),
    tellPresence: options.onPresence,
    onTrouble: (what, thrown) => log.error(what, {}, thrown),
  })
  followers.add(offsite.duties.follower)
  const requests: Requests = openRequests({
    situation: offsite.situation,
    ...core,
    studies: studyPort({
      studies,
      clock,
      transferOf: study => exchange.transfers.progressOf(study),
      listed: (site, patient) => priors.ofPatient(site, patient),
    }),
    sites,
    people: accounts,
    outbox,
    objects,
    attachments: config.conversations,
    enteredLaterDaysMax: config.downtime.enteredLaterDaysMax,
  })
  for (const [kind, handler] of Object.entries(requests.handlers)) outbox.handle(kind, handler)
  followers.add(requestFollower(requests))
  const priors = openPriors({
    ...core,
    outbox,
    peers,
    studies,
    requests,
    retrievals: exchange.retrievals,
    link: exchange.link,
    bounds: { timeoutMs: config.retrieval.searchTimeoutMs, maximum: config.retrieval.searchMaximum },
    max: config.retrieval.priorsMax,
    years: config.retrieval.priorsYears,
  })
  outbox.handle('find-priors', priors.handler)
  followers.add(priorFollower({ priors, requests, automatic: config.retrieval.priorsAutomatic }))
  const { onRead, onTrouble, publicUrl } = options
  const acts = { ...core, outbox, requests, operators }
  const { criticals, reports, conversations, recalls } = openReporting({
    ...acts,
    checkpoints: proof.checkpoints,
    followers,
    objects,
    receive,
    accounts,
    peers,
    studies,
    sites,
    siteNames,
    renderer,
    links,
    lending,
    imagesKeptYears: config.storage.imagesKeptYears,
    exchange,
    limits: config.conversations,
    publicUrl,
    onRead,
  })
  const importing = openImporting({
    ...core,
    log,
    outbox,
    objects,
    receive,
    studies,
    conflicts,
    rejecting: exchange.rejecting,
    transfers: exchange.transfers,
    prior: priors.brought,
    linked: requests.studyBrought,
    peers,
    renderer,
    sites: siteNames,
    folder,
    storage,
    limits: {
      uploadBytesMax: config.imports.uploadMbMax * MB,
      siteQuotaBytes: config.imports.siteQuotaMb * MB,
      abandonedMs: config.imports.abandonedHours * HOUR_MS,
      keptMs: config.imports.keptDays * 24 * HOUR_MS,
      picturePixelsMax: config.dicomweb.renderPixelsMax,
    },
    system: config.node.name,
  })
  outbox.handle('take-import', importing.take)
  followers.add(importing.follower)
  outbox.handle('certify-import', importing.certificates.handler)
  followers.add(importing.certificates.follower)
  const graceMs = config.links.inboxGraceMinutes * MINUTE_MS
  const { imports, presets, uploads } = importing
  const arriving = openArriving({ db, clock, journal, log, links, imports, presets, uploads, graceMs })
  const inboxes = openInboxes({
    ...core,
    links,
    presets,
    uploads,
    sites: siteNames,
    limits: {
      hoursMax: config.links.inboxHoursMax,
      bytesMax: Math.min(config.links.inboxMbMax, config.imports.uploadMbMax) * MB,
      graceMs,
      canMail: config.mail.captured || config.mail.smtpUrl !== null,
    },
    onRevoked: arriving.cut,
  })
  const listening = { httpPort: config.http.port }
  const guardFor = outgoingGuards(config, () => {
    const { port, tlsPort } = exchange.link.ports()
    return [listening.httpPort, port, tlsPort]
  })
  const notifications = openNotifications({
    ...core,
    outbox,
    accounts,
    sites,
    requests,
    studies,
    links,
    reports: reports.mail,
    config,
    publicUrl: options.publicUrl,
    isOnline: options.isOnline,
    askedMsAgo: options.askedMsAgo ?? (() => Number.POSITIVE_INFINITY),
    mailGuard: guardFor('mail'),
    webGuard: guardFor,
    ...(options.webCa === undefined ? {} : { webCa: options.webCa }),
    keysFolder: folder.keys,
    log,
    onTrouble,
  })
  followers.add(notificationFollower(notifications))
  const downtime = openDowntime({ ...acts, sites, offsite, config, log, exchange, folder })
  followers.add(downtime.follower)
  const webhooks = openWebhooks({ ...acts, config, publicUrl, webGuard: guardFor, keysFolder: folder.keys })
  followers.add(webhooks.follower)
  followers.add(notifications.linkLetters)
  const keeping = openKeeping({
    ...acts,
    objects,
    proof,
    config,
    log,
    followers,
    studies,
    transfers: exchange.transfers,
    reports,
    conversations,
    notifications,
    post: notifications.post,
    guard: guardFor('witness'),
    verifier: verifierPage(),
    volumesFolder: folder.volumes,
  })
  return {
    ...keeping,
    config,
    clock,
    log,
    folder,
    ids,
    db,
    journal,
    proof,
    followers,
    objects,
    sites,
    siteNames,
    offsite,
    links,
    accounts,
    outbox,
    peers,
    certificates,
    studies,
    comparisons,
    conflicts,
    search,
    lending,
    receive,
    exchange,
    /** Where the screens are served, once they are. */
    listening,
    secondOpinion,
    renderer,
    transcoder,
    rewriting,
    importing,
    inboxes,
    arriving,
    patients,
    publicUrl: options.publicUrl,
    guardFor,
    requests,
    priors,
    criticals,
    reports,
    conversations,
    recalls,
    notifications,
    webhooks,
    downtime,
  }
}

export type Services = Awaited<ReturnType<typeof openServices>>
