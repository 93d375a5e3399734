import { open, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { attention, type Check, type Finding, good } from './check.js'

const ROUNDS = 40
const BYTES = 64 * 1024
/** Enough is known by then, however slow the disk. */
const LONGEST_MS = 3000
/** Two syncs within this: no disk answers so fast, something in between says yes for it. */
const SUSPICIOUS_MS = 0.12
const SLOW_MS = 60

/** What each image costs before it is acknowledged: write, fdatasync, rename, fsync of the folder. */
export const diskSync: Check = {
  id: 'disk-sync',
  group: 'disk',
  name: { fr: 'Écriture durable', en: 'Durable writing' },
  look: async ({ folder }) => syncFinding(await syncTimes(folder.scratch)),
}

/** Milliseconds of each round, shortest first. What it wrote is gone afterwards. */
export async function syncTimes(folder: string): Promise<number[]> {
  const bytes = Buffer.alloc(BYTES, 0x5a)
  const part = join(folder, `sync-${process.pid}.part`)
  const whole = join(folder, `sync-${process.pid}`)
  const times: number[] = []
  const began = performance.now()
  const directory = await open(folder, 'r')
  try {
    // Once at least: of no round at all nobody could say anything.
    do {
      const start = performance.now()
      const file = await open(part, 'w', 0o600)
      try {
        await file.write(bytes)
        await file.datasync()
      } finally {
        await file.close()
      }
      await rename(part, whole)
      await directory.sync()
      times.push(performance.now() - start)
    } while (times.length < ROUNDS && performance.now() - began < LONGEST_MS)
  } finally {
    await directory.close()
    await rm(part, { force: true })
    await rm(whole, { force: true })
  }
  return times.sort((a, b) => a - b)
}

/** `times`: milliseconds, shortest first. */
export function syncFinding(times: readonly number[]): Finding {
  const at = (share: number) => times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? 0
  const [half, worst] = [at(0.5), at(0.99)]
  const ms = (value: number) => (value < 10 ? value.toFixed(2) : String(Math.round(value)))
  const fr = `${ms(half).replace('.', ',')} ms le plus souvent, ${ms(worst).replace('.', ',')} ms au pire (${times.length} essais : écrire, synchroniser, renommer, synchroniser le dossier).`
  const en = `${ms(half)} ms mostly, ${ms(worst)} ms at worst (${times.length} tries: write, sync, rename, sync the folder).`
  if (half < SUSPICIOUS_MS)
    return attention(
      [
        `Trop rapide pour un disque : ${fr}`,
        'Vérifiez que le disque ne promet pas ce qu’il n’a pas écrit (cache sans batterie, option nobarrier, machine virtuelle en « writeback/unsafe »).',
      ],
      [
        `Too fast for a disk: ${en}`,
        'Check that the disk does not promise what it has not written (cache without battery, nobarrier option, virtual machine in “writeback/unsafe”).',
      ],
    )
  if (half > SLOW_MS)
    return attention(
      [`Lent : ${fr}`, 'Chaque image attend cela ; prenez un disque SSD, ou voyez qui d’autre l’occupe.'],
      [`Slow: ${en}`, 'Each image waits for it; take an SSD, or see who else keeps it busy.'],
    )
  return good(fr, en)
}
