import type { Database, Tx } from '../database.js'
import { Failure, fail } from '../errors.js'
import type { Origin } from '../journal/facts.js'
import type { Journal } from '../journal/journal.js'
import type { Peers } from '../peers/peers.js'
import type { ImportTables } from './schema.js'
import type { PresetInput } from './view.js'

export interface Presets {
  /** Of all sites, or of one, by id. */
  list(site?: string): Promise<PresetInput[]>
  find(id: string): Promise<PresetInput | undefined>
  /** One fact when it changes, none when it stays. Throws `invalid`: a destination that is not there, another site's preset. */
  put(tx: Tx, preset: PresetInput, origin: Origin): Promise<void>
  remove(tx: Tx, id: string, origin: Origin): Promise<void>
}

/** What one desk does with every disc. */
export function openPresets({
  db,
  journal,
  peers,
}: {
  db: Database
  journal: Journal
  peers: Peers
}): Presets {
  const find: Presets['find'] = async id => {
    const row = await db
      .sql<ImportTables>()
      .selectFrom('presets')
      .select('rule')
      .where('id', '=', id)
      .executeTakeFirst()
    return row === undefined ? undefined : (JSON.parse(row.rule) as PresetInput)
  }
  return {
    find,
    list: async site => {
      let select = db.sql<ImportTables>().selectFrom('presets').select('rule').orderBy('id')
      if (site !== undefined) select = select.where('site', '=', site)
      return (await select.execute()).map(row => JSON.parse(row.rule) as PresetInput)
    },
    put: async (tx, preset, origin) => {
      const faults = preset.to
        .filter(peer => peers.find(peer) === undefined)
        .map(peer => ({ path: 'to', message: `no peer is named "${peer}"` }))
      const old = await find(preset.id)
      if (old !== undefined && old.site !== preset.site)
        faults.push({ path: 'site', message: 'a preset does not change its site' })
      if (faults.length > 0) throw new Failure('invalid', 'The preset does not fit.', faults)
      const rule = JSON.stringify(preset)
      if (old !== undefined && JSON.stringify(old) === rule) return
      await tx
        .sql<ImportTables>()
        .insertInto('presets')
        .values({ id: preset.id, site: preset.site, rule })
        .onConflict(conflict => conflict.column('id').doUpdateSet({ rule }))
        .execute()
      const { id, site, to, identity, label } = preset
      await journal.append(
        tx,
        { type: 'preset-changed', site, ids: { preset: id }, body: { to, identity, label } },
        origin,
      )
    },
    remove: async (tx, id, origin) => {
      const old = await find(id)
      if (old === undefined) return fail('missing', `No preset is named "${id}".`)
      await tx.sql<ImportTables>().deleteFrom('presets').where('id', '=', id).execute()
      await journal.append(
        tx,
        { type: 'preset-removed', site: old.site, ids: { preset: id }, body: {} },
        origin,
      )
    },
  }
}
