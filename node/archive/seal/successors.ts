import { fork } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { closeSync, existsSync, fsyncSync, openSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Database } from '../../database.js'
import { Failure, fail } from '../../errors.js'
import type { ArchiveTables } from '../schema.js'
import { digestOf } from './volume.js'

/** What a successor leaves out. */
export interface LeftOut {
  /** Entries whose bodies go. */
  bodies: readonly number[]
  /** Requests whose sealed parts go. */
  acts: readonly string[]
}

/** A closed volume and what takes its place; SHA-256 of the whole files, hex. */
export interface Succession {
  year: number
  before: string
  after: string
}

/** What the process of a build tells its parent. */
export type Built = { done: true } | { failed: string }

/**
 * Successors of closed volumes: the same rows but for what was destroyed, in a new file that was read again and compared row by
 * row. It takes the place of the old one in one rename; until then both lie there.
 */
export function openSuccessors(folder: string) {
  const fileOf = (year: number) => join(folder, `${year}.sqlite`)
  const nextOf = (year: number) => `${fileOf(year)}.successor`

  const sync = () => {
    const descriptor = openSync(folder, 'r')
    try {
      fsyncSync(descriptor)
    } finally {
      closeSync(descriptor)
    }
  }

  /** What runs left that were cut off. */
  const sweep = (year: number) => {
    for (const name of readdirSync(folder))
      if (name.startsWith(`${year}.sqlite.`) && name.includes('.part')) rmSync(join(folder, name))
  }

  return {
    digest: async (year: number): Promise<string | undefined> =>
      existsSync(fileOf(year)) ? digestOf(fileOf(year)) : undefined,
    /** Durable when it resolves. `unavailable` where the volume is not the file `expected`, or cannot be read. */
    build: async (year: number, leftOut: LeftOut, expected: string): Promise<Succession> => {
      if (!existsSync(fileOf(year)))
        fail('unavailable', `The archive volume ${year}.sqlite is not there. Bring it back from the backup.`)
      const before = await digestOf(fileOf(year))
      if (before !== expected)
        fail(
          'unavailable',
          `The archive volume ${year}.sqlite is not the file that was closed: nothing is taken out of it. Bring it back from the backup.`,
        )
      sweep(year)
      // A name of its own: what a run that was killed left running writes into another file, and gives it to nobody.
      const part = `${fileOf(year)}.${randomBytes(6).toString('hex')}.part`
      await apart(fileOf(year), part, leftOut)
      renameSync(part, nextOf(year))
      sync()
      return { year, before, after: await digestOf(nextOf(year)) }
    },
    /** Puts it in its place, once; what is there already stays. `unavailable` where neither file is the one that is named. */
    take: async ({ year, after }: Succession): Promise<void> => {
      if (existsSync(nextOf(year)) && (await digestOf(nextOf(year))) === after) {
        renameSync(nextOf(year), fileOf(year))
        sync()
      }
      if (!existsSync(fileOf(year)) || (await digestOf(fileOf(year))) !== after)
        fail(
          'unavailable',
          `The successor of the archive volume ${year}.sqlite is not there. Bring it back from the backup.`,
        )
    },
  }
}
export type Successors = ReturnType<typeof openSuccessors>

/** What the file of a closed volume must be now; undefined while the year is open. */
export async function standingDigest(db: Database, year: number): Promise<string | undefined> {
  const sql = db.sql<ArchiveTables>()
  const last = await sql
    .selectFrom('archive_successors')
    .select('sha256')
    .where('year', '=', year)
    .orderBy('fact', 'desc')
    .limit(1)
    .executeTakeFirst()
  if (last !== undefined) return last.sha256
  return (
    await sql.selectFrom('archive_volumes').select('sha256').where('year', '=', year).executeTakeFirst()
  )?.sha256
}

/** In a process of its own: a volume of a year may be large, and the screens stay quick meanwhile. */
function apart(source: string, target: string, leftOut: LeftOut): Promise<void> {
  const typescript = import.meta.url.endsWith('.ts')
  const program = new URL(typescript ? './successor-process.ts' : './successor-process.js', import.meta.url)
  return new Promise((resolve, reject) => {
    const child = fork(fileURLToPath(program), [source, target], {
      execArgv: typescript ? ['--import', 'tsx'] : [],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    })
    child.send(leftOut)
    child.on('message', message => {
      const built = message as Built
      if ('done' in built) resolve()
      else reject(new Failure('unavailable', built.failed))
    })
    child.once('error', reject)
    child.once('close', code =>
      reject(new Failure('unavailable', `The successor was not finished (${code}).`)),
    )
  })
}
