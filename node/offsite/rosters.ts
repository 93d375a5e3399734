import { type Clock, isoAt } from '../clock.js'
import type { Database, Tx } from '../database.js'
import { fail, refuse } from '../errors.js'
import { demandSeen, revisionOf, type Seen } from '../http/revision.js'
import type { Ids } from '../ids.js'
import type { Json } from '../journal/canonical.js'
import type { Fact, Origin } from '../journal/facts.js'
import type { Journal } from '../journal/journal.js'
import { wallText } from '../sites/covering.js'
import type { Span } from '../spans.js'
import type { OffsiteFactType } from './facts.js'
import {
  type AbsenceRow,
  readAbsences,
  readingOf,
  readProfiles,
  readShift,
  readShifts,
  type ShiftRow,
} from './rows.js'
import { clashes, daysOf, outOfRole, REPEATS_MAX, shiftsOf, type Term } from './rules.js'
import type { OffsiteTables } from './schema.js'
import type { NewShift } from './view.js'
import { NO, ROSTER_REFUSALS } from './words.js'

/** A year typed wrong is told by it: nobody writes a roster down for longer ago, nor for later. */
const BEHIND_DAYS_MAX = 366
const AHEAD_DAYS_MAX = 3 * 366
const DAY_MS = 24 * 3600 * 1000

export interface RosterDeps {
  clock: Clock
  db: Database
  ids: Ids
  journal: Journal
  /** IANA, of a reading group. */
  timeZoneOf(site: string): Promise<string>
  /** Active radiologists of the group, also those who are still to come, each with the time of their role. */
  readersOf(site: string): Promise<readonly (Term & { name: string; phone: string | null })[]>
}

/** What a change of one shift says; its place in time as on the wall. */
export type ShiftChange = Omit<NewShift, 'site' | 'repeat'>

export interface Rosters {
  /** One shift, or those of its weeks. Gives their ids. Throws `invalid`, or `conflict` where one does not go together. */
  add(given: NewShift, origin: Origin): Promise<string[]>
  change(id: string, change: ShiftChange, origin: Origin, seen?: Seen): Promise<void>
  /** `later`: also those of its pattern that begin after it. Gives how many went. */
  remove(id: string, later: boolean, origin: Origin): Promise<number>
  absent(
    given: { site: string; account: string; from: string; to: string; reason?: string | undefined },
    origin: Origin,
  ): Promise<string>
  present(id: string, origin: Origin): Promise<void>
  describe(
    reader: { site: string; account: string; competences: string[]; languages: ('fr' | 'en')[] },
    origin: Origin,
  ): Promise<void>
  shift(id: string): Promise<(ShiftRow & Span) | undefined>
  absence(id: string): Promise<AbsenceRow | undefined>
}

/** A fact of a group's roster. */
export function rosterFact(
  type: OffsiteFactType,
  site: string,
  ids: Record<string, string>,
  body: { [key: string]: Json | undefined } = {},
): Fact {
  return { type, site, ids: { roster: site, ...ids }, body }
}

/** What a person sees of a shift before changing it. */
export function shiftRevision({ account, kind, from_at, to_at, telephone }: ShiftRow): string {
  return revisionOf({ account, kind, from_at, to_at, telephone })
}

