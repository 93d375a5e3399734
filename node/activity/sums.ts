import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Database } from '../database.js'
import { addToSum, emptySum, pack, type Sum } from './packed.js'
import type { Period } from './periods.js'
import { type ActivityCell, type ActivityTables, SHAPES, type Shape } from './schema.js'
import type { Tally } from './tally.js'

/** Cells put together before others have their turn. */
const CELLS_A_TURN = 100
/** Sums are asked for far less often than acts change: those of a busy day are put together again once a minute. */
const EVERY_MS = 60_000

export interface Summing {
  /** Puts together every period whose cells changed since it was; others have their turn meanwhile. */
  sumUp(): Promise<void>
  /** Does so now, and again from time to time. */
  start(): void
  close(): Promise<void>
}

export function openSumming({ db, onTrouble }: { db: Database; onTrouble(thrown: unknown): void }): Summing {
  let closing = false
  let running: Promise<void> | undefined
  let timer: NodeJS.Timeout | undefined

  async function sumUp(): Promise<void> {
    const unsummed = await db.sql<ActivityTables>().selectFrom('activity_unsummed').selectAll().execute()
    for (const { changes, ...period } of unsummed) {
      if (closing) return
      await keep(period, changes, await sumsOf(period))
    }
  }

  async function sumsOf(
    period: Period,
  ): Promise<{ shape: Shape; cell: ActivityCell; key: string; sum: Sum }[]> {
    const sums = new Map<string, { shape: Shape; cell: ActivityCell; key: string; sum: Sum }>()
    const cells = await db
      .sql<ActivityTables>()
      .selectFrom('activity_cells')
      .selectAll()
      .where('grain', '=', period.grain)
      .where('period', '=', period.period)
      .execute()
    for (const [at, cell] of cells.entries()) {
      if (at % CELLS_A_TURN === 0) await nextTurn()
      const tally = JSON.parse(cell.tally) as Tally
      for (const shape of SHAPES) {
        const key = shape === 'all' ? '' : cell[shape]
        const name = JSON.stringify([shape, cell.site, cell.reading_site, key])
        const there = sums.get(name) ?? { shape, cell, key, sum: emptySum() }
        addToSum(there.sum, tally, cell.reader, cell.modality)
        sums.set(name, there)
      }
    }
    return [...sums.values()]
  }

  /** What changed meanwhile leaves the period among those that are to be put together. */
  async function keep(
    { grain, period }: Period,
    changes: number,
    sums: Awaited<ReturnType<typeof sumsOf>>,
  ): Promise<void> {
    const rows = sums.map(({ shape, cell: { site, reading_site }, key, sum }) => ({
      ...{ grain, period, shape, site, reading_site, key },
      ...pack(sum),
    }))
    await db.write(async tx => {
      const sql = tx.sql<ActivityTables>()
      const done = await sql
        .deleteFrom('activity_unsummed')
        .where('grain', '=', grain)
        .where('period', '=', period)
        .where('changes', '=', changes)
        .executeTakeFirst()
      if (done.numDeletedRows === 0n) return
      await sql
        .deleteFrom('activity_sums')
        .where('grain', '=', grain)
        .where('shape', 'in', [...SHAPES])
        .where('period', '=', period)
        .execute()
      for (const row of rows) await sql.insertInto('activity_sums').values(row).execute()
    })
  }

  const run = () => {
    running ??= sumUp()
      .catch(onTrouble)
      .finally(() => {
        running = undefined
      })
  }
  return {
    sumUp,
    start: () => {
      run()
      timer = setInterval(run, EVERY_MS).unref()
    },
    close: async () => {
      closing = true
      clearInterval(timer)
      await running
    },
  }
}
