import { createHash } from 'node:crypto'
import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { type Clock, isoAt } from '../clock.js'
import type { Database } from '../database.js'
import { reasonOf } from '../errors.js'
import type { Ids } from '../ids.js'
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
import { blankForms } from './blank-forms.js'
import { dutyList } from './duty-list.js'
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
  /** Owes the papers of the next night, unless they are owed already. */
  start(): Promise<void>
  /** Today's papers of a site, where there are none yet: a new node, or a new site, does not wait for its night. */
  makeNow(site: string): Promise<void>
  list(site: string): Promise<DowntimeView>
  paper(id: string): Promise<PaperRow | undefined>
  /** Undefined where the file is not there any more, or is another. */
  bytesOf(paper: Pick<PaperRow, 'file' | 'sha256'>): Buffer | undefined
}

const DOWNTIME_JOB = 'downtime-papers'
const LANE = 'downtime'
const SYSTEM = { by: 'system', part: 'downtime' } as const
const DUTY_HOURS = 48
const HOUR_MS = 3_600_000

export function openDowntime(deps: DowntimeDeps): Downtime {
  const { db, clock, ids, journal, outbox, sites, offsite, config, log } = deps
  const { timeZone } = deps.exchange
  const papersFolder = deps.folder.downtime
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
  const once = (site: SiteView, day: string): Promise<void> => {
    const made = making.then(() => make(site, day))
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

  /** Numbers first, which stay reserved whatever follows; then the files; then what is said of them. */
  async function make(site: SiteView, day: string): Promise<void> {
    const there = await rows().where('site', '=', site.id).where('day', '=', day).execute()
    // A folder that was restored without them gets them anew, with the same numbers.
    if (there.length > 0 && there.every(paper => bytesOf(paper) !== undefined)) return
    const at = clock.now()
    const of = { site: site.name, day, language, at }
    const papers: PaperRow[] = []
    const put = (kind: PaperKind, { bytes, pages }: { bytes: Buffer; pages: number }) => {
      const file = `${day}-${site.id}-${kind}.pdf`
      writeWhole(join(papersFolder, file), bytes, 0o600)
      papers.push({
        id: ids.next('dwn'),
        site: site.id,
        day,
        kind,
        file,
        bytes: bytes.length,
        sha256: digestOf(bytes),
        pages,
        made_at: at,
      })
    }
    const numbers = await db.write(tx => reserveNumbers(tx, { site: site.id, day, count: formsCount, at }))
    put('duty', await dutyList({ ...of, groups: await groupsOf(site.id, at), hours: DUTY_HOURS }))
    if (numbers.length > 0) put('forms', await blankForms({ ...of, numbers }))
    await db.write(async tx => {
      await tx
        .sql<DowntimeTables>()
        .deleteFrom('downtime_papers')
        .where('site', '=', site.id)
        .where('day', '=', day)
        .execute()
      await tx.sql<DowntimeTables>().insertInto('downtime_papers').values(papers).execute()
      await journal.append(
        tx,
        {
          type: 'downtime-papers-made',
          site: site.id,
          ids: {},
          body: { day, numbers, files: papers.map(({ file, sha256 }) => ({ file, sha256 })) },
        },
        SYSTEM,
      )
    })
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

  /** Makes the papers of the day of every site that asks, lets the old ones go, and owes the next ones. */
  const handler: Handler = {
    run: async () => {
      // What was due while the machine was off is of today: yesterday's duty list helps nobody.
      const day = today()
      const failed: string[] = []
      for (const site of await sites.sites()) {
        if (site.kind !== 'requesting') continue
        try {
          await once(site, day)
        } catch (thrown) {
          log.error('downtime-papers-not-made', { site: site.id }, thrown)
          failed.push(`${site.id}: ${reasonOf(thrown)}`)
        }
      }
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

  return {
    start: async () => {
      privateFolder(papersFolder)
      if ((await outbox.open({ kind: DOWNTIME_JOB, limit: 1 })).length > 0) return
      await db.write(tx => outbox.add(tx, next()))
    },
    makeNow: async id => {
      const site = (await sites.sites()).find(one => one.id === id && one.kind === 'requesting')
      if (site !== undefined) await once(site, today())
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
  }
}

const digestOf = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex')
