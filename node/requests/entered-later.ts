import { isoAt, msOf } from '../clock.js'
import type { Tx } from '../database.js'
import { fail } from '../errors.js'
import { type LaterFault, lastDoneAt, laterFault } from './later.js'
import type { RequestEvent } from './lifecycle.js'
import { takeNumber } from './numbers.js'
import type { Asker } from './ports.js'
import type { RequestsDeps } from './requests.js'
import type { RequestRecord } from './schema.js'
import { NOTICE_FACTS } from './timeline.js'
import { laterWords } from './words.js'

type Deps = Pick<RequestsDeps, 'clock' | 'journal' | 'enteredLaterDaysMax'>

const FACTS_MAX = 1000

/** What a fact says of a request that was asked for on paper, before it was recorded. */
export const saidIn = ({ happened_at }: Pick<RequestRecord, 'happened_at'>) =>
  happened_at === null ? {} : { happenedAt: isoAt(happened_at) }

/** When a request was asked for on paper, in UTC milliseconds; null of one entered as it is asked. Throws `invalid`. */
export function askedAt(deps: Deps, asker: Asker, paper: { happenedAt: string } | undefined): number | null {
  if (paper === undefined) return null
  const at = msOf(paper.happenedAt)
  refuse(asker, 'paper.happenedAt', laterFault(at, bounds(deps)))
  return at
}

/**
 * What the fact of an event says of when it happened, where that was before it is recorded. Throws `invalid` where that
 * cannot be: not of this event, in the future, too long ago, before what had happened to the request already.
 */
export async function happenedBefore(
  deps: Deps,
  asker: Asker,
  { request, event, happenedAt }: { request: string; event: RequestEvent; happenedAt: string | undefined },
): Promise<{ happenedAt?: string }> {
  if (happenedAt === undefined) return {}
  const at = msOf(happenedAt)
  const from = lastDoneAt(
    await deps.journal.read({ subject: request, without: NOTICE_FACTS, limit: FACTS_MAX }),
    event,
  )
  refuse(
    asker,
    'happenedAt',
    laterFault(at, { ...bounds(deps), event, ...(from === undefined ? {} : { from }) }),
  )
  return { happenedAt: isoAt(at) }
}

/** The number of a form becomes the request's reference. Throws `invalid`, or `conflict` where it was entered before. */
export async function enterNumber(
  tx: Tx,
  asker: Asker,
  { id, site, reference }: Pick<RequestRecord, 'id' | 'site' | 'reference'>,
): Promise<void> {
  const taken = await takeNumber(tx, { number: reference, site, request: id })
  if (taken === 'taken') return
  const used = taken === 'used'
  const message = laterWords(used ? 'number-used' : 'number-unknown', asker.who.account.language)
  fail(used ? 'conflict' : 'invalid', message, [{ path: 'paper.number', message }])
}

const bounds = ({ clock, enteredLaterDaysMax }: Deps) => ({ now: clock.now(), daysMax: enteredLaterDaysMax })

function refuse(asker: Asker, path: string, fault: LaterFault | undefined): void {
  if (fault === undefined) return
  const message = laterWords(fault, asker.who.account.language)
  fail('invalid', message, [{ path, message }])
}
