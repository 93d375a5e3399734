import { statSync } from 'node:fs'
import { join } from 'node:path'
import { attention, type Check, good, notChecked, span } from './check.js'

const DAY_MS = 86_400_000
const DAYS_MAX = 2
/** Touched by whatever makes the backups, when one is whole. */
export const MARK = 'backup.done'

export const backupAge: Check = {
  id: 'backup-age',
  group: 'disk',
  name: { fr: 'Dernière sauvegarde', en: 'Last backup' },
  look: ({ folder, clock }) => {
    const path = join(folder.root, MARK)
    const at = statSync(path, { throwIfNoEntry: false })?.mtimeMs
    if (at === undefined)
      return notChecked(
        [
          'Aucune sauvegarde n’est connue ici.',
          `relais backup DOSSIER ; ou que la vôtre finisse par : touch ${path}.`,
        ],
        ['No backup is known here.', `relais backup DIR; or let yours end with: touch ${path}.`],
      )
    const age = span(clock.now() - at)
    if (clock.now() - at > DAYS_MAX * DAY_MS)
      return attention(
        [`Il y a ${age.fr}.`, 'Voyez pourquoi la sauvegarde ne se fait plus.'],
        [`${age.en} ago.`, 'See why the backup is no longer made.'],
      )
    return good(`Il y a ${age.fr}.`, `${age.en} ago.`)
  },
}
