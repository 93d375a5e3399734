import type { Language } from '../accounts/view.js'
import { type Clock, isoAt } from '../clock.js'
import type { Tx } from '../database.js'
import { fail } from '../errors.js'
import type { Origin } from '../journal/facts.js'
import { type RosterDeps, rosterFact, untake } from './rosters.js'
import { readAbsences, readingOf, readShift, readShifts, type ShiftRow, type SwapRow } from './rows.js'
import { clashes, outOfRole } from './rules.js'
import type { OffsiteTables } from './schema.js'
import type { SwapState } from './view.js'
import { NO, SWAP_REFUSALS } from './words.js'

/** Whoever asks or answers; a refusal is told in their language. */
export interface Swapper {
  account: string
  language: Language
}

export interface Swaps {
  /** Offers a shift to a colleague, maybe for one of theirs. Gives its id. */
  propose(
    asked: { shift: string; to: string; exchange?: string | undefined; text?: string | undefined },
    by: Swapper,
    origin: Origin,
  ): Promise<string>
  /** By the colleague; the shifts change hands, as if a coordinator had changed them. */
  accept(id: string, by: Swapper, origin: Origin): Promise<void>
  decline(id: string, by: Swapper, origin: Origin): Promise<void>
  /** By whoever proposed it. */
  withdraw(id: string, by: Swapper, origin: Origin): Promise<void>
  find(id: string): Promise<SwapRow | undefined>
}

const refuse = (why: keyof (typeof SWAP_REFUSALS)['en'], { language }: Swapper): never =>
  fail('conflict', SWAP_REFUSALS[language][why])

/** What does not fit is named with its field. */
function misfit(why: 'stranger' | 'groups', path: 'to' | 'exchange', { language }: Swapper): never {
  const message = SWAP_REFUSALS[language][why]
  return fail('invalid', message, [{ path, message }])
}

/** A shift changes hands between two readers of one group: proposed by one, accepted by the other. */
export function openSwaps(deps: Omit<RosterDeps, 'timeZoneOf'> & { clock: Clock }): Swaps {
  const { db, clock, ids, journal, readersOf } = deps

  async function open(tx: Tx, id: string, by: Swapper): Promise<SwapRow> {
    const row = await tx
      .sql<OffsiteTables>()
      .selectFrom('swaps')
      .selectAll()
      .where('id', '=', id)
      .executeTakeFirst()
    if (row === undefined) return fail('missing', NO.swap)
    if (row.state !== 'proposed') refuse('answered', by)
    return row
  }

  async function settle(tx: Tx, swap: SwapRow, state: SwapState, origin: Origin): Promise<void> {
    await tx.sql<OffsiteTables>().updateTable('swaps').set({ state }).where('id', '=', swap.id).execute()
    await journal.append(
      tx,
      rosterFact(
        `roster-swap-${state}`,
        swap.site,
        { swap: swap.id, shift: swap.shift, account: swap.by, colleague: swap.to },
        {},
      ),
      origin,
    )
  }

  /** The shift as it must still be for the swap to make sense: of that reader, and not over. */
  async function standing(tx: Tx, id: string, account: string, by: Swapper): Promise<ShiftRow> {
    const row = await readShift(tx.sql<OffsiteTables>(), id)
    if (row === undefined || row.account !== account || row.to <= clock.now()) return refuse('gone', by)
    return row
  }

  async function give(
    tx: Tx,
    shift: ShiftRow,
    to: string,
    instead: readonly string[],
    by: Swapper,
    origin: Origin,
  ) {
    const sql = tx.sql<OffsiteTables>()
    const span = { from: shift.from_at, to: shift.to_at }
    const others = (await readShifts(sql, span, { account: to })).filter(({ id }) => !instead.includes(id))
    const absences = await readAbsences(sql, span, { account: to })
    const [clash] = clashes([{ ...shift, ...span, account: to }, ...others], absences)
    if (clash !== undefined) refuse(clash.kind === 'absent' ? 'absent' : 'busy', by)
    if (outOfRole([{ ...span, account: to }], await readersOf(shift.site)).length > 0) refuse('noRole', by)
    await untake(tx, shift.id)
    await sql.updateTable('shifts').set({ account: to, telephone: null }).where('id', '=', shift.id).execute()
    await journal.append(
      tx,
      rosterFact(
        'roster-shift-changed',
        shift.site,
        { shift: shift.id, account: to },
        {
          kind: shift.kind,
          from: isoAt(shift.from_at),
          to: isoAt(shift.to_at),
          before: { account: shift.account },
        },
      ),
      origin,
    )
  }

  return {
    find: id => readingOf(db).selectFrom('swaps').selectAll().where('id', '=', id).executeTakeFirst(),
    propose: async ({ shift: id, to, exchange, text }, by, origin) => {
      const known = await readShift(readingOf(db), id)
      if (known === undefined || known.account !== by.account) return fail('missing', NO.shift)
      if (to === by.account || !(await readersOf(known.site)).some(({ account }) => account === to))
        misfit('stranger', 'to', by)
      return db.write(async tx => {
        const shift = await standing(tx, id, by.account, by)
        if (exchange !== undefined && (await standing(tx, exchange, to, by)).site !== shift.site)
          misfit('groups', 'exchange', by)
        const sql = tx.sql<OffsiteTables>()
        const other = await sql
          .selectFrom('swaps')
          .select('id')
          .where('shift', '=', id)
          .where('state', '=', 'proposed')
          .executeTakeFirst()
        if (other !== undefined) refuse('offered', by)
        const swap: SwapRow = {
          id: ids.next('swp'),
          site: shift.site,
          shift: id,
          exchange: exchange ?? null,
          by: by.account,
          to,
          text: text ?? null,
          state: 'proposed',
          at: clock.now(),
        }
        await sql.insertInto('swaps').values(swap).execute()
        await settle(tx, swap, 'proposed', origin)
        return swap.id
      })
    },
    accept: (id, by, origin) =>
      db.write(async tx => {
        const swap = await open(tx, id, by)
        if (swap.to !== by.account) fail('missing', NO.swap)
        const shift = await standing(tx, swap.shift, swap.by, by)
        const back = swap.exchange === null ? undefined : await standing(tx, swap.exchange, swap.to, by)
        const both = [shift.id, ...(back === undefined ? [] : [back.id])]
        await give(tx, shift, swap.to, both, by, origin)
        if (back !== undefined) await give(tx, back, swap.by, both, by, origin)
        await settle(tx, swap, 'accepted', origin)
      }),
    decline: (id, by, origin) =>
      db.write(async tx => {
        const swap = await open(tx, id, by)
        if (swap.to !== by.account) fail('missing', NO.swap)
        await settle(tx, swap, 'declined', origin)
      }),
    withdraw: (id, by, origin) =>
      db.write(async tx => {
        const swap = await open(tx, id, by)
        if (swap.by !== by.account) fail('missing', NO.swap)
        await settle(tx, swap, 'withdrawn', origin)
      }),
  }
}
