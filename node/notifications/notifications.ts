import { sql } from 'kysely'
import type { Accounts } from '../accounts/accounts.js'
import { allows } from '../accounts/permissions.js'
import type { Role } from '../accounts/view.js'
import type { AddressGuard } from '../address-guard.js'
import { type Clock, isoAt } from '../clock.js'
import type { Database, Tx } from '../database.js'
import { Failure, fail } from '../errors.js'
import type { Acting } from '../http/acting.js'
import type { Ids } from '../ids.js'
import type { Origin, StoredFact } from '../journal/facts.js'
import type { Follower } from '../journal/followers.js'
import type { Journal } from '../journal/journal.js'
import type { Links, Opener } from '../links/links.js'
import type { Log } from '../log.js'
import type { Outbox } from '../outbox/outbox.js'
import type { Requests } from '../requests/requests.js'
import { endOfPart } from '../requests/standing.js'
import { NOTICE_FACTS } from '../requests/timeline.js'
import type { ListView } from '../requests/view.js'
import type { Settings } from '../settings.js'
import type { Sites } from '../sites/sites.js'
import type { Studies } from '../studies/studies.js'
import { type Alarms, openAlarms } from './alerts/alarms.js'
import { type Alerts, openAlerts } from './alerts/alerts.js'
import { type Calls, openCalls } from './alerts/calls.js'
import type { Channel } from './channels/channel.js'
import { openEmail } from './channels/email.js'
import { openDevices, openPush } from './channels/push.js'
import { openPushKeys } from './channels/push-keys.js'
import { openTelephone } from './channels/telephone.js'
import { channelHandler, channelSettler, pathOf } from './handing.js'
import { type Health, openHealth } from './health/health.js'
import { letterSamples } from './letter-samples.js'
import { type Letterbox, openLetterbox } from './letterbox.js'
import { linkLetters } from './link-letters.js'
import { noticeFact, SYSTEM } from './notice.js'
import { openPlacing } from './placing.js'
import type { ReportMail } from './ports.js'
import { NOT_CONFIGURED, openPostman, type Postman } from './postman.js'
import { openReach, type Reaching } from './reach.js'
import { openRest } from './resting.js'
import { type ActSoFar, actSoFar, type Call, type Told, toldOnce, whoShouldKnow } from './rules.js'
import type { NoticeRow, NotificationTables } from './schema.js'
import { openTrials, type Trials } from './trials.js'
import type { AlertView, LetterView, MailView, NoticeView, SentNotice } from './view.js'
import { ringing, viewsOf } from './views.js'
import { openWithdrawn } from './withdrawn.js'

export interface NotificationsDeps {
  db: Database
  clock: Clock
  ids: Ids
  journal: Journal
  outbox: Outbox
  accounts: Pick<Accounts, 'members' | 'contact' | 'setPhone'>
  sites: Pick<Sites, 'sites' | 'contracts'>
  requests: Pick<Requests, 'known' | 'send' | 'offeredTo'> & {
    /** The requests of a site that a study is linked to. */
    linkedTo(site: string, StudyInstanceUID: string): Promise<{ id: string }[]>
  }
  studies: Pick<Studies, 'byId'>
  links: Links
  reports?: ReportMail
  config: Pick<Settings, 'mail' | 'push' | 'telephone' | 'node' | 'links' | 'sessions'>
  /** Looks at the address of the mail server at each letter. */
  mailGuard: Pick<AddressGuard, 'resolve'>
  /** Where people find the node, without a slash at the end: links in letters begin with it. */
  publicUrl(): string
  /** Other ways out than those of the configuration: tests. */
  channels?: readonly Channel[]
  /** Looks at the addresses of push services and of the telephone gateway. */
  webGuard(purpose: 'push' | 'telephone'): Pick<AddressGuard, 'calling'>
  /** PEM of who signed the push services' certificates: tests. */
  webCa?: string
  /** Where private keys are kept. */
  keysFolder: string
  /** Whether this person has the screen open. */
  isOnline(account: string): boolean
  /** How long ago anybody was at work at a screen. */
  askedMsAgo(): number
  log: Pick<Log, 'error' | 'info'>
  /** Alarms may not go out, or go out again: for the screens. */
  onTrouble(): void
}

