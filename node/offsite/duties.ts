import { type Clock, isoAt } from '../clock.js'
import type { Database } from '../database.js'
import { fail } from '../errors.js'
import type { Acting } from '../http/acting.js'
import type { Origin } from '../journal/facts.js'
import type { Follower } from '../journal/followers.js'
import type { Journal } from '../journal/journal.js'
import { rosterFact, untake } from './rosters.js'
import { readingOf, readShift, readShifts } from './rows.js'
import { TAKEN_EARLY_MS, takeable } from './rules.js'
import type { OffsiteTables } from './schema.js'
import { DUTY_REFUSALS, NO } from './words.js'

export interface Duties {
  /** A reader takes a shift of their own for duty, and their alarm rings. */
  take(who: Acting, shift: string, origin: Origin): Promise<void>
  /** Rings once more, on a duty that was taken. */
  ringAgain(who: Acting, shift: string): Promise<void>
  leave(who: Acting, shift: string, origin: Origin): Promise<void>
  /** Who hears their alarm while on duty has proved that they can be reached. */
  follower: Follower
}

export function openDuties(deps: {
  db: Database
  clock: Clock
  journal: Journal
  /** Rings every channel by which this person is reached. */
  ringAlarm(who: Acting): Promise<void>
}): Duties {
  const { db, clock, journal } = deps

  async function own(who: Acting, id: string) {
    const shift = await readShift(readingOf(db), id)
    return shift === undefined || shift.account !== who.account.id ? fail('missing', NO.shift) : shift
  }

  return {
    take: async (who, id, origin) => {
      const shift = await own(who, id)
      const now = clock.now()
      if (!takeable(shift, now))
        fail(
          'conflict',
          now >= shift.to ? DUTY_REFUSALS.over : DUTY_REFUSALS.early(TAKEN_EARLY_MS / 3_600_000),
        )
      const taken = await db.write(async tx => {
        const sql = tx.sql<OffsiteTables>()
        const there = await sql
          .selectFrom('duties')
          .select('shift')
          .where('shift', '=', id)
          .executeTakeFirst()
        if (there !== undefined) return false
        await sql
          .insertInto('duties')
          .values({ shift: id, account: who.account.id, taken_at: now, heard_at: null, heard_by: null })
          .execute()
        await journal.append(
          tx,
          rosterFact(
            'roster-duty-taken',
            shift.site,
            { shift: id, account: who.account.id },
            { kind: shift.kind, from: isoAt(shift.from), to: isoAt(shift.to) },
          ),
          origin,
        )
        return true
      })
      if (taken) await deps.ringAlarm(who)
    },
    ringAgain: async (who, id) => {
      await own(who, id)
      const duty = await readingOf(db)
        .selectFrom('duties')
        .select('shift')
        .where('shift', '=', id)
        .executeTakeFirst()
      if (duty === undefined) fail('conflict', DUTY_REFUSALS.untaken)
      await deps.ringAlarm(who)
    },
    leave: async (who, id, origin) => {
      const shift = await own(who, id)
      await db.write(async tx => {
        const sql = tx.sql<OffsiteTables>()
        const duty = await sql.selectFrom('duties').select('shift').where('shift', '=', id).executeTakeFirst()
        if (duty === undefined) return
        await untake(tx, id)
        await journal.append(
          tx,
          rosterFact('roster-duty-left', shift.site, { shift: id, account: who.account.id }),
          origin,
        )
      })
    },
    follower: {
      name: 'duties',
      types: ['notice-opened'],
      handle: async (fact, tx) => {
        const { account } = fact.ids
        if (fact.body?.['kind'] !== 'alarm-test' || account === undefined) return
        const channel = String(fact.body['channel'] ?? 'screen')
        const sql = tx.sql<OffsiteTables>()
        // A shift that was taken early has not begun: it is looked for as far ahead as it may be taken.
        const ahead = { from: fact.at, to: fact.at + TAKEN_EARLY_MS + 1 }
        for (const shift of await readShifts(sql, ahead, { account })) {
          const changed = await sql
            .updateTable('duties')
            .set({ heard_at: fact.at, heard_by: channel })
            .where('shift', '=', shift.id)
            .where('account', '=', account)
            .where('taken_at', '<=', fact.at)
            .executeTakeFirst()
          if (changed.numUpdatedRows === 0n) continue
          await journal.append(
            tx,
            rosterFact('roster-duty-heard', shift.site, { shift: shift.id, account }, { channel }),
            { by: 'system', part: 'offsite' },
          )
        }
      },
    },
  }
}