/** Who reads when: what coordinators and administrators of a group write down. */
export function openRosters({ db, clock, ids, journal, timeZoneOf, readersOf }: RosterDeps): Rosters {
  const reading = () => readingOf(db)

  async function demandReader(site: string, account: string, spans: readonly Span[] = []) {
    const own = (await readersOf(site)).filter(reader => reader.account === account)
    if (own.length === 0) refuse('invalid', ROSTER_REFUSALS.stranger, 'account')
    const [without] = outOfRole(
      spans.map(span => ({ ...span, account })),
      own,
    )
    if (without === undefined) return
    const timeZone = await timeZoneOf(site)
    const [from, to] = [wallText(without.from, timeZone), wallText(without.to, timeZone)]
    refuse('invalid', ROSTER_REFUSALS.noRole(from, to), 'account')
  }

  function demandNear(spans: readonly Span[], path: string) {
    const now = clock.now()
    const far = ({ from, to }: Span) =>
      to < now - BEHIND_DAYS_MAX * DAY_MS || from > now + AHEAD_DAYS_MAX * DAY_MS
    if (spans.some(far)) refuse('invalid', ROSTER_REFUSALS.far, path)
  }

  /** Nobody is in two places: nor does one read while absent. Asked inside the transaction that writes. */
  async function demandFree(
    tx: Tx,
    { account, timeZone }: { account: string; timeZone: string },
    spans: readonly Span[],
    except: readonly string[] = [],
  ) {
    const whole = {
      from: Math.min(...spans.map(({ from }) => from)),
      to: Math.max(...spans.map(({ to }) => to)),
    }
    const sql = tx.sql<OffsiteTables>()
    const others = (await readShifts(sql, whole, { account })).filter(({ id }) => !except.includes(id))
    const absences = await readAbsences(sql, whole, { account })
    const asked = spans.map((span, n) => ({
      ...span,
      id: `asked ${n}`,
      site: '',
      account,
      kind: 'on-site' as const,
    }))
    const [clash] = clashes([...asked, ...others], absences).filter(({ shifts }) =>
      shifts.some(id => id.startsWith('asked ')),
    )
    if (clash === undefined) return
    const [from, to] = [wallText(clash.from, timeZone), wallText(clash.to, timeZone)]
    refuse('conflict', ROSTER_REFUSALS[clash.kind === 'absent' ? 'absent' : 'overlap'](from, to), 'from')
  }

  return {
    shift: id => readShift(reading(), id),
    absence: id => reading().selectFrom('absences').selectAll().where('id', '=', id).executeTakeFirst(),
    add: async (given, origin) => {
      const { site, account, kind, telephone, repeat } = given
      const timeZone = await timeZoneOf(site)
      const spans = shiftsOf(given, timeZone)
      if (spans.length === 0) refuse('invalid', ROSTER_REFUSALS.noDay, 'repeat.days')
      if (spans.length > REPEATS_MAX) refuse('invalid', ROSTER_REFUSALS.many(REPEATS_MAX), 'repeat.until')
      demandNear(spans, 'date')
      await demandReader(site, account, spans)
      const pattern = repeat === undefined ? undefined : ids.next('pat')
      return db.write(async tx => {
        await demandFree(tx, { account, timeZone }, spans)
        const rows = spans.map(({ from, to }) => ({
          id: ids.next('shf'),
          site,
          account,
          kind,
          from_at: from,
          to_at: to,
          time_zone: timeZone,
          telephone: telephone ?? null,
          pattern: pattern ?? null,
        }))
        for (const row of rows) await tx.sql<OffsiteTables>().insertInto('shifts').values(row).execute()
        const [first] = rows as [ShiftRow]
        await journal.append(
          tx,
          rosterFact(
            'roster-shift-added',
            site,
            { account, ...(pattern === undefined ? { shift: first.id } : { pattern }) },
            {
              ...placed(first),
              ...(repeat === undefined ? {} : { repeat: { ...repeat }, shifts: rows.length }),
            },
          ),
          origin,
        )
        return rows.map(({ id }) => id)
      })
    },
    change: async (id, change, origin, seen) => {
      const known = (await readShift(reading(), id)) ?? fail('missing', NO.shift)
      const timeZone = await timeZoneOf(known.site)
      const [span] = shiftsOf(change, timeZone) as [Span]
      demandNear([span], 'date')
      await demandReader(known.site, change.account, [span])
      await db.write(async tx => {
        const sql = tx.sql<OffsiteTables>()
        const before = (await readShift(sql, id)) ?? fail('missing', NO.shift)
        const { account, kind, from_at, to_at, telephone } = before
        demandSeen({ account, kind, from_at, to_at, telephone }, seen)
        await demandFree(tx, { account: change.account, timeZone }, [span], [id])
        const values = {
          account: change.account,
          kind: change.kind,
          from_at: span.from,
          to_at: span.to,
          telephone: change.telephone ?? null,
        }
        if (revisionOf(values) === shiftRevision(before)) return
        await sql.updateTable('shifts').set(values).where('id', '=', id).execute()
        // Whoever took it, took another one: at another time, or of somebody else.
        if (values.account !== account || values.from_at !== from_at || values.to_at !== to_at)
          await untake(tx, id)
        await journal.append(
          tx,
          rosterFact(
            'roster-shift-changed',
            before.site,
            { shift: id, account: change.account },
            { ...placed({ ...before, ...values }), before: { account, ...placed(before) } },
          ),
          origin,
        )
      })
    },
    remove: (id, later, origin) =>
      db.write(async tx => {
        const sql = tx.sql<OffsiteTables>()
        const shift = (await readShift(sql, id)) ?? fail('missing', NO.shift)
        const gone =
          later && shift.pattern !== null
            ? await sql
                .selectFrom('shifts')
                .selectAll()
                .where('pattern', '=', shift.pattern)
                .where('from_at', '>=', shift.from)
                .execute()
            : [shift]
        for (const row of gone) {
          await untake(tx, row.id)
          await sql.deleteFrom('shifts').where('id', '=', row.id).execute()
        }
        await journal.append(
          tx,
          rosterFact(
            'roster-shift-removed',
            shift.site,
            { shift: id, account: shift.account },
            { ...placed(shift), ...(gone.length === 1 ? {} : { shifts: gone.length }) },
          ),
          origin,
        )
        return gone.length
      }),
    absent: async ({ site, account, from, to, reason }, origin) => {
      await demandReader(site, account)
      if (to < from) refuse('invalid', ROSTER_REFUSALS.backwards, 'to')
      const span = daysOf(from, to, await timeZoneOf(site))
      demandNear([{ from: span.from, to: span.from }], 'from')
      demandNear([{ from: span.to, to: span.to }], 'to')
      return db.write(async tx => {
        const id = ids.next('abs')
        await tx
          .sql<OffsiteTables>()
          .insertInto('absences')
          .values({ id, site, account, from_at: span.from, to_at: span.to, reason: reason ?? null })
          .execute()
        await journal.append(
          tx,
          rosterFact(
            'roster-absence-added',
            site,
            { absence: id, account },
            { from: isoAt(span.from), to: isoAt(span.to), reason },
          ),
          origin,
        )
        return id
      })
    },
    present: (id, origin) =>
      db.write(async tx => {
        const sql = tx.sql<OffsiteTables>()
        const row = await sql.selectFrom('absences').selectAll().where('id', '=', id).executeTakeFirst()
        if (row === undefined) return fail('missing', NO.absence)
        await sql.deleteFrom('absences').where('id', '=', id).execute()
        await journal.append(
          tx,
          rosterFact(
            'roster-absence-removed',
            row.site,
            { absence: id, account: row.account },
            { from: isoAt(row.from_at), to: isoAt(row.to_at) },
          ),
          origin,
        )
      }),
    describe: async ({ site, account, competences, languages }, origin) => {
      await demandReader(site, account)
      await db.write(async tx => {
        const sql = tx.sql<OffsiteTables>()
        const before = (await readProfiles(sql, [site])).find(each => each.account === account)
        const now = {
          competences: [...new Set(competences)].sort(),
          languages: [...new Set(languages)].sort(),
        }
        if (
          before !== undefined &&
          JSON.stringify([before.competences, before.languages]) ===
            JSON.stringify([now.competences, now.languages])
        )
          return
        const values = {
          competences: JSON.stringify(now.competences),
          languages: JSON.stringify(now.languages),
        }
        await sql
          .insertInto('reader_profiles')
          .values({ site, account, ...values })
          .onConflict(conflict => conflict.columns(['site', 'account']).doUpdateSet(values))
          .execute()
        await journal.append(tx, rosterFact('roster-reader-changed', site, { account }, now), origin)
      })
    },
  }
}

/** A shift that changes hands or time has been taken by nobody. */
export async function untake(tx: Tx, shift: string): Promise<void> {
  await tx.sql<OffsiteTables>().deleteFrom('duties').where('shift', '=', shift).execute()
}

export function placed({ kind, from_at, to_at, telephone }: Omit<ShiftRow, 'id'>) {
  return {
    kind,
    from: isoAt(from_at),
    to: isoAt(to_at),
    ...(telephone === null ? {} : { telephone }),
  }
}
