import { createHash } from 'node:crypto'
import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { type Clock, isoAt } from '../clock.js'
import type { Database } from '../database.js'
import { reasonOf } from '../errors.js'
import type { Ids } from '../ids.js'
import type { Follower } from '../journal/followers.js'
import type { Journal } from '../journal/journal.js'
import type { Log } from '../log.js'
import type { Offsite } from '../offsite/offsite.js'
import { type Handler, priorities } from '../outbox/job.js'
import type { Outbox } from '../outbox/outbox.js'
import { privateFolder, writeWhole } from '../private-files.js'
import { readNumbers, reserveNumbers } from '../requests/numbers.js'
import type { RequestTables } from '../requests/schema.js'
import type { Settings } from '../settings.js'
import type { Sites } from '../sites/sites.js'
import type { SiteView } from '../sites/view.js'
import { wallAt } from '../zone.js'
import { namesOn } from './duty-list.js'
import { openPrinting } from './printing.js'
import { keptFrom, nextNight } from './rules.js'
import type { DowntimeTables, PaperRow } from './schema.js'
import type { DowntimeView, PaperKind } from './view.js'

export interface DowntimeDeps {
  db: Database
  clock: Clock
  ids: Ids
  journal: Journal
  outbox: Pick<Outbox, 'add' | 'open' | 'handle'>
  sites: Pick<Sites, 'sites' | 'contracts'>
  offsite: Pick<Offsite, 'views'>
  config: Pick<Settings, 'downtime' | 'node'>
  /** IANA: on whose wall the hour and the day are read. */
  exchange: { timeZone: string }
  /** Where the papers lie. */
  folder: { downtime: string }
  log: Pick<Log, 'error'>
}

export interface Downtime {
  /** Owes the papers of the next night, unless they are owed already, and now those of today that are not there. */
  start(): Promise<void>
  /** Today's papers of a site, where there are none yet: a new node, or a new site, does not wait for its night. */
  makeNow(site: string): Promise<void>
  list(site: string): Promise<DowntimeView>
  paper(id: string): Promise<PaperRow | undefined>
  /** Undefined where the file is not there any more, or is another. */
  bytesOf(paper: Pick<PaperRow, 'file' | 'sha256'>): Buffer | undefined
  /** A site that comes has its papers at once; a duty list on which other people stand by now is made anew. */
  follower: Follower
  close(): void
}

const DOWNTIME_JOB = 'downtime-papers'
const CHANGES_JOB = 'downtime-changes'
/** A roster is written in many steps: the papers follow once it rests. */
const REST_MS = 2 * 60_000
const LANE = 'downtime'
const SYSTEM = { by: 'system', part: 'downtime' } as const
const DUTY_HOURS = 48
const HOUR_MS = 3_600_000
/** What may change who stands on a duty list, or how they are reached. */
const CHANGING = [
  'roster-shift-added',
  'roster-shift-changed',
  'roster-shift-removed',
  'contract-changed',
  'site-changed',
  'account-created',
  'account-changed',
  'membership-granted',
  'membership-ended',
  'membership-changed',
]

