import type { Kysely } from 'kysely'
import type { Clock } from '../clock.js'
import type { Database, Tx } from '../database.js'
import { prepare } from '../database-prepared.js'
import { Failure, fail } from '../errors.js'
import type { Json } from '../journal/canonical.js'
import type { Origin } from '../journal/facts.js'
import type { Journal } from '../journal/journal.js'
import { openKept } from '../kept.js'
import { closingFaults, networkFaults } from './contract.js'
import { alike } from './merging.js'
import { type NetworkMemory, openNetworkMemory } from './network-memory.js'
import type { SiteTables } from './schema.js'
import type { ContractView, GroupView, SiteView } from './view.js'

export interface Sites {
  /** All sites, by id. */
  sites(): Promise<readonly SiteView[]>
  /** Throws `missing`. */
  get(id: string): Promise<SiteView>
  /** All contracts, by id. */
  contracts(): Promise<readonly ContractView[]>
  /** Sites that work together, by id. */
  groups(): Promise<readonly GroupView[]>
  /**
   * Makes these sites, contracts and groups what they say, inside the caller's transaction; what is not named stays. Each
   * change is one fact, an unchanged one is none. Gives how many changed. Throws `invalid` with paths such as
   * `contracts.0.reading`.
   */
  apply(
    tx: Tx,
    network: {
      sites?: readonly SiteView[]
      contracts?: readonly ContractView[]
      groups?: readonly GroupView[]
    },
    origin: Origin,
    /** Why, where a person said it. */
    reason?: string,
  ): Promise<number>
  /** What the network file last said. */
  memory: NetworkMemory
}

/** Of the sites that calls ask for, which is every call of a person. */
const KEPT_MAX = 1000

const siteById = prepare({ id: '' }, (sql: Kysely<SiteTables>, { id }) =>
  sql.selectFrom('sites').selectAll().where('id', '=', id),
)

export function openSites({ db, clock, journal }: { db: Database; clock: Clock; journal: Journal }): Sites {
  const readSites = async (sql: ReturnType<typeof db.sql<SiteTables>>): Promise<SiteView[]> =>
    (await sql.selectFrom('sites').selectAll().orderBy('id').execute()).map(siteView)
  const readContracts = async (sql: ReturnType<typeof db.sql<SiteTables>>): Promise<ContractView[]> =>
    (await sql.selectFrom('contracts').selectAll().orderBy('id').execute()).map(contractView)

  const readGroups = async (sql: ReturnType<typeof db.sql<SiteTables>>): Promise<GroupView[]> =>
    (await sql.selectFrom('site_groups').selectAll().orderBy('id').execute()).map(
      ({ id, name, sites, closed }) => ({
        id,
        name,
        sites: JSON.parse(sites) as string[],
        ...(closed === 1 ? { closed: true as const } : {}),
      }),
    )

  const kept = openKept<SiteView>(db, ['sites'], KEPT_MAX)

  return {
    memory: openNetworkMemory({ db, clock }),
    sites: () => readSites(db.sql<SiteTables>()),
    contracts: () => readContracts(db.sql<SiteTables>()),
    get: async id => {
      const site = await kept.get(id, async () => {
        const [row] = await siteById(db.sql<SiteTables>(), { id })
        return row === undefined ? undefined : siteView(row)
      })
      return site ?? fail('missing', `No site is named "${id}".`)
    },
    groups: () => readGroups(db.sql<SiteTables>()),
    apply: async (tx, { sites = [], contracts = [], groups = [] }, origin, reason) => {
      const sql = tx.sql<SiteTables>()
      const before = new Map((await readSites(sql)).map(site => [site.id, site]))
      const signed = new Map((await readContracts(sql)).map(contract => [contract.id, contract]))
      // The given ones come first, as below: a fault's index is the file's.
      const standingSites = [...before.values()].filter(old => !sites.some(site => site.id === old.id))
      const after = [...sites, ...standingSites]
      const grouped = new Map((await readGroups(sql)).map(group => [group.id, group]))
      const apart = [...grouped.values()].filter(old => !groups.some(group => group.id === old.id))
      const standing = [...signed.values()].filter(old => !contracts.some(contract => contract.id === old.id))
      // The given ones come first, so that a fault's index is the file's; a kind that changes can break the standing.
      const all = [...contracts, ...standing]
      const faults = [
        ...networkFaults(after, all, [...groups, ...apart]),
        ...closingFaults(after, all, clock.isoNow().slice(0, 10)),
      ]
      if (faults.length > 0) throw new Failure('invalid', `${faults[0]?.message}.`, faults)

      let changed = 0
      for (const site of sites) {
        const old = before.get(site.id)
        if (old !== undefined && alike(old, site)) continue
        changed++
        await putSite(tx, site, clock.now())
        await journal.append(
          tx,
          factOf('site-changed', site.id, { site: site.id }, site, old, reason),
          origin,
        )
      }
      for (const contract of contracts) {
        const old = signed.get(contract.id)
        if (old !== undefined && alike(old, contract)) continue
        changed++
        await putContract(tx, contract, clock.now())
        const ids = { contract: contract.id, requesting: contract.requesting, reading: contract.reading }
        await journal.append(tx, factOf('contract-changed', contract.requesting, ids, contract, old), origin)
      }
      for (const group of groups) {
        const old = grouped.get(group.id)
        if (old !== undefined && alike(old, group)) continue
        changed++
        const values = {
          name: group.name,
          sites: JSON.stringify(group.sites),
          closed: group.closed === true ? (1 as const) : (0 as const),
          changed_at: clock.now(),
        }
        await sql
          .insertInto('site_groups')
          .values({ id: group.id, ...values })
          .onConflict(conflict => conflict.column('id').doUpdateSet(values))
          .execute()
        await journal.append(
          tx,
          factOf('group-changed', null, { group: group.id }, group, old, reason),
          origin,
        )
      }
      return changed
    },
  }
}