export interface Notifications {
  /** Owes letters that bring a link, by the fact that asks for them. */
  linkLetters: Follower
  letterbox: Letterbox
  /** Hands over one letter that is no notice. */
  post: Postman['post']
  alarms: Alarms
  alerts: Alerts
  calls: Calls
  health: Health
  reach: Reaching
  trials: Trials
  /**
   * Owes the letters that no mail server was configured for, now that there is one: those of notices still unread and
   * younger than {@link STALE_MS}. Gives how many.
   */
  catchUp(): Promise<number>
  /** Owes the notices of a fact, in the follower's transaction: rows, facts, letters into the outbox. */
  tell(tx: Tx, fact: StoredFact): Promise<void>
  /** The person follows the link of a letter: where it leads. Throws `missing`, the same for every link not theirs. */
  follow(who: Acting, secret: string, by: Opener): Promise<string>
  /** The person's own notices: unread first, then the newest. */
  list(who: Acting, page: { limit: number; after?: string | undefined }): Promise<ListView<NoticeView>>
  /** The person's action: marks one notice as read. Throws `missing` where it is not theirs. */
  read(who: Acting, id: string, origin: Origin): Promise<void>
  readAll(who: Acting, origin: Origin): Promise<void>
  /** Every letter the node sends, made of examples. */
  letters(): LetterView[]
  /** Letters kept instead of being sent, newest first. Throws `missing` unless the node captures its mail. */
  mailbox(page: { limit: number; after?: string | undefined }): Promise<ListView<MailView>>
  /** The alerts of one request, for who may see it. Throws `missing`. */
  ofAct(who: Acting, request: string): Promise<AlertView[]>
  /** Everything that was told about a request, oldest first. */
  ofRequest(request: string): Promise<SentNotice[]>
}

/** Facts of one act that are looked at: an act has dozens, besides what people were told of it. */
const FACTS_MAX = 1000
/** Unread notices that one action marks: what a screen can hold. */
const READ_ALL_MAX = 500
/** An older letter would tell nobody anything: the notice stays on the person's screen. */
const STALE_MS = 72 * 3_600_000
const NO_LINK = 'This link has expired, or leads to what is not yours.'

