import { allows, factorDue, mayTry } from './accounts/permissions.js'
import { accountRoutes } from './accounts/routes.js'
import { screenRoutes } from './accounts/screen-routes.js'
import { openScreens } from './accounts/screens.js'
import { openAccess } from './archive/access.js'
import { accessRoutes } from './archive/access-routes.js'
import { openJournalExport } from './archive/journal-export.js'
import { journalRoutes } from './archive/journal-routes.js'
import { recordsOpenings } from './archive/openings.js'
import { proofRoutes } from './archive/proof-routes.js'
import { destructionRoutes } from './archive/retention/destruction-routes.js'
import { retentionRoutes } from './archive/retention/routes.js'
import { archiveRoutes } from './archive/routes.js'
import { type Clock, systemClock } from './clock.js'
import { commandHandler } from './commands/running.js'
import type { Config } from './config.js'
import { conversationRoutes } from './conversations/routes.js'
import { criticalRoutes } from './criticals/routes.js'
import { checks } from './doctor/checks.js'
import { openDoctor } from './doctor/doctor.js'
import { doctorRoutes } from './doctor/routes.js'
import { downtimeRoutes } from './downtime/routes.js'
import { Failure } from './errors.js'
import { certificateRoutes } from './exchange/certificate-routes.js'
import { peerRoutes } from './exchange/peer-routes.js'
import { rejectionRoutes } from './exchange/rejection-routes.js'
import { retrievalRoutes } from './exchange/retrieval-routes.js'
import { routingRoutes } from './exchange/routing-routes.js'

import { openSearches } from './exchange/searches.js'
import { searchPacs } from './exchange/searching.js'

import { studyRoutes } from './exchange/study-routes.js'
import { openTransferViews, transferRoutes } from './exchange/transfer-routes.js'
import { openIdempotency } from './http/idempotency.js'
import { openMetrics } from './http/operations.js'
import { type Http, openHttp } from './http/server.js'
import { importPictureRoutes } from './imports/picture-routes.js'
import { presetRoutes } from './imports/preset-routes.js'
import { importRoutes } from './imports/routes.js'
import { UPLOADS_PATH } from './imports/uploads.js'
import { inboxMount, inboxRoutes } from './inbox/routes.js'
import { type Log, openLog } from './log.js'
import { healthRoutes } from './notifications/health/routes.js'
import { reachRoutes } from './notifications/reach-routes.js'
import { notificationRoutes } from './notifications/routes.js'
import { contractRoutes } from './offsite/contract-routes.js'
import { dutyRoutes } from './offsite/duty-routes.js'
import { rosterRoutes } from './offsite/roster-routes.js'
import { siteAdministration } from './offsite/site-routes.js'
import { outboxRoutes } from './outbox/routes.js'
import { priorRoutes } from './priors/routes.js'
import { openChainVerification } from './program/chain-verification.js'
import { openDrill } from './program/drill.js'
import { websiteFolder } from './program/folder.js'
import { gauge } from './program/gauges.js'
import { openLive, openTelling } from './program/live.js'
import { openLocalDoor } from './program/local-door.js'
import { nodeRoutes } from './program/node-routes.js'
import { openObjectVerification } from './program/object-verification.js'
import { openOversight } from './program/oversight.js'
import { openServices, type Services } from './program/services.js'
import { siteClosing } from './program/site-closing.js'
import { version } from './program/version.js'
import { recallRoutes } from './recalls/routes.js'
import { fhirRoutes } from './reports/fhir-routes.js'
import { reportRoutes } from './reports/routes.js'
import { shareRoutes } from './reports/share-routes.js'
import { requestRoutes } from './requests/routes.js'
import { siteRoutes } from './sites/routes.js'
import { conflictRoutes } from './studies/conflict-routes.js'
import { dicomwebRoutes } from './studies/dicomweb/routes.js'
import { loanRoutes } from './studies/loan-routes.js'
import { webhookRoutes } from './webhooks/routes.js'