function factOf(
  type: string,
  site: string | null,
  ids: Record<string, string>,
  now: SiteView | ContractView | GroupView,
  before: SiteView | ContractView | GroupView | undefined,
  reason?: string,
) {
  const plain = (value: object) => ({ ...value }) as unknown as Json
  return {
    type,
    site,
    ids,
    body: {
      now: plain(now),
      ...(before === undefined ? {} : { before: plain(before) }),
      ...(reason === undefined ? {} : { reason }),
    },
  }
}

async function putSite(tx: Tx, site: SiteView, now: number): Promise<void> {
  const { id, name, kind, issuer, timeZone, telephones, closed } = site
  const values = {
    name,
    kind,
    issuer: issuer ?? null,
    time_zone: timeZone ?? null,
    telephones: telephones === undefined ? null : JSON.stringify(telephones),
    closed: closed === true ? (1 as const) : (0 as const),
    changed_at: now,
  }
  await tx
    .sql<SiteTables>()
    .insertInto('sites')
    .values({ id, ...values })
    .onConflict(conflict => conflict.column('id').doUpdateSet(values))
    .execute()
}

async function putContract(tx: Tx, contract: ContractView, now: number): Promise<void> {
  const { id, requesting, reading, modalities, kinds, urgencies, ladder, ...terms } = contract
  const values = {
    requesting,
    reading,
    modalities: JSON.stringify(modalities),
    kinds: JSON.stringify(kinds),
    urgencies: JSON.stringify(urgencies),
    ladder: ladder === undefined ? null : JSON.stringify(ladder),
    terms: Object.values(terms).every(value => value === undefined) ? null : JSON.stringify(terms),
    changed_at: now,
  }
  await tx
    .sql<SiteTables>()
    .insertInto('contracts')
    .values({ id, ...values })
    .onConflict(conflict => conflict.column('id').doUpdateSet(values))
    .execute()
}

function siteView(row: SiteTables['sites']): SiteView {
  const { id, name, kind, issuer, time_zone, telephones, closed } = row
  return {
    id,
    name,
    kind,
    ...(issuer === null ? {} : { issuer }),
    ...(time_zone === null ? {} : { timeZone: time_zone }),
    ...(telephones === null ? {} : { telephones: JSON.parse(telephones) }),
    ...(closed === 1 ? { closed: true as const } : {}),
  }
}

function contractView(row: SiteTables['contracts']): ContractView {
  return {
    id: row.id,
    requesting: row.requesting,
    reading: row.reading,
    modalities: JSON.parse(row.modalities),
    kinds: JSON.parse(row.kinds),
    urgencies: JSON.parse(row.urgencies),
    ...(row.ladder === null ? {} : { ladder: JSON.parse(row.ladder) }),
    ...(row.terms === null ? {} : (JSON.parse(row.terms) as object)),
  }
}
