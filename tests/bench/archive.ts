import { join } from 'node:path'
import { systemClock } from '../../node/clock.js'
import { openDatabase } from '../../node/database.js'
import type { Origin } from '../../node/journal/facts.js'
import { openJournal } from '../../node/journal/journal.js'
import { openProof } from '../../node/journal/proof.js'
import { journalMigrations } from '../../node/journal/schema.js'
import { verifyChainInParallel } from '../../node/journal/verify-parallel.js'
import { openReadAct } from '../support/read-act.js'
import { type Bench, type Figure, inFolder, quantile, rounded, say, secondsOf } from './measure.js'

const ENTRIES = 1_000_000
const BATCH = 1000
const PROOFS = 500
const HASH_BYTES = 32
const ORIGIN: Origin = { by: 'system', part: 'bench' }

/** A journal of a million entries: appending, proving one, verifying all; and the export of an act. */
export const archive: Bench = async options => {
  const figures: Figure[] = []
  await inFolder('archive', options, async ({ folder, teardown }) => {
    const clock = systemClock()
    const file = join(folder, 'relais.sqlite')
    const db = openDatabase({ file, migrations: journalMigrations, clock })
    teardown(() => db.close())
    const journal = openJournal({ db, clock })
    const { tree, checkpoints } = await openProof({
      db,
      clock,
      journal,
      keysFolder: join(folder, 'keys'),
      log: { error: what => say(`archive: ${what}`) },
    })
    const appending = await secondsOf(async () => {
      for (let at = 0; at < ENTRIES; at += BATCH)
        await db.write(tx =>
          journal.appendMany(
            tx,
            Array.from({ length: BATCH }, (_, n) => ({
              fact: {
                type: 'bench-made',
                site: 'nord',
                ids: { request: `req_${(at + n) >> 3}` },
                body: { n: at + n, text: 'Relu' },
              },
              origin: ORIGIN,
            })),
          ),
        )
    })
    const perSecond = ENTRIES / appending
    say(`archive: ${ENTRIES} entries appended in batches of ${BATCH}: ${rounded(perSecond)}/s`)
    figures.push({
      what: 'entries appended in batches',
      measured: perSecond,
      goal: [25_000, 'at least'],
      unit: '/s',
    })

    await checkpoints.sign()
    const size = await tree.size()
    const [tookMs, bytes]: [number[], number[]] = [[], []]
    for (let n = 0; n < PROOFS; n++) {
      const seq = 1 + ((n * 7_919_777) % size)
      const began = performance.now()
      const path = await tree.inclusion(seq, size)
      tookMs.push(performance.now() - began)
      bytes.push(path.length * HASH_BYTES)
    }
    figures.push(
      {
        what: 'proof of one entry among them, p99',
        measured: quantile(tookMs, 0.99),
        goal: [10, 'at most'],
        unit: ' ms',
      },
      { what: 'its size', measured: Math.max(...bytes), goal: [2048, 'at most'], unit: ' bytes' },
    )

    let faults = -1
    const verifying = await secondsOf(async () => {
      faults = (await verifyChainInParallel(file)).faultCount
    })
    say(`archive: ${ENTRIES} entries verified in ${rounded(verifying)} s, ${faults} faults`)
    figures.push({ what: 'all of them verified', measured: verifying, goal: [60, 'at most'], unit: ' s' })
  })
  const story = await openReadAct()
  try {
    const exporting = await secondsOf(() =>
      story.archive.exportTo(story.request, story.dir, { by: 'command', user: 'bench' }),
    )
    figures.push({ what: 'export of an act', measured: exporting, goal: [2, 'at most'], unit: ' s' })
  } finally {
    await story.act.close()
  }
  return figures
}