export function openNotifications(deps: NotificationsDeps): Notifications {
  const { db, clock, ids, journal, outbox, accounts, studies, links, config } = deps
  const reading = () => db.sql<NotificationTables>()
  const postman = openPostman(deps)
  const email = openEmail(config, postman)
  const devices = openDevices({ db, clock, ids, config })
  const keys = openPushKeys(deps.keysFolder)
  const channels: readonly Channel[] = [
    email,
    ...(deps.channels ?? [
      openPush({
        db,
        clock,
        config,
        devices,
        keys,
        guard: deps.webGuard('push'),
        ...(deps.webCa === undefined ? {} : { ca: deps.webCa }),
      }),
      openTelephone(config, deps.webGuard('telephone')),
    ]),
  ]
  const settle = channelSettler(deps)
  const reach = openReach({ db, clock, accounts, devices: devices.count })
  const rest = openRest(deps.askedMsAgo)
  const placing = openPlacing({ ...deps, reach, channels, settle, rest })
  const alerts = openAlerts({ ...deps, placing })
  const trials = openTrials({
    notifications: deps,
    accounts,
    channels,
    devices,
    keys,
    reach,
    placing,
    settle,
  })
  const calls = openCalls({ ...deps, placing }, alerts)
  const health = openHealth({ ...deps, channels, placing, postman, alerts })

  /** Somebody is not reached this way: another of their channels, else the alert's next rung. */
  async function elsewhere(tx: Tx, notice: NoticeRow): Promise<void> {
    if (await placing.fallBack(tx, notice)) return
    if (notice.alert !== null && notice.rung !== null) await alerts.hasten(tx, notice.alert, notice.rung)
  }

  for (const channel of channels)
    outbox.handle(channel.lane, channelHandler(deps, channel, reach.of, settle, rest, elsewhere))
  outbox.handle('alert-rung', alerts.handler)
  outbox.handle('notice-fallback', {
    run: async job => ({
      result: 'done',
      settle: async tx => {
        const waiting = await tx
          .sql<NotificationTables>()
          .selectFrom('notices')
          .innerJoin('notice_channels', 'notice_channels.notice', 'notices.id')
          .selectAll('notices')
          .where('notices.id', '=', String(job.body['notice']))
          .where('channel', '=', job.body['channel'] as 'email')
          .where('state', '=', 'queued')
          .where('read_at', 'is', null)
          .where('over_at', 'is', null)
          .executeTakeFirst()
        if (waiting !== undefined) await elsewhere(tx, waiting)
      },
    }),
  })

  async function soFar(fact: StoredFact): Promise<ActSoFar> {
    const { request, study, peer } = fact.ids
    if (request !== undefined) return actSoFar(await ofRequest(request, fact))
    const urgency = study === undefined ? undefined : (await studies.byId(study))?.urgency
    const about = { reference: peer ?? '', urgency: urgency ?? 'routine' }
    // What is about no act says itself what it is about.
    return actSoFar([{ ...fact, body: study === undefined ? { ...about, ...fact.body } : about }])
  }

  async function membersFor(calls: readonly Call[]) {
    const found = new Map<string, string[]>()
    for (const { to } of calls)
      if ('role' in to)
        found.set(
          `${to.site} ${to.role}`,
          (await accounts.members([to.site], to.role)).map(member => member.account),
        )
    return (site: string, role: Role) => found.get(`${site} ${role}`) ?? []
  }

  const doneBy = ({ origin }: StoredFact) => (origin?.by === 'account' ? origin.account : undefined)
  const ofRequest = (request: string, { seq }: StoredFact) =>
    journal.read({ subject: request, without: NOTICE_FACTS, before: seq + 1, limit: FACTS_MAX })

  async function tell(tx: Tx, fact: StoredFact): Promise<void> {
    if (fact.type === 'instances-withdrawn' || fact.type === 'import-withdrawn')
      return withdrawn(tx, fact, doneBy(fact))
    const act = await soFar(fact)
    const calls = whoShouldKnow(fact, act)
    const rung = await alerts.follow(tx, fact, act)
    const people = toldOnce(calls, await membersFor(calls), doneBy(fact)).filter(
      ({ account }) => !rung.has(account),
    )
    await placing.placeAll(
      tx,
      people.map(told => ({ notice: noticeOf(fact, act, told), asked: told.channels })),
    )
  }

  const noticeOf = (fact: StoredFact, act: ActSoFar, told: Told) => ({
    fact: fact.seq,
    account: told.account,
    member_of: told.site,
    kind: told.kind,
    urgency: act.urgency,
    site: fact.site ?? '',
    reference: act.reference,
    request: fact.ids['request'] ?? null,
    report: fact.ids['report'] ?? null,
    version: typeof fact.body?.['version'] === 'number' ? fact.body['version'] : null,
    transfer: fact.ids['transfer'] ?? null,
    import: fact.ids['import'] ?? null,
    alert: null,
    rung: null,
  })

  const withdrawn = openWithdrawn({
    studies,
    requests: deps.requests,
    placing,
    actOf: async (request, fact) => actSoFar(await ofRequest(request, fact)),
    noticeOf,
  })

  async function catchUp(): Promise<number> {
    if (email.unusable !== undefined) return 0
    return db.write(async tx => {
      const rows = await tx
        .sql<NotificationTables>()
        .selectFrom('notices')
        .innerJoin('notice_channels', 'notice_channels.notice', 'notices.id')
        .selectAll('notices')
        .where('channel', '=', 'email')
        .where('state', '=', 'failed')
        .where('reason', '=', NOT_CONFIGURED)
        .where('read_at', 'is', null)
        .where('over_at', 'is', null)
        .where('notices.at', '>', clock.now() - STALE_MS)
        .orderBy('notices.id')
        .execute()
      for (const notice of rows) {
        const job = await outbox.openJob(await placing.owe(tx, notice, email))
        // It was owed while there still was a server, and set aside when there was none.
        if (job?.state === 'parked') await outbox.retry(tx, job.id, SYSTEM)
        await settle(tx, notice, 'email', { state: 'queued' })
        await journal.append(tx, noticeFact('notice-queued', notice, { channel: 'email' }), SYSTEM)
      }
      return rows.length
    })
  }

  async function open(tx: Tx, rows: readonly NoticeRow[], origin: Origin): Promise<void> {
    const now = clock.now()
    for (const row of rows) {
      await tx
        .sql<NotificationTables>()
        .updateTable('notices')
        .set({ read_at: now })
        .where('id', '=', row.id)
        .execute()
      await tx
        .sql<NotificationTables>()
        .updateTable('notice_channels')
        .set({ state: 'opened', at: now })
        .where('notice', '=', row.id)
        .where('channel', '=', 'screen')
        .execute()
      await journal.append(tx, noticeFact('notice-opened', row, { channel: 'screen' }), origin)
    }
  }

  const own = (tx: Pick<Tx, 'sql'>, who: Acting) =>
    tx.sql<NotificationTables>().selectFrom('notices').selectAll().where('account', '=', who.account.id)

  return {
    linkLetters: linkLetters(deps, postman),
    letterbox: openLetterbox(deps, postman),
    alarms: openAlarms({ ...deps, reach }),
    post: postman.post,
    letters: () => letterSamples({ nodeName: config.node.name, publicUrl: deps.publicUrl() }),
    alerts,
    calls,
    health,
    reach,
    trials,
    tell,
    catchUp,
    follow: async (who, secret, by) => {
      const noticeOf = async (id: string) => own(db, who).where('id', '=', id).executeTakeFirst()
      try {
        const link = await links.open({
          secret,
          purpose: 'notice',
          by,
          accepts: async ({ subject }) => (await noticeOf(subject)) !== undefined,
        })
        const row = (await noticeOf(link.subject)) ?? fail('missing', NO_LINK)
        await db.write(async tx => {
          if (row.read_at === null) await open(tx, [row], by.origin)
          const letter = await tx
            .sql<NotificationTables>()
            .updateTable('notice_channels')
            .set({ state: 'opened', at: clock.now() })
            .where('notice', '=', row.id)
            .where('channel', '=', 'email')
            .where('state', '!=', 'opened')
            .executeTakeFirst()
          if (letter.numUpdatedRows === 1n)
            await journal.append(tx, noticeFact('notice-opened', row, { channel: 'email' }), by.origin)
        })
        return pathOf(row)
      } catch (thrown) {
        // Who is signed in is told of the link, not of their session.
        if (thrown instanceof Failure && thrown.code === 'unauthenticated') fail('missing', NO_LINK)
        throw thrown
      }
    },
    list: async (who, { limit, after }) => {
      const read = sql<number>`(read_at IS NOT NULL OR over_at IS NOT NULL)`
      let select = reading()
        .selectFrom('notices')
        .selectAll()
        .where('account', '=', who.account.id)
        .orderBy(read)
        .orderBy('at', 'desc')
        .orderBy('id', 'desc')
        .limit(limit + 1)
      if (after !== undefined) {
        const [wasRead = '', at = '', id = ''] = after.split(':')
        select = select.where(
          sql<boolean>`(${read}, -at) > (${Number(wasRead)}, ${-Number(at)})
            OR ((${read}, at) = (${Number(wasRead)}, ${Number(at)}) AND id < ${id})`,
        )
      }
      const rows = await select.execute()
      const last = rows.length > limit ? rows[limit - 1] : undefined
      const urgentRings = await reach.rings(who.account.id, 'urgent')
      return {
        items: (await viewsOf(deps, rows.slice(0, limit))).map(view => ringing(view, urgentRings)),
        ...(last === undefined
          ? {}
          : { next: `${last.read_at === null && last.over_at === null ? 0 : 1}:${last.at}:${last.id}` }),
      }
    },
    read: (who, id, origin) =>
      db.write(async tx => {
        const row = await own(tx, who).where('id', '=', id).executeTakeFirst()
        if (row === undefined) fail('missing', 'There is no such notice.')
        if (row.read_at === null) await open(tx, [row], origin)
      }),
    readAll: (who, origin) =>
      db.write(async tx => {
        const rows = await own(tx, who).where('read_at', 'is', null).limit(READ_ALL_MAX).execute()
        await open(tx, rows, origin)
      }),
    mailbox: async ({ limit, after }) => {
      if (!config.mail.captured) fail('missing', 'This node sends its letters; it keeps none.')
      let select = reading()
        .selectFrom('mailbox')
        .selectAll()
        .orderBy('at', 'desc')
        .orderBy('notice', 'desc')
        .limit(limit + 1)
      if (after !== undefined) {
        const [at = '', id = ''] = after.split(':')
        select = select.where(sql<boolean>`(at, notice) < (${Number(at)}, ${id})`)
      }
      const rows = await select.execute()
      const last = rows.length > limit ? rows[limit - 1] : undefined
      return {
        items: rows.slice(0, limit).map(({ notice, at, recipient, subject, text, html }) => ({
          id: notice,
          at: isoAt(at),
          to: recipient,
          subject,
          text,
          html,
        })),
        ...(last === undefined ? {} : { next: `${last.at}:${last.notice}` }),
      }
    },
    ofAct: async (who, id) => {
      const request = await deps.requests.known(id)
      if (request === undefined || !allows(who, 'request.see', request.standing))
        fail('missing', 'There is no such request.')
      const items = await alerts.ofRequest(id)
      const end = endOfPart(who, request.standing)
      // Who takes part no more sees what was over by then, and not whom it rang afterwards.
      return end === undefined
        ? items
        : items.filter(({ endedAt }) => endedAt !== undefined && endedAt <= isoAt(end.until))
    },
    ofRequest: async request => {
      const rows = await reading()
        .selectFrom('notices')
        .selectAll()
        .where('request', '=', request)
        .orderBy('at')
        .orderBy('id')
        .execute()
      const accountOf = new Map(rows.map(row => [row.id, row.account]))
      return (await viewsOf(deps, rows)).map(
        ({ siteName: _name, request: _request, report: _report, ...view }) => ({
          ...view,
          account: accountOf.get(view.id) as string,
        }),
      )
    },
  }
}
