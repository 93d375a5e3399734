import type { Clock } from '../clock.js'
import type { Database, Tx } from '../database.js'
import type { Remembered } from './merging.js'
import type { SiteTables } from './schema.js'

/** What the network file last said of each of its entries, so that what a person changed since can be told apart. */
export interface NetworkMemory {
  /** By `kind id`. */
  entries(): Promise<ReadonlyMap<string, Remembered>>
  keep(tx: Tx, entries: readonly ({ kind: string; id: string } & Remembered)[]): Promise<void>
}

export function openNetworkMemory({ db, clock }: { db: Database; clock: Clock }): NetworkMemory {
  return {
    entries: async () =>
      new Map(
        (await db.sql<SiteTables>().selectFrom('network_file').selectAll().execute()).map(
          ({ kind, id, said, stood }) => [`${kind} ${id}`, { said, stood }],
        ),
      ),
    keep: async (tx, entries) => {
      for (const { kind, id, ...remembered } of entries) {
        const values = { ...remembered, applied_at: clock.now() }
        await tx
          .sql<SiteTables>()
          .insertInto('network_file')
          .values({ kind, id, ...values })
          .onConflict(conflict => conflict.columns(['kind', 'id']).doUpdateSet(values))
          .execute()
      }
    },
  }
}
