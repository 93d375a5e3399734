import { join } from 'node:path'
import { certificatesIn } from '../archive/retention/certificate.js'
import { systemClock } from '../clock.js'
import type { Config } from '../config.js'
import { lockFile } from '../database-lock.js'
import { Failure } from '../errors.js'
import { openLog } from '../log.js'
import { CERTIFICATES, copyCertificates, restore } from '../program/backup.js'
import type { DataFolder } from '../program/folder.js'
import { openServices } from '../program/services.js'
import { stateChecks } from '../program/state-checks.js'
import { verifyFileInParallel } from '../program/verification.js'

/**
 * `relais restore DIR`: into an empty data folder; what certificates say was destroyed since is destroyed again; then all of it is
 * verified, every stored file included. `certificates`: folders of certificates beside those of the backup and the witness.
 */
export async function restoreInto(
  folder: DataFolder,
  options: {
    from: string
    passphrase: string | null
    /** Of the node that will run on it; without it the next start destroys again what has to be. */
    config?: Config
    certificates?: readonly string[]
    progress(text: string): void
  },
) {
  const lock = lockFile(folder.lock)
  let report: Awaited<ReturnType<typeof restore>>
  try {
    const witnessFolder = options.config?.archive.witnessFolder ?? null
    // Before the data have their name: a restore that is cut off after it is ended by the next start.
    for (const place of [...(options.certificates ?? []), ...(witnessFolder === null ? [] : [witnessFolder])])
      await copyCertificates(place, join(folder.volumes, CERTIFICATES))
    report = await restore({ ...options, folder })
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code !== 'ENOSPC') throw thrown
    throw new Failure(
      'storage-full',
      `There is no room left in ${folder.root}: make some and restore again; what was copied already stays there.`,
      [],
      thrown,
    )
  } finally {
    lock.release()
  }
  const { config, progress } = options
  const destroyed = config === undefined ? 0 : await destroyedAgain(folder, config, progress)
  const again = lockFile(folder.lock)
  try {
    const checked = await verifyFileInParallel(folder.database, stateChecks, {
      objects: join(folder.root, 'objects'),
      onProgress: seq => options.progress(`${seq} entries verified`),
    })
    return { report, destroyed, checked }
  } finally {
    again.release()
  }
}

/** How many destructions came back with the older data, and are done again. */
async function destroyedAgain(
  folder: DataFolder,
  config: Config,
  progress: (text: string) => void,
): Promise<number> {
  if (certificatesIn(join(folder.volumes, CERTIFICATES)).length === 0) return 0
  progress('what was destroyed since is destroyed again')
  const clock = systemClock()
  const nobody = () => undefined
  const services = await openServices({
    config: { ...config, data: { ...config.data, dir: folder.root } },
    clock,
    log: openLog({ level: 'error', clock }),
    publicUrl: () => config.http.publicUrl ?? '',
    ...{ onProgress: nobody, onFlow: nobody, onArriving: nobody, onRead: nobody, onPresence: nobody },
    ...{ onTrouble: nobody, onJob: nobody, isOnline: () => false },
  })
  try {
    return await services.destructions.replayNow()
  } finally {
    await services.close()
  }
}
