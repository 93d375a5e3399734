import { join } from 'node:path'
import { sql } from 'kysely'
import { openDestroying } from '../../node/archive/retention/destroying.js'
import { openDestructions } from '../../node/archive/retention/destructions.js'
import { openMarks } from '../../node/archive/retention/marks.js'
import { openRetention } from '../../node/archive/retention/retention.js'
import { openSuccessors } from '../../node/archive/seal/successors.js'
import { openVolumes } from '../../node/archive/seal/volume.js'
import { manualClock } from '../../node/clock.js'
import { openDatabase } from '../../node/database.js'
import { openIds } from '../../node/ids.js'
import { openJournal } from '../../node/journal/journal.js'
import { openProof } from '../../node/journal/proof.js'
import { openObjects } from '../../node/objects/objects.js'
import { openOutbox } from '../../node/outbox/outbox.js'
import { migrations } from '../../node/program/migrations.js'
import { type Act, PEOPLE, person, START_MS } from './act.js'
import type { Story } from './read-act.js'

export const keeper = person('acc_adm', 'Mme Archive', 'administrator', 'nord')
export const second = person('acc_adm2', 'M. Second', 'administrator', 'nord')

const DAY_MS = 86_400_000
/** Years in which nobody comes back. */
export const YEARS_LATER_MS = 21 * 366 * DAY_MS

/** When the year of the story is long over, for a program that finds it. */
export const DESTROYED_AT = START_MS + YEARS_LATER_MS

/** All that destroys, beside the act of a story. */
export async function openDestruction({
  act,
}: {
  act: Pick<Act, 'db' | 'clock' | 'ids' | 'journal' | 'outbox' | 'objects' | 'folder'>
}) {
  const folder = join(act.folder, 'archive')
  const proof = await openProof({
    ...act,
    keysFolder: join(act.folder, 'keys'),
    log: { error: () => undefined },
  })
  const parts = {
    ...act,
    proof,
    retention: openRetention(act),
    volumes: openVolumes(folder),
    successors: openSuccessors(folder),
    certificateFolders: [join(folder, 'certificates')],
  }
  const destroying = openDestroying(parts)
  const destructions = openDestructions({ ...parts, destroying })
  return { ...parts, destroying, destructions, marks: openMarks(act) }
}

/** The same on a folder that lies there, with nothing of the act's own services: as a program that starts anew finds it. */
export async function openLeftDestruction(folder: string, at: number) {
  const clock = manualClock(at)
  const db = openDatabase({ file: join(folder, 'relais.db'), migrations, clock })
  const ids = openIds(clock)
  const journal = openJournal({ db, clock })
  const outbox = openOutbox({ db, clock, ids, journal, onTrouble: () => undefined })
  const objects = await openObjects({
    ...{ db, clock, folder: join(folder, 'objects'), run: `run${process.pid}` },
    ...{ bucketFiles: 100, freeBytesMin: 0 },
  })
  return openDestruction({ act: { db, clock, ids, journal, outbox, objects, folder } })
}

/** Proposed by one, confirmed by the other, not done yet. */
export async function confirmed(
  { destructions }: Pick<Awaited<ReturnType<typeof openDestruction>>, 'destructions'>,
  request: string,
  what: 'act' | 'images' = 'act',
): Promise<string> {
  const act = { id: request, reference: 'N-0001', site: 'nord' }
  const { id } = await destructions.propose(keeper.who, act, { what, reason: 'délai écoulé' }, keeper.origin)
  await destructions.confirm(second.who, id, second.origin)
  return id
}

/** The other act of the same study and patient is cancelled, and years go by: nothing stands in the way. */
export async function later({ act, request, sealing }: Story): Promise<void> {
  const { rows } = await sql<{ id: string }>`SELECT id FROM requests
    WHERE id <> ${request} AND json_extract(form, '$.patient.id') = 'P1'`.execute(act.db.sql<object>())
  for (const { id } of rows) await act.requests.send(PEOPLE.coordinator, id, 'cancel', { reason: 'doublon' })
  act.clock.advance(YEARS_LATER_MS)
  await sealing.closeYears()
}

/** Seals the act as it stands. */
export async function seal({ act, sealing, request }: Story): Promise<void> {
  const closed = await act.journal.head()
  const outcome = await sealing.handler.run({ body: { request, closed } } as never)
  if (outcome.result === 'done') await act.db.write(async tx => outcome.settle?.(tx))
}
