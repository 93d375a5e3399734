import type { Clock } from '../clock.js'
import type { Transfers } from '../exchange/transfers.js'
import type { Follower } from '../journal/followers.js'
import type { Journal } from '../journal/journal.js'
import type { Studies } from '../studies/studies.js'
import type { ImportRecord, ImportRows } from './rows.js'
import { causeOf } from './take-job.js'

export interface Destination {
  peer: string
  transfer: string
  state: string
  confirmed: number
  of: number
  /** UTC milliseconds: when it came to that. */
  at?: number
}

/** Where what an import brought stands at each of its destinations. */
export async function destinationsOf(
  record: Pick<ImportRecord, 'id' | 'site'>,
  { rows, studies, transfers }: { rows: ImportRows; studies: Studies; transfers: Transfers },
): Promise<Destination[]> {
  const destinations: Destination[] = []
  for (const StudyInstanceUID of await rows.studyUids(record.id)) {
    const study = (await studies.byUid(StudyInstanceUID)).find(each => each.site === record.site)
    if (study === undefined) continue
    for (const { id, peer, state, confirmed, total, cause, settled_at } of await transfers.ofStudy(
      study.id,
      'all',
    ))
      if (cause === causeOf(record.id))
        destinations.push({
          peer,
          transfer: id,
          state,
          confirmed,
          of: total,
          ...(settled_at === null ? {} : { at: settled_at }),
        })
  }
  return destinations
}

/** An import is done when each of its destinations has what it was to get, or says that it will not. */
export function importFollower(options: {
  clock: Clock
  journal: Journal
  rows: ImportRows
  studies: Studies
  transfers: Transfers
}): Follower {
  const { clock, journal, rows } = options
  return {
    name: 'imports-sent',
    types: ['study-sent', 'transfer-failed', 'transfer-cancelled'],
    replay: true,
    handle: async (fact, tx) => {
      const [kind, id] = String(fact.body?.['cause'] ?? '').split(':')
      if (kind !== 'import' || id === undefined) return
      const record = await rows.find(id)
      if (record?.state !== 'sending') return
      const destinations = await destinationsOf(record, options)
      const settled = destinations.every(({ state }) => ['confirmed', 'sent', 'cancelled'].includes(state))
      if (!settled) return
      await rows.update(tx, id, { state: 'done', finished_at: clock.now() })
      await journal.append(
        tx,
        {
          type: 'import-finished',
          site: record.site,
          ids: { import: id },
          body: {
            destinations: destinations.map(({ peer, state, confirmed, of }) => ({
              peer,
              state,
              confirmed,
              of,
            })),
          },
        },
        { by: 'system', part: 'imports' },
      )
    },
  }
}
