import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { reasonOf } from '../errors.js'
import { sayLast } from '../last-word.js'
import { restore } from './backup.js'
import type { DrillAsked, DrillFound } from './drill.js'
import { stateChecks } from './state-checks.js'
import { verifyFileInParallel } from './verification.js'

/** Restores the backup its parent names into the scratch folder, verifies all of it, and tells. */
process.once('message', (asked: DrillAsked) => {
  void found(asked).then(sayLast)
})

async function found({ from, scratch, passphrase }: DrillAsked): Promise<DrillFound> {
  rmSync(scratch, { recursive: true, force: true })
  mkdirSync(scratch, { recursive: true, mode: 0o700 })
  try {
    const database = join(scratch, 'relais.sqlite')
    const objects = join(scratch, 'objects')
    const report = await restore({
      from,
      folder: {
        root: scratch,
        database,
        objects,
        volumes: join(scratch, 'archive'),
        keys: join(scratch, 'keys'),
      },
      passphrase,
      progress: () => undefined,
      trial: true,
    })
    const {
      ok,
      entries,
      faults,
      firstFault,
      objects: files,
      head,
    } = await verifyFileInParallel(database, stateChecks, {
      objects,
    })
    // Whole in itself, and yet not what was backed up.
    const same = head?.seq === report.head?.seq && head?.sha256 === report.head?.sha256
    return {
      ok: ok && same,
      entries,
      files: files?.files ?? 0,
      keys: report.keys ? (passphrase === null ? 'shut' : 'opened') : 'absent',
      ...(firstFault === null ? {} : { reason: `${faults} faults, the first: ${firstFault.what}` }),
      ...(ok && !same ? { reason: 'its journal does not end where the backup says it does' } : {}),
    }
  } catch (thrown) {
    return { ok: false, entries: 0, files: 0, keys: 'absent', reason: reasonOf(thrown) }
  } finally {
    rmSync(scratch, { recursive: true, force: true })
  }
}
