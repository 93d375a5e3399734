import { join } from 'node:path'
import type { Ids } from '../ids.js'
import type { Followers } from '../journal/followers.js'
import type { Objects } from '../objects/objects.js'
import type { Outbox } from '../outbox/outbox.js'
import { type ArchiveDeps, openArchive } from './archive.js'
import { openDestroying } from './retention/destroying.js'
import { openDestructions } from './retention/destructions.js'
import { openMarks } from './retention/marks.js'
import { openRetention } from './retention/retention.js'
import { openSealing } from './seal/sealing.js'
import { openSuccessors } from './seal/successors.js'
import { openVolumes } from './seal/volume.js'
import { openOutside } from './witness/outside.js'
import type { WitnessDeps } from './witness/witnesses.js'

/** All that keeps the proof: the record of each act, its seal in the volume of its year, the witnesses outside. */
export function openKeeping(
  deps: ArchiveDeps &
    WitnessDeps & {
      ids: Ids
      objects: Pick<Objects, 'discard' | 'folder'>
      outbox: Pick<Outbox, 'add' | 'handle'>
      followers: Pick<Followers, 'add'>
      /** Where the yearly files lie. */
      volumesFolder: string
    },
) {
  const { outbox, followers } = deps
  const archive = openArchive(deps)
  const volumes = openVolumes(deps.volumesFolder)
  const sealing = openSealing({ ...deps, archive, volumes })
  outbox.handle('seal-act', sealing.handler)
  outbox.handle('close-volumes', sealing.closing)
  followers.add(sealing.follower)
  const outside = openOutside(deps)
  outbox.handle('witness', outside.witnesses.handler)
  const retention = openRetention(deps)
  const certificateFolders = [
    join(deps.volumesFolder, 'certificates'),
    ...(deps.config.archive.witnessFolder === null ? [] : [deps.config.archive.witnessFolder]),
  ]
  const destroying = openDestroying({
    ...deps,
    retention,
    volumes,
    successors: openSuccessors(deps.volumesFolder),
    certificateFolders,
  })
  const destructions = openDestructions({ ...deps, retention, destroying, certificateFolders })
  outbox.handle('destroy', destructions.handler)
  return { archive, sealing, marks: openMarks(deps), retention, destructions, ...outside }
}
