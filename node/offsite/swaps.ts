import { type Clock, isoAt } from '../clock.js'
import type { Tx } from '../database.js'
import { fail } from '../errors.js'
import type { Origin } from '../journal/facts.js'
import { type RosterDeps, rosterFact, untake } from './rosters.js'
import { readAbsences, readingOf, readShift, readShifts, type ShiftRow, type SwapRow } from './rows.js'
import { clashes } from './rules.js'
import type { OffsiteTables } from './schema.js'
import type { SwapState } from './view.js'

export interface Swaps {
  /** Offers a shift to a colleague, maybe for one of theirs. Gives its id. */
  propose(
    asked: {
      shift: string
      to: string
      exchange?: string | undefined
      text?: string | undefined
      by: string
    },
    origin: Origin,
  ): Promise<string>
  /** By the colleague; the shifts change hands, as if a coordinator had changed them. */
  accept(id: string, by: string, origin: Origin): Promise<void>
  decline(id: string, by: string, origin: Origin): Promise<void>
  /** By whoever proposed it. */
  withdraw(id: string, by: string, origin: Origin): Promise<void>
  find(id: string): Promise<SwapRow | undefined>
}

const NO_SWAP = 'There is no such swap.'

/** A shift changes hands between two readers of one group: proposed by one, accepted by the other. */
export function openSwaps(deps: Omit<RosterDeps, 'timeZoneOf'> & { clock: Clock }): Swaps {
  const { db, clock, ids, journal, readersOf } = deps

  async function open(tx: Tx, id: string): Promise<SwapRow> {
    const row = await tx
      .sql<OffsiteTables>()
      .selectFrom('swaps')
      .selectAll()
      .where('id', '=', id)
      .executeTakeFirst()
    if (row === undefined) return fail('missing', NO_SWAP)
    if (row.state !== 'proposed') fail('conflict', 'This swap was answered or withdrawn already.')
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
  async function standing(tx: Tx, id: string, account: string): Promise<ShiftRow> {
    const row = await readShift(tx.sql<OffsiteTables>(), id)
    if (row === undefined || row.account !== account || row.to <= clock.now())
      return fail('conflict', 'This shift is over, or is somebody else’s by now.')
    return row
  }

  async function give(tx: Tx, shift: ShiftRow, to: string, instead: readonly string[], origin: Origin) {
    const sql = tx.sql<OffsiteTables>()
    const span = { from: shift.from_at, to: shift.to_at }
    const others = (await readShifts(sql, span, { account: to })).filter(({ id }) => !instead.includes(id))
    const absences = await readAbsences(sql, span, { account: to })
    const [clash] = clashes([{ ...shift, ...span, account: to }, ...others], absences)
    if (clash !== undefined)
      fail(
        'conflict',
        clash.kind === 'absent'
          ? 'Whoever would take the shift is absent then.'
          : 'Whoever would take the shift has another one at that time.',
      )
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
    propose: async ({ shift: id, to, exchange, text, by }, origin) => {
      const known = await readShift(readingOf(db), id)
      if (known === undefined || known.account !== by) return fail('missing', 'There is no such shift.')
      if (to === by || !(await readersOf(known.site)).some(({ account }) => account === to))
        fail('invalid', 'A shift is swapped with a colleague of the group.', [
          { path: 'to', message: 'no colleague of this group' },
        ])
      return db.write(async tx => {
        const shift = await standing(tx, id, by)
        if (exchange !== undefined && (await standing(tx, exchange, to)).site !== shift.site)
          fail('invalid', 'Both shifts are of one group.', [{ path: 'exchange', message: 'another group' }])
        const sql = tx.sql<OffsiteTables>()
        const other = await sql
          .selectFrom('swaps')
          .select('id')
          .where('shift', '=', id)
          .where('state', '=', 'proposed')
          .executeTakeFirst()
        if (other !== undefined) fail('conflict', 'This shift is offered to somebody already.')
        const swap: SwapRow = {
          id: ids.next('swp'),
          site: shift.site,
          shift: id,
          exchange: exchange ?? null,
          by,
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
        const swap = await open(tx, id)
        if (swap.to !== by) fail('missing', NO_SWAP)
        const shift = await standing(tx, swap.shift, swap.by)
        const back = swap.exchange === null ? undefined : await standing(tx, swap.exchange, swap.to)
        const both = [shift.id, ...(back === undefined ? [] : [back.id])]
        await give(tx, shift, swap.to, both, origin)
        if (back !== undefined) await give(tx, back, swap.by, both, origin)
        await settle(tx, swap, 'accepted', origin)
      }),
    decline: (id, by, origin) =>
      db.write(async tx => {
        const swap = await open(tx, id)
        if (swap.to !== by) fail('missing', NO_SWAP)
        await settle(tx, swap, 'declined', origin)
      }),
    withdraw: (id, by, origin) =>
      db.write(async tx => {
        const swap = await open(tx, id)
        if (swap.by !== by) fail('missing', NO_SWAP)
        await settle(tx, swap, 'withdrawn', origin)
      }),
  }
}
