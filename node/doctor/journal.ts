import { attention, broken, type Check, good, notChecked, span, withoutServices } from './check.js'

const DAY_MS = 86_400_000
const VERIFIED_DAYS_MAX = 92

/** The spine: its last entry, to be compared with one kept elsewhere. */
export const journalHead: Check = {
  id: 'journal-head',
  group: 'journal',
  name: { fr: 'Dernière inscription', en: 'Last entry' },
  look: async patient => {
    const { services, clock } = patient
    if (services === undefined) return withoutServices(patient)
    const [last] = await services.journal.read({ newestFirst: true, limit: 1 })
    if (last === undefined) return notChecked(['Le journal est vide.'], ['The journal is empty.'])
    const age = span(Math.max(0, clock.now() - last.at))
    return good(`Numéro ${last.seq}, il y a ${age.fr}.`, `Number ${last.seq}, ${age.en} ago.`)
  },
}

/** When the stored files were last read again. */
export const journalVerified: Check = {
  id: 'journal-verified',
  group: 'journal',
  name: { fr: 'Dernière relecture des fichiers', en: 'Files last read again' },
  look: async patient => {
    const { services, clock } = patient
    if (services === undefined) return withoutServices(patient)
    const [last] = await services.journal.read({ types: ['objects-verified'], newestFirst: true, limit: 1 })
    const remedy = ['Lancez-la sur l’écran du journal.', 'Start it on the journal’s screen.'] as const
    if (last === undefined)
      return notChecked(
        ['Les fichiers conservés n’ont jamais été relus depuis l’écran.', remedy[0]],
        ['The stored files were never read again from the screen.', remedy[1]],
      )
    const age = span(clock.now() - last.at)
    const faults = Number(last.body?.['faults'] ?? 0)
    if (faults > 0)
      return broken(
        [
          `Il y a ${age.fr}, ${faults} ${faults > 1 ? 'fichiers ne concordaient pas' : 'fichier ne concordait pas'}.`,
          'relais verify --objects nomme les examens.',
        ],
        [
          `${age.en} ago, ${faults} ${faults > 1 ? 'files did' : 'file did'} not fit.`,
          'relais verify --objects names the studies.',
        ],
      )
    if (clock.now() - last.at > VERIFIED_DAYS_MAX * DAY_MS)
      return attention([`Il y a ${age.fr}.`, remedy[0]], [`${age.en} ago.`, remedy[1]])
    return good(`Il y a ${age.fr}, tout concordait.`, `${age.en} ago, everything fitted.`)
  },
}
