import { fork } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Clock } from '../clock.js'
import type { Database } from '../database.js'
import { nextNight } from '../downtime/rules.js'
import { Failure, fail, reasonOf } from '../errors.js'
import type { Ids } from '../ids.js'
import type { Journal } from '../journal/journal.js'
import type { Log } from '../log.js'
import { type Handler, priorities } from '../outbox/job.js'
import type { Outbox } from '../outbox/outbox.js'
import type { Settings } from '../settings.js'
import type { Sites } from '../sites/sites.js'
import { reportIn } from './backup.js'

/** What the process of a drill is asked, and what it found. */
export interface DrillAsked {
  from: string
  /** A folder that may be emptied. */
  scratch: string
  passphrase: string | null
}
export interface DrillFound {
  ok: boolean
  entries: number
  files: number
  keys: 'opened' | 'shut' | 'absent'
  /** Why it cannot be relied upon. */
  reason?: string
}

export interface Drill {
  /** Owes the drill of the next night, where one is set, unless it is owed already. */
  start(): Promise<void>
  /** Restores the newest backup in a scratch folder, verifies it and records what came of it. */
  now(signal?: AbortSignal): Promise<DrillFound>
}

const JOB = 'restore-drill'
const SYSTEM = { by: 'system', part: 'backup' } as const

/**
 * A backup nobody ever restored is a hope. Each night the newest one is: database, volumes and keys into a scratch folder,
 * the images read where they lie in it; then all is verified. A failure is told to the operators.
 */
export function openDrill(deps: {
  db: Database
  clock: Clock
  ids: Ids
  journal: Journal
  outbox: Pick<Outbox, 'add' | 'open' | 'handle'>
  sites: Pick<Sites, 'sites'>
  config: Pick<Settings, 'backup'>
  exchange: { timeZone: string }
  folder: { scratch: string }
  log: Pick<Log, 'error' | 'info'>
}): Drill {
  const { db, clock, ids, journal, outbox, config, log } = deps
  const { drillFolder, drillAtHour, drillPassphraseFile } = config.backup

  const next = () => {
    const { day, at } = nextNight(clock.now(), drillAtHour, deps.exchange.timeZone)
    return {
      lane: 'backup',
      kind: JOB,
      key: `${JOB} ${day} ${ids.next('ngt')}`,
      body: {},
      dueAt: at,
      priority: priorities.background,
    }
  }

  async function look(signal: AbortSignal | undefined): Promise<DrillFound & { of?: string }> {
    let of: string | undefined
    try {
      const from = newestIn(drillFolder ?? fail('invalid', 'No backup.drillFolder is set.'))
      of = from.at
      const passphrase =
        drillPassphraseFile === null
          ? null
          : (readFileSync(drillPassphraseFile, 'utf8').split('\n')[0] ?? '').trim()
      return {
        ...(await drillApart({ ...from, scratch: join(deps.folder.scratch, JOB), passphrase }, signal)),
        of,
      }
    } catch (thrown) {
      if (signal?.aborted === true) throw thrown
      const reason = reasonOf(thrown)
      return { ok: false, entries: 0, files: 0, keys: 'absent', reason, ...(of === undefined ? {} : { of }) }
    }
  }

  const now: Drill['now'] = async signal => {
    const began = clock.monotonic()
    const found = await look(signal)
    const operators = (await deps.sites.sites()).find(({ kind }) => kind === 'operator')?.id
    await db.write(tx =>
      journal.append(
        tx,
        {
          type: found.ok ? 'restore-drill-passed' : 'restore-drill-failed',
          site: operators ?? null,
          ids: {},
          body: {
            ...found,
            ms: Math.round(clock.monotonic() - began),
            reference: 'backup',
            urgency: 'urgent',
            operators,
          },
        },
        SYSTEM,
      ),
    )
    if (found.ok) log.info('restore-drill-passed', { entriesCount: found.entries, filesCount: found.files })
    else log.error('restore-drill-failed', { reason: found.reason ?? '' })
    return found
  }

  const handler: Handler = {
    run: async ({ signal }) => {
      if (drillFolder === null) return { result: 'done' }
      await now(signal)
      return {
        result: 'done',
        settle: async tx => {
          await outbox.add(tx, next())
        },
      }
    },
    backoffMs: () => 60_000,
    givenUp: async tx => {
      await outbox.add(tx, next())
    },
  }
  outbox.handle(JOB, handler)

  return {
    now,
    start: async () => {
      if (drillFolder === null || (await outbox.open({ kind: JOB, limit: 1 })).length > 0) return
      await db.write(tx => outbox.add(tx, next()))
    },
  }
}

/** The folder itself where it is a backup, else the newest of those in it. Throws `missing`. */
export function newestIn(folder: string): { from: string; at: string } {
  const folders = existsSync(folder)
    ? [folder, ...readdirSync(folder).map(name => join(folder, name))].filter(each =>
        existsSync(join(each, 'backup.json')),
      )
    : []
  const [newest] = folders
    .map(from => ({ from, at: reportIn(from).at }))
    .sort((a, b) => (a.at < b.at ? 1 : -1))
  return newest ?? fail('missing', `There is no whole backup in ${folder}.`)
}

/** In a process of its own: reading all of a backup takes a while, and may not stop the screens. */
function drillApart(asked: DrillAsked, signal: AbortSignal | undefined): Promise<DrillFound> {
  const typescript = import.meta.url.endsWith('.ts')
  const program = new URL(typescript ? './drill-process.ts' : './drill-process.js', import.meta.url)
  return new Promise((resolve, reject) => {
    const child = fork(fileURLToPath(program), [], {
      execArgv: typescript ? ['--import', 'tsx'] : [],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      ...(signal === undefined ? {} : { signal, killSignal: 'SIGKILL' as const }),
    })
    child.send(asked)
    child.on('message', message => resolve(message as DrillFound))
    child.once('error', reject)
    child.once('close', code => reject(new Failure('internal', `The drill ended early (${code}).`)))
  })
}
