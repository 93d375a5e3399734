import type { Accounts } from '../accounts/accounts.js'
import type { Clock } from '../clock.js'
import type { Database } from '../database.js'
import type { Acting } from '../http/acting.js'
import type { Ids } from '../ids.js'
import type { Journal } from '../journal/journal.js'
import type { Sites } from '../sites/sites.js'
import { type Contracts, openContracts } from './contracts.js'
import { type Duties, openDuties } from './duties.js'
import { type DutyState, readDutyStates } from './duty-states.js'
import { type InHand, openPresence, type Presence } from './presence.js'
import { openRosters, type Rosters } from './rosters.js'
import { readAbsences, readingOf, readProfiles, readShifts } from './rows.js'
import type { Situation } from './situation.js'
import { openSwaps, type Swaps } from './swaps.js'
import { openRosterViews, type RosterViews } from './views.js'

export interface Offsite {
  contracts: Contracts
  rosters: Rosters
  swaps: Swaps
  duties: Duties
  presence: Presence
  views: RosterViews
  /** IANA, in which a group's roster is written. */
  timeZoneOf(site: string): Promise<string>
  /** What dispatch looks at, as it is now. */
  situation(): Promise<Situation>
  /** By account: of everybody whose shift runs, or has just ended. */
  dutyStates(): Promise<ReadonlyMap<string, DutyState>>
}

export interface OffsiteDeps {
  db: Database
  clock: Clock
  ids: Ids
  journal: Journal
  sites: Sites
  people: Pick<Accounts, 'members' | 'staff' | 'nameOf'>
  /** Where a site names none: IANA. */
  timeZone: string
  isOnline(account: string): boolean
  inHand(): Promise<ReadonlyMap<string, InHand>>
  ringAlarm(who: Acting): Promise<void>
  tellPresence(account: string, site: string, parties: readonly string[]): void
  onTrouble(what: string, thrown: unknown): void
}

/** How far ahead dispatch looks for the next shift. */
const AHEAD_MS = 21 * 24 * 3_600_000

/** The off-site management of a network: contracts, who reads when, who is there, and so who is asked. */
export function openOffsite(deps: OffsiteDeps): Offsite {
  const { db, clock, sites, people, timeZone } = deps

  const zones = async () =>
    new Map((await sites.sites()).map(site => [site.id, site.timeZone ?? timeZone] as const))
  const timeZoneOf = async (site: string) => (await zones()).get(site) ?? timeZone
  const readersOf = (site: string) => people.staff(site, 'radiologist')
  const groups = async () => [
    ...new Set((await sites.sites()).filter(({ kind }) => kind === 'reading').map(({ id }) => id)),
  ]

  const presence = openPresence({
    ...deps,
    readers: async () => people.members(await groups(), 'radiologist'),
    tell: (account, site) => {
      void sites.contracts().then(
        contracts =>
          deps.tellPresence(
            account,
            site,
            contracts.filter(({ reading }) => reading === site).map(({ requesting }) => requesting),
          ),
        thrown => deps.onTrouble('presence-not-told', thrown),
      )
    },
    onTrouble: thrown => deps.onTrouble('presence-not-seen', thrown),
  })

  async function situation(): Promise<Situation> {
    const now = clock.now()
    const sql = readingOf(db)
    const ahead = { from: now, to: now + AHEAD_MS }
    const inHand = await deps.inHand()
    const readers = await people.members(await groups(), 'radiologist')
    const seen = await presence.of([...new Set(readers.map(({ account }) => account))])
    const rostered = await sql.selectFrom('shifts').select('site').distinct().execute()
    return {
      now,
      timeZone,
      zones: await zones(),
      rostered: new Set(rostered.map(({ site }) => site)),
      duties: await readShifts(sql, ahead),
      absences: await readAbsences(sql, { from: now, to: now + 1 }),
      profiles: await readProfiles(sql),
      load: new Map([...inHand].map(([account, { load }]) => [account, load])),
      presence: new Map([...seen].map(([account, { state }]) => [account, state])),
      groups: (await sites.groups()).filter(({ closed }) => closed !== true),
    }
  }

  const parts = { ...deps, timeZoneOf, readersOf }
  return {
    contracts: openContracts(parts),
    rosters: openRosters(parts),
    swaps: openSwaps(parts),
    duties: openDuties(deps),
    presence,
    views: openRosterViews({ ...parts, presence, situation }),
    timeZoneOf,
    situation,
    dutyStates: () => readDutyStates(readingOf(db), clock.now()),
  }
}
