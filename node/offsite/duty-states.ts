import { type Reading, readAbsences, readDuties, readShifts } from './rows.js'
import { onDuty } from './rules.js'
import type { DutyAlarm, ShiftKind } from './view.js'

/** A shift that runs, or has just ended; times are UTC milliseconds. */
export interface DutyState {
  account: string
  /** The reading group. */
  site: string
  kind: ShiftKind
  to: number
  ended: boolean
  /** What became of the trial of their alarm. */
  alarm: DutyAlarm
}

/** What somebody leaves behind is looked for so long after their shift. */
const ENDED_MS = 12 * 3_600_000

/** How each reader's duty stands: of the shift that runs, else of the one that ended last. Who is absent has none. */
export async function readDutyStates(sql: Reading, now: number): Promise<ReadonlyMap<string, DutyState>> {
  const span = { from: now - ENDED_MS, to: now + 1 }
  const shifts = await readShifts(sql, span)
  const running = onDuty(shifts, await readAbsences(sql, { from: now, to: now + 1 }), now)
  const taken = await readDuties(
    sql,
    running.map(({ id }) => id),
  )
  const states = new Map<string, DutyState>()
  for (const { account, site, kind, to } of shifts
    .filter(shift => shift.to <= now)
    .sort((a, b) => a.to - b.to))
    states.set(account, { account, site, kind, to, ended: true, alarm: 'untaken' })
  // The first of those that run is the one on site.
  for (const { id, account, site, kind, to } of running.toReversed()) {
    const duty = taken.get(id)
    const alarm = duty === undefined ? 'untaken' : duty.heard_at === null ? 'unheard' : 'heard'
    states.set(account, { account, site, kind, to, ended: false, alarm })
  }
  return states
}
