import type { Kysely } from 'kysely'
import type { Clock } from '../clock.js'
import type { Database, Tx } from '../database.js'
import { prepare } from '../database-prepared.js'
import { Failure, fail } from '../errors.js'
import type { Json } from '../journal/canonical.js'
import type { Origin } from '../journal/facts.js'
import type { Journal } from '../journal/journal.js'
import { openKept } from '../kept.js'
import { networkFaults } from './contract.js'
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
  ): Promise<number>
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
    (await sql.selectFrom('site_groups').selectAll().orderBy('id').execute()).map(({ id, name, sites }) => ({
      id,
      name,
      sites: JSON.parse(sites) as string[],
    }))

  const kept = openKept<SiteView>(db, ['sites'], KEPT_MAX)

  return {
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
    apply: async (tx, { sites = [], contracts = [], groups = [] }, origin) => {
      const sql = tx.sql<SiteTables>()
      const before = new Map((await readSites(sql)).map(site => [site.id, site]))
      const signed = new Map((await readContracts(sql)).map(contract => [contract.id, contract]))
      const after = new Map([...before, ...sites.map(site => [site.id, site] as const)])
      const grouped = new Map((await readGroups(sql)).map(group => [group.id, group]))
      const apart = [...grouped.values()].filter(old => !groups.some(group => group.id === old.id))
      const standing = [...signed.values()].filter(old => !contracts.some(contract => contract.id === old.id))
      // The given ones come first, so that a fault's index is the file's; a kind that changes can break the standing.
      const faults = networkFaults([...after.values()], [...contracts, ...standing], [...groups, ...apart])
      if (faults.length > 0) throw new Failure('invalid', `${faults[0]?.message}.`, faults)

      let changed = 0
      for (const site of sites) {
        const old = before.get(site.id)
        if (old !== undefined && same(old, site)) continue
        changed++
        await putSite(tx, site, clock.now())
        await journal.append(tx, factOf('site-changed', site.id, { site: site.id }, site, old), origin)
      }
      for (const contract of contracts) {
        const old = signed.get(contract.id)
        if (old !== undefined && same(old, contract)) continue
        changed++
        await putContract(tx, contract, clock.now())
        const ids = { contract: contract.id, requesting: contract.requesting, reading: contract.reading }
        await journal.append(tx, factOf('contract-changed', contract.requesting, ids, contract, old), origin)
      }
      for (const group of groups) {
        const old = grouped.get(group.id)
        if (old !== undefined && same(old, group)) continue
        changed++
        const values = { name: group.name, sites: JSON.stringify(group.sites), changed_at: clock.now() }
        await sql
          .insertInto('site_groups')
          .values({ id: group.id, ...values })
          .onConflict(conflict => conflict.column('id').doUpdateSet(values))
          .execute()
        await journal.append(tx, factOf('group-changed', null, { group: group.id }, group, old), origin)
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
) {
  const plain = (value: object) => ({ ...value }) as unknown as Json
  return {
    type,
    site,
    ids,
    body: { now: plain(now), ...(before === undefined ? {} : { before: plain(before) }) },
  }
}

async function putSite(tx: Tx, { id, name, kind, issuer, timeZone }: SiteView, now: number): Promise<void> {
  const values = { name, kind, issuer: issuer ?? null, time_zone: timeZone ?? null, changed_at: now }
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

function siteView({ id, name, kind, issuer, time_zone }: SiteTables['sites']): SiteView {
  return {
    id,
    name,
    kind,
    ...(issuer === null ? {} : { issuer }),
    ...(time_zone === null ? {} : { timeZone: time_zone }),
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

/** Key order apart: what the file says and what the row gave. */
function same(a: object, b: object): boolean {
  const text = (value: object) =>
    JSON.stringify(
      Object.entries(value)
        .filter(([, v]) => v !== undefined)
        .sort(),
    )
  return text(a) === text(b)
}
