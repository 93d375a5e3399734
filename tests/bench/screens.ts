import { type ChildProcess, fork } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { join } from 'node:path'
import type { AccountTables } from '../../node/accounts/schema.js'
import { addColleagues } from '../support/colleagues.js'
import { CAST } from '../support/people.js'
import { root } from '../support/sources.js'
import type { Teardown } from './measure.js'
import type { Seen, ToScreens } from './screens-process.js'
import { withServices } from './services.js'

const DAY_MS = 86_400_000

/**
 * So many colleagues of the first reader, each signed in: rows as the service writes them, of accounts that need no
 * password. Gives the secrets of their cookies.
 */
export async function signInColleagues(folder: string, count: number): Promise<string[]> {
  const secrets: string[] = []
  await withServices(folder, async ({ db, ids, clock }) => {
    await db.write(async tx => {
      const now = clock.now()
      for (const { account, membership } of await addColleagues(tx, ids, { of: CAST.first.email, count })) {
        const secret = randomBytes(32).toString('base64url')
        await tx
          .sql<AccountTables>()
          .insertInto('sessions')
          .values({
            id: ids.next('ses'),
            digest: createHash('sha256').update(secret).digest(),
            account,
            membership,
            created_at: now,
            seen_at: now,
            ends_at: now + DAY_MS,
            ended_at: null,
            address: '127.0.0.1',
            agent: null,
            locked_at: null,
            confirmed_at: null,
            factor_at: null,
            change_password: 0,
          })
          .execute()
        secrets.push(secret)
      }
    })
  })
  return secrets
}

/** Screens of their own process: a thousand readers cost the machine something, but not the node. */
export interface Screens {
  /** Waits until every screen shows the change of this request; gives when each did, in epoch milliseconds. */
  shown(request: string, timeoutMs: number): Promise<Seen[]>
  /** Screens that gave up reading again, and why the first did. */
  troubles: { count: number; first: string }
}

export async function openScreens(
  house: Teardown,
  http: string,
  secrets: readonly string[],
  processes: number,
): Promise<Screens> {
  const seen = new Map<string, Seen[]>()
  const troubles = { count: 0, first: '' }
  let wake: () => void = () => undefined
  const each = Math.ceil(secrets.length / processes)
  const started: Promise<unknown>[] = []
  for (let number = 0; number < processes; number += 1) {
    const child: ChildProcess = fork(join(root, 'tests/bench/screens-process.ts'), [], {
      execArgv: ['--import', 'tsx'],
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    })
    house.teardown(async () => {
      if (child.exitCode !== null) return
      const gone = once(child, 'exit')
      child.kill('SIGKILL')
      await gone
    })
    const opened = once(child, 'message')
    started.push(opened)
    child.on('message', (message: { shown?: Seen & { request: string }; gaveUp?: string }) => {
      const { shown, gaveUp } = message
      if (gaveUp !== undefined) {
        if (troubles.count === 0) troubles.first = gaveUp
        troubles.count += 1
      }
      if (shown === undefined) return
      const already = seen.get(shown.request)
      if (already === undefined) seen.set(shown.request, [shown])
      else already.push(shown)
      wake()
    })
    child.send({ http, secrets: secrets.slice(number * each, (number + 1) * each) } satisfies ToScreens)
  }
  await Promise.all(started)
  return {
    troubles,
    shown: async (request, timeoutMs) => {
      const limit = Date.now() + timeoutMs
      while ((seen.get(request)?.length ?? 0) < secrets.length && Date.now() < limit)
        await new Promise<void>(resolve => {
          const timer = setTimeout(resolve, 500)
          wake = () => {
            clearTimeout(timer)
            resolve()
          }
        })
      return seen.get(request) ?? []
    },
  }
}
