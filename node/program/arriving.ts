import type { Standing } from '../accounts/permissions.js'
import type { Clock } from '../clock.js'

/** A study's counts change with every image; who looks at it need not hear more often than this. */
const EVERY_MS = 1000
/** Studies arriving at the same time; beyond it the oldest is told once too often. */
const STUDIES_MAX = 1000

/** Tells those who may see a study that more of it has come, at most once a second. */
export function arrivalTeller(options: {
  clock: Clock
  standing(study: string, site: string): Promise<Standing>
  tell(study: string, standing: Standing): void
  onTrouble(thrown: unknown): void
}): (study: string, site: string) => void {
  const { clock, standing, tell, onTrouble } = options
  const told = new Map<string, number>()
  return (study, site) => {
    const now = clock.monotonic()
    if (now - (told.get(study) ?? Number.NEGATIVE_INFINITY) < EVERY_MS) return
    told.delete(study)
    told.set(study, now)
    if (told.size > STUDIES_MAX) told.delete(told.keys().next().value as string)
    standing(study, site)
      .then(found => tell(study, found))
      .catch(onTrouble)
  }
}
