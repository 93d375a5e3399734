import { statSync } from 'node:fs'
import { join } from 'node:path'
import { attention, broken, type Check, good, notChecked, span, withoutServices } from './check.js'

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

/** Whether the newest backup was restored for a trial, and what came of it. */
export const backupRestores: Check = {
  id: 'backup-restores',
  group: 'disk',
  name: { fr: 'Essai de restauration', en: 'Trial restore' },
  look: async patient => {
    const { services, clock, config } = patient
    if (config.backup.drillFolder === null)
      return notChecked(
        ['Aucune sauvegarde n’est restaurée à l’essai.', 'Nommez son dossier : backup.drillFolder.'],
        ['No backup is restored for a trial.', 'Name its folder: backup.drillFolder.'],
      )
    if (services === undefined) return withoutServices(patient)
    const [last] = await services.journal.read({
      types: ['restore-drill-passed', 'restore-drill-failed'],
      newestFirst: true,
      limit: 1,
    })
    if (last === undefined)
      return notChecked(['Le premier essai est pour cette nuit.'], ['The first trial is for this night.'])
    const age = span(clock.now() - last.at)
    if (last.type === 'restore-drill-failed')
      return broken(
        [
          `Il y a ${age.fr}, la sauvegarde ne se restaurait pas : ${last.body?.['reason']}`,
          'Faites-en une autre (relais backup DOSSIER), et voyez l’état de son disque.',
        ],
        [
          `${age.en} ago, the backup could not be restored: ${last.body?.['reason']}`,
          'Make another (relais backup DIR), and see how its disk is.',
        ],
      )
    const { entries, files, keys } = last.body ?? {}
    const shut = keys === 'shut'
    const fr = `Il y a ${age.fr}, ${entries} inscriptions et ${files} fichiers restaurés et vérifiés${shut ? ', clés non ouvertes' : ''}.`
    const en = `${age.en} ago, ${entries} entries and ${files} files restored and verified${shut ? ', keys not opened' : ''}.`
    if (clock.now() - last.at > DAYS_MAX * DAY_MS)
      return attention(
        [fr, 'L’essai ne se fait plus : voyez les tâches.'],
        [en, 'The trial is no longer made: see the tasks.'],
      )
    return good(fr, en)
  },
}
