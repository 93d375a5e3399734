import type { Accounts } from '../accounts/accounts.js'
import { type Clock, isoAt } from '../clock.js'
import type { Database } from '../database.js'
import { objectionTo } from '../sites/covering.js'
import type { Sites } from '../sites/sites.js'
import type { ContractView } from '../sites/view.js'
import { merged, overlap, type Span } from '../spans.js'
import { datesBetween, momentOf, wallAt } from '../zone.js'
import { type Asked, explain } from './candidates.js'
import type { Presence } from './presence.js'
import { type RosterDeps, shiftRevision } from './rosters.js'
import {
  type AbsenceRow,
  type DutyRow,
  readAbsences,
  readDuties,
  readingOf,
  readProfiles,
  readShift,
  readShifts,
  type ShiftRow,
  type SwapRow,
} from './rows.js'
import { clashes, holesOf, hoursOf, needsSomebody, onDuty, outOfRole } from './rules.js'
import type { Situation } from './situation.js'
import type {
  AbsenceView,
  CoverageView,
  DayView,
  OnDutyView,
  OwnRosterView,
  RosterHole,
  RosterView,
  ShiftView,
  SpanView,
  SwapView,
} from './view.js'

export interface RosterViews {
  roster(site: string, span: Span): Promise<RosterView>
  own(account: string, sites: readonly string[], span: Span): Promise<OwnRosterView>
  /** Who would read this now; only of groups that have a contract with the asking site. */
  onDuty(asked: Asked, language: 'fr' | 'en'): Promise<OnDutyView>
  /** When a contract runs, and when nobody reads then. */
  coverage(contract: ContractView, span: Span): Promise<CoverageView>
}

type Names = ReadonlyMap<string, { name: string; phone: string | null }>

