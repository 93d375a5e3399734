import type { Language } from '../accounts/view.js'
import { type Clock, isoAt } from '../clock.js'
import type { Database, Tx } from '../database.js'
import { Failure, type FieldFault, fail, refuse } from '../errors.js'
import { demandSeen, type Seen } from '../http/revision.js'
import type { Origin } from '../journal/facts.js'
import type { Journal } from '../journal/journal.js'
import { wallText } from '../sites/covering.js'
import type { Sites } from '../sites/sites.js'
import type { ContractView, SiteView } from '../sites/view.js'
import type { RosterDeps } from './rosters.js'
import { readAbsences, readingOf, readShifts } from './rows.js'
import { begins, holesOf, outOfRole, startSpan } from './rules.js'
import { CONTRACT_REFUSALS, NO, START_FAULTS } from './words.js'

export interface Contracts {
  list(): Promise<readonly ContractView[]>
  /** The groups a contract can be made with. */
  readingGroups(): Promise<{ id: string; name: string }[]>
  /** Throws `missing`. */
  get(id: string): Promise<ContractView>
  /**
   * Puts it as it says; one fact when it changes. Throws `conflict` where it is another than was seen, `invalid` with
   * the hours that nobody covers, or the telephone that nobody tested, where it would begin without, in their language.
   */
  put(contract: ContractView, origin: Origin, asked?: { seen?: Seen; language?: Language }): Promise<void>
  /** Somebody answered at the telephone of its last rung. */
  tested(id: string, answeredBy: string, origin: Origin): Promise<void>
  /** What keeps these from beginning, inside the transaction that writes them: paths `contracts.n.…`. */
  startFaults(tx: Tx, contracts: readonly ContractView[], language?: Language): Promise<FieldFault[]>
}

/** Of many holes the first are named; the others are counted. */
const HOLES_NAMED = 12

/** What a person could choose wrongly, in their language; the rest of what does not fit is the network file's. */
function demandSound(
  { requesting, reading, from, until, prepared }: ContractView,
  sites: readonly SiteView[],
  today: string,
) {
  if (from !== undefined && until !== undefined && until < from)
    refuse('invalid', CONTRACT_REFUSALS.backwards, 'until')
  for (const [path, id, kind] of [
    ['requesting', requesting, CONTRACT_REFUSALS.noHospital],
    ['reading', reading, CONTRACT_REFUSALS.noGroup],
  ] as const) {
    const site = sites.find(each => each.id === id)
    if (site === undefined || site.kind === 'operator' || (path === 'reading' && site.kind !== 'reading'))
      return refuse('invalid', kind, path)
    if (site.closed === true && prepared !== true && (until ?? today) >= today)
      refuse('invalid', CONTRACT_REFUSALS.closed(site.name), path)
  }
}

export function openContracts(deps: {
  db: Database
  clock: Clock
  journal: Journal
  sites: Sites
  timeZoneOf(site: string): Promise<string>
  readersOf: RosterDeps['readersOf']
}): Contracts {
  const { db, clock, journal, sites, timeZoneOf, readersOf } = deps

  const get = async (id: string): Promise<ContractView> =>
    (await sites.contracts()).find(contract => contract.id === id) ?? fail('missing', NO.contract)

  async function startFaults(
    tx: Tx,
    contracts: readonly ContractView[],
    language: Language = 'en',
  ): Promise<FieldFault[]> {
    const words = START_FAULTS[language]
    const before = new Map((await sites.contracts()).map(contract => [contract.id, contract]))
    const faults: FieldFault[] = []
    for (const [n, contract] of contracts.entries()) {
      if (!begins(contract, before.get(contract.id))) continue
      const path = `contracts.${n}`
      const zone = contract.timeZone ?? (await timeZoneOf(contract.reading))
      const span = startSpan(contract, clock.now(), zone)
      const sql = readingOf(tx)
      const shifts = await readShifts(sql, span, { sites: [contract.reading] })
      const gone = outOfRole(shifts, await readersOf(contract.reading))
      const roster = { shifts, absences: [...(await readAbsences(sql, span)), ...gone] }
      const holes = holesOf(contract, roster, span, zone)
      for (const { from, to } of holes.slice(0, HOLES_NAMED))
        faults.push({
          path: `${path}.hours`,
          message: words.hole(wallText(from, zone), wallText(to, zone)),
        })
      if (holes.length > HOLES_NAMED)
        faults.push({ path: `${path}.hours`, message: words.more(holes.length - HOLES_NAMED) })
      if (contract.lastRung === undefined)
        faults.push({ path: `${path}.lastRung`, message: words.noTelephone })
      else if (contract.lastRung.testedAt === undefined)
        faults.push({
          path: `${path}.lastRung.telephone`,
          message: words.untested,
        })
    }
    return faults
  }

  return {
    list: () => sites.contracts(),
    readingGroups: async () =>
      (await sites.sites())
        .filter(({ kind, closed }) => kind === 'reading' && closed !== true)
        .map(({ id, name }) => ({ id, name })),
    get,
    startFaults,
    put: async (contract, origin, { seen, language } = {}) => {
      await db.write(async tx => {
        const before = (await sites.contracts()).find(({ id }) => id === contract.id)
        demandSeen(before, seen)
        demandSound(contract, await sites.sites(), clock.isoNow().slice(0, 10))
        const faults = await startFaults(tx, [contract], language)
        if (faults.length > 0)
          throw new Failure(
            'invalid',
            CONTRACT_REFUSALS.faulty,
            faults.map(({ path, message }) => ({ path: path.replace(/^contracts\.\d+\./, ''), message })),
          )
        await sites.apply(tx, { contracts: [contract] }, origin)
      })
    },
    tested: async (id, answeredBy, origin) => {
      await db.write(async tx => {
        const contract = await get(id)
        if (contract.lastRung === undefined) return fail('conflict', CONTRACT_REFUSALS.noTelephone)
        const { telephone } = contract.lastRung
        const lastRung = { telephone, testedAt: isoAt(clock.now()), answeredBy }
        await sites.apply(tx, { contracts: [{ ...contract, lastRung }] }, origin)
        await journal.append(
          tx,
          {
            type: 'contract-tested',
            site: contract.requesting,
            ids: { contract: id, requesting: contract.requesting, reading: contract.reading },
            body: { telephone, answeredBy },
          },
          origin,
        )
      })
    },
  }
}
