import { fork } from 'node:child_process'
import { existsSync, statSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { sql } from 'kysely'
import { Failure } from '../errors.js'
import { attention, broken, type Check, good, notChecked, size, withoutServices } from './check.js'
import type { DatabaseSeen } from './database-check-process.js'

const MIB = 1024 * 1024
/** It is folded into the database by itself at 4 MiB; what grows far beyond is held open by a reader. */
const WAL_BYTES_MAX = 256 * MIB

/** SQLite's own look at its pages and indices. */
export const databaseIntegrity: Check = {
  id: 'database-integrity',
  group: 'database',
  name: { fr: 'Intégrité', en: 'Integrity' },
  timeoutMs: 60_000,
  look: async ({ folder }, signal) => {
    if (!existsSync(folder.database))
      return notChecked(['Il n’y a pas encore de base.'], ['There is no database yet.'])
    const { faults, journalMode } = await seen(folder.database, signal)
    if (faults.length > 0)
      return broken(
        [
          `SQLite trouve la base abîmée : ${faults[0]}`,
          'Arrêtez le nœud, gardez une copie du dossier, restaurez la dernière sauvegarde.',
        ],
        [
          `SQLite finds the database damaged: ${faults[0]}`,
          'Stop the node, keep a copy of the folder, restore the last backup.',
        ],
      )
    const bytes = size(statSync(folder.database).size)
    if (journalMode !== 'wal')
      return attention(
        [
          `Saine (${bytes.fr}), mais en mode « ${journalMode} ».`,
          'Redémarrez le nœud : il remet le mode WAL.',
        ],
        [`Sound (${bytes.en}), but in mode “${journalMode}”.`, 'Restart the node: it sets WAL mode again.'],
      )
    return good(`Saine, ${bytes.fr}, mode WAL.`, `Sound, ${bytes.en}, WAL mode.`)
  },
}

function seen(file: string, signal: AbortSignal): Promise<DatabaseSeen> {
  const typescript = import.meta.url.endsWith('.ts')
  const program = new URL(`./database-check-process.${typescript ? 'ts' : 'js'}`, import.meta.url)
  return new Promise((resolve, reject) => {
    const child = fork(fileURLToPath(program), [file], {
      execArgv: typescript ? ['--import', 'tsx'] : [],
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
      signal,
      killSignal: 'SIGKILL',
    })
    child.once('message', message => resolve(message as DatabaseSeen))
    child.once('error', reject)
    child.once('close', code =>
      reject(new Failure('internal', `the reader of the database ended early (${code})`)),
    )
  })
}

/** That a commit is on the disk before anything is said of it. */
export const databaseDurability: Check = {
  id: 'database-durability',
  group: 'database',
  name: { fr: 'Validation durable', en: 'Durable commits' },
  look: async patient => {
    if (patient.services === undefined) return withoutServices(patient)
    const { rows } = await sql<{ synchronous: number }>`PRAGMA synchronous`.execute(patient.services.db.sql())
    const synchronous = rows[0]?.synchronous ?? -1
    return synchronous === 2
      ? good('synchronous = FULL.', 'synchronous = FULL.')
      : broken(
          [
            `synchronous = ${synchronous} : une coupure de courant perdrait des actes confirmés.`,
            'Redémarrez le nœud avec son propre SQLite (npm run setup).',
          ],
          [
            `synchronous = ${synchronous}: a power cut would lose confirmed acts.`,
            'Restart the node with its own SQLite (npm run setup).',
          ],
        )
  },
}

export const databaseWal: Check = {
  id: 'database-wal',
  group: 'database',
  name: { fr: 'Journal d’écriture (WAL)', en: 'Write-ahead log (WAL)' },
  look: ({ folder }) => {
    const bytes = statSync(`${folder.database}-wal`, { throwIfNoEntry: false })?.size ?? 0
    const shown = size(bytes)
    if (bytes > WAL_BYTES_MAX)
      return attention(
        [
          `${shown.fr} : il n’est plus repris dans la base.`,
          'Un programme garde la base ouverte (sauvegarde, sqlite3) ? Sinon redémarrez le nœud.',
        ],
        [
          `${shown.en}: it is no longer folded into the database.`,
          'Does a program keep the database open (backup, sqlite3)? Else restart the node.',
        ],
      )
    return good(`${shown.fr}.`, `${shown.en}.`)
  },
}