/** A node that runs: what tests and the demo hold on to. */
export interface RunningNode {
  addresses: { http: string; dicom: number; dicomTls: number }
  services: Services
  /** Everything the screens' door answers to, and what each address asks of who calls. */
  calls: Http['calls']
  /** Path of the one-time link for the first operator, while there is none. */
  firstOperator: { url: string; expiresAt: number } | null
  /** Reads certificates and keys again; a file that cannot be used changes nothing, and is told. */
  reload(): Promise<void>
  close(): Promise<void>
}

/**
 * The composition root: configuration → database → services floor by floor → followers and outbox handlers →
 * listeners. Rejects with a Failure whose sentence says what could not be had (port, folder); nothing stays behind.
 */
export async function startNode(options: {
  config: Config
  clock?: Clock
  log?: Log
  /** PEM of who signed the push services' certificates: tests. */
  webCa?: string
}): Promise<RunningNode> {
  const { config } = options
  const clock = options.clock ?? systemClock()
  const log = options.log ?? openLog({ level: config.log.level, clock })
  let http: Http | undefined
  let served = `http://${config.http.host}:${config.http.port}`
  const told = openTelling(() => http?.tell)
  const services = await openServices({
    config,
    clock,
    log,
    publicUrl: () => config.http.publicUrl?.replace(/\/$/, '') ?? served,
    onProgress: (transfer, site, destination) =>
      told('transfer', 'progress', transfer, { site, parties: [destination] }),
    onArriving: (study, standing) => told('study', 'progress', study, standing),
    onFlow: (peer, site) => told('peer', 'flow', peer, { site }),
    onJob: ({ id, site }) => told('job', 'job', id, { site: site ?? '' }),
    onPresence: (account, site, parties) => told('reader', 'presence', account, { site, parties }),
    onRead: (request, standing) => told('request', 'read', request, standing),
    onTrouble: () => told('node', 'channels', 'channels', { site: '' }),
    isOnline: account => http?.isOnline(account) ?? false,
    askedMsAgo: () => http?.askedMsAgo() ?? Number.POSITIVE_INFINITY,
    ...(options.webCa === undefined ? {} : { webCa: options.webCa }),
  })
  const {
    db,
    journal,
    accounts,
    lending,
    certificates,
    exchange,
    peers,
    studies,
    requests,
    outbox,
    followers,
  } = services
  const undo: (() => Promise<void>)[] = [() => services.close()]
  const stop = async () => {
    for (const step of undo.reverse()) await step()
  }

  try {
    const certificate = certificates.screens()
    const door = await openLocalDoor(services.folder.socket, commandHandler(services))
    undo.push(() => door.close())
    const swept = await services.objects.sweep([])
    if (swept > 0) log.info('leftovers-removed', { sweptCount: swept })
    if (config.admin.email !== null && config.admin.password !== null)
      await accounts.ensureOperator({ email: config.admin.email, password: config.admin.password })

    const oversight = openOversight(services)
    oversight.start()
    undo.push(() => oversight.close())
    services.proof.checkpoints.start()
    await services.witnesses.start()
    await services.sealing.start()
    await services.destructions.start()
    undo.push(async () => services.sealing.close())
    undo.push(async () => services.witnesses.close())
    undo.push(() => services.proof.checkpoints.close())
    const { presence } = services.offsite
    const stopLooking = journal.onCommit(({ type }) => {
      if (/^(request|report)-/.test(type)) presence.look()
    })
    undo.push(async () => {
      stopLooking()
      await presence.close()
    })
    await followers.start()
    undo.push(() => followers.close())
    const lettersCount = await services.notifications.catchUp()
    if (lettersCount > 0) log.info('letters-owed-again', { lettersCount })
    services.comparisons.start()
    undo.push(() => services.comparisons.close())
    undo.push(() => exchange.close())
    const { port: dicom, tlsPort: dicomTls } = await exchange.start()
    await certificates.start()
    undo.push(async () => certificates.close())
    services.notifications.health.start()
    undo.push(() => services.notifications.health.close())
    const stopTokens = await accounts.watchTokens()
    undo.push(async () => stopTokens())
    await services.downtime.start()
    await openDrill(services).start()
    await outbox.start()
    undo.push(() => outbox.close())
    undo.push(async () => services.secondOpinion.close())
    undo.push(async () => services.renderer.close())
    undo.push(async () => services.downtime.close())
    undo.push(async () => services.transcoder.close())
    await services.importing.start()
    await services.arriving.start()
    undo.push(() => services.importing.close())

    const files = openObjectVerification({
      ...services,
      folder: services.folder.objects,
      // The whole store is the node's own: who sees every site is told.
      onMoved: () => told('node', 'verify', 'objects', { site: '' }),
    })
    undo.push(async () => files.close())
    const doctor = openDoctor({
      services,
      checks,
      serving: true,
      onMoved: () => http?.tell({ kind: 'doctor', id: 'doctor' }, who => mayTry(who, 'node.examine')),
    })
    undo.push(async () => doctor.close())
    const bounds = {
      timeoutMs: config.retrieval.searchTimeoutMs,
      maximum: config.retrieval.searchMaximum,
    }
    const searches = openSearches({ ...services, link: exchange.link, ...bounds })
    undo.push(async () => searches.close())
    const metrics = openMetrics()
    gauge(metrics.registry, services)
    const views = openTransferViews({ ...services, sites: services.siteNames, flows: exchange.flows })
    http = openHttp({
      config: config.http,
      certificate,
      node: { name: config.node.name, version },
      log,
      clock,
      authenticate: ({ bearer, ...from }) =>
        lending.isOne(bearer)
          ? lending.find({ bearer, ...from })
          : accounts.authenticate({ ...from, ...(bearer === undefined ? {} : { bearer }) }),
      origins: config.dicomweb.origins,
      may: mayTry,
      factorDue,
      onSessionEnd: listener => {
        const stops = [accounts.onSessionEnd(listener), lending.onEnd(listener)]
        return () => {
          for (const stop of stops) stop()
        }
      },
      onPresence: () => presence.look(),
      idempotency: openIdempotency({ db, clock, hours: config.http.idempotencyHours }),
      metrics,
      live: openLive({ journal, requests, studies, peers, reach: services.notifications.reach }),
      checks: {
        database: async () => {
          await journal.head()
        },
        receiver: () => {
          if (exchange.link.pid() === undefined)
            throw new Failure('unavailable', 'the receiver is being started again')
        },
        alarms: () => {
          const [trouble] = services.notifications.health.troubles()
          if (trouble !== undefined) throw new Failure('unavailable', trouble)
        },
      },
      troubles: () => services.notifications.health.troubles(),
      staticDir: websiteFolder(),
      mounts: [
        { prefix: UPLOADS_PATH, action: 'import.create', handle: services.importing.uploads.handle },
        inboxMount(services),
      ],
      routes: recordsOpenings(services)([
        ...nodeRoutes(services),
        ...doctorRoutes({ doctor }),
        ...siteRoutes(services),
        ...siteAdministration({ ...services, closing: siteClosing(services) }),
        ...contractRoutes(services),
        ...rosterRoutes(services),
        ...dutyRoutes(services),
        ...accountRoutes({ ...services, calls: () => http?.calls ?? [] }),
        ...requestRoutes(requests, config.conversations),
        ...conversationRoutes(services),
        ...criticalRoutes(services),
        ...screenRoutes(openScreens({ ...services, days: config.accounts.screenCheckDays })),
        ...reportRoutes(services),
        ...shareRoutes({ shares: services.reports.shares, config }),
        ...fhirRoutes({ ...services, version, startedAt: clock.now() }),
        ...transferRoutes({ ...services, transfers: exchange.transfers, flows: exchange.flows, views }),
        ...studyRoutes({
          db,
          clock,
          studies,
          views,
          transfers: exchange.transfers,
          journal,
          peers,
          link: exchange.link,
          sites: services.siteNames,
          bounds,
          rejections: exchange.rejecting.rejections,
          requestsOf: async (uid, site, who) =>
            (await requests.linkedTo(site, uid))
              // As they stand now: for whoever only took part before, that is not theirs to know.
              .filter(({ standing }) => allows(who, 'request.see', { ...standing, former: [] }))
              .map(({ id, reference, state }) => ({ id, reference, state })),
        }),
        ...conflictRoutes({
          ...services,
          pixelsMax: config.dicomweb.renderPixelsMax,
          nameOf: site => services.siteNames.site(site)?.name ?? site,
        }),
        ...retrievalRoutes({
          ...services,
          retrievals: exchange.retrievals,
          searches,
          sites: services.siteNames,
          requestStanding: async (id, who) => {
            const request = await requests.known(id)
            return request !== undefined && allows(who, 'request.see', request.standing)
              ? request.standing
              : undefined
          },
          partiesOf: async retrieval => {
            const known = await Promise.all(
              (await services.priors.requestsOf(retrieval)).map(id => requests.known(id)),
            )
            return known.flatMap(request => request?.standing.parties ?? [])
          },
        }),
        ...priorRoutes({ ...services, retrievals: exchange.retrievals, sites: services.siteNames }),
        ...rejectionRoutes({ studies, rejecting: exchange.rejecting }),
        ...dicomwebRoutes(services),
        ...loanRoutes(services),
        ...peerRoutes({
          ...services,
          routes: exchange.routes,
          link: exchange.link,
          sites: services.siteNames,
        }),
        ...routingRoutes({
          ...services,
          routes: exchange.routes,
          transfers: exchange.transfers,
          stopped: exchange.stopped,
          timeZone: exchange.timeZone,
        }),
        ...certificateRoutes(services),
        ...presetRoutes({ db, peers, ...services.importing, rows: services.importing.imports.rows }),
        ...importRoutes({
          ...services.importing,
          sites: services.siteNames,
          candidates: {
            requests,
            patients: services.patients,
            search: (who, site, issuer, keys) =>
              searchPacs({
                peers,
                studies,
                link: exchange.link,
                who,
                site,
                issuer,
                keys,
                bounds,
              }),
          },
        }),
        ...importPictureRoutes(services.importing),
        ...inboxRoutes(services),
        ...notificationRoutes(services),
        ...reachRoutes(services),
        ...healthRoutes({
          health: services.notifications.health,
          webhooks: services.webhooks.standing,
        }),
        ...recallRoutes(services),
        ...webhookRoutes(services),
        ...downtimeRoutes(services),
        ...outboxRoutes({ ...services, sites: services.siteNames }),
        ...archiveRoutes(services),
        ...retentionRoutes(services),
        ...destructionRoutes(services),
        ...oversight.routes,
        ...proofRoutes(services),
        ...accessRoutes({ access: openAccess(services) }),
        ...journalRoutes({
          db,
          journal,
          exports: openJournalExport(services),
          ...openChainVerification(services),
          objects: files,
        }),
      ]),
    })
    const listening = await http.listen()
    certificates.onChange(() => {
      const renewed = certificates.screens()
      if (renewed !== null) http?.renew(renewed)
    })
    served = listening.url
    services.listening.httpPort = listening.port
    const { redirectPort } = config.http
    exchange.link.own([listening.port, ...(redirectPort === null ? [] : [redirectPort])])
    undo.push(() => (http as Http).close())
    const link = await accounts.firstOperatorLink()
    const base = config.http.publicUrl ?? served
    return {
      addresses: { http: served, dicom, dicomTls },
      services,
      calls: http.calls,
      firstOperator: link === null ? null : { url: new URL(link.path, base).href, expiresAt: link.expiresAt },
      reload: () => certificates.reload(),
      close: stop,
    }
  } catch (thrown) {
    await stop()
    throw thrown
  }
}
