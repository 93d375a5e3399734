import type { Database, Tx } from '../database.js'
import { Failure, type FieldFault, fail } from '../errors.js'
import type { SiteNames } from '../exchange/study-routes.js'
import type { Origin } from '../journal/facts.js'
import type { Journal } from '../journal/journal.js'
import type { Peers } from '../peers/peers.js'
import { noPeer } from '../peers/rules.js'
import { presetOf } from './preset.js'
import type { ImportTables } from './schema.js'
import type { PresetInput, PresetView } from './view.js'

export interface Presets {
  /** Of all sites, or of one, by id. */
  list(site?: string): Promise<PresetView[]>
  find(id: string): Promise<PresetView | undefined>
  /**
   * One fact when it changes, none when it stays. `revision`: the one that was seen, 0 where there was none; absent for what
   * is declared whole (the network file). Throws `invalid`: a destination that is not there, another site's preset;
   * `conflict`: somebody changed it meanwhile.
   */
  put(tx: Tx, preset: PresetInput, origin: Origin, revision?: number): Promise<void>
  /** Throws `conflict` where somebody changed it since `revision`. */
  remove(tx: Tx, id: string, origin: Origin, revision?: number): Promise<void>
}

/** What one desk does with every disc. */
export function openPresets({
  db,
  journal,
  peers,
  sites,
}: {
  db: Database
  journal: Journal
  peers: Peers
  sites: SiteNames
}): Presets {
  const view = ({ rule, revision }: ImportTables['presets']): PresetView => ({ ...presetOf(rule), revision })
  const find = async (id: string, sql = db.sql<ImportTables>()) => {
    const row = await sql.selectFrom('presets').selectAll().where('id', '=', id).executeTakeFirst()
    return row === undefined ? undefined : view(row)
  }

  const faultsOf = (preset: PresetInput, old: PresetView | undefined) => {
    const faults = preset.to.flatMap((id): FieldFault[] => {
      const peer = peers.find(id)
      if (peer === undefined) return [noPeer(id)]
      return peer.may.includes('store')
        ? []
        : [
            {
              path: 'to',
              message: `"${id}" may not be sent images`,
              fr: `on n’envoie pas d’images à « ${id} »`,
            },
          ]
    })
    if (sites.site(preset.site) === undefined)
      faults.push({
        path: 'site',
        message: `no site is named "${preset.site}"`,
        fr: `aucun site ne s’appelle « ${preset.site} »`,
      })
    if (old !== undefined && old.site !== preset.site)
      faults.push({
        path: 'site',
        message: 'a preset does not change its site',
        fr: 'un préréglage ne change pas de site',
      })
    const reading = preset.request?.to
    if (reading !== undefined && sites.site(reading) === undefined)
      faults.push({
        path: 'request.to',
        message: `no site is named "${reading}"`,
        fr: `aucun site ne s’appelle « ${reading} »`,
      })
    return faults
  }
  const demandSeen = (old: PresetView | undefined, revision: number | undefined) => {
    if (revision === undefined || revision === (old?.revision ?? 0)) return
    fail(
      'conflict',
      revision === 0
        ? { fr: 'Un préréglage de ce nom existe déjà.', en: 'A preset of this name is there already.' }
        : old === undefined
          ? {
              fr: 'Quelqu’un a retiré ce préréglage entre-temps.',
              en: 'Somebody removed this preset meanwhile.',
            }
          : {
              fr: 'Quelqu’un a changé ce préréglage entre-temps : regardez-le de nouveau.',
              en: 'Somebody changed this preset meanwhile: look at it again.',
            },
    )
  }

  return {
    find,
    list: async site => {
      let select = db.sql<ImportTables>().selectFrom('presets').selectAll().orderBy('id')
      if (site !== undefined) select = select.where('site', '=', site)
      return (await select.execute()).map(view)
    },
    put: async (tx, preset, origin, revision) => {
      const old = await find(preset.id, tx.sql<ImportTables>())
      demandSeen(old, revision)
      const faults = faultsOf(preset, old)
      if (faults.length > 0)
        throw new Failure(
          'invalid',
          { fr: 'Le préréglage ne convient pas.', en: 'The preset does not fit.' },
          faults,
        )
      const rule = JSON.stringify(preset)
      if (old !== undefined) {
        const { revision: _, ...before } = old
        if (JSON.stringify(before) === rule) return
      }
      const next = (old?.revision ?? 0) + 1
      await tx
        .sql<ImportTables>()
        .insertInto('presets')
        .values({ id: preset.id, site: preset.site, rule, revision: next })
        .onConflict(conflict => conflict.column('id').doUpdateSet({ rule, revision: next }))
        .execute()
      const { id, site, request, ...said } = preset
      const body = { ...said, revision: next, request: request === null ? null : { ...request } }
      await journal.append(tx, { type: 'preset-changed', site, ids: { preset: id }, body }, origin)
    },
    remove: async (tx, id, origin, revision) => {
      const old = await find(id, tx.sql<ImportTables>())
      demandSeen(old, revision)
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
