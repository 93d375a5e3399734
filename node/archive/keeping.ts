import type { Ids } from '../ids.js'
import type { Followers } from '../journal/followers.js'
import type { Outbox } from '../outbox/outbox.js'
import { type ArchiveDeps, openArchive } from './archive.js'
import { openMarks } from './retention/marks.js'
import { openRetention } from './retention/retention.js'
import { openSealing } from './seal/sealing.js'
import { openVolumes } from './seal/volume.js'
import { openOutside } from './witness/outside.js'
import type { WitnessDeps } from './witness/witnesses.js'

/** All that keeps the proof: the record of each act, its seal in the volume of its year, the witnesses outside. */
export function openKeeping(
  deps: ArchiveDeps &
    WitnessDeps & {
      ids: Ids
      outbox: Pick<Outbox, 'add' | 'handle'>
      followers: Pick<Followers, 'add'>
      /** Where the yearly files lie. */
      volumesFolder: string
    },
) {
  const { outbox, followers } = deps
  const archive = openArchive(deps)
  const sealing = openSealing({ ...deps, archive, volumes: openVolumes(deps.volumesFolder) })
  outbox.handle('seal-act', sealing.handler)
  outbox.handle('close-volumes', sealing.closing)
  followers.add(sealing.follower)
  const outside = openOutside(deps)
  outbox.handle('witness', outside.witnesses.handler)
  return { archive, sealing, marks: openMarks(deps), retention: openRetention(deps), ...outside }
}