export function openDowntime(deps: DowntimeDeps): Downtime {
  const { db, clock, ids, journal, outbox, sites, offsite, config, log } = deps
  const { timeZone } = deps.exchange
  const papersFolder = deps.folder.downtime
  const printing = openPrinting()
  const { madeAtHour, formsCount, keptDays } = config.downtime
  const { language } = config.node
  const rows = () => db.sql<DowntimeTables>().selectFrom('downtime_papers').selectAll()

  /** One night's job owes the next; tried at another hour by a person, the same night again. */
  const next = (after = clock.now()) => {
    const { day, at } = nextNight(after, madeAtHour, timeZone)
    return {
      lane: LANE,
      kind: DOWNTIME_JOB,
      key: `downtime ${day} ${ids.next('ngt')}`,
      body: { at },
      dueAt: at,
      priority: priorities.background,
    }
  }

  const today = () => wallAt(clock.now(), timeZone).date
  /** One after the other: the night and a person may ask for the same. */
  let making: Promise<unknown> = Promise.resolve()
  const once = (make: () => Promise<void>): Promise<void> => {
    const made = making.then(make)
    making = Promise.allSettled([made])
    return made
  }

  const bytesOf: Downtime['bytesOf'] = ({ file, sha256 }) => {
    try {
      const bytes = readFileSync(join(papersFolder, file))
      return digestOf(bytes) === sha256 ? bytes : undefined
    } catch (thrown) {
      if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') return undefined
      throw thrown
    }
  }

  const written = (
    { site, day, at }: { site: string; day: string; at: number },
    kind: PaperKind,
    { bytes, pages, names }: { bytes: Buffer; pages: number; names?: string },
  ): PaperRow => {
    const file = `${day}-${site}-${kind}.pdf`
    writeWhole(join(papersFolder, file), bytes, 0o600)
    const sha256 = digestOf(bytes)
    return {
      ...{ id: ids.next('dwn'), site, day, kind, file, bytes: bytes.length, sha256, pages, made_at: at },
      names: names ?? null,
    }
  }

  async function duty(site: SiteView, day: string, at: number) {
    const groups = await groupsOf(site.id, at)
    const paper = await printing.duty({
      ...{ site: site.name, day, language, at, groups, hours: DUTY_HOURS, timeZone },
    })
    return { ...paper, names: digestOf(namesOn(groups)) }
  }

  /** These in place of those of the same kinds that were there: a paper made anew is the same paper. */
  const record = (site: string, day: string, papers: readonly PaperRow[], numbers?: readonly string[]) =>
    db.write(async tx => {
      for (const { id, ...paper } of papers)
        await tx
          .sql<DowntimeTables>()
          .insertInto('downtime_papers')
          .values({ id, ...paper })
          .onConflict(conflict => conflict.columns(['site', 'day', 'kind']).doUpdateSet(paper))
          .execute()
      const files = papers.map(({ file, sha256 }) => ({ file, sha256 }))
      const body = { day, ...(numbers === undefined ? {} : { numbers: [...numbers] }), files }
      await journal.append(tx, { type: 'downtime-papers-made', site, ids: {}, body }, SYSTEM)
    })

  /** Numbers first, which stay reserved whatever follows; then the files; then what is said of them. */
  async function make(site: SiteView, day: string): Promise<void> {
    const there = await rows().where('site', '=', site.id).where('day', '=', day).execute()
    // A folder that was restored without them gets them anew, with the same numbers.
    if (there.length > 0 && there.every(paper => bytesOf(paper) !== undefined)) return
    const at = clock.now()
    const of = { site: site.id, day, at }
    const numbers = await db.write(tx => reserveNumbers(tx, { ...of, count: formsCount }))
    const papers = [written(of, 'duty', await duty(site, day, at))]
    if (numbers.length > 0)
      papers.push(written(of, 'forms', await printing.forms({ site: site.name, day, language, at, numbers })))
    await record(site.id, day, papers, numbers)
  }

  /** The papers of a site that has none today; else its duty list, where others stand on it by now. */
  async function renew(site: SiteView, day: string): Promise<void> {
    const there = await rows()
      .where('site', '=', site.id)
      .where('day', '=', day)
      .where('kind', '=', 'duty')
      .executeTakeFirst()
    if (there === undefined) return make(site, day)
    // In the hours it was made for: what comes after them is the next night's.
    if (digestOf(namesOn(await groupsOf(site.id, there.made_at))) === there.names) return
    const at = clock.now()
    await record(site.id, day, [written({ site: site.id, day, at }, 'duty', await duty(site, day, at))])
  }

  /** The groups that read for a site, with who reads in these hours. */
  async function groupsOf(site: string, from: number) {
    const contracts = (await sites.contracts()).filter(({ requesting }) => requesting === site)
    const groups = [...new Set(contracts.map(({ reading }) => reading))]
    return Promise.all(
      groups.map(async group => {
        const lastRung = contracts.find(
          each => each.reading === group && each.lastRung !== undefined,
        )?.lastRung
        return {
          roster: await offsite.views.roster(group, { from, to: from + DUTY_HOURS * HOUR_MS }),
          ...(lastRung === undefined ? {} : { lastRung: lastRung.telephone }),
        }
      }),
    )
  }

  async function letGo(day: string): Promise<void> {
    const old = await rows().where('day', '<', keptFrom(day, keptDays)).execute()
    for (const { id, file } of old) {
      rmSync(join(papersFolder, file), { force: true })
      await db.write(tx =>
        tx.sql<DowntimeTables>().deleteFrom('downtime_papers').where('id', '=', id).execute(),
      )
    }
  }

  /** Every site that asks and is open; gives what went wrong, site by site. */
  async function forEachSite(make: (site: SiteView) => Promise<void>): Promise<string[]> {
    const failed: string[] = []
    for (const site of await sites.sites()) {
      if (site.kind !== 'requesting' || site.closed === true) continue
      try {
        await once(() => make(site))
      } catch (thrown) {
        log.error('downtime-papers-not-made', { site: site.id }, thrown)
        failed.push(`${site.id}: ${reasonOf(thrown)}`)
      }
    }
    return failed
  }

  /** Makes the papers of the day of every site that asks, lets the old ones go, and owes the next ones. */
  const handler: Handler = {
    run: async () => {
      // What was due while the machine was off is of today: yesterday's duty list helps nobody.
      const day = today()
      const failed = await forEachSite(site => make(site, day))
      if (failed.length > 0) return { result: 'transient', reason: failed.join('; ') }
      await letGo(day)
      return {
        result: 'done',
        settle: async tx => {
          await outbox.add(tx, next())
        },
      }
    },
    // A full disk, or a roster that cannot be read: not worth more than a try a minute.
    backoffMs: () => 60_000,
    // That night is given up, and no other.
    givenUp: async (tx, { body }) => {
      await outbox.add(tx, next(Math.max(clock.now(), Number(body['at']))))
    },
  }
  outbox.handle(DOWNTIME_JOB, handler)
  outbox.handle(CHANGES_JOB, {
    run: async () => {
      const day = today()
      const failed = await forEachSite(site => renew(site, day))
      return failed.length > 0 ? { result: 'transient', reason: failed.join('; ') } : { result: 'done' }
    },
    backoffMs: () => 60_000,
  })

  /** What changes meanwhile is of the same job. */
  const changes = (now: number) => {
    const dueAt = now - (now % REST_MS) + REST_MS
    return {
      ...{ lane: LANE, kind: CHANGES_JOB, key: `downtime changes ${dueAt}`, body: {}, dueAt },
      priority: priorities.background,
    }
  }

  return {
    follower: {
      name: 'downtime',
      types: CHANGING,
      handle: async (_fact, tx) => {
        await outbox.add(tx, changes(clock.now()))
      },
    },
    start: async () => {
      privateFolder(papersFolder)
      const day = today()
      const made = (await rows().where('day', '=', day).where('kind', '=', 'duty').execute()).map(
        ({ site }) => site,
      )
      const asking = (await sites.sites()).filter(
        ({ kind, closed }) => kind === 'requesting' && closed !== true,
      )
      const owed = (await outbox.open({ kind: DOWNTIME_JOB, limit: 1 })).length > 0
      await db.write(async tx => {
        if (!owed) await outbox.add(tx, next())
        if (asking.some(({ id }) => !made.includes(id))) await outbox.add(tx, changes(clock.now()))
      })
    },
    makeNow: async id => {
      const site = (await sites.sites()).find(one => one.id === id && one.kind === 'requesting')
      if (site !== undefined) await once(() => make(site, today()))
    },
    list: async site => {
      const papers = await rows().where('site', '=', site).orderBy('day', 'desc').orderBy('kind').execute()
      const numbers = await readNumbers(db.sql<RequestTables>(), site)
      const [job] = await outbox.open({ kind: DOWNTIME_JOB, limit: 1 })
      return {
        items: papers.map(paper => {
          const reserved = paper.kind === 'forms' ? numbers.get(paper.day) : undefined
          return {
            id: paper.id,
            site: paper.site,
            day: paper.day,
            kind: paper.kind,
            file: paper.file,
            bytes: paper.bytes,
            pages: paper.pages,
            madeAt: isoAt(paper.made_at),
            ...(reserved === undefined ? {} : { numbers: reserved }),
          }
        }),
        ...(job === undefined ? {} : { nextAt: isoAt(job.dueAt) }),
        keptDays,
      }
    },
    paper: id => rows().where('id', '=', id).executeTakeFirst(),
    bytesOf,
    close: printing.close,
  }
}

const digestOf = (bytes: Buffer | string): string => createHash('sha256').update(bytes).digest('hex')
