import { join } from 'node:path'
import { openDestroying } from '../../node/archive/retention/destroying.js'
import { openDestructions } from '../../node/archive/retention/destructions.js'
import { openMarks } from '../../node/archive/retention/marks.js'
import { openRetention } from '../../node/archive/retention/retention.js'
import { openSuccessors } from '../../node/archive/seal/successors.js'
import { openVolumes } from '../../node/archive/seal/volume.js'
import { openProof } from '../../node/journal/proof.js'
import { person } from './act.js'
import type { Story } from './read-act.js'

export const keeper = person('acc_adm', 'Mme Archive', 'administrator', 'nord')
export const second = person('acc_adm2', 'M. Second', 'administrator', 'nord')

const DAY_MS = 86_400_000
/** Years in which nobody comes back. */
export const YEARS_LATER_MS = 21 * 366 * DAY_MS

/** All that destroys, beside the act of a story. */
export async function openDestruction({ act }: Pick<Story, 'act'>) {
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