export function openRosterViews(deps: {
  db: Database
  clock: Pick<Clock, 'now'>
  sites: Sites
  people: Pick<Accounts, 'members' | 'nameOf'>
  readersOf: RosterDeps['readersOf']
  presence: Presence
  timeZoneOf(site: string): Promise<string>
  situation(): Promise<Situation>
}): RosterViews {
  const { db, sites, people, presence, timeZoneOf, readersOf } = deps

  const namesOf = async (groups: readonly string[]): Promise<Names> =>
    new Map(
      (await people.members(groups, 'radiologist')).map(({ account, name, phone }) => [
        account,
        { name, phone },
      ]),
    )
  const siteNames = async () => new Map((await sites.sites()).map(({ id, name }) => [id, name]))

  async function swapViews(rows: readonly SwapRow[], names: Names): Promise<SwapView[]> {
    const sql = readingOf(db)
    const views: SwapView[] = []
    for (const row of rows) {
      const shift = await readShift(sql, row.shift)
      const exchange = row.exchange === null ? undefined : await readShift(sql, row.exchange)
      // What it is about is over, or was removed: nobody can answer it any more.
      if (shift === undefined || shift.to <= deps.clock.now()) continue
      if (row.exchange !== null && exchange === undefined) continue
      const person = (account: string) => ({ account, name: names.get(account)?.name ?? '' })
      views.push({
        id: row.id,
        state: row.state,
        shift: shiftView(shift, names),
        ...(exchange === undefined ? {} : { exchange: shiftView(exchange, names) }),
        by: person(row.by),
        to: person(row.to),
        ...(row.text === null ? {} : { text: row.text }),
        at: isoAt(row.at),
      })
    }
    return views
  }

  /** What is read in a span: shifts, and what takes away from them. */
  async function rosterIn(site: string, span: Span) {
    const sql = readingOf(db)
    const shifts = await readShifts(sql, span, { sites: [site] })
    const gone = outOfRole(shifts, await readersOf(site))
    return { shifts, absences: [...(await readAbsences(sql, span)), ...gone] }
  }

  /** Who has the role in this span, and who is down for a shift in it all the same. */
  async function namesIn(site: string, span: Span, shifts: readonly ShiftRow[]): Promise<Names> {
    const staff = (await readersOf(site)).filter(term => overlap(term, span))
    const names = new Map(staff.map(({ account, name, phone }) => [account, { name, phone }]))
    for (const account of new Set(shifts.map(shift => shift.account)))
      if (!names.has(account)) names.set(account, { name: (await people.nameOf(account)) ?? '', phone: null })
    return names
  }

  async function holes(site: string, span: Span): Promise<RosterHole[]> {
    const sql = readingOf(db)
    const timeZone = await timeZoneOf(site)
    if (
      (await sql.selectFrom('shifts').select('id').where('site', '=', site).limit(1).execute()).length === 0
    )
      return []
    const roster = await rosterIn(site, span)
    const own = (await sites.contracts()).filter(each => each.reading === site && needsSomebody(each))
    const found = own.map(contract => ({
      id: contract.id,
      spans: holesOf(contract, roster, span, contract.timeZone ?? timeZone),
    }))
    return merged(found.flatMap(({ spans }) => spans)).map(({ from, to }) => ({
      ...spanView({ from, to }),
      contracts: found
        .filter(({ spans }) => spans.some(each => each.from < to && from < each.to))
        .map(({ id }) => id),
    }))
  }

  return {
    roster: async (site, span) => {
      const sql = readingOf(db)
      const shifts = await readShifts(sql, span, { sites: [site] })
      const names = await namesIn(site, span, shifts)
      const absences = (await readAbsences(sql, span)).filter(({ account }) => names.has(account))
      const duties = await readDuties(
        sql,
        shifts.map(({ id }) => id),
      )
      const profiles = new Map((await readProfiles(sql, [site])).map(each => [each.account, each]))
      const seen = await presence.of([...names.keys()])
      const last = await sql
        .selectFrom('shifts')
        .select(({ fn }) => fn.max('to_at').as('at'))
        .where('site', '=', site)
        .executeTakeFirst()
      const swaps = await sql
        .selectFrom('swaps')
        .selectAll()
        .where('site', '=', site)
        .where('state', '=', 'proposed')
        .orderBy('at')
        .execute()
      return {
        site,
        siteName: (await siteNames()).get(site) ?? site,
        timeZone: await timeZoneOf(site),
        days: daysIn(span, await timeZoneOf(site)),
        ...spanView(span),
        readers: [...names].map(([account, { name, phone }]) => {
          const { state, awayUntil } = seen.get(account) ?? { state: 'offline' as const }
          const profile = profiles.get(account)
          return {
            account,
            name,
            ...(phone === null ? {} : { telephone: phone }),
            competences: [...(profile?.competences ?? [])],
            languages: [...(profile?.languages ?? [])],
            presence: state,
            ...(awayUntil === undefined ? {} : { awayUntil }),
          }
        }),
        shifts: shifts.map(shift => shiftView(shift, names, duties.get(shift.id))),
        absences: absences.map(absence => absenceView(absence, names)),
        swaps: await swapViews(swaps, names),
        conflicts: clashes(shifts, absences, await readersOf(site)).map(({ from, to, ...clash }) => ({
          ...clash,
          ...spanView({ from, to }),
        })),
        holes: await holes(site, span),
        ...(last?.at == null ? {} : { endsAt: isoAt(Number(last.at)) }),
      }
    },
    own: async (account, groups, span) => {
      const sql = readingOf(db)
      const names = await namesOf(groups)
      const called = await siteNames()
      const shifts = await readShifts(sql, span, { account, sites: groups })
      const duties = await readDuties(
        sql,
        shifts.map(({ id }) => id),
      )
      const absences = await readAbsences(sql, span, { account, sites: groups })
      const swaps = await sql
        .selectFrom('swaps')
        .selectAll()
        .where('state', '=', 'proposed')
        .where('site', 'in', [...groups])
        .where(({ or, eb }) => or([eb('by', '=', account), eb('to', '=', account)]))
        .orderBy('at')
        .execute()
      const { awayUntil } = (await presence.of([account])).get(account) ?? {}
      const members = await people.members(groups, 'radiologist')
      return {
        groups: await Promise.all(
          groups.map(async site => ({
            site,
            siteName: called.get(site) ?? site,
            timeZone: await timeZoneOf(site),
            colleagues: members
              .filter(member => member.site === site && member.account !== account)
              .map(({ account: id, name }) => ({ account: id, name })),
          })),
        ),
        shifts: shifts.map(shift => shiftView(shift, names, duties.get(shift.id))),
        absences: absences.map(absence => ({ ...absenceView(absence, names), site: absence.site })),
        swaps: await swapViews(swaps, names),
        ...(awayUntil === undefined ? {} : { awayUntil }),
      }
    },
    onDuty: async (asked, language) => {
      const now = await deps.situation()
      const called = await siteNames()
      const nameOf = (site: string) => called.get(site) ?? site
      const contracts = (await sites.contracts()).filter(
        ({ requesting, reading }) =>
          requesting === asked.site && (asked.to === undefined || reading === asked.to),
      )
      const groups: OnDutyView['groups'] = []
      const why: string[] = []
      for (const contract of contracts) {
        const site = contract.reading
        if (groups.some(group => group.site === site)) continue
        const timeZone = await timeZoneOf(site)
        const against = objectionTo(contract, asked, { now: now.now, timeZone })
        if (against !== undefined) {
          why.push(explain({ ...against, site, contract: contract.id }, language, nameOf))
          continue
        }
        const names = await namesOf([site])
        const own = (
          await readShifts(readingOf(db), { from: now.now, to: now.now + 1 }, { sites: [site] })
        ).filter(({ account }) => names.has(account))
        const running = onDuty(own, now.absences, now.now)
        const duties = await readDuties(
          readingOf(db),
          running.map(({ id }) => id),
        )
        const [next] = now.duties
          .filter(duty => duty.site === site && duty.from > now.now && names.has(duty.account))
          .sort((a, b) => a.from - b.from)
        groups.push({
          site,
          siteName: nameOf(site),
          timeZone,
          contract: contract.id,
          readers: running.map(shift => {
            const { name = '', phone = null } = names.get(shift.account) ?? {}
            const telephone = shift.telephone ?? phone
            return {
              name,
              kind: shift.kind,
              ...(telephone === null ? {} : { telephone }),
              until: isoAt(shift.to),
              presence: now.presence.get(shift.account) ?? 'offline',
              taken: duties.has(shift.id),
            }
          }),
          ...(running.length > 0 || next === undefined ? {} : { next: isoAt(next.from) }),
          ...(contract.lastRung === undefined ? {} : { lastRung: contract.lastRung.telephone }),
          everybody: !now.rostered.has(site),
        })
      }
      return { groups, why: [...new Set(why)] }
    },
    coverage: async (contract, span) => {
      const timeZone = contract.timeZone ?? (await timeZoneOf(contract.reading))
      const roster = await rosterIn(contract.reading, span)
      return {
        ...spanView(span),
        timeZone,
        days: daysIn(span, timeZone),
        open: hoursOf(contract, span, timeZone).map(spanView),
        holes: holesOf(contract, roster, span, timeZone).map(spanView),
      }
    },
  }
}

