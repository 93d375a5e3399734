import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { archiveMigrations } from '../../node/archive/schema.js'
import { openSealing } from '../../node/archive/seal/sealing.js'
import { openVolumes } from '../../node/archive/seal/volume.js'
import { manualClock } from '../../node/clock.js'
import { openDatabase } from '../../node/database.js'
import { openJournal } from '../../node/journal/journal.js'
import { openProof } from '../../node/journal/proof.js'
import { journalMigrations } from '../../node/journal/schema.js'

export const HOUSE_YEAR = 2025
export const DURING = Date.UTC(HOUSE_YEAR, 5, 1)
export const AFTER = Date.UTC(HOUSE_YEAR + 1, 1, 1)
const ORIGIN = { by: 'system' as const, part: 'test' }
const BUNDLE_BYTES = 300_000

/** The journal, its proof and its volumes in a folder, at a moment of its own; the records that are sealed are made up. */
export async function openArchiveHouse(folder: string, at: number) {
  const clock = manualClock(at)
  const file = join(folder, 'relais.sqlite')
  const db = openDatabase({ file, migrations: [...journalMigrations, ...archiveMigrations], clock })
  const journal = openJournal({ db, clock })
  const log = { error: () => undefined }
  const proof = await openProof({ db, clock, journal, keysFolder: join(folder, 'keys'), log })
  const volumes = openVolumes(join(folder, 'archive'))
  const sealed = async (act: string) => {
    const bundle = Buffer.alloc(BUNDLE_BYTES, act)
    const sha256 = createHash('sha256').update(bundle).digest('hex')
    const head = { text: act, publicKey: '', signature: '' }
    return { reference: act, site: 'nord', manifest: sha256, sha256, bundle, head }
  }
  const outbox = { add: async () => '' }
  const sealing = openSealing({ db, clock, journal, outbox, archive: { sealed }, volumes, log })
  return {
    db,
    journal,
    sealing,
    checkpoints: proof.checkpoints,
    file,
    append: (count: number) =>
      db.write(tx =>
        journal.appendMany(
          tx,
          Array.from({ length: count }, (_, n) => ({
            fact: {
              type: 'note-made',
              site: 'nord',
              ids: { note: `not_${n}` },
              body: { n, text: 'Relu, signé.' },
            },
            origin: ORIGIN,
          })),
        ),
      ),
    /** What the outbox does when the act has closed. */
    seal: async (request: string) => {
      const closed = await journal.head()
      const outcome = await sealing.handler.run({ body: { request, closed } } as never)
      if (outcome.result !== 'done') throw new Error(outcome.result)
      await db.write(async tx => outcome.settle?.(tx))
    },
    close: async () => {
      await proof.checkpoints.close()
      await db.close()
    },
  }
}