function daysIn({ from, to }: Span, timeZone: string): DayView[] {
  return datesBetween(wallAt(from, timeZone).date, wallAt(to - 1, timeZone).date).map(date => ({
    date,
    from: isoAt(momentOf({ date, minute: 0 }, timeZone)),
  }))
}

export function spanView({ from, to }: Span): SpanView {
  return { from: isoAt(from), to: isoAt(to) }
}

function shiftView(row: ShiftRow, names: Names, duty?: DutyRow): ShiftView {
  const telephone = row.telephone ?? names.get(row.account)?.phone ?? null
  return {
    id: row.id,
    site: row.site,
    account: row.account,
    name: names.get(row.account)?.name ?? '',
    kind: row.kind,
    ...spanView({ from: row.from_at, to: row.to_at }),
    ...(telephone === null ? {} : { telephone }),
    ...(row.pattern === null ? {} : { pattern: row.pattern }),
    ...(duty === undefined
      ? {}
      : {
          duty: {
            takenAt: isoAt(duty.taken_at),
            ...(duty.heard_at === null ? {} : { heardAt: isoAt(duty.heard_at) }),
            ...(duty.heard_by === null ? {} : { heardBy: duty.heard_by }),
          },
        }),
    revision: shiftRevision(row),
  }
}

function absenceView(row: AbsenceRow, names: Names): AbsenceView {
  return {
    id: row.id,
    account: row.account,
    name: names.get(row.account)?.name ?? '',
    ...spanView({ from: row.from_at, to: row.to_at }),
    ...(row.reason === null ? {} : { reason: row.reason }),
  }
}
